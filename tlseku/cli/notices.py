"""What is said to a person on standard error, one line each.

Knows standard error; must not know why something is said. Text is escaped here, because file names and the
words of a damaged capture may be in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from tlseku.report.text import visible


def complain(text: str) -> None:
    """``tlseku: text`` on standard error."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    safe = visible(text).encode(encoding, "backslashreplace").decode(encoding)
    sys.stderr.write(f"tlseku: {safe}\n")
    sys.stderr.flush()


def warn(warnings: Iterable[str]) -> None:
    """``tlseku: warning: …`` on standard error, a line each."""
    for warning in warnings:
        complain(f"warning: {warning}")
