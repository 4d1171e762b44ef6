"""OpenSSL's, GnuTLS's and NSS's own programs on the loopback: what no library call in memory can be made to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.decryption.memory import Spoken, Stage
from tests.decryption.observer import C, Observer, S
from tests.decryption.tap import Line, overhear
from tlseku.decryption import SecretStore
from tlseku.decryption.secret_store import CLIENT_EARLY

HELLO: list[Line] = [(C, b"hello\n"), (S, b"hello to you\n")]
SAID = [b"hello\n", b"hello to you\n"]

OPENSSL_SERVER = ["openssl", "s_server", "-accept", "127.0.0.1:{port}", "-naccept", "1"]
OPENSSL_SERVER += ["-cert", "server-rsa.pem", "-CAfile", "root.pem"]
OPENSSL_CLIENT = ["openssl", "s_client", "-connect", "127.0.0.1:{port}", "-keylogfile", "{keys}"]
OPENSSL_CLIENT += ["-cert", "client-ec.pem", "-CAfile", "root.pem"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("programs"))


def needs(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(f"{program} is required and not installed")
        pytest.skip(f"{program} is not installed")


def openssl(stage: Stage, server: list[str], client: list[str], script: list[Line]) -> Spoken:
    needs("openssl")
    return overhear(stage.place, [*OPENSSL_SERVER, *server], [*OPENSSL_CLIENT, *client], script)


def opened(spoken: Spoken, *labels: str) -> Observer:
    seen = Observer(spoken.store(*labels)).run(spoken.turns)
    assert (seen.unfit, seen.sealed) == ([], 0)
    return seen


@pytest.mark.parametrize(
    ("suite", "code_point"),
    [
        ("TLS_AES_128_GCM_SHA256", 0x1301),
        ("TLS_AES_256_GCM_SHA384", 0x1302),
        ("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
        ("TLS_AES_128_CCM_SHA256", 0x1304),
        ("TLS_AES_128_CCM_8_SHA256", 0x1305),
    ],
)
def test_the_five_suites_of_tls13(stage: Stage, suite: str, code_point: int) -> None:
    seen = opened(openssl(stage, ["-ciphersuites", suite], ["-ciphersuites", suite], HELLO))
    assert (seen.version, seen.cipher_suite) == (0x0304, code_point)
    assert (seen.data, seen.finished) == (SAID, 2)
    assert seen.alerts == [(C, 1, 0, True), (S, 1, 0, True)]


def test_key_updates_of_both_sides(stage: Stage) -> None:
    script: list[Line] = [(C, b"hello\n"), (C, b"K\n"), (C, b"one\n"), (S, b"k\n"), (S, b"two\n"), (S, b"K\n"),
                          (C, b"k\n"), (C, b"three\n"), (S, b"four\n")]  # fmt: skip
    seen = opened(openssl(stage, [], ["-tls1_3"], script))
    assert seen.data == [b"hello\none\nthree\n", b"two\nfour\n"]
    assert (seen.types(C).count(24), seen.types(S).count(24)) == (2, 2)
    assert seen.keys._directions is not None
    assert [direction.generation for direction in seen.keys._directions] == [2, 2]


def test_a_late_question_for_a_certificate_in_tls13(stage: Stage) -> None:
    script: list[Line] = [(C, b"hello\n"), (S, b"c\n"), (C, b"after\n")]
    seen = opened(openssl(stage, [], ["-tls1_3", "-enable_pha"], script))
    assert seen.types(C) == [1, 20, 11, 15, 20]
    assert seen.types(S)[:8] == [2, 8, 11, 15, 20, 4, 4, 13]
    assert seen.data[C] == b"hello\nafter\n"


@pytest.mark.parametrize(
    ("version", "cipher"),
    [
        ("-tls1_2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("-tls1_2", "ECDHE-RSA-CHACHA20-POLY1305"),
        ("-tls1_2", "ECDHE-RSA-AES128-SHA256"),
        ("-tls1_1", "AES128-SHA"),
        ("-tls1", "AES256-SHA"),
    ],
)
def test_a_renegotiation_asks_for_a_client_certificate(stage: Stage, version: str, cipher: str) -> None:
    common = [version, "-cipher", f"{cipher}:@SECLEVEL=0"]
    script: list[Line] = [(C, b"hello\n"), (S, b"R\n"), (C, b"after\n"), (S, b"answer\n")]
    # Without a session to resume, the second handshake is a full one.
    seen = opened(openssl(stage, [*common, "-no_ticket", "-no_cache"], common, script))
    assert seen.data == [b"hello\nafter\n", b"answer\n"]
    assert seen.finished == 4
    late = [kind for side, kind, encrypted in seen.messages if encrypted and side == S]
    assert [kind for kind in late if kind != 12] == [20, 0, 2, 11, 13, 14, 20]
    assert seen.types(C) == [1, 16, 20, 1, 11, 16, 15, 20]


def test_early_data_that_the_server_takes(stage: Stage) -> None:
    spoken = _early(
        stage, ["-psk_session", "early.session", "-no_anti_replay"], ["-psk_session", "early.session"]
    )
    seen = opened(spoken)
    assert (seen.early, seen.types(C), seen.types(S)[:3]) == (b"early data\n", [1, 5, 20], [2, 8, 20])
    assert (seen.data[C], seen.finished) == (b"hello\n", 2)


def test_early_data_that_the_server_rejects(stage: Stage) -> None:
    spoken = _early(stage, [], ["-sess_in", "early.session"])
    assert "Early data was rejected" in spoken.refusal
    seen = opened(spoken)
    assert (seen.early, seen.types(C), seen.finished) == (b"early data\n", [1, 20], 2)
    # And as the server sees it, who does not know the session and logs no secret for it.
    labels = {line.split()[0].decode() for line in spoken.key_log.splitlines() if not line.startswith(b"#")}
    assert CLIENT_EARLY in labels
    blind = Observer(spoken.store(*(labels - {CLIENT_EARLY}))).run(spoken.turns)
    assert (blind.early, blind.data[C], blind.finished) == (b"", b"hello\n", 2)
    assert len(blind.unfit) + blind.sealed == 1


def _early(stage: Stage, server: list[str], client: list[str]) -> Spoken:
    (stage.place / "early.txt").write_bytes(b"early data\n")
    openssl(stage, ["-early_data"], ["-tls1_3", "-sess_out", "early.session"], [(C, b"hello\n")])
    return openssl(
        stage, ["-early_data", *server], ["-tls1_3", "-early_data", "early.txt", *client], [(C, b"hello\n")]
    )


@pytest.mark.parametrize(
    ("version", "flags"), [("1.0", ""), ("1.1", ""), ("1.2", ""), ("1.2", ":%NO_ETM:%NO_SESSION_HASH")]
)
@pytest.mark.parametrize(
    ("cipher", "code_point"),
    [("3DES-CBC:+SHA1", 0x000A), ("ARCFOUR-128:+SHA1", 0x0005), ("ARCFOUR-128:+MD5", 0x0004)],
)
def test_gnutls_with_old_ciphers(
    stage: Stage, version: str, cipher: str, code_point: int, flags: str
) -> None:
    priority = f"NONE:+VERS-TLS{version}:+RSA:+COMP-NULL:+SIGN-ALL:+CTYPE-ALL:+{cipher}{flags}"
    seen = opened(_gnutls(stage, priority))
    assert (seen.cipher_suite, seen.data, seen.finished) == (code_point, [b"hello\n", b"hello\n"], 2)
    assert (seen.extended, seen.encrypt_then_mac) == (not flags, not flags and "CBC" in cipher)


@pytest.mark.parametrize(
    "cipher", ["CAMELLIA-256-CBC:+SHA1", "AES-256-CCM-8:+AEAD", "CHACHA20-POLY1305:+AEAD"]
)
def test_gnutls_renegotiates(stage: Stage, cipher: str) -> None:
    priority = f"NONE:+VERS-TLS1.2:+ECDHE-RSA:+RSA:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-ALL:+{cipher}"
    seen = opened(_gnutls(stage, priority, "--rehandshake"))
    assert (seen.finished, seen.data) == (4, [b"hello\n", b"hello\n"])
    assert seen.types(S).count(13) == 2
    assert seen.types(C).count(11) == 2


def test_gnutls_with_camellia_gcm_stays_shut(stage: Stage) -> None:
    priority = "NONE:+VERS-TLS1.2:+RSA:+COMP-NULL:+SIGN-ALL:+CTYPE-ALL:+CAMELLIA-128-GCM:+AEAD"
    spoken = _gnutls(stage, priority)
    seen = Observer(spoken.store()).run(spoken.turns)
    assert (seen.cipher_suite, seen.unsupported, seen.data) == (0xC07A, True, [b"", b""])


def _gnutls(stage: Stage, priority: str, *client: str) -> Spoken:
    needs("gnutls-serv")
    needs("gnutls-cli")
    server = ["gnutls-serv", "-p", "{port}", "--echo", "--noticket", "--priority", priority]
    server += [
        "--x509certfile",
        "server-rsa.pem",
        "--x509keyfile",
        "server-rsa.pem",
        "--x509cafile",
        "root.pem",
    ]
    command = ["gnutls-cli", "127.0.0.1", "-p", "{port}", "--insecure", "--priority", priority]
    command += ["--x509certfile", "client-rsa.pem", "--x509keyfile", "client-rsa.pem", *client]
    return overhear(stage.place, server, command, [(C, b"hello\n")])


@pytest.fixture(scope="module")
def nss(stage: Stage) -> Path:
    """A database for NSS with the server's certificate in it."""
    for program in ("certutil", "pk12util", "selfserv", "tstclnt", "openssl"):
        needs(program)
    place = stage.place
    database = f"sql:{place / 'nss'}"
    (place / "nss").mkdir()
    for command in (
        ["certutil", "-N", "-d", database, "--empty-password"],
        ["openssl", "pkcs12", "-export", "-in", "server-rsa.pem", "-inkey", "server-rsa.pem", "-name", "server",
         "-passout", "pass:x", "-out", "server.p12"],
        ["pk12util", "-i", "server.p12", "-d", database, "-W", "x", "-K", ""],
    ):  # fmt: skip
        subprocess.run(command, cwd=place, check=True, capture_output=True)
    return place


@pytest.mark.parametrize(
    ("version", "code_point"),
    [
        *(
            ("ssl3", code)
            for code in (0x0004, 0x0005, 0x0009, 0x000A, 0x002F, 0x0035, 0x0041, 0x0001, 0x0002)
        ),
        ("tls1.0", 0x0009),
        ("tls1.1", 0x0009),
    ],
)
def test_nss_speaks_ssl3(stage: Stage, nss: Path, version: str, code_point: int) -> None:
    database, suite = f"sql:{nss / 'nss'}", f":{code_point:04x}"
    server = [
        "selfserv",
        "-n",
        "server",
        "-p",
        "{port}",
        "-d",
        database,
        "-V",
        f"{version}:{version}",
        "-c",
        suite,
    ]
    client = [
        "tstclnt",
        "-h",
        "127.0.0.1",
        "-p",
        "{port}",
        "-d",
        database,
        "-V",
        f"{version}:{version}",
        "-c",
        suite,
    ]
    script: list[Line] = [(C, b"GET / HTTP/1.0\r\n\r\n")]
    spoken = overhear(nss, [*server, "-w", ""], [*client, "-o", "-w", ""], script)
    # This build writes no key log: the server's key opens what the client sent, and an RSA line says the same.
    exchange = Observer(SecretStore()).run(spoken.turns).body(C, 16)
    encrypted = exchange if version == "ssl3" else exchange[2:]
    key = load_pem_private_key((nss / "server-rsa.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    store = SecretStore()
    store.add_rsa(encrypted[:8], key.decrypt(encrypted, PKCS1v15()))
    seen = Observer(store).run(spoken.turns)
    assert seen.version == {"ssl3": 0x0300, "tls1.0": 0x0301, "tls1.1": 0x0302}[version]
    assert (seen.cipher_suite, seen.finished, seen.unfit, seen.sealed) == (code_point, 2, [], 0)
    assert seen.data[C] == b"GET / HTTP/1.0\r\n\r\n"
    assert seen.data[S].startswith(b"HTTP/1.0 200 OK\r\n")
    assert (S, 1, 0, True) in seen.alerts
