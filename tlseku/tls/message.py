"""What one side of a TLS connection says, one thing at a time.

Knows what can be told of a handshake message, an alert, a ChangeCipherSpec, a record of ciphertext and a hole alike;
must not know how any of them is read, nor what it says. There is one shape for all of them, so that whoever reads them
(``tls.reader``), opens them (``decryption``), keeps them (``handshake``) and writes them says each thing once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlseku._build import mypyc_attr
from tlseku.tls.handshake_types import RECORD_ALERT

if TYPE_CHECKING:
    from mypy_extensions import i64


@mypyc_attr(acyclic=True)
class Message:
    """A message of ``side`` (0 or 1), or a hole in what it says.

    ``kind`` is a HandshakeType, or one of the numbers below 0 of ``tls.handshake_types``. ``frame`` is the frame by
    which all of it, of the record that holds its last byte and of what came before had come, which is where Wireshark
    shows it; ``ts_ns`` the time by which it had, in nanoseconds since 1970-01-01 UTC. ``body`` holds what follows the
    header of a handshake message, level and description of an alert, or the content of a record of ciphertext that is
    to be opened; ``length`` is that of a record of ciphertext, of one that is too long or of a hole in bytes, else 0.
    ``carried`` are the frames that carried it, None if that was ``frame`` alone. ``cut`` is None for a whole message,
    else why the rest is missing; ``opened`` says that it was encrypted and opened with the session's secrets. ``place``
    grows in the order in which it all came, where that is not the order in which it is told, else it is 0.
    """

    __slots__ = ("body", "carried", "cut", "frame", "kind", "length", "opened", "place", "side", "ts_ns")

    def __init__(
        self,
        side: i64,
        kind: i64,
        frame: i64,
        ts_ns: int,
        body: bytes,
        length: i64,
        carried: tuple[int, ...] | None,
        cut: str | None,
        opened: bool,
    ) -> None:
        self.side: i64 = side
        self.kind: i64 = kind
        self.frame: i64 = frame
        self.ts_ns = ts_ns
        self.body = body
        self.length: i64 = length
        self.carried = carried
        self.cut = cut
        self.opened = opened
        self.place: i64 = 0

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames that carried it."""
        return (self.frame,) if self.carried is None else self.carried

    @property
    def level(self) -> int:
        """The level of an alert (RFC 8446 section 6), -1 where it is encrypted."""
        return self.body[0] if self.kind == RECORD_ALERT else -1

    @property
    def code(self) -> int:
        """The AlertDescription of an alert, -1 where it is encrypted."""
        return self.body[1] if self.kind == RECORD_ALERT else -1

    def shown_at(self, frame: i64, ts_ns: int) -> None:
        """Its record was complete only in ``frame``, at ``ts_ns``."""
        if frame != self.frame:
            self.carried = self.frames
            self.frame = frame
            self.ts_ns = ts_ns

    def holding(self, kind: i64, body: bytes, cut: str | None) -> Message:
        """The same message with another kind, body and reason why the rest is missing."""
        held = Message(
            self.side, kind, self.frame, self.ts_ns, body, self.length, self.carried, cut, self.opened
        )
        held.place = self.place
        return held
