"""``tlseku.decryption.decrypted_messages``: messages across records, their frames, and the way back behind a gap."""

from __future__ import annotations

import pytest

from tests.tls.written import message
from tlseku.decryption.decrypted_messages import DecryptedMessages
from tlseku.tls.handshake import HandshakeMessage

CHAIN = message(11, b"c" * 300)
FINISHED = message(20, b"f" * 32)


def reader() -> tuple[DecryptedMessages, list[HandshakeMessage]]:
    found: list[HandshakeMessage] = []
    return DecryptedMessages(found.append), found


def seen(found: list[HandshakeMessage]) -> list[tuple[int, int, int, tuple[int, ...], str | None]]:
    return [(each.type, len(each.body), each.frame, each.frames, each.cut) for each in found]


def test_two_messages_of_one_record() -> None:
    messages, found = reader()
    messages.content(CHAIN + FINISHED, (3, 4), 4, 0)
    assert seen(found) == [(11, 300, 4, (3, 4), None), (20, 32, 4, (3, 4), None)]


def test_a_message_across_records_has_the_frames_of_all() -> None:
    messages, found = reader()
    messages.content(CHAIN[:100], (3, 4), 4, 0)
    messages.content(CHAIN[100:200], (4,), 4, 0)
    assert found == []
    messages.content(CHAIN[200:] + FINISHED, (5, 6), 6, 0)
    assert seen(found) == [(11, 300, 6, (3, 4, 5, 6), None), (20, 32, 6, (5, 6), None)]


def test_a_loss_cuts_what_is_not_complete() -> None:
    messages, found = reader()
    messages.content(CHAIN[:100], (3,), 3, 0)
    messages.lose("segment_lost")
    assert [(each.type, each.frames, each.cut) for each in found] == [(11, (3,), "segment_lost")]


@pytest.mark.parametrize(
    ("content", "found_again"),
    [
        (FINISHED, True),
        (CHAIN[:100], True),
        (message(11, b"")[:1] + b"\xff\xff\xff" + b"c" * 100, False),
        (FINISHED[:20], False),
        (b"\xee" * 300, False),
        (b"\x14\0", False),
    ],
)
def test_behind_a_gap_a_record_must_begin_with_a_message(content: bytes, found_again: bool) -> None:
    messages, found = reader()
    messages.lose("segment_lost")
    messages.content(content, (7,), 7, 0)
    messages.close("capture_ends")
    assert bool(found) is found_again


def test_closing_cuts_what_is_not_complete() -> None:
    messages, found = reader()
    messages.content(CHAIN[:100], (3,), 3, 0)
    messages.close("capture_ends")
    assert [(each.type, each.frames, each.cut) for each in found] == [(11, (3,), "capture_ends")]
