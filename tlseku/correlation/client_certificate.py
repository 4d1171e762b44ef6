"""The states of a client certificate, told apart, and what can be said of each.

Knows requests, answers and what is hidden; must not guess. In TLS 1.3 without secrets the state is ``hidden``.
"""

from __future__ import annotations

from typing import Literal

from tlseku.correlation.judging_software import stacks_judging
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Request
from tlseku.policy.causes import CAUSE_OF_CHECK, ISSUER, NO_CERTIFICATE
from tlseku.policy.peer_software.default_store import names_of_default_store
from tlseku.policy.refusals_without_alert import quiet_names

ClientCertificateState = Literal[
    "not_requested", "presented", "declined", "unanswered", "resumed", "hidden", "unknown"
]


def client_certificate_state(flow: Flow) -> ClientCertificateState:
    """Which of the states of a client certificate a flow shows. Never raises.

    ``not_requested``: the server's whole flight was seen and asks for none. ``presented``, also where the list was cut.
    ``declined``: asked, and an empty list came. ``unanswered``: asked, and nothing came though it would be visible.
    ``resumed``: the certificate of an earlier connection counts, if there was one. ``hidden``: it may have been asked
    for or sent where it cannot be seen. ``unknown``: the handshake did not get that far.
    """
    for judged in flow.judged:
        if judged.role == "client":
            return "declined" if judged.verdict == "declined" else "presented"
    hidden = {each.what: each.reason for each in flow.hidden}
    if flow.resumed or hidden.get("client_certificate") == "resumed":
        return "resumed"
    if flow.requests:
        answer = flow.requests[-1].answer
        if answer == "empty":
            return "declined"
        return "hidden" if answer == "hidden" or "client_certificate" in hidden else "unanswered"
    if "certificate_request" in hidden or "client_certificate" in hidden:
        return "hidden"
    if any(message.kind == "server_hello_done" for message in flow.messages):
        return "not_requested"
    return "unknown"


def request_statements(flow: Flow) -> list[Statement]:
    """What can be said of the request for a client certificate and its answer."""
    state = client_certificate_state(flow)
    if state == "not_requested":
        return [Statement("not_requested", "the server did not ask for a client certificate")]
    if state == "resumed":
        text = "the session was resumed: no certificate is sent, and those of the earlier connection count"
        return [Statement("resumed", text)]
    said = [statement for request in flow.requests for statement in (*_of_store(request), *_unmet(request))]
    for request in flow.requests:
        if request.answer == "empty":
            said.append(_declined(flow, request))
        elif request.answer == "none" and state == "unanswered":
            said.append(Statement("unanswered", _unanswered(flow), (request.frame,)))
    return said


def _of_store(request: Request) -> list[Statement]:
    """A server that names the public CAs was never told whom to trust."""
    public = names_of_default_store(request.authorities) if request.role == "server" else 0
    if not public:
        return []
    text = (
        f"the request names {len(request.authorities)} CAs, {public} of them public roots: the default trust store, a "
        "misconfiguration. The CA that the server was to trust is in a setting that it does not use"
    )
    return [Statement("default_trust_store", text, (request.frame,), (ISSUER,))]


def _unmet(request: Request) -> list[Statement]:
    return [
        Statement(
            "request_not_met",
            f"what was presented is not what was asked for ({check.replace('_', ' ')}): {match.reason}",
            (request.frame,),
            (CAUSE_OF_CHECK[check],),
        )
        for check, match in request.matches.items()
        if match.ok is False and check in CAUSE_OF_CHECK
    ]


def _declined(flow: Flow, request: Request) -> Statement:
    likely = ["it has none configured"]
    if request.authorities:
        likely.append(
            "none that it has is from a CA that the server names, where Go, Java, wget with GnuTLS, and Erlang in TLS "
            "1.3 send none"
        )
    likely.append("it withholds one without clientAuth, as .NET and Schannel do")
    if request.certificate_types is not None or request.signature_algorithms is not None:
        likely.append("none has a key or signature of a kind that the server lists")
    result = _after_empty_list(flow)
    text = f"asked for a certificate, the client sent an empty list; {result}. Likely causes: {'; '.join(likely)}"
    frames = (request.frame, *(each.frame for each in flow.presented if each.verdict == "declined"))
    return Statement("declined", text, frames, (NO_CERTIFICATE,))


def _after_empty_list(flow: Flow) -> str:
    if flow.outcome == "completed":
        if flow.client_certificate_accepted:
            return "the server went on without one"
        inside = quiet_names("client", "answers_inside", stacks=stacks_judging(flow, "server"))
        return (
            f"whether the server takes that cannot be told: {inside} complete the handshake and refuse inside"
        )
    if flow.outcome == "closed_after":
        return f"the handshake completed, then the {flow.closed_by} closed without a byte of application data"
    return {
        "refused": "the server refused" if flow.refused_by == "server" else "the handshake was refused",
        "refused_inside": "the handshake completed, and the server refused inside",
        "aborted": "then the connection was closed",
    }.get(flow.outcome, "what followed is not visible")


def _unanswered(flow: Flow) -> str:
    asked = "the server asked for a client certificate and"
    if flow.outcome == "completed":
        return f"{asked} the client went on without answering, which TLS does not allow"
    if flow.outcome == "refused":
        return f"{asked} the {flow.refused_by} refused before an answer came"
    return f"{asked} the connection ended before an answer came"
