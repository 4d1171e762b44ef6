"""Many captures, each in a process of its own, as if they were read one after the other.

Knows processes and the outcome of one capture; must not know how it is read. Outcomes come in the order of the URLs,
and no more than two captures a process are under way or waiting, so that memory does not grow with their number.

The processes begin afresh (they are not forked), because libraries of storages have threads: a script that calls this
needs ``if __name__ == "__main__":``, as ever with processes in Python.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from tlseku.decryption.key_log_files import SecretSource
from tlseku.errors import CaptureError, TlsekuError
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.one_capture import Outcome, each_by_itself, read_one
from tlseku.parallel.urls import expanded
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.scanning import Flows, FlowsOnce, OnError, ScanOptions, add_summaries, all_flows, chosen

_T = TypeVar("_T")


class _Tried(Protocol):
    """What became of a capture; ``failure`` are the arguments of a CaptureError."""

    @property
    def failure(self) -> tuple[str, int | None, str] | None:
        """As above, None where it was read."""
        ...


_Outcome = TypeVar("_Outcome", bound=_Tried)


def those_read(outcomes: Iterable[_Outcome], on_error: OnError | None) -> Iterator[_Outcome]:
    """The outcomes without a failure. Raises CaptureError for one with, unless ``on_error`` takes it."""
    for outcome in outcomes:
        if outcome.failure is None:
            yield outcome
            continue
        error = CaptureError(*outcome.failure)
        if on_error is None:
            raise error
        on_error(error)


class ManyScan(FlowsOnce):
    """An iterator over the flows of many captures. ``summary`` and ``warnings`` are about those that are done,
    ``finder`` infers the vantage from them.

    Iterating raises CaptureError for a capture that cannot be read, unless ``on_error`` takes it.
    """

    def __init__(self, outcomes: Iterator[Outcome], on_error: OnError | None) -> None:
        self.summary = Summary()
        self.warnings: list[str] = []
        self.finder = VantageFinder()
        self._on_error = on_error
        self._flows = self._run(outcomes)

    def __repr__(self) -> str:
        return f"<ManyScan: {self.summary.flows} flows of {self.summary.files} captures so far>"

    def _run(self, outcomes: Iterator[Outcome]) -> Iterator[Flow]:
        for outcome in those_read(outcomes, self._on_error):
            before = self.summary.flows
            self.summary = add_summaries(self.summary, outcome.summary)
            self.warnings += outcome.warnings
            self.finder.add(outcome.finder)
            for flow in outcome.flows:
                yield replace(flow, number=flow.number + before)


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
    storage: Mapping[str, object] | None = None,
) -> ManyScan:
    """Stream the flows of many captures, each read in one of ``processes`` (by default one a processor).

    ``urls`` are local paths and whatever fsspec knows (``s3://bucket/*.pcap.gz``, ``https://…``); patterns are for
    remote ones. ``storage`` goes to fsspec. The rest is as for ``scan``; flows count on from capture to capture in the
    order of ``urls``, and within a capture they come in the order in which they end. With ``processes`` 0 all is read
    in this one. Raises VantageError at once, and ValueError for ``options`` that merge captures or count their packets;
    CaptureError while iterating unless ``on_error`` takes it.
    """
    keywords = ScanOptions(
        local=local, rule_books=rule_books, context=context, known_issuers=known_issuers, secrets=secrets
    )
    read = partial(read_one, options=each_by_itself(chosen(options, keywords)), storage=storage)
    named = expanded([urls] if isinstance(urls, str) else list(urls), storage)
    workers = min(len(named), (os.cpu_count() or 1) if processes is None else processes)
    outcomes = map(read, named) if workers < 1 else in_processes(named, read, workers)
    return ManyScan(outcomes, on_error)


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
    storage: Mapping[str, object] | None = None,
) -> Flows:
    """All flows of many captures, ordered by number, the same way as ``scan_many``.

    Directions are known only with ``local``: nobody sees all flows before the end.
    """
    keywords = ScanOptions(
        local=local, rule_books=rule_books, context=context, known_issuers=known_issuers, secrets=secrets
    )
    running = scan_many(
        urls,
        options=chosen(options, keywords),
        processes=processes,
        on_error=on_error,
        storage=storage,
    )
    return all_flows(running, infer_vantage=False)


def in_processes(urls: Sequence[str], read: Callable[[str], _T], workers: int) -> Iterator[_T]:
    """What ``read`` makes of each URL, in their order, in so many processes. Raises TlsekuError if one is killed."""
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[_T]] = deque()
    others = set(multiprocessing.active_children())
    begin = partial(_begin, gc.get_threshold())
    with ProcessPoolExecutor(workers, mp_context=context, initializer=begin) as pool:
        try:
            for url in urls:
                waiting.append(pool.submit(read, url))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise TlsekuError("a process that read a capture was killed; perhaps memory ran out") from None
        except KeyboardInterrupt:
            # Leaving waits for what is being read.
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise
        finally:
            for future in waiting:
                future.cancel()


def _begin(thresholds: tuple[int, int, int]) -> None:
    """In a new process: look for cycles as seldom as where it was started, and leave Ctrl-C to that one."""
    gc.set_threshold(*thresholds)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
