"""Times as RFC 3339 text, many of them close to each other.

Knows that times of one capture share their seconds; must not know how a second is written, which
``output.words.timestamps`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from librt.strings import BytesWriter

from tlseku.output.json.templates.digits import write_padded
from tlseku.output.words.timestamps import rfc3339

if TYPE_CHECKING:
    from mypy_extensions import i64

_SECOND: Final = 1_000_000_000


class Moments:
    """Writes times. ``odd`` says that one had no text, being beyond the years 1 to 9999."""

    __slots__ = ("_begin", "_start", "odd")

    def __init__(self) -> None:
        self.odd = False
        # The second that was last asked for, in nanoseconds, and the text up to its fraction.
        self._begin = -_SECOND
        self._start = b""
        self._turn_to(0)

    def write(self, out: BytesWriter, ns: int, after: bytes = b"Z") -> None:
        """Append the time as ``output.words.timestamps.rfc3339`` writes it, with its last letter and what else is
        to come ``after``; nothing if it has no text, which sets ``odd``."""
        since = ns - self._begin
        if since < 0 or since >= _SECOND:
            if not self._turn_to(ns):
                return
            since = ns - self._begin
        left: i64 = since
        micros: i64 = left // 1000
        nanos: i64 = left - micros * 1000
        out.write(self._start)
        write_padded(out, micros, 6)
        if nanos:
            write_padded(out, nanos, 3)
        out.write(after)

    def _turn_to(self, ns: int) -> bool:
        """Have the text of a second at hand; False if it has none."""
        begin = ns // _SECOND * _SECOND
        text = rfc3339(begin)
        if text is None:
            self.odd = True
            return False
        self._begin = begin
        self._start = text[:-7].encode()
        return True
