"""The key log: what is kept, what is passed over, what is a warning, cut anywhere, and whatever bytes come."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.decryption import key_log
from tlseku.decryption.key_log import MAX_LINE, MAX_NAMED, KeyLogReader, KeyLogWarning, read_secrets_block
from tlseku.decryption.secret_store import SecretStore

RANDOM = "0123456789abcdef" * 4
KEY = bytes.fromhex(RANDOM)
S32, S48 = "5a" * 32, "a5" * 48


def read(text: str | bytes, *sizes: int) -> tuple[SecretStore, KeyLogReader]:
    """The store and the reader after a whole log, fed in pieces of these sizes and the rest."""
    data = text.encode() if isinstance(text, str) else text
    store = SecretStore()
    reader = KeyLogReader(store, "log")
    for size in sizes:
        reader.feed(data[:size])
        data = data[size:]
    reader.feed(data)
    reader.close()
    return store, reader


KEPT = [
    ("CLIENT_RANDOM", S48),
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", S32),
    ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", S48),
    ("SERVER_HANDSHAKE_TRAFFIC_SECRET", S32),
    ("CLIENT_TRAFFIC_SECRET_0", S32),
    ("SERVER_TRAFFIC_SECRET_0", S48),
    ("CLIENT_TRAFFIC_SECRET_1", S32),
    ("SERVER_TRAFFIC_SECRET_999999", S32),
    ("CLIENT_EARLY_TRAFFIC_SECRET", S32),
    ("PMS_CLIENT_RANDOM", "00" * 48),
    ("PMS_CLIENT_RANDOM", "01" * 256),
    ("ECH_SECRET", S32),
    ("ECH_CONFIG", "fe0d" * 100),
]


@pytest.mark.parametrize(("label", "secret"), KEPT)
@pytest.mark.parametrize(
    "form",
    [
        "{} {} {}\n",
        "{} {} {}\r\n",
        "{} {} {}\r",
        "{} {} {}",
        "\ufeff{} {} {}\n",
        "  {}\t{}   {}  \n",
        "# a comment\n\n{} {} {}\n#",
    ],
)
def test_what_is_kept(label: str, secret: str, form: str) -> None:
    store, reader = read(form.format(label, RANDOM, secret))
    assert dict(store.of(KEY)) == {label: bytes.fromhex(secret)}
    assert (reader.kept, reader.malformed, reader.unknown) == (1, 0, 0)


def test_case_does_not_matter() -> None:
    store, _ = read(f"client_random {RANDOM.upper()} {S48.upper()}\n")
    assert store.secret(KEY, "CLIENT_RANDOM") == bytes.fromhex(S48)


def test_an_rsa_line_is_kept_by_the_encrypted_secret() -> None:
    store, reader = read(f"RSA 0102030405060708 {S48}\n")
    assert store.pre_master(b"\0\0\x01\x02\x03\x04\x05\x06\x07\x08", 0x0303) == bytes.fromhex(S48)
    assert reader.kept == 1


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("", 0),
        ("   ", 0),
        ("# CLIENT_RANDOM x y", 0),
        (f"EXPORTER_SECRET {RANDOM} {S32}", 0),
        (f"EARLY_EXPORTER_SECRET {RANDOM} {S32}", 0),
        ("EXPORTER_SECRET", 0),
        (f"SOME_FUTURE_LABEL {RANDOM} {S32}", 1),
        ("SOME_FUTURE_LABEL of any form", 1),
        (f"CLIENT_TRAFFIC_SECRET_ {RANDOM} {S32}", 1),
        (f"CLIENT_TRAFFIC_SECRET_01 {RANDOM} {S32}", 1),
        (f"CLIENT_TRAFFIC_SECRET_1000000 {RANDOM} {S32}", 1),
        (f"QUIC_CLIENT_TRAFFIC_SECRET_0 {RANDOM} {S32}", 1),
        (f"RSA Session-ID:{RANDOM} Master-Key:{S48}", 1),
    ],
)
def test_what_is_passed_over(line: str, unknown: int) -> None:
    store, reader = read(line + "\n")
    assert (len(store), reader.kept, reader.malformed, reader.unknown) == (0, 0, 0, unknown)
    assert reader.lines == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("CLIENT_RANDOM", "CLIENT_RANDOM is not followed by two words"),
        (f"CLIENT_RANDOM {RANDOM}", "CLIENT_RANDOM is not followed by two words"),
        (f"CLIENT_RANDOM {RANDOM} {S48} more", "CLIENT_RANDOM is not followed by two words"),
        (f"CLIENT_RANDOM {RANDOM[1:]} {S48}", "CLIENT_RANDOM is not followed by hexadecimal digits"),
        (f"CLIENT_RANDOM {RANDOM} {S48[1:]}", "CLIENT_RANDOM is not followed by hexadecimal digits"),
        (f"CLIENT_RANDOM {RANDOM} {'xy' * 48}", "CLIENT_RANDOM is not followed by hexadecimal digits"),
        (f"CLIENT_RANDOM {RANDOM} " + "\u0661" * 96, "CLIENT_RANDOM is not followed by hexadecimal digits"),
        (f"CLIENT_RANDOM {RANDOM[2:]} {S48}", "the client random has 31 bytes, not 32"),
        (f"CLIENT_RANDOM {RANDOM}00 {S48}", "the client random has 33 bytes, not 32"),
        (f"CLIENT_RANDOM {RANDOM} {S32}", "a secret of 32 bytes does not fit CLIENT_RANDOM"),
        (f"SERVER_TRAFFIC_SECRET_0 {RANDOM} 00", "a secret of 1 bytes does not fit SERVER_TRAFFIC_SECRET_0"),
        (f"RSA 01020304050607 {S48}", "RSA takes 8 and 48 bytes, not 7 and 48"),
        (f"RSA 0102030405060708 {S32}", "RSA takes 8 and 48 bytes, not 8 and 32"),
        ("-----BEGIN CERTIFICATE-----", "does not begin with a label"),
        ("\x1b[31mCLIENT_RANDOM", "does not begin with a label"),
        ("X" * 65, "does not begin with a label"),
        ("\0\0\0\0", "does not begin with a label"),
        ("\f", "white space other than blanks and tabs"),
        (" \v\f\t", "white space other than blanks and tabs"),
        ("\f# comment", "does not begin with a label"),
        ("#".rjust(MAX_LINE + 1), f"longer than {MAX_LINE} bytes"),
    ],
)
def test_what_is_a_warning(line: str, problem: str) -> None:
    good = f"CLIENT_RANDOM {RANDOM} {S48}\n"
    store, reader = read(f"# one\n{line}\n{good}")
    assert reader.warnings == [KeyLogWarning("log", 2, problem)]
    assert str(reader.warnings[0]) == f"log: line 2: {problem}"
    assert (reader.malformed, reader.lines, len(store)) == (1, 3, 1)


def test_no_warning_repeats_what_stands_in_the_line() -> None:
    _, reader = read(
        f"CLIENT_RANDOM {RANDOM[:-2]} {S48}\nCLIENT_RANDOM {RANDOM} {S48}ff\n{S48}\nsecret {S48} z\n"
    )
    text = " ".join(map(str, [*reader.warnings, repr(reader)])).lower()
    assert reader.malformed == 3
    assert S48[:8] not in text
    assert RANDOM[:8] not in text


def test_only_the_first_warnings_are_named() -> None:
    _, reader = read("?\n" * 1000)
    assert reader.malformed == 1000
    assert [warning.line for warning in reader.warnings] == list(range(1, MAX_NAMED + 1))


def test_a_line_without_end_takes_no_memory() -> None:
    store = SecretStore()
    reader = KeyLogReader(store)
    for _ in range(100):
        reader.feed(b"a" * 10_000)
        assert len(reader._tail) <= MAX_LINE
    reader.feed(f"\nCLIENT_RANDOM {RANDOM} {S48}\n".encode())
    assert (reader.lines, reader.malformed, reader.kept) == (2, 1, 1)


def test_a_growing_log_is_read_as_it_grows() -> None:
    store = SecretStore()
    reader = KeyLogReader(store)
    line = f"CLIENT_RANDOM {RANDOM} {S48}\n".encode()
    reader.feed(line[:100])
    assert len(store) == 0
    reader.feed(line[100:] + line[:5])
    assert (len(store), reader.lines) == (1, 1)
    reader.close()
    assert (reader.lines, reader.unknown, reader.malformed) == (2, 1, 0)


def test_several_logs_make_one_store() -> None:
    store = SecretStore()
    for number in range(3):
        reader = KeyLogReader(store, str(number))
        reader.feed(f"CLIENT_RANDOM {number:064x} {S48}\n".encode())
        reader.close()
    assert len(store) == 3


_LINES = st.lists(
    st.one_of(
        st.sampled_from([f"{label} {RANDOM} {secret}" for label, secret in KEPT]),
        st.sampled_from(["", "#", "?", f"EXPORTER_SECRET {RANDOM} {S32}", "a b", "X" * (MAX_LINE + 5)]),
    ),
    max_size=8,
)


@given(
    _LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 300), max_size=12), st.booleans()
)
def test_any_cut_gives_the_same(lines: list[str], ending: str, sizes: list[int], ended: bool) -> None:
    text = ending.join(lines) + (ending if ended else "")
    whole, cut = read(text), read(text, *sizes)
    assert dict(whole[0].of(KEY)) == dict(cut[0].of(KEY))
    for name in ("lines", "kept", "malformed", "unknown", "warnings"):
        assert getattr(whole[1], name) == getattr(cut[1], name), name


@given(st.binary(max_size=400), st.lists(st.integers(0, 40), max_size=5))
def test_any_bytes_are_read(data: bytes, sizes: list[int]) -> None:
    _, reader = read(data, *sizes)
    assert reader.malformed >= len(reader.warnings)


def test_any_damage_is_read(seeded: random.Random) -> None:
    good = "".join(f"{label} {RANDOM} {secret}\r\n" for label, secret in KEPT).encode()
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(seeded.randrange(1, 20)):
            at = seeded.randrange(len(data))
            data[at : at + seeded.randrange(3)] = seeded.randbytes(seeded.randrange(3))
        store, reader = read(bytes(data))
        assert reader.kept + reader.malformed + reader.unknown <= reader.lines
        assert len(store) <= len(KEPT)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (0x57474B4C, "WireGuard key log: not a TLS key log"),
        (0x5353484B, "SSH key log: not a TLS key log"),
        (0x5A4E574B, "ZigBee network key: not a TLS key log"),
        (0x12, "secrets of type 0x00000012: not a TLS key log"),
    ],
)
def test_other_secrets_blocks_are_named(kind: int, problem: str) -> None:
    store = SecretStore()
    assert read_secrets_block(store, kind, b"CLIENT_RANDOM", "a.pcapng") == [
        KeyLogWarning("a.pcapng", None, problem)
    ]
    assert len(store) == 0


def test_a_secrets_block_is_a_key_log() -> None:
    store = SecretStore()
    text = f"# comment\r\nCLIENT_RANDOM {RANDOM} {S48}".encode()
    assert read_secrets_block(store, key_log.TLS_KEY_LOG, text, "a.pcapng") == []
    assert store.secret(KEY, "CLIENT_RANDOM") == bytes.fromhex(S48)


def test_a_secrets_block_of_form_feeds_is_a_warning() -> None:
    warnings = read_secrets_block(SecretStore(), key_log.TLS_KEY_LOG, b"\f\n\n \n", "a.pcapng")
    assert [str(warning) for warning in warnings] == [
        "a.pcapng: line 1: white space other than blanks and tabs"
    ]


def test_a_bad_secrets_block_is_a_few_warnings() -> None:
    warnings = read_secrets_block(SecretStore(), key_log.TLS_KEY_LOG, b"\xff\n" * 100_000, "a.pcapng")
    assert len(warnings) == MAX_NAMED + 1
    assert str(warnings[-1]) == "a.pcapng: 99990 more lines could not be read"
