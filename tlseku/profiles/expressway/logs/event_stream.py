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

from tlseku.capture.feed import Readable
from tlseku.profiles.expressway.archive.lines import LONGEST_LINE, TextBlock, text_blocks
from tlseku.profiles.expressway.logs.candidates import Candidates
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
        self._events = self._run()

    def __iter__(self) -> Iterator[LogEvent]:
        return self

    def __next__(self) -> LogEvent:
        """The next event. Raises ``BundleError`` if the stream cannot be read on."""
        return next(self._events)

    def _run(self) -> Iterator[LogEvent]:
        for block in text_blocks(self._stream, self._name, self._longest):
            yield from self._events_of(block)
        if self._waiting is not None:
            yield from self._waiting.events()

    def _events_of(self, block: TextBlock) -> Iterator[LogEvent]:
        """The events that are over with a line of the block."""
        text, at, end = block.text, 0, len(block.text)
        candidates = Candidates(text)
        self.lines = block.number - 1
        while at <= end:
            if self._waiting is None or self._waiting.takes_no_line or text[at : at + 1].isspace():
                begin = candidates.next_from(at)
                self._pass_over(text.count("\n", at, begin) + (begin > end))
                if begin > end:
                    return
                at = begin
            line_end = text.find("\n", at)
            if line_end < 0:
                line_end = end
            line = text[at:line_end]
            ended = self._take(line if block.cut else line.removesuffix("\r"), block.cut)
            if ended is not None:
                yield from ended.events()
            at = line_end + 1

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
        self._waiting = _Waiting(self.lines, line, cut, prefix)
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

    __slots__ = ("_cut", "_joined", "_number", "_pieces", "_prefix", "_text", "continuation_lines")

    def __init__(self, number: int, text: str, cut: bool, prefix: re.Match[str] | None) -> None:
        self.continuation_lines = 0
        self._number = number
        self._text = text
        self._cut = cut
        self._joined = 0
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

    def events(self) -> Iterator[LogEvent]:
        """The events of the line; what followed belongs to the last one."""
        *others, last = self.pieces()
        for piece in others:
            yield event_of(piece, self._number, self._cut)
        yield event_of(last, self._number, self._cut, self.continuation_lines)
