"""pcapng: blocks that must be read, blocks that must be passed over, damage that must be told."""

from __future__ import annotations

import io
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.written import (
    FRAME,
    SECOND,
    Dribble,
    block,
    enhanced,
    interface,
    micro,
    obsolete,
    options,
    read_all,
    secrets,
    section,
    simple,
)
from tlseku.capture import open_capture, open_merged, pcapng, secret
from tlseku.capture.batch import LATEST_NS, Batch, Packet
from tlseku.capture.pcap import MAX_CAPTURED_LENGTH
from tlseku.errors import CaptureError

HEAD = section() + interface()
NS = 1_000_000_000
ONE = enhanced(micro(SECOND, 1), FRAME)
TWO = enhanced(micro(SECOND, 2), b"abc", original=99)
FIRST = Packet(1, SECOND * NS + 1000, 1, FRAME, 64)


def batches_of(data: bytes) -> list[Batch]:
    return list(open_capture(io.BytesIO(data)).batches())


@pytest.mark.parametrize("order", ["<", ">"])
def test_packets_of_both_byte_orders(order: str) -> None:
    data = section(order) + interface(order)
    data += enhanced(micro(SECOND, 1), FRAME, order=order) + enhanced(micro(SECOND, 2), b"abc", 0, order, 99)
    assert read_all(open_capture(io.BytesIO(data))) == [FIRST, Packet(2, SECOND * NS + 2000, 1, b"abc", 99)]


@pytest.mark.parametrize(
    ("opts", "ticks", "ts_ns"),
    [
        pytest.param(b"", micro(SECOND, 7), SECOND * NS + 7000, id="default: microseconds"),
        pytest.param(options("<", (9, b"\x09")), SECOND * NS + 7, SECOND * NS + 7, id="10^-9"),
        pytest.param(options("<", (9, b"\x00")), SECOND, SECOND * NS, id="10^0"),
        pytest.param(options("<", (9, b"\x0c")), 5 * 10**12 + 7999, 5 * NS + 7, id="10^-12, rounded down"),
        pytest.param(options("<", (9, b"\x8a")), SECOND * 1024 + 333, SECOND * NS + 325_195_312, id="2^-10"),
        pytest.param(options("<", (9, b"\x80")), SECOND, SECOND * NS, id="2^0"),
        pytest.param(options("<", (9, b"\x7f")), 2**64 - 1, 0, id="10^-127"),
        pytest.param(options("<", (14, struct.pack("<q", 5))), micro(1), 6 * NS, id="offset"),
        pytest.param(
            options("<", (14, struct.pack("<q", -5))), micro(1, 1), -4 * NS + 1000, id="negative offset"
        ),
        pytest.param(
            options("<", (2, b"eth0"), (9, b"\x09"), (14, struct.pack("<q", 5))),
            3,
            5 * NS + 3,
            id="both, and a name",
        ),
        pytest.param(options("<", (0, b""), (9, b"\x09")), micro(3), 3 * NS, id="behind the end of options"),
        pytest.param(options("<", (9, b"\x09\x09")), micro(3), 3 * NS, id="resolution of a wrong length"),
        pytest.param(options("<", (14, b"\x01\0\0\0")), micro(3), 3 * NS, id="offset of a wrong length"),
        pytest.param(struct.pack("<HH", 9, 500), micro(3), 3 * NS, id="option longer than its block"),
    ],
)
def test_the_clock_of_an_interface(opts: bytes, ticks: int, ts_ns: int) -> None:
    (packet,) = read_all(open_capture(io.BytesIO(section() + interface(opts=opts) + enhanced(ticks, FRAME))))
    assert packet.ts_ns == ts_ns


def test_sections_have_their_own_byte_order_and_interfaces() -> None:
    inside = interface() + ONE
    nano = options(">", (9, b"\x09"))
    data = section(length=len(inside)) + inside
    data += section(">") + interface(">", 113) + interface(">", 101, opts=nano)
    data += enhanced(SECOND * NS + 5, b"raw", 1, ">")
    assert read_all(open_capture(io.BytesIO(data))) == [FIRST, Packet(2, SECOND * NS + 5, 101, b"raw", 3)]


def test_an_interface_of_the_section_before_is_unknown() -> None:
    capture = open_capture(io.BytesIO(HEAD + ONE + section() + ONE + interface() + ONE))
    assert [p.number for p in read_all(capture)] == [1, 3]
    assert [str(w) for w in capture.warnings] == [
        "<stream>: offset 172: frame 2 is passed over: its interface 0 is not described"
    ]


def test_a_batch_has_one_link_type_and_one_clock() -> None:
    data = section() + interface(linktype=1) + interface(linktype=101) + interface(linktype=1)
    for number in (0, 0, 2, 1, 1, 0, 2):
        data += enhanced(micro(SECOND), FRAME, number)
    assert [(b.first_number, len(b.starts), b.linktype) for b in batches_of(data)] == [
        (1, 3, 1),
        (4, 2, 101),
        (6, 2, 1),
    ]


@pytest.mark.parametrize("kind", [9, 0x204, 0x216, 0x221, 0xBAD, 0x40000BAD])
def test_blocks_that_wireshark_gives_a_frame_number(kind: int) -> None:
    batches = batches_of(HEAD + ONE + block("<", kind, b"\1\0\0\0" * 9) + TWO)
    assert [(b.first_number, len(b.starts)) for b in batches] == [(1, 1), (3, 1)]


@pytest.mark.parametrize(
    "kind", [4, 5, 7, 8, 0x101, 0x102, 0x201, 0x208, 0x21C, 0x77, 0x80000001, 0xFFFFFFFF]
)
def test_blocks_that_wireshark_does_not_number(kind: int) -> None:
    assert [
        p.number for p in read_all(open_capture(io.BytesIO(HEAD + ONE + block("<", kind, b"\1" * 36) + TWO)))
    ] == [1, 2]


@pytest.mark.parametrize("kind", [4, 0x77, 0xBAD])
def test_a_long_block_is_passed_over_without_being_held(kind: int) -> None:
    long = block("<", kind, b"\0" * (3 << 20))
    for source in (io.BytesIO(HEAD + ONE + long + TWO), Dribble(HEAD + ONE + long + TWO, 70_000)):
        capture = open_capture(source)
        assert [p.data for p in read_all(capture)] == [FRAME, b"abc"]
        assert capture.warnings == []


def test_obsolete_packet_blocks_have_a_short_interface_number() -> None:
    data = (
        section(">") + interface(">", 1) + interface(">", 101) + obsolete(micro(SECOND, 9), b"old", 1, 3, ">")
    )
    assert read_all(open_capture(io.BytesIO(data))) == [Packet(1, SECOND * NS + 9000, 101, b"old", 3)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_simple_packets_take_the_time_of_the_packet_before(order: str) -> None:
    nano = options(order, (9, b"\x09"))
    data = section(order) + interface(order, 101, snaplen=2) + interface(order, 1, opts=nano)
    data += simple(b"ab", order, 70) + enhanced(SECOND * NS + 5, FRAME, 1, order) + simple(b"a", order)
    assert read_all(open_capture(io.BytesIO(data))) == [
        Packet(1, 0, 101, b"ab", 70),
        Packet(2, SECOND * NS + 5, 1, FRAME, 64),
        Packet(3, SECOND * NS + 5, 101, b"a", 1),
    ]


def test_a_simple_packet_takes_its_time_across_byte_orders() -> None:
    data = HEAD + ONE + section(">") + interface(">") + simple(b"xyz", ">")
    assert read_all(open_capture(io.BytesIO(data)))[1] == Packet(2, SECOND * NS + 1000, 1, b"xyz", 3)


def test_secrets_are_kept() -> None:
    capture = open_capture(
        io.BytesIO(section() + secrets(b"CLIENT_RANDOM 1\n") + interface() + ONE + secrets(b"", 9))
    )
    assert read_all(capture) == [FIRST]
    assert capture.secrets == [(0x544C534B, b"CLIENT_RANDOM 1\n"), (9, b"")]


def test_secrets_beyond_the_bound_are_dropped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "MAX_SECRET_BYTES", 20)
    capture = open_capture(
        io.BytesIO(HEAD + secrets(b"a" * 12) + secrets(b"b" * 12) + secrets(b"c" * 8) + ONE)
    )
    assert read_all(capture) == [FIRST]
    assert capture.secrets == [(0x544C534B, b"a" * 12), (0x544C534B, b"c" * 8)]
    assert [w.problem for w in capture.warnings] == [
        "decryption secrets are dropped: there are too many of them"
    ]


def shortened(data: bytes, length: int) -> bytes:
    """The block with another length in front, its bytes unchanged."""
    return data[:4] + struct.pack("<I", length) + data[8:]


AT = len(HEAD + ONE)


@pytest.mark.parametrize(
    ("tail", "problem"),
    [
        pytest.param(shortened(TWO, 0), "a block of type 0x6 claims a length of 0 bytes", id="length 0"),
        pytest.param(shortened(TWO, 8), "a block of type 0x6 claims a length of 8 bytes", id="length 8"),
        pytest.param(shortened(TWO, 28), "a block of type 0x6 claims a length of 28 bytes", id="too short"),
        pytest.param(shortened(TWO, 34), "a block of type 0x6 claims a length of 34 bytes", id="not by four"),
        pytest.param(
            shortened(TWO, 0xFFFFFFFC), "a block of type 0x6 claims a length of 4294967292 bytes", id="absurd"
        ),
        pytest.param(shortened(TWO, 40), "the capture ends within a block", id="longer than the file"),
        pytest.param(
            TWO[:-4] + b"\x28\0\0\0", "the lengths before and behind a block differ", id="trailing length"
        ),
        pytest.param(
            block("<", 0x77, b"abcd")[:-4] + b"\0\0\0\0",
            "the lengths before and behind a block differ",
            id="skipped",
        ),
        pytest.param(TWO[:5], "the capture ends within a block", id="cut in the header"),
        pytest.param(TWO[:-1], "the capture ends within a block", id="cut in the block"),
        pytest.param(
            block("<", 4, b"x" * 99)[:-1], "the capture ends within a block", id="cut in a skipped block"
        ),
        pytest.param(
            block("<", 6, b"\0" * 12 + b"\x09\0\0\0" * 2), "a packet of 9 bytes in a block of 32", id="packet"
        ),
        pytest.param(simple(b"abc", original=9), "a packet of 9 bytes in a block of 20", id="simple packet"),
        pytest.param(
            block("<", 10, b"\0" * 4 + b"\x09\0\0\0"), "secrets of 9 bytes in a block of 20", id="secrets"
        ),
        pytest.param(section(version=(2, 0)), "pcapng version 2.0 is not known", id="section version"),
        pytest.param(
            section().replace(b"\x4d\x3c\x2b\x1a", b"abcd"),
            "a section header without a byte order",
            id="byte order",
        ),
        pytest.param(
            block("<", 1, b"\1\0"), "a block of type 0x1 claims a length of 16 bytes", id="interface"
        ),
    ],
)
def test_damage_ends_the_packets_and_is_told(tail: bytes, problem: str) -> None:
    capture = open_capture(io.BytesIO(HEAD + ONE + tail), "x.pcapng")
    assert read_all(capture) == [FIRST]
    assert [str(w) for w in capture.warnings] == [f"x.pcapng: offset {AT}: {problem}; reading stops here"]


@pytest.mark.parametrize(
    ("data", "offset", "problem"),
    [
        pytest.param(section()[:20], 0, "the capture ends before its first interface is described", id="cut"),
        pytest.param(
            shortened(section(), 0), 0, "a block of type 0xa0d0d0a claims a length of 0 bytes", id="0"
        ),
        pytest.param(
            section()[:8] + b"abcd" + section()[12:], 0, "a section header without a byte order", id="order"
        ),
        pytest.param(section(version=(1, 1)), 0, "pcapng version 1.1 is not known", id="version"),
        pytest.param(
            section() + shortened(interface(), 0),
            28,
            "a block of type 0x1 claims a length of 0 bytes",
            id="i0",
        ),
        pytest.param(
            section() + shortened(interface(), 21), 28, "a block of type 0x1 claims a length of 21", id="i21"
        ),
        pytest.param(
            section() + interface()[:-2],
            28,
            "the capture ends before its first interface is described",
            id="icut",
        ),
        pytest.param(
            section() + interface()[:-4] + b"\0\0\0\0",
            28,
            "the lengths before and behind a block differ",
            id="ilen",
        ),
    ],
)
def test_damage_before_the_first_interface_is_an_error(data: bytes, offset: int, problem: str) -> None:
    with pytest.raises(CaptureError) as caught:
        read_all(open_capture(io.BytesIO(data), "x"))
    assert str(caught.value).startswith(f"x: offset {offset}: {problem}")


def test_a_section_without_interfaces_or_packets_is_fine() -> None:
    for data in (section(), HEAD, HEAD + section()):
        capture = open_capture(io.BytesIO(data))
        assert read_all(capture) == []
        assert capture.warnings == []


def test_packets_of_unknown_interfaces_are_passed_over_and_keep_their_number() -> None:
    bad = enhanced(0, FRAME, 5) + obsolete(0, FRAME, 6)
    capture = open_capture(io.BytesIO(HEAD + ONE + bad + TWO))
    assert [(p.number, p.data) for p in read_all(capture)] == [(1, FRAME), (4, b"abc")]
    assert [w.problem for w in capture.warnings] == [
        "frame 2 is passed over: its interface 5 is not described",
        "frame 3 is passed over: its interface 6 is not described",
    ]


@pytest.mark.parametrize("extra", [1, 1 << 17])
def test_a_packet_that_is_too_long_is_passed_over_and_keeps_its_number(extra: int) -> None:
    long = enhanced(0, bytes(MAX_CAPTURED_LENGTH + extra))
    longest = enhanced(0, bytes(MAX_CAPTURED_LENGTH))
    capture = open_capture(io.BytesIO(HEAD + long + longest + ONE))
    assert [(p.number, len(p.data)) for p in read_all(capture)] == [(2, MAX_CAPTURED_LENGTH), (3, 64)]
    assert [w.offset for w in capture.warnings] == [len(HEAD)]


def test_warnings_are_bounded() -> None:
    capture = open_capture(io.BytesIO(HEAD + enhanced(0, b"", 9) * 500 + ONE))
    assert [p.number for p in read_all(capture)] == [501]
    assert len(capture.warnings) == 101
    assert capture.warnings[-1].problem == "there are more problems, which are not listed"


def test_interfaces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng, "MAX_INTERFACES", 3)
    capture = open_capture(io.BytesIO(HEAD + interface() * 2 + ONE + interface() + ONE))
    assert read_all(capture) == [FIRST]
    assert [w.problem for w in capture.warnings] == [
        "an interface description that is too long, or too many of them; reading stops here"
    ]


PIECES = st.one_of(
    st.builds(enhanced, st.integers(0, 2**64 - 1), st.binary(max_size=80), st.integers(0, 2)),
    st.builds(obsolete, st.integers(0, 2**64 - 1), st.binary(max_size=80), st.integers(0, 2)),
    st.builds(simple, st.binary(max_size=80)),
    st.sampled_from(
        [block("<", 5, b"\0" * 12), block("<", 0x77, b"x" * 200), block("<", 9, b"A=b\n"), interface()]
    ),
    st.just(section() + interface() + interface(linktype=101) + interface()),
)


@given(st.lists(PIECES, max_size=25), st.integers(1, 900))
def test_any_cut_of_the_stream_gives_the_same_packets(pieces: list[bytes], step: int) -> None:
    data = section() + interface() + interface(linktype=101) + interface() + b"".join(pieces)
    at_once = open_capture(io.BytesIO(data))
    dribbled = open_capture(Dribble(data, step))
    packets = read_all(at_once)
    assert read_all(dribbled) == packets
    assert at_once.warnings == dribbled.warnings
    assert all("claims a time" in warning.problem for warning in at_once.warnings)
    packet_blocks = sum(piece[0] in (2, 3, 6) for piece in pieces)
    assert len(packets) == packet_blocks
    assert [p.number for p in packets] == sorted({p.number for p in packets})


def test_mutated_captures_raise_nothing_but_the_documented_error(seeded: random.Random) -> None:
    source = (
        HEAD + interface(linktype=101) + secrets(b"key") + ONE + TWO + enhanced(5, b"q", 1) + simple(b"abcd")
    )
    source += (
        obsolete(1, b"old") + block("<", 9, b"A=b\n") + section(">") + interface(">") + simple(b"z", ">")
    )
    opened = 0
    for _ in range(3000):
        data = bytearray(source)
        for _ in range(seeded.randint(1, 5)):
            data[seeded.randrange(4, len(data))] = seeded.choice([0, 1, 4, 0x80, 0xFF, seeded.randrange(256)])
        try:
            packets = read_all(open_capture(io.BytesIO(data)))
        except CaptureError:
            continue
        opened += 1
        assert sum(len(p.data) for p in packets) <= len(data)
    assert opened > 1000


ABSURD = "frame 1 claims a time that is centuries away: it and all like it are no clock"
EXTREMES = [
    # The resolution, the offset in seconds, the count of ticks, and the time as it is told.
    (6, 0, 2**63, LATEST_NS),
    (6, 0, 2**64 - 1, LATEST_NS),
    (6, 0, LATEST_NS // 1000 + 1, LATEST_NS),
    (6, 0, LATEST_NS // 1000, LATEST_NS // 1000 * 1000),
    (9, 0, LATEST_NS, LATEST_NS),
    (9, 0, LATEST_NS + 1, LATEST_NS),
    (0, 0, 2**64 - 1, LATEST_NS),
    (0x80, 0, 2**64 - 1, LATEST_NS),
    (127, 0, 2**64 - 1, 0),
    (0xFF, 0, 2**64 - 1, 0),
    (6, 2**63 - 1, 0, LATEST_NS),
    (6, -(2**63), 0, 1 - LATEST_NS),
    (9, -(2**63), 2**64 - 1, 1 - LATEST_NS),
    (6, 4_000_000_000, 5, 4_000_000_000_000_005_000),
    (6, -10, 5_000_000, -5_000_000_000),
]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("resolution", "offset", "ticks", "told"), EXTREMES)
def test_times_that_no_clock_shows_are_bounded(
    order: str, resolution: int, offset: int, ticks: int, told: int
) -> None:
    opts = options(order, (9, bytes((resolution,))), (14, struct.pack(order + "q", offset)))
    head = section(order) + interface(order, opts=opts)
    capture = open_capture(io.BytesIO(head + enhanced(ticks, FRAME, 0, order) + enhanced(0, b"", 0, order)))
    assert read_all(capture)[0].ts_ns == told
    claimed = (
        ticks * 10**9 // (2 ** (resolution & 127) if resolution > 127 else 10**resolution) + offset * 10**9
    )
    absurd = [warning for warning in capture.warnings if warning.problem == ABSURD]
    assert [warning.offset for warning in absurd] == [len(head)] * (abs(claimed) > LATEST_NS)


def test_captures_with_absurd_times_are_merged() -> None:
    """Both are at the end of time: the one that was named first comes first, and nothing hangs."""
    files = [io.BytesIO(HEAD + enhanced(2**64 - 1 - at, FRAME) * 3 + ONE) for at in (0, 5)]
    with open_merged(files) as capture:
        numbers = [(p.file, p.number) for p in read_all(capture)]
    assert sorted(numbers) == [(file, number) for file in (0, 1) for number in (1, 2, 3, 4)]
