"""Opening records: every suite in every version, wrong keys, lost records, damage."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from hypothesis import given
from hypothesis import strategies as st

from tests.decryption.sealing import Sealer
from tlseku.decryption import legacy_ciphers, record_protection
from tlseku.decryption.cipher_parameters import SSL30, TLS10, TLS11, TLS12, TLS13, suite_of
from tlseku.decryption.key_schedule import key_block, traffic_keys
from tlseku.decryption.plaintext import MAX_FRAGMENT, DoesNotFit, Opened, RecordProtection
from tlseku.decryption.record_protection import tls12_records, tls13_records

CR, SR, MASTER = b"c" * 32, b"s" * 32, b"m" * 48
HANDSHAKE, ALERT, APPLICATION = 22, 21, 23


class Case(NamedTuple):
    """A suite in a version, with or without encrypt-then-MAC."""

    code_point: int
    version: int
    encrypt_then_mac: bool = False

    def sealer(self, side: int = 0, master: bytes = MASTER) -> Sealer:
        suite = suite_of(self.code_point, self.version)
        assert suite is not None
        if self.version == TLS13:
            return Sealer(suite, traffic_keys(master, suite), TLS13)
        keys = key_block(master, CR, SR, suite, self.version)[side]
        return Sealer(suite, keys, self.version, self.encrypt_then_mac)

    def decryptor(self, side: int = 0, master: bytes = MASTER) -> RecordProtection:
        if self.version == TLS13:
            one = tls13_records(master, self.code_point)
            assert one is not None
            return one
        both = tls12_records(master, CR, SR, self.code_point, self.version, self.encrypt_then_mac)
        assert both is not None
        return both[side]

    @property
    def wire_version(self) -> int:
        return min(self.version, TLS12)

    def kind(self, kind: int) -> int:
        """The type in the header of a record of this type."""
        return APPLICATION if self.version == TLS13 else kind


def _cases() -> list[Case]:
    codes = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0xC02F, 0xC030, 0xCCA8, 0xC09C, 0xC0A1, 0x002F, 0x003D, 0xC028,
             0x000A, 0x0009, 0x0041, 0x00C4, 0x0096, 0x0007, 0x0004, 0x0005, 0x0001, 0x003B)  # fmt: skip
    cases = []
    for code in codes:
        for version in (SSL30, TLS10, TLS11, TLS12, TLS13):
            suite = suite_of(code, version)
            if suite is not None:
                cases.append(Case(code, version))
                if suite.mode == "CBC" and version > SSL30:
                    cases.append(Case(code, version, True))
    return cases


CASES = _cases()
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.code_point:04x}-{c.version:04x}-{c.encrypt_then_mac}"
)
LONG = bytes(range(256)) * 64
CONTENTS = [
    (HANDSHAKE, b"\x14\0\0\x0c" + b"v" * 12),
    (APPLICATION, b""),
    (APPLICATION, LONG),
    (ALERT, b"\x01\0"),
]


def test_the_table_is_long_enough() -> None:
    assert len(CASES) == 85


@every_case
@pytest.mark.parametrize("side", [0, 1])
def test_what_was_sealed_opens(case: Case, side: int) -> None:
    sealer, decryptor = case.sealer(side), case.decryptor(side)
    for number, (kind, content) in enumerate(CONTENTS * 2):
        assert decryptor.sequence == number
        assert decryptor.open(case.kind(kind), case.wire_version, sealer.seal(kind, content)) == (
            kind,
            content,
        )


@every_case
def test_another_key_does_not_fit(case: Case) -> None:
    fragment = case.sealer().seal(HANDSHAKE, b"x" * 40)
    others = [case.decryptor(master=b"n" * 48)]
    if case.version != TLS13:
        others.append(case.decryptor(side=1))
    for other in others:
        with pytest.raises(DoesNotFit):
            other.open(case.kind(HANDSHAKE), case.wire_version, fragment)


@every_case
def test_a_record_out_of_its_place_does_not_fit(case: Case) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    first, second = sealer.seal(HANDSHAKE, b"first"), sealer.seal(HANDSHAKE, b"second")
    with pytest.raises(DoesNotFit):
        decryptor.open(case.kind(HANDSHAKE), case.wire_version, second)
    assert decryptor.sequence == 0
    if case.code_point in (0x0004, 0x0005):
        with pytest.raises(DoesNotFit):
            decryptor.open(HANDSHAKE, case.wire_version, first)
        return
    # And nothing has changed by trying.
    for fragment, content in ((first, b"first"), (second, b"second")):
        assert decryptor.open(case.kind(HANDSHAKE), case.wire_version, fragment).content == content


@every_case
def test_type_version_and_length_are_authenticated(case: Case) -> None:
    fragment = case.sealer().seal(HANDSHAKE, b"x" * 40)
    wrong = [
        (case.kind(HANDSHAKE) ^ 1, case.wire_version, fragment),
        (case.kind(HANDSHAKE), case.wire_version, fragment[:-1]),
    ]
    if case.version != SSL30:
        wrong.append((case.kind(HANDSHAKE), case.wire_version ^ 3, fragment))
    for kind, version, damaged in wrong:
        with pytest.raises(DoesNotFit):
            case.decryptor().open(kind, version, damaged)


@every_case
def test_records_may_be_passed_over(case: Case) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    decryptor.open(case.kind(HANDSHAKE), case.wire_version, sealer.seal(HANDSHAKE, b"one"))
    for content in (LONG, b"", b"z"):
        passed = sealer.seal(APPLICATION, content)
        decryptor.skip(passed if decryptor.needs_every_record else b"")
    assert decryptor.open(case.kind(ALERT), case.wire_version, sealer.seal(ALERT, b"\x02\x28")) == (
        ALERT,
        b"\x02\x28",
    )
    assert decryptor.sequence == 5


@every_case
def test_lost_records_are_made_up_for(case: Case) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    decryptor.open(case.kind(HANDSHAKE), case.wire_version, sealer.seal(HANDSHAKE, b"one"))
    for _ in range(7):
        sealer.seal(APPLICATION, b"lost")
    late, later = sealer.seal(ALERT, b"\x02\x28"), sealer.seal(ALERT, b"\x01\0")
    kind, version = case.kind(ALERT), case.wire_version
    if decryptor.needs_every_record:
        with pytest.raises(DoesNotFit):
            decryptor.open(kind, version, late, 7)
        return
    with pytest.raises(DoesNotFit):
        decryptor.open(kind, version, late, 6)
    assert decryptor.open(kind, version, late, 7) == (ALERT, b"\x02\x28")
    assert decryptor.open(kind, version, later) == (ALERT, b"\x01\0")
    assert decryptor.sequence == 10


@pytest.mark.parametrize("case", [Case(0x002F, TLS10), Case(0x000A, SSL30), Case(0x0035, TLS10, True)])
def test_a_chained_iv_is_found_again_one_record_later(case: Case) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    sealer.seal(APPLICATION, b"lost")
    unreadable, readable = sealer.seal(APPLICATION, b"damaged by the loss"), sealer.seal(ALERT, b"\x02\x28")
    with pytest.raises(DoesNotFit):
        decryptor.open(APPLICATION, case.wire_version, unreadable)
    decryptor.skip(unreadable)
    assert decryptor.open(ALERT, case.wire_version, readable, 1) == (ALERT, b"\x02\x28")


@pytest.mark.parametrize("case", [Case(0x0004, TLS12), Case(0x0005, SSL30)])
def test_rc4_without_a_records_bytes_is_lost_for_good(case: Case) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    sealer.seal(APPLICATION, b"passed over")
    decryptor.skip()
    for _ in range(2):
        with pytest.raises(DoesNotFit, match="the place in the key stream is lost"):
            decryptor.open(ALERT, case.wire_version, sealer.seal(ALERT, b"\x02\x28"))


@pytest.mark.parametrize("padding", [0, 1, 2, 255, 16383])
def test_tls13_padding_is_taken_off(padding: int) -> None:
    case = Case(0x1301, TLS13)
    fragment = case.sealer().seal(HANDSHAKE, b"\0content\0\0", padding)
    assert case.decryptor().open(APPLICATION, TLS12, fragment) == (HANDSHAKE, b"\0content\0\0")


def test_tls13_padding_alone_is_type_0() -> None:
    case = Case(0x1301, TLS13)
    assert case.decryptor().open(APPLICATION, TLS12, case.sealer().seal(0, b"", 5)) == Opened(0, b"")


@pytest.mark.parametrize("kind", [20, 21, 22, 24])
def test_tls13_ciphertext_is_always_application_data(kind: int) -> None:
    case = Case(0x1301, TLS13)
    with pytest.raises(DoesNotFit):
        case.decryptor().open(kind, TLS12, case.sealer().seal(HANDSHAKE, b"x"))


@pytest.mark.parametrize("blocks", [0, 1, 7, 14])
@pytest.mark.parametrize("case", [Case(0x002F, TLS10), Case(0x002F, TLS12), Case(0x000A, TLS11, True)])
def test_tls_may_pad_with_more_blocks_than_needed(case: Case, blocks: int) -> None:
    fragment = case.sealer().seal(APPLICATION, b"padded", blocks)
    assert case.decryptor().open(APPLICATION, case.wire_version, fragment) == (APPLICATION, b"padded")


def test_ssl3_may_not() -> None:
    case = Case(0x000A, SSL30)
    with pytest.raises(DoesNotFit, match="the padding is longer than the record"):
        case.decryptor().open(APPLICATION, SSL30, case.sealer().seal(APPLICATION, b"padded", 1))


@every_case
def test_anything_but_a_sealed_record_does_not_fit(case: Case) -> None:
    for fragment in (
        b"",
        b"\0",
        bytes(15),
        bytes(16),
        bytes(17),
        bytes(48),
        bytes(64),
        bytes(MAX_FRAGMENT + 16),
    ):
        decryptor = case.decryptor()
        with pytest.raises(DoesNotFit):
            decryptor.open(case.kind(HANDSHAKE), case.wire_version, fragment)
        assert decryptor.sequence == 0


@given(st.sampled_from(CASES), st.lists(st.binary(max_size=70), min_size=1, max_size=5), st.data())
def test_any_content_comes_back_and_no_other(case: Case, contents: list[bytes], data: st.DataObject) -> None:
    sealer, decryptor = case.sealer(), case.decryptor()
    for content in contents:
        fragment = sealer.seal(HANDSHAKE, content)
        assert decryptor.open(case.kind(HANDSHAKE), case.wire_version, fragment) == (HANDSHAKE, content)
    fragment = sealer.seal(HANDSHAKE, b"to be damaged")
    at = data.draw(st.integers(0, len(fragment) - 1))
    damaged = fragment[:at] + bytes((fragment[at] ^ data.draw(st.integers(1, 255)),)) + fragment[at + 1 :]
    with pytest.raises(DoesNotFit):
        decryptor.open(case.kind(HANDSHAKE), case.wire_version, damaged)


@every_case
def test_no_bytes_do_harm(case: Case, seeded: random.Random) -> None:
    decryptor = case.decryptor()
    for _ in range(60):
        size = seeded.choice((0, 1, 7, 8, 16, 20, 24, 32, 48, 64, 100, 1000))
        fragment = seeded.randbytes(size)
        try:
            decryptor.open(
                seeded.choice((20, 21, 22, 23, 24, 255)),
                seeded.randrange(0x10000),
                fragment,
                seeded.randrange(3),
            )
        except DoesNotFit:
            pass
        else:
            raise AssertionError("noise was taken for a record")
        decryptor.skip(fragment if seeded.random() < 0.5 else b"")


@pytest.mark.parametrize(
    ("code_point", "version"),
    [(0xC03C, TLS12), (0x0003, SSL30), (0xC02F, TLS11), (0x1301, TLS12), (0xFFFF, TLS12)],
)
def test_a_suite_that_stays_shut_is_none(code_point: int, version: int) -> None:
    assert tls12_records(MASTER, CR, SR, code_point, version) is None
    assert tls13_records(b"x" * 32, 0xC02F) is None


def _refuse(*_: object) -> object:
    raise UnsupportedAlgorithm("not here")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("_records", lambda: tls12_records(MASTER, CR, SR, 0x0005, TLS12)),
        ("key_block", lambda: tls12_records(MASTER, CR, SR, 0x0005, TLS10)),
        ("Tls13Records", lambda: tls13_records(b"x" * 32, 0x1303)),
    ],
)
def test_a_cipher_that_the_library_lacks_is_none(
    name: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call() is not None
    monkeypatch.setattr(record_protection, name, _refuse)
    assert call() is None


def test_old_ciphers_are_found_where_older_libraries_keep_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Older:
        SEED = legacy_ciphers.algorithms.AES  # type: ignore[attr-defined]

    monkeypatch.setattr(legacy_ciphers, "_decrepit", lambda: Older)
    monkeypatch.setattr(legacy_ciphers, "algorithms", Older)
    assert isinstance(legacy_ciphers.block_cipher("SEED", bytes(16)), Older.SEED)
    with pytest.raises(UnsupportedAlgorithm):
        legacy_ciphers.stream_cipher("RC4", bytes(16))
