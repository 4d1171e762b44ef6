"""The store: what is found, what gives way, and that no text shows a secret."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tlseku.decryption import secret_store as labels
from tlseku.decryption.secret_store import MAX_PER_CONNECTION, SecretStore

A, B, D = (bytes((n,)) * 32 for n in (1, 2, 3))
SECRET = b"\xde\xad\xbe\xef" * 12


def test_a_secret_is_found_by_random_and_label() -> None:
    store = SecretStore()
    assert store.add(labels.CLIENT_RANDOM, A, SECRET)
    assert store.secret(A, labels.CLIENT_RANDOM) == SECRET
    assert dict(store.of(A)) == {labels.CLIENT_RANDOM: SECRET}
    assert (len(store), store.revision, store.evicted) == (1, 1, 0)


@pytest.mark.parametrize(
    ("random", "label"), [(B, labels.CLIENT_RANDOM), (A, labels.SERVER_HANDSHAKE), (A[:31], "")]
)
def test_what_is_not_there_is_none(random: bytes, label: str) -> None:
    store = SecretStore()
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    assert store.secret(random, label) is None


def test_a_later_secret_takes_the_place_of_an_earlier_one() -> None:
    store = SecretStore()
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    store.add(labels.CLIENT_RANDOM, A, SECRET[::-1])
    assert store.secret(A, labels.CLIENT_RANDOM) == SECRET[::-1]
    assert (len(store), store.revision) == (1, 2)


def unclaimed(store: SecretStore, since: int = 0) -> list[tuple[bytes, bytes]]:
    return list(store.unclaimed(since))


def test_sessions_that_no_hello_showed() -> None:
    store = SecretStore()
    assert unclaimed(store) == []
    store.add(labels.CLIENT_HANDSHAKE, A, SECRET)
    store.add(labels.CLIENT_RANDOM, D, SECRET)
    assert unclaimed(store) == []
    store.add(labels.SERVER_HANDSHAKE, A, b"a" * 32)
    store.add(labels.SERVER_HANDSHAKE, B, b"b" * 32)
    store.add(labels.SERVER_TRAFFIC_0, A, SECRET)
    assert unclaimed(store) == [(B, b"b" * 32), (A, b"a" * 32)]
    assert [unclaimed(store, since) for since in (2, 3, 4)] == [unclaimed(store), [(B, b"b" * 32)], []]
    store.add(labels.SERVER_HANDSHAKE, A, b"n" * 32)
    assert unclaimed(store, 5) == [(A, b"n" * 32)]
    assert unclaimed(store) == [(A, b"n" * 32), (B, b"b" * 32)]
    store.claim(A)
    store.claim(D)
    assert unclaimed(store) == [(B, b"b" * 32)]
    assert store.secret(A, labels.SERVER_HANDSHAKE) == b"n" * 32


def test_a_session_that_gave_way_is_not_given_out() -> None:
    store = SecretStore(max_connections=2)
    for random in (A, B, D):
        store.add(labels.SERVER_HANDSHAKE, random, SECRET)
    assert unclaimed(store) == [(D, SECRET), (B, SECRET)]


def test_the_oldest_connection_gives_way() -> None:
    store = SecretStore(max_connections=2)
    for random in (A, B, D):
        store.add(labels.CLIENT_RANDOM, random, SECRET)
    assert [store.secret(random, labels.CLIENT_RANDOM) for random in (A, B, D)] == [None, SECRET, SECRET]
    assert (len(store), store.evicted) == (2, 1)


def test_rsa_secrets_take_room_too() -> None:
    store = SecretStore(max_connections=2)
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    store.add_rsa(b"12345678", SECRET)
    store.add_rsa(b"12345678", SECRET)
    assert (len(store), store.evicted) == (2, 0)
    store.add_rsa(b"87654321", SECRET)
    assert (len(store), store.evicted) == (2, 1)
    # The oldest of both kinds gave way.
    assert store.secret(A, labels.CLIENT_RANDOM) is None
    assert store.pre_master(b"\0\x08" + b"12345678", 0x0303) == SECRET
    store.add(labels.CLIENT_RANDOM, B, SECRET)
    assert store.pre_master(b"\0\x08" + b"12345678", 0x0303) is None
    assert (len(store), store.evicted) == (2, 2)


def test_giving_way_takes_a_step_each() -> None:
    """Looking for the first key of a dict would step over all that were deleted before it."""
    asked = []

    class Watched(dict[bytes, dict[str, bytes]]):
        def __iter__(self) -> Iterator[bytes]:
            asked.append(len(self))
            return super().__iter__()

    store = SecretStore(max_connections=100)
    store._by_random = Watched()
    for number in range(1000):
        store.add(labels.SERVER_HANDSHAKE, number.to_bytes(32, "big"), SECRET)
    assert (len(store), store.evicted, asked) == (100, 900, [])
    assert [random[-1] for random, _ in itertools.islice(store.unclaimed(0), 2)] == [999 % 256, 998 % 256]


def test_what_was_claimed_is_not_stepped_over_again_and_again() -> None:
    store = SecretStore()
    for number in range(10_000):
        store.add(labels.SERVER_HANDSHAKE, number.to_bytes(32, "big"), SECRET)
    first = store._unclaimed
    for number in range(1, 10_000):
        store.claim(number.to_bytes(32, "big"))
    assert store._unclaimed is not first
    assert [random for random, _ in store.unclaimed(0)] == [bytes(32)]


def test_the_first_of_the_other_kind_gives_way_where_there_is_none_of_its_own() -> None:
    store = SecretStore(max_connections=1)
    store.add_rsa(b"12345678", SECRET)
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    assert (len(store), store.evicted, store.has_pre_masters) == (1, 1, False)


def test_one_connection_holds_only_so_many() -> None:
    store = SecretStore()
    kept = [store.add(f"CLIENT_TRAFFIC_SECRET_{n}", A, SECRET) for n in range(MAX_PER_CONNECTION + 1)]
    assert kept == [True] * MAX_PER_CONNECTION + [False]
    assert store.add("CLIENT_TRAFFIC_SECRET_0", A, SECRET[::-1])


@pytest.mark.parametrize(
    ("body", "version", "found"),
    [
        (b"\x01\x00" + b"12345678" + b"and on", 0x0303, True),
        (b"\x01\x00" + b"12345678" + b"and on", 0x0301, True),
        (b"12345678" + b"and on", 0x0300, True),
        (b"12345678" + b"and on", 0x0303, False),
        (b"\x01\x00" + b"12345678" + b"and on", 0x0300, False),
        (b"\x01\x00" + b"1234567", 0x0303, False),
        (b"", 0x0303, False),
    ],
)
def test_a_pre_master_secret_by_its_encrypted_form(body: bytes, version: int, found: bool) -> None:
    store = SecretStore()
    assert store.pre_master(body, version) is None
    store.add_rsa(b"12345678", SECRET)
    assert store.pre_master(body, version) == (SECRET if found else None)


def test_no_text_shows_a_secret() -> None:
    store = SecretStore()
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    store.add_rsa(b"12345678", SECRET)
    assert repr(store) == str(store) == "<SecretStore of 2 connections>"


def test_what_was_handed_out_cannot_be_changed() -> None:
    store = SecretStore()
    store.add(labels.CLIENT_RANDOM, A, SECRET)
    with pytest.raises(TypeError):
        store.of(A)["x"] = b""  # type: ignore[index]
    assert dict(store.of(B)) == {}


def test_what_opens_an_inner_hello_is_no_secret_of_a_session() -> None:
    store = SecretStore()
    random = bytes(32)
    assert not store.has_session(random)
    store.add("ECH_SECRET", random, b"x" * 32)
    store.add("ECH_CONFIG", random, b"y" * 70)
    assert not store.has_session(random)
    store.add("CLIENT_RANDOM", random, b"z" * 48)
    assert store.has_session(random)
