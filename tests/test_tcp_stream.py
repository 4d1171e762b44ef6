"""``Flow.tcp_stream`` by the way in which bytes come: a number where a capture has packets, None where it means nothing."""

from __future__ import annotations

from pathlib import Path

import dpkt

import tlseku
from tests.dialogues import ended, flow_of
from tests.network.decode.test_exported_pdu import UPPER_PDU, _stream
from tests.network.frames import V4
from tests.tls.written import client_hello
from tlseku import Analyzer

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
ONE, OTHER = CAPTURES / "declined.pcap", CAPTURES / "no-eku.pcap"


def test_every_file_counts_from_0() -> None:
    assert [(flow.number, flow.tcp_stream) for flow in tlseku.read(str(ONE), str(OTHER))] == [(1, 0), (2, 0)]


def test_merged_captures_have_none() -> None:
    assert [flow.tcp_stream for flow in tlseku.read(str(ONE), str(OTHER), merge=True)] == [None, None]


def test_one_capture_is_not_merged() -> None:
    assert [flow.tcp_stream for flow in tlseku.read(str(ONE), merge=True)] == [0]


def test_bytes_without_packets_have_none() -> None:
    assert flow_of((0, client_hello())).tcp_stream is None


def test_frames_of_an_embedder_are_a_capture() -> None:
    analyzer = Analyzer()
    events = []
    with ONE.open("rb") as file:
        for second, frame in dpkt.pcap.Reader(file):
            events += analyzer.feed(int(second * 1e9), 1, frame)
    (flow,) = ended([*events, *analyzer.close()])
    assert flow.tcp_stream == 0


def test_what_wireshark_exported_without_its_tcp_has_none(tmp_path: Path) -> None:
    frame = _stream(V4, client_hello())
    analyzer = Analyzer()
    (flow,) = ended([*analyzer.feed(1, UPPER_PDU, frame), *analyzer.close()])
    assert flow.tcp_stream is None
    path = tmp_path / "exported.pcap"
    with path.open("wb") as file:
        dpkt.pcap.Writer(file, linktype=UPPER_PDU).writepkt(frame, 1.0)
    assert [each.tcp_stream for each in tlseku.scan(str(path))] == [None]
