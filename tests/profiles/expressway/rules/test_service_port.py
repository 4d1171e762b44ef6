"""``tlseku.profiles.expressway.rules.service_port``: ports of zone and tunnels, and the words of SSH."""

from __future__ import annotations

import pytest

from tlseku.flow import Endpoint
from tlseku.profiles.expressway.rules.service_port import service_of, ssh_word


@pytest.mark.parametrize(
    ("port", "service"),
    [
        (7001, "uc_zone"),
        (7002, "uc_zone"),
        (7399, "uc_zone"),
        (2222, "ssh_tunnels"),
        (7000, None),
        (7400, None),
        (5061, None),
        (22, None),
        (0, None),
    ],
)
def test_ports(port: int, service: str | None) -> None:
    assert service_of(Endpoint("192.0.2.1", port)) == service


@pytest.mark.parametrize(
    ("detail", "word"),
    [
        ("tunnel@edge.example port 2222: Permission denied (publickey).", "denied"),
        ("Failed publickey for tunnel from 192.0.2.1 port 30011 ssh2", "denied"),
        ("Authenticated to edge.example port 2222", "up"),
        ("Accepted publickey for tunnel from 192.0.2.1 port 30013 ssh2", "up"),
        ("ssh: connect to host edge.example port 2222: Connection timed out", "down"),
        ("not Authenticated to anybody", "other"),
        ("", "other"),
    ],
)
def test_words_of_ssh(detail: str, word: str) -> None:
    assert ssh_word(detail) == word
