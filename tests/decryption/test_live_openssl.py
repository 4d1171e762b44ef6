"""OpenSSL in memory: every suite it offers for these certificates, in every version, as both ends know it."""

from __future__ import annotations

import ssl

import pytest

from tests.decryption.memory import (
    NO_EMPTY_FRAGMENTS,
    NO_ENCRYPT_THEN_MAC,
    NO_EXTENDED_MASTER_SECRET,
    Stage,
    suites_of,
)
from tests.decryption.observer import C, Observer, S

LINES = (b"hello", b"hello yourself", b"long " * 8000, b"answer " * 3000, b"bye")
WANTED = [b"hello" + b"long " * 8000 + b"bye", b"hello yourself" + b"answer " * 3000]
HUNG_UP = {(C, 1, 0, True), (S, 1, 0, True)}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize(
    "off", [0, NO_ENCRYPT_THEN_MAC | NO_EXTENDED_MASTER_SECRET], ids=["etm-ems", "neither"]
)
@pytest.mark.parametrize(("version", "fewest"), [(0x0301, 20), (0x0302, 20), (0x0303, 60)])
def test_every_suite(stage: Stage, version: int, fewest: int, off: int) -> None:
    opened = []
    for suite in suites_of(stage, version):
        spoken = stage.speak(stage.contexts(version, suite, off=off), LINES)
        assert (spoken.refusal, spoken.suite) == ("", suite)
        seen = Observer(spoken.store("CLIENT_RANDOM")).run(spoken.turns)
        if "ARIA" in suite:
            assert seen.unsupported, suite
            assert (seen.data, seen.finished) == ([b"", b""], 0)
            continue
        assert (seen.version, seen.data, seen.finished) == (version, WANTED, 2), suite
        assert (set(seen.alerts), seen.unfit, seen.sealed) == (HUNG_UP, [], 0), suite
        assert seen.extended == (off == 0)
        assert not (seen.encrypt_then_mac and off)
        opened.append(suite)
    assert len(opened) >= fewest


@pytest.mark.parametrize("off", [0, NO_EXTENDED_MASTER_SECRET], ids=["extended", "not extended"])
@pytest.mark.parametrize("label", ["RSA", "PMS_CLIENT_RANDOM"])
@pytest.mark.parametrize(("version", "suite"), [(0x0301, "AES128-SHA"), (0x0302, "AES256-SHA"), (0x0303, "AES128-SHA"),
                                                (0x0303, "AES256-GCM-SHA384"), (0x0303, "NULL-SHA256")])  # fmt: skip
def test_a_pre_master_secret_is_enough(stage: Stage, version: int, suite: str, label: str, off: int) -> None:
    spoken = stage.speak(stage.contexts(version, suite, off=off), LINES)
    store = spoken.store("RSA")
    if label == "PMS_CLIENT_RANDOM":
        rsa = next(line for line in spoken.key_log.splitlines() if line.startswith(b"RSA "))
        client_random = spoken.turns[0][1][11:43].hex().encode()
        spoken.key_log = b" ".join((b"PMS_CLIENT_RANDOM", client_random, rsa.split()[2])) + b"\n"
        store = spoken.store()
    seen = Observer(store).run(spoken.turns)
    assert (seen.data, seen.finished, seen.unfit, seen.extended) == (WANTED, 2, [], off == 0)


def test_empty_fragments_before_data(stage: Stage) -> None:
    contexts = stage.contexts(0x0301, "AES128-SHA")
    for context in contexts:
        context.options &= ~NO_EMPTY_FRAGMENTS
    spoken = stage.speak(contexts, LINES)
    seen = Observer(spoken.store()).run(spoken.turns)
    assert (seen.data, seen.finished, seen.unfit) == (WANTED, 2, [])


@pytest.mark.parametrize("version", [0x0301, 0x0303])
def test_a_client_certificate(stage: Stage, version: int) -> None:
    client, server = stage.contexts(version, client_certificate=True)
    server.verify_mode = ssl.CERT_REQUIRED
    seen = _run(stage, client, server)
    assert seen.types(C) == [1, 11, 16, 15, 20]
    assert seen.types(S) == [2, 11, 12, 13, 14, 4, 20]


@pytest.mark.parametrize("version", [0x0301, 0x0303, 0x0304])
def test_a_resumed_session(stage: Stage, version: int) -> None:
    contexts = stage.contexts(version)
    first = stage.speak(contexts, LINES)
    spoken = stage.speak(contexts, LINES, session=first.session)
    seen = Observer(spoken.store()).run(spoken.turns)
    assert 11 not in seen.types(S)
    assert (seen.data, seen.finished, seen.unfit) == (WANTED, 2, [])


def test_tls13(stage: Stage) -> None:
    seen = _run(stage, *stage.contexts(0x0304))
    assert (seen.types(C), seen.types(S)) == ([1, 20], [2, 8, 11, 15, 20, 4, 4])


def test_tls13_with_hello_retry_request(stage: Stage) -> None:
    client, server = stage.contexts(0x0304)
    server.set_ecdh_curve("secp384r1")
    seen = _run(stage, client, server)
    assert (seen.types(C), seen.types(S)) == ([1, 1, 20], [2, 2, 8, 11, 15, 20, 4, 4])


def test_tls13_client_authentication(stage: Stage) -> None:
    client, server = stage.contexts(0x0304, client_certificate=True)
    server.verify_mode = ssl.CERT_REQUIRED
    seen = _run(stage, client, server)
    assert (seen.types(C), seen.types(S)) == ([1, 11, 15, 20], [2, 8, 13, 11, 15, 20, 4, 4])
    certificate = (stage.place / "client-ec.pem").read_text().partition("-----BEGIN PRIVATE")[0]
    assert ssl.PEM_cert_to_DER_cert(certificate) in seen.body(C, 11)


def test_tls13_post_handshake_authentication(stage: Stage) -> None:
    client, server = stage.contexts(0x0304, client_certificate=True)
    # With this, the server does not ask during the handshake.
    server.post_handshake_auth = True
    server.verify_mode = ssl.CERT_REQUIRED

    def ask(_: ssl.SSLObject, end: ssl.SSLObject) -> None:
        end.verify_client_post_handshake()
        end.do_handshake()

    spoken = stage.speak((client, server), LINES, after=ask)
    seen = Observer(spoken.store()).run(spoken.turns)
    assert (spoken.refusal, seen.data, seen.finished, seen.unfit) == ("", WANTED, 2, [])
    assert seen.types(C) == [1, 20, 11, 15, 20]
    assert seen.types(S)[:8] == [2, 8, 11, 15, 20, 4, 4, 13]


def test_a_refused_certificate_and_its_alert(stage: Stage) -> None:
    client, server = stage.contexts(0x0304)
    server.verify_mode = ssl.CERT_REQUIRED
    spoken = stage.speak((client, server), ())
    seen = Observer(spoken.store()).run(spoken.turns)
    assert spoken.refusal
    assert (seen.types(C), seen.finished) == ([1, 11, 20], 2)
    assert seen.alerts == [(S, 2, 116, True)]


def _run(stage: Stage, client: ssl.SSLContext, server: ssl.SSLContext) -> Observer:
    spoken = stage.speak((client, server), LINES)
    seen = Observer(spoken.store()).run(spoken.turns)
    assert spoken.refusal == ""
    assert (seen.data, seen.finished, seen.unfit, set(seen.alerts)) == (WANTED, 2, [], HUNG_UP)
    return seen
