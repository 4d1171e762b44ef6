"""The same answer on every road: a scan, frames one by one, with a key log that has to do with nothing, in processes.

Captures of this project, and those of ``/work/shared`` where they are, with segments that are late, lost, doubled,
swapped, cut or sent again in part. The order of messages that one frame completed is the same, too.
"""

from __future__ import annotations

import io
import os
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import tlseku
from tests import wire
from tests.capture import written
from tests.carriers.datagrams import frame_of
from tests.carriers.dtls import test_associations as dtls
from tests.test_any_cut import retried
from tests.tls import written as written_tls
from tlseku.capture import packets
from tlseku.errors import CaptureError
from tlseku.events import FlowEnded
from tlseku.output.json.flow_object import flow_to_dict

PROJECT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TLSEKU_SHARED", "/work/shared"))
PLACES = (
    PROJECT / "captures",
    SHARED / "captures",
    SHARED / "cases" / "field",
    SHARED / "cases" / "verifiers",
)
UNRELATED = b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
MOST_PACKETS = 300
CASES = 150


class Packet(NamedTuple):
    """One packet of a capture: nanoseconds, its bytes, and how many it had on the wire."""

    ts_ns: int
    data: bytes
    length: int


class Recorded(NamedTuple):
    """The packets of a small capture, all of one link type."""

    name: str
    linktype: int
    packets: list[Packet]


def captures() -> Iterator[Recorded]:
    """Those that are there and small enough to be read again and again."""
    for place in PLACES:
        for path in sorted(place.glob("*.pcap*")) if place.is_dir() else ():
            try:
                found = list(packets(str(path)))
            except CaptureError:
                continue
            if 0 < len(found) <= MOST_PACKETS and len({each[2] for each in found}) == 1:
                frames = [Packet(each[1], bytes(each[3]), each[4]) for each in found]
                yield Recorded(str(path), found[0][2], frames)


def _late(chance: random.Random, frames: list[Packet], at: int) -> None:
    frames.insert(at + chance.choice((1, 2, 5, 1000)), frames.pop(at))


def _late_with_its_time(chance: random.Random, frames: list[Packet], at: int) -> None:
    moved = frames.pop(at)
    to = chance.randrange(at, len(frames) + 1)
    when = frames[to - 1].ts_ns if to else moved.ts_ns
    frames.insert(to, moved._replace(ts_ns=when + chance.choice((0, 1_000_000, 3_000_000_000))))


def _lost(chance: random.Random, frames: list[Packet], at: int) -> None:
    del frames[at]


def _doubled(chance: random.Random, frames: list[Packet], at: int) -> None:
    frames.insert(at + chance.choice((1, 3, 10)), frames[at])


def _early(chance: random.Random, frames: list[Packet], at: int) -> None:
    frames.insert(chance.randrange(at + 1), frames.pop(at))


def _cut(chance: random.Random, frames: list[Packet], at: int) -> None:
    if len(frames[at].data) > 14:
        frames[at] = frames[at]._replace(data=frames[at].data[: chance.randrange(14, len(frames[at].data))])


def _overlapping(chance: random.Random, frames: list[Packet], at: int) -> None:
    """The end of a segment again, in a packet of Ethernet and IPv4 without options."""
    data = frames[at].data
    if len(data) < 60 or data[12:15] != b"\x08\x00\x45" or data[23] != 6:
        return
    payload = 34 + (data[46] >> 4) * 4
    if len(data) - payload < 3:
        return
    skipped = chance.randrange(1, len(data) - payload)
    (seq,) = struct.unpack_from(">I", data, 38)
    again = bytearray(data[:payload] + data[payload + skipped :])
    struct.pack_into(">I", again, 38, (seq + skipped) & 0xFFFFFFFF)
    struct.pack_into(">H", again, 16, len(again) - 14)
    frames.insert(at + chance.choice((1, 2, 4)), Packet(frames[at].ts_ns + 1000, bytes(again), len(again)))


DAMAGE: tuple[Callable[[random.Random, list[Packet], int], None], ...] = (
    _late,
    _late_with_its_time,
    _lost,
    _doubled,
    _early,
    _cut,
    _overlapping,
)


def damaged(chance: random.Random, recorded: Recorded) -> Recorded:
    """The same capture with one to three faults."""
    frames = list(recorded.packets)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if frames:
            chance.choice(DAMAGE)(chance, frames, chance.randrange(len(frames)))
    return recorded._replace(packets=frames)


def file_of(recorded: Recorded) -> bytes:
    """A pcapng file with nanoseconds."""
    blocks = [
        written.section(),
        written.interface(linktype=recorded.linktype, opts=written.options("<", (9, b"\x09"))),
    ]
    blocks += [
        written.enhanced(ts_ns, data, original=length, opts=b"") for ts_ns, data, length in recorded.packets
    ]
    return b"".join(blocks)


def said(flow: tlseku.Flow) -> dict[str, object]:
    """What is said of a flow, whatever the file is called."""
    whole = flow_to_dict(flow, full=True)
    whole.pop("file")
    return whole


def scanned(recorded: Recorded, secrets: bytes | None = None) -> list[dict[str, object]]:
    flows = tlseku.scan(io.BytesIO(file_of(recorded)), secrets=() if secrets is None else (secrets,))
    return [said(flow) for flow in sorted(flows, key=lambda each: each.number)]


def fed(recorded: Recorded) -> list[dict[str, object]]:
    analyzer = tlseku.Analyzer(only_ends=True)
    events = []
    for ts_ns, data, length in recorded.packets:
        events += analyzer.feed(ts_ns, recorded.linktype, data, length)
    events += analyzer.close()
    flows = [event.flow for event in events if isinstance(event, FlowEnded)]
    return [said(flow) for flow in sorted(flows, key=lambda each: each.number)]


@pytest.fixture(scope="module")
def found() -> list[Recorded]:
    return list(captures())


def _hold(found: list[Recorded], chance: random.Random, cases: int) -> list[tuple[str, int, str]]:
    """Which cases differ: capture, seed, road."""
    different = []
    for _ in range(cases):
        recorded, seed = chance.choice(found), chance.randrange(1 << 30)
        case = damaged(random.Random(seed), recorded)
        if any(each.ts_ns < 0 for each in case.packets):
            continue
        answer = scanned(case)
        roads = {"with an unrelated key log": scanned(case, UNRELATED), "frame by frame": fed(case)}
        different += [(recorded.name, seed, road) for road, other in roads.items() if other != answer]
    return different


def test_whole_captures(found: list[Recorded]) -> None:
    for recorded in found:
        answer = scanned(recorded)
        assert scanned(recorded, UNRELATED) == answer, recorded.name
        assert fed(recorded) == answer, recorded.name


def test_damaged_captures(found: list[Recorded]) -> None:
    """With seeds that never change; others are tried in the long run."""
    assert (
        _hold([each for each in found if each.name.startswith(str(PROJECT))], random.Random(17), CASES) == []
    )


@pytest.mark.long
def test_more_damaged_captures(found: list[Recorded]) -> None:
    different = _hold(found, random.Random(), 20_000)
    # What is known to differ makes one in a thousand: an acknowledgement far ahead, or a time far ahead, with a loss.
    assert len(different) <= 40, different


def test_a_segment_late_in_the_file(found: list[Recorded]) -> None:
    """Of each capture, each packet in turn comes at the end, long after it was acknowledged."""
    own = [each for each in found if each.name.startswith(str(PROJECT)) and len(each.packets) <= 20]
    assert own
    for recorded in own:
        for at in range(len(recorded.packets)):
            frames = list(recorded.packets)
            moved = frames.pop(at)
            last = frames[-1].ts_ns
            case = recorded._replace(packets=[*frames, moved._replace(ts_ns=last + 5_000_000_000)])
            assert scanned(case, UNRELATED) == scanned(case) == fed(case), (recorded.name, at)


def _written(frames: Iterable[wire.Frame]) -> Recorded:
    return Recorded("written", 1, [Packet(each.ts_ns, each.data, len(each.data)) for each in frames])


def _kinds(flow: dict[str, object]) -> list[tuple[object, object]]:
    messages = flow["messages"]
    assert isinstance(messages, list)
    return [(each["frame"], each["type"]) for each in messages]


def test_what_one_frame_completes_comes_in_the_order_of_the_wire() -> None:
    """The first ClientHello, the ChangeCipherSpec and the second hello of a retry come together, since a segment is late:
    the ChangeCipherSpec waits for secrets, which none of the others does."""
    (_, hello), (_, answer), (_, again), *_ = retried()
    talk = wire.Talk().open()
    talk.send(0, hello[:100]).send(0, hello[100:]).send(1, answer).send(0, again)
    frames = talk.frames()
    # The second half of the hello comes last.
    frames.append(frames.pop(4)._replace(ts_ns=frames[-1].ts_ns + 1_000_000))
    recorded = _written(frames)
    (flow,) = answer_ = scanned(recorded)
    assert _kinds(flow)[-3:] == [(7, "client_hello"), (7, "change_cipher_spec"), (7, "client_hello")]
    assert scanned(recorded, UNRELATED) == fed(recorded) == answer_


def test_a_datagram_that_comes_twice_says_nothing_new() -> None:
    sent = [*dtls.mutual(), *dtls.DONE]
    sent.insert(5, sent[4])
    frames = [wire.Frame(1_000_000_000 + at * 1_000_000, frame_of(each)) for at, each in enumerate(sent)]
    recorded = _written(frames)
    (flow,) = answer = scanned(recorded)
    assert flow["hidden"] == []
    assert [kind for _, kind in _kinds(flow)].count("encrypted_handshake") == 2
    assert scanned(recorded, UNRELATED) == fed(recorded) == answer


def test_a_record_of_data_that_was_cut_is_one_all_the_same() -> None:
    """The ServerHello is lost, so that secrets would be waited for to the end."""
    turns = written_tls.recording("declined")[:4]
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send(side, data)
    talk.send(0, written_tls.application_data()).close()
    frames = talk.frames()
    at = 3 + len(turns)
    whole = [Packet(each.ts_ns, each.data, len(each.data)) for each in frames]
    whole[at] = whole[at]._replace(data=whole[at].data[:-4])
    del whole[4]
    recorded = Recorded("written", 1, whole)
    (flow,) = answer = scanned(recorded)
    assert (at, "application_data") in _kinds(flow)
    assert scanned(recorded, UNRELATED) == fed(recorded) == answer


def test_in_one_process_and_in_many(tmp_path: Path, found: list[Recorded]) -> None:
    paths = []
    for number, recorded in enumerate(found[:4]):
        path = tmp_path / f"{number}.pcapng"
        path.write_bytes(file_of(damaged(random.Random(number), recorded)))
        paths.append(str(path))
    one = [flow_to_dict(flow, full=True) for flow in tlseku.read(*paths, local=("192.0.2.10",))]
    many = [
        flow_to_dict(flow, full=True) for flow in tlseku.read_many(paths, processes=2, local=("192.0.2.10",))
    ]
    assert one == many != []
