"""``tlseku.policy.verdict``: the verdicts of the contract, each with its sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build, ca
from tests.policy.chains import ANY, CHAINS, CLIENT, EMAIL, SERVER, UNREADABLE, facts
from tlseku.policy.effective import effective_eku
from tlseku.policy.purposes import Role
from tlseku.policy.verdict import Verdict, judge
from tlseku.x509.certificate import Certificate

Eku = tuple[str, ...] | None


def leaf(eku: Eku, issuer: str = "I") -> Certificate:
    return facts("leaf", issuer, eku)


@pytest.mark.parametrize(
    ("eku", "role", "word", "reason", "broken_at"),
    [
        ((CLIENT,), "client", "ok", "leaf lists clientAuth", None),
        ((SERVER, CLIENT), "client", "ok", "leaf lists serverAuth and clientAuth", None),
        ((SERVER, CLIENT), "server", "ok", "leaf lists serverAuth and clientAuth", None),
        ((SERVER,), "server", "ok", "leaf lists serverAuth", None),
        ((ANY, CLIENT), "client", "ok", "leaf lists anyExtendedKeyUsage and clientAuth", None),
        ((SERVER, CLIENT), "unknown", "ok", "leaf lists serverAuth and clientAuth", None),
        (None, "client", "unrestricted", "leaf has no extended key usage, so every purpose is allowed", None),
        (None, "server", "unrestricted", "leaf has no extended key usage, so every purpose is allowed", None),
        (
            None,
            "unknown",
            "unrestricted",
            "leaf has no extended key usage, so every purpose is allowed",
            None,
        ),
    ],
)
def test_fits(eku: Eku, role: Role, word: str, reason: str, broken_at: int | None) -> None:
    assert judge([leaf(eku)], role) == Verdict(word, reason, eku, broken_at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("eku", "role", "word", "reason", "broken_at"),
    [
        (
            (SERVER,),
            "client",
            "wrong",
            "leaf lists serverAuth but not clientAuth, which a TLS client needs",
            0,
        ),
        (
            (CLIENT,),
            "server",
            "wrong",
            "leaf lists clientAuth but not serverAuth, which a TLS server needs",
            0,
        ),
        (
            (EMAIL,),
            "client",
            "wrong",
            "leaf lists emailProtection but not clientAuth, which a TLS client needs",
            0,
        ),
        ((EMAIL,), "unknown", "wrong", "leaf lists emailProtection but neither clientAuth nor serverAuth", 0),
        ((), "client", "empty", "leaf has an extended key usage that lists nothing", 0),
        ((), "unknown", "empty", "leaf has an extended key usage that lists nothing", 0),
        (
            (ANY,),
            "client",
            "any",
            "leaf lists anyExtendedKeyUsage but not clientAuth, so that verifiers disagree about it in a TLS client",
            None,
        ),
        (
            (ANY, SERVER),
            "client",
            "any",
            "leaf lists anyExtendedKeyUsage and serverAuth but not clientAuth,"
            " so that verifiers disagree about it in a TLS client",
            None,
        ),
        (
            (ANY,),
            "unknown",
            "any",
            "leaf lists anyExtendedKeyUsage but neither clientAuth nor serverAuth",
            None,
        ),
        (
            (SERVER,),
            "unknown",
            "incomplete",
            "leaf lists serverAuth, and whether that fits depends on the role, which is not known",
            None,
        ),
        (
            (ANY, CLIENT),
            "unknown",
            "incomplete",
            "leaf lists anyExtendedKeyUsage and clientAuth, and whether that fits depends on the role,"
            " which is not known",
            None,
        ),
    ],
)
def test_does_not_fit(eku: Eku, role: Role, word: str, reason: str, broken_at: int | None) -> None:
    assert judge([leaf(eku)], role) == Verdict(word, reason, eku, broken_at)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["client", "server", "unknown"])
def test_nothing_to_judge(role: Role) -> None:
    assert judge([], role) == Verdict("declined", "an empty certificate list was sent", None, None)
    assert judge([UNREADABLE], role)[:2] == ("unreadable", "leaf cannot be read")
    unread = facts("leaf", "I", None, eku_readable=False)
    assert judge([unread], role)[:2] == ("unreadable", "the extended key usage of the leaf cannot be read")


@pytest.mark.parametrize(
    ("chain", "reason", "broken_at"),
    [
        ([], "the certificate list was cut before its leaf was whole", None),
        (
            [leaf((CLIENT,))],
            "the certificate list was cut after 1 of its entries; leaf lists clientAuth",
            None,
        ),
        ([leaf((SERVER,))], "the certificate list was cut after 1 of its entries; leaf lists serverAuth", 0),
        (
            [leaf(None), facts("I", "R", (SERVER,))],
            "the certificate list was cut after 2 of its entries;"
            " leaf has no extended key usage, so every purpose is allowed",
            1,
        ),
        ([UNREADABLE], "the certificate list was cut after 1 of its entries; leaf cannot be read", None),
    ],
)
def test_cut(chain: list[Certificate], reason: str, broken_at: int | None) -> None:
    verdict = judge(chain, "client", complete=False)
    assert verdict == Verdict("incomplete", reason, effective_eku(chain).purposes, broken_at)


@pytest.mark.parametrize(
    ("issuer", "said", "broken_at"),
    [
        (
            facts("I", "R", (SERVER,)),
            "; issuer #1 is serverAuth-only, so verifiers that nest EKUs refuse it",
            1,
        ),
        (
            facts("I", "R", (SERVER, EMAIL)),
            "; issuer #1 allows only serverAuth and emailProtection, so verifiers that nest EKUs refuse it",
            1,
        ),
        (
            facts("I", "R", ()),
            "; issuer #1 has an extended key usage that lists nothing, so verifiers that nest EKUs refuse it",
            1,
        ),
        (
            facts("I", "R", None, eku_readable=False),
            "; #1 of the chain cannot be read and may restrict it",
            None,
        ),
        (UNREADABLE, "; #1 of the chain cannot be read and may restrict it", None),
        (facts("I", "R", None), "", None),
        (facts("I", "R", (CLIENT,)), "", None),
        (facts("I", "R", (ANY,)), "", None),
        (facts("I", "I", (SERVER,)), "", None),
        (facts("X", "R", (SERVER,)), "", None),
    ],
)
def test_issuers_change_the_reason_and_never_the_verdict(
    issuer: Certificate, said: str, broken_at: int | None
) -> None:
    verdict = judge([leaf((CLIENT,)), issuer], "client")
    assert (verdict.verdict, verdict.reason, verdict.broken_at) == (
        "ok",
        f"leaf lists clientAuth{said}",
        broken_at,
    )


def test_an_issuer_that_was_not_presented_is_said_to_be_so() -> None:
    leaf, narrow = facts("leaf", "I", (CLIENT,)), facts("I", "R", (SERVER,))
    assert judge([leaf], "client", more=[narrow]) == Verdict(
        "ok",
        "leaf lists clientAuth; issuer #1, which was not presented, is serverAuth-only,"
        " so verifiers that nest EKUs refuse it",
        (),
        1,
    )
    assert judge([leaf], "client", more=[facts("I", "R", (CLIENT,))]) == Verdict(
        "ok", "leaf lists clientAuth", (CLIENT,), None
    )
    assert judge([leaf, narrow], "client", more=[facts("R", "R")]) == judge([leaf, narrow], "client")
    assert judge([leaf], "client", complete=False, more=[narrow]).broken_at == 1
    assert judge([], "client", more=[narrow]).verdict == "declined"


def test_many_unreadable_entries_make_a_short_sentence() -> None:
    reason = judge([leaf((CLIENT,)), *[UNREADABLE] * 1000], "client").reason
    assert reason == (
        "leaf lists clientAuth; #1, #2, #3, #4, #5, #6 and 994 more of the chain cannot be read and may restrict it"
    )


def test_a_repeated_extension_is_said() -> None:
    twice = facts("leaf", "I", (CLIENT,), eku_duplicate=True)
    assert judge([twice], "client")[:2] == (
        "ok",
        "leaf lists clientAuth (the extension appears twice, the first counts)",
    )


def test_built_certificates() -> None:
    root = ca("Root")
    issuing = ca("Issuing", issuer=root, eku=(SERVER,))
    chain = [built.certificate() for built in (build(issuer=issuing, eku=None), issuing, root)]
    verdict = judge(chain, "client")
    assert verdict == Verdict(
        "unrestricted",
        "leaf has no extended key usage, so every purpose is allowed;"
        " issuer #1 is serverAuth-only, so verifiers that nest EKUs refuse it",
        (SERVER,),
        1,
    )
    assert judge(chain, "server").broken_at is None


ROLES = st.sampled_from(["client", "server", "unknown"])


@given(CHAINS, ROLES, st.booleans())
def test_properties(chain: list[Certificate], role: Role, complete: bool) -> None:
    verdict = judge(chain, role, complete=complete)
    assert "\n" not in verdict.reason
    assert 0 < len(verdict.reason) < 600
    assert (verdict.verdict == "declined") == (complete and not chain)
    if not complete:
        assert verdict.verdict == "incomplete"
    if verdict.verdict in ("wrong", "empty"):
        assert verdict.broken_at == 0
    if verdict.verdict in ("ok", "unrestricted", "any"):
        assert verdict.broken_at != 0
    if verdict.broken_at is not None:
        assert chain[verdict.broken_at].eku is not None


@given(CHAINS.filter(len))
def test_an_unknown_role_says_what_both_roles_say(chain: list[Certificate]) -> None:
    both = {judge(chain, "client").verdict, judge(chain, "server").verdict}
    assert judge(chain, "unknown").verdict == (both.pop() if len(both) == 1 else "incomplete")


@given(CHAINS.filter(len), CHAINS, ROLES)
def test_the_verdict_is_about_the_leaf(
    chain: list[Certificate], others: list[Certificate], role: Role
) -> None:
    assert judge(chain, role).verdict == judge([chain[0], *others], role).verdict
