"""Which session's secret opens a record: the right one among many, none of them, and no more tried than allowed."""

from __future__ import annotations

import pytest

from tests.decryption.test_direction_keys import sealer
from tlseku.decryption import session_search
from tlseku.decryption.secret_store import CLIENT_HANDSHAKE, SERVER_HANDSHAKE, SecretStore
from tlseku.decryption.session_search import SessionSearch

AES_128_GCM, AES_256_GCM, CHACHA20, CCM_8, UNSUPPORTED = 0x1301, 0x1302, 0x1303, 0x1305, 0x1306
INNER, SECRET = b"i" * 32, b"s" * 32
RECORD = sealer(SECRET).seal(22, b"certificate")


def random_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def add_others(store: SecretStore, numbers: range, size: int = 32) -> None:
    for number in numbers:
        store.add(SERVER_HANDSHAKE, random_of(number), number.to_bytes(size, "big"))


def store_of(before: int, after: int) -> SecretStore:
    """The right session with so many others logged before and after it."""
    store = SecretStore()
    add_others(store, range(before))
    store.add(SERVER_HANDSHAKE, INNER, SECRET)
    add_others(store, range(before, before + after))
    return store


@pytest.mark.parametrize(("before", "after", "tried"), [(0, 0, 1), (9, 0, 1), (0, 9, 10), (5, 4, 5)])
def test_the_secret_that_opens_names_the_session(before: int, after: int, tried: int) -> None:
    store = store_of(before, after)
    assert SessionSearch(store, AES_128_GCM).find(23, 0x0303, RECORD) == INNER
    assert store.tried == tried


@pytest.mark.parametrize(
    ("code_point", "kind", "version", "fragment", "tried"),
    [
        (CHACHA20, 23, 0x0303, RECORD, 6),
        (CCM_8, 23, 0x0303, RECORD, 6),
        (AES_256_GCM, 23, 0x0303, RECORD, 0),
        (UNSUPPORTED, 23, 0x0303, RECORD, 0),
        (0xC02F, 23, 0x0303, RECORD, 0),
        (AES_128_GCM, 21, 0x0303, b"\x02\x28", 0),
        (AES_128_GCM, 23, 0x0301, RECORD, 6),
        (AES_128_GCM, 23, 0x0303, RECORD[:-1], 6),
        (AES_128_GCM, 23, 0x0303, RECORD[:-1] + bytes((RECORD[-1] ^ 1,)), 6),
        (AES_128_GCM, 23, 0x0303, b"short", 6),
        (AES_128_GCM, 23, 0x0303, sealer(b"x" * 32).seal(22, b"certificate"), 6),
    ],
    ids=[
        "another cipher",
        "a shorter tag",
        "a longer hash",
        "a suite that nothing opens",
        "a suite of TLS 1.2",
        "an alert in clear",
        "another version in the header",
        "cut",
        "spoilt",
        "shorter than its tag",
        "a secret that is not there",
    ],
)
def test_what_no_secret_opens(code_point: int, kind: int, version: int, fragment: bytes, tried: int) -> None:
    store = store_of(3, 2)
    assert SessionSearch(store, code_point).find(kind, version, fragment) is None
    assert store.tried == tried


def test_not_the_first_record() -> None:
    sender = sealer(SECRET)
    sender.seal(22, b"encrypted extensions")
    assert (
        SessionSearch(store_of(0, 0), AES_128_GCM).find(23, 0x0303, sender.seal(22, b"certificate")) is None
    )


def test_the_secret_of_the_client_is_none_of_the_server() -> None:
    store = SecretStore()
    store.add(CLIENT_HANDSHAKE, INNER, SECRET)
    assert SessionSearch(store, AES_128_GCM).find(23, 0x0303, RECORD) is None
    assert store.tried == 0


@pytest.mark.parametrize(("after", "found"), [(999, INNER), (1000, None)])
def test_so_many_are_tried_for_a_connection(after: int, found: bytes | None) -> None:
    store = store_of(0, after)
    search = SessionSearch(store, AES_128_GCM)
    assert search.find(23, 0x0303, RECORD) == found
    assert store.tried == session_search.MAX_TRIED == 1000
    # Nor later.
    store.add(SERVER_HANDSHAKE, INNER, SECRET)
    assert search.find(23, 0x0303, RECORD) is None
    assert store.tried == 1000


def test_so_many_are_tried_for_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_search, "MAX_TRIED_IN_ALL", 10)
    store = store_of(0, 3)
    found = [SessionSearch(store, AES_128_GCM).find(23, 0x0303, RECORD) for _ in range(4)]
    assert found == [INNER, INNER, None, None]
    assert store.tried == 10


def test_secrets_of_another_length_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_search, "MAX_TRIED", 1)
    store = store_of(0, 0)
    add_others(store, range(5), 48)
    assert SessionSearch(store, AES_128_GCM).find(23, 0x0303, RECORD) == INNER
    assert store.tried == 1


def test_asked_again_it_tries_what_came_since() -> None:
    store = SecretStore()
    add_others(store, range(5))
    search = SessionSearch(store, AES_128_GCM)
    assert [search.find(23, 0x0303, RECORD) for _ in range(3)] == [None] * 3
    assert store.tried == 5
    add_others(store, range(5, 7))
    assert search.find(23, 0x0303, RECORD) is None
    assert store.tried == 7
    store.add(SERVER_HANDSHAKE, INNER, SECRET)
    assert search.find(23, 0x0303, RECORD) == INNER
    assert store.tried == 8


def test_a_session_whose_hello_was_seen_is_not_tried() -> None:
    store = store_of(2, 2)
    store.claim(INNER)
    assert SessionSearch(store, AES_128_GCM).find(23, 0x0303, RECORD) is None
    assert store.tried == 4
