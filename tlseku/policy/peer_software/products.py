"""Products that were run: what each enforces, and what it does when it refuses: ``data/products.toml`` as values.

Knows the form of that table and the words for what a product does; must not know flows. What was done with each kind of
certificate is one row of *cells*, and everything else is read from these.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple, get_args

from tlseku.policy.peer_software.request_shape import JudgedAs
from tlseku.policy.peer_software.stacks import stacks
from tlseku.policy.shipped_table import Row, read_table, shipped
from tlseku.registry.names import alert_name

PRODUCTS_SCHEMA = "tlseku/products/1"

CELLS: dict[str, str] = {
    "C": "clientAuth",
    "S": "serverAuth only",
    "Y": "anyExtendedKeyUsage only",
    "YS": "anyExtendedKeyUsage and serverAuth",
    "E": "an empty EKU",
    "iS": "clientAuth under an issuer with serverAuth only",
    "iY": "clientAuth under an issuer with anyExtendedKeyUsage only",
    "rS": "clientAuth under a root with serverAuth only, which is not sent",
    "exp": "an expired certificate",
    "unk": "an unknown issuer",
    "none": "no certificate",
}
"""The kinds of certificates that each product was shown, in the order of the table."""

Enforces = Literal["no purpose", "nothing"]
"""What is enforced where no rule-book says it: dates and issuers, but no EKU; or nothing at all."""

_ANSWERS = {
    "A": "accepts",
    "-": "closes without an alert",
    "fin": "completes the handshake, then closes without a byte",
    "!": "resets the connection",
    "in": "completes the handshake and refuses inside",
    "?": "was not run",
}
_KEYS = (
    *("name", "title", "version", "setting", "stack", "library", "services", "enforces", "judges_as"),
    *("cells", "inside", "log", "note", "as_of"),
)


class Product(NamedTuple):
    """A product, as it was run in ``version`` with ``setting``, with the TLS library ``stack`` of release ``library``.

    ``services`` are names of ``Flow.service`` and ``Flow.starttls`` that it serves. ``enforces`` is the name of a
    rule-book whose answers it gives, or a word of ``Enforces``; ``judges_as`` the role for whose purpose it looks in a
    client's certificate. ``cells`` are what it did with each kind of ``CELLS``, ``inside`` what it says inside, ``log``
    where its reasons stand, ``note`` what else one should know; None: nothing.
    """

    name: str
    title: str
    version: str
    setting: str
    stack: str
    library: str
    services: tuple[str, ...]
    enforces: str
    judges_as: JudgedAs
    cells: tuple[str, ...]
    inside: str | None
    log: str | None
    note: str | None
    as_of: date

    def cell(self, kind: str) -> str:
        """What it did with a kind of ``CELLS``, as the table writes it. Raises ValueError for another word."""
        return self.cells[list(CELLS).index(kind)]

    def answer(self, kind: str) -> str:
        """The same in words: ``refuses with unsupported_certificate (43)``."""
        parts = self.cell(kind).split("/")
        if len(parts) == 1 or parts[0] == parts[1]:
            return self._words(parts[0])
        return f"{self._words(parts[0])} in TLS 1.2, {self._words(parts[1])} in TLS 1.3"

    @property
    def rule_book(self) -> str | None:
        """The rule-book whose answers it gives; None where it looks at no EKU."""
        return None if self.enforces in get_args(Enforces) else self.enforces

    def _words(self, cell: str) -> str:
        if cell.isdigit():
            return f"refuses with {alert_name(int(cell))} ({cell})"
        inside = f" ({self.inside})" if cell == "in" and self.inside is not None else ""
        return f"{_ANSWERS[cell]}{inside}"


@functools.cache
def products() -> tuple[Product, ...]:
    """All of them, in the order of their names."""
    return read_products(shipped(__package__, "products.toml"), "products.toml")


def read_products(text: str, file: str) -> tuple[Product, ...]:
    """The table in ``text``. Raises TableError for anything in another form, and names that are there twice."""
    read: dict[str, Product] = {}
    for row in read_table(text, file, PRODUCTS_SCHEMA, "product", _KEYS):
        product = _product(row)
        if product.name in read:
            raise row.error("name", f"{product.name!r} is there twice")
        read[product.name] = product
    return tuple(sorted(read.values()))


@functools.cache
def exceptions_in_words(stack: str) -> str | None:
    """The products with this library that judge otherwise than its rule-book, in one phrase; None if there are none."""
    own = next((each.rule_book for each in stacks() if each.name == stack), None)
    used = [each for each in products() if each.stack == stack]
    blind = [each.title for each in used if each.rule_book is None]
    phrases = [f"{_listed(blind)} look{'s' if len(blind) == 1 else ''} at no EKU"] if blind else []
    for each in used:
        if each.judges_as == "server":
            phrases.append(f"{each.title} asks for serverAuth")
        elif each.rule_book not in (None, own):
            phrases.append(f"{each.title} judges by the rule-book {each.rule_book}")
    return "; ".join(phrases) or None


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _product(row: Row) -> Product:
    stack = row.text("stack")
    if stack not in [each.name for each in stacks()]:
        raise row.error("stack", f"there is no stack {stack!r}")
    cells = tuple(row.text("cells").split())
    if len(cells) != len(CELLS):
        raise row.error("cells", f"must be {len(CELLS)}")
    for cell in cells:
        for part in cell.split("/"):
            if part not in _ANSWERS and not part.isdigit():
                raise row.error("cells", f"{part!r} is neither an alert nor one of {' '.join(_ANSWERS)}")
    judges_as: JudgedAs = row.word("judges_as", get_args(JudgedAs)) if row.has("judges_as") else "client"
    return Product(
        row.text("name"),
        row.text("title"),
        row.text("version"),
        row.text("setting"),
        stack,
        row.text("library"),
        row.texts("services"),
        row.text("enforces"),
        judges_as,
        cells,
        row.text_or_none("inside"),
        row.text_or_none("log"),
        row.text_or_none("note"),
        row.day("as_of"),
    )
