"""A configuration or status dump as text: ``*c xConfiguration Path: "value"``, ``*s Path: value``.

Knows how lines of it look; must not know what a setting means. The mark (``*c``) and ``xConfiguration`` may be
missing, the value quoted or bare, and several settings may have come to stand on one line. A line that ends behind
its colon begins a group: indented lines after it are below it. Lines of other forms are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tlseku.profiles.expressway.archive.lines import TextLine
from tlseku.profiles.expressway.settings.setting import Setting, words_of

DEEPEST = 32
"""Groups within groups; more are not followed."""

LONGEST_PATH = 1024
"""Characters of a path with its groups; real ones have a hundred. A long one would be carried by all lines below it."""

_MARK = re.compile(r"\*[A-Za-z]+(?:[ \t]+|(?=/))")
_NEXT = re.compile(r"(?<!\\\")(?<=\")[ \t]+(?=\*[A-Za-z][ \t]+xConfiguration[ \t])", re.I)
_END = re.compile(r"[ \t]*\*[A-Za-z]+/end\b", re.I)
_ESCAPED = re.compile(r'\\(["\\])')
_ABSOLUTE = re.compile(r"x(?:configuration|status)[\s/]", re.I)


def settings_of_text(lines: Iterable[TextLine]) -> Iterator[Setting]:
    """The settings in the order of the lines."""
    groups: list[tuple[int, tuple[str, ...]]] = []
    for line in lines:
        for text in _NEXT.split(line.text):
            if _END.match(text):
                groups = []
                continue
            # By hand: a pattern that may end its parts anywhere in a run of blanks tries all ways to part it.
            head, colon, rest = text.partition(":")
            words = head.lstrip(" \t")
            if not colon or not words or '"' in words:
                continue
            indent = len(head[: len(head) - len(words)].expandtabs(8))
            mark = _MARK.match(words)
            words = words if mark is None else words[mark.end() :]
            if mark is not None or indent == 0 or _ABSOLUTE.match(words):
                groups = []
            while groups and groups[-1][0] >= indent:
                groups.pop()
            path = (*(groups[-1][1] if groups else ()), *words_of(words[: LONGEST_PATH + 1]))
            if sum(map(len, path)) > LONGEST_PATH:
                continue
            value = rest.strip()
            if value in ("", "/"):
                if len(groups) < DEEPEST:
                    groups.append((indent, path))
            elif path:
                yield Setting(path, _unquoted(value), line.number)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    end = value.rfind('"')
    return _ESCAPED.sub(r"\1", value[1:end] if end > 0 else value[1:])
