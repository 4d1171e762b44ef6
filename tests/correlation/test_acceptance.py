"""Handshakes that completed: what is said of chains that do not fit, and what is not."""

from __future__ import annotations

import pytest

from tests.builder import build
from tests.correlation.handshakes import (
    ANY,
    C_FIN,
    CH,
    CKE,
    CLIENT_ONLY,
    DONE,
    EXPIRED,
    GOOD,
    RESTRICTED,
    ROOT,
    S_FIN,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    S,
    Turn,
    presenting,
    shown,
)
from tests.dialogues import flow_of
from tlseku import Statement, correlate

NO_EKU = build(issuer=ROOT, eku=None)
EMPTY = build(issuer=ROOT, eku=())


def accepted(*turns: Turn) -> list[Statement]:
    flow = flow_of(*turns)
    assert flow.outcome == "completed"
    return [each for each in correlate(flow) if each.about.startswith("accepted")]


SAYS: dict[str, tuple[tuple[Turn, ...], str, str]] = {
    "serverAuth only": (
        (*presenting(WRONG, ROOT), S_FIN),
        "accepted_despite_eku",
        "accepted although clientAuth is missing (the leaf lists serverAuth, not clientAuth): this server does not "
        "enforce the EKU, or does not verify client certificates at all",
    ),
    "empty": (
        (*presenting(EMPTY, ROOT), S_FIN),
        "accepted_despite_eku",
        "accepted although clientAuth is missing (the leaf's EKU is present and empty): this server does not "
        "enforce the EKU, or does not verify client certificates at all",
    ),
    "any only": (
        (*presenting(ANY, ROOT), S_FIN),
        "accepted_by_other_rules",
        "accepted although the leaf allows clientAuth only through anyExtendedKeyUsage, for which many verifiers "
        "refuse it: this server does not",
    ),
    "issuer for servers only": (
        (*presenting(RESTRICTED, SERVER_CA, ROOT), S_FIN),
        "accepted_by_other_rules",
        "accepted although the EKU of issuer #1 does not allow clientAuth, for which many verifiers refuse it: this "
        "server does not",
    ),
    "a server with clientAuth only": (
        (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE, CKE, C_FIN, S_FIN),
        "accepted_despite_eku",
        "accepted although serverAuth is missing (the leaf lists clientAuth, not serverAuth): this client does not "
        "enforce the EKU, or does not verify server certificates at all",
    ),
}


@pytest.mark.parametrize("case", SAYS)
def test_must_say(case: str) -> None:
    turns, about, text = SAYS[case]
    (statement,) = accepted(*turns)
    assert (statement.about, statement.text, statement.causes) == (about, text, ("eku",))
    assert not statement.hint
    assert not set(statement.agree) & set(statement.disagree)
    assert "openssl" in statement.disagree


SILENT: dict[str, tuple[Turn, ...]] = {
    "both purposes": (*presenting(GOOD, ROOT), S_FIN),
    "clientAuth": (*presenting(CLIENT_ONLY, ROOT), S_FIN),
    "no EKU": (*presenting(NO_EKU, ROOT), S_FIN),
    "expired only": (*presenting(EXPIRED, ROOT), S_FIN),
    "alone": (*presenting(GOOD), S_FIN),
}


@pytest.mark.parametrize("case", SILENT)
def test_must_say_nothing(case: str) -> None:
    assert accepted(*SILENT[case]) == []


def test_an_unfinished_handshake_accepts_nothing() -> None:
    said = {each.about for each in correlate(flow_of(*presenting(WRONG, ROOT), end=False))}
    assert said == set()


def test_an_expired_certificate_that_is_accepted_is_still_expired() -> None:
    (statement,) = correlate(flow_of(*presenting(EXPIRED, ROOT), S_FIN))
    assert (statement.about, statement.causes) == ("expired", ("validity",))
    assert statement.text == "client certificate #0, when it was presented: expired 443 days earlier"
