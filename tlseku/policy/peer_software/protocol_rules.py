"""Protocols in which a client's certificate is judged by rules of their own: ``data/protocols.toml`` as values.

Knows the form of that table, and which certificates a rule speaks against; must not know flows. Where such rules
contradict each other (XMPP between servers), all of them are said: nobody knows which product answers.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from tlseku.policy.peer_software.products import products
from tlseku.policy.purposes import CLIENT_AUTH, SERVER_AUTH
from tlseku.policy.shipped_table import Row, read_table, shipped

PROTOCOLS_SCHEMA = "tlseku/protocols/1"

_PURPOSES = {"clientAuth": CLIENT_AUTH, "serverAuth": SERVER_AUTH}
_KEYS = ("protocols", "side", "product", "purpose", "where", "rule", "source", "as_of")


class ProtocolRule(NamedTuple):
    """In ``protocols`` (words of ``OWN_RULES``), ``product`` looks for ``purpose`` in the certificate of ``side``, in
    the circumstance ``where``. ``title`` is the name of the product for people, ``oid`` that of the purpose."""

    protocols: tuple[str, ...]
    side: str
    product: str
    title: str
    purpose: str
    oid: str
    where: str
    rule: str
    source: str
    as_of: date

    def fits(self, eku: Collection[str] | None) -> bool:
        """Whether a leaf with these purposes has the one that is looked for. None: it is not restricted.

        What was run takes anyExtendedKeyUsage for no purpose (OpenSSL's check).
        """
        return eku is None or self.oid in eku


@functools.cache
def protocol_rules() -> tuple[ProtocolRule, ...]:
    """All of them, in the order of the table."""
    return read_protocol_rules(shipped(__package__, "protocols.toml"), "protocols.toml")


@functools.cache
def rules_of(protocol: str, side: str) -> tuple[ProtocolRule, ...]:
    """The rules for the certificate of ``side`` in a protocol, by a word of ``OWN_RULES``."""
    return tuple(each for each in protocol_rules() if each.side == side and protocol in each.protocols)


def read_protocol_rules(text: str, file: str) -> tuple[ProtocolRule, ...]:
    """The table in ``text``. Raises TableError for anything in another form."""
    return tuple(_rule(row) for row in read_table(text, file, PROTOCOLS_SCHEMA, "rule", _KEYS))


def _rule(row: Row) -> ProtocolRule:
    purpose, side = row.word("purpose", _PURPOSES), row.word("side", ("client", "server"))
    name = row.text("product")
    product = next((each for each in products() if each.name == name), None)
    if product is None:
        raise row.error("product", f"there is no product {name!r}")
    return ProtocolRule(
        row.texts("protocols"),
        side,
        name,
        product.title.partition(" (")[0],
        purpose,
        _PURPOSES[purpose],
        row.text("where"),
        row.text("rule"),
        row.text("source"),
        row.day("as_of"),
    )
