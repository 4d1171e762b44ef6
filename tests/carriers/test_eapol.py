"""EAP over a link: whose packet is whose, where both ends speak to a group address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carriers.spoken import (
    ACCESS_POINT,
    FAILURE,
    PEAP,
    STATION,
    SUCCESS,
    authentication,
    facts,
    flights,
    over_link,
)
from tests.dialogues import flows_in
from tests.wire import MILLISECOND, START, Frame
from tlseku import Analyzer, Flow
from tlseku.network.decode.link_addresses import link_addresses

COMPLETED = flights("no-eku", 4)
REFUSED = flights("wrong-eku-refused", 3)
OTHER = bytes.fromhex("02000000000c")


def one(frames: list[Frame], linktype: int = 1) -> Flow:
    (flow,) = flows_in(frames, linktype)
    return flow


@pytest.mark.parametrize("group", [True, False])
def test_let_in(group: bool) -> None:
    flow = one(over_link(authentication(COMPLETED), group=group))
    assert (flow.carrier, flow.client, flow.server) == (
        "eapol",
        ("02:00:00:00:00:0a", 0),
        ("02:00:00:00:00:0b", 0),
    )
    assert [(each.role, each.frame) for each in flow.presented] == [("server", 9), ("client", 14)]
    assert (flow.outcome, flow.outcome_basis) == ("completed", "both Finished, then EAP-Success")
    assert flow.outer is not None
    assert (flow.outer.identity, flow.outer.nas) == ("user@lab.example", None)
    assert flow.transport is None


def test_turned_away() -> None:
    flow = one(over_link(authentication(REFUSED, end=FAILURE)))
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert flow.outcome_basis == "EAP-Failure right after the client's Certificate, no alert"


def test_peap_of_version_1() -> None:
    flow = one(over_link(authentication(COMPLETED, method=PEAP, version=1)))
    assert (flow.outcome, len(flow.presented)) == ("completed", 2)


def test_behind_a_vlan_tag() -> None:
    assert len(one(over_link(authentication(COMPLETED), tag=b"\x81\0\0\x64")).presented) == 2


def test_two_stations_of_one_switch_that_all_speak_to_the_group() -> None:
    packets = authentication(COMPLETED, first=7)
    others = authentication(REFUSED, first=107, end=FAILURE)
    frames = over_link(packets) + over_link(others, station=OTHER, start=START + MILLISECOND // 2)
    flows = flows_in(sorted(frames))
    assert [(flow.client.ip, flow.outcome) for flow in flows] == [
        ("02:00:00:00:00:0a", "completed"),
        ("02:00:00:00:00:0c", "refused"),
    ]


def test_asked_again_it_is_another_conversation() -> None:
    later = over_link(authentication(REFUSED, end=FAILURE, first=50), start=START + 10_000 * MILLISECOND)
    flows = flows_in(over_link(authentication(COMPLETED)) + later)
    assert [flow.outcome for flow in flows] == ["completed", "refused"]


def test_given_up_amid_the_handshake_and_begun_again() -> None:
    broken = over_link(authentication(COMPLETED[:2], end=None))
    later = over_link(authentication(COMPLETED, first=99), start=START + 10_000 * MILLISECOND)
    first, second = flows_in(broken + later)
    assert (first.outcome, first.refused_by, second.outcome) == ("aborted", None, "completed")


@settings(max_examples=40, deadline=None)
@given(st.integers(64, 3000), st.sampled_from(["first", "all", "none"]), st.booleans())
def test_the_same_bytes_in_any_pieces(size: int, lengths: str, group: bool) -> None:
    cut = authentication(COMPLETED, size=size, lengths=lengths)
    assert facts(one(over_link(cut, group=group))) == facts(one(over_link(authentication(COMPLETED))))


@pytest.mark.parametrize("number", range(1, 17))
def test_any_one_frame_lost_shows_nothing_false(number: int) -> None:
    frames = over_link(authentication(COMPLETED, size=700))
    whole = one(frames)
    for flow in flows_in([frame for at, frame in enumerate(frames, 1) if at != number]):
        shown = [(each.role, each.chain) for each in flow.presented if not each.entries_missing]
        assert [each for each in shown if each not in [(p.role, p.chain) for p in whole.presented]] == []
        assert flow.refused_by is None


def test_keys_and_starts_are_no_certificates() -> None:
    analyzer = Analyzer()
    for kind in (1, 2, 3):
        frame = bytes.fromhex("0180c2000003") + STATION + b"\x88\x8e\x02" + bytes((kind, 0, 0))
        assert analyzer.feed(START, 1, frame) == []
    analyzer.close()
    assert dict(analyzer.summary.skipped) == {"not IP": 3}


def test_damaged_eap_is_seen_and_not_read() -> None:
    analyzer = Analyzer()
    for body in (b"\x02", b"\x02\0\0\x05\x09\x07\0\x05\x01", b"\x02\0\0\x03\x01\x07\0"):
        analyzer.feed(START, 1, bytes.fromhex("0180c2000003") + STATION + b"\x88\x8e" + body)
    analyzer.close()
    assert dict(analyzer.summary.skipped) == {"EAPOL": 3}


def sll(frame: bytes) -> bytes:
    """A Linux cooked frame: the sender's address, no receiver's."""
    return b"\0\x03\0\x01\0\x06" + frame[6:12] + b"\0\0" + frame[12:]


def wireless(frame: bytes) -> bytes:
    """An IEEE 802.11 data frame, to the access point or from it."""
    up = frame[6:12] == STATION
    flags, addresses = (1, ACCESS_POINT + STATION + ACCESS_POINT) if up else (2, STATION + ACCESS_POINT * 2)
    return bytes((8, flags, 0, 0)) + addresses + b"\0\0" + b"\xaa\xaa\x03\0\0\0" + frame[12:]


@pytest.mark.parametrize(("linktype", "wrapped"), [(113, sll), (105, wireless)])
def test_other_links(linktype: int, wrapped: object) -> None:
    frames = [
        Frame(each.ts_ns, wrapped(each.data))  # type: ignore[operator]
        for each in over_link(authentication(COMPLETED))
    ]
    flow = one(frames, linktype)
    assert (flow.client.ip, flow.server.ip) == ("02:00:00:00:00:0a", "02:00:00:00:00:0b")
    assert len(flow.presented) == 2


@pytest.mark.parametrize(
    ("linktype", "header", "addresses"),
    [
        (1, "0180c2000003 02000000000a 888e", "02000000000a 0180c2000003"),
        (1, "0180c2000003 02", "000000000000 0180c2000003"),
        (276, "888e0000 00000001 0001 04 06 02000000000a0000", "02000000000a 0180c2000003"),
        (105, "0800 0000 0a0a0a0a0a0a 0b0b0b0b0b0b 0c0c0c0c0c0c 0000", "0b0b0b0b0b0b 0a0a0a0a0a0a"),
        (105, "0801 0000 0a0a0a0a0a0a 0b0b0b0b0b0b 0c0c0c0c0c0c 0000", "0b0b0b0b0b0b 0c0c0c0c0c0c"),
        (105, "0802 0000 0a0a0a0a0a0a 0b0b0b0b0b0b 0c0c0c0c0c0c 0000", "0c0c0c0c0c0c 0a0a0a0a0a0a"),
        (
            105,
            "0803 0000 0a0a0a0a0a0a 0b0b0b0b0b0b 0c0c0c0c0c0c 0000 0d0d0d0d0d0d",
            "0d0d0d0d0d0d 0c0c0c0c0c0c",
        ),
        (12, "", "000000000000 0180c2000003"),
    ],
)
def test_addresses_of_links(linktype: int, header: str, addresses: str) -> None:
    data = b"before" + bytes.fromhex(header)
    assert link_addresses(linktype, data, 6, len(data)) == bytes.fromhex(addresses)


def test_who_answers_is_told_by_the_identifier() -> None:
    frames = over_link(authentication(COMPLETED, end=SUCCESS))
    flow = one(frames)
    assert flow.start == START
    assert flow.end == START + (len(frames) - 1) * MILLISECOND
