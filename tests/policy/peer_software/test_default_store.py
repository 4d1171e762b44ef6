"""Requests that name a default trust store, and long ones that do not."""

from __future__ import annotations

import pytest

from tests.builder import ca
from tlseku.policy.peer_software import default_store
from tlseku.policy.peer_software.default_store import FEWEST, names_of_default_store
from tlseku.x509.reading import read_certificate
from tlseku.x509.root_stores import installed_roots

ROOTS = list(dict.fromkeys(root.certificate.subject_der for root in installed_roots()))


def own(count: int) -> list[bytes]:
    """Names of CAs that nobody else has."""
    (name,) = {read_certificate(ca("Corporate CA").der).subject_der}
    return [name] * count


@pytest.mark.parametrize(
    ("public", "others", "found"),
    [
        (120, 0, 120),
        (120, 24, 120),
        (FEWEST, 0, FEWEST),
        (FEWEST, FEWEST - 1, FEWEST),
        (FEWEST, FEWEST, 0),
        (FEWEST - 1, 0, 0),
        (FEWEST - 1, 20, 0),
        (2, 0, 0),
        (0, 144, 0),
        (0, 0, 0),
    ],
)
def test_most_of_many(public: int, others: int, found: int) -> None:
    assert names_of_default_store([*ROOTS[:public], *own(others)]) == found


def test_without_roots_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    default_store._public_names.cache_clear()
    monkeypatch.setattr("tlseku.x509.root_stores.installed_roots", lambda: ())
    try:
        assert names_of_default_store(ROOTS[:144]) == 0
    finally:
        default_store._public_names.cache_clear()


def test_names_that_are_none() -> None:
    assert names_of_default_store([b"", b"\x30\x00", b"\xff" * 40] * 50) == 0
