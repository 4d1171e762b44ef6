"""One direction: what is in clear, what is ciphertext, and where the turn is."""

from __future__ import annotations

import pytest

from tests.tls import written
from tests.tls.written import CCS, alert, application_data, client_hello, finished, handshake, record
from tlseku.tls.handshake import HandshakeMessage
from tlseku.tls.stream_reader import TlsStream


class Heard:
    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def handshake_message(self, side: int, message: HandshakeMessage) -> None:
        self.events.append(("message", message.type, message.frame, message.cut))

    def change_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        self.events.append(("ccs", frame))

    def alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        self.events.append(("alert", level, code, frame))

    def encrypted_record(self, side: int, content_type: int, length: int, frame: int, ts_ns: int) -> None:
        self.events.append(("encrypted", content_type, length, frame))

    def bytes_lost(self, side: int, reason: str) -> None:
        self.events.append(("lost", reason))

    def not_tls(self, side: int, frame: int) -> None:
        self.events.append(("not tls", frame))

    def record_version(self, side: int, version: int) -> None:
        self.events.append(("version", version))


def heard(*steps: bytes | int | str, searching: bool = False) -> list[tuple[object, ...]]:
    """Bytes (frames count from 1), gaps, ``tls13`` when that is agreed, ``close``."""
    listener = Heard()
    stream = TlsStream(0, listener, searching)
    for frame, step in enumerate(steps, 1):
        if isinstance(step, int):
            stream.gap(step, "gone")
        elif step == "tls13":
            stream.agreed_tls13()
        elif step == "close":
            stream.close("over")
        else:
            assert isinstance(step, bytes)
            stream.data(step, frame, frame)
    return [event for event in listener.events if event[0] != "version"]


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
