"""``tlseku.handshake.recorded_messages``: two directions joined, and how far a connection is followed after its handshake."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arrived import packed, unpacked
from tests.tls import written
from tlseku.handshake.following import MAX_FOLLOWED, MAX_FOLLOWED_ALONE
from tlseku.handshake.recorded_messages import MAX_TOLD, MAX_WITH_LATE, BothSides, RecordedMessages
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.tls.handshake_types import (
    NOT_TLS,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.message import Message

HELLO = written.client_hello()
SERVER = written.server_hello()
DONE = written.handshake(written.SERVER_HELLO_DONE)
KEY = bytes(12)


def side(*pieces: tuple[int, bytes]) -> Assembled:
    """What one side sent: frames, each a millisecond after the one before, and their bytes."""
    assembled = Assembled(100)
    for frame, piece in pieces:
        assembled.add(100 + assembled.size, piece, frame, frame * 1_000_000)
    assert assembled.sort()
    return assembled


def read_both(one: Assembled, other: Assembled) -> list[Message] | None:
    """What both say up to the end of the capture; None if it takes streams to read it."""
    both = BothSides()
    if not both.read(one, other, False):
        return None
    both.close("capture_ends")
    return both.messages


def said(one: Assembled, other: Assembled) -> list[tuple[int, int, int]] | None:
    """Frame, side and kind of all that was heard."""
    heard = read_both(one, other)
    return None if heard is None else [(each.frame, each.side, each.kind) for each in heard]


def test_both_sides_in_the_order_of_frames() -> None:
    client = side((1, HELLO), (4, written.CCS + written.finished()), (6, written.application_data()))
    server = side((2, SERVER), (3, DONE), (5, written.CCS + written.finished()))
    assert said(client, server) == [
        (1, 0, 1),
        (2, 1, 2),
        (3, 1, 14),
        (4, 0, RECORD_CHANGE_CIPHER_SPEC),
        (4, 0, RECORD_ENCRYPTED_HANDSHAKE),
        (5, 1, RECORD_CHANGE_CIPHER_SPEC),
        (5, 1, RECORD_ENCRYPTED_HANDSHAKE),
        (6, 0, RECORD_APPLICATION_DATA),
    ]


@given(st.lists(st.booleans(), max_size=20))
def test_any_turns_are_in_the_order_of_frames(turns: list[bool]) -> None:
    """Of alerts, which both may send at any time."""
    spoken = [False, True, *turns]
    pieces: tuple[list[tuple[int, bytes]], ...] = ([], [])
    for frame, is_server in enumerate(spoken, 1):
        first = (HELLO, SERVER)[is_server]
        pieces[is_server].append((frame, written.alert(1, 90) if pieces[is_server] else first))
    assert said(side(*pieces[0]), side(*pieces[1])) == [
        (1, 0, 1),
        (2, 1, 2),
        *((frame, int(is_server), RECORD_ALERT) for frame, is_server in enumerate(turns, 3)),
    ]


def test_a_server_that_was_not_seen() -> None:
    assert said(side((1, HELLO), (2, written.alert(2, 40))), side()) == [(1, 0, 1), (2, 0, RECORD_ALERT)]


RETRY = written.server_hello(written.TLS13_CHOSEN, random=written.HRR_RANDOM)
TLS13 = written.server_hello(written.TLS13_CHOSEN)


def test_a_second_hello_behind_a_change_cipher_spec_is_read_where_tls13_was_agreed_on() -> None:
    client = side((1, HELLO), (3, written.CCS + HELLO), (5, written.application_data()))
    server = side((2, RETRY), (4, written.CCS + TLS13 + written.application_data()))
    assert said(client, server) == [
        (1, 0, 1),
        (2, 1, 2),
        (3, 0, RECORD_CHANGE_CIPHER_SPEC),
        (3, 0, 1),
        (4, 1, RECORD_CHANGE_CIPHER_SPEC),
        (4, 1, 2),
        (4, 1, RECORD_APPLICATION_DATA),
        (5, 0, RECORD_APPLICATION_DATA),
    ]


@pytest.mark.parametrize(
    ("client", "server"),
    [
        # Nobody's hello first.
        (side(), side((2, SERVER))),
        (side((1, DONE)), side((2, SERVER))),
        # The answer before the question.
        (side((5, HELLO)), side((2, SERVER))),
        # A first message that is no whole hello.
        (side((1, HELLO[:-1])), side((2, SERVER))),
        # First bytes that do not tell enough.
        (side((1, HELLO)), side((2, SERVER[:5]), (3, SERVER[5:]))),
        # More than anybody says.
        (side((1, HELLO)), side((2, SERVER + DONE * 200))),
    ],
)
def test_what_takes_streams(client: Assembled, server: Assembled) -> None:
    assert said(client, server) is None


@pytest.mark.parametrize(
    ("client", "server", "last"),
    [
        # A second hello where TLS 1.3 was not agreed on.
        (side((1, HELLO), (3, written.CCS + HELLO)), side((2, SERVER)), (3, 0, 1, None)),
        # Broken records.
        (side((1, HELLO), (3, b"\x50\3\3\0\1a")), side((2, SERVER)), (3, 0, NOT_TLS, None)),
        (side((1, HELLO)), side((2, SERVER + written.record(22, b"") + DONE)), (2, 1, 14, None)),
        # A handshake message in clear before the agreement that would make it one.
        (side((1, HELLO), (2, written.CCS + HELLO)), side((3, RETRY)), (3, 1, 2, None)),
        # Amid a message.
        (side((1, HELLO)), side((2, SERVER + DONE[:-1])), (2, 1, 14, "capture_ends")),
    ],
)
def test_what_is_odd_is_read_as_well(
    client: Assembled, server: Assembled, last: tuple[int, int, int, str | None]
) -> None:
    found = read_both(client, server)
    assert found is not None
    assert (found[-1].frame, found[-1].side, found[-1].kind, found[-1].cut) == last


def test_of_bodies_those_that_somebody_reads_are_kept() -> None:
    flight = written.handshake(written.SERVER_KEY_EXCHANGE) + written.certificate(b"x") + DONE
    found = read_both(side((1, HELLO)), side((2, SERVER), (3, flight)))
    assert found is not None
    assert [(each.kind, each.body != b"") for each in found] == [
        (1, True), (2, True), (12, False), (11, True), (14, False),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [MAX_TOLD, MAX_TOLD + 1])
def test_application_data_kept_has_a_bound(count: int) -> None:
    more = written.CCS + written.application_data() * count + written.record(21, bytes(26))
    found = said(side((1, HELLO + more)), side((2, SERVER)))
    assert found is not None
    assert [kind for _, _, kind in found] == [
        1, RECORD_CHANGE_CIPHER_SPEC, *[RECORD_APPLICATION_DATA] * MAX_TOLD, RECORD_ENCRYPTED_ALERT, 2,
    ]  # fmt: skip


def test_the_log_is_told_everything_in_turn() -> None:
    client = side((1, HELLO), (4, written.CCS + written.finished()), (6, written.record(21, bytes(26))))
    server = side((2, SERVER + DONE), (5, written.alert(2, 42)))
    heard = read_both(client, server)
    assert heard is not None
    recorded = RecordedMessages(Connection(KEY, 1, 0), 7, heard)
    recorded.how, recorded.end_ts = "fin", 9
    talk = recorded.message_log()
    assert (talk.number, talk.ended_how, talk.end_ts) == (7, "fin", 9)
    assert [(each.frame, each.side) for each in talk.said] == [
        (1, 0), (2, 1), (2, 1), (4, 0), (4, 0), (5, 1), (6, 0),
    ]  # fmt: skip
    assert [(each.frame, each.side, each.code) for each in talk.alerts] == [(5, 1, 42), (6, 0, -1)]


def test_the_kind_of_an_encrypted_alert() -> None:
    client = side((1, HELLO), (4, written.CCS + written.finished() + written.record(21, bytes(26))))
    found = said(client, side((2, SERVER)))
    assert found is not None
    assert found[-1] == (4, 0, RECORD_ENCRYPTED_ALERT)


LONG = MAX_FOLLOWED // 4


def followed(client: Assembled, server: Assembled) -> int:
    """The last frame of what was followed, -1 if that was not enough."""
    both = BothSides()
    assert both.read(client, server, False)
    return max(each.frame for each in both.messages) if both.is_enough else -1


def data(*frames: int, length: int = LONG) -> Sequence[tuple[int, bytes]]:
    return [(frame, written.application_data(length)) for frame in frames]


BOTH_READY = written.CCS + written.finished()


def test_enough_was_followed_where_the_limit_is_passed() -> None:
    server = side((2, SERVER), (4, BOTH_READY))
    assert followed(side((1, HELLO), (3, BOTH_READY), *data(5, 6, 7, 8, 9)), server) == 8
    assert followed(side((1, HELLO), (3, BOTH_READY), *data(5, 6, 7)), server) == -1


def test_a_side_that_speaks_alone_is_followed_for_longer() -> None:
    length = MAX_FOLLOWED_ALONE // 20
    client = side((1, HELLO), (3, BOTH_READY), *data(*range(5, 30), length=length))
    assert followed(client, side((2, SERVER))) == 24
    assert followed(client, side((2, SERVER), (4, BOTH_READY))) == 6


def test_what_comes_before_application_data_is_not_counted() -> None:
    client = side((1, HELLO), (3, BOTH_READY), *[(frame, written.finished(4000)) for frame in range(5, 12)])
    assert followed(client, side((2, SERVER), (4, BOTH_READY))) == -1


def test_behind_what_was_enough_alerts_and_handshake_records_are_told() -> None:
    more = [(9, written.record(21, bytes(26))), (10, written.application_data()), (11, written.finished())]
    client = side((1, HELLO), (3, BOTH_READY), *data(5, 6, 7, 8), *more)
    both = BothSides()
    assert both.read(client, side((2, SERVER), (4, BOTH_READY)), True)
    assert [(each.frame, each.kind) for each in both.messages[-3:]] == [
        (8, RECORD_APPLICATION_DATA),
        (9, RECORD_ENCRYPTED_ALERT),
        (11, RECORD_ENCRYPTED_HANDSHAKE),
    ]
    both.late(1, written.record(21, bytes(30)), 12, 0)
    assert [(each.side, each.length) for each in both.messages[-1:]] == [(1, 30)]
    for frame in range(2 * MAX_WITH_LATE):
        both.late(0, written.finished(), frame, 0)
    assert len(both.messages) == MAX_WITH_LATE


def test_of_two_pieces_that_come_into_order_at_once_the_first_may_be_enough() -> None:
    client = side((1, HELLO), (3, BOTH_READY), *data(5, 6, 7, 8, 9))
    client.until = packed(
        [
            (frame, ts_ns)
            for frame, (_, ts_ns) in zip([1, 3, 5, 6, 7, 9, 9], unpacked(client.until), strict=True)
        ]
    )
    assert followed(client, side((2, SERVER), (4, BOTH_READY))) == 8
