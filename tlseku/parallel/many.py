"""Many captures, read by several processes, as if they were read one after the other.

Knows processes and what they make of flows; must not know how a capture is read. Flows come in the order of the URLs,
and within a capture as they end, the first as soon as it is there. Tables and lines are made where the captures are
read. What cannot be read, or takes its process with it, is an error of that capture, and the others go on.

Where this process has threads the others begin afresh (they are not forked), as libraries of storages have threads: a
script that calls this needs ``if __name__ == "__main__":``, as ever with processes in Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from tlseku._objects import in_short
from tlseku.data_frames import arrow
from tlseku.data_frames.columns import What
from tlseku.decryption.key_log_files import SecretSource
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import Vantage, VantageFinder, with_vantage
from tlseku.parallel.capture_rows import CapturesRead
from tlseku.parallel.made_in_order import Asked, InOrderOf, Made, make, read_told
from tlseku.parallel.one_capture import (
    CaptureRead,
    CaptureReader,
    Ending,
    each_by_itself,
    failed,
)
from tlseku.parallel.pieces import BatchesOf, FlowReader, FlowsOf, read_batch
from tlseku.parallel.text_blocks import new_base
from tlseku.parallel.urls import Place, is_remote, places_of, sizes_of
from tlseku.parallel.vantage_in_turn import Decision
from tlseku.parallel.workers import HERE, Killed, Listens, Piece, Work, Workers, handing_back
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.scanning import (
    Flows,
    FlowsOnce,
    OnError,
    ScanOptions,
    add_summaries,
    all_flows,
    chosen,
    warned,
)

FIRST_SHARE = 8
"""What is read before other processes begin is at most one part in so many of what each of them reads."""

FIRST_BYTES = 16 << 20
"""Of captures that are read then: what would need much memory is left to processes that may be killed for it."""


class ManyScan(FlowsOnce):
    """An iterator over the flows of many captures, and a source of tables.

    ``summary`` and ``warnings`` are about those that are done, ``captures`` says what became of each, ``finder`` infers
    the vantage from them. Tables (``to_pandas``, ``to_arrow_batches``, ``to_frames`` …) are made by the processes that
    read, where no flow was asked for before.

    Iterating raises CaptureError for a capture that cannot be read, unless ``on_error`` takes it.
    """

    def __init__(
        self, places: Sequence[Place], options: ScanOptions, processes: int, on_error: OnError | None
    ) -> None:
        self.summary = Summary()
        self.warnings: list[str] = []
        self.captures = CapturesRead()
        self.finder = VantageFinder()
        self.late = 0
        self._decision = Decision()
        self._tell: Callable[[object], None] = _nobody
        self._places = places
        self._options = options
        self._processes = min(processes, len(places))
        self._on_error = on_error
        self._has_begun = False
        # Flows of the captures before the one whose turn it is, and the last number in that.
        self._before = self._last = 0
        self._flows = self._run()

    def __repr__(self) -> str:
        read = f"{self.summary.flows} flows of {self.summary.files} captures so far"
        return in_short(f"<ManyScan: {read}{warned(self.warnings)}>")

    def batches(self, whats: Sequence[What], batch_rows: int) -> Iterator[arrow.BatchOf] | None:
        """Rows made by the processes that read (``arrow.MakesBatches``)."""
        if self._has_begun or self._is_over:
            return None
        self._has_begun = True
        return arrow.in_batches(self._made_batches(tuple(whats), batch_rows), whats, batch_rows)

    def in_order(self) -> Iterator[Flow]:
        """The flows in the order in which they begin, but for those that are ``late``; without ``local`` as seen from
        the host that takes part in all of them: what one process finds that reads the captures in turn."""
        for _, flows, vantage in self._told_in_order(Asked(), 0):
            assert not isinstance(flows, Made)
            yield from [with_vantage(flow, vantage) for flow in flows]

    def made(self, asked: Asked) -> Iterator[Made]:
        """What is ``asked`` made of the same flows, hundreds at a time, as far as possible by those that read them."""
        assert asked.making is not None
        maker = asked.making()
        base = new_base()
        for before, found, vantage in self._told_in_order(asked, base):
            if isinstance(found, Made):
                yield found
            else:
                data, counted = make(asked, maker, found, vantage)
                yield Made(memoryview(b"".join(data)), before - base, counted)

    def _told_in_order(self, asked: Asked, base: int) -> Iterator[tuple[int, Made | list[Flow], Vantage]]:
        """Each with the number of flows in the captures before. Flows of which something is to be made are numbered
        as where they were read, others as they should be."""
        self._has_begun = True
        reader = FlowReader()
        decision = self._decision
        if self._options.local:
            decision.vantage = Vantage()
        waiting: list[tuple[int, list[Flow]]] = []
        for piece in self._of_each(InOrderOf(self._options, asked, base)):
            told = read_told(piece.data)
            self.late += told.late
            self._last = max(self._last, told.last)
            vantage = decision.vantage
            if vantage is None:
                vantage = decision.take(told.steps, told.held)
                if vantage is not None:
                    self._tell(vantage.words)
            if vantage is not None:
                yield from ((before, flows, vantage) for before, flows in waiting)
                waiting.clear()
            if told.made is not None:
                data, counted = told.made
                yield self._before, Made(data, self._before - base, counted), Vantage()
                continue
            flows = reader.flows(
                Piece(piece.worker, told.packed), 0 if asked.making is not None else self._before
            )
            if vantage is None:
                waiting.append((self._before, flows))
            else:
                yield self._before, flows, vantage
        vantage = decision.rest()
        yield from ((before, flows, vantage) for before, flows in waiting)
        self._is_over = True

    def _run(self) -> Iterator[Flow]:
        self._has_begun = True
        if self._processes < 1:
            yield from self._here()
            return
        reader = FlowReader()
        for piece in self._of_each(FlowsOf(self._options)):
            flows = reader.flows(piece, self._before)
            self._last = max(self._last, *[flow.number - self._before for flow in flows])
            yield from flows

    def _here(self) -> Iterator[Flow]:
        reader = CaptureReader(self._options)
        for place in self._places:
            yield from handing_back(reader.read(place, self._before), self._end)

    def _made_batches(self, whats: tuple[What, ...], batch_rows: int) -> Iterator[arrow.BatchOf]:
        for piece in self._of_each(BatchesOf(self._options, whats, batch_rows)):
            what, batch = read_batch(piece, whats)
            self._last = max(self._last, arrow.last_flow(batch))
            yield what, arrow.counted_on(batch, self._before)
        self._is_over = True

    def _of_each(self, work: Work[Place, Ending]) -> Iterator[Piece]:
        """What is made of all captures, in their order; each is counted and told when it has ended."""
        if self._processes < 1:
            pieces_of = work()
            listens: object = pieces_of
            if isinstance(listens, Listens):
                self._tell = listens.hear
            for place in self._places:
                for data in handing_back(pieces_of(place), self._end):
                    yield Piece(HERE, data)
            return
        # Storages share open files and connections with a copy.
        afresh = any(is_remote(place.url) for place in self._places)
        first = 0 if afresh else _first_here(self._places, self._processes)
        with Workers(work, self._processes, afresh=afresh, first=first) as workers:
            self._tell = workers.tell
            for turn, found in workers.of(self._places):
                if isinstance(found, Piece):
                    yield found
                elif isinstance(found, Killed):
                    self._end(killed(self._places[turn], found))
                else:
                    self._end(found)

    def _end(self, ending: Ending) -> None:
        read = ending.read
        self._before += max(read.summary.flows, self._last)
        self._last = 0
        self.captures.take(read)
        self.summary = add_summaries(self.summary, read.summary)
        self.warnings += read.warnings
        self.finder.add(ending.finder)
        self._decision.end(ending.finder)
        ending.tell(self._on_error)


def _nobody(told: object) -> None:
    """Nobody listens."""


def _first_here(places: Sequence[Place], processes: int) -> int:
    """How many captures are read before the processes begin, which then know of these what captures have in common."""
    sizes = sizes_of(places)
    left = min(sum(sizes) // (FIRST_SHARE * processes), FIRST_BYTES)
    count = 0
    for size in sizes:
        left -= size
        if size == 0 or left < 0:
            break
        count += 1
    return count


def killed(place: Place, how: Killed) -> Ending:
    """The ending of a capture whose process is gone."""
    word = "was killed" if how.exit_code is None or how.exit_code < 0 else "broke off"
    return broken_off(
        place, f"the process that read it {word} (exit code {how.exit_code}); perhaps memory ran out"
    )


def lost_with_workers(place: Place) -> Ending:
    """The ending of a capture with which one worker of a cluster after the other is gone."""
    return broken_off(place, "the workers that read it were killed; perhaps memory ran out")


def broken_off(place: Place, why: str) -> Ending:
    """The ending of a capture of which nobody knows how far it was read."""
    return failed((place.name, None, why), CaptureRead(place.name))


def scan_many(
    urls: Sequence[str] | str,
    *,
    options: ScanOptions | None = None,
    processes: int | None = None,
    on_error: OnError | None = None,
    local: Sequence[str] = (),
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_bytes: int | None = None,
    storage: Mapping[str, object] | None = None,
) -> ManyScan:
    """Stream the flows of many captures, each read in one of ``processes`` (by default one a processor).

    ``urls`` are local paths and whatever fsspec knows (``s3://bucket/*.pcap.gz``, ``zip://*.pcap::https://…``), with
    patterns. ``storage`` goes to fsspec. The rest is as for ``scan``; flows count on from capture to capture in the
    order of ``urls``, and within a capture they come in the order in which they end. With ``processes`` 0 all is read
    in this one. Raises VantageError at once, and ValueError for ``options`` that merge captures or count their packets;
    CaptureError while iterating unless ``on_error`` takes it.
    """
    keywords = ScanOptions(
        local=local,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_bytes=max_bytes,
    )
    given = each_by_itself(chosen(options, keywords))
    places = places_of(urls, storage, on_error)
    return ManyScan(places, given, (os.cpu_count() or 1) if processes is None else processes, on_error)


def read_many(
    urls: Sequence[str] | str,
    *,
    options: ScanOptions | None = None,
    processes: int | None = None,
    on_error: OnError | None = None,
    local: Sequence[str] = (),
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    max_bytes: int | None = None,
    storage: Mapping[str, object] | None = None,
) -> Flows:
    """All flows of many captures, ordered by number, the same way as ``scan_many``.

    Directions are known only with ``local``: nobody sees all flows before the end.
    """
    keywords = ScanOptions(
        local=local,
        rule_books=rule_books,
        context=context,
        known_issuers=known_issuers,
        secrets=secrets,
        max_bytes=max_bytes,
    )
    running = scan_many(
        urls,
        options=chosen(options, keywords),
        processes=processes,
        on_error=on_error,
        storage=storage,
    )
    return all_flows(running, infer_vantage=False)
