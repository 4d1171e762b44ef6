"""The rule-books that ship with tlseku, and those of a user.

Knows the files in ``data`` and how books are chosen by name; must not know what is in them.
"""

from __future__ import annotations

import functools
import os
import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from tlseku.policy.alert_senses import Sender, senders_of
from tlseku.policy.causes import CauseName
from tlseku.policy.rule_books.book import RuleBook, SentAlert
from tlseku.policy.rule_books.format import LARGEST_BOOK, RuleBookError, read_rule_book
from tlseku.policy.rule_books.releases import read_release

BUILT_IN = (
    "rfc5280",
    "openssl",
    "boringssl",
    "go",
    "java",
    "gnutls",
    "gnutls-purpose",
    "nss",
    "rustls",
    "pyca",
    "windows",
    "apple",
    "mbedtls",
    "erlang",
    "wolfssl",
    "botan",
    "s2n",
    "cabf-2027",
    "expressway-15.5",
)
"""The names of the books that ship, in the order in which they are listed."""


def load_rule_books(
    names: Sequence[str] | None = None, files: Sequence[str | os.PathLike[str]] = ()
) -> tuple[RuleBook, ...]:
    """Load rule-books: those of ``names``, in that order, from the books that ship and those in ``files`` (TOML).
    ``NAME@RELEASE``, such as ``go@1.26``, is a book as it is for one release of what it models.

    ``None`` means all of both, the shipped ones first. Raises ``RuleBookError`` for a name that no book has, a file
    that cannot be read or is no rule-book, and a file whose book bears the name of another.
    """
    own: dict[str, RuleBook] = {}
    for file in files:
        book = _read_file(os.fspath(file))
        if book.name in own or book.name in BUILT_IN:
            raise RuleBookError(f"{os.fspath(file)}: name: there is a rule-book {book.name!r} already")
        own[book.name] = book
    chosen = (*BUILT_IN, *own) if names is None else dict.fromkeys(names)
    there = ", ".join((*BUILT_IN, *own))
    books = []
    for name in chosen:
        alone, _, release = name.partition("@")
        if alone not in own and alone not in BUILT_IN:
            raise RuleBookError(f"there is no rule-book {alone!r}; there are {there}")
        book = own[alone] if alone in own else _built_in(alone)
        books.append(_of_release(book, release) if "@" in name else book)
    return tuple(books)


def _of_release(book: RuleBook, release: str) -> RuleBook:
    try:
        return book.of_release(release)
    except ValueError as error:
        raise RuleBookError(f"{book.name}@{release}: {error}") from None


@functools.cache
def _built_in(name: str) -> RuleBook:
    # importlib.resources would do as well, and takes as long to import as all books to read.
    text = pkgutil.get_data("tlseku.policy.rule_books", f"data/{name}.toml")
    if text is None:
        raise RuleBookError(f"{name}.toml: this installation lacks its data")
    book = read_rule_book(text.decode("utf-8"), f"{name}.toml")
    return replace(book, alerts=tuple(_sent(each) for each in senders_of(name)))


def _sent(row: Sender) -> SentAlert:
    """Alerts of the books that ship are written once, where the senses of alerts are."""
    return SentAlert(
        causes=tuple(cause for cause in get_args(CauseName) if cause in row.causes),
        alert=row.alert,
        tls13=row.tls13,
        since=None if row.since is None else read_release(row.since),
        until=None if row.until is None else read_release(row.until),
        certificate=row.answers,
    )


def _read_file(file: str) -> RuleBook:
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read(LARGEST_BOOK + 1)
    except OSError as error:
        raise RuleBookError(f"{file}: cannot open it: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RuleBookError(f"{file}: not TOML: not UTF-8 text") from error
    except ValueError as error:
        raise RuleBookError(f"{file!r}: {error}") from error
    return read_rule_book(text, file)
