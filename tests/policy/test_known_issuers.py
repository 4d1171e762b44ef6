"""``tlseku.policy.known_issuers``: what completes a path without having been presented."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build, ca
from tests.policy.chains import CERTIFICATES, CHAINS, UNREADABLE, facts
from tests.work import counted_in_pure, work
from tlseku.errors import CertificateFileError
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.known_issuers import KnownIssuer, KnownIssuers, load_known_issuers
from tlseku.x509.certificate import Certificate

LEAF = facts("leaf", "I")
ISSUER = facts("I", "R")
ROOT = facts("R", "R")
CROSS = facts("R", "Old", ("cross",))
OTHER = facts("X", "X")
KEYED = facts("I", "R", own_key=b"2")


def known(*certificates: Certificate) -> KnownIssuers:
    return KnownIssuers(KnownIssuer(one, f"{place}.pem") for place, one in enumerate(certificates))


@pytest.mark.parametrize(
    ("chain", "there", "completing"),
    [
        ([LEAF], [ISSUER, ROOT], [ISSUER, ROOT]),
        ([LEAF], [ROOT, OTHER, ISSUER], [ISSUER, ROOT]),
        ([LEAF, ISSUER], [ISSUER, ROOT], [ROOT]),
        ([LEAF, ROOT], [ISSUER], [ISSUER]),
        ([LEAF], [ISSUER], [ISSUER]),
        # An anchor comes before a cross-signed copy that was presented, which then is not in the path.
        ([LEAF, ISSUER, CROSS], [ROOT], [ROOT]),
        # Any other comes after what was presented.
        ([LEAF, facts("I", "Q")], [ISSUER, ROOT], []),
        ([facts("leaf", "I", issuer_key=b"2"), facts("I", "Q")], [KEYED], [KEYED]),
    ],
)
def test_completing(
    chain: list[Certificate], there: list[Certificate], completing: list[Certificate]
) -> None:
    assert [one.certificate for one in known(*there).completing(chain)] == completing


@pytest.mark.parametrize(
    ("chain", "there"),
    [
        ([], [ISSUER]),
        ([LEAF], []),
        ([LEAF], [ROOT, OTHER]),
        ([LEAF, ISSUER, ROOT], [ISSUER, ROOT]),
        ([ROOT], [ISSUER, ROOT]),
        ([ROOT], [CROSS]),
        ([UNREADABLE], [ISSUER]),
        ([LEAF], [UNREADABLE]),
        ([facts("leaf", "I", issuer_key=b"1")], [facts("I", "R", own_key=b"2")]),
        (
            [Certificate(b"", "", issuer="", issuer_der=b"0\0")],
            [Certificate(b"", "", subject="", subject_der=b"0\0")],
        ),
    ],
)
def test_not_completing(chain: list[Certificate], there: list[Certificate]) -> None:
    assert known(*there).completing(chain) == ()


def test_the_first_of_duplicates_names_the_file() -> None:
    (found,) = known(OTHER, ISSUER, ISSUER).completing([LEAF])
    assert found == KnownIssuer(ISSUER, "1.pem")


@given(CHAINS, st.lists(CERTIFICATES, max_size=6))
def test_the_path_over_what_completes_it_is_the_path_over_all(
    chain: list[Certificate], there: list[Certificate]
) -> None:
    found = known(*there).completing(chain)
    more = [one.certificate for one in found]
    path = issuing_path(chain, more)
    assert [index for index in path.indexes if index >= len(chain)] == [
        len(chain) + at for at in range(len(more))
    ]
    assert not {one.der for one in more} & {one.der for one in chain}
    assert all(one in there for one in more)
    assert sorted(path.strangers + tuple(index for index in path.indexes if index < len(chain))) == list(
        range(len(chain))
    )
    if not found:
        assert path == issuing_path(chain)


@counted_in_pure
def test_a_whole_store_costs_what_a_small_one_does() -> None:
    def looking(size: int) -> int:
        store = known(*(facts(f"R{number}", f"R{number}") for number in range(size)), ISSUER, ROOT)
        assert len(store.completing([LEAF])) == 2
        return work(lambda: store.completing([LEAF]))

    assert looking(2_000) == looking(10)


def test_a_circle_ends() -> None:
    there = [facts("I", "R"), facts("R", "I")]
    assert [one.certificate for one in known(*there).completing([LEAF])] == there


TRUST = ca("Root")
ISSUING = ca("Issuing", issuer=TRUST)
BUILT_LEAF = build(issuer=ISSUING)


def test_files(tmp_path: Path) -> None:
    bundle, der = tmp_path / "bundle.pem", tmp_path / "root.der"
    bundle.write_bytes(b"# the issuing CA\n" + ISSUING.pem + ISSUING.pem)
    der.write_bytes(TRUST.der)
    found = load_known_issuers([bundle, str(der)]).completing([BUILT_LEAF.certificate()])
    assert found == (
        KnownIssuer(ISSUING.certificate(), str(bundle)),
        KnownIssuer(TRUST.certificate(), str(der)),
    )
    assert load_known_issuers([]).completing([BUILT_LEAF.certificate()]) == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"hello", "neither PEM nor DER"),
        (TRUST.key_pem, "no certificate in it"),
        (TRUST.pem[:-30], "has no END line"),
        (
            TRUST.pem + b"-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n",
            "certificate 2 cannot",
        ),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "bad.pem"
    file.write_bytes(content)
    with pytest.raises(CertificateFileError) as raised:
        load_known_issuers([file])
    assert str(raised.value).startswith(f"{file}: ")
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["absent.pem", ".", "a\0b"])
def test_files_that_do_not_open(tmp_path: Path, name: str) -> None:
    with pytest.raises(CertificateFileError, match="cannot open it"):
        load_known_issuers([f"{tmp_path}/{name}"])


def test_random_bytes_raise_only_the_documented_error(tmp_path: Path, seeded: random.Random) -> None:
    file = tmp_path / "any"
    refusals = []
    for _ in range(300):
        content = bytearray(seeded.choice([ISSUING.pem + TRUST.pem, ISSUING.der + TRUST.der]))
        for _ in range(seeded.randrange(1, 6)):
            content[seeded.randrange(len(content))] = seeded.randrange(256)
        file.write_bytes(content)
        try:
            load_known_issuers([file]).completing([BUILT_LEAF.certificate()])
        except CertificateFileError as error:
            refusals.append(str(error))
    assert 0 < len(refusals) < 300
    assert all(said.startswith(f"{file}: ") and said.isprintable() for said in refusals)
