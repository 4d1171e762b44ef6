"""The event and diagnostic log (``loggingsnapshot_…txt``) as a stream of events.

Knows that indented lines (SIP bodies) go on with the event before, and that such lines may say anything, also what
looks like an event, and that documents print an event on several lines; must not know what an event means. Out come
``LogEvent`` values in the order of the file, each as soon as the next one begins.

Memory is one block of lines and the events of a line. ``LogReader.lines`` and ``skipped_lines`` say what was read and
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from tlseku.capture.feed import Readable
from tlseku.profiles.expressway.archive.lines import LONGEST_LINE, TextBlock, text_blocks
from tlseku.profiles.expressway.logs.candidates import parted
from tlseku.profiles.expressway.logs.known_lines import Begun, KnownLines
from tlseku.profiles.expressway.logs.log_event import LogEvent, event_of
from tlseku.profiles.expressway.logs.log_fields import Piece, goes_on, has_starting_key, pieces_of, prefix_of

MOST_JOINED = 8
"""Lines that are joined to one event; documents wrap one into three or four."""


class LogReader:
    """An iterator over the events of a log. ``lines`` were read so far; of them ``skipped_lines`` belong to no event:
    they stand before the first."""

    def __init__(self, stream: Readable, name: str = "<log>", longest_line: int = LONGEST_LINE) -> None:
        self.lines = 0
        self.skipped_lines = 0
        self._stream = stream
        self._name = name
        self._longest = longest_line
        self._waiting: _Waiting | None = None
        self._known = KnownLines()
        self._events = chain.from_iterable(self.batches())

    def __iter__(self) -> Iterator[LogEvent]:
        return self._events

    def __next__(self) -> LogEvent:
        """The next event. Raises ``BundleError`` if the stream cannot be read on."""
        return next(self._events)

    def batches(self) -> Iterator[list[LogEvent]]:
        """The same events, in the lists in which they come. Raises ``BundleError`` if the stream cannot be read on."""
        for block in text_blocks(self._stream, self._name, self._longest):
            yield self._events_of(block)
        if self._waiting is not None:
            yield self._waiting.events()

    def _events_of(self, block: TextBlock) -> list[LogEvent]:
        """The events that are over with a line of the block."""
        self.lines = block.number - 1
        *parts, last = (block.text,) if block.cut else parted(block.text)
        known = self._known
        found: list[LogEvent] = []
        # What comes next may be the rest of a wrapped line.
        held: Begun | None = None
        for part in parts:
            end = part.find("\n")
            line, more = part, 0
            if end >= 0:
                # The first line may go on with the next, if that is not indented.
                goes_on = end + 1 < len(part) and not part[end + 1].isspace()
                line, more = part[:end], -1 if goes_on else part.count("\n", end)
            if more >= 0:
                line = line.removesuffix("\r")
                texts = line.split('"')
                begun = known.begun(line, texts, self.lines + 1, more)
                if begun is not None:
                    if held is not None:
                        found.append(held.event())
                    elif self._waiting is not None:
                        found += self._waiting.events()
                        self._waiting = None
                    held = begun
                    self.lines += 1 + more
                    continue
                if held is not None and self._is_joined(held, line, texts, more):
                    self.lines += 1 + more
                    continue
            if held is not None:
                self._waiting = _waiting_with(known, held)
                held = None
            found += self._take_part(part, False)
        if held is not None:
            self._waiting = _waiting_with(known, held)
        found += self._take_part(last, block.cut)
        return found

    def _is_joined(self, held: Begun, line: str, texts: list[str], more: int) -> bool:
        if held.continuation_lines or held.joined >= MOST_JOINED or held.length + len(line) >= self._longest:
            return False
        # A line with a prefix, a date first, begins an event of its own, and a blank one is only counted.
        if not line or line[0].isspace() or line[0].isdigit():
            return False
        return self._known.goes_on(held, line, texts, more)

    def _take_part(self, part: str, cut: bool) -> list[LogEvent]:
        """Take in lines of which none but the first begins an event; the events that are over with that."""
        found: list[LogEvent] = []
        at, end = 0, len(part)
        while at <= end:
            is_blank = at == end or part[at].isspace()
            if is_blank or (at and (self._waiting is None or self._waiting.takes_no_line)):
                self._pass_over(part.count("\n", at) + 1)
                break
            line_end = part.find("\n", at)
            if line_end < 0:
                line_end = end
            line = part[at:line_end]
            ended = self._take(line if cut else line.removesuffix("\r"), cut)
            if ended is not None:
                found += ended.events()
            at = line_end + 1
        return found

    def _take(self, line: str, cut: bool) -> _Waiting | None:
        """Take one line in that is not indented; what waited before it, if this begins an event."""
        waiting, prefix = self._waiting, prefix_of(line)
        if prefix is None and waiting is not None and waiting.is_wrapped_to(line, self._longest):
            self.lines += 1
            waiting.join(line, cut)
            return None
        if prefix is None and not has_starting_key(line):
            self._pass_over(1)
            return None
        self.lines += 1
        self._waiting = _Waiting(self._known, self.lines, line, cut, prefix)
        return waiting

    def _pass_over(self, lines: int) -> None:
        """Count lines that go on with the event before, if there is one."""
        self.lines += lines
        if self._waiting is None:
            self.skipped_lines += lines
        else:
            self._waiting.continuation_lines += lines


class _Waiting:
    """The line of an event that may go on: its text, and the lines that followed it."""

    __slots__ = ("_cut", "_joined", "_known", "_number", "_pieces", "_prefix", "_text", "continuation_lines")

    def __init__(
        self,
        known: KnownLines,
        number: int,
        text: str,
        cut: bool,
        prefix: re.Match[str] | None,
        joined: int = 0,
    ) -> None:
        self.continuation_lines = 0
        self._known = known
        self._number = number
        self._text = text
        self._cut = cut
        self._joined = joined
        self._prefix = prefix
        self._pieces: list[Piece] | None = None

    @property
    def takes_no_line(self) -> bool:
        """Whether whatever follows either begins an event or is only counted."""
        return self.continuation_lines > 0 or self._joined >= MOST_JOINED

    def is_wrapped_to(self, line: str, longest: int) -> bool:
        """Whether ``line`` is the rest of this one, wrapped as documents print it: either a value is still open or
        it goes on with keys that this event does not have yet."""
        if self.takes_no_line or len(self._text) + len(line) >= longest:
            return False
        return goes_on(self.pieces, line)

    def join(self, line: str, cut: bool) -> None:
        """Take the line in."""
        self._text = f"{self._text.rstrip()} {line}"
        self._cut = self._cut or cut
        self._joined += 1
        self._prefix = self._pieces = None

    def pieces(self) -> list[Piece]:
        """The events' parts of the line, at least one."""
        if self._pieces is None:
            self._pieces = list(pieces_of(self._text, self._prefix))
        return self._pieces

    def events(self) -> list[LogEvent]:
        """The events of the line; what followed belongs to the last one."""
        if not self._cut:
            begun = self._known.begun(
                self._text, self._text.split('"'), self._number, self.continuation_lines
            )
            if begun is not None:
                return [begun.event()]
        *others, last = self.pieces()
        found = [event_of(piece, self._number, self._cut) for piece in others]
        found.append(event_of(last, self._number, self._cut, self.continuation_lines))
        return found


def _waiting_with(known: KnownLines, begun: Begun) -> _Waiting:
    """Let a line wait that was read already."""
    waiting = _Waiting(known, begun.number, begun.text, False, None, begun.joined)
    waiting.continuation_lines = begun.continuation_lines
    return waiting
