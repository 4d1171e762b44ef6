"""``tcp_stream`` is tshark's ``tcp.stream``: of every packet of made-up connections, and of every flow of captures.

The made-up ones use few ports again and again: SYNs sent once more or anew, connections that begin amid their data, that
end, rest for an hour and go on. Sequence numbers stay in a small range, so that a SYN often has the number of before.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dpkt
import pytest

import tlseku
from tests.network.connections import Reader
from tests.network.heard import Recorder
from tests.oracle.test_own_captures import OWN, SHARED
from tlseku.network.decode.segment import Segment, key_of
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.packet_header import RecordHeader
from tlseku.network.tcp.stream_numbers import StreamNumbers

SECOND = 1_000_000_000
START = 1_774_000_000 * SECOND
FLAGS = [dpkt.tcp.TH_SYN] * 3 + [
    dpkt.tcp.TH_SYN | dpkt.tcp.TH_ACK,
    dpkt.tcp.TH_ACK,
    dpkt.tcp.TH_ACK,
    dpkt.tcp.TH_ACK | dpkt.tcp.TH_FIN,
    dpkt.tcp.TH_RST,
    dpkt.tcp.TH_RST | dpkt.tcp.TH_ACK,
]
PAUSES = [0, 1_000_000, SECOND, 3 * SECOND, 70 * SECOND, 4000 * SECOND]


def tshark(capture: Path) -> dict[int, int]:
    """``tcp.stream`` of each frame that has TCP, that of the innermost TCP where there are several."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=l"]
    command += ["-e", "frame.number", "-e", "tcp.stream"]
    told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    pairs = (line.partition("\t") for line in told.stdout.splitlines())
    return {int(frame): int(stream) for frame, _, stream in pairs if stream}


def packets(seed: int, number: int) -> Iterator[tuple[int, Segment]]:
    """Segments of four pairs of ends in no sensible order, with the time of each."""
    chance = random.Random(seed)
    ts_ns = START
    for _ in range(number):
        # Mostly close to each other: long pauses would end every connection.
        ts_ns += chance.choices(PAUSES, weights=[30, 30, 10, 5, 2, 1])[0]
        one, other = ("10.0.0.1", 50_000 + chance.randrange(4)), ("10.0.0.2", 443)
        ends = (one, other) if chance.random() < 0.6 else (other, one)
        flags = chance.choice(FLAGS)
        data = b"x" * chance.choice([0, 0, 1, 5]) if flags & dpkt.tcp.TH_ACK else b""
        seq, ack = chance.choice([100, 101, 102, 5000, 2**31]), chance.choice([0, 101, 5001])
        yield ts_ns, Segment(key_of(*ends), seq, ack, flags, data, 0, len(data), 0)


def write(path: Path, made: list[tuple[int, Segment]]) -> None:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, linktype=dpkt.pcap.DLT_RAW, nano=True)
        for ts_ns, segment in made:
            key = segment.key
            tcp = dpkt.tcp.TCP(
                sport=int.from_bytes(key[8:10], "big"),
                dport=int.from_bytes(key[10:12], "big"),
                seq=segment.seq,
                ack=segment.ack,
                flags=segment.flags,
                data=segment.data,
            )
            ip = dpkt.ip.IP(src=key[:4], dst=key[4:8], p=dpkt.ip.IP_PROTO_TCP, data=tcp)
            ip.len = len(ip)
            writer.writepkt(bytes(ip), ts_ns / 1e9)


def counted(made: list[tuple[int, Segment]], reader: Reader | None) -> dict[int, int]:
    """The stream to which the table gives each packet."""
    connections = Connections(Recorder, reader, None, StreamNumbers())
    connections.record_with(RecordHeader("<", 1000, 0, 0))
    streams = {}
    for frame, (ts_ns, segment) in enumerate(made, 1):
        connections.segment(segment, frame, ts_ns)
        streams[frame] = int(connections.table[segment.key].tcp_stream)
    return streams


@pytest.mark.parametrize("reader", [None, True, False], ids=["streams", "recorded", "replayed"])
@pytest.mark.parametrize("seed", range(6))
def test_every_packet(seed: int, reader: bool | None, tmp_path: Path) -> None:
    made = list(packets(seed, 400))
    write(tmp_path / "made.pcap", made)
    assert counted(made, None if reader is None else Reader(reader)) == tshark(tmp_path / "made.pcap")


@pytest.mark.parametrize("path", OWN + sorted(SHARED.glob("*.pcap*")), ids=lambda path: path.name)
def test_every_flow_of_a_capture(path: Path) -> None:
    streams = tshark(path)
    flows = list(tlseku.scan(str(path), rule_books=()))
    # Carriers without TCP have none.
    over_tcp = [flow for flow in flows if flow.transport == "tcp"]
    assert [flow.tcp_stream for flow in over_tcp] == [streams[flow.messages[0].frame] for flow in over_tcp]
    assert {flow.tcp_stream for flow in flows if flow not in over_tcp} <= {None}
