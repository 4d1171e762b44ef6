"""Times as RFC 3339 text, many of them close to each other.

Knows that times of one capture share their seconds; must not know how a second is written, which ``report.moments``
does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku.report.moments import THOUSANDTHS, rfc3339

if TYPE_CHECKING:
    from mypy_extensions import i64

_SECOND: Final = 1_000_000_000


class Moments:
    """Writes times. ``odd`` says that one had no text, being beyond the years 1 to 9999.

    ``after`` is what ``write`` puts behind each time."""

    __slots__ = ("_after", "_begin", "_start", "_tails", "odd")

    def __init__(self, after: str = "") -> None:
        self.odd = False
        # The second that was last asked for, in nanoseconds, and the text up to its fraction.
        self._begin = -_SECOND
        self._start = ""
        self._after = after
        self._tails = [f"{digits}Z{after}" for digits in THOUSANDTHS]
        self._turn_to(0)

    def text(self, ns: int) -> str:
        """The time as ``report.moments.rfc3339`` writes it; ``""`` if it has no text, which sets ``odd``."""
        since = ns - self._begin
        if since < 0 or since >= _SECOND:
            if not self._turn_to(ns):
                return ""
            since = ns - self._begin
        left: i64 = since
        micros: i64 = left // 1000
        millis: i64 = micros // 1000
        text = f"{self._start}{THOUSANDTHS[millis]}{THOUSANDTHS[micros - millis * 1000]}"
        nanos: i64 = left - micros * 1000
        return f"{text}{THOUSANDTHS[nanos]}Z" if nanos else f"{text}Z"

    def write(self, pieces: list[str], ns: int) -> None:
        """Append the same, and what comes behind it, to the pieces of a text."""
        since = ns - self._begin
        if since < 0 or since >= _SECOND:
            if not self._turn_to(ns):
                pieces.append(self._after)
                return
            since = ns - self._begin
        left: i64 = since
        micros: i64 = left // 1000
        millis: i64 = micros // 1000
        nanos: i64 = left - micros * 1000
        pieces.append(self._start)
        pieces.append(THOUSANDTHS[millis])
        if nanos:
            pieces.append(THOUSANDTHS[micros - millis * 1000])
            pieces.append(self._tails[nanos])
        else:
            pieces.append(self._tails[micros - millis * 1000])

    def _turn_to(self, ns: int) -> bool:
        """Have the text of a second at hand; False if it has none."""
        begin = ns // _SECOND * _SECOND
        text = rfc3339(begin)
        if text is None:
            self.odd = True
            return False
        self._begin = begin
        self._start = text[:-7]
        return True
