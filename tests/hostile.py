"""Hostile input that grows: ``python -m tests.hostile [WORDS]`` prints what each costs at once, twice and four times its
size, and how much memory the largest takes.

Captures are functions of a number of packets, pieces or names; ``CAPTURES`` says with which number each begins. Text of
all kinds is that of ``growth``. Knows the makers of packets; must not know limits of the program.
"""

from __future__ import annotations

import gc
import gzip
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import lz4.frame
import zstandard

import tlseku
from tests import wire
from tests.builder import build
from tests.capture import written as blocks
from tests.carriers.datagrams import frame_of, from_client, from_server
from tests.carriers.dtls import written as dtls
from tests.carriers.quic import written as quic
from tests.carriers.spoken import authentication, openvpn, over_udp, radius
from tests.cli.peaks import peak_kb
from tests.growth import ROADS
from tests.network.frames import ethernet, fragments4, ip4, tcp
from tests.tls import written
from tests.tls.written import alert, client_hello, message, record, server_hello, vector
from tests.work import LINEAR
from tlseku.errors import CaptureError

MOST_MB = 64
"""Megabytes that the largest may take beside what an empty capture takes."""

Made = Callable[[int], bytes]
PROJECT = Path(__file__).resolve().parents[1]


def _pcap(packets: Iterable[bytes]) -> bytes:
    return wire.pcap([wire.Frame(wire.START + at * 1000, data) for at, data in enumerate(packets)], 1)


def _spoken(server: bytes, size: int = 1400) -> bytes:
    """A server's flight behind both hellos, in segments of this size."""
    talk = wire.Talk().open().send(0, client_hello()).send(1, server_hello())
    return wire.pcap(talk.send_in(1, server, size).close().frames(), 1)


def _in_records(content: bytes, size: int) -> bytes:
    return b"".join(record(22, content[at : at + size]) for at in range(0, len(content), size))


def _request(names: int) -> bytes:
    """Three bytes of length for a list that has two: what is too long is cut in the list's own length."""
    listed = b"".join(vector(2, b"\x30\x06\x31\x04\x30\x02\x06\x00") for _ in range(names))
    body = b"\x01\x40" + vector(2, b"\x04\x03") + (len(listed) & 0xFFFF).to_bytes(2, "big") + listed
    return message(13, body)


def tiny_segments(count: int) -> bytes:
    return _spoken(record(22, message(11, written.certificate_body(bytes(count)))[:16_000]), 1)


def tiny_segments_backwards(count: int) -> bytes:
    talk = wire.Talk().open().send(0, client_hello()).send(1, server_hello())
    before = len(talk.packets)
    talk.send_in(1, _in_records(message(11, written.certificate_body(bytes(count))), 16_000), 1)
    talk.packets[before:] = reversed(talk.packets[before:])
    return wire.pcap(talk.frames(), 1)


def records_of_one_byte(count: int) -> bytes:
    return _spoken(_in_records(message(11, written.certificate_body(bytes(count))), 1))


def empty_records(count: int) -> bytes:
    return _spoken(record(22, b"") * count)


def hello_requests(count: int) -> bytes:
    return _spoken(_in_records(message(0, b"") * count, 16_000))


def alerts(count: int) -> bytes:
    return _spoken(alert(1, 90) * count)


def names_of_cas(count: int) -> bytes:
    return _spoken(_in_records(_request(count), 16_000))


def small_certificates(count: int) -> bytes:
    return _spoken(_in_records(message(11, written.certificate_body(*[b"\x30\x00"] * count)), 16_000))


def certificate_messages(count: int) -> bytes:
    leaf = build().der
    return _spoken(_in_records(message(11, written.certificate_body(leaf)) * count, 16_000))


def _presented(leaf: bytes) -> bytes:
    return _spoken(_in_records(message(11, written.certificate_body(leaf)) + message(14, b""), 16_000))


def names_in_a_certificate(count: int) -> bytes:
    return _presented(build(san=[f"n{at}.example" for at in range(count)]).der)


def purposes_in_a_certificate(count: int) -> bytes:
    return _presented(build(eku=[f"1.3.6.1.5.5.7.3.{at}" for at in range(100, 100 + count)]).der)


def extensions_in_a_certificate(count: int) -> bytes:
    return _presented(build(extra=[(f"1.3.6.1.4.1.{at}", False, b"\x05\x00") for at in range(1, count)]).der)


def the_same_extension(count: int) -> bytes:
    return _presented(build(extra=[("1.3.6.1.4.1.7", False, b"\x05\x00")] * count).der)


def extensions_in_hellos(count: int) -> bytes:
    """Each hello has as many as it can hold."""
    hello = client_hello(*[written.extension(at + 100, b"") for at in range(3000)])
    frames: list[bytes] = []
    for number in range(count // 100):
        talk = wire.Talk(client=(wire.CLIENT[0], 20_000 + number)).open()
        frames += [ethernet(each) for each in talk.send_in(0, hello, 1400).close().packets]
    return _pcap(frames)


def overlapping_fragments(count: int) -> bytes:
    chance, packets = random.Random(1), []
    for number in range(count):
        at = chance.randrange(8000)
        packets.append(ethernet(ip4(bytes(64), fragment=0x2000 | at, identification=number // 2000)))
    return _pcap(packets)


def small_fragments(count: int) -> bytes:
    packets: list[bytes] = []
    for number in range(count // 100):
        pieces = fragments4(tcp(bytes(780), seq=1), 8, identification=number)
        packets += [ethernet(piece) for piece in reversed(pieces)]
    return _pcap(packets)


def tags(count: int) -> bytes:
    """A thousand VLAN tags in each frame."""
    return _pcap([bytes(12) + b"\x81\x00\x00\x05" * 1000 + b"\x08\x00" + bytes(40)] * (count // 1000))


def tunnels(count: int) -> bytes:
    """IP in IP in IP."""
    inner = tcp(b"", seq=1)
    packet = ip4(inner)
    for _ in range(200):
        packet = ip4(packet, protocol=4)
    return _pcap([ethernet(packet)] * (count // 200))


def shuffled_eap(count: int) -> bytes:
    said = radius(
        authentication([(0, client_hello()), (1, record(22, message(11, bytes(count * 20))))], size=20)
    )
    frames = over_udp(said)
    random.Random(2).shuffle(frames)
    return wire.pcap([wire.Frame(wire.START + at * 1000, each.data) for at, each in enumerate(frames)], 1)


def dtls_fragments(count: int) -> bytes:
    body = dtls.certificate(bytes(count))
    sent = [from_client(dtls.record(22, dtls.fragment(1, 0, dtls.client_hello())))]
    pieces = [dtls.fragment(11, 1, body, at, 1) for at in range(len(body))]
    random.Random(3).shuffle(pieces)
    sent += [from_server(dtls.record(22, piece, number)) for number, piece in enumerate(pieces)]
    return _pcap(frame_of(each) for each in sent)


def dtls_messages(count: int) -> bytes:
    sent = [from_client(dtls.record(22, dtls.fragment(1, 0, dtls.client_hello())))]
    sent += [from_server(dtls.record(22, dtls.fragment(11, at & 0xFFFF, b"\0"), at)) for at in range(count)]
    return _pcap(frame_of(each) for each in sent)


def quic_crypto_frames(count: int) -> bytes:
    """Those of one hello, a byte each, in any order, again and again."""
    identifier = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"
    writer = quic.Writer(quic.initial_secrets(identifier)[0])
    chance, packets = random.Random(4), []
    for _ in range(count // 100):
        frames = b"".join(quic.crypto(b"x", chance.randrange(1, 60_000)) for _ in range(100))
        packets.append(
            frame_of(from_client(writer.long(quic.INITIAL, identifier, b"source", frames, size=1200)))
        )
    return _pcap(packets)


def openvpn_backwards(count: int) -> bytes:
    said = openvpn([(0, client_hello()), (1, record(22, message(11, bytes(count * 20))))], size=20)
    frames = over_udp(said, 1194)
    frames[4:] = reversed(frames[4:])
    return wire.pcap([wire.Frame(wire.START + at * 1000, each.data) for at, each in enumerate(frames)], 1)


def _ng(*more: bytes) -> bytes:
    return b"".join([blocks.section(), blocks.interface(), *more])


def name_records(count: int) -> bytes:
    """Name Resolution Blocks with a record each."""
    one = blocks.block("<", 4, b"\x01\x00\x0e\x00\xc0\x00\x02\x01a.example\0\0\0" + bytes(4))
    return _ng(one * count)


def blocks_of_secrets(count: int) -> bytes:
    return _ng(*[blocks.secrets(b"CLIENT_RANDOM %064x %096x\n" % (at, at)) for at in range(count)])


def packets_of_many_interfaces(count: int) -> bytes:
    hello = ethernet(ip4(tcp(b"", seq=1)))
    found = [blocks.interface() for _ in range(count)]
    return _ng(*found, *[blocks.enhanced(at * 1000, hello, opts=b"") for at in range(count)])


def comments_on_packets(count: int) -> bytes:
    comment = blocks.options("<", *[(1, b"x" * 8)] * 100)
    return _ng(*[blocks.enhanced(at, bytes(60), opts=comment) for at in range(count // 100)])


def nothing_compressed(count: int) -> bytes:
    """Packets of no length: a thousandth of its size as gzip."""
    return gzip.compress(wire.pcap([], 1) + bytes(16 * count), 9, mtime=0)


def members_of_gzip(count: int) -> bytes:
    """Packets, each a gzip file of its own, with empty ones in between."""
    whole = wire.pcap([wire.Frame(wire.START, bytes(60))] * count, 1)
    nothing = gzip.compress(b"", 1, mtime=0)
    pieces = [whole[:24], *[whole[at : at + 76] for at in range(24, len(whole), 76)]]
    return b"".join([gzip.compress(piece, 1, mtime=0) + nothing for piece in pieces])


def frames_of_zstd(count: int) -> bytes:
    """A byte of packets in each frame."""
    codec = zstandard.ZstdCompressor()
    return b"".join([codec.compress(b"%c" % byte) for byte in wire.pcap([], 1) + bytes(count)])


def frames_of_lz4(count: int) -> bytes:
    return b"".join([lz4.frame.compress(b"%c" % byte) for byte in wire.pcap([], 1) + bytes(count)])


def dialogues(count: int) -> bytes:
    """Mail that says NOOP again and again before it says STARTTLS."""
    talk = wire.Talk().open().send(1, b"220 mx ESMTP\r\n")
    for _ in range(count):
        talk.send(0, b"NOOP\r\n").send(1, b"250 ok\r\n")
    talk.send(0, b"STARTTLS\r\n").send(1, b"220 go\r\n").send(0, client_hello())
    return wire.pcap(talk.close().frames(), 1)


CAPTURES: dict[str, tuple[Made, int]] = {
    made.__name__.replace("_", " "): (made, count)
    for made, count in (
        (tiny_segments, 4_000),
        (tiny_segments_backwards, 4_000),
        (records_of_one_byte, 20_000),
        (empty_records, 5_000),
        (hello_requests, 5_000),
        (alerts, 5_000),
        (names_of_cas, 10_000),
        (small_certificates, 4_000),
        (certificate_messages, 200),
        (names_in_a_certificate, 1_000),
        (purposes_in_a_certificate, 1_000),
        (extensions_in_a_certificate, 1_000),
        (the_same_extension, 1_000),
        (extensions_in_hellos, 2_000),
        (overlapping_fragments, 4_000),
        (small_fragments, 8_000),
        (tags, 40_000),
        (tunnels, 40_000),
        (shuffled_eap, 500),
        (dtls_fragments, 2_000),
        (dtls_messages, 2_000),
        (quic_crypto_frames, 10_000),
        (openvpn_backwards, 800),
        (name_records, 10_000),
        (blocks_of_secrets, 5_000),
        (packets_of_many_interfaces, 4_000),
        (comments_on_packets, 20_000),
        (nothing_compressed, 100_000),
        (members_of_gzip, 2_000),
        (frames_of_zstd, 5_000),
        (frames_of_lz4, 5_000),
        (dialogues, 1_000),
    )
}
"""What is read, and the number that it begins with."""


class Cost(NamedTuple):
    """Seconds of processor time at once, twice and four times the size, and megabytes beyond those of no packets."""

    once: float
    twice: float
    four_times: float
    megabytes: float

    @property
    def ratio(self) -> float:
        return self.four_times / self.once

    @property
    def is_bounded(self) -> bool:
        """Whether it grows as its size does, and takes no more memory than it may."""
        return self.ratio <= LINEAR and self.megabytes <= MOST_MB


def read(content: bytes) -> None:
    """As ``tlseku flows -T json --full`` reads it."""
    from tlseku.output.json.flow_object import flow_to_dict

    try:
        for flow in tlseku.scan(io.BytesIO(content)):
            json.dumps(flow_to_dict(flow, full=True))
    except CaptureError:
        return


class Row(NamedTuple):
    """What reads, what it reads, and the size with which it is measured first."""

    read: Callable[[bytes], None]
    made: Made
    size: int


ROWS: dict[str, Row] = {
    **{name: Row(read, made, count) for name, (made, count) in CAPTURES.items()},
    **{name: Row(*road) for name, road in ROADS.items()},
}


def cost(name: str, tries: int = 3) -> Cost:
    """What a row costs; of several times in turn the least counts, since whatever else runs only adds to it. Where that
    is too much it is tried as often once more."""
    row = ROWS[name]
    contents = [row.made(times * row.size) for times in (1, 2, 4)]
    least = [float("inf")] * 3
    # What is collected depends on what was made before.
    gc.disable()
    try:
        for at in range(3 * tries):
            if at >= tries and least[2] <= LINEAR * least[0]:
                break
            for place, content in enumerate(contents):
                least[place] = min(least[place], _seconds(row.read, content))
    finally:
        gc.enable()
    once, twice, four_times = least
    return Cost(once, twice, four_times, megabytes(name, contents[2]))


def _seconds(read: Callable[[bytes], None], content: bytes) -> float:
    # Enough of it to be measured.
    begin, times = time.process_time(), 0
    while (passed := time.process_time() - begin) < 0.005:
        read(content)
        times += 1
    gc.collect()
    return passed / times


def megabytes(name: str, content: bytes) -> float:
    """The memory that a process takes which reads this, beside one that reads nothing of the kind."""
    nothing = wire.pcap([], 1) if name in CAPTURES else b""
    return _peak(name, content) - _peak(name, nothing)


def _peak(name: str, content: bytes) -> float:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        command = [sys.executable, "-m", "tests.cli.peaks", "flows", "-T", "ndjson", "--full", file.name]
        if name not in CAPTURES:
            command = [sys.executable, "-m", "tests.hostile", "--peak", name, file.name]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return int(done.stderr.split()[-1]) / 1000


def main() -> int:
    """Print a table; 1 where something grows faster than its size or takes more memory than it may."""
    words = sys.argv[1:]
    write = sys.stdout.write
    if words[:1] == ["--peak"]:
        _, name, file = words
        ROWS[name].read(Path(file).read_bytes())
        sys.stderr.write(f"{peak_kb()}\n")
        return 0
    worst = 0
    write(f"{'':<44}{'once':>9}{'twice':>9}{'4 times':>9}{'ratio':>7}{'MB':>7}\n")
    for name in ROWS:
        if words and not any(word in name for word in words):
            continue
        found = cost(name)
        worst |= not found.is_bounded
        figures = f"{found.once:9.4f}{found.twice:9.4f}{found.four_times:9.4f}{found.ratio:7.2f}{found.megabytes:7.1f}"
        write(f"{name:<44}{figures}{'' if found.is_bounded else '  <<<'}\n")
        sys.stdout.flush()
    return worst


if __name__ == "__main__":
    sys.exit(main())
