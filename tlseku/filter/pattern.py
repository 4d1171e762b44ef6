"""Regular expressions that cannot hang.

Knows RE2, whose time grows with the text and not with the pattern (https://github.com/google/re2/wiki/Syntax); the only
module that does. Must not know fields. Text from a capture is hostile, and a pattern that Python's ``re`` backtracks
on would let it stop the program. RE2 is written in C++ and has no wheel for some systems (musl, ARM of 32 bits,
free-threaded Python), so it is not there everywhere: what lacks it says so.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.filter.tokens import quoted

MAX_MEMORY = 8 << 20
"""Bytes that a compiled pattern may take; RE2's own default."""


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that finds the pattern anywhere in a text, whatever the case.

    Raises ValueError for a bad pattern, and for any where RE2 is not installed.
    """
    try:
        import re2
    except ImportError:
        raise ValueError(
            "matches needs google-re2, which is not installed: pip install 'tlseku[re2]';"
            " contains and == need nothing"
        ) from None

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"no regular expression: {_text(error)}") from None
    except UnicodeEncodeError:
        raise ValueError("no regular expression: half a surrogate pair") from None

    def found(text: str) -> bool:
        return compiled.search(text.encode("utf-8", "replace")) is not None

    return found


def _text(error: BaseException) -> str:
    """What RE2 says, which is a reason and, behind a colon, the part that is wrong: that may be the whole pattern."""
    said = error.args[0] if error.args else ""
    reason, colon, part = (
        said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    ).partition(": ")
    return f"{reason}: {quoted(part)}" if colon else reason
