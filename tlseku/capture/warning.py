"""What went wrong while a capture was read, without ending the reading of what was whole.

Knows a file name, an offset and a problem; must not know file formats. A damaged capture yields every packet
before the damage and then one such record that says where and why. The log is bounded, because a hostile
file can be wrong in every block.
"""

from __future__ import annotations

from tlseku._objects import frozen

MAX_WARNINGS_PER_FILE = 100
"""Enough to see a pattern, few enough to read. One more line then says that the rest is not listed."""


@frozen
class CaptureWarning:
    """A part of a capture that could not be read. ``str()`` of it is one line for a person.

    ``file`` is the name as the caller gave it, ``offset`` the byte offset in the (decompressed) capture, None
    where no offset applies, ``problem`` what was found there.
    """

    file: str
    offset: int | None
    problem: str

    def __str__(self) -> str:
        where = self.file if self.offset is None else f"{self.file}: offset {self.offset}"
        return f"{where}: {self.problem}"


class WarningLog:
    """Collects the warnings of a capture, at most ``MAX_WARNINGS_PER_FILE`` and one more for each file."""

    __slots__ = ("_counts", "entries")

    def __init__(self) -> None:
        self.entries: list[CaptureWarning] = []
        self._counts: dict[str, int] = {}

    def add(self, file: str, offset: int | None, problem: str) -> None:
        """Note a ``problem`` found at ``offset`` of ``file``."""
        count = self._counts.get(file, 0) + 1
        self._counts[file] = count
        if count <= MAX_WARNINGS_PER_FILE:
            self.entries.append(CaptureWarning(file, offset, problem))
        elif count == MAX_WARNINGS_PER_FILE + 1:
            self.entries.append(CaptureWarning(file, None, "there are more problems, which are not listed"))
