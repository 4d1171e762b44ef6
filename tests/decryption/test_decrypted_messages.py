"""``tlseku.decryption.decrypted_messages``: messages across records, their frames, and the way back behind a gap."""

from __future__ import annotations

import pytest

from tests.tls.written import message
from tlseku.decryption.decrypted_messages import DecryptedMessages
from tlseku.tls.handshake_types import RECORD_APPLICATION_DATA
from tlseku.tls.message import Message

CHAIN = message(11, b"c" * 300)
FINISHED = message(20, b"f" * 32)


def record(*frames: int) -> Message:
    """A record of ciphertext that ``frames`` carried."""
    return Message(0, RECORD_APPLICATION_DATA, frames[-1], 0, b"sealed", 6, frames, None, False)


def seen(*found: Message | None) -> list[tuple[int, int, int, tuple[int, ...], str | None]]:
    return [
        (each.kind, len(each.body), each.frame, each.frames, each.cut) for each in found if each is not None
    ]


def test_two_messages_of_one_record() -> None:
    found = DecryptedMessages(0).content(record(3, 4), CHAIN + FINISHED)
    assert seen(*found) == [(11, 300, 4, (3, 4), None), (20, 32, 4, (3, 4), None)]
    assert [each.opened for each in found] == [True, True]


def test_a_message_across_records_has_the_frames_of_all() -> None:
    messages = DecryptedMessages(0)
    assert messages.content(record(3, 4), CHAIN[:100]) == []
    assert messages.content(record(4), CHAIN[100:200]) == []
    found = messages.content(record(5, 6), CHAIN[200:] + FINISHED)
    assert seen(*found) == [(11, 300, 6, (3, 4, 5, 6), None), (20, 32, 6, (5, 6), None)]


def test_a_loss_cuts_what_is_not_complete() -> None:
    messages = DecryptedMessages(0)
    messages.content(record(3), CHAIN[:100])
    assert seen(messages.lose("segment_lost")) == [(11, 96, 3, (3,), "segment_lost")]
    assert messages.lose("segment_lost") is None


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
    messages = DecryptedMessages(0)
    messages.lose("segment_lost")
    found = seen(*messages.content(record(7), content), messages.close("capture_ends"))
    assert bool(found) is found_again


def test_closing_cuts_what_is_not_complete() -> None:
    messages = DecryptedMessages(0)
    messages.content(record(3), CHAIN[:100])
    assert seen(messages.close("capture_ends")) == [(11, 96, 3, (3,), "capture_ends")]
