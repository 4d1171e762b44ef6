"""``tlseku.policy.purposes``: what a role needs, and purposes in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.policy.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH, in_words, needed_purpose, permits

EMAIL = "1.3.6.1.5.5.7.3.4"


def test_needs() -> None:
    assert needed_purpose("client") == CLIENT_AUTH == "1.3.6.1.5.5.7.3.2"
    assert needed_purpose("server") == SERVER_AUTH == "1.3.6.1.5.5.7.3.1"


@pytest.mark.parametrize("purposes", [None, (CLIENT_AUTH,), (ANY_PURPOSE,), (SERVER_AUTH, CLIENT_AUTH)])
def test_permits(purposes: tuple[str, ...] | None) -> None:
    assert permits(purposes, CLIENT_AUTH)


@pytest.mark.parametrize("purposes", [(), (SERVER_AUTH,), (EMAIL,), ("1.3.6.1.5.5.7.3.20",)])
def test_does_not_permit(purposes: tuple[str, ...]) -> None:
    assert not permits(purposes, CLIENT_AUTH)


@pytest.mark.parametrize(
    ("purposes", "words"),
    [
        ((), "nothing"),
        ((SERVER_AUTH,), "serverAuth"),
        ((SERVER_AUTH, SERVER_AUTH), "serverAuth"),
        ((SERVER_AUTH, CLIENT_AUTH), "serverAuth and clientAuth"),
        ((CLIENT_AUTH, "1.2.3", ANY_PURPOSE), "clientAuth, 1.2.3 and anyExtendedKeyUsage"),
        (tuple(f"1.2.{n}" for n in range(6)), "1.2.0, 1.2.1, 1.2.2, 1.2.3, 1.2.4 and 1.2.5"),
        (tuple(f"1.2.{n}" for n in range(9)), "1.2.0, 1.2.1, 1.2.2, 1.2.3, 1.2.4 and 4 more"),
    ],
)
def test_in_words(purposes: tuple[str, ...], words: str) -> None:
    assert in_words(purposes) == words


@given(st.lists(st.from_regex(r"1\.2\.[1-9][0-9]{0,8}", fullmatch=True)))
def test_words_are_bounded(purposes: list[str]) -> None:
    assert len(in_words(purposes)) < 120
