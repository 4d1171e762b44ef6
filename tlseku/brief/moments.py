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
    """Writes times. ``odd`` says that one had no text, being beyond the years 1 to 9999.

    ``after`` is what ``write`` puts behind each time."""

    __slots__ = ("_after", "_second", "_start", "_tails", "odd")

    def __init__(self, after: str = "") -> None:
        self.odd = False
        # The second that was last asked for, and the text up to its fraction.
        self._second: i64 = -1
        self._start = ""
        self._after = after
        self._tails = [f"{digits}Z{after}" for digits in _THOUSANDTHS]

    def text(self, ns: int) -> str:
        """The time as ``report.moments.rfc3339`` writes it; ``""`` if it has no text, which sets ``odd``."""
        if ns < 0 or ns >> 63 or not self._is_begun(ns):
            return self._plainly(ns)
        left: i64 = ns
        left -= self._second * _SECOND
        micros: i64 = left // 1000
        if left - micros * 1000:
            return self._plainly(ns)
        millis: i64 = micros // 1000
        return f"{self._start}{_THOUSANDTHS[millis]}{_THOUSANDTHS[micros - millis * 1000]}Z"

    def write(self, pieces: list[str], ns: int) -> None:
        """Append the same, and what comes behind it, to the pieces of a text."""
        if ns < 0 or ns >> 63 or not self._is_begun(ns):
            pieces.append(f"{self._plainly(ns)}{self._after}")
            return
        left: i64 = ns
        left -= self._second * _SECOND
        micros: i64 = left // 1000
        nanos: i64 = left - micros * 1000
        millis: i64 = micros // 1000
        pieces.append(self._start)
        pieces.append(_THOUSANDTHS[millis])
        if nanos:
            pieces.append(_THOUSANDTHS[micros - millis * 1000])
            pieces.append(self._tails[nanos])
        else:
            pieces.append(self._tails[micros - millis * 1000])

    def _is_begun(self, ns: int) -> bool:
        """Have the text of a second at hand; False if it has none."""
        left: i64 = ns
        second: i64 = left // _SECOND
        if second != self._second:
            text = rfc3339(second * _SECOND)
            if text is None:
                return False
            self._second = second
            self._start = text[:-7]
        return True

    def _plainly(self, ns: int) -> str:
        text = rfc3339(ns)
        if text is None:
            self.odd = True
            return ""
        return text
