"""Where a certificate shows, by its serial number: in captures, certificate files, logs and bundles.

Knows how files are searched, and the report; must not know layout, streams or options.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.data_frames.answer_columns import MATCHES
from tlseku.data_frames.columns import Column
from tlseku.output.answers.answer import Answer, row_of
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted
from tlseku.profiles.expressway.reports.match_report import match_lines, match_to_dict
from tlseku.profiles.expressway.serials.match_files import Searched, search
from tlseku.profiles.expressway.serials.serial_match import Sighting
from tlseku.x509.serial import Serial, read_serial


@dataclass(frozen=True, repr=False)
class SerialMatches(Answer):
    """Where a serial number was found. ``warning`` is about how it was spelt, None: nothing."""

    found: Searched

    @property
    def matches(self) -> tuple[Sighting, ...]:
        """Places whose serial number is equal as an integer: ``kind``, ``file``, ``at``, ``role`` and so on."""
        return self.found.matches

    @property
    def hints(self) -> tuple[Sighting, ...]:
        """Places whose serial number nearly agrees, which ``hint`` describes; given only where nothing matches."""
        return self.found.hints

    @property
    def warning(self) -> str | None:
        """What to tell somebody about the spelling of the serial number."""
        return self.found.wanted.warning

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a line each."""
        return self.found.problems

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/match/1``."""
        return match_to_dict(self.found)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return MATCHES

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each place, be it a match or a hint."""
        return map(_row, (*self.matches, *self.hints))

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku match`` prints them."""
        return match_lines(self.found, page)

    def in_one_line(self) -> str:
        """The number, and what was found."""
        hints = f", {counted(len(self.hints), 'hint')}" if self.hints else ""
        return f"{self.found.wanted.value:x}, {len(self.matches)} found{hints}"


def match(serial: str | Serial, *files: str | os.PathLike[str], secrets: Sequence[str] = ()) -> SerialMatches:
    """Search captures, certificate files, logs and bundles for a serial number in hexadecimal, in any spelling.

    ``secrets`` are key logs that open captures. Files that cannot be read are told in ``problems`` and take nothing
    else with them. Raises ValueError for what is no serial number.
    """
    wanted = read_serial(serial) if isinstance(serial, str) else serial
    if wanted is None:
        raise ValueError(f"{serial!r} is not a serial number in hexadecimal")
    return SerialMatches(search(wanted, [os.fspath(file) for file in files], secrets))


def _row(one: Sighting) -> tuple[object, ...]:
    ends = [None if end is None else f"{end.ip}:{end.port}" for end in (one.client, one.server)]
    return row_of(
        MATCHES,
        one.hint is None,
        one.kind,
        one.file,
        one.at,
        one.role,
        *ends,
        one.time,
        one.depth,
        f"{one.serial:x}",
        one.subject,
        one.issuer,
        one.sha256,
        one.hint,
    )
