"""The states of a server's certificate, told apart with the same words as those of a client's.

Knows what was presented and what is hidden; must not guess.
"""

from __future__ import annotations

from typing import Literal

from tlseku.flow import Flow

ServerCertificateState = Literal["presented", "declined", "not_requested", "resumed", "hidden", "unknown"]


def server_certificate_state(flow: Flow) -> ServerCertificateState:
    """Which of the states of a server's certificate a flow shows. Never raises.

    ``presented``, also where the list was cut. ``declined``: the list is empty. ``not_requested``: the server's whole
    flight was seen and has none, since the cipher suite wants none (anonymous, pre-shared key). ``resumed``: the
    certificate of an earlier connection counts. ``hidden``: it may have been sent where it cannot be seen. ``unknown``:
    the handshake did not get that far.
    """
    for presented in flow.presented:
        if presented.role == "server":
            return "declined" if presented.verdict == "declined" else "presented"
    hidden = {each.what: each.reason for each in flow.hidden}
    if flow.resumed or hidden.get("server_certificate") == "resumed":
        return "resumed"
    if "server_certificate" in hidden:
        return "hidden"
    if any(message.kind == "server_hello_done" for message in flow.messages):
        return "not_requested"
    return "unknown"
