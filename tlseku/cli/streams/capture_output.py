"""Where ``-w`` writes: a file that is there only when it is whole, a device, or standard output.

Knows files; must not know captures. A file is written beside its place and moved there at the end, so that a run that
fails leaves what was there before.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from tlseku.capture.feed import describe_os_error

STANDARD_OUTPUT = "-"


@contextmanager
def capture_output(path: str, source: str) -> Iterator[BinaryIO]:
    """An open file for ``path``, made from ``source``; ``-`` is standard output.

    Raises a usage error if it is the source itself, a terminal, or cannot be opened.
    """
    if path == STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise _refused("-w -: a capture is not for a terminal; send it into a pipe or a file")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    beside = path
    if not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode):
        beside = f"{path}.part"
    if os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
        raise _refused(f"-w {path}: is the capture that is read")
    try:
        file = open(beside, "wb")  # noqa: SIM115  closed below, before it is moved
    except OSError as error:
        raise _refused(f"-w {path}: cannot write it: {describe_os_error(error)}") from None
    try:
        with file:
            yield file
        if beside != path:
            os.replace(beside, path)
    except BaseException:  # whatever it is goes on to the caller, without half a file
        if beside != path:
            os.unlink(beside)
        raise


def _refused(problem: str) -> click.UsageError:
    return click.UsageError(problem, click.get_current_context())
