"""IKE version 1 in aggressive mode: the responder's certificate in clear; everything else is named and counted."""

from __future__ import annotations

import random
import struct

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tests.carriers.spoken import PEER, SERVER, over_udp
from tests.dialogues import flows_in
from tlseku import Analyzer
from tlseku.carriers.ike import MAX_PAYLOADS, certificates_in
from tlseku.errors import Malformed

GATEWAY = build(subject="gateway", eku=[SERVER_AUTH], serial=0x2001).der
ROAD_WARRIOR = build(subject="user", eku=[CLIENT_AUTH], serial=0x3001).der
ASKS, ANSWERS = b"initiator-cookie"[:8] + bytes(8), b"initiator-cookie"[:8] + b"response"


def message(
    cookies: bytes, *payloads: tuple[int, bytes], version: int = 0x10, flags: int = 0, exchange: int = 4
) -> bytes:
    """An IKE message: each payload is its type and what follows its header."""
    kinds = [kind for kind, _ in payloads] + [0]
    body = b"".join(
        struct.pack(">BBH", kinds[n + 1], 0, 4 + len(content)) + content
        for n, (_, content) in enumerate(payloads)
    )
    return cookies + struct.pack(">BBBBII", kinds[0], version, exchange, flags, 0, 28 + len(body)) + body


SA, KE, NONCE = (1, bytes(40)), (4, bytes(128)), (10, bytes(20))


def certificate(der: bytes, encoding: int = 4) -> tuple[int, bytes]:
    return 6, bytes((encoding,)) + der


ANSWER = message(ANSWERS, SA, KE, NONCE, certificate(GATEWAY), (9, bytes(256)))


@pytest.mark.parametrize("port", [500, 4500])
def test_aggressive_mode_shows_the_responder(port: int) -> None:
    marker = b"" if port == 500 else bytes(4)
    said = [
        (PEER, message(ASKS, SA, KE, NONCE)),
        (SERVER, ANSWER),
        (PEER, message(ANSWERS, certificate(ROAD_WARRIOR), (9, bytes(256)))),
        (PEER, message(ANSWERS, flags=1)),
    ]
    frames = over_udp([(side, marker + data) for side, data in said], port, client=port)
    (flow,) = flows_in(frames)
    assert [(p.role, p.frame, p.chain[0].serial_hex) for p in flow.presented] == [
        ("server", 2, "2001"),
        ("client", 3, "3001"),
    ]
    assert (flow.carrier, flow.outcome, flow.outcome_basis) == ("ike", "unknown", "IKE goes on encrypted")
    assert (flow.hidden, flow.refused_by) == ((), None)
    analyzer = Analyzer()
    for frame in frames:
        analyzer.feed(frame.ts_ns, 1, frame.data)
    analyzer.close()
    # What shows nothing is still named.
    assert dict(analyzer.summary.skipped) == {"IKE": 2}


FIRST = message(ASKS, SA, KE, NONCE)
ENCRYPTED = message(ANSWERS, flags=1)
THIRD = message(ANSWERS, certificate(ROAD_WARRIOR), (9, bytes(256)))


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ([(SERVER, ANSWER)], [("client_certificate", "one_direction_only")]),
        ([(SERVER, ANSWER), (PEER, ENCRYPTED)], [("client_certificate", "carrier_encrypted")]),
        ([(PEER, FIRST), (SERVER, ANSWER), (PEER, ENCRYPTED)], [("client_certificate", "carrier_encrypted")]),
        ([(SERVER, ANSWER), (PEER, FIRST)], [("client_certificate", "capture_ends")]),
        ([(SERVER, ANSWER), (PEER, THIRD), (PEER, ENCRYPTED)], []),
    ],
)
def test_what_the_other_side_would_have_shown(
    said: list[tuple[int, bytes]], hidden: list[tuple[str, str]]
) -> None:
    (flow,) = flows_in(over_udp(said, 500, client=500))
    assert [(each.what, each.reason) for each in flow.hidden] == hidden


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (ANSWER, (GATEWAY,)),
        (message(ANSWERS, certificate(GATEWAY), certificate(ROAD_WARRIOR, 5)), (GATEWAY, ROAD_WARRIOR)),
        (message(ANSWERS, certificate(GATEWAY, 1)), ()),
        (message(ANSWERS, certificate(b"")), ()),
        (message(ANSWERS, certificate(GATEWAY), flags=1), ()),
        (message(ANSWERS, (37, b"\x04" + GATEWAY), version=0x20), ()),
        (message(ANSWERS, *[NONCE] * MAX_PAYLOADS, certificate(GATEWAY)), ()),
    ],
)
def test_certificates(data: bytes, found: tuple[bytes, ...]) -> None:
    assert certificates_in(data) == found


@pytest.mark.parametrize("data", [b"", ANSWER[:27], ANSWER[:-1], ANSWER[:28] + b"\x01\0\0\x03" + ANSWER[32:]])
def test_what_is_no_ike(data: bytes) -> None:
    with pytest.raises(Malformed):
        certificates_in(data)


def test_any_damage_reads_or_is_malformed() -> None:
    chance = random.Random(2408)
    for _ in range(5000):
        data = bytearray(ANSWER)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(80)] = chance.randrange(256)
        try:
            certificates_in(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]))
        except Malformed:
            continue
