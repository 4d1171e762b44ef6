"""The words in which people are told what a flow holds.

Knows the values of ``tlseku.flow`` and plain English; must not know any layout. Every function answers plain
text that is *not yet escaped*: the sink does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from tlseku.flow import Alert, Endpoint, Flow, Hidden, Request
from tlseku.registry import names
from tlseku.registry.addresses import is_link_address
from tlseku.x509.certificate import Certificate

HIDDEN_BECAUSE: Mapping[str, str] = {
    "tls13_encrypted": "TLS 1.3 encrypts it",
    "resumed": "the session was resumed",
    "segment_lost": "a segment is missing from the capture",
    "datagram_lost": "a datagram is missing from the capture",
    "fragment_lost": "an IP fragment of the datagram is missing from the capture, as filters by port leave those out",
    "snaplen_truncated": "the capture cut packets short",
    "starts_mid_handshake": "the capture starts in mid-handshake",
    "one_direction_only": "only one direction was captured",
    "renegotiation_encrypted": "a renegotiation is encrypted",
    "unsupported_suite": "it is encrypted with a cipher suite that cannot be opened here",
    "secrets_do_not_fit": "the session's secrets do not fit",
    "raw_public_key": "a raw public key stands in its place",
    "ech": "perhaps an outer hello (Encrypted Client Hello or a decoy)",
    "ech_accepted": "the server took an inner hello, which was not read (Encrypted Client Hello)",
    "unsupported_compression": "compressed in a way that cannot be read here",
    "capture_ends": "the capture ends before it",
    "table_full": "the table of connections was full and gave this one up",
}
"""Why something could not be seen, for each reason of ``flow.Hidden``."""

NAMES_SHOWN = 3
"""Alternative names that stand for a certificate without a subject."""

_TLS_PURPOSES = ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0")
_SPELLINGS = {"certificate_url": "CertificateURL", "alert": "alert"}


def endpoint(end: Endpoint) -> str:
    """``10.0.0.1:443``, ``[2001:db8::1]:443``; an address of a link has no port."""
    if is_link_address(end.ip):
        return end.ip
    return f"[{end.ip}]:{end.port}" if ":" in end.ip else f"{end.ip}:{end.port}"


def sender(flow: Flow, role: str) -> str:
    """The address of the side that plays ``role``, with its port only where both sides share one address."""
    if role not in ("client", "server"):
        return "one side"
    end = flow.client if role == "client" else flow.server
    return endpoint(end) if flow.client.ip == flow.server.ip else end.ip


def other(role: str) -> str:
    """The role across the wire."""
    return {"client": "server", "server": "client"}.get(role, "other side")


def purposes(certificate: Certificate) -> list[str]:
    """What the EKU says by name, purposes of TLS first; ``none``: no extension, ``empty``: one without entries."""
    readable = certificate.readable and certificate.eku_readable
    return purpose_names(certificate.eku) if readable else ["unreadable"]


def purpose_names(eku: Sequence[str] | None) -> list[str]:
    """Names of KeyPurposeIds, those that TLS looks at first; ``none`` and ``empty`` for what has none."""
    if eku is None:
        return ["none"]
    if len(eku) == 0:
        return ["empty"]
    return [names.eku_name(oid) for oid in sorted(eku, key=lambda oid: oid not in _TLS_PURPOSES)]


def serial(certificate: Certificate) -> str:
    """Lower-case hex, or ``unreadable``."""
    text = certificate.serial_hex
    return "unreadable" if text is None else text


def name_or_state(name: str | None) -> str:
    """A distinguished name; the empty one and the unreadable one say so."""
    if name is None:
        return "(unreadable name)"
    return "(empty name)" if name == "" else name


def subject(certificate: Certificate) -> str:
    """The subject; of a certificate with an empty one its first alternative names, which then identify it (RFC 5280
    section 4.1.2.6)."""
    if certificate.subject != "" or not certificate.san:
        return name_or_state(certificate.subject)
    named = [value for _, value in certificate.san]
    more = f" and {len(named) - NAMES_SHOWN:,} more" if len(named) > NAMES_SHOWN else ""
    return f"{', '.join(named[:NAMES_SHOWN])}{more} (no subject)"


@lru_cache(maxsize=256)
def camel(kind: str) -> str:
    """``server_hello_done`` as the RFCs write the message: ``ServerHelloDone``."""
    if kind in _SPELLINGS:
        return _SPELLINGS[kind]
    if kind == "encrypted_handshake":
        return "an encrypted handshake message"
    if kind == "application_data":
        return "application data"
    if kind.startswith("0x"):
        return f"handshake message {kind}"
    return "".join(part[:1].upper() + part[1:] for part in kind.split("_"))


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(number: int, noun: str) -> str:
    """``1 CA``, ``2 CAs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def alert(value: Alert) -> str:
    """``fatal alert unsupported_certificate (43)``, or that it is encrypted."""
    if value.encrypted or value.code < 0:
        return "encrypted alert"
    level = names.ALERT_LEVELS.get(value.level) or f"level 0x{value.level & 0xFF:02x}"
    return f"{level} alert {names.alert_name(value.code)} ({value.code})"


def asked(request: Request) -> str:
    """What a CertificateRequest wants, as the end of a sentence that begins with who asks."""
    if request.certificate_types is None and request.signature_algorithms is None:
        # Every version has one of the two, so that this request could not be read.
        whom = {"client": "server", "server": "client"}.get(request.role, "")
        return f"asks for a {whom} certificate in a request that cannot be read"
    authorities = len(request.authority_names)
    whose = "from any CA" if authorities == 0 else f"from {counted(authorities, 'CA')}"
    whom = {"client": "a server", "server": "a client"}.get(request.role, "a")
    return f"asks for {whom} certificate {whose}"


def answered(request: Request) -> str:
    """What became of a CertificateRequest."""
    return {
        "presented": "presented",
        "empty": "declined with an empty list",
        "none": "no answer seen",
        "hidden": "the answer is hidden",
    }[request.answer]


def outcome(flow: Flow) -> str:
    """``completed``, ``refused by server``…"""
    if flow.outcome in ("refused", "refused_inside") and flow.refused_by is not None:
        inside = " inside" if flow.outcome == "refused_inside" else ""
        return f"refused{inside} by {flow.refused_by}" if flow.refused_by != "unknown" else f"refused{inside}"
    if flow.outcome == "closed_after":
        whom = "" if flow.closed_by in (None, "unknown") else f" by {flow.closed_by}"
        return f"closed{whom} right after the handshake"
    return "outcome unknown" if flow.outcome == "unknown" else flow.outcome


def hidden(values: Iterable[Hidden]) -> list[str]:
    """One phrase a reason: ``client certificate and server certificate: TLS 1.3 encrypts them``."""
    by_reason: dict[str, list[str]] = {}
    for value in values:
        whats = by_reason.setdefault(value.reason, [])
        what = value.what.replace("_", " ")
        if what not in whats:
            whats.append(what)
    phrases = []
    for reason, whats in by_reason.items():
        because = HIDDEN_BECAUSE.get(reason, reason)
        if len(whats) > 1:
            because = because.replace(" it", " them")
        phrases.append(f"{listed(whats)}: {because}")
    return phrases


def sni_label(flow: Flow) -> str:
    """``SNI``, or that it is that of an outer hello, which hides the true one."""
    outer = any(
        each.what == "client_hello" and each.reason in ("ech", "ech_accepted") for each in flow.hidden
    )
    return "outer SNI" if outer else "SNI"


MOST_ANCHORS = 12
"""Roots of a trust_anchors extension that are named; Chromium 156 sends 28. JSON has all."""


def offered(flow: Flow) -> Iterator[tuple[str, str]]:
    """What the ClientHello offers, each with its label: versions where there is a list, groups, schemes. What is sent
    to be ignored (GREASE, RFC 8701) is left out."""
    offer = flow.offered
    if offer is None:
        return
    parts: tuple[tuple[str, tuple[int, ...] | None, Callable[[int], str]], ...] = (
        ("versions", offer.versions, names.version_name),
        ("groups", offer.groups, names.group_name),
        ("schemes", offer.signature_algorithms, names.signature_scheme_name),
        ("in chains", offer.signature_algorithms_cert, names.signature_scheme_name),
    )
    for label, codes, name in parts:
        if codes is not None:
            yield label, ", ".join(name(code) for code in codes if not names.is_grease(code)) or "none"
    if offer.trust_anchors is not None:
        yield names.extension_name(names.TRUST_ANCHORS), _shortened(offer.trust_anchors)


def _shortened(ids: tuple[str, ...]) -> str:
    """``2 roots: 44947.2.1, 44947.2.6``: which roots a client says that it has."""
    rest = f" and {len(ids) - MOST_ANCHORS} more" if len(ids) > MOST_ANCHORS else ""
    return f"{counted(len(ids), 'root')}: {', '.join(ids[:MOST_ANCHORS])}{rest}" if ids else "no root"


def version(flow: Flow) -> str:
    """``TLS 1.2``, or that it is unknown."""
    return "TLS version unknown" if flow.version is None else names.version_name(flow.version)


def kind_of_issuer(certificate: Certificate) -> str:
    """`` (self-issued)``, `` (public CA)``, `` (private CA)``, or nothing where nobody knows."""
    if certificate.self_issued:
        return " (self-issued)"
    if certificate.public_issuer is None:
        return ""
    return " (public CA)" if certificate.public_issuer else " (private CA)"
