"""One direction: what is in clear, what is ciphertext, where the turn is, and what a hole takes away."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls import written
from tests.tls.written import (
    CCS,
    alert,
    application_data,
    certificate,
    client_hello,
    finished,
    handshake,
    record,
)
from tlseku.tls.handshake_types import (
    HOLE,
    NOT_TLS,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    RECORD_TOO_LONG,
)
from tlseku.tls.message import Message
from tlseku.tls.reader import TlsReader, read_late
from tlseku.tls.records import MAX_RECORD

CONTENT = {RECORD_ENCRYPTED_ALERT: 21, RECORD_ENCRYPTED_HANDSHAKE: 22, RECORD_APPLICATION_DATA: 23}


class Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def message(self, message: Message) -> None:
        self.messages.append(message)


def event(message: Message) -> tuple[object, ...]:
    """A message in short."""
    kind, frame = message.kind, message.frame
    if kind >= 0:
        return "message", kind, frame, message.cut
    if kind == RECORD_CHANGE_CIPHER_SPEC:
        return "ccs", frame
    if kind == RECORD_ALERT:
        return "alert", message.level, message.code, frame
    if kind == HOLE:
        return "lost", message.cut
    if kind == RECORD_TOO_LONG:
        return "too long", message.length
    if kind == NOT_TLS:
        return "not tls", frame
    return "encrypted", CONTENT[kind], message.length, frame


def heard(*steps: bytes | int | str, searching: bool = False) -> list[tuple[object, ...]]:
    """Bytes (frames count from 1), gaps, ``tls13`` when that is agreed, ``close``."""
    listener = Listener()
    reader = TlsReader(0, listener, searching)
    for frame, step in enumerate(steps, 1):
        if isinstance(step, int):
            reader.gap(step, "gone")
        elif step == "tls13":
            reader.agreed_tls13()
        elif step == "close":
            reader.close("over")
        else:
            assert isinstance(step, bytes)
            reader.data(step, frame, frame)
    return [event(message) for message in listener.messages]


HELLO = client_hello(written.TLS13_OFFERED)
FLIGHT = handshake(written.CLIENT_KEY_EXCHANGE) + CCS + finished()


def test_a_client_of_tls12() -> None:
    assert heard(HELLO, FLIGHT, application_data()) == [
        ("message", 1, 1, None),
        ("message", 16, 2, None),
        ("ccs", 2),
        ("encrypted", 22, 40, 2),
        ("encrypted", 23, 60, 3),
    ]


def test_the_second_hello_behind_a_meaningless_ccs() -> None:
    assert heard(HELLO, CCS, HELLO, CCS, application_data()) == [
        ("message", 1, 1, None),
        ("ccs", 2),
        ("message", 1, 3, None),
        ("ccs", 4),
        ("encrypted", 23, 60, 5),
    ]


def test_the_second_hello_in_several_records_once_tls13_is_known() -> None:
    parts = [record(22, HELLO[5:20]), record(22, HELLO[20:])]
    assert heard(HELLO, "tls13", CCS, *parts) == [
        ("message", 1, 1, None),
        ("ccs", 3),
        ("message", 1, 5, None),
    ]
    assert heard(HELLO, CCS, *parts) == [
        ("message", 1, 1, None),
        ("ccs", 2),
        ("encrypted", 22, 15, 3),
        ("encrypted", 22, len(HELLO) - 20, 4),
    ]


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (alert(2, 43), [("alert", 2, 43, 1)]),
        (alert(1, 0), [("alert", 1, 0, 1)]),
        (record(21, b"\x01\x5a\x02\x28"), [("alert", 1, 90, 1), ("alert", 2, 40, 1)]),
        (record(21, b"\x02") + record(21, b"\x2b"), [("alert", 2, 43, 1)]),
        (record(21, b"\x01\x00\x02") + record(21, b"\x2b"), [("alert", 1, 0, 1), ("alert", 2, 43, 1)]),
        (record(21, b"\x02"), []),
        (record(21, b""), []),
        (alert(3, 40), [("alert", 3, 40, 1)]),
        (record(21, bytes(26)), [("encrypted", 21, 26, 1)]),
        (record(21, b"\x09\x09\x09\x09"), [("encrypted", 21, 4, 1)]),
        (CCS + alert(2, 20), [("ccs", 1), ("alert", 2, 20, 1)]),
        (CCS + record(21, bytes(26)), [("ccs", 1), ("encrypted", 21, 26, 1)]),
        (CCS + record(21, b"\x01\x00\x01\x00"), [("ccs", 1), ("encrypted", 21, 4, 1)]),
    ],
)
def test_alerts(data: bytes, events: list[tuple[object, ...]]) -> None:
    assert heard(data) == events


def test_empty_records_mean_nothing() -> None:
    empty = record(22, b"") + record(20, b"") + record(21, b"")
    assert heard(empty + HELLO + empty + handshake(written.SERVER_HELLO_DONE)) == [
        ("message", 1, 1, None),
        ("message", 14, 1, None),
    ]


def test_a_gap_in_the_middle_of_a_message() -> None:
    data = handshake(written.SERVER_KEY_EXCHANGE) + handshake(written.SERVER_HELLO_DONE) + CCS + finished()
    assert heard(data[:60], 100, data[160:]) == [
        ("lost", "gone"),
        ("message", 12, 1, "gone"),
        ("message", 14, 3, None),
        ("ccs", 3),
        ("encrypted", 22, 40, 3),
    ]


def test_a_ccs_whose_one_byte_is_missing_still_turns_encryption_on() -> None:
    assert heard(HELLO + CCS[:5], 1, finished()) == [
        ("message", 1, 1, None),
        ("lost", "gone"),
        ("ccs", 1),
        ("encrypted", 22, 40, 3),
    ]


def test_a_gap_over_a_record_boundary_leaves_open_whether_encryption_is_on() -> None:
    data = handshake(written.SERVER_KEY_EXCHANGE) + handshake(written.SERVER_HELLO_DONE)
    cut = len(data) - 9
    assert heard(data[:60], cut - 60, data[cut:], CCS + finished()) == [
        ("lost", "gone"),
        ("message", 12, 1, "gone"),
        ("message", 14, 3, None),
        ("ccs", 4),
        ("encrypted", 22, 40, 4),
    ]


def test_ciphertext_behind_a_lost_ccs_is_no_message() -> None:
    assert heard(HELLO, 200, finished(), application_data(), finished()) == [
        ("message", 1, 1, None),
        ("lost", "gone"),
        ("encrypted", 23, 60, 4),
        ("encrypted", 22, 40, 5),
    ]


def test_small_pieces_of_a_message_behind_a_hole_are_no_ciphertext() -> None:
    pieces = [record(22, written.SERVER_KEY_EXCHANGE[at : at + 100]) for at in range(0, 400, 100)]
    tail = handshake(written.SERVER_HELLO_DONE) + CCS + finished()
    assert heard(HELLO, 120, *pieces[1:], tail)[2:] == [
        ("message", 14, 6, None),
        ("ccs", 6),
        ("encrypted", 22, 40, 6),
    ]


def test_start_in_the_middle() -> None:
    steps = (b"\x99" * 70 + handshake(written.SERVER_HELLO_DONE), CCS, finished())
    assert heard(*steps, searching=True) == [("message", 14, 1, None), ("ccs", 2), ("encrypted", 22, 40, 3)]


@pytest.mark.parametrize("size", [11, 100, 500, 1400])
def test_start_in_the_middle_with_a_chain_in_several_records(size: int) -> None:
    chain = written.certificate(b"\x30\x82\x04\x57" + bytes(1111), b"\x30\x03abc")[5:]
    pieces = [record(22, chain[at : at + size]) for at in range(0, len(chain), size)]
    assert heard(*pieces, FLIGHT, searching=True) == [
        ("message", 11, len(pieces), None),
        ("message", 16, len(pieces) + 1, None),
        ("ccs", len(pieces) + 1),
        ("encrypted", 22, 40, len(pieces) + 1),
    ]


def test_start_in_the_middle_with_a_chain_behind_another_message_of_its_record() -> None:
    flight = written.message(23, b"data") + written.certificate(b"\x30\x82\x04\x57" + bytes(1111))[5:]
    pieces = record(22, flight[:300]), record(22, flight[300:])
    assert heard(*pieces, searching=True) == [("message", 23, 1, None), ("message", 11, 2, None)]


@pytest.mark.parametrize(
    "begins",
    [
        b"\x0b\0\x04\x57\0\x04\x53\0\x04\x50\x30",
        b"\x0b\0\x04\x57\0\x04\x54\0\x04\x52\x30",
        b"\x0b\0\x04\x57\0\x04\x54\0\0\0\x30",
        b"\x0b\0\x04\x57\0\x04\x54\0\x04\x51\x31",
        b"\x0c\0\x04\x57\0\x04\x54\0\x04\x51\x30",
        b"\x0b\x10\x04\x57\x10\x04\x54\0\x04\x51\x30",
    ],
)
def test_what_only_looks_like_the_beginning_of_a_chain_may_be_ciphertext(begins: bytes) -> None:
    assert heard(record(22, begins + bytes(80)), CCS, finished(), searching=True) == [
        ("ccs", 2),
        ("encrypted", 22, 40, 3),
    ]


def test_closed_amid_a_message() -> None:
    assert heard(HELLO[:60], "close") == [("message", 1, 1, "over")]
    assert heard(HELLO[:5], "close") == []


def test_something_else_follows() -> None:
    assert heard(HELLO, b"HTTP/1.1 400") == [("message", 1, 1, None), ("not tls", 2)]


@pytest.mark.parametrize("kind", [5, 8, 23, 24, 25, 67, 200, 255])
def test_unknown_messages_are_values(kind: int) -> None:
    assert heard(handshake(written.message(kind, b"abc"), written.SERVER_HELLO_DONE)) == [
        ("message", kind, 1, None),
        ("message", 14, 1, None),
    ]


def test_a_record_that_never_completes_hands_on_what_is_there() -> None:
    done = handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)
    told = [("message", 1, 1, None), ("message", 14, 2, None)]
    assert heard(HELLO, done[:12]) == told[:1]
    assert heard(HELLO, done[:12], "close") == [*told, ("message", 16, 2, "over")]


def test_a_message_is_shown_where_its_record_ends() -> None:
    """tshark shows a whole record at once; a message over two records belongs to the second one."""
    done = handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)
    assert heard(HELLO + done[:9], done[9:12], done[12:]) == [
        ("message", 1, 1, None),
        ("message", 14, 3, None),
        ("message", 16, 3, None),
    ]
    key = written.CLIENT_KEY_EXCHANGE
    over_two = handshake(written.SERVER_HELLO_DONE + key[:3]) + handshake(key[3:])
    assert heard(over_two[:9], over_two[9:11], over_two[11:20], over_two[20:]) == [
        ("message", 14, 3, None),
        ("message", 16, 4, None),
    ]


def test_the_frames_that_carried_a_message_stay() -> None:
    listener = Listener()
    reader = TlsReader(1, listener)
    done = handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)
    for frame, piece in enumerate((done[:9], done[9:12], done[12:]), 1):
        reader.data(piece, frame, frame * 10)
    assert [(m.frame, m.frames, m.ts_ns) for m in listener.messages] == [(3, (1,), 30), (3, (2, 3), 30)]


def test_a_hole_in_a_record_lets_go_of_what_was_there_before() -> None:
    done = handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)
    assert heard(HELLO, done[:9], 2, done[11:])[1:3] == [("lost", "gone"), ("message", 14, 2, None)]


def test_a_record_longer_than_the_limit_is_read_and_told_of() -> None:
    certificates = [written.message(11, bytes(9000))] * 4
    long = handshake(written.SERVER_HELLO_DONE, *certificates)
    listener = Listener()
    reader = TlsReader(1, listener)
    for frame, piece in enumerate((HELLO + long[:7], long[7:20_000], long[20_000:]), 1):
        reader.data(piece, frame, frame)
    assert [(m.kind, m.frame, m.length) for m in listener.messages] == [
        (1, 1, 0),
        (RECORD_TOO_LONG, 3, 36_020),
        (14, 3, 0),
        *[(11, 3, 0)] * 4,
    ]


@pytest.mark.parametrize(("size", "told"), [(16_384, 0), (16_385, 1), (18_432, 1), (18_433, 1), (65_535, 1)])
def test_the_limit_of_a_record_in_clear(size: int, told: int) -> None:
    assert heard(handshake(written.message(11, bytes(size - 4)))) == [("too long", size)] * told + [
        ("message", 11, 1, None)
    ]


@pytest.mark.parametrize(
    "bytes_before",
    [HELLO, HELLO + CCS, HELLO + CCS + finished(), HELLO + application_data()],
    ids=["no message begins", "sealed", "finished", "application data"],
)
def test_what_is_no_record_does_not_become_one_by_its_length(bytes_before: bytes) -> None:
    """Must not fire: ciphertext and anything else whose five bytes look like the header of a long record."""
    at_once = bytes_before + b"\x16\x03\x03\xff\xff\x99" + bytes(100)
    assert heard(at_once, bytes(60_000))[-1] == ("not tls", 1)
    assert ("too long", 65_535) not in heard(at_once, bytes(60_000))


def test_other_records_keep_their_limit() -> None:
    for kind in (20, 21, 23, 24):
        assert heard(HELLO, bytes((kind, 3, 3, 0xFF, 0xFF)) + bytes(70_000))[-1] == ("not tls", 2)


@pytest.mark.parametrize("kind", [20, 21, 22, 24])
def test_a_record_of_length_zero(kind: int) -> None:
    assert heard(record(kind, b"") + HELLO) == [("message", 1, 1, None)]


def test_application_data_of_length_zero() -> None:
    assert heard(HELLO + record(23, b"")) == [("message", 1, 1, None), ("encrypted", 23, 0, 1)]


@pytest.mark.parametrize(
    "after", [b"GET / HTTP/1.1", b"\x19\x03\x03\x00\x01x", b"\x16\x03\x05\x00\x01x", b"\x16\x03\x03\xff\xffx"]
)
def test_what_is_no_record_stops_the_reading(after: bytes) -> None:
    assert heard(HELLO, after, HELLO) == [("message", 1, 1, None), ("not tls", 2)]


def test_the_longest_record() -> None:
    assert heard(HELLO, record(23, bytes(MAX_RECORD)))[1:] == [("encrypted", 23, MAX_RECORD, 2)]
    assert heard(HELLO, record(23, bytes(MAX_RECORD + 1)))[1:] == [("not tls", 2)]


SEALED = CCS + record(22, b"abcdef")


@pytest.mark.parametrize(
    ("steps", "events"),
    [
        # Inside a record that is skipped nothing is lost by it.
        ((record(23, b"abcdef")[:7], 2, b"ef"), [("lost", "gone"), ("encrypted", 23, 6, 3)]),
        ((record(23, b"abcdef")[:7], 4), [("lost", "gone"), ("encrypted", 23, 6, 1)]),
        ((record(20, b"\x01")[:5], 1), [("lost", "gone"), ("ccs", 1)]),
        # Inside one that is looked at when it is whole: it is of no use, and nothing of it gets into the next one.
        ((record(21, b"abcdef")[:7], 4), [("lost", "gone")]),
        ((record(21, b"abcdef")[:7], 2, b"ef"), [("lost", "gone")]),
        ((SEALED[:13], 2, SEALED[15:]), [("ccs", 1), ("lost", "gone")]),
        # In front of an alert's second half.
        ((record(21, b"\x02"), record(21, b"\x28")[:5], 1), [("lost", "gone")]),
    ],
)
def test_a_gap_inside_a_record(steps: tuple[bytes | int, ...], events: list[tuple[object, ...]]) -> None:
    assert heard(*steps, alert(1, 0)) == [*events, ("alert", 1, 0, len(steps) + 1)]


def test_a_gap_that_takes_a_header_makes_it_look_for_the_next() -> None:
    tail = b"rest of something" + record(22, written.SERVER_HELLO_DONE)
    for before in (certificate(b"x")[:5], HELLO, HELLO + b"\x16\x03"):
        assert heard(before, 40, b"nothing", tail)[-2:] == [("lost", "gone"), ("message", 14, 4, None)]


def test_bytes_kept_before_a_lost_boundary_do_not_come_back() -> None:
    assert heard(record(21, b"abcdef")[:7], 40, alert(2, 40)) == [("lost", "gone"), ("alert", 2, 40, 3)]


def kinds(*pieces: bytes, tls13: bool = False) -> list[tuple[int, int]]:
    """Kind and frame (from 1) of all that is heard of a side that then says no more."""
    listener = Listener()
    reader = TlsReader(1, listener)
    if tls13:
        reader.agreed_tls13()
    for frame, piece in enumerate(pieces, 1):
        reader.data(piece, frame, frame)
    reader.close("over")
    assert {message.side for message in listener.messages} <= {1}
    return [(message.kind, message.frame) for message in listener.messages]


LONG = handshake(written.message(11, bytes(20_000))[:16_000]) + handshake(
    written.message(11, bytes(20_000))[16_000:]
)
CHANGE, ALERT, DATA, HIDDEN, HIDDEN_ALERT = (
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_HANDSHAKE,
    RECORD_ENCRYPTED_ALERT,
)


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ((), []),
        ((HELLO,), [(1, 1)]),
        ((HELLO[:5], HELLO[5:]), [(1, 2)]),
        ((HELLO[:6], HELLO[6:7], HELLO[7:]), [(1, 3)]),
        ((HELLO, CCS + finished(), application_data()), [(1, 1), (CHANGE, 2), (HIDDEN, 2), (DATA, 3)]),
        ((HELLO + CCS[:3], CCS[3:] + finished()[:9], finished()[9:]), [(1, 1), (CHANGE, 2), (HIDDEN, 3)]),
        ((HELLO, alert(2, 43)), [(1, 1), (ALERT, 2)]),
        ((alert(2, 40),), [(ALERT, 1)]),
        ((HELLO, CCS, record(21, bytes(26))), [(1, 1), (CHANGE, 2), (HIDDEN_ALERT, 3)]),
        ((HELLO, application_data(), record(21, bytes(26))), [(1, 1), (DATA, 2), (HIDDEN_ALERT, 3)]),
        ((HELLO, handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)), [(1, 1), (14, 2), (16, 2)]),
        ((HELLO, LONG[:10_000], LONG[10_000:]), [(1, 1), (11, 3)]),
        ((HELLO, handshake(b"\x0e\x00"), handshake(b"\x00\x00")), [(1, 1), (14, 3)]),
        ((HELLO, handshake(b"\x0e\x00\x00"), CCS, handshake(b"\x00")), [(1, 1), (CHANGE, 3), (HIDDEN, 4), (14, 4)]),
        # A record of ciphertext that has only begun is not said; a message in clear is cut.
        ((HELLO, CCS, finished()[:-1]), [(1, 1), (CHANGE, 2)]),
        ((HELLO, application_data()[:-1]), [(1, 1)]),
        ((HELLO, CCS, HELLO[:-1]), [(1, 1), (CHANGE, 2)]),
        ((HELLO, CCS, HELLO), [(1, 1), (CHANGE, 2), (1, 3)]),
        ((HELLO, certificate(b"x")[:-1]), [(1, 1), (11, 2)]),
        ((HELLO, b"\x16\x02\x00\x00\x04\x0e\x00\x00\x00"), [(1, 1), (NOT_TLS, 2)]),
    ],
)  # fmt: skip
def test_what_is_heard(pieces: tuple[bytes, ...], said: list[tuple[int, int]]) -> None:
    assert kinds(*pieces) == said


def test_with_tls13_a_ccs_means_nothing_to_handshake_records() -> None:
    assert kinds(HELLO, CCS, HELLO, CCS, application_data(), tls13=True) == [
        (1, 1), (CHANGE, 2), (1, 3), (CHANGE, 4), (DATA, 5),
    ]  # fmt: skip


DONE = handshake(written.SERVER_HELLO_DONE)


def said(pieces: list[bytes], frames: list[int], times: list[int]) -> list[Message]:
    listener = Listener()
    reader = TlsReader(1, listener)
    for piece, frame, ts_ns in zip(pieces, frames, times, strict=True):
        reader.data(piece, frame, ts_ns)
    return listener.messages


def test_frames_and_times_that_go_back() -> None:
    found = said([HELLO[:20], HELLO[20:] + DONE[:6], DONE[6:] + CCS], [7, 3, 5], [70, 30, 50])
    assert [(each.frame, each.kind, each.frames, each.ts_ns, each.body) for each in found] == [
        (7, 1, (7, 3), 70, HELLO[9:]),
        (7, 14, (3, 5), 70, b""),
        (7, CHANGE, (7,), 70, b""),
    ]


@pytest.mark.parametrize(
    ("pieces", "frames", "carried"),
    [
        pytest.param([HELLO], [1], [None], id="one frame"),
        pytest.param([HELLO + DONE], [1], [None, None], id="two messages in a frame"),
        pytest.param([HELLO[:20], HELLO[20:]], [1, 2], [(1, 2)], id="two frames"),
        pytest.param([HELLO[:9], HELLO[9:]], [1, 2], [(1, 2)], id="the header alone in a frame"),
        pytest.param([HELLO[:8], HELLO[8:]], [1, 2], [(1, 2)], id="amid the header"),
        pytest.param([HELLO[:5], HELLO[5:]], [1, 2], [None], id="the record's header alone in a frame"),
        pytest.param([HELLO[:6], HELLO[6:7], HELLO[7:20], HELLO[20:]], [2, 3, 5, 7], [(2, 3, 5, 7)], id="four frames"),
        pytest.param([HELLO[:20], HELLO[20:] + DONE], [1, 2], [(1, 2), None], id="and another in the second"),
        pytest.param([HELLO[:20], HELLO[20:] + DONE], [2, 1], [(2, 1), (1,)], id="the second came first"),
        pytest.param([HELLO, DONE], [2, 1], [None, (1,)], id="in a frame that came before"),
        pytest.param([HELLO, CCS + application_data()], [2, 1], [None, None, None], id="records that came before"),
        pytest.param([HELLO, handshake(b"\x0e\x00") + handshake(b"\x00\x00")], [1, 2], [None, None], id="two records"),
        pytest.param([HELLO, handshake(b"\x0e\x00"), handshake(b"\x00\x00")], [1, 2, 3], [None, (2, 3)], id="in two frames"),
        pytest.param([HELLO, alert(2, 43)[:6], alert(2, 43)[6:]], [1, 2, 3], [None, None], id="an alert in two frames"),
    ],
)  # fmt: skip
def test_frames_that_carried(
    pieces: list[bytes], frames: list[int], carried: list[tuple[int, ...] | None]
) -> None:
    """None stands for the frame by which all had come, alone."""
    found = said(pieces, frames, frames)
    assert [each.carried for each in found] == carried
    assert [each.frames for each in found] == [each.carried or (each.frame,) for each in found]


def test_large_numbers_of_frames_and_times() -> None:
    frames, times = [(2**20 << 40) + 1, (2**20 << 40) + 2], [2**62 - 2, 2**62 - 1]
    found = said([HELLO, CCS], frames, times)
    assert [(each.frame, each.ts_ns) for each in found] == [*zip(frames, times, strict=True)]


RECORDINGS = sorted(path.stem for path in written.RECORDINGS.glob("*.json"))


def direction(name: str, side: int) -> bytes:
    return b"".join(data for sender, data in written.recording(name) if sender == side)


def shown(pieces: list[bytes], tls13: bool) -> list[tuple[int, bytes, int, str | None]]:
    """What does not depend on frames."""
    listener = Listener()
    reader = TlsReader(0, listener)
    if tls13:
        reader.agreed_tls13()
    for frame, piece in enumerate(pieces, 1):
        reader.data(piece, frame, frame)
    reader.close("over")
    return [(each.kind, each.body, each.length, each.cut) for each in listener.messages]


def cut(data: bytes, points: list[int]) -> list[bytes]:
    edges = [0, *sorted({point for point in points if 0 < point < len(data)}), len(data)]
    return [data[low:high] for low, high in pairwise(edges)]


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("side", [0, 1])
def test_a_recording_in_single_bytes(name: str, side: int) -> None:
    data = direction(name, side)
    at_once = shown([data], name == "tls13")
    assert {kind for kind, *_ in at_once} & {1, 2}
    assert all(kind != NOT_TLS and reason is None for kind, _, _, reason in at_once)
    assert shown(cut(data, list(range(len(data)))), name == "tls13") == at_once


@given(st.sampled_from(RECORDINGS), st.sampled_from([0, 1]), st.booleans(), st.data())
def test_any_cut_says_the_same(name: str, side: int, tls13: bool, data: st.DataObject) -> None:
    whole = direction(name, side)
    whole = whole[: data.draw(st.integers(1, len(whole))) if data.draw(st.booleans()) else None]
    pieces = cut(whole, data.draw(st.lists(st.integers(0, len(whole)), max_size=40)))
    assert shown(pieces, tls13) == shown([whole], tls13)


def test_any_cut_of_damaged_bytes_says_the_same(seeded: random.Random) -> None:
    broken = 0
    for _ in range(3000):
        name = seeded.choice(RECORDINGS)
        data = bytearray(direction(name, seeded.randrange(2)))
        for _ in range(seeded.randrange(1, 6)):
            at = seeded.randrange(len(data))
            how = seeded.random()
            if how < 0.6:
                data[at] = seeded.choice((seeded.randrange(256), 0, 1, 2, 3, 20, 21, 22, 23, 255))
            elif how < 0.8:
                del data[at : at + seeded.randrange(1, 9)]
            else:
                data[at:at] = seeded.choice((CCS, alert(2, 40), finished(), HELLO, seeded.randbytes(3)))
        tls13 = seeded.random() < 0.3
        pieces = cut(bytes(data), [seeded.randrange(len(data) + 1) for _ in range(seeded.randrange(8))])
        at_once = shown([bytes(data)], tls13)
        assert shown(pieces, tls13) == at_once
        broken += any(kind == NOT_TLS for kind, *_ in at_once)
    assert 500 < broken < 2900


def test_any_bytes_and_gaps(seeded: random.Random) -> None:
    """A hole is told each time, and what is handed on is never more than what came."""
    whole = direction("scenario1", 1)
    for _ in range(1500):
        steps: list[bytes | int] = []
        for _ in range(seeded.randrange(1, 8)):
            if seeded.random() < 0.3:
                steps.append(seeded.choice((1, 2, 5, 100, 1 << 32)))
            else:
                low = seeded.randrange(len(whole))
                steps.append(whole[low : low + seeded.randrange(400)])
        listener = Listener()
        reader = TlsReader(0, listener, seeded.random() < 0.5)
        for frame, step in enumerate(steps, 1):
            if isinstance(step, int):
                reader.gap(step, "gone")
            else:
                reader.data(step, frame, frame)
        reader.close("over")
        holes = [each.length for each in listener.messages if each.kind == HOLE]
        assert holes == [step for step in steps if isinstance(step, int)]
        came = sum(len(step) for step in steps if isinstance(step, bytes))
        assert sum(len(each.body) for each in listener.messages) <= came


class Decryptor:
    """Wants every record of a certain length, and writes down what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[object, ...]] = []

    def wants(self, side: int, length: int) -> bool:
        return length < 50

    def sealed(self, message: Message, version: int, again: bool = False) -> None:
        self.got.append((message.kind, message.body, message.length, version, message.frames))

    def lost(self, side: int, length: int, reason: str) -> None:
        self.got.append((side, length, reason))


def test_records_of_ciphertext_go_to_the_decryptor() -> None:
    listener, decryptor = Listener(), Decryptor()
    reader = TlsReader(1, listener, decryptor=decryptor)
    short, long = record(23, bytes(40)), record(23, bytes(60))
    reader.data(HELLO + CCS + finished(40) + short[:10], 1, 1)
    reader.data(short[10:] + long + record(21, bytes(26)), 2, 2)
    reader.data(short[:10], 3, 3)
    reader.gap(100, "gone")
    assert [event(message) for message in listener.messages] == [
        ("message", 1, 1, None),
        ("ccs", 1),
        ("lost", "gone"),
    ]
    assert decryptor.got == [
        (HIDDEN, finished(40)[5:], 40, 0x0303, (1,)),
        (DATA, bytes(40), 40, 0x0303, (1, 2)),
        (DATA, b"", 60, 0x0303, ()),
        (HIDDEN_ALERT, bytes(26), 26, 0x0303, (2,)),
        # Not all of it was there, but what it was is known.
        (DATA, b"", 40, 0x0303, (3,)),
        (1, 100, "gone"),
    ]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (record(21, bytes(26)), [(HIDDEN_ALERT, 26)]),
        (finished(), [(HIDDEN, 40)]),
        (
            record(21, bytes(26)) + application_data() + finished(),
            [(HIDDEN_ALERT, 26), (HIDDEN, 40)],
        ),
        (record(21, bytes(26))[:9] + b"\x15", [(HIDDEN_ALERT, 26)]),
        (record(21, bytes(26)) + b"\x16\x03\x03", [(HIDDEN_ALERT, 26)]),
        (application_data() + finished(), []),
        (b"\x15\x02\x00\x00\x02\x01\x00", []),
        (b"\x15", []),
        (b"", []),
    ],
)
def test_late_records(data: bytes, found: list[tuple[int, int]]) -> None:
    late = read_late(1, data, 9, 90)
    assert [(each.kind, each.length) for each in late] == found
    assert all((each.side, each.frame, each.ts_ns, each.body) == (1, 9, 90, b"") for each in late)
