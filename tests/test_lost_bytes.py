"""What a capture lacks is said, never hidden: every certificate list is whole and right, or ``incomplete``, or named.

One segment at a time is dropped, cut by a snaplen, or put before the capture's start or behind its end; one direction is
left out. The truth is the recorded handshake itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.dialogues import flows_in
from tests.tls import written
from tlseku import Analyzer
from tlseku.flow import Flow

REASONS = {"segment_lost", "snaplen_truncated", "starts_mid_handshake", "one_direction_only", "capture_ends"}
MUTUAL = "no-eku"
RECORDINGS = ("no-eku", "scenario1", "wrong-eku-refused", "declined")
SIZES = (199, 536, 1460)


def frames_of(
    name: str, size: int, *, acks: bool = True, opened: bool = True, fragment: int = 0
) -> list[wire.Frame]:
    """The recording as a capture, in segments of ``size`` bytes, each flight acknowledged; ``fragment`` is the most
    that a clear handshake record holds."""
    talk = wire.Talk()
    if opened:
        talk.open()
    for side, data in written.recording(name):
        talk.send_in(side, fragmented(data, fragment) if fragment else data, size)
        if acks:
            talk.ack(1 - side)
    return talk.close().frames()


def fragmented(data: bytes, size: int) -> bytes:
    """A flight whose handshake records up to ChangeCipherSpec are cut into smaller ones."""
    out, clear = b"", True
    for each in written.records_of(data):
        clear = clear and each.type == 22 and len(each.content) != 40
        step = size if clear else max(1, len(each.content))
        for at in range(0, len(each.content), step):
            out += written.record(each.type, each.content[at : at + step], each.version)
    return out


def shas(ders: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(hashlib.sha256(der).hexdigest() for der in ders)


def assert_honest(flow: Flow, name: str) -> None:
    """No list shorter than the truth but as ``incomplete``, none absent but with a reason, no role wrong."""
    assert flow.role_evidence == "unknown" or (flow.client.ip, flow.server.ip) == (
        wire.CLIENT[0],
        wire.SERVER[0],
    )
    hidden = {(each.what, each.reason) for each in flow.hidden}
    assert {reason for _, reason in hidden} <= REASONS
    for side, role in enumerate(("client", "server")):
        truth = shas(written.chain_of(name, side))
        presented = [each for each in flow.presented if each.role == role]
        if flow.role_evidence == "unknown":
            presented = [each for each in flow.presented if each.role == "unknown"]
            truths = [shas(written.chain_of(name, each)) for each in (0, 1)]
            assert all(shas_of(each) in [known[: len(each.chain)] for known in truths] for each in presented)
            continue
        assert len(presented) <= 1
        if presented:
            (said,) = presented
            assert shas_of(said) == truth[: len(said.chain)]
            assert (said.verdict == "incomplete") is said.entries_missing
            assert said.entries_missing or len(said.chain) == len(truth)
        else:
            assert any(what == f"{role}_certificate" for what, _ in hidden), (flow.messages, flow.hidden)
    asked = bool(flow.requests)
    assert (
        asked or any(what == "certificate_request" for what, _ in hidden) or flow.role_evidence == "unknown"
    )
    for request in flow.requests:
        assert request.role == "server" or flow.role_evidence == "unknown"
        came = any(each.role == "client" for each in flow.presented)
        empty = not written.chain_of(name, 0)
        whole = any(each.role == "client" and not each.entries_missing for each in flow.presented)
        wanted = "hidden" if not came else "empty" if empty and whole else "presented"
        assert request.answer == wanted or request.role == "unknown"
    if name == "wrong-eku-refused":
        assert flow.outcome in ("refused", "unknown", "incomplete", "aborted")
        assert flow.refused_by in (None, "server") or flow.role_evidence == "unknown"
    else:
        assert flow.outcome in ("completed", "unknown", "incomplete")
        assert flow.refused_by is None


def shas_of(said: object) -> tuple[str, ...]:
    return tuple(each.sha256 for each in said.chain)  # type: ignore[attr-defined]


def is_payload(frame: wire.Frame) -> bool:
    return len(frame.data.rstrip(b"\0")) > 54


def only(frames: Sequence[wire.Frame]) -> Flow:
    (flow,) = flows_in(frames)
    return flow


@pytest.mark.parametrize("fragment", [0, 150, 700])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", RECORDINGS)
def test_any_one_segment_lost(name: str, size: int, fragment: int) -> None:
    frames = frames_of(name, size, fragment=fragment)
    for lost in range(len(frames)):
        assert_honest(only([*frames[:lost], *frames[lost + 1 :]]), name)


@pytest.mark.parametrize("acks", [True, False])
@pytest.mark.parametrize("size", [199, 536])
def test_any_two_segments_in_a_row_lost_without_a_syn(size: int, acks: bool) -> None:
    frames = frames_of(MUTUAL, size, opened=False, acks=acks)
    for lost in range(len(frames) - 1):
        assert_honest(only([*frames[:lost], *frames[lost + 2 :]]), MUTUAL)


@pytest.mark.parametrize("name", RECORDINGS)
def test_any_snaplen(name: str) -> None:
    frames = frames_of(name, 1460)
    for snaplen in (*range(54, 400, 7), *range(400, 1520, 61)):
        flows = flows_in([wire.truncated(frame, snaplen) for frame in frames])
        for flow in flows:
            assert_honest(flow, name)
        assert flows or snaplen < 60


@pytest.mark.parametrize("name", RECORDINGS)
def test_any_one_segment_cut_by_the_snaplen(name: str) -> None:
    frames = frames_of(name, 1460)
    for index, frame in enumerate(frames):
        for snaplen in (54, 57, 60, 70, 99, 300, 1000, len(frame.data) - 1):
            cut = [*frames[:index], wire.truncated(frame, snaplen), *frames[index + 1 :]]
            assert_honest(only(cut), name)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("acks", [True, False])
@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("name", RECORDINGS)
def test_one_direction_only(name: str, opened: bool, acks: bool, side: int) -> None:
    sender = wire.packed((wire.CLIENT, wire.SERVER)[side][0])
    frames = [each for each in frames_of(name, 536, acks=acks, opened=opened) if each.data[26:30] == sender]
    flow = only(frames)
    assert_honest(flow, name)
    assert flow.role_evidence == ("client_hello" if side == 0 else "server_hello")
    role, other = ("client", "server") if side == 0 else ("server", "client")
    assert [each.role for each in flow.presented] == [role]
    assert {each.what for each in flow.hidden} >= {f"{other}_certificate", f"{other}_hello"}


@pytest.mark.parametrize("fragment", [0, 150, 700])
@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("size", SIZES)
def test_start_of_the_capture_at_every_packet(size: int, name: str, fragment: int) -> None:
    frames = frames_of(name, size, fragment=fragment)
    payloads = [index for index, frame in enumerate(frames) if is_payload(frame)]
    for start in range(1, payloads[-1]):
        flows = flows_in(frames[start:])
        assert len(flows) <= 1
        for flow in flows:
            assert_honest(flow, name)


@pytest.mark.parametrize("fragment", [0, 100, 150, 500, 700, 1400])
@pytest.mark.parametrize("size", SIZES)
def test_a_capture_that_begins_behind_the_client_hello_has_both_chains(size: int, fragment: int) -> None:
    frames = frames_of(MUTUAL, size, fragment=fragment)
    server = wire.packed(wire.SERVER[0])
    start = next(at for at, each in enumerate(frames) if is_payload(each) and each.data[26:30] == server)
    flow = only(frames[start:])
    assert [(each.role, shas_of(each)) for each in flow.presented] == [
        ("server", shas(written.chain_of(MUTUAL, 1))),
        ("client", shas(written.chain_of(MUTUAL, 0))),
    ]
    assert [(each.what, each.reason) for each in flow.hidden] == [("client_hello", "starts_mid_handshake")]


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("size", SIZES)
def test_end_of_the_capture_at_every_packet(size: int, name: str) -> None:
    frames = frames_of(name, size)
    first = next(index for index, frame in enumerate(frames) if is_payload(frame))
    for end in range(first + 1, len(frames)):
        assert_honest(only(frames[:end]), name)


def test_a_lost_segment_leaves_what_stands_around_it() -> None:
    """The chain is cut where the bytes are missing; what follows in the same flight is read."""
    frames = frames_of("scenario1", 1000)
    server = [index for index, frame in enumerate(frames) if is_payload(frame) and frame.data[26] == 198]
    flow = only([frame for index, frame in enumerate(frames) if index != server[4]])
    assert [(each.role, each.verdict, len(each.chain)) for each in flow.presented] == [
        ("server", "incomplete", 1),
        ("client", "ok", 2),
    ]
    assert [each.kind for each in flow.messages][:6] == [
        "client_hello",
        "server_hello",
        "certificate",
        "server_key_exchange",
        "certificate_request",
        "server_hello_done",
    ]
    assert flow.hidden == ()
    assert flow.outcome == "completed"
    assert flow.requests[0].answer == "presented"


CUT = "payload cut by the snaplen"
PAYLOADS = 14
CLEAR = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n"


def skipped(frames: Sequence[wire.Frame], tmp_path: Path) -> tuple[int, dict[str, int]]:
    """How many flows there are and what was passed over, the same packet by packet and from a file."""
    analyzer = Analyzer()
    for frame in frames:
        analyzer.feed(frame.ts_ns, 1, frame.data, frame.original_length)
    analyzer.close()
    (tmp_path / "cut.pcap").write_bytes(wire.pcap(frames))
    found = tlseku.scan(tmp_path / "cut.pcap")
    flows = len(list(found))
    summary = found.summary
    assert (summary.flows, dict(summary.skipped)) == (analyzer.summary.flows, dict(analyzer.summary.skipped))
    return flows, dict(summary.skipped)


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("snaplen", [54, 56])
def test_a_capture_of_headers_alone(snaplen: int, opened: bool, tmp_path: Path) -> None:
    frames = frames_of("scenario1", 1460, opened=opened)
    assert skipped(frames, tmp_path) == (1, {})
    assert sum(is_payload(frame) for frame in frames) == PAYLOADS
    assert skipped([wire.truncated(frame, snaplen) for frame in frames], tmp_path) == (0, {CUT: PAYLOADS})


def test_what_is_cut_in_a_flow_is_hidden_and_not_skipped(tmp_path: Path) -> None:
    frames = [wire.truncated(frame, 200) for frame in frames_of("scenario1", 1460)]
    assert skipped(frames, tmp_path) == (1, {})


def test_what_is_cut_in_clear_text_is_of_no_matter(tmp_path: Path) -> None:
    talk = (
        wire.Talk()
        .open()
        .send(0, CLEAR)
        .send(1, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000)
        .send(1, b"y" * 1400)
    )
    frames = talk.close().frames()
    assert skipped(frames, tmp_path) == (0, {})
    assert skipped([wire.truncated(frame, 200) for frame in frames], tmp_path) == (0, {})


def test_each_connection_counts_its_own(tmp_path: Path) -> None:
    frames = [wire.truncated(frame, 54) for frame in frames_of("scenario1", 1460)]
    other = wire.Talk(client=("192.0.2.99", 40000)).open().send(0, CLEAR).close().frames()
    assert skipped([*frames, *other], tmp_path) == (0, {CUT: PAYLOADS})
    cut = [wire.truncated(frame, 60) for frame in other]
    assert skipped([*frames, *cut], tmp_path) == (0, {CUT: PAYLOADS + 1})
