"""Flows as TLS events of Suricata's EVE log, an object a line.

Knows what ``tls`` events of Suricata 7 hold
(https://docs.suricata.io/en/suricata-7.0.8/output/eve/eve-json-format.html); must not know streams. Nothing but
Suricata's own keys is written, so that its readers take every line; verdicts are therefore not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from tlseku.flow import Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.records.shared_fields import even_serial, leaf_of, sha1_of, spaced_name
from tlseku.output.words.remembered import Remembered
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry import names
from tlseku.x509.certificate import Certificate

_SECOND = 1_000_000_000
_VERSIONS = {0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv1"}
"""What Suricata calls otherwise than we do."""


def writer() -> Callable[[Flow], str]:
    """Makes the events of one flow after the other, a line each."""
    known: Remembered[dict[str, object]] = Remembered()
    return lambda flow: f"{to_json(event(flow, known))}\n"


def event(flow: Flow, known: Remembered[dict[str, object]] | None = None) -> dict[str, object]:
    """The event of one flow; ``tls`` is about the server's leaf, ``tls.client`` about the client's. What is ``known``
    of certificates is not worked out again."""
    known = Remembered() if known is None else known
    client, server = leaf_of(flow, "client"), leaf_of(flow, "server")
    tls: dict[str, object | None] = {
        **(_certificate(server, known) if server is not None else {}),
        "sni": flow.sni,
        "version": _version(flow.version),
        "session_resumed": True if flow.resumed else None,
        "from_proto": flow.starttls,
        "client": None if client is None else _certificate(client, known),
    }
    return _known(
        {
            "timestamp": _timestamp(flow.start),
            "flow_id": _flow_id(flow),
            "pcap_cnt": _packet(flow),
            "event_type": "tls",
            "pcap_filename": flow.file,
            **_ends(flow),
            "community_id": flow.community_id,
            "tls": _known(tls),
        }
    )


def _flow_id(flow: Flow) -> int:
    """51 bits, as Suricata's have, that are the same for the same connection in every capture of it."""
    said = f"{flow.transport} {flow.client} {flow.server} {flow.start // _SECOND}"
    return int.from_bytes(sha256(said.encode("utf-8", "backslashreplace")).digest()[:8], "big") >> 13 or 1


def _packet(flow: Flow) -> int | None:
    """The frame at which Suricata has seen what it logs: the server's certificates, else the last hello or so."""
    certificates = [each.frame for each in flow.presented if each.role == "server"]
    frames = certificates[-1:] or [each.frame for each in flow.messages[-1:]]
    return frames[-1] if frames else None


def _ends(flow: Flow) -> dict[str, object | None]:
    if flow.transport is None:
        return {
            "ether": {"src_mac": flow.client.ip, "dest_mac": flow.server.ip},
        }
    return {
        "src_ip": flow.client.ip,
        "src_port": flow.client.port,
        "dest_ip": flow.server.ip,
        "dest_port": flow.server.port,
        "proto": flow.transport.upper(),
    }


def _known(values: dict[str, object | None]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _certificate(certificate: Certificate, known: Remembered[dict[str, object]]) -> dict[str, object]:
    return known.of(certificate.sha256, lambda: _known(_said(certificate)))


def _said(certificate: Certificate) -> dict[str, object | None]:
    return {
        "subject": spaced_name(certificate.subject_der),
        "issuerdn": spaced_name(certificate.issuer_der),
        "serial": _in_octets(even_serial(certificate)),
        "fingerprint": _in_octets(sha1_of(certificate)),
        "notbefore": _day(certificate.not_before),
        "notafter": _day(certificate.not_after),
    }


def _in_octets(digits: str | None) -> str | None:
    if digits is None:
        return None
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    return sign + ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _version(version: int | None) -> str:
    return "UNDETERMINED" if version is None else _VERSIONS.get(version) or names.version_name(version)


def _timestamp(ns: int) -> str:
    # Suricata writes microseconds, and the offset without a colon; a time beyond RFC 3339 has no other form.
    text = rfc3339(ns // 1000 * 1000)
    return "1970-01-01T00:00:00.000000+0000" if text is None else f"{text[:-1]}+0000"


def _day(ns: int | None) -> str | None:
    text = None if ns is None else rfc3339(ns // 1_000_000_000 * 1_000_000_000, digits=0)
    return None if text is None else text[:-1]
