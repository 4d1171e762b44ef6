"""Directions as text, in ASCII: what each side of a flow sends, as seen from a vantage.

Knows how directions and vantage hosts stand in a line of ``tlseku/flow/1``; must not know flows."""

from __future__ import annotations

from typing import NamedTuple

from tlseku.handshake.vantage import Vantage
from tlseku.output.json.templates.hello_facts import json_string


class SeenFrom(NamedTuple):
    """What the client sends, what the server sends, and the ``local`` hosts as JSON between brackets."""

    sent: bytes
    received: bytes
    local: bytes


UNSEEN = SeenFrom(b"unknown", b"unknown", b"")


def seen_from(vantage: Vantage, client: str, server: str) -> SeenFrom:
    """The directions between two addresses."""
    local = ",".join(json_string(ip) for ip in sorted({client, server}) if vantage.is_local(ip))
    return SeenFrom(
        vantage.direction(client, server).encode("ascii"),
        vantage.direction(server, client).encode("ascii"),
        local.encode("ascii"),
    )
