"""``tlseku.policy.rule_books.conditions``: each condition, where it holds and where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from tests.builder import build
from tests.policy.chains import ANY, CLIENT, EMAIL, SERVER, facts
from tests.policy.rule_books.books import book, rule
from tlseku.policy.rule_books import Context
from tlseku.policy.rule_books.asked import EKU_WORDS, asked_about, eku_words
from tlseku.policy.rule_books.conditions import CONDITIONS, read_when
from tlseku.x509.certificate import Certificate

DAY = 86_400 * 10**9
LEAF = replace(
    facts("L", "I", (CLIENT,)),
    version=3,
    key_usage=("digitalSignature",),
    key_type="ec",
    basic_ca=False,
    not_before=20_000 * DAY,  # 2024-10-04
)
NOBODY = x509.Name([])
OLD_ROOT = facts("R", "R", (SERVER,))


def changed(**fields: object) -> Certificate:
    return replace(LEAF, **fields)  # type: ignore[arg-type]


PADDED = bytes.fromhex("3006300402020001")
"""The beginning of a certificate (version 1) with the serial number 1 in two octets."""


HOLDS: list[tuple[str, list[Certificate]]] = [
    ('role = "client"', [LEAF]),
    ('role = ["server", "client"]', [LEAF]),
    ('mode = "unknown"', [LEAF]),
    ('leaf_eku = "need"', [LEAF]),
    ('leaf_eku = ["any", "clientAuth"]', [LEAF]),
    ('leaf_eku_without = ["serverAuth", "absent"]', [LEAF]),
    ("leaf_eku_twice = false", [LEAF]),
    ("leaf_serial_padded = false", [LEAF]),
    ("leaf_serial_padded = true", [changed(der=PADDED, defects=("serial number is negative",))]),
    ("leaf_serial_padded = false", [changed(der=PADDED)]),
    ("leaf_eku_twice = true", [changed(eku_duplicate=True)]),
    ("leaf_eku_critical = false", [LEAF]),
    ("leaf_eku_critical = false", [changed(eku=None, eku_critical=None)]),
    ("leaf_eku_critical = true", [changed(eku_critical=True)]),
    ('issuer_eku = "other"', [LEAF, facts("I", "U"), facts("U", "R", (SERVER,))]),
    ('issuer_eku = "any", issuer_eku_without = "serverAuth"', [LEAF, facts("I", "R", (ANY,))]),
    ('issuer_eku_without = ["absent"]', [LEAF, facts("I", "R", ())]),
    ('anchor_eku = "other"', [LEAF, facts("I", "R"), OLD_ROOT]),
    ('anchor_eku_without = "need"', [LEAF, facts("I", "R"), OLD_ROOT]),
    ('leaf_key_usage = ["keyCertSign", "digitalSignature"]', [LEAF]),
    ('leaf_key_usage_without = "keyCertSign"', [LEAF]),
    ('leaf_key_usage_without = "digitalSignature"', [changed(key_usage=())]),
    ('leaf_key = ["rsa", "ec"]', [LEAF]),
    ('leaf_serial = ["padded", "zero"]', [changed(der=PADDED, defects=("odd",))]),
    ('leaf_serial = "empty"', [changed(der=bytes.fromhex("3004300202 00"), defects=("odd",))]),
    ('leaf_uses = "ml-dsa"', [changed(key_type="ml-dsa")]),
    ('leaf_uses = ["ed448", "slh-dsa"]', [changed(signature_algorithm="SLH-DSA-SHA2-128s")]),
    ('leaf_uses = "unknown"', [changed(signature_algorithm="1.2.3")]),
    ('leaf_signed = "rsa"', [changed(signature_algorithm="sha256WithRSAEncryption")]),
    ("leaf_san_not_critical = false", [LEAF]),
    ("leaf_san_not_critical = true", [build(subject=NOBODY).certificate()]),
    ('issuer_serial = "padded"', [LEAF, replace(facts("I", "R"), der=PADDED, defects=("odd",))]),
    ('issuer_uses = "ml-dsa"', [LEAF, replace(facts("I", "R"), key_type="ml-dsa")]),
    ('issuer_uses = "ed25519"', [LEAF, replace(facts("I", "R"), signature_algorithm="Ed25519")]),
    ('leaf_version = "3"', [LEAF]),
    ("leaf_is_ca = false", [LEAF]),
    ("leaf_is_ca = false", [changed(basic_ca=None)]),
    ("leaf_is_ca = true", [changed(basic_ca=True)]),
    ("leaf_self_issued = false", [LEAF]),
    ("leaf_self_issued = true", [changed(self_issued=True)]),
    ("leaf_issued_from = 2024-10-04", [LEAF]),
    ("leaf_issued_before = 2024-10-05", [LEAF]),
    ('leaf_issuer = "unknown"', [LEAF]),
    ('leaf_issuer = "public"', [changed(public_issuer=True)]),
    ('leaf_issuer = "private"', [changed(public_issuer=False)]),
    ('leaf_issuer = "private"', [changed(self_issued=True)]),
    ('role = "client", leaf_eku = "need", leaf_key = "ec"', [LEAF]),
]

DOES_NOT_HOLD: list[tuple[str, list[Certificate]]] = [
    ('role = "server"', [LEAF]),
    ('mode = ["on", "off"]', [LEAF]),
    ('leaf_eku = "any"', [LEAF]),
    ('leaf_eku = "only-need"', [changed(eku=(CLIENT, SERVER))]),
    ('leaf_eku = "need"', [changed(eku=None)]),
    ('leaf_eku = "absent"', [changed(eku=())]),
    ('leaf_eku = "empty"', [changed(eku=None)]),
    ('leaf_eku = "any"', [changed(eku=(ANY, CLIENT))]),
    ('leaf_eku_without = ["serverAuth", "clientAuth"]', [LEAF]),
    ("leaf_serial_padded = true", [LEAF]),
    ("leaf_serial_padded = true", [changed(defects=("odd",))]),
    ("leaf_eku_twice = true", [LEAF]),
    ("leaf_eku_critical = true", [LEAF]),
    ('issuer_eku = "other"', [LEAF]),
    ('issuer_eku = "other"', [LEAF, facts("X", "R", (SERVER,))]),
    ('issuer_eku = "other"', [LEAF, facts("I", "R"), OLD_ROOT]),
    ('issuer_eku_without = "absent"', [LEAF, facts("I", "R")]),
    ('issuer_eku_without = "absent"', [LEAF, facts("I", "R", eku_readable=False)]),
    (
        'issuer_eku = "serverAuth", issuer_eku_without = "anyExtendedKeyUsage"',
        [LEAF, facts("I", "U", (SERVER, ANY)), facts("U", "R", (EMAIL,))],
    ),
    ('anchor_eku = "other"', [LEAF, facts("I", "R", (SERVER,))]),
    ('anchor_eku = "other"', [LEAF]),
    ('anchor_eku_without = "need"', [LEAF, facts("I", "R")]),
    ('anchor_eku_without = "other"', [LEAF, facts("I", "R"), OLD_ROOT]),
    ('leaf_key_usage = "keyCertSign"', [LEAF]),
    ('leaf_key_usage = "digitalSignature"', [changed(key_usage=None)]),
    ('leaf_key_usage_without = "digitalSignature"', [LEAF]),
    ('leaf_key_usage_without = "digitalSignature"', [changed(key_usage=None)]),
    ('leaf_key = "rsa"', [LEAF]),
    ('leaf_serial = ["padded", "empty", "negative", "zero", "long"]', [changed(der=PADDED)]),
    ('leaf_serial = "negative"', [changed(der=PADDED, defects=("odd",))]),
    ('leaf_uses = ["ml-dsa", "slh-dsa"]', [LEAF]),
    ('leaf_uses = "rsa"', [changed(readable=False, eku_readable=False)]),
    ('leaf_signed = "ec"', [changed(signature_algorithm="Ed25519")]),
    ("leaf_san_not_critical = true", [build(subject=NOBODY, san_critical=True).certificate()]),
    ("leaf_san_not_critical = true", [build(subject=NOBODY, san=None).certificate()]),
    ("leaf_san_not_critical = true", [build().certificate()]),
    ('issuer_serial = "padded"', [changed(der=PADDED, defects=("odd",)), facts("I", "R")]),
    ('issuer_uses = "ml-dsa"', [LEAF, facts("I", "R"), replace(facts("R", "R"), key_type="ml-dsa")]),
    ('issuer_uses = "ml-dsa"', [changed(key_type="ml-dsa"), facts("I", "R")]),
    ('leaf_version = "1"', [LEAF]),
    ('leaf_version = ["1", "2", "3"]', [changed(version=None)]),
    ("leaf_is_ca = true", [LEAF]),
    ("leaf_self_issued = true", [LEAF]),
    ("leaf_issued_from = 2024-10-05", [LEAF]),
    ("leaf_issued_before = 2024-10-04", [LEAF]),
    ("leaf_issued_from = 1970-01-01", [changed(not_before=None)]),
    ("leaf_issued_before = 9999-12-31", [changed(not_before=None)]),
    ('leaf_issuer = ["public", "private"]', [LEAF]),
    ('role = "client", leaf_eku = "need", leaf_key = "rsa"', [LEAF]),
]


def refused(when: str, chain: list[Certificate]) -> bool:
    return book(rule(f"{{ {when} }}")).judge(chain, "client").outcome == "refuse"


@pytest.mark.parametrize(("when", "chain"), HOLDS)
def test_holds(when: str, chain: list[Certificate]) -> None:
    assert refused(when, chain)


@pytest.mark.parametrize(("when", "chain"), DOES_NOT_HOLD)
def test_does_not_hold(when: str, chain: list[Certificate]) -> None:
    assert not refused(when, chain)


@pytest.mark.parametrize("name", CONDITIONS)
def test_both_tables_know_every_condition(name: str) -> None:
    for table in (HOLDS, DOES_NOT_HOLD):
        assert any(f"{name} =" in when for when, _ in table)


def test_the_lowest_issuer_that_matches_is_the_one() -> None:
    chain = [LEAF, facts("U", "R", (SERVER,)), facts("I", "U", (SERVER,))]
    asked = asked_about(chain, "client", Context())
    holds, above = read_when({"issuer_eku": "other"}).matched(asked)
    assert holds
    assert above is not None
    assert above.depth == 2


def test_words_of_conditions_are_words_of_ekus() -> None:
    words = set(EKU_WORDS)
    assert words == {*(CONDITIONS["leaf_eku"].words or ())}
    assert eku_words(LEAF, CLIENT) <= words
