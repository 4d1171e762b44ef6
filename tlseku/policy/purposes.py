"""Which purpose a role needs, and how a list of purposes is put into words.

Knows the KeyPurposeIds of RFC 5280 section 4.2.1.12 and TLS roles; must not know certificates or rule-books.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tlseku.registry.names import eku_name

Role = Literal["client", "server", "unknown"]

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
ANY_PURPOSE = "2.5.29.37.0"

NAMED = 6
"""Purposes that a sentence names before it says how many more there are."""


def needed_purpose(role: Literal["client", "server"]) -> str:
    """The OID that the certificate of a TLS ``role`` must list: clientAuth for a client, serverAuth for a server."""
    return CLIENT_AUTH if role == "client" else SERVER_AUTH


def permits(purposes: Iterable[str] | None, purpose: str) -> bool:
    """Whether a list of purposes allows ``purpose``: no list at all (``None``), or it is listed, or any is."""
    if purposes is None:
        return True
    listed = set(purposes)
    return purpose in listed or ANY_PURPOSE in listed


def in_words(purposes: Iterable[str]) -> str:
    """Name purposes in the order given: ``serverAuth``, ``serverAuth and clientAuth``, ``a, b and 3 more``.

    A purpose named twice is named once; an unknown one appears as its dotted OID; none at all is ``nothing``.
    """
    names = [eku_name(oid) for oid in dict.fromkeys(purposes)]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    if not names:
        return "nothing"
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"
