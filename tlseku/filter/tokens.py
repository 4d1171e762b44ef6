"""A filter expression cut into tokens.

Knows the characters of the language: words, strings, operators, brackets; must not know fields or what is compared.
Out come ``Token``s with the column where each begins, counted from 1, and an ``end`` behind the last. A character
that has no place raises ``FilterError``.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from tlseku.errors import FilterError

TokenKind = Literal["word", "string", "operator", "end"]

MAX_LENGTH = 10_000
"""Characters of an expression. People write some hundred; a list of serials may be long."""

SPELLINGS = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "~": "matches",
}
"""Other spellings of an operator, as Wireshark has them."""

WORD_OPERATORS = frozenset({"and", "or", "not", "contains", "matches", "in"})
"""Operators that look like words. They cannot stand for a value unless they are in quotes."""

SPACES = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What parts words, as a class of a regular expression: the characters of ``str.isspace``."""

STRING = r'r"[^"]*"|"(?:[^"\\]|\\[\s\S])*"'
OPERATOR = r"\.\.|==|!=|>=|<=|&&|\|\||[!<>~(){},]"
WORD = rf'(?:(?!\.\.)[^{SPACES}"!<>~=&|(){{}},])+'
"""Regular expressions of the tokens, which mean the same to Python and to JavaScript: the report has them, too
(``tlseku.filter.language``)."""

_TOKEN = re.compile(f"(?P<string>{STRING})|(?P<operator>{OPERATOR})|(?P<word>{WORD})")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class Token(NamedTuple):
    """``text`` of an operator in its first spelling, of a word as it stands, of a string what is between the quotes
    with escapes resolved; ``raw`` is a string as written, for regular expressions."""

    kind: TokenKind
    text: str
    column: int
    raw: str = ""


_LONGEST_QUOTED = 60


def quoted(text: str) -> str:
    """What somebody wrote, as a message repeats it: in quotes, escaped, and of much the beginning."""
    return repr(text) if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]!r}…"


def tokens_of(expression: str) -> list[Token]:
    """The tokens of an expression, the last of the kind ``end``. Raises FilterError."""
    if len(expression) > MAX_LENGTH:
        raise FilterError(expression, MAX_LENGTH + 1, f"longer than {MAX_LENGTH:,} characters")
    found: list[Token] = []
    place = 0
    while place < len(expression):
        if expression[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(expression, place)
        if match is None:
            raise FilterError(expression, place + 1, _complaint(expression[place]))
        found.append(_token(expression, match))
        place = match.end()
    return [*found, Token("end", "", len(expression) + 1)]


def _token(expression: str, match: re.Match[str]) -> Token:
    text, column = match[0], match.start() + 1
    if match.lastgroup == "string":
        if text.startswith("r"):
            return Token("string", text[2:-1], column, text[2:-1])
        inner = text[1:-1]
        return Token("string", _unescaped(expression, inner, column + 1), column, inner.replace('\\"', '"'))
    text = SPELLINGS.get(text, text)
    if match.lastgroup == "operator" or text in WORD_OPERATORS or text in SPELLINGS.values():
        return Token("operator", text, column)
    return Token("word", text, column)


def _unescaped(expression: str, inner: str, column: int) -> str:
    def one(escape: re.Match[str]) -> str:
        digits = escape[1] or escape[2]
        if digits:
            return chr(int(digits, 16))
        # What is no escape stays, so that a regular expression need not be a raw string.
        return _LETTERS.get(escape[3], escape[0])

    return _ESCAPE.sub(one, inner)


def _complaint(character: str) -> str:
    if character == '"':
        return "this string does not end"
    if character == "=":
        return "= compares nothing, write =="
    if character in "&|":
        return f"one {character} has no meaning, write {character * 2}"
    return f"{character!r} has no place here"
