"""Tables inside written pages that are made from the code: the short matrix in ``docs/eku.md``, the reasons in
``docs/hidden.md``, the ways to a key log in ``docs/how-to/encrypted.md``.

``python -m tests.docs.made_tables`` writes them anew; ``test_made_tables`` checks that they are current. A table stands
between ``<!-- made: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.verifiers.cases import case_named
from tests.verifiers.rule_book_page import SIGNS
from tlseku.output.words.key_log_advice import rows
from tlseku.output.words.wording import HIDDEN_BECAUSE
from tlseku.policy.rule_books import load_rule_books

DOCS = Path(__file__).resolve().parents[2] / "docs"

PAGES = ("eku.md", "hidden.md", "how-to/encrypted.md")

MADE = re.compile(r"(?<=<!-- made: )(\w+)( -->\n).*?(?=<!-- end -->)", re.S)

CHAINS = (
    "absent / absent",
    "C / absent",
    "C+S / absent",
    "S / absent",
    "email / absent",
    "any / absent",
    "any+S / absent",
    "empty / absent",
    "absent / S-only CA",
    "C+S / S-only CA",
    "C+S / C+S CA",
    "C+S / any CA",
)
"""The rows of the whole matrix that tell verifiers apart, in words of ``tests/verifiers/cases.py``."""

VERIFIERS = (
    "openssl",
    "boringssl",
    "go",
    "java",
    "gnutls-purpose",
    "gnutls",
    "nss",
    "rustls",
    "pyca",
    "windows",
    "apple",
)


def client_matrix() -> Iterator[str]:
    """What verifiers make of a chain that a TLS client presents."""
    books = load_rule_books(VERIFIERS)
    yield f"| leaf / issuer | {' | '.join(book.name for book in books)} |"
    yield f"|---|{'---|' * len(books)}"
    for name in CHAINS:
        signs = [SIGNS[book.judge(case_named(name).presented, "client").outcome] for book in books]
        yield f"| {name} | {' | '.join(signs)} |"


def hidden_reasons() -> Iterator[str]:
    """Every reason for which something cannot be seen."""
    yield "| reason | because |"
    yield "|---|---|"
    for reason, because in HIDDEN_BECAUSE.items():
        yield f"| `{reason}` | {because} |"


def key_log_ways() -> Iterator[str]:
    """How programs and libraries log their secrets."""
    yield "| who | plays | how |"
    yield "|---|---|---|"
    for name, plays, how in rows():
        yield f"| {name} | {plays} | {how} |"


TABLES = {"client_matrix": client_matrix, "hidden_reasons": hidden_reasons, "key_log_ways": key_log_ways}


def renewed(text: str) -> str:
    """``text`` with every made table as it is now."""
    return MADE.sub(lambda at: at[1] + at[2] + "\n" + "\n".join(TABLES[at[1]]()) + "\n\n", text)


if __name__ == "__main__":
    for name in PAGES:
        page = DOCS / name
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
