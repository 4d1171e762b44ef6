"""Whether two DER Names name the same entity, and which organisation a Name gives.

Knows Name (RFC 5280 sections 4.1.2.4 and 7.1); must not know whose names are compared. Names that differ in their
bytes only by case, by runs of blanks or by the string type are *equivalent*, which is told apart from being the
same: some verifiers compare bytes only. The text that is compared is that of ``distinguished_name``, which never
raises, so that any bytes can be compared.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import normalize

from tlseku.errors import Malformed
from tlseku.x509.der import OBJECT_IDENTIFIER, SEQUENCE, SET, enter, header, oid_text
from tlseku.x509.distinguished_name import LONGEST_REMEMBERED, name_text, string_value

EMPTY_NAME = b"\x30\x00"
"""A Name without a relative distinguished name: it names nobody."""

ORGANISATION = "2.5.4.10"


def names_nobody(der: bytes) -> bool:
    """Whether the Name is empty, or was not read at all (``b""``)."""
    return der in (b"", EMPTY_NAME)


def folded_name(der: bytes) -> str:
    """The text of a Name without its accidents: compatibility forms, case, runs of blanks. Never raises."""
    return _remembered_fold(der) if len(der) <= LONGEST_REMEMBERED else _folded(der)


def _folded(der: bytes) -> str:
    return " ".join(normalize("NFKC", name_text(der)).casefold().split())


# Requests list the same names in handshake after handshake, and each chain is held against them.
_remembered_fold = lru_cache(maxsize=1024)(_folded)


def organisations(der: bytes) -> tuple[str, ...]:
    """The organizationName values of a Name, in the order encoded; none if the Name does not follow DER."""
    try:
        return _organisations(der)
    except Malformed:
        return ()


def _organisations(der: bytes) -> tuple[str, ...]:
    found: list[str] = []
    offset, end = enter(der, 0, len(der), SEQUENCE)
    while offset < end:
        start, offset = enter(der, offset, end, SET)
        while start < offset:
            attribute, start = enter(der, start, offset, SEQUENCE)
            kind, kind_end = enter(der, attribute, start, OBJECT_IDENTIFIER)
            tag, value, after = header(der, kind_end, start)
            text = string_value(tag, der[value:after])
            if text is not None and oid_text(der[kind:kind_end]) == ORGANISATION:
                found.append(text)
    return tuple(found)
