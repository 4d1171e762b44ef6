"""The event and diagnostic log (``loggingsnapshot_…txt``) as a stream of events.

Knows that indented lines (SIP bodies) go on with the event before, and that such lines may say anything, also what
looks like an event, and that documents print an event on several lines; must not know what an event means. Out come
``LogEvent`` values in the order of the file, each as soon as the next one begins.

Memory is one line and its events. ``LogReader.lines`` and ``skipped_lines`` say what was read and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.capture.feed import Readable
from tlseku.profiles.expressway.archive.lines import LONGEST_LINE, TextLine, text_lines
from tlseku.profiles.expressway.logs.log_event import LogEvent, event_of
from tlseku.profiles.expressway.logs.log_fields import Piece, goes_on, pieces_of, starts_event

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
        self._events = self._run()

    def __iter__(self) -> Iterator[LogEvent]:
        return self

    def __next__(self) -> LogEvent:
        """The next event. Raises ``BundleError`` if the stream cannot be read on."""
        return next(self._events)

    def _run(self) -> Iterator[LogEvent]:
        waiting: _Waiting | None = None
        for line in text_lines(self._stream, self._name, self._longest):
            self.lines = line.number
            if waiting is not None and (not line.text or line.text[0].isspace()):
                # Most lines of a log are those of SIP bodies.
                waiting.continuation_lines += 1
            elif waiting is not None and waiting.goes_on_in(line.text, self._longest):
                waiting.join(line)
            elif not starts_event(line.text):
                if waiting is None:
                    self.skipped_lines += 1
                else:
                    waiting.continuation_lines += 1
            else:
                if waiting is not None:
                    yield from waiting.events()
                waiting = _Waiting(line)
        if waiting is not None:
            yield from waiting.events()


class _Waiting:
    """The line of an event that may go on: its text, and the lines that followed it."""

    def __init__(self, line: TextLine) -> None:
        self.continuation_lines = 0
        self._number = line.number
        self._text = line.text
        self._cut = line.cut
        self._joined = 0

    def goes_on_in(self, line: str, longest: int) -> bool:
        """Whether ``line`` is the rest of this one, wrapped as documents print it: it is not indented, has no prefix,
        and either a value is still open or it goes on with keys that this event does not have yet."""
        if self.continuation_lines or self._joined >= MOST_JOINED or len(self._text) + len(line) >= longest:
            return False
        return goes_on(self._text, line)

    def join(self, line: TextLine) -> None:
        """Take the line in."""
        self._text = f"{self._text.rstrip()} {line.text}"
        self._cut = self._cut or line.cut
        self._joined += 1

    def events(self) -> Iterator[LogEvent]:
        """The events of the line; what followed belongs to the last one."""
        last: Piece | None = None
        for piece in pieces_of(self._text):
            if last is not None:
                yield event_of(last, self._number, self._cut)
            last = piece
        if last is not None:
            yield event_of(last, self._number, self._cut, self.continuation_lines)
