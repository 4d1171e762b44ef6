"""Handshakes that completed: what is said of chains that do not fit, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builder
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
    silent,
    taken,
)
from tests.dialogues import flow_of
from tlseku import Statement, correlate

NO_EKU = build(issuer=ROOT, eku=None)
EMPTY = build(issuer=ROOT, eku=())
ANY_CA = builder.ca("Any CA", issuer=ROOT, eku=(builder.ANY,), serial=9)
OF_ANY = build(issuer=ANY_CA)


def accepted(*turns: Turn) -> list[Statement]:
    flow = taken(flow_of(*turns))
    return [each for each in correlate(flow) if each.about.startswith("accept")]


SAYS: dict[str, tuple[tuple[Turn, ...], str, str]] = {
    "serverAuth only": (
        (*presenting(WRONG, ROOT), S_FIN),
        "accepted_despite_eku",
        "accepted although clientAuth is missing (the leaf lists serverAuth, not clientAuth): this server does not "
        "enforce the EKU, or does not verify client certificates at all",
    ),
    "empty": (
        (*presenting(EMPTY, ROOT), S_FIN),
        "accepted_by_other_rules",
        "accepted although the leaf's EKU is present and empty: this server takes an empty EKU for none, as Go, GnuTLS "
        "and Botan do, or does not look at it",
    ),
    "any only": (
        (*presenting(ANY, ROOT), S_FIN),
        "accepted_by_other_rules",
        "accepted although the leaf allows clientAuth only through anyExtendedKeyUsage, for which many verifiers "
        "refuse it: this server does not",
    ),
    "issuer with any only": (
        (*presenting(OF_ANY, ANY_CA, ROOT), S_FIN),
        "accepted_by_other_rules",
        "accepted although issuer #1 allows clientAuth only through anyExtendedKeyUsage, for which many verifiers refuse "
        "it: this server does not",
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


INSIDE = (
    "nginx (HTTP 400), Dovecot (IMAP NO), PostgreSQL (FATAL 28000), Postfix (SMTP 421), Prosody (XMPP stream error), ejabberd "
    "(SASL failure) and MariaDB (error 1045) complete the handshake and refuse inside"
)
UNTOLD: dict[str, tuple[tuple[Turn, ...], str]] = {
    "the client's": (
        (*presenting(WRONG, ROOT), S_FIN),
        "whether the server accepts the client certificate cannot be told (the leaf lists serverAuth, not clientAuth): the "
        f"handshake completed, and nothing that can be read shows what came of it; {INSIDE}",
    ),
    "the server's": (
        (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE, CKE, C_FIN, S_FIN),
        "whether the client accepts the server certificate cannot be told (the leaf lists clientAuth, not serverAuth): the "
        "handshake completed, and nothing that can be read shows what came of it; curl_cffi and Node in TLS 1.2 complete "
        "the handshake and then hang up",
    ),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_a_completed_handshake_is_no_acceptance(case: str) -> None:
    turns, text = UNTOLD[case]
    flow = flow_of(*turns)
    assert (flow.outcome, flow.client_certificate_accepted) == ("completed", None)
    (statement,) = [each for each in correlate(flow) if each.about.startswith("accept")]
    assert (statement.about, statement.text, statement.causes) == ("acceptance_unknown", text, ("eku",))
    assert statement.agree == statement.disagree == ()


@pytest.mark.parametrize("case", SILENT)
def test_a_chain_that_fits_needs_no_word_of_acceptance(case: str) -> None:
    assert not [each for each in correlate(flow_of(*SILENT[case])) if each.about.startswith("accept")]


def test_what_was_refused_inside_was_not_accepted() -> None:
    flow = silent(flow_of(*presenting(WRONG, ROOT), S_FIN), "refused_inside", "answer_inside", "server")
    assert [each.about for each in correlate(flow)] == ["refused_inside"]


def test_between_xmpp_servers_another_purpose_may_be_right() -> None:
    flow = replace(taken(flow_of(*presenting(WRONG, ROOT), S_FIN)), starttls="xmpp")
    (statement,) = [each for each in correlate(flow) if each.about.startswith("accept")]
    assert (statement.about, statement.text) == (
        "accepted_by_other_rules",
        "accepted although clientAuth is missing (the leaf lists serverAuth, not clientAuth): where an XMPP server calls, "
        "Prosody looks for serverAuth, ejabberd for clientAuth",
    )
