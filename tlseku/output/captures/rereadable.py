"""Which sources can be read twice, once for their flows and once for their packets.

Knows files; must not know what is in them. What cannot is a ``CaptureError`` before anything is written.
"""

from __future__ import annotations

import os
import stat
from typing import TypeAlias

from tlseku.capture.feed import describe_os_error
from tlseku.errors import CaptureError

Rereadable: TypeAlias = "str | os.PathLike[str]"
"""The path of a regular file."""


def must_be_rereadable(source: Rereadable) -> None:
    """Raise CaptureError for what can be read only once: standard input, pipes, and what does not open."""
    name = os.fspath(source)
    if name == "-":
        raise CaptureError("-", None, "standard input cannot be read twice; save it to a file first")
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError) as error:
        raise CaptureError(name, None, f"cannot open it: {describe_os_error(error)}") from None
    if not stat.S_ISREG(mode):
        raise CaptureError(name, None, "is not a regular file, and it must be read twice")
