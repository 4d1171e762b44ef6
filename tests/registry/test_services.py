"""Port to service name: a hint and no more."""

from __future__ import annotations

import pytest

from tlseku.registry.services import SERVICES, service_name


@pytest.mark.parametrize(
    ("port", "starttls", "name"),
    [
        (443, None, "https"),
        (5061, None, "sip-tls"),
        (7001, None, "traversal-zone"),
        (6972, None, "cucm-https-tftp"),
        (25, "smtp", "smtp"),
        (587, "smtp", "submission"),
        (2525, "smtp", "smtp"),
        (3128, "http-connect", "http-connect"),
        (443, "http-connect", "https"),
        (25003, None, None),
        (0, None, None),
        (65535, None, None),
    ],
)
def test_service_name(port: int, starttls: str | None, name: str | None) -> None:
    assert service_name(port, starttls) == name


def test_the_table_is_of_ports_and_words() -> None:
    assert all(0 < port < 65536 for port in SERVICES)
    assert all(word and word == word.lower() and " " not in word for word in SERVICES.values())
