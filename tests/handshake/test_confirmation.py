"""``tlseku.handshake.confirmation``: what is believed of a side whose beginning was not captured."""

from __future__ import annotations

import pytest

from tlseku.handshake.confirmation import MAX_HELD, Confirmation
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    NOT_TLS,
    RECORD_CHANGE_CIPHER_SPEC,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
)
from tlseku.tls.message import Message


def said(kind: int, *frames: int) -> Message:
    return Message(0, kind, frames[-1], 0, b"", 0, frames, None, False)


def told(*messages: Message, confirm: bool = False) -> tuple[list[int], int]:
    """The kinds that are handed on, and how many Certificates are told to be unread."""
    heard: list[int] = []
    unread: list[int] = []
    confirmation = Confirmation(lambda each: heard.append(each.kind), lambda: unread.append(1))
    for message in messages:
        confirmation.message(message)
    if confirm:
        confirmation.confirm()
    return heard, len(unread)


def test_what_one_frame_brought_is_told_at_once() -> None:
    assert told(said(CERTIFICATE, 4), said(NOT_TLS, 4)) == ([CERTIFICATE, NOT_TLS], 0)


@pytest.mark.parametrize("after", [(), (SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE)])
def test_what_something_else_follows_is_dropped(after: tuple[int, ...]) -> None:
    messages = [said(CERTIFICATE, 4, 5), *(said(kind, 5) for kind in after)]
    assert told(*messages, said(NOT_TLS, 5)) == ([NOT_TLS], 1)
    assert told(*messages) == ([], 0)
    assert told(*messages, confirm=True) == ([CERTIFICATE, *after], 0)


def test_a_record_confirms_what_is_before_it() -> None:
    assert told(said(CERTIFICATE, 4, 5), said(RECORD_CHANGE_CIPHER_SPEC, 6)) == (
        [CERTIFICATE, RECORD_CHANGE_CIPHER_SPEC],
        0,
    )


def test_only_certificates_are_told_to_be_unread() -> None:
    assert told(said(SERVER_KEY_EXCHANGE, 4, 5), said(NOT_TLS, 5)) == ([NOT_TLS], 0)


def test_no_more_is_held_than_that() -> None:
    heard, _ = told(*(said(SERVER_KEY_EXCHANGE, 4, 5) for _ in range(MAX_HELD + 1)))
    assert len(heard) == MAX_HELD + 1
