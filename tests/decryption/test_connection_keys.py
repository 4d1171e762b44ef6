"""The keys of a connection: what is missing and why, early data, losses, and a second handshake."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from tests.decryption.memory import NO_EXTENDED_MASTER_SECRET, Stage
from tests.decryption.observer import Observer
from tests.decryption.rfc8448 import TRACES, Trace
from tests.decryption.sealing import Sealer
from tests.decryption.test_direction_keys import sealer as tls13_sealer
from tlseku.decryption import connection_keys, prf
from tlseku.decryption.cipher_parameters import TLS10, TLS12, TLS13, UNSUPPORTED_SUITE, suite_of
from tlseku.decryption.connection_keys import CLIENT, NO_SECRETS, SERVER, ConnectionKeys
from tlseku.decryption.key_schedule import key_block
from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.secret_store import (
    CLIENT_EARLY,
    CLIENT_HANDSHAKE,
    CLIENT_RANDOM,
    SERVER_HANDSHAKE,
    SecretStore,
)

A, B, SR, MASTER, OTHER = b"a" * 32, b"b" * 32, b"s" * 32, b"m" * 48, b"o" * 48
TRACE = {trace.name[0]: trace for trace in TRACES}
RESUMED = TRACE["4"]


def store(**secrets: bytes) -> SecretStore:
    """``a`` and ``b`` are the master secrets of the two client randoms."""
    made = SecretStore()
    for name, secret in secrets.items():
        made.add(CLIENT_RANDOM, {"a": A, "b": B}[name], secret)
    return made


def handshake(
    keys: ConnectionKeys, random: bytes = A, code_point: int = 0xC02F, version: int = TLS12
) -> None:
    keys.client_hello(random, False)
    keys.server_hello(SR, version, code_point, False, False)


def sealers(master: bytes, random: bytes = A, code_point: int = 0xC02F, version: int = TLS12) -> list[Sealer]:
    suite = suite_of(code_point, version)
    assert suite is not None
    return [Sealer(suite, keys, version) for keys in key_block(master, random, SR, suite, version)]


@pytest.mark.parametrize(
    ("random", "code_point", "version", "why"),
    [
        (A, 0xC02F, TLS12, None),
        (B, 0xC02F, TLS12, NO_SECRETS),
        (A, 0xC05C, TLS12, UNSUPPORTED_SUITE),
        (B, 0xC05C, TLS12, UNSUPPORTED_SUITE),
        (A, 0xC02F, TLS10, UNSUPPORTED_SUITE),
        (A, 0x1301, TLS13, NO_SECRETS),
        (A, 0x1306, TLS13, UNSUPPORTED_SUITE),
        (A, 0x0A0A, 0x0000, NO_SECRETS),
        (A, 0x002F, 0x7777, UNSUPPORTED_SUITE),
    ],
)
def test_why_nothing_opens(random: bytes, code_point: int, version: int, why: str | None) -> None:
    keys = ConnectionKeys(store(a=MASTER))
    assert keys.why_not_decrypted(CLIENT) == NO_SECRETS
    keys.client_hello(random, False)
    if version:
        keys.server_hello(SR, version, code_point, False, False)
    assert [keys.why_not_decrypted(side) for side in (CLIENT, SERVER)] == [why, why]
    assert keys.had_secrets == (random == A)
    for side in (CLIENT, SERVER):
        keys.change_cipher_spec(side)
        keys.lost(side, 1000)
        keys.skip(side)
        with pytest.raises(DoesNotFit):
            keys.open(side, 22, 0x0303, bytes(60))


def test_each_side_changes_on_its_own() -> None:
    keys, (client, server) = ConnectionKeys(store(a=MASTER)), sealers(MASTER)
    handshake(keys)
    keys.change_cipher_spec(CLIENT)
    assert keys.open(CLIENT, 22, TLS12, client.seal(22, b"finished")).content == b"finished"
    with pytest.raises(DoesNotFit, match="there are no keys"):
        keys.open(SERVER, 22, TLS12, server.seal(22, b"too early"))
    keys.change_cipher_spec(SERVER)
    server.sequence = 0
    assert keys.open(SERVER, 22, TLS12, server.seal(22, b"finished")).content == b"finished"


def test_a_renegotiation_is_under_the_old_keys_until_each_side_changes() -> None:
    keys, (client, server) = ConnectionKeys(store(a=MASTER, b=OTHER)), sealers(MASTER)
    handshake(keys)
    for side in (CLIENT, SERVER):
        keys.change_cipher_spec(side)
    for side, sealer in ((CLIENT, client), (SERVER, server)):
        keys.open(side, 22, TLS12, sealer.seal(22, b"finished"))
    assert keys.open(CLIENT, 22, TLS12, client.seal(22, b"client hello")).content == b"client hello"
    handshake(keys, B)
    assert keys.open(SERVER, 22, TLS12, server.seal(22, b"certificate")).content == b"certificate"
    new_client, _ = sealers(OTHER, B)
    keys.change_cipher_spec(CLIENT)
    assert keys.open(CLIENT, 22, TLS12, new_client.seal(22, b"finished")).content == b"finished"
    assert keys.open(SERVER, 22, TLS12, server.seal(22, b"still old")).content == b"still old"


def test_a_renegotiation_whose_secret_is_unknown_shuts_the_connection() -> None:
    keys, (_, server) = ConnectionKeys(store(a=MASTER)), sealers(MASTER)
    handshake(keys)
    keys.change_cipher_spec(SERVER)
    handshake(keys, B)
    assert [keys.why_not_decrypted(side) for side in (CLIENT, SERVER)] == [NO_SECRETS, None]
    assert keys.had_secrets
    assert keys.open(SERVER, 22, TLS12, server.seal(22, b"certificate")).content == b"certificate"
    keys.change_cipher_spec(SERVER)
    assert keys.why_not_decrypted(SERVER) == NO_SECRETS
    with pytest.raises(DoesNotFit):
        keys.open(SERVER, 22, TLS12, server.seal(22, b"finished"))


@pytest.mark.parametrize(("code_point", "version", "found"), [(0xC02F, TLS12, True), (0x002F, TLS12, True),
                                                              (0x002F, TLS10, False), (0x0005, TLS12, False)])  # fmt: skip
def test_records_lost_before_tls13(code_point: int, version: int, found: bool) -> None:
    keys, (client, _) = ConnectionKeys(store(a=MASTER)), sealers(MASTER, A, code_point, version)
    handshake(keys, A, code_point, version)
    keys.change_cipher_spec(CLIENT)
    assert keys.needs_every_record(CLIENT) == (not found)
    assert not keys.needs_every_record(SERVER)
    keys.open(CLIENT, 22, version, client.seal(22, b"finished"))
    size = sum(5 + len(client.seal(23, b"lost")) for _ in range(3))
    keys.lost(CLIENT, size)
    with pytest.raises(DoesNotFit):
        keys.open(CLIENT, 23, version, bytes(64))
    late = client.seal(21, b"\x02\x2b")
    if found:
        assert keys.open(CLIENT, 21, version, late).content == b"\x02\x2b"
        keys.skip(CLIENT)
        client.seal(23, b"skipped")
        assert keys.open(CLIENT, 21, version, client.seal(21, b"\x01\0")).content == b"\x01\0"
    else:
        with pytest.raises(DoesNotFit):
            keys.open(CLIENT, 21, version, late)


def _resumed(known: SecretStore, trace: Trace = RESUMED) -> ConnectionKeys:
    keys = ConnectionKeys(known)
    keys.client_hello(trace.client_random, True)
    return keys


@pytest.mark.parametrize("with_early", [True, False])
@pytest.mark.parametrize("skip", [True, False])
def test_early_data_before_the_server_hello_is_passed_over(with_early: bool, skip: bool) -> None:
    known = SecretStore()
    for label, secret in RESUMED.secrets.items():
        if with_early or label != CLIENT_EARLY:
            known.add(label, RESUMED.client_random, secret)
    keys = _resumed(known)
    records = [record[5:] for side, record in RESUMED.turns if side == CLIENT]
    early, end, finished, data = records[1:5]
    assert keys.expects_early_data(CLIENT)
    assert not keys.expects_early_data(SERVER)
    if skip:
        keys.skip(CLIENT, early)
    else:
        with pytest.raises(DoesNotFit):
            keys.open(CLIENT, 23, TLS12, early)
    keys.server_hello(SR, TLS13, 0x1301, False, False)
    assert keys.expects_early_data(CLIENT)
    if with_early:
        assert keys.open(CLIENT, 23, TLS12, end) == (22, b"\x05\0\0\0")
        keys.message(CLIENT, 5, b"\x05\0\0\0")
    else:
        with pytest.raises(DoesNotFit):
            keys.open(CLIENT, 23, TLS12, end)
    content_type, content = keys.open(CLIENT, 23, TLS12, finished)
    assert (content_type, content[0]) == (22, 20)
    assert not keys.expects_early_data(CLIENT)
    keys.message(CLIENT, 20, content)
    assert keys.open(CLIENT, 23, TLS12, data) == (23, bytes(range(50)))


def test_a_cipher_that_the_library_lacks_is_a_suite_that_stays_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ConnectionKeys(store(a=MASTER))
    handshake(keys)
    monkeypatch.setattr(connection_keys, "tls12_records", lambda *_: None)
    assert keys.why_not_decrypted(CLIENT) is None
    keys.change_cipher_spec(CLIENT)
    assert keys.why_not_decrypted(CLIENT) == UNSUPPORTED_SUITE
    handshake(keys, B)
    assert keys.why_not_decrypted(CLIENT) == NO_SECRETS


def _hidden(own: bool, inner: bool, may_be_outer: bool, version: int = TLS13) -> ConnectionKeys:
    """A connection whose hello has the random ``A`` and may be an outer one; ``B`` is the inner hello's."""
    known = SecretStore()
    for client_random in (A,) * own + (B,) * inner:
        for label in (CLIENT_HANDSHAKE, SERVER_HANDSHAKE):
            known.add(label, client_random, label[:1].encode() * 32)
    keys = ConnectionKeys(known)
    keys.client_hello(A, False, may_be_outer)
    keys.server_hello(SR, version, 0x1301 if version == TLS13 else 0xC02F, False, False)
    return keys


@pytest.mark.parametrize(
    ("own", "inner", "may_be_outer", "version", "found"),
    [
        (False, True, True, TLS13, True),
        (True, True, True, TLS13, False),
        (False, True, False, TLS13, False),
        (False, False, True, TLS13, False),
        (False, True, True, TLS12, False),
    ],
    ids=["inner", "its own secrets are known", "not an outer hello", "no secrets", "TLS 1.2"],
)
def test_the_session_of_an_inner_hello(
    own: bool, inner: bool, may_be_outer: bool, version: int, found: bool
) -> None:
    keys = _hidden(own, inner, may_be_outer, version)
    server = tls13_sealer(b"S" * 32).seal(22, b"certificate")
    assert keys.had_secrets == own
    assert keys.search(23, TLS12, server) == found
    assert keys.inner_session == found
    assert keys.had_secrets == (own or found)
    assert not keys.search(23, TLS12, server)
    if found:
        assert [keys.why_not_decrypted(side) for side in (CLIENT, SERVER)] == [None, None]
        assert keys.open(SERVER, 23, TLS12, server).content == b"certificate"
        client = tls13_sealer(b"C" * 32).seal(22, b"finished")
        assert keys.open(CLIENT, 23, TLS12, client).content == b"finished"


def test_the_secrets_of_its_own_random_end_the_search() -> None:
    known = SecretStore()
    keys = ConnectionKeys(known)
    keys.client_hello(A, False, True)
    keys.server_hello(SR, TLS13, 0x1301, False, False)
    server = tls13_sealer(b"S" * 32).seal(22, b"certificate")
    assert not keys.search(23, TLS12, server)
    known.add(CLIENT_HANDSHAKE, A, b"C" * 32)
    keys.look_again()
    known.add(SERVER_HANDSHAKE, B, b"S" * 32)
    assert not keys.search(23, TLS12, server)
    assert not keys.inner_session


def test_after_hello_retry_request_change_cipher_spec_means_nothing() -> None:
    keys = ConnectionKeys(store(a=MASTER))
    keys.client_hello(A, False)
    keys.hello_retry_request()
    keys.change_cipher_spec(SERVER)
    assert keys.version == TLS13
    keys.client_hello(A, False)
    keys.server_hello(SR, TLS13, 0x1301, False, False)
    keys.change_cipher_spec(CLIENT)
    assert keys.why_not_decrypted(SERVER) == NO_SECRETS


def test_the_secrets_of_one_side_open_that_side_only() -> None:
    known = SecretStore()
    known.add(CLIENT_HANDSHAKE, A, b"h" * 32)
    keys = ConnectionKeys(known)
    keys.client_hello(A, False)
    keys.server_hello(SR, TLS13, 0x1301, False, False)
    assert (keys.why_not_decrypted(CLIENT), keys.why_not_decrypted(SERVER), keys.had_secrets) == (
        None,
        NO_SECRETS,
        True,
    )
    with pytest.raises(DoesNotFit):
        keys.open(SERVER, 23, TLS12, bytes(60))


def test_no_order_of_events_does_harm(seeded: random.Random) -> None:
    known = store(a=MASTER)
    known.add(CLIENT_HANDSHAKE, B, b"h" * 32)
    known.add(CLIENT_EARLY, B, b"e" * 48)
    known.add("PMS_CLIENT_RANDOM", SR, b"p")
    known.add_rsa(b"12345678", MASTER)
    for _ in range(400):
        keys = ConnectionKeys(known)
        for _ in range(seeded.randrange(1, 25)):
            side, what = seeded.randrange(2), seeded.randrange(8)
            if what == 0:
                keys.client_hello(seeded.choice((A, B, SR, b"", b"short")), seeded.random() < 0.5)
            elif what == 1:
                version = seeded.choice((0, 2, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7F12, 0xFFFF))
                suite = seeded.choice((0, 5, 0x0A, 0x2F, 0xC02F, 0xCCA8, 0x1301, 0x1305, 0xC05C, 0x1A1A))
                keys.server_hello(SR, version, suite, seeded.random() < 0.5, seeded.random() < 0.5)
            elif what == 2:
                body = seeded.choice((b"", b"12345678", b"\0\0" + b"12345678"))
                keys.message(side, seeded.choice((0, 1, 2, 5, 16, 20, 24, 255)), bytes(4) + body)
            elif what == 3:
                keys.change_cipher_spec(side)
            elif what == 4:
                keys.lost(side, seeded.choice((1, 22, 5000)))
            elif what == 5:
                keys.skip(side, seeded.randbytes(seeded.choice((0, 1, 64))))
            elif what == 6:
                keys.hello_retry_request()
            else:
                assert keys.why_not_decrypted(side) in (None, NO_SECRETS, UNSUPPORTED_SUITE)
                with pytest.raises(DoesNotFit):
                    keys.open(side, seeded.choice((20, 21, 22, 23)), 0x0303, seeded.randbytes(64))


def test_nothing_is_hashed_where_the_master_secret_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(connection_keys, "Transcript")
    handshake(ConnectionKeys(store(a=MASTER)))
    known = store(a=MASTER)
    known.add_rsa(b"12345678", MASTER)
    handshake(ConnectionKeys(known))


@pytest.mark.parametrize("missing", ["MD5", "SHA1", "SHA256"])
@pytest.mark.parametrize("version", [0x0301, 0x0303])
def test_a_hash_that_the_library_lacks(
    missing: str, version: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path_factory.mktemp("stage"))
    spoken = stage.speak(stage.contexts(version, "AES128-SHA"))
    not_extended = stage.speak(stage.contexts(version, "AES128-SHA", off=NO_EXTENDED_MASTER_SECRET))

    def lacking() -> object:
        raise UnsupportedAlgorithm(f"{missing} is not available")

    monkeypatch.setitem(prf._HASHES, missing, lacking)
    needed = {0x0301: ("MD5", "SHA1"), 0x0303: ("SHA256",)}[version]
    for one in (spoken, not_extended):
        keys = _told(one.turns, one.store("RSA"))
        assert keys.why_not_decrypted(SERVER) == (NO_SECRETS if missing in needed else None)


def _told(turns: list[tuple[int, bytes]], known: SecretStore) -> ConnectionKeys:
    """The keys after the clear part of a handshake, which is all that a missing hash lets us read."""
    seen = Observer(known)
    for side, data in turns[:3]:
        at = 0
        while at < len(data) and data[at] == 22:
            end = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
            seen.feed(side, data[at:end])
            at = end
    assert seen.keys.version
    return seen.keys
