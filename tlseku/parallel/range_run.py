"""One engine over a part of a capture, and over what its connections still say behind it.

Knows captures, engines and their notes; must not know processes, nor what other parts have found. A part begins with
the first batch of packets at or behind a byte of the file, and ends before the first one at or behind another. Whoever
reads it also reads, and passes over, all batches in front of it: so frame numbers, clocks, interfaces and the borders
of batches are those of one reading, without a guess where a record may begin. It costs less than a tenth of a
microsecond a packet.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tlseku._objects import frozen
from tlseku.capture.batch import Batch
from tlseku.capture.capture_file import CaptureFile
from tlseku.capture.feed import BLOCK_SIZE
from tlseku.capture.secret import SecretList
from tlseku.capture.source import Source
from tlseku.capture.warning import WarningLog
from tlseku.flow import DAMAGED_CAPTURE, Flow, Summary
from tlseku.handshake.engine import AT_THE_END, Engine
from tlseku.handshake.evaluation import new_judge
from tlseku.handshake.range_notes import CUT, Behind, Ending, Notes, Seen, canonical
from tlseku.handshake.vantage import Vantage, VantageFinder
from tlseku.scanning import ScanOptions

_BATCH = 4
_TO_THE_END = 1 << 62


class BatchOfRange(NamedTuple):
    """The first and the last frame of a batch, with their times."""

    first: int
    last: int
    began_ns: int
    ended_ns: int


@frozen
class Found:
    """A flow that is over: how it ended, and the first frame of the batch in which it did."""

    ending: Ending
    batch: int
    flow: Flow


@frozen
class Report:
    """What there was in a part, as far as joining it with others needs it.

    ``skipped`` is as ``Engine`` has it, ``recorded`` and ``held`` as ``Load`` does. ``open_keys`` are the connections
    in the table at its end, by ``canonical`` key, with the frames in which they began; ``former_keys`` are those of
    connections that were there before. ``hosts`` tells from which batch on which hosts take part in every connection.
    ``bytes`` is the most that the table took, ``bytes_open`` what it takes at the end; ``unended`` the most connections
    that were not over. ``why_not`` says why nothing of this holds.
    """

    summary: Summary
    skipped: Mapping[int, int]
    warnings: tuple[str, ...]
    open_keys: Mapping[bytes, int]
    hosts: Sequence[tuple[int, frozenset[bytes]]]
    former_keys: frozenset[bytes]
    bytes: int
    bytes_open: int
    unended: int
    recorded: int
    held: int
    farthest_stray: int
    begun_at: array[int]
    batches: array[int]
    why_not: str = ""


@frozen
class Followed:
    """What became of a part's connections behind it: how many others it has taken in their place (``begun``), and which
    keys were handed over to other parts, in which frame; strays, as ``Notes`` has them; the most bytes that were
    recorded and held."""

    begun: int
    handed_over: Mapping[bytes, int]
    strays: Sequence[tuple[int, int]]
    recorded: int
    held: int
    is_orderly: bool


class RangeRun:
    """Reads the packets of ``source`` from the byte ``begin`` to the byte ``end`` (None: to its end).

    Raises CaptureError as ``CaptureFile`` does, now or while it reads.
    """

    def __init__(
        self, source: Source, options: ScanOptions, begin: int, end: int | None, block_size: int = BLOCK_SIZE
    ) -> None:
        judge = new_judge(options.rule_books, options.context, options.known_issuers)
        self.vantage = Vantage(options.local)
        self.notes = Notes()
        self._finder = VantageFinder()
        self._begin = begin
        self._end = _TO_THE_END if end is None else end
        self._log = WarningLog()
        self._secrets = SecretList()
        self._file = CaptureFile(source, self._log, self._secrets, block_size=block_size)
        self._left = self._file.batches()
        # The batch that was read and is not dealt with.
        self._next: Batch | None = None
        self._engine = Engine(
            judge,
            self.vantage,
            self._finder,
            files=(self._file.name,),
            only_ends=True,
            keep_flows=True,
        )
        self._engine.watch(self.notes)
        self._batches = array("q")
        self._hosts: list[tuple[int, frozenset[bytes]]] = []
        self._warnings: tuple[int, int] = (0, 0)
        self._bytes = self._unended = self._held = 0
        self._last = 0
        self._begun = 0

    @property
    def is_limited(self) -> bool:
        """Whether a limit was reached that connections share."""
        return dict(self._engine.summary.limits) != self.notes.limits

    @property
    def cut(self) -> int:
        """How many segments were cut short, of connections without TLS."""
        return self._engine.skipped.get(CUT, 0)

    @property
    def flows(self) -> int:
        """How many flows were given a number."""
        return len(self.notes.numbered_at)

    @property
    def summary(self) -> Summary:
        """What was read so far; its bytes are those of the whole file."""
        damage = (DAMAGED_CAPTURE,) if self._log.entries else ()
        return replace(self._engine.summary, bytes=self._file.bytes_read, damage=damage)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was noticed in the part, a line each."""
        first, last = self._warnings
        return tuple(map(str, self._log.entries[first:last]))

    @property
    def hosts(self) -> Sequence[tuple[int, frozenset[bytes]]]:
        """See ``Report``."""
        return self._hosts

    def run(self) -> Iterator[list[Found]]:
        """Read the part; what ended, batch by batch."""
        for batch in self._left:
            if self._file.offset >= self._begin:
                self._next = batch
                break
            self._pass_over(batch)
        self._warnings = (0 if self._begin == 0 else len(self._log.entries), len(self._log.entries))
        yield from self._on_to(self._end)

    def run_on(self) -> Iterator[list[Found]]:
        """Behind the part read all that there is, as if it had no end."""
        yield from self._on_to(_TO_THE_END)
        yield self._close()

    def report(self, why_not: str = "") -> Report:
        """What there was in the part."""
        load = self._engine.load
        return Report(
            self.summary,
            self._engine.skipped,
            self.warnings,
            {canonical(each.key): each.first_frame for each in self._engine.connections},
            self._hosts,
            frozenset(map(canonical, self._engine.former_keys)),
            self._bytes,
            load.bytes,
            self._unended,
            load.recorded,
            self._held,
            self.notes.farthest_stray,
            self.notes.begun_at,
            self._batches,
            why_not or self._why_not(),
        )

    def seen(self, keys: Collection[bytes]) -> dict[bytes, Seen]:
        """What was made of ``keys``; see ``Notes``."""
        return self.notes.seen(keys, self._engine)

    def go_on(self, keys: Mapping[bytes, Behind]) -> Iterator[list[Found]]:
        """Behind the part, read on for the connections that are open, until nothing more comes of their ``keys``.

        ``followed`` then says what became of them.
        """
        self._engine.take_no_new()
        self.notes.follows = True
        self.notes.begun_behind = {key: behind.taken for key, behind in keys.items()}
        self._begun = len(self.notes.begun_at)
        left = {key: behind.last for key, behind in keys.items() if behind.last}
        while left and (batch := self._take()) is not None:
            yield self._feed(batch)
            handed_over = self.notes.handed_over
            left = {key: last for key, last in left.items() if last > self._last and key not in handed_over}

    def followed(self) -> Followed:
        """What became of the connections behind the part."""
        load = self._engine.load
        begun = len(self.notes.begun_at) - self._begun
        return Followed(
            begun, self.notes.handed_over, self.notes.strays, load.recorded, self._held, load.is_orderly
        )

    def finish(self, batches: Sequence[BatchOfRange]) -> Iterator[list[Found]]:
        """Pass over those of ``batches`` that were not read, and end what is still open with the capture."""
        for batch in batches:
            if batch.first > self._last:
                self._engine.pass_over(*batch)
                self._last = batch.last
                yield self._ended_in(batch.first)
        yield self._close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _on_to(self, end: int) -> Iterator[list[Found]]:
        self._end = end
        while (batch := self._take()) is not None:
            yield self._feed(batch)
        self._warnings = self._warnings[0], len(self._log.entries)

    def _take(self) -> Batch | None:
        """The next batch, unless it is behind the end."""
        if self._next is None:
            self._next = next(self._left, None)
        if self._next is None or (self._file.offset >= self._end and not self.notes.follows):
            return None
        batch, self._next = self._next, None
        return batch

    def _feed(self, batch: Batch) -> list[Found]:
        of_batch = _moments(batch)
        self._engine.feed_batch(batch)
        self._last = of_batch.last
        if not self.notes.follows:
            self._batches.extend(of_batch)
        load = self._engine.load
        self._bytes = max(self._bytes, load.bytes)
        self._unended = max(self._unended, load.open)
        self._held = max(self._held, load.held)
        hosts = self._finder.in_connections
        if hosts is not None and (not self._hosts or self._hosts[-1][1] != hosts):
            self._hosts.append((of_batch.first, hosts))
        return self._ended_in(of_batch.first)

    def _pass_over(self, batch: Batch) -> None:
        self._engine.pass_over(*_moments(batch))

    def _close(self) -> list[Found]:
        self._engine.close()
        return self._ended_in(AT_THE_END)

    def _ended_in(self, batch: int) -> list[Found]:
        endings = self.notes.take_endings()
        if not endings:
            return []
        ended = self._engine.take_ended()
        return [Found(ending, batch, each) for ending, each in zip(endings, ended, strict=True)]

    def _why_not(self) -> str:
        if self._secrets.entries:
            return "it holds secrets"
        load = self._engine.load
        if not load.is_orderly:
            return "its time leaps"
        if self._begin and self.is_limited:
            return "a limit was reached"
        if load.carriers:
            return "something else than TCP carries TLS in it"
        if self.notes.comes_back_late:
            return "addresses and ports are used again after a long time"
        if load.fragments:
            return "fragments of a datagram lie on both sides of a border"
        return ""


def batches_of(numbers: array[int]) -> list[BatchOfRange]:
    """The batches of a ``Report``."""
    return [BatchOfRange(*numbers[at : at + _BATCH]) for at in range(0, len(numbers), _BATCH)]


def _moments(batch: Batch) -> BatchOfRange:
    last = len(batch.starts) - 1
    return BatchOfRange(batch.first_number, batch.first_number + last, batch.ts_ns(0), batch.ts_ns(last))
