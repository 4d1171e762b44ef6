"""From the captures that a user names to flows, with every problem told and none hiding the rest.

Knows ``tlseku.read`` and ``tlseku.scan`` and standard error; must not know formats or options. One unreadable
file among several does not keep the others from being reported: it is named on standard error, and
``Input.failed`` says so to whoever chooses the exit code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import tlseku
from tlseku.capture import Source, open_capture
from tlseku.cli.notices import complain, warn
from tlseku.cli.progress import Progress
from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.vantage import held_for_vantage


class Input:
    """The captures of one run, judged by ``rule_books`` in ``context``, paths completed with ``known_issuers``;
    ``secrets`` are key logs.

    ``failed`` is True when one of them could not be read; ``summary`` and ``warnings`` hold at the end.
    """

    def __init__(
        self,
        sources: Sequence[str],
        local: Sequence[str],
        merge: bool,
        rule_books: Sequence[RuleBook] = (),
        context: Context | None = None,
        known_issuers: KnownIssuers | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        self._secrets = tuple(secrets)
        self.failed = False
        self.summary = Summary()
        self.warnings: tuple[str, ...] = ()
        self._local = tuple(local)
        self._merge = merge
        self._rule_books = tuple(rule_books)
        self._context = context
        self._known_issuers = known_issuers
        self._on_error = None if len(sources) == 1 else self._go_on_after
        # A merged capture is opened as a whole, so what cannot be read must be known and left out before.
        self._sources = [source for source in sources if not merge or self._can_be_read(source)]

    @property
    def streams(self) -> bool:
        """Whether flows are better reported as they end than all together: from standard input."""
        return "-" in self._sources

    def flows(self) -> Sequence[Flow]:
        """All flows in the order of their numbers; without ``--local`` the vantage is inferred from them all.

        Raises ``CaptureError`` if the only capture cannot be read.
        """
        if not self._sources:
            return ()
        with Progress(self._sources) as progress:
            flows = tlseku.read(
                *self._watched(progress),
                local=self._local,
                merge=self._merge,
                on_error=self._on_error,
                rule_books=self._rule_books,
                context=self._context,
                known_issuers=self._known_issuers,
                secrets=self._secrets,
            )
        self.summary = flows.summary
        self.warnings = tuple(flows.warnings)
        warn(flows.warnings)
        return flows

    def flows_as_they_end(self) -> Iterator[Flow]:
        """Flows in the order in which they end. Raises ``CaptureError`` if the only capture cannot be read.

        Without ``--local`` the vantage is inferred, for which flows are held back; not those of standard input, which
        somebody may watch as they come.
        """
        if not self._sources:
            return
        with Progress(self._sources) as progress:
            scan = tlseku.scan(
                *self._watched(progress),
                local=self._local,
                merge=self._merge,
                on_error=self._on_error,
                rule_books=self._rule_books,
                context=self._context,
                known_issuers=self._known_issuers,
                secrets=self._secrets,
            )
            yield from scan if self._local or self.streams else held_for_vantage(scan, scan.finder)
        self.summary = scan.summary
        self.warnings = tuple(scan.warnings)
        warn(scan.warnings)

    def _watched(self, progress: Progress) -> list[Source]:
        return [progress.watched(source) for source in self._sources]

    def _can_be_read(self, source: str) -> bool:
        # Pipes can be read only once, so they cannot be tried; a single file speaks for itself.
        if self._on_error is None or source == "-" or (os.path.exists(source) and not os.path.isfile(source)):
            return True
        try:
            with open_capture(source) as capture:
                next(capture.batches(), None)
        except CaptureError as error:
            self._go_on_after(error)
            return False
        return True

    def _go_on_after(self, error: CaptureError) -> None:
        complain(str(error))
        self.failed = True
