"""Key schedules: RFC 8448's keys, the layout of a key block, and that no key shows."""

from __future__ import annotations

import pytest

from tests.decryption.rfc8448 import TRACES, Trace
from tlseku.decryption.cipher_parameters import SSL30, TLS10, TLS11, TLS12, TLS13, Suite, suite_of
from tlseku.decryption.key_schedule import Keys, key_block, master_secret, next_traffic_secret, traffic_keys
from tlseku.decryption.prf import derive, hkdf_expand_label, prf, ssl3_expand

CR, SR, MASTER = b"c" * 32, b"s" * 32, b"m" * 48


def suite(code_point: int, version: int = TLS12) -> Suite:
    """A suite that is there."""
    found = suite_of(code_point, version)
    assert found is not None
    return found


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_traffic_keys_of_rfc8448(trace: Trace) -> None:
    assert len(trace.keys) >= 6
    for (label, part), wanted in trace.keys.items():
        keys = traffic_keys(trace.secrets[label], suite(0x1301, TLS13))
        assert {"key": keys.key, "iv": keys.iv}[part] == wanted, label


@pytest.mark.parametrize(("code_point", "size"), [(0x1301, 32), (0x1302, 48), (0x1303, 32)])
def test_the_next_traffic_secret(code_point: int, size: int) -> None:
    made = next_traffic_secret(b"x" * size, suite(code_point, TLS13))
    name = suite(code_point, TLS13).hash
    assert made == hkdf_expand_label(b"x" * size, b"traffic upd", b"", size, name)
    assert len(made) == size


@pytest.mark.parametrize(
    ("code_point", "version", "sizes"),
    [
        (0xC02F, TLS12, (0, 16, 4)),
        (0xC030, TLS12, (0, 32, 4)),
        (0xCCA8, TLS12, (0, 32, 12)),
        (0xC09C, TLS12, (0, 16, 4)),
        (0x002F, TLS12, (20, 16, 0)),
        (0x003D, TLS12, (32, 32, 0)),
        (0xC028, TLS11, (48, 32, 0)),
        (0x0035, TLS10, (20, 32, 16)),
        (0x000A, TLS10, (20, 24, 8)),
        (0x000A, SSL30, (20, 24, 8)),
        (0x0004, SSL30, (16, 16, 0)),
        (0x0001, TLS12, (16, 0, 0)),
    ],
)
def test_the_key_block_is_cut_in_order(code_point: int, version: int, sizes: tuple[int, int, int]) -> None:
    client, server = key_block(MASTER, CR, SR, suite(code_point, version), version)
    assert tuple(map(len, (client.mac_key, client.key, client.iv))) == sizes
    assert tuple(map(len, (server.mac_key, server.key, server.iv))) == sizes
    joined = b"".join((client.mac_key, server.mac_key, client.key, server.key, client.iv, server.iv))
    name = suite(code_point, version).hash
    assert joined == derive(MASTER, b"key expansion", SR + CR, 2 * sum(sizes), version, name)


@pytest.mark.parametrize("version", [SSL30, TLS10, TLS12])
def test_the_master_secret(version: int) -> None:
    made = master_secret(b"p" * 48, CR, SR, suite(0x0035, version), version)
    if version == SSL30:
        assert made == ssl3_expand(b"p" * 48, CR + SR, 48)
    else:
        assert made == prf(b"p" * 48, b"master secret", CR + SR, 48, version, "SHA256")


def test_the_extended_master_secret_hangs_on_the_session_hash_alone() -> None:
    made = master_secret(b"p" * 48, CR, SR, suite(0xC028), TLS12, b"h" * 48)
    assert made == prf(b"p" * 48, b"extended master secret", b"h" * 48, 48, TLS12, "SHA384")
    assert made == master_secret(b"p" * 48, SR, CR, suite(0xC028), TLS12, b"h" * 48)


def test_no_text_shows_a_key() -> None:
    assert repr(Keys(b"key", b"iv", b"mac")) == "Keys()"
