"""Single values as JSON: texts of their own, where a line is put together without dictionaries.

Knows strings, truth values, lists and dates; must not know what they are about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from typing import Final

from tlseku.output.words.timestamps import rfc3339

TRUTH: Final = {None: "null", True: "true", False: "false"}


def json_string(text: str) -> str:
    """A JSON string in plain ASCII, as ``to_json`` writes it."""
    return whole_characters(encode_basestring_ascii(text).replace("\x7f", "\\u007f"))


def quoted(text: str | None) -> str:
    """A string that has nothing to escape, or null."""
    return "null" if text is None else f'"{text}"'


def string_or_null(text: str | None) -> str:
    """A string, or null."""
    return "null" if text is None else json_string(text)


def date_or_null(ns: int | None) -> str:
    """Nanoseconds since 1970-01-01 UTC as RFC 3339, without decimals where the second is whole; null without a time,
    and for one that has no such form."""
    return "null" if ns is None else quoted(rfc3339(ns, digits=0))


def strings(texts: Iterable[str]) -> str:
    """A list of strings."""
    return f"[{','.join([json_string(text) for text in texts])}]"


_ESCAPE = re.compile(r"\\(?:(ud[89ab]..\\ud[c-f]..)|u(d[89a-f]..)|.)")
_BYTES = range(0xDC80, 0xDD00)
"""What Python has in place of bytes that are no UTF-8 (PEP 383)."""


def whole_characters(text: str) -> str:
    """JSON in plain ASCII without escapes of half a surrogate pair: the strings spell them out instead."""
    return _ESCAPE.sub(_whole, text) if "\\ud" in text else text


def _whole(escape: re.Match[str]) -> str:
    if not escape[2]:
        return escape[0]
    code = int(escape[2], 16)
    return f"\\\\x{code - 0xDC00:02x}" if code in _BYTES else f"\\\\u{escape[2]}"
