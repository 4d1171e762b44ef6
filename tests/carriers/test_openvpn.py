"""OpenVPN: control channels over UDP and TCP, in any pieces, protected or not, answered or not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carriers.spoken import CLIENT_SESSION, HMACS, PEER, SERVER, facts, flights, openvpn, over_udp
from tests.dialogues import flow_of, flows_in
from tests.wire import SECOND, START, Frame
from tlseku import Analyzer, Flow
from tlseku.carriers.openvpn_packet import WRAPPED, layout_of, read_control
from tlseku.errors import Malformed

COMPLETED = flights("no-eku", 4)
REFUSED = flights("wrong-eku-refused", 3)


def one(frames: list[Frame]) -> Flow:
    (flow,) = flows_in(frames)
    return flow


def skipped(frames: list[Frame]) -> dict[str, int]:
    analyzer = Analyzer()
    for frame in frames:
        analyzer.feed(frame.ts_ns, 1, frame.data)
    analyzer.close()
    return dict(analyzer.summary.skipped)


@pytest.mark.parametrize("port", [1194, 51194])
@pytest.mark.parametrize("hmac", HMACS)
def test_completed(port: int, hmac: str) -> None:
    flow = one(over_udp(openvpn(COMPLETED, hmac=hmac), port))
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "ok"),
        ("client", "unrestricted"),
    ]
    assert (flow.carrier, flow.outcome, flow.transport) == ("openvpn", "completed", "udp")
    assert flow.outer is not None
    assert flow.outer.wrapping == ("tls-auth" if hmac else None)
    assert skipped(over_udp(openvpn(COMPLETED, hmac=hmac), port)) == {}


def test_a_message_is_complete_with_its_last_packet() -> None:
    flow = one(over_udp(openvpn(COMPLETED)))
    # Resets 1 and 2, ClientHello 3, its acknowledgement 4, the server's three pieces from 5 on.
    assert [(each.role, each.frame, each.frames) for each in flow.presented] == [
        ("server", 6, (5, 6)),
        ("client", 10, (9, 10)),
    ]


def test_data_of_the_tunnel_show_that_the_client_was_let_in() -> None:
    flow = one(over_udp(openvpn(COMPLETED, data=True)))
    assert flow.outcome_basis == "both Finished, then data of the tunnel"
    assert flow.client_certificate_accepted is True


def test_silence_and_repetition_refuse() -> None:
    said = openvpn(REFUSED)
    last = [each for each in said if each[0] == PEER and each[1][0] >> 3 == 4][-1]
    again = over_udp([last, last], start=START + 2 * SECOND)
    flow = one([*over_udp(said), *again])
    assert (flow.outcome, flow.refused_by, flow.outcome_evidence) == ("refused", "server", "repetition")
    assert flow.outcome_basis == "no answer to the client's Certificate, which was sent again and again"
    assert flow.outer is not None
    assert flow.outer.repeated == len(said) + 1


def test_repetition_without_the_other_direction_refuses_nothing() -> None:
    said = openvpn(REFUSED)
    last = [each for each in said if each[0] == PEER and each[1][0] >> 3 == 4][-1]
    again = over_udp([last, last], start=START + 2 * SECOND)
    flow = one([*over_udp([each for each in said if each[0] == PEER]), *again])
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (
        "unknown",
        None,
        "only one direction was captured",
    )


def test_a_repetition_that_is_answered_refuses_nothing() -> None:
    said = openvpn(COMPLETED)
    at = next(n for n, (side, data) in enumerate(said) if side == SERVER and data[0] >> 3 == 4 and n > 8)
    again = [each for each in said[:at] if each[0] == PEER and each[1][0] >> 3 == 4][-1]
    flow = one(over_udp([*said[:at], again, *said[at:]]))
    assert (flow.outcome, flow.refused_by) == ("completed", None)


def test_the_end_of_the_capture_is_no_refusal() -> None:
    flow = one(over_udp(openvpn(REFUSED)))
    assert (flow.outcome, flow.refused_by) == ("incomplete", None)


def test_an_unanswered_hello_is_no_refusal() -> None:
    said = openvpn(REFUSED[:1])
    hello = next(each for each in said if each[1][0] >> 3 == 4)
    flow = one(over_udp([*said, hello, hello]))
    assert (flow.outcome, flow.refused_by) == ("incomplete", None)


def wrapped(said: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """What --tls-crypt leaves to see: opcode, session id, packet id and time."""
    made = []
    for number, (side, data) in enumerate(said, 1):
        size = {0x38: 54, 0x40: 66}.get(data[0], len(data) + 40)
        head = (
            data[:9]
            + (1 if data[0] in (0x38, 0x40) else number).to_bytes(4, "big")
            + (START // 10**9).to_bytes(4, "big")
        )
        made.append((side, head + random.Random(number).randbytes(size - len(head))))
    return made


def test_tls_crypt_is_named_and_hides_all() -> None:
    said = wrapped(openvpn(COMPLETED))
    assert flows_in(over_udp(said)) == []
    assert skipped(over_udp(said, 51194)) == {"OpenVPN with tls-crypt": len(said)}


@settings(max_examples=60, deadline=None)
@given(st.integers(48, 1400), st.sampled_from(sorted(HMACS)), st.randoms(use_true_random=False))
def test_the_same_bytes_in_any_pieces_order_and_number(size: int, hmac: str, chance: random.Random) -> None:
    said = openvpn(COMPLETED, size=size, hmac=hmac)
    sent = [each for each in said for _ in range(chance.choice([1, 1, 1, 2]))]
    # Neighbours of one side change places, as on a network.
    for at in range(6, len(sent) - 1):
        if sent[at][0] == sent[at + 1][0] and chance.random() < 0.3:
            sent[at], sent[at + 1] = sent[at + 1], sent[at]
    whole, cut = one(over_udp(openvpn(COMPLETED))), one(over_udp(sent))
    # The order in which both sides' packets come tells nothing.
    assert facts(cut)[:2] == facts(whole)[:2]
    assert facts(cut)[3:] == facts(whole)[3:]


@pytest.mark.parametrize("number", range(1, 15))
def test_any_one_packet_lost_shows_nothing_false(number: int) -> None:
    frames = over_udp(openvpn(COMPLETED, size=600))
    whole = one(frames)
    for flow in flows_in([frame for at, frame in enumerate(frames, 1) if at != number]):
        shown = [(each.role, each.chain) for each in flow.presented if not each.entries_missing]
        assert [each for each in shown if each not in [(p.role, p.chain) for p in whole.presented]] == []
        assert flow.refused_by is None


def test_a_second_key_is_a_second_flow() -> None:
    said = [*openvpn(COMPLETED), *openvpn(REFUSED, key_id=1)]
    assert [len(flow.presented) for flow in flows_in(over_udp(said))] == [2, 2]


def test_another_session_between_the_same_ends_is_another_flow() -> None:
    said = [*openvpn(REFUSED), *openvpn(COMPLETED, sessions=(b"client-2", b"server-2"))]
    assert [flow.outcome for flow in flows_in(over_udp(said))] == ["aborted", "completed"]


def prefixed(said: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return [(side, len(data).to_bytes(2, "big") + data) for side, data in said]


def test_over_tcp() -> None:
    flow = flow_of(*prefixed(openvpn(COMPLETED, hmac="sha1")))
    assert (flow.carrier, flow.transport, len(flow.presented)) == ("openvpn", "tcp", 2)
    assert (flow.outcome, flow.starttls) == ("completed", None)


def test_over_tcp_in_any_segments() -> None:
    said = prefixed(openvpn(COMPLETED, size=500))
    joined = [(side, data[:at], data[at:]) for side, data in said for at in (len(data) // 3,)]
    cut = [(side, part) for side, *parts in joined for part in parts if part]
    # The first packet tells, once it is whole.
    assert facts(flow_of(*cut)) == facts(flow_of(*said))


@pytest.mark.parametrize(
    "data",
    [
        b"\0\x0e\x38" + bytes(8) + b"\x01" + bytes(4),
        b"\0\x0f\x38" + bytes(13),
        b"\0\x0e\x39" + bytes(13),
        b"\x01\x0e\x38" + bytes(13),
    ],
)
def test_what_only_begins_like_it_over_tcp_is_none(data: bytes) -> None:
    from tests.dialogues import flows_of

    assert flows_of([(0, data + bytes(60)), (1, bytes(60))]) == []


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        (b"\x38" + bytes(12), 51194),
        (b"\x38" + CLIENT_SESSION + b"\0\0\0\0\x01", 51194),
        (b"\x38" + CLIENT_SESSION + b"\x01\0\0\0\0", 51194),
        (b"\x40" + CLIENT_SESSION + b"\0" + bytes(16), 51194),
        (b"\x20" + CLIENT_SESSION + b"\0\0\0\0\x01" + b"\x16\x03\x01", 51194),
        (b"\x40" + bytes(60), 443),
    ],
)
def test_what_only_looks_like_it_over_udp_is_none(payload: bytes, port: int) -> None:
    assert skipped(over_udp([(PEER, payload)], port)) == {"not TCP": 1}


LAYOUTS = [
    *(
        (openvpn(COMPLETED, hmac=hmac)[at][1], size + 8 if size else 0)
        for hmac, size in HMACS.items()
        for at in (0, 1, 2, 3)
    ),
    (wrapped(openvpn(COMPLETED))[0][1], WRAPPED),
    (wrapped(openvpn(COMPLETED))[1][1], WRAPPED),
    (b"\x20" + bytes(8) + b"\0\0\0\0\x01middle of a record", None),
    (b"\x28" + bytes(8) + b"\0", None),
    (b"\x28" + bytes(8) + b"\x09" + bytes(44), None),
    (b"\x38", None),
]


@pytest.mark.parametrize(("packet", "layout"), LAYOUTS)
def test_layouts(packet: bytes, layout: int | None) -> None:
    assert layout_of(packet) == layout


@given(st.binary(max_size=120), st.sampled_from([0, 24, 28, 36, 40, 72]))
def test_any_bytes_read_or_are_malformed(data: bytes, layout: int) -> None:
    try:
        packet = read_control(b"\x20" + data, layout)
    except Malformed:
        return
    assert len(packet.acks) <= 8
    assert data.endswith(packet.payload)


def test_any_damage_ends_in_flows_that_say_so() -> None:
    chance = random.Random(1194)
    said = openvpn(COMPLETED, size=300)
    for _ in range(150):
        damaged = []
        for side, data in said:
            changed = bytearray(data)
            if chance.random() < 0.3:
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            if chance.random() < 0.1:
                del changed[chance.randrange(len(changed)) :]
            damaged.append((side, bytes(changed)))
        chance.shuffle(damaged)
        for flow in flows_in(over_udp(damaged)):
            assert flow.carrier == "openvpn"
