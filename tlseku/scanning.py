"""Captures in, flows out: what most users call.

Joins ``capture`` (files to batches) with ``analyzer`` (batches to flows); must not know formats or TLS. ``scan``
streams flows as they end, ``read`` gives them all, in the order of their numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from tlseku.analyzer import Analyzer
from tlseku.capture import Capture, Source, open_capture, open_merged
from tlseku.capture.secrets_ahead import secrets_ahead
from tlseku.data_frames.tabular import Tabular
from tlseku.display import Displayed
from tlseku.errors import CaptureError
from tlseku.events import Event, FlowEnded
from tlseku.flow import Flow, Summary
from tlseku.key_logs import KeyLogs, SecretSource
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook, Shelf
from tlseku.vantage import Vantage, VantageFinder, apply_found

OnError = Callable[[CaptureError], None]


class Scan(Tabular):
    """An iterator over the flows of captures, as they end.

    ``summary`` and ``warnings`` (one line each) are about what was read so far. Iterating raises ``CaptureError`` for a
    capture that cannot be read at all, unless ``on_error`` takes it; then the next capture follows.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        local: Sequence[str],
        merge: bool,
        on_error: OnError | None = None,
        shelf: Shelf | None = None,
        known_issuers: KnownIssuers | None = None,
        secrets: Sequence[SecretSource] = (),
    ) -> None:
        self.warnings: list[str] = []
        self._secrets = tuple(secrets)
        self._key_logs = KeyLogs()
        self.finder = VantageFinder()
        self._sources = sources
        self._local = tuple(local)
        self._merge = merge
        self._on_error = on_error
        self._shelf = Shelf() if shelf is None else shelf
        self._known_issuers = known_issuers
        self._done = Summary()
        self._reading: tuple[Analyzer, Capture] | None = None
        # A wrong word in ``local`` is the caller's mistake, to be told before anything is read.
        Vantage(self._local)
        self._flows = self._run()

    def __iter__(self) -> Iterator[Flow]:
        return self

    def __next__(self) -> Flow:
        return next(self._flows)

    @property
    def summary(self) -> Summary:
        """What was read so far, over all captures."""
        if self._reading is None:
            return self._done
        analyzer, capture = self._reading
        return add_summaries(self._done, replace(analyzer.summary, bytes=capture.bytes_read))

    def _run(self) -> Iterator[Flow]:
        self._key_logs = KeyLogs(self._secrets)
        try:
            if self._merge and len(self._sources) > 1:
                yield from self._gently(self._sources, lambda: open_merged(self._sources))
                return
            for source in self._sources:
                yield from self._gently([source], lambda source=source: open_capture(source))  # type: ignore[misc]
        finally:
            self.warnings += self._key_logs.close()

    def _gently(self, sources: Sequence[Source], opener: Callable[[], Capture]) -> Iterator[Flow]:
        try:
            with opener() as capture:
                for source, name in zip(sources, capture.names, strict=True):
                    self._key_logs.add_blocks(secrets_ahead(source), name)
                yield from self._read(capture)
        except CaptureError as error:
            if self._on_error is None:
                raise
            self._on_error(error)

    def _read(self, capture: Capture) -> Iterator[Flow]:
        analyzer = Analyzer(
            local=self._local,
            only_ends=True,
            files=capture.names,
            first_number=self._done.flows + 1,
            known_issuers=self._known_issuers,
        )
        self._reading = analyzer, capture
        analyzer.found = self.finder
        analyzer.shelf = self._shelf
        try:
            for batch in capture.batches():
                self._add_secrets(analyzer, capture)
                yield from _ended(analyzer.feed_batch(batch))
            yield from _ended(analyzer.close())
        finally:
            self._done = self.summary
            self._reading = None
            self.warnings += map(str, capture.warnings)

    def _add_secrets(self, analyzer: Analyzer, capture: Capture) -> None:
        """What key logs and the capture have told since: secrets must come before the packets that they unlock."""
        logs = self._key_logs
        if self._secrets:
            logs.refresh()
        if capture.secrets:
            logs.add_blocks(capture.secrets, capture.names[0])
        if self._secrets or len(logs.store):
            analyzer.secrets = logs.store


class Flows(Displayed, Tabular, Sequence[Flow]):
    """All flows of captures, in the order of their numbers; ``summary`` and ``warnings`` say what was read."""

    def __init__(self, flows: Sequence[Flow], summary: Summary, warnings: Sequence[str]) -> None:
        self._flows = tuple(flows)
        self.summary = summary
        self.warnings = tuple(warnings)

    @overload
    def __getitem__(self, index: int) -> Flow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Flow]: ...
    def __getitem__(self, index: int | slice) -> Flow | Sequence[Flow]:
        return self._flows[index]

    def __len__(self) -> int:
        return len(self._flows)

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows)

    def __repr__(self) -> str:
        return f"<Flows: {len(self._flows)} of {self.summary.packets} packets>"


def scan(
    *sources: Source,
    local: Sequence[str] = (),
    merge: bool = False,
    on_error: OnError | None = None,
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
) -> Scan:
    """Stream the flows of captures as they end.

    A source is a path, ``-`` for standard input, or an object with ``read``. Several are read one after the other,
    flows counting on; with ``merge`` they are one capture in the order of time (a rotated set). ``local`` names the
    vantage as addresses or networks; without it directions are ``unknown``, since they cannot be inferred before the
    end. ``rule_books`` judge every chain that is presented, by default all that ship; ``context`` is what is known
    of those who judge. ``known_issuers`` are CA certificates (``load_known_issuers``) that complete the paths of
    presented chains; they have their say in what is judged and are never taken as presented. ``secrets`` are key logs
    in the SSLKEYLOGFILE format, paths or bytes, whose secrets open what is encrypted; those in a capture itself
    (pcapng) are taken anyway, also from behind the packets where the capture is a regular, uncompressed file.
    Raises VantageError at once, CaptureError while iterating unless ``on_error`` takes it.
    """
    return Scan(sources, local, merge, on_error, Shelf(rule_books, context), known_issuers, _several(secrets))


def read(
    *sources: Source,
    local: Sequence[str] = (),
    merge: bool = False,
    on_error: OnError | None = None,
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
) -> Flows:
    """All flows of captures, ordered by number, the same way as ``scan``.

    Without ``local`` the vantage is inferred when one host takes part in every flow.
    """
    running = scan(
        *sources,
        local=local,
        merge=merge,
        on_error=on_error,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
    )
    flows = sorted(running, key=lambda flow: flow.number)
    if not local:
        flows = apply_found(flows, running.finder)
    return Flows(flows, running.summary, running.warnings)


def _several(secrets: Sequence[SecretSource] | SecretSource) -> Sequence[SecretSource]:
    return (secrets,) if isinstance(secrets, str | bytes | os.PathLike) else secrets


def _ended(events: Sequence[Event]) -> Iterator[Flow]:
    for event in events:
        if isinstance(event, FlowEnded):
            yield event.flow


def add_summaries(one: Summary, other: Summary) -> Summary:
    """What both say together."""

    def both(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
        return {key: a.get(key, 0) + b.get(key, 0) for key in [*a, *(key for key in b if key not in a)]}

    return replace(
        one,
        files=one.files + other.files,
        packets=one.packets + other.packets,
        bytes=one.bytes + other.bytes,
        skipped=both(dict(one.skipped), dict(other.skipped)),
        connections=one.connections + other.connections,
        flows=one.flows + other.flows,
        with_secrets=one.with_secrets + other.with_secrets,
        limits=both(dict(one.limits), dict(other.limits)),
    )
