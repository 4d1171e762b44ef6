"""One capture in one process: what is sent there, and what comes back.

Knows ``scan`` and URLs; must not know who runs it. Everything here can be pickled: an error comes back as data, because
an exception may not survive the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.urls import opened
from tlseku.scanning import Scan, ScanOptions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a capture gave: ``flows`` numbered from 1, or the ``failure`` as the arguments of a CaptureError.
    ``finder`` was told of all its hosts."""

    flows: tuple[Flow, ...] = ()
    summary: Summary = field(default_factory=Summary)
    warnings: tuple[str, ...] = ()
    failure: tuple[str, int | None, str] | None = None
    finder: VantageFinder = field(default_factory=VantageFinder, compare=False)


def each_by_itself(options: ScanOptions) -> ScanOptions:
    """The options, if they make sense for captures that know nothing of each other. Raises ValueError if not."""
    if options.merge or options.max_packets is not None:
        raise ValueError("captures that are read apart from each other have neither merge nor max_packets")
    return options


def read_one(url: str, options: ScanOptions, storage: Mapping[str, object] | None = None) -> Outcome:
    """Read one capture to its end; ``storage`` is for fsspec. Raises no CaptureError: it is in the outcome."""
    try:
        with opened(url, storage) as source:
            running = Scan([source], options)
            flows = tuple(running)
    except CaptureError as error:
        return Outcome(failure=(error.file, error.offset, error.problem))
    return Outcome(flows, running.summary, tuple(running.warnings), finder=running.finder)
