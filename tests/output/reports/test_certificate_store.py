"""Certificates that are put aside come back as they were."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest

from tests.output.records import real
from tlseku.output.reports.certificate_store import CertificateStore

SEEN = tuple(
    dict.fromkeys(
        certificate
        for flow in real.flows()
        for certificate in chain.from_iterable(presented.chain for presented in flow.presented)
    )
)
"""Every certificate of the captures, with what the issuer was found to be."""


@pytest.mark.parametrize("kept_bytes", [0, 3000, 1 << 20])
def test_what_comes_back_is_what_went_in(kept_bytes: int) -> None:
    issuers = (None, False, True)
    given = [replace(one, public_issuer=issuers[at % 3]) for at, one in enumerate(SEEN)]
    assert len(given) > 10
    store = CertificateStore(kept_bytes)
    for one in given:
        store.add(one)
    assert len(store) == len(given)
    assert list(store) == given
    assert list(store) == given, "as often as wanted"


def test_the_first_are_kept_as_they_are() -> None:
    store = CertificateStore(len(SEEN[0].der))
    for one in SEEN[:2]:
        store.add(one)
    first, second = store
    assert first is SEEN[0]
    assert second is not SEEN[1]


def test_nothing_was_put_aside() -> None:
    assert list(CertificateStore()) == []
