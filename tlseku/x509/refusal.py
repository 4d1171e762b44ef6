"""How a reader of certificates says that it cannot go on.

Knows only the words. It never leaves the package: ``reading`` turns it into a defect and asks the next reader.
"""

from __future__ import annotations

LONGEST_REASON = 160
"""Characters of a library's message that are kept."""


class Refused(Exception):
    """A reader cannot make a certificate of these bytes; ``str()`` of it is one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


def one_line(error: BaseException | str) -> str:
    """What a library or a warning said, on one line of bounded length; its type where it said nothing."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"
