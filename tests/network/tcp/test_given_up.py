"""Connections that were given up: known again in either direction, until another begins, in bounded memory."""

from __future__ import annotations

import pytest

from tlseku.network.decode.segment import reversed_key
from tlseku.network.tcp import given_up
from tlseku.network.tcp.given_up import GivenUp


def key(port: int) -> bytes:
    return bytes([192, 0, 2, 1, 192, 0, 2, 2]) + port.to_bytes(2, "big") + (443).to_bytes(2, "big")


def test_either_direction_is_known() -> None:
    known = GivenUp()
    assert known.is_empty
    assert not known.has(key(1))
    known.add(key(1))
    assert (known.has(key(1)), known.has(reversed_key(key(1))), known.has(key(2))) == (True, True, False)
    assert not known.is_empty


@pytest.mark.parametrize("begun", [key(1), reversed_key(key(1))])
def test_another_connection_is_not_it(begun: bytes) -> None:
    known = GivenUp()
    known.add(key(1))
    known.add(key(2))
    known.forget(begun)
    known.forget(key(3))
    assert (known.has(key(1)), known.has(key(2))) == (False, True)


def test_the_first_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_up, "MAX_GIVEN_UP", 3)
    known = GivenUp()
    for port in range(10):
        known.add(key(port))
    assert [port for port in range(10) if known.has(key(port))] == [6, 7, 8, 9]


def test_another_is_still_known_when_those_before_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_up, "MAX_GIVEN_UP", 2)
    known = GivenUp()
    for port in range(4):
        known.add(key(port))
        known.forget(key(0))
    assert [port for port in range(4) if known.has(key(port))] == [1, 2, 3]
