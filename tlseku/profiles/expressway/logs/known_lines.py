"""Lines that were seen before but for their time and their values, made events without a search.

Knows that the text outside of quotes says which keys a line has and whether it goes on with the line before, and that
a log has few such texts; must not know what an event means, nor how a line is cut that has not been seen. What is odd
about a line (an escape, a quote that does not close, a second event, no time in UTC) is not for this road: nothing
comes out, and whoever asked reads it by itself.
"""

from __future__ import annotations

from typing import Final

from tlseku.profiles.expressway.logs.log_event import Layout, LogEvent, layout_of
from tlseku.profiles.expressway.logs.log_fields import leading_keys, stamp, whole_line

_LONGEST: Final = 2000
"""Characters of a line up to which it is remembered what stands outside of its values."""

_MOST = 1024
"""Different texts that are remembered; then it begins anew."""


class _Known:
    """What lines of one layout have in common, and what becomes of it with each text that followed such a line: the
    layout of both together, ``None`` where that takes a closer look."""

    __slots__ = ("followed", "layout")

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.followed: dict[str, _Known | None] = {}


class Begun:
    """A line that begins an event, and the lines that went on with it so far, ``joined`` of them. ``number`` is that of
    the line, ``time`` that of its prefix; ``continuation_lines`` follow."""

    __slots__ = ("_known", "_lines", "_values", "continuation_lines", "joined", "length", "number", "time")

    def __init__(
        self,
        known: _Known,
        values: list[str],
        time: int | None,
        line: str,
        number: int,
        continuation_lines: int,
    ) -> None:
        self._known = known
        self._values = values
        self._lines = [line]
        self.time = time
        self.number = number
        self.continuation_lines = continuation_lines
        self.joined = 0
        self.length = len(line)

    @property
    def text(self) -> str:
        """All lines as one."""
        text, *others = self._lines
        for line in others:
            text = f"{text.rstrip()} {line}"
        return text

    def event(self) -> LogEvent:
        """What the lines say."""
        return self._known.layout.event(self._values, self.time, self.number, False, self.continuation_lines)


class KnownLines:
    """Layouts of lines by the text that stands outside of their values, first come, first kept."""

    __slots__ = ("_count", "_layouts")

    def __init__(self) -> None:
        self._layouts: dict[str, _Known] = {}
        self._count = 0

    def begun(self, line: str, parts: list[str], number: int, continuation_lines: int) -> Begun | None:
        """The one event of a line that begins with a time in UTC and was parted at its quotes; ``None`` where that
        takes a closer look."""
        if len(line) > _LONGEST or not len(parts) & 1 or "\\" in line:
            return None
        head = parts[0]
        blank = head.find(" ")
        time = stamp(head[:blank]) if blank > 0 else None
        if time is None:
            return None
        outside = '"'.join([head[blank:], *parts[2::2]])
        known = self._layouts.get(outside)
        if known is None:
            piece = whole_line(line)
            if piece is None:
                return None
            known = _Known(layout_of(piece))
            if len(piece.pairs) != len(parts) >> 1:
                # Quotes of a text without keys, as web servers write it.
                return Begun(known, [], time, line, number, continuation_lines)
            if self._has_room():
                self._layouts[outside] = known
        return Begun(known, parts[1::2], time, line, number, continuation_lines)

    def goes_on(self, begun: Begun, line: str, parts: list[str], continuation_lines: int) -> bool:
        """Whether a line that was parted at its quotes, and has no prefix, is the rest of an event, which then has it;
        False also where that takes a closer look."""
        if not len(parts) & 1 or begun.length + len(line) > _LONGEST or "\\" in line:
            return False
        outside = '"'.join(parts[::2])
        followed = begun._known.followed
        if outside not in followed:
            if not self._has_room():
                return False
            followed[outside] = self._together(begun, line, parts)
        known = followed[outside]
        if known is None:
            return False
        begun._known = known
        begun._values += parts[1::2]
        begun._lines.append(line)
        begun.joined += 1
        begun.length += len(line) + 1
        begun.continuation_lines = continuation_lines
        return True

    def _together(self, begun: Begun, line: str, parts: list[str]) -> _Known | None:
        own, keys = begun._known.layout.keys, leading_keys(line, parts)
        if not own or not keys or not set(own).isdisjoint(keys):
            return None
        piece = whole_line(f"{begun.text.rstrip()} {line}")
        if piece is None or len(piece.pairs) != len(begun._values) + (len(parts) >> 1):
            return None
        return _Known(layout_of(piece))

    def _has_room(self) -> bool:
        """Whether one more may be remembered; all are forgotten where it may not."""
        self._count += 1
        if self._count > _MOST:
            self._layouts.clear()
            self._count = 0
        return self._count > 0
