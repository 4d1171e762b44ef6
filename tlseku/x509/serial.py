"""Serial numbers of certificates as people and tools spell them, compared as integers and as nothing else.

Knows the spellings in use (``46:df:…`` of OpenSSL, ``46df…`` of Windows, ``0x``, dashes, blanks, upper case) and how
they get misspelt; must not know certificates or files. A spelling that nearly agrees gets a hint, never a match.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import category

FARTHEST = 2
"""Digits that may be wrong, missing or too many for a hint."""

SHORTEST = 12
"""Hexadecimal digits of a serial from which on hints are given: nearly all shorter ones are near to each other."""

LONGEST = 64
"""Hexadecimal digits up to which single digits are compared; RFC 5280 section 4.1.2.2 allows 40."""

_SEPARATORS = re.compile(r"[\s:_-]+")
_LABEL = re.compile(r"(?:certificate\s+)?serial(?:[\s_-]*(?:number|no\.?))?\s*[:=#]?\s*", re.I)
_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201c\u201d"
_INVISIBLE = frozenset({"Cf", "Cc"})
"""Categories of what dialogs put around a number that is copied, such as the left-to-right mark of Windows."""

_DIGITS = re.compile(r"[0-9A-Fa-f]+")
_ZEROS = re.compile(r"0+")


class Serial(NamedTuple):
    """A serial number as spelt: its ``value``, and its ``digits`` without separators and prefix, leading zeros kept,
    in lower case."""

    value: int
    digits: str

    @property
    def has_odd_digits(self) -> bool:
        """Whether the number of digits is odd: octets have two each, so that one may be lost or a zero left out."""
        return len(self.digits) % 2 == 1

    @property
    def warning(self) -> str | None:
        """What to tell somebody about the spelling; ``None``: nothing."""
        if not self.has_odd_digits:
            return None
        return (
            f"{len(self.digits)} digits is an odd number: a digit may be missing, or a leading zero left out"
        )


def read_serial(text: str) -> Serial | None:
    """Read a serial number in hexadecimal, however it is spelt; ``None`` for anything else.

    ``0x``, colons, dashes, blanks, case and leading zeros play no part, nor do quotes, characters that cannot be seen
    (dialogs of Windows put some in front) and a label (``serial=`` of OpenSSL). A dash in front makes it negative.
    """
    rest = "".join(one for one in text if one in "\t\n\r" or category(one) not in _INVISIBLE)
    rest = rest.strip().strip(_QUOTES).strip()
    label = _LABEL.match(rest)
    if label is not None:
        rest = rest[label.end() :].strip(_QUOTES).strip()
    negative = rest.startswith("-")
    rest = rest.removeprefix("-").lstrip()
    if rest[:2] in ("0x", "0X"):
        rest = rest[2:]
    digits = _SEPARATORS.sub("", rest)
    if _DIGITS.fullmatch(digits) is None:
        return None
    value = int(digits, 16)
    return Serial(-value if negative else value, digits.lower())


def near_miss(one: int, other: int) -> str | None:
    """Say in a phrase how two serial numbers that differ nearly agree; ``None`` where they are equal or do not.

    Runs of zeros that are of different length come first, then up to ``FARTHEST`` digits.
    """
    if one == other or (one < 0) is not (other < 0):
        return None
    ours, theirs = format(abs(one), "x"), format(abs(other), "x")
    if min(len(ours), len(theirs)) < SHORTEST:
        return None
    if _ZEROS.sub("0", ours) == _ZEROS.sub("0", theirs):
        return "only runs of zeros differ in length"
    if max(len(ours), len(theirs)) > LONGEST:
        return None
    distance = _edit_distance(ours, theirs)
    if distance > FARTHEST:
        return None
    return "one digit differs" if distance == 1 else f"{distance} digits differ"


def _edit_distance(one: str, other: str) -> int:
    if abs(len(one) - len(other)) > FARTHEST:
        return FARTHEST + 1
    row = list(range(len(other) + 1))
    for count, ours in enumerate(one, 1):
        before, row[0] = row[0], count
        for place, theirs in enumerate(other, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (ours != theirs)),
            )
    return row[-1]
