"""One setting of a configuration or status dump, and how its path is compared with a key.

Knows that words come in any case, run together or apart, and that ``ExtendedKeyUsage`` is also written
``ExtendedKeyUse``; must not know how a dump is written or what a setting means.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROOTS = frozenset({"xconfiguration", "xstatus", "configuration", "status", "xmldoc"})
"""Words at the beginning of a path that say only what kind of dump it is."""

_SEPARATORS = re.compile(r"[\s/]+")


class Setting(NamedTuple):
    """``path`` are its words without ``ROOTS``, ``value`` its text (``""``: present and empty), ``line`` where it
    stands, from 1."""

    path: tuple[str, ...]
    value: str
    line: int

    @property
    def name(self) -> str:
        """The path as one text."""
        return " ".join(self.path)

    @property
    def path_without_numbers(self) -> tuple[str, ...]:
        """The path without the numbers of items, such as the 2 of ``Zone 2``."""
        return tuple(word for word in self.path if not word.isdecimal())

    def is_at(self, key: str) -> bool:
        """Whether this is the setting that ``key`` names in full.

        Numbers of items, such as ``Zone 2``, count only if the key has any.
        """
        wanted = words_of(key)
        path = self.path if any(word.isdecimal() for word in wanted) else self.path_without_numbers
        return folded(path) == folded(wanted)

    def ends_at(self, key: str) -> bool:
        """Whether the path ends with all words of ``key``, which has no numbers, whatever stands before them."""
        looked_for, end = folded(words_of(key)), ""
        for word in reversed(self.path_without_numbers):
            end = folded((word, end))
            if end == looked_for:
                return True
            if len(end) > len(looked_for):
                return False
        return False

    def is_under(self, key: str) -> bool:
        """Whether the words of ``key`` stand side by side somewhere in the path."""
        wanted = words_of(key)
        path = self.path if any(word.isdecimal() for word in wanted) else self.path_without_numbers
        looked_for = folded(wanted)
        # Without those that are punctuation alone.
        folds = [fold for word in path if (fold := folded((word,)))]
        return any(_has_at(start, folds, looked_for) for start in range(len(folds)))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a path, which blanks or slashes part, without ``ROOTS`` at its beginning."""
    words = [word for word in _SEPARATORS.split(text) if word]
    begin = 0
    while begin < len(words) and words[begin].casefold() in ROOTS:
        begin += 1
    return tuple(words[begin:])


def folded(words: tuple[str, ...]) -> str:
    """Words as one text without case, blanks and punctuation, in one spelling."""
    text = "".join(character for character in "".join(words).casefold() if character.isalnum())
    return text.replace("extendedkeyuse", "extendedkeyusage")


def _has_at(start: int, folds: list[str], looked_for: str) -> bool:
    # "Checking Mode" and "CheckingMode" are the same words.
    joined = ""
    for index in range(start, len(folds)):
        joined = folded((joined, folds[index]))
        if joined == looked_for:
            return True
        if len(joined) > len(looked_for):
            return False
    return False
