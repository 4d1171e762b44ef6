"""Hostile text made safe to look at: the one place where terminal and CSV output escape.

Knows which characters steer a terminal, reorder a line or take no room; must not know what the text means.
Out comes text in which every such character stands as ``\\x1b``, ``\\u202e`` or ``\\U000e0001``. Backslashes stay
single, because RFC 4514 names are full of them: the result is for eyes, not for parsing back.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, east_asian_width

INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that Unicode counts as letters, marks or symbols although they show nothing."""

LONGEST_REMEMBERED = 80
"""Texts up to here are remembered with their width."""


def visible(text: str, *, ascii_only: bool = False) -> str:
    """``text`` with every control, format, bidirectional, zero-width, surrogate and unassigned character escaped.

    Spaces other than U+0020 are escaped too. With ``ascii_only`` everything beyond U+007E is.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_ASCII if ascii_only else _UNICODE)


def _may_show(character: str, ascii_only: bool) -> bool:
    if ascii_only and not character.isascii():
        return False
    return (
        character.isprintable()
        and character not in INVISIBLE_LETTERS
        and not _is_variation_selector(character)
    )


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def escape(character: str) -> str:
    """One character as ``\\xNN``, ``\\uNNNN`` or ``\\UNNNNNNNN``."""
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


class _Escapes(dict[int, str]):
    # What each character becomes, found out when it is first met: str.translate then runs at full speed.
    def __init__(self, ascii_only: bool) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def __missing__(self, code: int) -> str:
        character = chr(code)
        shown = character if _may_show(character, self._ascii_only) else escape(character)
        self[code] = shown
        return shown


_UNICODE = _Escapes(ascii_only=False)
_ASCII = _Escapes(ascii_only=True)


def cells(text: str) -> int:
    """How many terminal columns ``text`` takes: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    # Signs and short words come again and again.
    return _cells(text) if len(text) <= LONGEST_REMEMBERED else _cells.__wrapped__(text)


@lru_cache(maxsize=1024)
def _cells(text: str) -> int:
    return sum([_cells_of(character) for character in text])


def _cells_of(character: str) -> int:
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def head(text: str, columns: int) -> str:
    """The longest beginning of ``text`` that takes at most ``columns`` terminal columns."""
    if text.isascii():
        return text[: max(columns, 0)]
    taken = 0
    for index, character in enumerate(text):
        taken += _cells_of(character)
        if taken > columns:
            return text[:index]
    return text


def clip(text: str, columns: int, ellipsis: str = "…") -> str:
    """``text`` if it fits into ``columns``, else its beginning and ``ellipsis``."""
    if cells(text) <= columns:
        return text
    return head(text, columns - cells(ellipsis)) + ellipsis
