"""Where a capture is cut for several processes, and whether it can be.

Knows files and what is asked for; must not know what is in them beyond their first bytes. Out comes a ``OneFile`` whose
parts behind the first are being read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from tlseku.capture.formats import kind_of
from tlseku.capture.secrets_ahead import secrets_ahead
from tlseku.capture.source import STANDARD_INPUT
from tlseku.parallel.one_file import OneFile
from tlseku.parallel.range_process import Encoding, PartElsewhere
from tlseku.parallel.range_run import RangeRun
from tlseku.scanning import ScanOptions

LEAST_PART = 4 << 20
"""Bytes that are worth a process."""

PASSED_OVER = 0.05
"""What it takes to pass over the packets in front of a part, of what it takes to read them."""


def why_one_process(path: str, options: ScanOptions) -> str:
    """Why a capture is read by one process in any case; empty if several can share it."""
    if options.secrets:
        return "secrets may open what is encrypted"
    if options.max_packets is not None:
        return "packets are counted"
    if options.max_bytes is not None:
        return "its connections have a limit of their own"
    if path == STANDARD_INPUT or not os.path.isfile(path):
        return "it is no regular file"
    if not _is_plain(path):
        return "it is neither pcap nor pcapng, or it is compressed"
    if os.path.getsize(path) < 2 * LEAST_PART:
        return "it is small"
    return "it holds secrets" if secrets_ahead(path) else ""


def cuts_of(size: int, parts: int) -> list[int]:
    """The bytes at which a file of ``size`` is cut into at most so many parts.

    A part begins when what is in front of it was passed over, so that the later ones are smaller.
    """
    parts = max(1, min(parts, size // LEAST_PART))
    shares = [(1 - PASSED_OVER) ** index for index in range(parts)]
    whole = sum(shares)
    return [round(size * sum(shares[:index]) / whole) for index in range(1, parts)]


@contextmanager
def in_ranges(path: str, options: ScanOptions, cuts: Sequence[int], encoding: Encoding) -> Iterator[OneFile]:
    """A capture that is cut at these bytes; each part behind the first is read by a process, which ``encoding`` tells
    what to say of a flow. Leaving this ends them.

    Raises CaptureError if it does not open.
    """
    new_run = partial(RangeRun, path, options)
    ends = [*cuts[1:], None]
    with ExitStack() as opened, tempfile.TemporaryDirectory(prefix="tlseku-") as place:
        first = new_run(0, cuts[0])
        opened.callback(first.close)
        parts = []
        for begin, end in zip(cuts, ends, strict=True):
            part = PartElsewhere(partial(new_run, begin, end), encoding, place)
            opened.callback(part.stop)
            parts.append(part)
        yield OneFile(first, parts, partial(new_run, 0, None))


def _is_plain(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return kind_of(file.read(4)) is not None
    except OSError:
        # Whoever reads it says so.
        return False
