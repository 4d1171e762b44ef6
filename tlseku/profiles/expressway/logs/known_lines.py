"""Lines that were seen before but for their time and their values, made events without a search.

Knows that the text outside of quotes says which keys a line has, and that a log has few such texts; must not know what
an event means, nor how a line is cut that has not been seen. What is odd about a line (an escape, a quote that does not
close, a second event, no time in UTC) is not for this road: nothing comes out, and whoever asked reads it by itself.
"""

from __future__ import annotations

from typing import Final

from tlseku.profiles.expressway.logs.log_event import KeyPlaces, LogEvent, event_of, places_of
from tlseku.profiles.expressway.logs.log_fields import Piece, stamp, whole_line

_LONGEST: Final = 2000
"""Characters of a line up to which it is remembered what stands outside of its values."""

_MOST: Final = 1024
"""Different texts that are remembered; then it begins anew."""


class _Known:
    """What lines of one layout have in common: everything but time and values."""

    __slots__ = ("host", "keys", "names", "places", "process", "text")

    def __init__(self, piece: Piece) -> None:
        self.names = tuple([name for name, _ in piece.pairs])
        self.keys = piece.keys
        self.host = piece.host
        self.process = piece.process
        self.text = piece.text
        self.places: KeyPlaces = places_of(piece.keys, piece.process)


class KnownLines:
    """Layouts of lines by the text that stands outside of their values, first come, first kept."""

    __slots__ = ("_layouts",)

    def __init__(self) -> None:
        self._layouts: dict[str, _Known] = {}

    def event(self, line: str, number: int, continuation_lines: int) -> LogEvent | None:
        """The one event of a line that begins with a time in UTC; ``None`` where that takes a closer look."""
        if len(line) > _LONGEST or "\\" in line:
            return None
        parts = line.split('"')
        head = parts[0]
        blank = head.find(" ")
        time = stamp(head[:blank]) if blank > 0 else None
        if time is None or not len(parts) & 1:
            return None
        parts[0] = head[blank:]
        outside = '"'.join(parts[::2])
        known = self._layouts.get(outside)
        if known is None:
            piece = whole_line(line)
            if piece is None:
                return None
            if len(piece.pairs) != len(parts) >> 1:
                # Quotes of a text without keys, as web servers write it.
                return event_of(piece, number, False, continuation_lines)
            known = self._learnt(outside, piece)
        values = parts[1::2]
        fields = tuple(zip(known.names, values, strict=True))
        told = known.host, known.process, fields, known.text, known.keys
        return known.places.event(values, time, told, number, False, continuation_lines)

    def _learnt(self, outside: str, piece: Piece) -> _Known:
        if len(self._layouts) >= _MOST:
            self._layouts.clear()
        known = self._layouts[outside] = _Known(piece)
        return known
