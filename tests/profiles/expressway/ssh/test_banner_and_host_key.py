"""SSH in clear: what is read of both sides, and that nothing is raised for any bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build, ca
from tests.profiles.expressway.leafs import S_ONLY
from tlseku.profiles.expressway.ssh.banner_and_host_key import LONGEST_PACKET, SshOpening, read_ssh

BANNER = b"SSH-2.0-OpenSSH_8.8\r\n"
CA = ca("Synthetic CA")
LEAF = build(subject="edge.example", issuer=CA, eku=S_ONLY, serial=0x51)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def packet(payload: bytes) -> bytes:
    padding = 4 + (-(len(payload) + 9) % 8)
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def kexinit(kex: str = "curve25519-sha256", host_keys: str = "rsa-sha2-512") -> bytes:
    names = string(kex.encode()) + string(host_keys.encode()) + string(b"aes256-ctr") * 8
    return packet(b"\x14" + bytes(16) + names + bytes(5))


def x509_key(*ders: bytes, count: int | None = None) -> bytes:
    blob = string(b"x509v3-rsa2048-sha256") + (len(ders) if count is None else count).to_bytes(4, "big")
    return blob + b"".join(map(string, ders)) + bytes(4)


def reply(blob: bytes, number: int = 31) -> bytes:
    return packet(bytes([number]) + string(blob) + string(bytes(32)) + string(bytes(64)))


NEW_KEYS = packet(b"\x15")
CLIENT = BANNER + kexinit() + packet(b"\x1e" + string(bytes(32)))


def seen(opening: SshOpening | None) -> tuple[str, str | None, str | None, int | None]:
    assert opening is not None
    key = opening.host_key
    return (
        opening.stage,
        opening.host_key_algorithm,
        None if key is None else key.algorithm,
        None if key is None else len(key.chain),
    )


ROWS = [
    ("banners alone", BANNER, BANNER, ("banner", None, None, None)),
    ("one side alone", b"", BANNER, ("banner", None, None, None)),
    ("server's offers are missing", CLIENT, BANNER, ("offers", None, None, None)),
    ("both offer", CLIENT, BANNER + kexinit(), ("offers", "rsa-sha2-512", None, None)),
    (
        "the client's first that the server has counts",
        BANNER + kexinit(host_keys="a,b,c"),
        BANNER + kexinit(host_keys="c,b"),
        ("offers", "b", None, None),
    ),
    ("nothing in common", CLIENT, BANNER + kexinit(host_keys="other"), ("offers", None, None, None)),
    (
        "an RSA host key",
        CLIENT,
        BANNER + kexinit() + reply(string(b"ssh-rsa") + string(b"\1\0\1")),
        ("host key", "rsa-sha2-512", "ssh-rsa", 0),
    ),
    (
        "a chain as host key",
        CLIENT,
        BANNER + kexinit() + reply(x509_key(LEAF.der, CA.der)),
        ("host key", "rsa-sha2-512", "x509v3-rsa2048-sha256", 2),
    ),
    (
        "more certificates told than there are",
        CLIENT,
        BANNER + kexinit() + reply(x509_key(LEAF.der, count=4_000_000_000)),
        ("host key", "rsa-sha2-512", "x509v3-rsa2048-sha256", 2),
    ),
    (
        "group exchange answers with another number",
        BANNER + kexinit("diffie-hellman-group-exchange-sha256"),
        BANNER
        + kexinit("diffie-hellman-group-exchange-sha256")
        + packet(b"\x1f" + string(b"\x7f") + string(b"\x02"))
        + reply(x509_key(LEAF.der), 33),
        ("host key", "rsa-sha2-512", "x509v3-rsa2048-sha256", 1),
    ),
    (
        "both turn to encryption",
        CLIENT + NEW_KEYS + bytes(44),
        BANNER + kexinit() + reply(x509_key(LEAF.der)) + NEW_KEYS,
        ("keys agreed", "rsa-sha2-512", "x509v3-rsa2048-sha256", 1),
    ),
    (
        "one side turns to encryption",
        CLIENT,
        BANNER + kexinit() + reply(x509_key(LEAF.der)) + NEW_KEYS,
        ("host key", "rsa-sha2-512", "x509v3-rsa2048-sha256", 1),
    ),
    (
        "what comes after encryption is not read",
        CLIENT,
        BANNER + kexinit() + NEW_KEYS + reply(x509_key(LEAF.der)),
        ("offers", "rsa-sha2-512", None, None),
    ),
    (
        "the answer is cut",
        CLIENT,
        (BANNER + kexinit() + reply(x509_key(LEAF.der)))[:-1],
        ("offers", "rsa-sha2-512", None, None),
    ),
    (
        "a packet longer than allowed",
        BANNER + (LONGEST_PACKET + 1).to_bytes(4, "big") + bytes(LONGEST_PACKET + 1),
        BANNER,
        ("banner", None, None, None),
    ),
    (
        "padding longer than the packet",
        BANNER + b"\0\0\0\x0c\xff" + bytes(20),
        BANNER,
        ("banner", None, None, None),
    ),
    (
        "name-lists are cut",
        BANNER + packet(b"\x14" + bytes(16) + b"\0\0\1\0"),
        BANNER,
        ("banner", None, None, None),
    ),
    ("empty name-lists", BANNER + kexinit("", ""), BANNER + kexinit("", ""), ("offers", None, None, None)),
]


@pytest.mark.parametrize(
    ("client", "server", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_read_ssh(
    client: bytes, server: bytes, expected: tuple[str, str | None, str | None, int | None]
) -> None:
    # The count that lies is met by one unreadable certificate: the bytes behind the chain.
    found = seen(read_ssh(client, server))
    assert found[:3] == expected[:3]
    assert found[3] == expected[3]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-cut",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\n",
        b"ssh-2.0-lower\r\n",
        b"SSH-" + b"x" * 252 + b"\n",
    ],
)
def test_what_is_not_ssh(data: bytes) -> None:
    assert read_ssh(data, data) is None


def test_the_certificates_are_read() -> None:
    opening = read_ssh(CLIENT, BANNER + kexinit() + reply(x509_key(LEAF.der, CA.der)))
    assert opening is not None
    assert opening.host_key is not None
    assert opening.host_key.chain[0].serial == 0x51
    assert opening.host_key.chain[0].der == LEAF.der
    assert opening.client.banner == "SSH-2.0-OpenSSH_8.8"


def test_a_hostile_banner_is_escaped() -> None:
    opening = read_ssh(b"SSH-2.0-\xff\x1b[2J\n", b"")
    assert opening is not None
    assert opening.client.banner == "SSH-2.0-\\xff\x1b[2J"


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_any_bytes_behind_banners(client: bytes, server: bytes) -> None:
    opening = read_ssh(BANNER + client, BANNER + server)
    assert opening is not None
    assert opening.stage in ("banner", "offers", "host key", "keys agreed")


def test_mutated_openings() -> None:
    chance = random.Random(2222)
    whole = BANNER + kexinit() + reply(x509_key(LEAF.der, CA.der)) + NEW_KEYS
    stages = set()
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        opening = read_ssh(CLIENT, bytes(data[: chance.randrange(len(data) + 1)]))
        stages.add(None if opening is None else opening.stage)
    assert stages == {"offers", "host key"}
