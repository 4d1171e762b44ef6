"""Flows made by hand, one for each thing that a report has to say.

They need no capture and no parser. Frames, addresses and serials of ``SCENARIO_1`` follow the first golden
scenario; everything else is invented, in the address ranges kept for documentation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from hashlib import sha256

from tlseku.flow import (
    Alert,
    Defect,
    Endpoint,
    Flow,
    Hidden,
    Message,
    Presented,
    Request,
    Role,
    Summary,
)
from tlseku.policy.finding import Finding
from tlseku.policy.request_match import Match
from tlseku.registry.names import HANDSHAKE_TYPES
from tlseku.x509.certificate import Certificate

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
ANY = "2.5.29.37.0"
SMARTCARD = "1.3.6.1.4.1.311.20.2.2"

START = 1_774_353_320_900_000_000
"""2026-03-24 11:55:20.9 UTC."""

HOSTILE = '=cmd()|\x1b[31mred\x1b[0m\r\n"q",\u202eevil\u200b\x9bK\ud800\U000e0041'
"""Everything at once: a formula, colour codes, a new line, quotes, bidi, zero width, C1, a surrogate, a tag."""

HOSTILE_READ_BACK = HOSTILE.replace("\ud800", "\\ud800")
"""What a reader of JSON gets: half a pair of surrogates is no character, and is spelt out."""

_TYPES = {name: number for number, name in HANDSHAKE_TYPES.items()}


def day(text: str) -> int:
    """``2026-01-31`` as nanoseconds since 1970 UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1_000_000_000


def certificate(
    serial: int | None = 0x46DF76AA000000000029,
    subject: str | None = "CN=server.example",
    *,
    issuer: str | None = "CN=Example Issuing CA,O=Example,C=DE",
    eku: tuple[str, ...] | None = (SERVER_AUTH, CLIENT_AUTH),
    public: bool | None = None,
    defects: tuple[str, ...] = (),
    ca: bool = False,
) -> Certificate:
    """A readable certificate whose digest follows from its serial and subject."""
    der = f"{serial} {subject!r} {eku}".encode()
    return Certificate(
        der=der,
        sha256=sha256(der).hexdigest(),
        version=3,
        serial=serial,
        subject=subject,
        issuer=issuer,
        subject_der=b"" if subject is None else subject.encode("utf-8", "surrogatepass"),
        issuer_der=b"" if issuer is None else issuer.encode("utf-8", "surrogatepass"),
        not_before=day("2025-11-01"),
        not_after=day("2026-11-01"),
        eku=eku,
        eku_critical=None if eku is None else False,
        key_usage=("keyCertSign", "cRLSign") if ca else ("digitalSignature", "keyEncipherment"),
        basic_ca=True if ca else None,
        path_len=0 if ca else None,
        san=None if ca else (("dns", "server.example"), ("ip", "192.0.2.7")),
        key_algorithm="RSA 2048",
        key_type="rsa",
        signature_algorithm="sha256WithRSAEncryption",
        spki_sha256=sha256(b"key of " + der).hexdigest(),
        public_issuer=public,
        defects=defects,
    )


def message(
    frame: int, role: Role, kind: str, frames: tuple[int, ...] = (), file: str | None = None
) -> Message:
    """A message ten microseconds a frame after ``START``."""
    return Message(frame, role, kind, _TYPES.get(kind, -1), START + frame * 10_000, frames or (frame,), file)


def presented(
    role: Role,
    frame: int,
    chain: tuple[Certificate, ...],
    verdict: str = "ok",
    reason: str = "leaf lists the purpose",
    **rest: object,
) -> Presented:
    """A chain sent outbound by the client or inbound by the server."""
    values: dict[str, object] = {
        "role": role,
        "direction": "outbound" if role == "client" else "inbound",
        "frame": frame,
        "frames": (frame,),
        "chain": chain,
        "verdict": verdict,
        "reason": reason,
        "effective_eku": chain[0].eku if chain else None,
        "broken_at": None,
        "ts": START + frame * 10_000,
    }
    return Presented(**{**values, **rest})  # type: ignore[arg-type]


def flow(number: int = 1, **rest: object) -> Flow:
    """A completed TLS 1.2 flow in which nothing was presented, with the fields given changed."""
    values: dict[str, object] = {
        "number": number,
        "file": "edge.pcap",
        "start": START,
        "end": START + 1_500_000_000,
        "client": Endpoint("192.0.2.10", 25003),
        "server": Endpoint("198.51.100.20", 5061),
        "direction": "outbound",
        "vantage": ("192.0.2.10",),
        "role_evidence": "client_hello",
        "service": "sip-tls",
        "version": 0x0303,
        "cipher": 0xC030,
        "sni": None,
        "alpn": None,
        "alpn_offered": (),
        "resumed": False,
        "starttls": None,
        "presented": (),
        "requests": (),
        "messages": (),
        "alerts": (),
        "outcome": "completed",
        "refused_by": None,
        "outcome_basis": "both sides changed to encryption",
        "hidden": (),
        "defects": (),
        "client_certificate_accepted": True,
        "server_certificate_accepted": True,
    }
    return Flow(**{**values, **rest})  # type: ignore[arg-type]


WEBEX_LEAF = certificate(
    0x46DF76AA000000000029,
    "CN=l2sip-cfa-01.example.com,O=Example Calling Services,L=San Jose,ST=California,C=US",
    public=True,
)
ISSUING_CA = certificate(
    0x40016EFB0A205CFAEBE18F71D73ABB78,
    "CN=Example Public Issuing CA 1,O=Example,C=US",
    issuer="CN=Example Public Root,O=Example,C=US",
    eku=(SERVER_AUTH, CLIENT_AUTH),
    ca=True,
    public=True,
)
EDGE_LEAF = certificate(
    0x2F0000004C869C77C8981BECDE00000000004C,
    "CN=smartslave.bgluclab.com",
    issuer="CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
)

SCENARIO_1 = flow(
    file="scenario-1.pcap.gz",
    client=Endpoint("10.106.80.31", 25003),
    server=Endpoint("163.129.37.32", 5061),
    vantage=("10.106.80.31",),
    sni="l2sip-cfa-01.example.com",
    presented=(
        presented("server", 13711, (WEBEX_LEAF, ISSUING_CA), frames=(13703, 13705, 13707, 13709, 13711)),
        presented("client", 13718, (EDGE_LEAF,), frames=(13717, 13718)),
    ),
    requests=(
        Request(
            "server",
            13715,
            (1, 64),
            (0x0804, 0x0401, 0x0999),
            (),
            (),
            (),
            "presented",
            {
                "issuer_in_authorities": Match(True, "the request names no CA, so that any will do"),
                "key_type": Match(False, "the key is of no type that the request lists"),
                "chain_signatures": Match(None, "which algorithm signed it cannot be told"),
            },
            START + 13715 * 10_000,
        ),
    ),
    messages=(
        message(13699, "client", "client_hello"),
        message(13701, "server", "server_hello"),
        message(13711, "server", "certificate", (13703, 13705, 13707, 13709, 13711)),
        message(13713, "server", "server_key_exchange"),
        message(13715, "server", "certificate_request"),
        message(13715, "server", "server_hello_done"),
        message(13718, "client", "certificate", (13717, 13718)),
        message(13718, "client", "client_key_exchange"),
        message(13718, "client", "certificate_verify"),
        message(13718, "client", "change_cipher_spec"),
        message(13718, "client", "encrypted_handshake"),
        message(13721, "server", "change_cipher_spec"),
        message(13721, "server", "encrypted_handshake"),
    ),
)

REFUSED = flow(
    2,
    client=Endpoint("192.0.2.10", 25010),
    sni="far.example",
    presented=(
        presented("server", 21, (certificate(0x1A2B, "CN=far.example", eku=(SERVER_AUTH,)),)),
        presented(
            "client",
            23,
            (certificate(0x9C, "CN=edge.example", eku=(SERVER_AUTH,)),),
            "wrong",
            "a TLS client needs clientAuth; the leaf lists serverAuth",
            broken_at=0,
            rule_books={
                "openssl": Finding("refuse", "O1", "X509_PURPOSE_SSL_CLIENT wants clientAuth", 0),
                "gnutls": Finding("accept", "G1", "no purpose was asked for"),
            },
        ),
    ),
    requests=(
        Request(
            "server",
            21,
            (1,),
            (0x0401,),
            (b"0\x00", b"0\x01"),
            ("CN=CA One,O=Example", HOSTILE),
            (),
            "presented",
            {},
            START + 210_000,
        ),
    ),
    messages=(
        message(17, "client", "client_hello"),
        message(19, "server", "server_hello"),
        message(21, "server", "certificate"),
        message(21, "server", "certificate_request"),
        message(21, "server", "server_hello_done"),
        message(23, "client", "certificate"),
        message(25, "server", "alert"),
    ),
    alerts=(Alert(25, "server", 2, 43, "certificate", START + 250_000),),
    outcome="refused",
    refused_by="server",
    outcome_basis="fatal alert unsupported_certificate after the client's Certificate",
)

TLS13 = flow(
    3,
    client=Endpoint("2001:db8:1111:2222:3333:4444:5555:6666", 55000),
    server=Endpoint("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 443),
    service="https",
    version=0x0304,
    cipher=0x1301,
    sni="www.example.org",
    alpn_offered=("h2", "http/1.1"),
    direction="unknown",
    vantage=(),
    messages=(
        message(4, "client", "client_hello"),
        message(6, "server", "server_hello"),
        message(6, "server", "change_cipher_spec"),
        message(7, "server", "application_data"),
        message(9, "client", "application_data"),
    ),
    hidden=(
        Hidden("server_certificate", "tls13_encrypted"),
        Hidden("certificate_request", "tls13_encrypted"),
        Hidden("client_certificate", "tls13_encrypted"),
    ),
    outcome_basis="both sides send application data",
)

DECLINED = flow(
    4,
    service=None,
    starttls="smtp",
    direction="inbound",
    presented=(
        presented(
            "server", 31, (certificate(0, "CN=mail.example", eku=None),), "unrestricted", "no EKU extension"
        ),
        presented("client", 33, (), "declined", "asked for a certificate and sent an empty list"),
    ),
    requests=(Request("server", 31, (1,), None, (), (), (), "empty", {}, START + 310_000),),
)

DAMAGED = flow(
    5,
    version=None,
    cipher=None,
    service=None,
    resumed=None,
    role_evidence="message_order",
    presented=(
        presented("server", 41, (WEBEX_LEAF,), "incomplete", "a segment is missing", entries_missing=True),
        presented(
            "client",
            43,
            (Certificate(b"\x30\x80", "ab" * 32, readable=False, defects=("not DER",)),),
            "unreadable",
            "the leaf is not DER",
        ),
    ),
    outcome="incomplete",
    outcome_basis="the capture ends",
    hidden=(Hidden("client_hello", "starts_mid_handshake"), Hidden("client_certificate", "segment_lost")),
    defects=tuple(Defect("network", f"gap of {n} bytes", 40 + n) for n in range(1, 11))
    + (Defect("tls", "record longer than 2^14 + 2048"),),
)

ODD_PURPOSES = flow(
    6,
    direction="local",
    presented=(
        presented(
            "server",
            51,
            (certificate(-5, "CN=any.example", eku=(SMARTCARD, "1.2.3.4.5.6.7.8.9.10.11.12.13", ANY)),),
            "any",
            "only through anyExtendedKeyUsage",
        ),
        presented("client", 53, (certificate(7, "", eku=()),), "empty", "the EKU lists nothing"),
        presented(
            "client",
            55,
            (
                certificate(8, "CN=fits", eku=(CLIENT_AUTH,)),
                certificate(9, "CN=S-only CA", eku=(SERVER_AUTH,), ca=True),
            ),
            "ok",
            "leaf fits; issuer #1 is serverAuth-only",
            effective_eku=(),
            broken_at=1,
            file="edge-2.pcap",
        ),
    ),
)

EVIL = flow(
    7,
    file=f"{HOSTILE}.pcap",
    sni=HOSTILE,
    service=None,
    presented=(
        presented(
            "server",
            61,
            (certificate(0xABC, HOSTILE, issuer=HOSTILE, defects=(HOSTILE,)),),
            "ok",
            HOSTILE,
        ),
    ),
    alpn=HOSTILE,
    alpn_offered=(HOSTILE,),
    messages=(message(61, "server", "certificate"),),
    defects=(Defect("x509", HOSTILE, 61),),
    outcome_basis=HOSTILE,
)

EVERY = (SCENARIO_1, REFUSED, TLS13, DECLINED, DAMAGED, ODD_PURPOSES, EVIL)

SUMMARY = Summary(
    files=2,
    packets=15_023,
    bytes=1_048_576,
    skipped={"not TCP": 311, "not IP": 12, "never": 0},
    connections=9,
    flows=7,
    limits={"half-open handshakes": 3},
)


def renumbered(value: Flow, number: int) -> Flow:
    """The same flow under another number."""
    return replace(value, number=number)
