"""Times as RFC 3339 text, many of them close to each other.

Knows that times of one capture share their seconds; must not know how a second is written, which ``report.moments``
does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku.report.moments import rfc3339

if TYPE_CHECKING:
    from mypy_extensions import i64

_SECOND: Final = 1_000_000_000
# Three digits each, of which fractions are put together.
_THOUSANDTHS: Final = [f"{number:03d}" for number in range(1000)]


class Moments:
    """Writes times. ``odd`` says that one had no text, being beyond the years 1 to 9999."""

    __slots__ = ("_second", "_text", "odd")

    def __init__(self) -> None:
        self.odd = False
        self._second: i64 = -1
        self._text = ""

    def text(self, ns: int) -> str:
        """The time as ``report.moments.rfc3339`` writes it; ``""`` if it has no text, which sets ``odd``."""
        if ns < 0 or ns >> 63:
            return self._plainly(ns)
        left: i64 = ns
        second: i64 = left // _SECOND
        if second != self._second:
            text = rfc3339(second * _SECOND)
            if text is None:
                self.odd = True
                return ""
            self._second = second
            self._text = text[:-7]
        left -= second * _SECOND
        micros: i64 = left // 1000
        nanos: i64 = left - micros * 1000
        millis: i64 = micros // 1000
        micros -= millis * 1000
        if nanos:
            return f"{self._text}{_THOUSANDTHS[millis]}{_THOUSANDTHS[micros]}{_THOUSANDTHS[nanos]}Z"
        return f"{self._text}{_THOUSANDTHS[millis]}{_THOUSANDTHS[micros]}Z"

    def _plainly(self, ns: int) -> str:
        text = rfc3339(ns)
        if text is None:
            self.odd = True
            return ""
        return text
