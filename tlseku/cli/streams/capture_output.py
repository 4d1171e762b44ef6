"""Where ``-w`` writes captures: a file that is there only when it is whole, a device, or standard output.

Knows files; must not know captures.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from tlseku.cli.streams.whole_file import whole_file

STANDARD_OUTPUT = "-"


@contextmanager
def capture_output(path: str, source: str) -> Iterator[BinaryIO]:
    """An open file for ``path``, made from ``source``; ``-`` is standard output.

    Raises a usage error if it is the source itself or a terminal, OutputError if it cannot be written.
    """
    if path == STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise _refused("-w -: a capture is not for a terminal; send it into a pipe or a file")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
        raise _refused(f"-w {path}: is the capture that is read")
    with whole_file(path) as file:
        yield file


def _refused(problem: str) -> click.UsageError:
    return click.UsageError(problem)
