"""Tables in TOML that a user names: their text.

Knows files; must not know what a table holds. A file that cannot be read raises ``TableError`` with its name.
"""

from __future__ import annotations

from tlseku.capture.feed import describe_os_error
from tlseku.errors import TableError

LARGEST_TABLE = 4_000_000
"""Bytes of a table; hand-written ones have some thousand."""


def text_of(name: str) -> str:
    """Read a table's text, which is UTF-8. Raises TableError."""
    try:
        with open(name, "rb") as file:
            content = file.read(LARGEST_TABLE + 1)
    except (OSError, ValueError) as error:
        raise TableError(f"{name}: cannot open it: {describe_os_error(error)}") from error
    if len(content) > LARGEST_TABLE:
        raise TableError(f"{name}: more than {LARGEST_TABLE:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{name}: not UTF-8 at byte {error.start}") from error
