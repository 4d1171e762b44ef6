"""A chain judged as the software does that is likely there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.chains import ANY, CLIENT, SERVER, facts
from tlseku.policy.peer_software.judging import finding_of
from tlseku.policy.peer_software.recognition import told


@pytest.mark.parametrize(
    ("name", "eku", "outcome"),
    [
        ("openssl", (CLIENT,), "accept"),
        ("openssl", (SERVER,), "refuse"),
        ("openssl", (ANY,), "refuse"),
        ("go", (ANY,), "accept"),
        ("go", (SERVER,), "refuse"),
        ("gnutls", (SERVER,), "accept"),
        ("rsyslog-gtls-purpose", (SERVER,), "refuse"),
        ("prosody", (SERVER,), "accept"),
        ("prosody", (CLIENT,), "refuse"),
        ("ejabberd", (CLIENT,), "accept"),
        ("ejabberd", (SERVER,), "refuse"),
        ("syslog-ng", (SERVER,), None),
    ],
)
def test_by_its_own_book(name: str, eku: tuple[str, ...], outcome: str | None) -> None:
    # (findings are remembered by digest)
    leaf = replace(facts("L", "I", eku), sha256=",".join(eku))
    finding = finding_of(told(name), [leaf], True)
    assert (None if finding is None else finding.outcome) == outcome


def test_an_empty_list_is_judged_by_nobody() -> None:
    assert finding_of(told("openssl"), [], True) is None
