"""``tlseku.profiles.expressway.rules.trust_path``: whether trusted CAs reach up to a leaf, and which CA is missing."""

from __future__ import annotations

import pytest

from tests.builder import Built, build, ca
from tests.profiles.expressway.leafs import BOTH, leaf
from tlseku.profiles.expressway.rules.trust_path import trust_path
from tlseku.x509.certificate import Certificate

ROOT = ca("Root")
MIDDLE = ca("Middle", issuer=ROOT)
LEAF = build(subject="a.example", issuer=MIDDLE)
UNDER_ROOT = build(subject="b.example", issuer=ROOT)
OTHER = ca("Other")
FALSE_ROOT = ca("Root", owner="another key", key_ids=False)
NO_KEY_IDS = build(subject="c.example", issuer=ca("Root"), key_ids=False)
SELF = build(subject="self.example", issuer=None)
CROSS = ca("Middle", issuer=OTHER)


def read(*built: Built) -> tuple[Certificate, ...]:
    return tuple(one.certificate() for one in built)


@pytest.mark.parametrize(
    ("end", "above", "trusted", "reach", "wanted"),
    [
        (UNDER_ROOT, (), (ROOT,), "root", "CN=Root"),
        (LEAF, (MIDDLE,), (ROOT,), "root", "CN=Root"),
        (LEAF, (), (ROOT, MIDDLE), "root", "CN=Root"),
        (LEAF, (ROOT, MIDDLE), (OTHER, ROOT), "root", "CN=Root"),
        (LEAF, (), (ROOT,), "missing", "CN=Middle"),
        (LEAF, (MIDDLE,), (OTHER,), "missing", "CN=Root"),
        (LEAF, (MIDDLE, ROOT), (), "missing", "CN=Root"),
        (UNDER_ROOT, (), (), "missing", "CN=Root"),
        (LEAF, (), (MIDDLE,), "intermediate", "CN=Root"),
        (LEAF, (MIDDLE, ROOT), (MIDDLE,), "intermediate", "CN=Root"),
        (NO_KEY_IDS, (), (FALSE_ROOT,), "forged", "CN=Root"),
        (NO_KEY_IDS, (), (FALSE_ROOT, ROOT), "root", "CN=Root"),
        # With key identifiers the other key is not even of the name.
        (UNDER_ROOT, (), (ca("Root", owner="third key"),), "missing", "CN=Root"),
        (SELF, (), (SELF,), "root", "CN=self.example"),
        (SELF, (), (ROOT,), "missing", "CN=self.example"),
        # Two issuers of one name and key: either may lead to a trusted root.
        (LEAF, (MIDDLE, CROSS), (OTHER,), "root", "CN=Other"),
        (LEAF, (CROSS, MIDDLE), (ROOT,), "root", "CN=Root"),
    ],
)
def test_reach(
    end: Built, above: tuple[Built, ...], trusted: tuple[Built, ...], reach: str, wanted: str
) -> None:
    found = trust_path(end.certificate(), read(*above), read(*trusted))
    assert (found.reach, found.wanted) == (reach, wanted)
    assert found.path[0] == end.certificate()
    assert found.signatures_checked is (reach != "forged") or len(found.path) == 1


def test_without_der_name_and_key_identifier_decide() -> None:
    issued = leaf(BOTH)
    issuer = Certificate(
        der=b"x", sha256="00", subject="CN=CA", subject_der=issued.issuer_der, self_issued=True
    )
    found = trust_path(issued, (), (issuer,))
    assert (found.reach, found.signatures_checked) == ("root", False)


def test_a_circle_ends() -> None:
    one, two = ca("One", issuer=ca("Two")), ca("Two", issuer=ca("One"))
    found = trust_path(build(subject="x", issuer=one).certificate(), read(one, two), ())
    assert (found.reach, len(found.path)) == ("missing", 3)


def test_look_alikes_cost_little() -> None:
    alike = tuple(
        Certificate(
            der=str(number).encode(),
            sha256=str(number),
            subject="CN=CA",
            issuer="CN=CA",
            subject_der=b"\x30\x01\x00",
            issuer_der=b"\x30\x01\x00",
        )
        for number in range(40)
    )
    assert trust_path(leaf(BOTH), alike, ()).reach == "missing"
