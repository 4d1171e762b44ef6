"""Captures in, flows out: what most users call.

Joins ``capture`` (files to batches) with ``engine`` (batches to flows); must not know formats or TLS. ``scan``
streams flows as they end, ``read`` gives them all, in the order of their numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, field, replace
from itertools import chain
from typing import Protocol, overload, runtime_checkable

from tlseku._objects import Displayed, Short, frozen, in_short
from tlseku.capture import Batch, Capture, Source, open_capture, open_merged
from tlseku.capture.secrets_ahead import secrets_ahead
from tlseku.data_frames.tabular import Tabular
from tlseku.decryption.key_log_files import KeyLogs, SecretSource
from tlseku.errors import AlreadyRead, CaptureError
from tlseku.flow import DAMAGED_CAPTURE, UNREAD_KEY_LOG, Flow, Summary
from tlseku.frames.reference import FRAME_BITS, FRAME_MASK
from tlseku.handshake.conclusions import Conclusions
from tlseku.handshake.engine import Engine, checked_limit
from tlseku.handshake.evaluation import new_judge
from tlseku.handshake.vantage import Vantage, VantageFinder, apply_found, with_vantage
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook

_HOUR_NS = 3_600_000_000_000
_GIVE_IT = "the file that holds secrets, given as a key log, is read first"

OnError = Callable[[CaptureError], None]

Progress = Callable[[Summary], None]
"""Told after every batch of packets what was read so far; ``bytes`` and ``packets`` grow steadily."""

Pace = Callable[[Capture], Iterator[Batch | int]]
"""Hands on the batches of a capture, and between them, as a number, the time that it has become meanwhile in
nanoseconds since 1970-01-01 UTC: whoever has a clock ends so what a quiet line would leave open."""


@runtime_checkable
class ReadBefore(Protocol):
    """Flows of captures that were read and judged before (``Dataset``), as a source beside captures."""

    name: str

    def flows(self, before: int) -> Iterator[Flow | tuple[Summary, Sequence[str]]]:
        """Flows numbered behind ``before`` others, and behind those of each capture what was read of it, with warnings.
        Raises CaptureError where they cannot be read."""
        ...


@frozen
class ScanOptions(Short):
    """How captures are read and judged; everything may be left out. It can be pickled.

    ``local`` names the vantage as addresses or networks. With ``merge`` several sources are one capture in the order
    of time (a rotated set). ``rule_books`` judge every chain that is presented, by default all that ship; ``context``
    is what is known of those who judge. ``known_issuers`` are CA certificates (``load_known_issuers``) that complete
    the paths of presented chains; they have their say in what is judged and are never taken as presented. ``secrets``
    are key logs in the SSLKEYLOGFILE format (RFC 9850), one or several, paths or bytes, whose secrets open what is
    encrypted, and which may grow meanwhile. ``max_packets`` ends the reading after so many packets, over all sources.
    ``max_bytes`` is what connections under way may take, as for ``Analyzer``.

    Raises VantageError for a word in ``local`` that is neither an address nor a network.
    """

    _: KW_ONLY
    local: Sequence[str] = ()
    merge: bool = False
    rule_books: Sequence[RuleBook] | None = None
    context: Context | None = None
    known_issuers: KnownIssuers | None = None
    secrets: Sequence[SecretSource] | SecretSource = field(default=(), repr=False)
    max_packets: int | None = None
    max_bytes: int | None = None

    def __post_init__(self) -> None:
        # What is frozen must not change with a list of the caller.
        object.__setattr__(self, "local", tuple(self.local))
        object.__setattr__(self, "secrets", _several(self.secrets))
        if self.rule_books is not None:
            object.__setattr__(self, "rule_books", tuple(self.rule_books))
        # A wrong word is the caller's mistake, to be told before anything is read.
        Vantage(self.local)
        checked_limit("max_bytes", self.max_bytes)


def chosen(options: ScanOptions | None, keywords: ScanOptions) -> ScanOptions:
    """``options`` where they are given, else what the keywords of a call say.

    Raises TypeError where both say something.
    """
    if options is None:
        return keywords
    if keywords != ScanOptions():
        raise TypeError(
            "options= holds all of them: no keyword that ScanOptions has, too, may stand beside it"
        )
    return options


class SharedWork:
    """Certificates, judgements and conclusions that several scans have in common, one after the other: all who have
    the same rule-books, context and known issuers in their ``options``."""

    __slots__ = ("conclusions", "judge")

    def __init__(self, options: ScanOptions) -> None:
        self.judge = new_judge(options.rule_books, options.context, options.known_issuers)
        self.conclusions = Conclusions(self.judge)


class FlowsOnce(Displayed, Tabular):
    """An iterator over flows that are not kept. Iterating once more after the last one raises AlreadyRead: an empty
    table or loop would look like captures without flows."""

    _flows: Iterator[Flow]
    _is_over = False

    def __iter__(self) -> Iterator[Flow]:
        if self._is_over:
            raise AlreadyRead
        return self

    def __next__(self) -> Flow:
        try:
            return next(self._flows)
        except StopIteration:
            self._is_over = True
            raise


class Scan(FlowsOnce):
    """An iterator over the flows of captures, as they end.

    ``vantage`` is the one given with ``local``. ``summary`` and ``warnings`` (one line each) are about what was read so
    far. Iterating raises ``CaptureError`` for a capture that cannot be read at all, unless ``on_error`` takes it; then
    the next capture follows. ``pace`` is for those that are being written meanwhile, ``shared`` and ``before``
    for those who scan again and again: what they have in common, and how many flows came before.
    """

    def __init__(
        self,
        sources: Sequence[Source | ReadBefore],
        options: ScanOptions,
        on_error: OnError | None = None,
        progress: Progress | None = None,
        pace: Pace = Capture.batches,
        shared: SharedWork | None = None,
        before: int = 0,
    ) -> None:
        self.warnings: list[str] = []
        self._pace = pace
        self._before = before
        self._left = options.max_packets
        self._max_bytes = options.max_bytes
        self._progress = progress
        self._secrets = _several(options.secrets)
        self._key_logs = KeyLogs()
        self.finder = VantageFinder()
        self._sources = sources
        self._merge = options.merge
        self._on_error = on_error
        if shared is None:
            shared = SharedWork(options)
        self._judge = shared.judge
        self._conclusions = shared.conclusions
        self._done = Summary()
        self._reading: tuple[Engine, Capture] | None = None
        self.vantage = Vantage(options.local)
        self._ended = self._run()
        self._flows = chain.from_iterable(self._ended)

    def __repr__(self) -> str:
        summary = self.summary
        read = f"{summary.flows} flows in {summary.packets} packets so far"
        return in_short(f"<Scan: {read}{warned(self.warnings)}>")

    def ended(self) -> Iterator[Sequence[Flow]]:
        """The flows, as many at once as ended at once: for those who pass on thousands."""
        return self._ended

    @property
    def summary(self) -> Summary:
        """What was read so far, over all captures."""
        if self._reading is None:
            return self._done
        engine, capture = self._reading
        return add_summaries(self._done, replace(engine.summary, bytes=capture.bytes_read))

    def _run(self) -> Iterator[Sequence[Flow]]:
        self._key_logs = KeyLogs(self._secrets)
        try:
            if self._merge and len(self._sources) > 1:
                sources = [source for source in self._sources if not isinstance(source, ReadBefore)]
                if len(sources) < len(self._sources):
                    raise ValueError("what was read before cannot be merged with captures")
                yield from self._gently(sources, lambda: open_merged(sources))
                return
            for source in self._sources:
                if self._left == 0:
                    break
                if isinstance(source, ReadBefore):
                    yield from self._read_before(source)
                    continue
                yield from self._gently([source], lambda source=source: open_capture(source))  # type: ignore[misc]
        finally:
            if (
                self._secrets
                and len(self._key_logs.store)
                and self._done.flows
                and not self._done.with_secrets
            ):
                self.warnings.append("the key logs hold no secret of any flow")
            if self._key_logs.cannot_be_read:
                self._done = add_summaries(self._done, Summary(damage=(UNREAD_KEY_LOG,)))
            self.warnings += self._key_logs.close()

    def _read_before(self, source: ReadBefore) -> Iterator[Sequence[Flow]]:
        try:
            for each in source.flows(self._before + self._done.flows):
                if isinstance(each, Flow):
                    yield (with_vantage(each, self.vantage),)
                    continue
                summary, warnings = each
                self._done = add_summaries(self._done, summary)
                self.warnings += warnings
                if self._progress is not None:
                    self._progress(self.summary)
        except CaptureError as error:
            if self._on_error is None:
                raise
            self._on_error(error)

    def _gently(self, sources: Sequence[Source], opened: Callable[[], Capture]) -> Iterator[Sequence[Flow]]:
        try:
            # An object can be looked through only before it is read.
            ahead = [secrets_ahead(source, compressed=bool(self._secrets)) for source in sources]
            with opened() as capture:
                for secrets, name in zip(ahead, capture.names, strict=True):
                    self._key_logs.add_blocks(secrets, name)
                yield from self._read(capture)
        except CaptureError as error:
            if self._on_error is None:
                raise
            self._on_error(error)

    def _read(self, capture: Capture) -> Iterator[Sequence[Flow]]:
        engine = Engine(
            self._judge,
            self.vantage,
            self.finder,
            files=capture.names,
            first_number=self._before + self._done.flows + 1,
            only_ends=True,
            keep_flows=True,
            conclusions=self._conclusions,
            max_bytes=self._max_bytes,
        )
        self._reading = engine, capture
        try:
            for batch in self._pace(capture):
                self._add_secrets(engine, capture)
                if isinstance(batch, int):
                    engine.advance(batch)
                else:
                    engine.feed_batch(self._allowed(batch))
                yield engine.take_ended()
                if self._progress is not None:
                    self._progress(self.summary)
                if self._left == 0:
                    break
            self._add_secrets(engine, capture)
            while engine.end_some():
                yield engine.take_ended()
            engine.close()
            yield engine.take_ended()
        finally:
            self._done = self.summary
            self._reading = None
            if too_late := engine.too_late:
                what = "the secret of 1 flow" if too_late == 1 else f"the secrets of {too_late:,} flows"
                self.warnings.append(f"{capture.names[0]}: {what} came too late; {_GIVE_IT}")
            if engine.stray_time is not None:
                self.warnings.append(_of_stray_time(capture.names, *engine.stray_time))
            if capture.warnings:
                self._done = add_summaries(self._done, Summary(damage=(DAMAGED_CAPTURE,)))
            self.warnings += map(str, capture.warnings)

    def _allowed(self, batch: Batch) -> Batch:
        """The batch, or of it what ``max_packets`` leaves."""
        if self._left is None:
            return batch
        allowed = batch._replace(starts=batch.starts[: self._left])
        self._left -= len(allowed.starts)
        return allowed

    def _add_secrets(self, engine: Engine, capture: Capture) -> None:
        """What key logs and the capture have told since: the earlier secrets come, the less must be kept for them."""
        logs = self._key_logs
        if self._secrets:
            logs.refresh()
        if capture.secrets:
            logs.add_blocks(capture.secrets, capture.names[0])
        if self._secrets or len(logs.store):
            engine.use_secrets(logs.store)


class Flows(Displayed, Tabular, Sequence[Flow]):
    """All flows of captures, in the order of their numbers; ``summary`` and ``warnings`` say what was read."""

    def __init__(self, flows: Sequence[Flow], summary: Summary, warnings: Sequence[str]) -> None:
        self._flows = tuple(flows)
        self.summary = summary
        self.warnings = tuple(warnings)

    @overload
    def __getitem__(self, index: int) -> Flow: ...
    @overload
    def __getitem__(self, index: slice) -> Flows: ...
    def __getitem__(self, index: int | slice) -> Flow | Flows:
        if isinstance(index, slice):
            return Flows(self._flows[index], self.summary, self.warnings)
        return self._flows[index]

    def __len__(self) -> int:
        return len(self._flows)

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows)

    def __repr__(self) -> str:
        read = f"{len(self._flows)} of {self.summary.packets} packets"
        return in_short(f"<Flows: {read}{warned(self.warnings)}>")


def warned(warnings: Sequence[str]) -> str:
    """How many warnings there are, where it is not one, and the first: in front, since a path in it may be long."""
    if not warnings:
        return ""
    number = "" if len(warnings) == 1 else f"{len(warnings)} warnings, the first: "
    return f"; {number}{warnings[0]}"


class WasRead(Protocol):
    """What says at the end what was read."""

    @property
    def summary(self) -> Summary:
        """What was read."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What could not be read, a line each."""
        ...

    @property
    def finder(self) -> VantageFinder:
        """Was told of every host."""
        ...


class Running(WasRead, Protocol):
    """A scan of one or many captures: an iterator over flows that says at the end what was read."""

    def __iter__(self) -> Iterator[Flow]:
        """The flows as they come."""
        ...


def all_flows(running: Running, *, infer_vantage: bool) -> Flows:
    """Read to the end: every flow, ordered by number, with the vantage that they show, where it is to be inferred."""
    flows = sorted(running, key=lambda flow: flow.number)
    if infer_vantage:
        flows = apply_found(flows, running.finder)
    return Flows(flows, running.summary, running.warnings)


def scan(
    *sources: Source | ReadBefore,
    options: ScanOptions | None = None,
    on_error: OnError | None = None,
    progress: Progress | None = None,
    local: Sequence[str] = (),
    merge: bool = False,
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_packets: int | None = None,
    max_bytes: int | None = None,
) -> Scan:
    """Stream the flows of captures as they end.

    A source is a path, ``-`` for standard input, an object with ``read``, or a ``Dataset``. Several are read one after
    the other, flows counting on; with ``merge`` they are one capture. The keywords behind ``progress`` are those of
    ``ScanOptions``, which says what each is for; ``options`` gives them as one object instead. Without ``local``
    directions are ``unknown``, since they cannot be inferred before the end.

    Secrets in a capture itself (pcapng) are taken anyway, also from behind the packets where it is a regular file and
    not compressed. Of a compressed one that costs reading it twice, so it is done where ``secrets`` names anything, if
    only the capture itself. Of a stream they count as long as the flow's ciphertext is kept (``Analyzer.add_secrets``);
    a warning tells of those that came too late.

    ``progress`` is called after every batch of packets with a Summary of what was read so far; what it raises ends the
    scan. Raises VantageError at once, CaptureError while iterating unless ``on_error`` takes it.
    """
    keywords = ScanOptions(
        local=local,
        merge=merge,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_packets=max_packets,
        max_bytes=max_bytes,
    )
    return Scan(sources, chosen(options, keywords), on_error, progress)


def read(
    *sources: Source | ReadBefore,
    options: ScanOptions | None = None,
    on_error: OnError | None = None,
    progress: Progress | None = None,
    local: Sequence[str] = (),
    merge: bool = False,
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_packets: int | None = None,
    max_bytes: int | None = None,
) -> Flows:
    """All flows of captures, ordered by number, the same way as ``scan``.

    Without ``local`` the vantage is inferred when one host takes part in every flow.
    """
    keywords = ScanOptions(
        local=local,
        merge=merge,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_packets=max_packets,
        max_bytes=max_bytes,
    )
    running = Scan(sources, chosen(options, keywords), on_error, progress)
    return all_flows(running, infer_vantage=not running.vantage)


def _several(secrets: Sequence[SecretSource] | SecretSource) -> tuple[SecretSource, ...]:
    return (secrets,) if isinstance(secrets, str | bytes | os.PathLike) else tuple(secrets)


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
        conversations=one.conversations + other.conversations,
        flows=one.flows + other.flows,
        with_secrets=one.with_secrets + other.with_secrets,
        limits=both(dict(one.limits), dict(other.limits)),
        damage=tuple(dict.fromkeys((*one.damage, *other.damage))),
    )


def _of_stray_time(names: tuple[str, ...], frame: int, ahead_ns: int) -> str:
    """That a packet has a time which moves no clock; only the first one is named."""
    file, number = frame >> FRAME_BITS, frame & FRAME_MASK
    hours = ahead_ns // _HOUR_NS
    far = f"{hours // 24:,} days" if hours >= 48 else f"{max(hours, 1)} h"
    return f"{names[file]}: frame {number}: its time is {far} ahead of all others, and does not count as time"
