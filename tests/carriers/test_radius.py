"""EAP in RADIUS, from frames to flows: who said what, how it ended, and what was not captured."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carriers.spoken import (
    FAILURE,
    IDENTITY,
    NAMES,
    NAS4,
    PEAP,
    PEER,
    RADIUS4,
    SERVER,
    SUCCESS,
    TEAP,
    TTLS,
    attribute,
    authentication,
    facts,
    flights,
    over_udp,
    radius,
    radius_packet,
)
from tests.dialogues import flows_in
from tests.network.frames import ethernet, fragments4, fragments6, udp, vlan
from tests.wire import MILLISECOND, START, Frame
from tlseku import Analyzer, Flow, Hidden
from tlseku.carriers.outer import Outer

COMPLETED = flights("no-eku", 4)
REFUSED = flights("wrong-eku-refused", 3)
ALERTED = flights("wrong-eku-refused", 4)


def one(frames: list[Frame]) -> Flow:
    (flow,) = flows_in(frames)
    return flow


def ids(flow: Flow) -> list[tuple[str, str, int]]:
    return [(each.role, each.chain[0].serial_hex or "", each.frame) for each in flow.presented]


def test_let_in() -> None:
    flow = one(over_udp(radius(authentication(COMPLETED))))
    assert ids(flow) == [("server", "5a17c0de00000010", 8), ("client", "5a17c0de00000022", 13)]
    assert [each.frame for each in flow.messages if each.kind == "server_hello"] == [8]
    assert [each.frames for each in flow.presented] == [(4, 6), (9, 11)]
    assert (flow.carrier, flow.client.ip, flow.server.port) == ("eap-radius", NAS4, 1812)
    assert (flow.outcome, flow.outcome_evidence, flow.refused_by) == ("completed", "outer_accept", None)
    assert flow.outcome_basis == "both Finished, then EAP-Success in Access-Accept"
    assert (flow.client_certificate_accepted, flow.server_certificate_accepted) == (True, True)
    assert flow.outer == Outer(
        method=13,
        identity=IDENTITY.decode(),
        nas="switch-1",
        calling_station="02-00-00-00-00-0A",
        called_station="02-00-00-00-00-0B:lab",
        answer="accept",
        answered_as="EAP-Success in Access-Accept",
        answer_frame=16,
        answer_ts=START + 15 * MILLISECOND,
    )
    assert (flow.hidden, flow.defects) == ((), ())


def test_turned_away_without_an_alert() -> None:
    flow = one(over_udp(radius(authentication(REFUSED, end=FAILURE))))
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "wrong")]
    assert (flow.outcome, flow.refused_by, flow.outcome_evidence) == ("refused", "server", "outer_reject")
    assert flow.outcome_basis == "EAP-Failure in Access-Reject right after the client's Certificate, no alert"
    assert flow.client_certificate_accepted is False
    assert flow.alerts == ()


def test_an_alert_says_more_than_the_failure_after_it() -> None:
    flow = one(over_udp(radius(authentication(ALERTED, end=FAILURE))))
    assert flow.outcome_basis == "fatal alert unsupported_certificate (43)"
    assert (flow.outcome_evidence, flow.refused_by) == ("alert", "server")
    assert flow.outer is not None
    assert flow.outer.answer == "reject"


@pytest.mark.parametrize("method", [PEAP, TTLS, TEAP])
def test_a_rejection_after_the_handshake_is_about_the_method_inside(method: int) -> None:
    flow = one(over_udp(radius(authentication(COMPLETED, method=method, version=1, end=FAILURE))))
    assert (flow.outcome, flow.refused_by) == ("completed", None)
    assert (
        flow.outcome_basis
        == "both Finished; EAP-Failure in Access-Reject after it is about the method inside"
    )


def test_eap_tls_has_nothing_inside() -> None:
    flow = one(over_udp(radius(authentication(COMPLETED, end=FAILURE))))
    assert (flow.outcome, flow.refused_by) == ("refused_inside", "server")
    assert flow.inside_answer == "EAP-Failure in Access-Reject"


def test_tls13_is_refused_after_what_the_client_said_encrypted() -> None:
    said = flights("tls13", 3)
    flow = one(over_udp(radius(authentication(said, end=FAILURE))))
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert flow.outcome_basis == "EAP-Failure in Access-Reject right after the client's flight, no alert"
    inside = one(over_udp(radius(authentication(said, method=PEAP, end=FAILURE))))
    assert (inside.outcome, inside.refused_by) == ("unknown", None)


def test_a_client_that_stops_is_not_refused() -> None:
    flow = one(over_udp(radius(authentication(REFUSED[:2], end=FAILURE))))
    assert (flow.outcome, flow.refused_by) == ("aborted", None)
    assert flow.outcome_basis == "EAP-Failure in Access-Reject while the client's next flight was due"


@pytest.mark.parametrize("port", [1812, 1645, 31812])
@pytest.mark.parametrize("ipv6", [False, True])
def test_any_port_and_either_ip(port: int, ipv6: bool) -> None:
    flow = one(over_udp(radius(authentication(COMPLETED)), port, ipv6=ipv6))
    assert (len(flow.presented), flow.server.port) == (2, port)


def test_behind_a_vlan_tag() -> None:
    frames = [
        Frame(each.ts_ns, ethernet(vlan(each.data[14:]), 0x8100))
        for each in over_udp(radius(authentication(COMPLETED)))
    ]
    assert len(one(frames).presented) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(64, 4000),
    st.sampled_from(["first", "all", "none"]),
    st.sampled_from([COMPLETED, ALERTED]),
    st.integers(0, 255),
)
def test_the_same_bytes_in_any_pieces(
    size: int, lengths: str, said: list[tuple[int, bytes]], first: int
) -> None:
    end = SUCCESS if said is COMPLETED else FAILURE
    whole = one(over_udp(radius(authentication(said, size=4096, end=end))))
    cut = one(over_udp(radius(authentication(said, size=size, lengths=lengths, end=end, first=first))))
    assert facts(cut) == facts(whole)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=12))
def test_what_comes_twice_is_read_once(again: list[int]) -> None:
    frames = over_udp(radius(authentication(COMPLETED, size=500)))
    sent = []
    for index, frame in enumerate(frames):
        sent += [frame] * (1 + again.count(index))
    # A retransmission comes late as often as at once.
    late = [frames[index] for index in again if index < len(frames)]
    assert facts(one(sent)) == facts(one(frames)) == facts(one(frames + late))


def test_two_authentications_at_a_time_are_two() -> None:
    one_, other = (
        over_udp(radius(authentication(said, size=700, end=end), first=first, state=state))
        for said, end, first, state in ((COMPLETED, SUCCESS, 0, b"one"), (REFUSED, FAILURE, 100, b"other"))
    )
    flows = flows_in(sorted(one_ + other))
    assert [flow.outcome for flow in flows] == ["completed", "refused"]
    assert [len(flow.presented) for flow in flows] == [2, 2]


def test_both_legs_of_a_proxy_are_two_flows() -> None:
    packets = authentication(COMPLETED)
    near = over_udp(radius(packets))
    names = (*NAMES, attribute(33, b"1"))
    far = over_udp(radius(packets, names=names, first=77), ends=(RADIUS4, "203.0.113.9"), client=40000)
    flows = flows_in(sorted(near + far))
    assert [(flow.client.ip, flow.server.ip) for flow in flows] == [(NAS4, RADIUS4), (RADIUS4, "203.0.113.9")]
    assert [flow.outer.proxied for flow in flows if flow.outer is not None] == [False, True]
    assert facts(flows[0]) == facts(flows[1])


def test_a_nas_that_asks_from_many_ports() -> None:
    said = radius(authentication(COMPLETED))
    frames = []
    for index, each in enumerate(said):
        frames += over_udp([each], client=50000 + index // 2, start=START + index * MILLISECOND)
    assert len(one(frames).presented) == 2


def lost(frames: list[Frame], *numbers: int) -> list[Frame]:
    return [frame for number, frame in enumerate(frames, 1) if number not in numbers]


def test_a_lost_answer_of_the_client_is_a_hole() -> None:
    frames = over_udp(radius(authentication(COMPLETED, size=700)))
    # The second of the four pieces of the client's flight.
    flow = one(lost(frames, 13))
    client = flow.presented[-1]
    assert (client.role, client.chain, client.entries_missing, client.verdict) == (
        "client",
        (),
        True,
        "incomplete",
    )
    assert flow.outcome == "completed"
    (of_server, _) = one(lost(frames, 8)).presented
    assert (of_server.role, len(of_server.chain), of_server.entries_missing) == ("server", 1, True)
    assert one(lost(frames, 11)).hidden == (Hidden("client_certificate", "datagram_lost"),)


@pytest.mark.parametrize("number", range(1, 17))
def test_any_one_packet_lost_shows_nothing_false(number: int) -> None:
    frames = over_udp(radius(authentication(COMPLETED, size=700)))
    whole = one(frames)
    for flow in flows_in(lost(frames, number)):
        shown = [(each.role, each.chain) for each in flow.presented if not each.entries_missing]
        assert [each for each in shown if each not in [(p.role, p.chain) for p in whole.presented]] == []
        assert flow.outcome in ("completed", "unknown", "incomplete")
        assert flow.refused_by is None


def test_a_fragment_that_a_port_filter_left_out() -> None:
    said = radius(authentication(COMPLETED, size=1400))
    frames = []
    for index, (side, data) in enumerate(said):
        datagram = udp(data, 1812 if side == PEER else 50000, sport=50000 if side == PEER else 1812)
        ends = (NAS4, RADIUS4) if side == PEER else (RADIUS4, NAS4)
        cut = fragments4(datagram, 1480, protocol=17, ends=ends, identification=index)
        # The second one has no port.
        kept = cut[:1] if side == PEER and len(data) > 1400 and index > 4 else cut
        frames += [Frame(START + index * MILLISECOND, ethernet(each)) for each in kept]
    flow = one(frames)
    assert [each.role for each in flow.presented] == ["server"]
    assert [(each.what, each.reason) for each in flow.hidden] == [("client_certificate", "fragment_lost")]
    assert flow.outcome == "completed"


def test_ip_fragments_are_joined_and_nothing_is_passed_over() -> None:
    analyzer = Analyzer(only_ends=True)
    events = []
    for index, (side, data) in enumerate(radius(authentication(COMPLETED, size=1400))):
        datagram = udp(data, 1812 if side == PEER else 50000, sport=50000 if side == PEER else 1812)
        for each in fragments6(datagram, 600, protocol=17, identification=index):
            swapped = each[:8] + (each[8:40] if side == PEER else each[24:40] + each[8:24]) + each[40:]
            events += analyzer.feed(START + index, 1, ethernet(swapped, 0x86DD))
    events += analyzer.close()
    assert len(events) == 1
    assert dict(analyzer.summary.skipped) == {}
    assert (analyzer.summary.conversations, analyzer.summary.connections) == (1, 0)


def test_cut_by_the_snaplen() -> None:
    frames = [
        Frame(each.ts_ns, each.data[:400], len(each.data))
        for each in over_udp(radius(authentication(COMPLETED, size=1400)))
    ]
    flow = one(frames)
    assert {each.reason for each in flow.hidden} == {"snaplen_truncated"}
    assert flow.outcome == "completed"


def test_an_answer_without_eap() -> None:
    said = radius(authentication(REFUSED, end=None))
    number = said[-1][1][1]
    flow = one(over_udp([*said, (SERVER, radius_packet(3, number, None))]))
    assert flow.outer is not None
    assert flow.outer.answered_as == "Access-Reject"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            [(PEER, radius_packet(1, 1, None, attribute(1, b"u"), attribute(2, bytes(16))))], id="PAP"
        ),
        pytest.param([(SERVER, radius_packet(2, 1, None))], id="an answer alone"),
        pytest.param([(PEER, b"\x04\x01\0\x14" + bytes(16))], id="accounting"),
    ],
)
def test_radius_without_eap_shows_no_certificate(said: list[tuple[int, bytes]]) -> None:
    analyzer = Analyzer()
    for frame in over_udp(said):
        assert analyzer.feed(frame.ts_ns, 1, frame.data) == []
    assert analyzer.close() == []
    assert dict(analyzer.summary.skipped) == {"not TCP": 1}


def test_another_method_is_read_and_shows_nothing() -> None:
    packets = authentication(COMPLETED, method=4)
    analyzer = Analyzer()
    for frame in over_udp(radius(packets)):
        analyzer.feed(frame.ts_ns, 1, frame.data)
    assert analyzer.close() == []
    assert analyzer.summary.conversations == 0


def test_damaged_eap_is_seen_and_not_read() -> None:
    analyzer = Analyzer()
    for frame in over_udp([(PEER, radius_packet(1, 1, b"\x09\x01\0\x05\x01"))]):
        analyzer.feed(frame.ts_ns, 1, frame.data)
    analyzer.close()
    assert dict(analyzer.summary.skipped) == {"RADIUS": 1}


def test_events_come_with_the_frames_that_complete_them() -> None:
    analyzer = Analyzer()
    seen = []
    for number, frame in enumerate(over_udp(radius(authentication(COMPLETED))), 1):
        seen += [(number, type(event).__name__) for event in analyzer.feed(frame.ts_ns, 1, frame.data)]
    assert seen[0] == (8, "CertificatePresented")
    assert seen[-1] == (16, "FlowEnded")


def test_flows_are_equal_however_they_are_read(tmp_path: object) -> None:
    import tlseku
    from tests.wire import pcap

    frames = over_udp(radius(authentication(COMPLETED)))
    path = tmp_path / "radius.pcap"  # type: ignore[operator]
    path.write_bytes(pcap(frames))
    (flow,) = tlseku.scan(str(path))
    assert dataclasses.replace(
        flow, file="", direction="unknown", vantage=(), presented=()
    ) == dataclasses.replace(one(frames), file="", presented=())


def test_a_file_shows_what_frames_show_one_by_one(tmp_path: object) -> None:
    """A file goes through batches, where the decoder sees only what may matter."""
    import tlseku
    from tests.wire import pcap

    for port in (1812, 31812):
        frames = over_udp(radius(authentication(COMPLETED)), port)
        path = tmp_path / f"{port}.pcap"  # type: ignore[operator]
        # Other packets around it, padded and not.
        path.write_bytes(pcap([Frame(START, bytes(60)), *frames, Frame(START + 10**9, bytes(90))]))
        (flow,) = tlseku.scan(str(path))
        assert facts(flow) == facts(one(frames))
