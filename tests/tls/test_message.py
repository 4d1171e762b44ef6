"""``tlseku.tls.message``: one shape for all that a side says."""

from __future__ import annotations

import pytest

from tlseku.tls.handshake_types import CERTIFICATE, RECORD_ALERT, RECORD_ENCRYPTED_ALERT, SERVER_HELLO
from tlseku.tls.message import Message


@pytest.mark.parametrize(("carried", "frames"), [(None, (7,)), ((5, 7), (5, 7)), ((), ())])
def test_the_frames_that_carried_it(carried: tuple[int, ...] | None, frames: tuple[int, ...]) -> None:
    assert Message(1, SERVER_HELLO, 7, 70, b"x", 0, carried, None, False).frames == frames


@pytest.mark.parametrize(
    ("kind", "body", "level", "code"),
    [
        (RECORD_ALERT, b"\x02\x2b", 2, 43),
        (RECORD_ENCRYPTED_ALERT, b"", -1, -1),
        (SERVER_HELLO, b"\x03\x03", -1, -1),
    ],
)
def test_level_and_code_of_an_alert(kind: int, body: bytes, level: int, code: int) -> None:
    alert = Message(1, kind, 7, 70, body, 0, None, None, False)
    assert (alert.level, alert.code) == (level, code)


def test_the_same_message_with_another_body() -> None:
    message = Message(1, 25, 7, 70, b"compressed", 3, (5, 7), None, True)
    found = message.holding(CERTIFICATE, b"chain", "too long")
    assert (found.side, found.frame, found.ts_ns, found.length) == (1, 7, 70, 3)
    assert (found.kind, found.body, found.cut, found.frames, found.opened) == (
        CERTIFICATE,
        b"chain",
        "too long",
        (5, 7),
        True,
    )
    assert (message.kind, message.body, message.cut) == (25, b"compressed", None)
