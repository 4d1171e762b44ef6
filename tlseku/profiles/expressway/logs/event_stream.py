"""The event and diagnostic log (``loggingsnapshot_…txt``) as a stream of events.

Knows that indented lines (SIP bodies) go on with the event before, and that such lines may say anything, also what
looks like an event; must not know what an event means. Out come ``LogEvent`` values in the order of the file, each as
soon as the next one begins.

Memory is one line and its events. ``LogReader.lines`` and ``skipped_lines`` say what was read and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tlseku.capture.feed import Readable
from tlseku.profiles.expressway.archive.lines import LONGEST_LINE, text_lines
from tlseku.profiles.expressway.logs.log_event import LogEvent, event_of
from tlseku.profiles.expressway.logs.log_fields import pieces_of, starts_event


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
        waiting: LogEvent | None = None
        more = 0
        for line in text_lines(self._stream, self._name, self._longest):
            self.lines = line.number
            if not starts_event(line.text):
                if waiting is None:
                    self.skipped_lines += 1
                else:
                    more += 1
                continue
            if waiting is not None:
                yield replace(waiting, continuation_lines=more) if more else waiting
                waiting, more = None, 0
            for piece in pieces_of(line.text):
                if waiting is not None:
                    yield waiting
                waiting = event_of(piece, line.number, line.cut)
        if waiting is not None:
            yield replace(waiting, continuation_lines=more) if more else waiting
