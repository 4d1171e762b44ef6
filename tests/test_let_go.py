"""What is kept for a connection goes with it, and does not wait until somebody looks for circles."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest

from tests import wire
from tests.handshake.test_recorded_connection import CAPTURES, SILENCE, pcap_of, talk
from tests.recorded import outcome
from tests.tls.written import application_data, record

KEPT = {
    "Assembled",
    "BothSides",
    "Connection",
    "MessageLog",
    "OutOfOrderQueue",
    "Follower",
    "HandshakeReader",
    "Message",
    "TlsDetection",
    "Recording",
    "Stream",
    "TlsReader",
    "RecordedMessages",
}


def _long() -> wire.Talk:
    """So much is said that nobody follows to the end."""
    spoken = talk()
    for _ in range(300):
        spoken.send_in(1, application_data(1400), 1400)
    return spoken.send(0, record(21, bytes(26)))


MADE = {
    "closed": pcap_of(talk().close().packets),
    "reset": pcap_of(talk("refused").reset(1).packets),
    "left open": pcap_of(talk().packets),
    "half a handshake": pcap_of(talk().packets[:6]),
    "a long one, closed": pcap_of(_long().close().packets),
    "a long one, reset": pcap_of(_long().reset(0).packets),
    "a long one, left open": pcap_of(_long().packets),
    "the port used again": pcap_of(talk().packets, talk("tls13", (5_000_000, 7_000_000)).packets),
    "an hour of silence": pcap_of(talk().packets[:9], SILENCE + 1, talk().packets[9:]),
    "a hole": pcap_of(talk().packets[:7], talk().packets[8:]),
}


def _left(content: bytes, recording: bool) -> Counter[str]:
    """The kinds of what only the collector could find, once a capture was read and its flows were concluded."""
    gc.collect()
    gc.disable()
    try:
        assert outcome(content, recording=recording).all
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return Counter(kind for each in gc.garbage if (kind := type(each).__name__) in KEPT)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("recording", [True, False], ids=["recorded", "streams"])
@pytest.mark.parametrize("name", MADE)
def test_nothing_is_left_for_the_collector(name: str, recording: bool) -> None:
    assert _left(MADE[name], recording) == {}


@pytest.mark.parametrize("recording", [True, False], ids=["recorded", "streams"])
@pytest.mark.parametrize(
    "path", [path for path in CAPTURES if path.suffix == ".pcap"], ids=lambda path: path.name
)
def test_nothing_of_a_capture_is_left_for_the_collector(path: Path, recording: bool) -> None:
    assert _left(path.read_bytes(), recording) == {}
