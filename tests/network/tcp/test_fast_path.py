"""``tlseku.network.tcp.fast_path``: what is taken, what is recorded, what is passed over."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest
from librt.vecs import vec
from mypy_extensions import i64

from tests.network.frames import IPV4, IPV6, PSH, QINQ, VLAN, ethernet, ip4, ip6, tcp, udp, vlan
from tests.network.heard import Recorder as Listener
from tests.network.seen import Seen, decoded
from tlseku.capture.batch import Clock
from tlseku.network.decode.segment import ACK, FIN, NOT_IP, NOT_TCP, RST, SYN
from tlseku.network.tcp.connection import IGNORED, OPENING, RECORDED, TO_TABLE, WATCHED, Connection
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.fast_path import take_common_frames
from tlseku.network.tcp.packet_header import LATEST, RecordHeader
from tlseku.network.tcp.reassembly import Assembled
from tlseku.network.tcp.recorder import IDLE_NS
from tlseku.network.tcp.recording import MAX_PACKETS, Recorded

CLIENT, SERVER = ("10.1.0.1", 40000), ("10.2.0.2", 443)
HELLO = b"hello"
UNWANTED = b"nothing"
SECOND = 1_000_000_000
HOUR = IDLE_NS // SECOND
CLASSIC = Clock("<")
BEHIND = bytes(200)
"""What lies behind the last packet, so that none is too near to the end to be looked at."""


class Reader:
    def opens(self, connection: Connection, data: bytes) -> bool:
        return data == HELLO

    def is_nothing(self, data: bytes) -> bool:
        return data == UNWANTED

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> Listener | None:
        return Listener()


class FastPath:
    """A table of connections and what was taken of the batches that came."""

    def __init__(self, recording: bool = True, clock: Clock = CLASSIC) -> None:
        self.table = Connections(lambda _: Listener(), Reader())
        self.clock = clock
        if recording:
            self.table.record_with(RecordHeader(*clock))
        self.first = 1
        self.skipped: dict[int, int] = {}

    def see(
        self, *frames: bytes, at: int = 0, cut: int = 0, low: int = 0, behind: bytes = BEHIND
    ) -> list[int]:
        """The places of those that were taken; ``cut`` bytes of each were not captured. ``at`` and ``low`` are the
        numbers of time."""
        data, starts = b"", []
        for frame in frames:
            data += struct.pack(f"{self.clock.byte_order}IIII", at, low, len(frame) - cut, len(frame))
            starts.append(len(data))
            data += frame[: len(frame) - cut]
        taken: list[int] = []
        passed = take_common_frames(
            data + behind, vec[i64](starts), self.first, self.table, self.skipped, taken.append
        )
        assert passed == len(frames) - len(taken)
        self.first += len(frames)
        return taken

    @property
    def connection(self) -> Connection:
        (connection,) = set(self.table.table.values())
        return connection

    @property
    def recorded(self) -> list[Recorded]:
        assert self.connection.recording is not None
        return [*self.connection.recording.packets()]


Wrapped = Callable[[bytes], bytes]


def common4(segment: bytes) -> bytes:
    return ethernet(ip4(segment))


def back4(segment: bytes) -> bytes:
    return ethernet(ip4(segment, ends=(SERVER[0], CLIENT[0])))


def here(flags: int, seq: int, data: bytes = b"", ack: int = 0, wrapped: Wrapped = common4) -> bytes:
    return wrapped(tcp(data, seq=seq, ack=ack, flags=flags, sport=CLIENT[1], dport=SERVER[1]))


def there(flags: int, seq: int, data: bytes = b"", ack: int = 0, wrapped: Wrapped = back4) -> bytes:
    return wrapped(tcp(data, seq=seq, ack=ack, flags=flags, sport=SERVER[1], dport=CLIENT[1]))


OPEN = (here(SYN, 999), there(SYN | ACK, 8999, ack=1000), here(ACK, 1000, ack=9000))
HELLOS = here(ACK | PSH, 1000, HELLO, 9000)
GROWN = [
    Recorded(0, 1, 0, 999, 0, SYN, b""),
    Recorded(1, 2, 0, 8999, 1000, SYN | ACK, b""),
    Recorded(0, 3, 0, 1000, 9000, ACK, b""),
    Recorded(0, 4, 0, 1000, 9000, ACK | PSH, HELLO),
]
"""What is recorded of the opening and the hello."""


def grown() -> FastPath:
    fast_path = FastPath()
    assert fast_path.see(*OPEN, HELLOS) == []
    assert fast_path.connection.disposition == RECORDED
    return fast_path


def test_a_connection_is_recorded_without_being_taken() -> None:
    fast_path = grown()
    answer, fin = there(ACK, 9000, b"answer", 1005), there(FIN | ACK, 9006, ack=1005)
    assert fast_path.see(answer, at=5, low=7) == []
    assert fast_path.see(fin, at=4) == []
    assert fast_path.recorded == [
        *GROWN,
        Recorded(1, 5, 5 * SECOND + 7000, 9000, 1005, ACK, b"answer"),
        Recorded(1, 6, 4 * SECOND, 9006, 1005, FIN | ACK, b""),
    ]
    recording = fast_path.connection.recording
    assert recording is not None
    assert (recording.first, recording.other_first) == (1000, 9000)
    assert (recording.fin, recording.other_fin) == (-1, 9006)
    assert fast_path.table.count == 1
    assert fast_path.skipped == {}


@pytest.mark.parametrize("first", [2**32, (1 << 40) + 1, (2**20 << 40) + 1])
def test_frames_may_have_large_numbers(first: int) -> None:
    fast_path = FastPath()
    fast_path.first = first
    assert fast_path.see(*OPEN, HELLOS, there(ACK, 9000, b"answer", 1005)) == []
    assert [packet.frame for packet in fast_path.recorded] == [*range(first, first + 5)]


def test_any_number_and_flag_is_recorded() -> None:
    fast_path = FastPath()
    last = 2**32 - 1
    opening = here(SYN, last), there(SYN | ACK, last, ack=0), here(ACK, 0, HELLO, 0)
    assert fast_path.see(*opening, there(0xF8, 0, b"\xff", last), there(0, last, b"", 2**31)) == []
    assert fast_path.recorded == [
        Recorded(0, 1, 0, last, 0, SYN, b""),
        Recorded(1, 2, 0, last, 0, SYN | ACK, b""),
        Recorded(0, 3, 0, 0, 0, ACK, HELLO),
        Recorded(1, 4, 0, 0, last, 0xF8, b"\xff"),
        Recorded(1, 5, 0, last, 2**31, 0, b""),
    ]


@pytest.mark.parametrize("is_ipv6", [False, True], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(
    "tags", [(), (VLAN,), (QINQ,), (VLAN, VLAN), (QINQ, VLAN), (VLAN, QINQ), (QINQ, QINQ)]
)
def test_layers_of_a_common_frame(tags: tuple[int, ...], is_ipv6: bool) -> None:
    def wrapped(segment: bytes, *, back: bool = False) -> bytes:
        if is_ipv6:
            ends = ("2001:db8::2", "2001:db8::1") if back else ("2001:db8::1", "2001:db8::2")
            packet, kind = ip6(segment, ends=ends), IPV6
        else:
            ends = (SERVER[0], CLIENT[0]) if back else (CLIENT[0], SERVER[0])
            packet, kind = ip4(segment, ends=ends), IPV4
        for tag in reversed(tags):
            packet, kind = vlan(packet, kind), tag
        return ethernet(packet, kind)

    def back(segment: bytes) -> bytes:
        return wrapped(segment, back=True)

    fast_path = FastPath()
    frames = (
        here(SYN, 999, wrapped=wrapped),
        there(SYN | ACK, 8999, ack=1000, wrapped=back),
        here(ACK, 1000, ack=9000, wrapped=wrapped),
        here(ACK | PSH, 1000, HELLO, 9000, wrapped=wrapped),
        here(ACK, 1012, b"hi", wrapped=wrapped),
        here(ACK, 1005, b"between", 9000, wrapped=wrapped),
        there(ACK, 9000, b"ok", 1014, wrapped=back),
    )
    assert fast_path.see(*frames) == []
    assert fast_path.recorded == [
        *GROWN,
        Recorded(0, 5, 0, 1012, 0, ACK, b"hi"),
        Recorded(0, 6, 0, 1005, 9000, ACK, b"between"),
        Recorded(1, 7, 0, 9000, 1014, ACK, b"ok"),
    ]


def test_padding_is_not_recorded() -> None:
    fast_path = FastPath()
    padded = [frame.ljust(60, b"P") for frame in (*OPEN, HELLOS, there(ACK, 9000), there(ACK, 9000, b"a"))]
    assert fast_path.see(*padded) == []
    assert fast_path.recorded == [
        *GROWN,
        Recorded(1, 5, 0, 9000, 0, ACK, b""),
        Recorded(1, 6, 0, 9000, 0, ACK, b"a"),
    ]


@pytest.mark.parametrize("length", [4, 12, 40])
def test_options_of_tcp_are_no_payload(length: int) -> None:
    def optional(flags: int, seq: int, data: bytes = b"", ack: int = 0, *, back: bool = False) -> bytes:
        ports = {"sport": SERVER[1], "dport": CLIENT[1]} if back else {"sport": CLIENT[1], "dport": SERVER[1]}
        segment = tcp(data, seq=seq, ack=ack, flags=flags, options=b"\x01" * length, **ports)
        return (back4 if back else common4)(segment)

    fast_path = FastPath()
    frames = (
        optional(SYN, 999),
        optional(SYN | ACK, 8999, ack=1000, back=True),
        optional(ACK, 1000, ack=9000),
        optional(ACK | PSH, 1000, HELLO, 9000),
        optional(ACK, 9000, b"answer", 1005, back=True),
        optional(FIN | ACK, 9006, b"", 1005, back=True),
    )
    assert fast_path.see(*frames) == []
    assert fast_path.recorded == [
        *GROWN,
        Recorded(1, 5, 0, 9000, 1005, ACK, b"answer"),
        Recorded(1, 6, 0, 9006, 1005, FIN | ACK, b""),
    ]


@pytest.mark.parametrize(
    ("clock", "high", "low", "ts_ns"),
    [
        (Clock("<"), 5, 7, 5 * SECOND + 7000),
        (Clock(">"), 5, 7, 5 * SECOND + 7000),
        (Clock("<", 1), 5, 7, 5 * SECOND + 7),
        (Clock(">", 1), 5, 7, 5 * SECOND + 7),
        (Clock("<"), 2**32 - 1, 999_999, (2**32 - 1) * SECOND + 999_999_000),
        (Clock("<", 0, 10**6), 1, 7, (2**32 + 7) * 1000),
        (Clock(">", 0, 10**6), 1, 7, (2**32 + 7) * 1000),
        (Clock("<", 0, 10**9), 1, 7, 2**32 + 7),
        (Clock(">", 0, 10**9), 1, 7, 2**32 + 7),
        (Clock("<", 0, 10**9), 2**30 - 1, 2**32 - 1, LATEST),
        (Clock("<", 0, 2**20, 3), 0, 2**19, 3 * SECOND + SECOND // 2),
        (Clock(">", 0, 10**6, -3), 0, 3_000_001, 1000),
    ],
)
def test_recorded_from_any_format(clock: Clock, high: int, low: int, ts_ns: int) -> None:
    fast_path = FastPath(clock=clock)
    assert fast_path.see(*OPEN, HELLOS, there(ACK, 9000, b"answer", 1005), at=high, low=low) == []
    expected = [*GROWN, Recorded(1, 5, 0, 9000, 1005, ACK, b"answer")]
    assert fast_path.recorded == [packet._replace(ts_ns=ts_ns) for packet in expected]
    connection = fast_path.connection
    assert (connection.first_ts, connection.last_ts) == (ts_ns, ts_ns)


@pytest.mark.parametrize(
    ("clock", "high", "low"),
    [
        (Clock("<", 0, 10**9), 2**30, 0),
        (Clock(">", 0, 10**6), 2**32 - 1, 0),
        (Clock("<", 0, 10**6, -3), 0, 2_999_999),
        (Clock("<", 0, 10**9, 2**40), 0, 0),
    ],
)
def test_what_has_a_time_out_of_range_is_taken(clock: Clock, high: int, low: int) -> None:
    fast_path = FastPath(clock=clock)
    assert fast_path.see(*OPEN, HELLOS, at=high, low=low) == [0, 1, 2, 3]
    assert fast_path.table.table == {}
    # Amid a recording, too.
    fast_path = grown()
    fast_path.clock = clock
    fast_path.table.record_with(RecordHeader(*clock))
    frames = here(ACK, 1005, b"more", 9000), there(FIN | ACK, 9000)
    assert fast_path.see(*frames, at=high, low=low) == [0, 1]
    assert fast_path.recorded == GROWN


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ethernet(bytes(60), 0x0806), NOT_IP),
        (ethernet(ip4(udp(bytes(20), 53), protocol=17)), NOT_TCP),
        (ethernet(ip4(bytes(20), protocol=1)), NOT_TCP),
        (ethernet(ip4(bytes(20), protocol=89)), NOT_TCP),
        (ethernet(ip6(udp(bytes(20), 53), protocol=17), IPV6), NOT_TCP),
        (ethernet(ip6(bytes(20), protocol=58), IPV6), NOT_TCP),
        (ethernet(ip6(b"", protocol=58), IPV6), NOT_TCP),
        (ethernet(vlan(ip6(bytes(20), protocol=58), IPV6), VLAN), NOT_TCP),
    ],
)
def test_what_holds_no_tcp_is_counted(frame: bytes, reason: int) -> None:
    fast_path = FastPath()
    assert fast_path.see(frame, HELLOS, frame) == [1]
    assert fast_path.skipped == {reason: 2}


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(ethernet(ip4(udp(bytes(20), 4789), protocol=17)), id="VXLAN"),
        pytest.param(ethernet(ip4(udp(bytes(20), 6081), protocol=17)), id="Geneve"),
        pytest.param(ethernet(ip4(bytes(20), protocol=47)), id="GRE"),
        pytest.param(ethernet(ip6(udp(bytes(20), 4789), protocol=17), IPV6), id="VXLAN in IPv6"),
        pytest.param(ethernet(ip6(bytes(20), protocol=47), IPV6), id="GRE in IPv6"),
        pytest.param(ethernet(ip6(bytes(20), protocol=0), IPV6), id="options of IPv6 hop by hop"),
        pytest.param(ethernet(b"\x40" + ip6(bytes(20), protocol=58)[1:], IPV6), id="neither IPv6 nor TCP"),
        pytest.param(ethernet(ip6(b"", protocol=58), IPV6)[:53], id="IPv6 cut within its header"),
        pytest.param(ethernet(ip4(udp(bytes(20), 53), protocol=17, fragment=0x2000)), id="fragment"),
        pytest.param(ethernet(ip4(tcp(b"", flags=SYN), options=bytes(4))), id="IPv4 options"),
        pytest.param(ethernet(ip4(tcp(b"", flags=SYN), fragment=1)), id="fragment of TCP"),
        pytest.param(ethernet(ip6(b"\x06\0\x01\x04\0\0\0\0" + tcp(), protocol=60), IPV6), id="IPv6 options"),
        pytest.param(
            ethernet(b"\x40" + ip6(tcp(b"", flags=SYN))[1:], IPV6), id="no IPv6 in spite of its type"
        ),
        pytest.param(ethernet(vlan(vlan(vlan(ip4(tcp())), VLAN), VLAN), VLAN), id="three tags"),
        pytest.param(ethernet(bytes(60), 0x88F7), id="another EtherType"),
        pytest.param(there(SYN | ACK, 1), id="an answer to no SYN"),
        pytest.param(here(SYN, 1, b"data"), id="SYN with payload"),
        pytest.param(here(SYN | FIN, 1), id="SYN with FIN"),
        pytest.param(here(SYN | RST, 1), id="SYN with RST"),
        pytest.param(here(ACK, 1, HELLO), id="a beginning without SYN"),
        pytest.param(here(ACK, 1), id="acknowledgement of nothing"),
        pytest.param(here(FIN | ACK, 1), id="FIN of nothing"),
        pytest.param(here(RST, 1), id="RST of nothing"),
        pytest.param(ethernet(ip4(tcp(b"", flags=SYN), total_length=0)), id="offload"),
        pytest.param(ethernet(ip4(tcp(b"", flags=SYN), total_length=39)), id="shorter than its header"),
        pytest.param(ethernet(ip4(tcp(b"", flags=SYN), total_length=41)), id="longer than captured"),
        pytest.param(ethernet(ip6(tcp(b"", flags=SYN), payload_length=19), IPV6), id="the same in IPv6"),
        pytest.param(ethernet(ip6(tcp(b"", flags=SYN), payload_length=21), IPV6), id="longer, IPv6"),
    ],
)
def test_what_is_taken(frame: bytes) -> None:
    fast_path = FastPath()
    assert fast_path.see(frame) == [0]
    assert (fast_path.skipped, fast_path.table.count) == ({}, 0)


def with_offset(frame: bytes, offset: int) -> bytes:
    """The same with another data offset, in words."""
    return frame[:46] + bytes([offset << 4]) + frame[47:]


@pytest.mark.parametrize("offset", [0, 1, 4, 6, 15])
def test_a_data_offset_that_leaves_the_packet(offset: int) -> None:
    opening = FastPath()
    assert opening.see(with_offset(here(SYN, 1), offset)) == [0]
    assert opening.table.table == {}
    fast_path = grown()
    frames = here(ACK, 1005, b"abc", 9000), there(ACK, 9000, b"abc", 1005), there(FIN | ACK, 9000, b"abc")
    assert fast_path.see(*(with_offset(frame, offset) for frame in frames)) == [0, 1, 2]
    assert fast_path.recorded == GROWN
    # Where what lies behind the frame would do.
    assert fast_path.see(with_offset(frames[0], offset).ljust(100, b"P")) == [0]


@pytest.mark.parametrize(
    ("offset", "payload"), [(5, b"abcdefgh"), (6, b"efgh"), (7, b""), (8, None), (4, None)]
)
def test_a_data_offset_up_to_the_end_of_the_packet(offset: int, payload: bytes | None) -> None:
    fast_path = grown()
    taken = fast_path.see(with_offset(here(ACK, 1005, b"abcdefgh", 9000), offset))
    if payload is None:
        assert (taken, fast_path.recorded) == ([0], GROWN)
    else:
        assert (taken, fast_path.recorded) == ([], [*GROWN, Recorded(0, 5, 0, 1005, 9000, ACK, payload)])


def test_without_recording_all_is_taken() -> None:
    fast_path = FastPath(recording=False)
    assert fast_path.see(*OPEN, HELLOS) == [0, 1, 2, 3]
    stopped = FastPath()
    stopped.table.stop_recording()
    assert stopped.see(*OPEN, HELLOS) == [0, 1, 2, 3]


@pytest.mark.parametrize("frame", [here(ACK, 1005, b"more", 9000), here(ACK, 1005), there(FIN | ACK, 9000)])
def test_what_was_cut_is_taken(frame: bytes) -> None:
    fast_path = grown()
    assert fast_path.see(frame, cut=1) == [0]
    # Where nothing lies behind it, too.
    assert fast_path.see(frame, cut=1, behind=b"") == [0]
    assert len(fast_path.recorded) == 4
    assert FastPath().see(here(SYN, 1), cut=1) == [0]


def test_an_hour_of_silence_is_taken() -> None:
    fast_path = grown()
    assert fast_path.see(here(ACK, 1005), at=HOUR) == []
    assert fast_path.connection.last_ts == IDLE_NS
    # Time that goes back is no silence, and is not kept.
    assert fast_path.see(here(ACK, 1005), at=0) == []
    assert fast_path.connection.last_ts == IDLE_NS
    assert len(fast_path.recorded) == 6
    connection = fast_path.connection
    assert fast_path.see(here(ACK, 1005), at=2 * HOUR + 1) == [0]
    # A time that one packet has ends nothing.
    assert (connection.ended, len(fast_path.table.table)) == (False, 2)


@pytest.mark.parametrize("frame", [OPEN[0], OPEN[1], here(SYN, 77)])
def test_a_syn_amid_a_recording_is_taken(frame: bytes) -> None:
    fast_path = grown()
    assert fast_path.see(frame) == [0]
    assert (len(fast_path.recorded), fast_path.connection.disposition) == (4, RECORDED)


def test_what_does_not_open_is_taken() -> None:
    fast_path = FastPath()
    assert fast_path.see(*OPEN, here(ACK, 1000, b"other")) == [3]
    assert (len(fast_path.recorded), fast_path.connection.disposition) == (3, OPENING)


def test_a_full_recording_is_read_and_what_follows_watched() -> None:
    fast_path = grown()
    more = [here(ACK, 1005, b"", 9000)] * (MAX_PACKETS - 5)
    assert fast_path.see(*more) == []
    assert len(fast_path.recorded) == MAX_PACKETS - 1
    assert fast_path.see(here(ACK, 1005), here(ACK, 1005)) == []
    connection = fast_path.connection
    assert (connection.recording, connection.disposition, connection.touched) == (None, WATCHED, 1)
    assert fast_path.table.last_packets.touched == [connection]


def test_what_follows_an_end_is_taken_note_of_where_time_is() -> None:
    """Of two ends, one in the past: what comes next is left to the table, which knows that the connection is over."""
    fast_path = grown()
    assert fast_path.see(here(FIN | ACK, 1005, ack=9000), at=10) == []
    assert fast_path.see(here(ACK, 1006), there(FIN | ACK, 9000, ack=1006), at=5) == []
    connection = fast_path.connection
    assert (connection.disposition, connection.ended, connection.last_frame) == (IGNORED, False, 7)
    assert fast_path.see(here(ACK, 1006, ack=9001), at=10) == [0]
    assert (connection.ended, connection.last_frame) == (False, 7)
    assert fast_path.table.lifetimes.is_due(connection, 10_000_000_000)


def test_more_than_a_recording_holds_is_taken_after_an_end() -> None:
    fast_path = grown()
    assert fast_path.see(here(FIN | ACK, 1005, ack=9000)) == []
    assert fast_path.see(*[there(ACK, 9000)] * (MAX_PACKETS - 4)) == [MAX_PACKETS - 5]


def with_disposition(disposition: int) -> FastPath:
    fast_path = grown()
    fast_path.connection.recording = None
    fast_path.connection.disposition = disposition
    return fast_path


ALERT, HANDSHAKE, DATA = b"\x15\x03\x03", b"\x16\x03\x03", b"\x17\x03\x03"


@pytest.mark.parametrize(
    ("disposition", "frame", "is_taken"),
    [
        (IGNORED, here(ACK, 2000, ALERT), False),
        (IGNORED, here(ACK, 2000, HANDSHAKE), False),
        (IGNORED, here(ACK, 2000), False),
        (WATCHED, here(ACK, 2000, ALERT), True),
        (WATCHED, there(ACK, 2000, HANDSHAKE), True),
        (WATCHED, here(ACK, 2000, DATA), False),
        (WATCHED, here(ACK, 2000, b"\x16\x02"), False),
        (WATCHED, here(ACK, 2000), False),
        (WATCHED, here(FIN | ACK, 2000), True),
        (IGNORED, here(FIN | ACK, 2000), True),
        (IGNORED, there(RST, 2000), True),
        (TO_TABLE, here(ACK, 2000), True),
        (TO_TABLE, here(SYN, 2000), True),
    ],
)
def test_dispositions(disposition: int, frame: bytes, is_taken: bool) -> None:
    fast_path = with_disposition(disposition)
    assert fast_path.see(there(NOTHING, 5), frame, frame)[-1:] == (
        [2] if is_taken else [2] if disposition == TO_TABLE else []
    )
    assert fast_path.connection.disposition == disposition
    if disposition != TO_TABLE:
        assert fast_path.connection.touched == (0 if is_taken else 2)
        assert fast_path.table.last_packets.touched == [fast_path.connection]


NOTHING = 0


@pytest.mark.parametrize("disposition", [IGNORED, WATCHED])
@pytest.mark.parametrize("frame", [here(SYN, 5), there(SYN | ACK, 5)])
def test_a_syn_takes_away_the_disposition_of_both_directions(disposition: int, frame: bytes) -> None:
    fast_path = with_disposition(disposition)
    assert fast_path.see(frame, here(ACK, 5), there(ACK, 5)) == [0, 1, 2]
    assert fast_path.connection.disposition == TO_TABLE


def test_touched_connections_are_told_their_last_packet() -> None:
    fast_path = with_disposition(IGNORED)
    fast_path.table.last_packets.moment_of = lambda index: (100 + index, 7 * SECOND + index)
    fast_path.see(here(ACK, 5), there(ACK, 5), OPEN[0].replace(b"\x9c\x40", b"\x9c\x41"))
    fast_path.table.last_packets.note_all()
    connection = fast_path.table.table[ignored_key(fast_path)]
    assert (connection.last_ts, connection.last_frame, connection.touched) == (7 * SECOND + 1, 101, -1)
    assert fast_path.table.last_packets.touched == []


def ignored_key(fast_path: FastPath) -> bytes:
    return next(
        key for key, each in fast_path.table.table.items() if each.disposition == IGNORED and each.key == key
    )


def test_near_the_end_of_the_data_packets_are_taken() -> None:
    """Whatever a header says, nothing behind the end is looked at."""
    segment = bytearray(here(ACK, 2000, bytes(20)))
    for offset in range(16):
        segment[46] = offset << 4
        for behind in range(0, 130, 5):
            fast_path = with_disposition(WATCHED)
            taken = fast_path.see(bytes(segment), behind=bytes(behind))
            assert taken in ([], [0])
    assert with_disposition(IGNORED).see(bytes(segment), behind=b"") == [0]


def test_any_bytes(seeded: random.Random) -> None:
    frames = [
        *OPEN,
        HELLOS,
        here(ACK, 1005, bytes(100)),
        ethernet(ip6(tcp()), IPV6),
        ethernet(vlan(ip4(tcp())), VLAN),
    ]
    for _ in range(2000):
        fast_path = (
            grown()
            if seeded.random() < 0.5
            else with_disposition(seeded.choice([WATCHED, IGNORED, TO_TABLE]))
        )
        frame = bytearray(seeded.choice(frames))
        for _ in range(seeded.randrange(4)):
            frame[seeded.randrange(12, len(frame))] = seeded.randrange(256)
        cut = seeded.randrange(len(frame)) if seeded.random() < 0.3 else 0
        fast_path.see(bytes(frame), cut=cut, behind=bytes(seeded.choice([0, 0, 10, 100, 200])))


def test_what_is_recorded_is_what_a_decoder_sees(seeded: random.Random) -> None:
    """Of damaged frames, cut ones and padded ones."""
    recorded = 0
    for _ in range(5000):
        fast_path = grown()
        frame = bytearray(
            seeded.choice(
                [
                    here(ACK, seeded.getrandbits(32), seeded.randbytes(seeded.randrange(30)), 9000),
                    there(ACK, 9000, seeded.randbytes(seeded.randrange(30)), seeded.getrandbits(32)),
                    there(FIN | ACK, 9000, ack=1005),
                    here(RST, 1005),
                ]
            )
        )
        for _ in range(seeded.choice([0, 1, 1, 2])):
            # Behind the addresses, mostly in what tells of lengths.
            frame[seeded.choice([16, 17, 20, 21, 23, 46, 46, 47, seeded.randrange(len(frame))])] = (
                seeded.randrange(256)
            )
        captured = bytes(frame).ljust(seeded.choice([0, 0, 60, 80]), b"P")
        cut = seeded.randrange(len(captured)) if seeded.random() < 0.2 else 0
        if fast_path.see(captured, cut=cut, at=1) or fast_path.skipped or fast_path.table.count > 1:
            continue
        (packet,) = fast_path.recorded[4:]
        recorded += 1
        sides = CLIENT, SERVER
        assert decoded(captured[: len(captured) - cut], missing=cut) == Seen(
            sides[packet.side], sides[1 - packet.side], *packet[3:], 0
        )
    assert recorded > 1000


def test_a_connection_of_nothing_is_given_up_without_being_taken() -> None:
    fast_path = FastPath()
    assert (
        fast_path.see(*OPEN, here(ACK | PSH, 1000, UNWANTED, 9000), there(ACK, 9000, bytes(1400), 1007)) == []
    )
    connection = fast_path.connection
    assert (connection.disposition, connection.recording, connection.listener) == (WATCHED, None, None)
    assert (connection.payload_seen, connection.last_frame) == ((True, False), 4)
    # Only what may end it is taken.
    assert fast_path.see(there(ACK, 10400, HELLO, 1007), there(FIN | ACK, 10405, ack=1007)) == [1]


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param((*OPEN, here(ACK, 1001, UNWANTED, 9000)), id="not the first bytes"),
        pytest.param((*OPEN, there(ACK, 9000, UNWANTED, 1000)), id="of the other side"),
        pytest.param((*OPEN, here(ACK, 1000, UNWANTED, 9001)), id="something else was acknowledged"),
        pytest.param((*OPEN, here(0, 1000, UNWANTED)), id="nothing is acknowledged"),
        pytest.param((*OPEN, there(ACK, 9000, ack=1001), here(ACK, 1000, UNWANTED, 9000)), id="by the other"),
        pytest.param((OPEN[0], OPEN[2], here(ACK, 1000, UNWANTED, 9000)), id="no answer to the SYN"),
        pytest.param((*OPEN, here(ACK | FIN, 1000, UNWANTED, 9000)), id="the end of it"),
        pytest.param((*OPEN, here(ACK, 1000, b"anything else", 9000)), id="who knows"),
    ],
)
def test_what_is_not_given_up_at_once(frames: tuple[bytes, ...]) -> None:
    fast_path = FastPath()
    assert fast_path.see(*frames) == [len(frames) - 1]
    assert fast_path.connection.disposition == OPENING
