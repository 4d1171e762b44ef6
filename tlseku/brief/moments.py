"""Times as RFC 3339 text, many of them close to each other.

Knows that times of one capture share their seconds; must not know how a second is written, which ``report.moments``
does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku.report.moments import rfc3339

if TYPE_CHECKING:
    from mypy_extensions import i64

# Three digits each, of which fractions are put together.
_THOUSANDTHS: Final = [f"{number:03d}" for number in range(1000)]


class Moments:
    """Writes times. ``odd`` says that one had no text, being beyond the years 1 to 9999.

    ``after`` is what ``write`` puts behind each time."""

    __slots__ = ("_after", "_milli", "_start", "_tails", "odd")

    def __init__(self, after: str = "") -> None:
        self.odd = False
        # The thousandth of a second that was last asked for, and the text up to it.
        self._milli: i64 = -1
        self._start = ""
        self._after = after
        self._tails = [f"{digits}Z{after}" for digits in _THOUSANDTHS]

    def text(self, ns: int) -> str:
        """The time as ``report.moments.rfc3339`` writes it; ``""`` if it has no text, which sets ``odd``."""
        pieces: list[str] = []
        self.write(pieces, ns)
        return "".join(pieces)[: -len(self._after)] if self._after else "".join(pieces)

    def write(self, pieces: list[str], ns: int) -> None:
        """Append the same, and what comes behind it, to the pieces of a text."""
        if ns < 0 or ns >> 63:
            pieces.append(f"{self._plainly(ns)}{self._after}")
            return
        left: i64 = ns
        milli: i64 = left // 1_000_000
        if milli != self._milli:
            text = rfc3339(milli * 1_000_000)
            if text is None:
                self.odd = True
                pieces.append(self._after)
                return
            self._milli = milli
            self._start = text[:-4]
        left -= milli * 1_000_000
        micros: i64 = left // 1000
        nanos: i64 = left - micros * 1000
        pieces.append(self._start)
        if nanos:
            pieces.append(_THOUSANDTHS[micros])
            pieces.append(self._tails[nanos])
        else:
            pieces.append(self._tails[micros])

    def _plainly(self, ns: int) -> str:
        text = rfc3339(ns)
        if text is None:
            self.odd = True
            return ""
        return text
