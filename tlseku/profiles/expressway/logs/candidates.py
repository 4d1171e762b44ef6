"""Which lines of a block may begin an event: found by what such a line must have, without a look at the others.

Knows that an event's line begins with a date or is not indented and has a key with its quote; must not know whether it
is one. Most lines of a log are those of SIP bodies, which the searches of ``str`` pass over at once.
"""

from __future__ import annotations

import re

_DATE = re.compile(r"\d{4}-\d\d-\d\dT", re.A)
_DATED_LINE = re.compile(r"\n\d{4}-\d\d-\d\dT", re.A)


class Candidates:
    """The lines of ``text`` that may begin an event. ``at`` of ``next_from`` must not go back: then the whole block
    takes a time that is linear in its size."""

    __slots__ = ("_dated", "_none", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._none = len(text) + 1
        self._dated = -1

    def next_from(self, at: int) -> int:
        """Where the first such line from the line at ``at`` on begins; beyond the text where there is none."""
        text = self._text
        if self._dated < at:
            self._dated = at if _DATE.match(text, at) else self._next_dated(at)
        after = at
        while (key := text.find('="', after, self._dated)) >= 0:
            begin = max(text.rfind("\n", after, key) + 1, after)
            if not text[begin].isspace():
                return begin
            after = text.find("\n", key) + 1
            if after == 0:
                break
        return self._dated

    def _next_dated(self, at: int) -> int:
        found = _DATED_LINE.search(self._text, at)
        return self._none if found is None else found.start() + 1
