"""The reader of captures that a thread keeps from one task to the next.

Knows threads; must not know who gives tasks. On a cluster nobody says which tasks come to which worker, and a worker
may have several threads, of which each needs a reader of its own.
"""

from __future__ import annotations

import threading

from tlseku.parallel.one_capture import CaptureReader
from tlseku.scanning import ScanOptions

_here = threading.local()


def reader_here(options: ScanOptions) -> CaptureReader:
    """The reader of this thread for these options: the one of before, if they are the same."""
    known: tuple[ScanOptions, CaptureReader] | None = getattr(_here, "reader", None)
    if known is None or known[0] != options:
        known = _here.reader = options, CaptureReader(options)
    return known[1]
