"""The first bytes of connections, from the golden captures and from small ones made here."""

from __future__ import annotations

import io
from pathlib import Path

import dpkt
import pytest

from tlseku.errors import CaptureError
from tlseku.flow import Endpoint
from tlseku.profiles.expressway.ssh import stream_prefix as module
from tlseku.profiles.expressway.ssh.stream_prefix import MOST_BYTES, first_bytes

CAPTURES = Path(__file__).resolve().parents[4] / "captures"
CASE_2 = str(CAPTURES / "test-case-2.pcap")
A, B = ("10.0.0.1", 40000), ("10.0.0.2", 2222)


class Talk:
    """A small capture, one TCP segment after another."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.sequence = {A: 1000, B: 9000}

    def say(
        self, source: tuple[str, int], target: tuple[str, int], data: bytes, flags: int = 0x18, skip: int = 0
    ) -> None:
        start = self.sequence.setdefault(source, 500)
        self.sequence[source] = start + skip
        segment = dpkt.tcp.TCP(
            sport=source[1],
            dport=target[1],
            seq=self.sequence[source],
            ack=self.sequence.setdefault(target, 700) if flags & 0x10 else 0,
            flags=flags,
            data=data,
        )
        address = lambda ip: bytes(map(int, ip.split(".")))  # noqa: E731
        packet = dpkt.ip.IP(src=address(source[0]), dst=address(target[0]), p=6, data=segment)
        packet.len = len(packet)
        self.frames.append(
            bytes(dpkt.ethernet.Ethernet(dst=b"\2" * 6, src=b"\4" * 6, type=0x800, data=packet))
        )
        self.sequence[source] += len(data) + (1 if flags & 0x03 else 0)

    def file(self) -> io.BytesIO:
        sink = io.BytesIO()
        writer = dpkt.pcap.Writer(sink)
        for number, frame in enumerate(self.frames):
            writer.writepkt(frame, ts=1_700_000_000 + number)
        return io.BytesIO(sink.getvalue())


def opened() -> Talk:
    talk = Talk()
    talk.say(A, B, b"", 0x02)
    talk.say(B, A, b"", 0x12)
    return talk


def test_the_ssh_connection_of_test_case_2() -> None:
    (found,) = first_bytes(CASE_2, begins=b"SSH-").connections
    assert (found.initiator, found.other) == (Endpoint("10.106.80.16", 30012), Endpoint("10.106.80.31", 2222))
    assert found.initiator_known
    assert (len(found.by_initiator.data), len(found.by_other.data)) == (1013, 813)
    assert found.by_initiator.whole
    assert [piece.frame for piece in found.by_initiator.pieces] == [22, 24, 26, 28, 30]
    place = found.by_other.frame_of(20)
    assert place is not None
    assert (place.file, place.frame) == (CASE_2, 23)
    assert found.by_other.frame_of(813) is None


@pytest.mark.parametrize("name", ["test-case-1.pcap", "scenario2.pcap.gz", "tls13.pcap"])
def test_captures_without_ssh(name: str) -> None:
    assert first_bytes(str(CAPTURES / name), begins=b"SSH-").connections == ()


def test_another_beginning_finds_other_connections() -> None:
    (found,) = first_bytes(CASE_2, begins=b"\x16\x03").connections
    assert found.other.port == 7001


def test_several_sources_one_after_the_other_and_merged() -> None:
    assert len(first_bytes(CASE_2, CASE_2, begins=b"SSH-").connections) == 2
    assert (
        len(first_bytes(CASE_2, str(CAPTURES / "test-case-1.pcap"), begins=b"SSH-", merge=True).connections)
        == 1
    )


def test_a_beginning_in_small_pieces() -> None:
    talk = opened()
    for piece in (b"S", b"S", b"H-2.0-x\r\n"):
        talk.say(A, B, piece)
    (found,) = first_bytes(talk.file(), begins=b"SSH-").connections
    assert found.by_initiator.data == b"SSH-2.0-x\r\n"
    assert [piece.end for piece in found.by_initiator.pieces] == [1, 2, 11]


def test_the_server_alone_begins_so() -> None:
    talk = opened()
    talk.say(A, B, b"other")
    talk.say(B, A, b"SSH-2.0-y\r\n")
    (found,) = first_bytes(talk.file(), begins=b"SSH-").connections
    assert (found.by_initiator.data, found.by_initiator.whole) == (b"", False)
    assert found.by_other.data == b"SSH-2.0-y\r\n"


def test_without_a_syn_the_first_seen_comes_first() -> None:
    talk = Talk()
    talk.say(B, A, b"SSH-2.0-y\r\n")
    (found,) = first_bytes(talk.file(), begins=b"SSH-").connections
    assert (found.initiator, found.initiator_known) == (Endpoint(*B), False)


def test_a_hole_ends_a_side() -> None:
    talk = opened()
    talk.say(A, B, b"SSH-2.0-x\r\n")
    talk.say(A, B, b"later", skip=100)
    (found,) = first_bytes(talk.file(), begins=b"SSH-").connections
    assert (found.by_initiator.data, found.by_initiator.whole) == (b"SSH-2.0-x\r\n", False)


def test_no_more_is_kept_than_the_limit() -> None:
    talk = opened()
    talk.say(A, B, b"SSH-2.0-x\r\n")
    for _ in range(50):
        talk.say(A, B, bytes(1400))
    (found,) = first_bytes(talk.file(), begins=b"SSH-").connections
    assert (len(found.by_initiator.data), found.by_initiator.whole) == (MOST_BYTES, False)


def test_connections_beyond_all_that_is_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES_IN_ALL", 8)
    talk = Talk()
    talk.say(A, B, b"SSH-2.0-first\r\n")
    talk.say(("10.0.0.3", 1), B, b"SSH-2.0-second\r\n")
    talk.say(("10.0.0.4", 1), B, b"something else")
    found = first_bytes(talk.file(), begins=b"SSH-")
    assert [one.by_initiator.data for one in found.connections] == [b"SSH-2.0-"]
    assert found.left_out == 1


def test_what_is_no_capture(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello, hello, hello, hello\n")
    with pytest.raises(CaptureError):
        first_bytes(str(tmp_path / "text"), begins=b"SSH-")
