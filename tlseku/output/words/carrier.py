"""What brought TLS, and what that said around it, in words.

Knows ``Flow.carrier`` and ``Flow.outer``; must not know any layout. The text is *not yet escaped*: the sink does that.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.flow import Flow
from tlseku.registry.eap_methods import eap_method_name
from tlseku.registry.quic_versions import V1, quic_version_name

_CARRIERS = {
    "dtls": "DTLS",
    "eap-radius": "RADIUS",
    "eapol": "EAPOL",
    "openvpn": "OpenVPN",
    "quic": "QUIC",
    "kerberos": "Kerberos PKINIT",
}


def carrier_words(flow: Flow) -> str | None:
    """``EAP-TLS in RADIUS``, ``OpenVPN with tls-auth``, ``QUIC 2``; None for TCP, and where the version says DTLS."""
    name = _CARRIERS.get(flow.carrier)
    outer = flow.outer
    if flow.carrier == "dtls" and flow.version is not None:
        # The version says so.
        return None
    if name is None or outer is None:
        return name
    if outer.quic_version is not None and outer.quic_version != V1:
        return f"{name} {quic_version_name(outer.quic_version)}"
    if outer.method is not None:
        return f"{eap_method_name(outer.method)} in {name}"
    return name if outer.wrapping is None else f"{name} with {outer.wrapping}"


def outer_words(flow: Flow) -> Iterator[tuple[str, str]]:
    """What the carrier says of who takes part, each with its label."""
    outer = flow.outer
    if outer is None:
        return
    for label, text in (
        ("identity", outer.identity),
        ("NAS", outer.nas),
        ("calling station", outer.calling_station),
        ("called station", outer.called_station),
    ):
        if text is not None:
            yield label, text
    if outer.proxied:
        yield "path", "through a RADIUS proxy"
    if flow.carrier == "kerberos":
        yield "purposes", "PKINIT looks for its own, id-pkinit-KPClientAuth and id-pkinit-KPKdc (RFC 4556)"
    if outer.answered_as is not None:
        where = "" if outer.answer_frame is None else f" (frame {outer.answer_frame})"
        yield "answer", f"{outer.answered_as}{where}"
