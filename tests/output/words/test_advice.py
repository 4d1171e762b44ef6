"""Advice fits what is seen: what must be advised, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from tests import builder
from tests.builder import Built, build
from tests.correlation.handshakes import (
    ANY,
    ASKED,
    C_FIN,
    CH,
    CKE,
    CLIENT_ONLY,
    DONE,
    EXPIRED,
    GOOD,
    NO_CERT,
    REQUEST,
    RESTRICTED,
    ROOT,
    S_FIN,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    C,
    S,
    Turn,
    alerts,
    flow_refused_later,
    presenting,
    shown,
    silent,
    taken,
)
from tests.dialogues import flow_of
from tests.tls.written import handshake, message, request_body
from tlseku import correlate
from tlseku.flow import Outcome, OutcomeEvidence, Role
from tlseku.output.words.advice import advice

NO_EKU = build(issuer=ROOT, eku=None)
SELF_SIGNED = build(issuer=None, eku=None)
CLIENT, SERVER = "the client 192.0.2.10", "the server 198.51.100.20"
GET_CLIENT_AUTH = (
    f"Give {CLIENT} a certificate whose EKU lists clientAuth. Public CAs stop issuing such, so take a private CA. Put it "
    "where the product keeps the certificate that it uses as a client, if it has such a store."
)
TRUST = f"Let {SERVER} trust that CA."
SWITCH_OFF = (
    f"Or ask whoever runs {SERVER} whether its EKU check can be switched off (Expressway, for inbound SIP: checking mode "
    "Off)."
)
LOG = (
    f"Look into the log of {SERVER} for its own words, and check that it trusts the CA (CN=Test Root) and that nothing in "
    "the chain is revoked."
)
LOG_48 = f"Look into the log of {SERVER} for its own words: a missing revocation list has the same alert."
WITHHELD = (
    f"If {CLIENT} is .NET or uses Schannel, look at the EKU of the one it has (tlseku cert FILE): these withhold a "
    "certificate without clientAuth."
)
RENEW = (
    "Renew what has expired in the client's chain. If a public CA issued it, the new certificate may come without "
    "clientAuth: tlseku sunset FILE says so."
)
SUNSET = "If a public CA issued the client's certificate, its renewal may lack clientAuth: tlseku sunset FILE says when."
NOTHING = "There is nothing to do as far as this flow shows."

ADVISED: dict[str, tuple[tuple[Turn, ...], list[str]]] = {
    "the EKU": ((*presenting(WRONG, ROOT), alerts(S, 43)), [GET_CLIENT_AUTH, TRUST, SWITCH_OFF]),
    "the EKU, and perhaps trust": (
        (*presenting(WRONG, ROOT), alerts(S, 46)),
        [GET_CLIENT_AUTH, TRUST, SWITCH_OFF, LOG],
    ),
    "an issuer's EKU": (
        (*presenting(RESTRICTED, SERVER_CA, ROOT), alerts(S, 43)),
        [
            f"Have the certificate of {CLIENT} issued by a CA whose own EKU lists clientAuth or that has none: "
            "certificate #1 of the chain stands against it.",
            SWITCH_OFF,
        ],
    ),
    "expired": ((*presenting(EXPIRED, ROOT), alerts(S, 45)), [RENEW]),
    "expired and accepted": ((*presenting(EXPIRED, ROOT), S_FIN), [RENEW, SUNSET]),
    "nothing wrong": ((*presenting(GOOD, ROOT), alerts(S, 43)), [LOG]),
    "an issuer that is not known": (
        (*presenting(GOOD), alerts(S, 48)),
        [
            f"Add the CA that issued the certificate of {CLIENT} (CN=Test Root) to the CAs that {SERVER} trusts, and let "
            f"{CLIENT} send its whole chain in order.",
            LOG_48,
        ],
    ),
    "a server's EKU": (
        (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE, alerts(C, 43)),
        [f"Give {SERVER} a certificate whose EKU lists serverAuth, from a CA that may issue such."],
    ),
    "none came": (
        (*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)),
        [
            f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it.",
            WITHHELD,
        ],
    ),
    "none came, and none was needed": (
        (*ASKED, NO_CERT, CKE, C_FIN, S_FIN),
        [
            f"If a client certificate is wanted, give {CLIENT} a certificate with clientAuth in its EKU, and check that "
            "it is told to use it.",
            WITHHELD,
        ],
    ),
    "completed, and whether its EKU was accepted is not seen": (
        (*presenting(WRONG, ROOT), S_FIN),
        [
            f"Read the first answer inside, with the secrets of the session (--keylog FILE), or the log of {SERVER}: without "
            "them nobody can say that this certificate was accepted."
        ],
    ),
    "closed without an alert": (
        presenting(GOOD, ROOT),
        [LOG],
    ),
    "refused for something else": (
        (CH, alerts(S, 70)),
        ["Look into the log of the side that refused: this capture does not show what it objects to."],
    ),
    "works, and may be public": ((*presenting(GOOD, ROOT), S_FIN), [SUNSET]),
    "works without an EKU, and may be public": ((*presenting(NO_EKU, ROOT), S_FIN), [SUNSET]),
    "works, signs itself": ((*presenting(SELF_SIGNED), S_FIN), [NOTHING]),
    "no client certificate wanted": ((CH, SH, shown(S, GOOD, ROOT), SKE, DONE, CKE, C_FIN, S_FIN), [NOTHING]),
}


@pytest.mark.parametrize("case", ADVISED)
def test_advice(case: str) -> None:
    turns, expected = ADVISED[case]
    flow = flow_of(*turns)
    assert advice(flow, correlate(flow)) == expected


def test_what_was_accepted_fails_nowhere_today() -> None:
    flow = taken(flow_of(*presenting(WRONG, ROOT), S_FIN))
    assert advice(flow, correlate(flow)) == [
        "Nothing fails here today. It will with a peer that checks the EKU, or once this one does: plan a certificate that "
        "lists the missing purpose."
    ]
    flow = taken(flow_of(*presenting(EMPTY, ROOT), S_FIN))
    assert advice(flow, correlate(flow)) == [
        "Nothing fails here. Before the same chain meets another peer, see what its rule-book says: tlseku cert FILE."
    ]


SILENCES: list[tuple[Outcome, OutcomeEvidence, Role]] = [
    ("refused", "close_without_alert", "server"),
    ("refused", "reset_without_alert", "server"),
    ("refused", "encrypted_alert", "server"),
    ("refused_inside", "answer_inside", "server"),
    ("closed_after", "close_after_handshake", "server"),
]


@pytest.mark.parametrize(("outcome", "evidence", "role"), SILENCES)
def test_silent_refusals_have_the_advice_of_their_cause(
    outcome: Outcome, evidence: OutcomeEvidence, role: Role
) -> None:
    for chain, expected in (((WRONG, ROOT), GET_CLIENT_AUTH), ((EXPIRED, ROOT), RENEW), ((GOOD, ROOT), LOG)):
        flow = silent(flow_of(*presenting(*chain)), outcome, evidence, role)
        assert advice(flow, correlate(flow))[0] == expected
    flow = silent(flow_of(*ASKED, NO_CERT, CKE, C_FIN), outcome, evidence, role)
    assert advice(flow, correlate(flow))[0] == (
        f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it."
    )


def test_between_xmpp_servers_a_certificate_serves_in_both_roles() -> None:
    for chain in ((WRONG, ROOT), (CLIENT_ONLY, ROOT)):
        flow = replace(flow_of(*presenting(*chain), S_FIN), starttls="xmpp")
        flow = silent(flow, "refused_inside", "answer_inside", "server")
        assert advice(flow, correlate(flow))[0] == (
            f"Give {CLIENT} a certificate whose EKU lists serverAuth and clientAuth, or that has none: where an XMPP "
            "server calls, Prosody looks for serverAuth, ejabberd for clientAuth."
        )


def test_a_client_that_leaves_in_silence_is_not_told_to_have_a_certificate() -> None:
    for evidence in ("close_without_alert", "reset_without_alert"):
        flow = flow_of(CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, REQUEST, DONE)
        flow = silent(flow, "refused", evidence, "client")
        assert advice(flow, correlate(flow))[0] == SERVER_AUTH
        flow = silent(
            flow_of(CH, SH, shown(S, GOOD, ROOT), SKE, REQUEST, DONE), "refused", evidence, "client"
        )
        assert advice(flow, correlate(flow))[0] == FIND_OUT


def test_nothing_is_advised_twice() -> None:
    for turns, _ in ADVISED.values():
        flow = flow_of(*turns)
        found = advice(flow, correlate(flow))
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "case", [case for case in ADVISED if "EKU" not in case and case != "the EKU, and perhaps trust"]
)
def test_nobody_is_told_to_switch_off_checks_for_another_reason(case: str) -> None:
    assert SWITCH_OFF not in ADVISED[case][1]


# The first advice, by who refuses whose certificate, at which moment, with which alert, and what is wrong.

ISSUING = builder.ca("Issuing", issuer=ROOT, serial=21)
ANY_CA = builder.ca("Any CA", issuer=ROOT, eku=(builder.ANY,), serial=22)
SERVER_ROOT = builder.ca("Server Root", eku=(builder.SERVER_AUTH,), serial=23)
OTHER = build(issuer=ROOT, san=("a.example", "192.0.2.7"))
NAMELESS = build(issuer=ROOT, subject=x509.Name([]), san=("leaf.example",))
OWN = build(issuer=ISSUING, subject="odd.example")
KEY_USAGE = build(issuer=ROOT, key_usage=("keyEncipherment",))
EMPTY = build(issuer=ROOT, eku=())
OF_ANY, OF_SERVER_ROOT = build(issuer=ANY_CA), build(issuer=SERVER_ROOT)


def by_server(code: int, *chain: Built) -> tuple[Turn, ...]:
    """The server refuses in answer to the client's certificate."""
    return (*presenting(*chain), alerts(S, code))


def by_client(code: int, *chain: Built) -> tuple[Turn, ...]:
    """The client refuses in answer to the server's certificate, and would have been asked for its own."""
    return (CH, SH, shown(S, *chain), SKE, REQUEST, DONE, alerts(C, code))


def by_client_unasked(code: int, *chain: Built) -> tuple[Turn, ...]:
    """The same where no certificate was asked for."""
    return (CH, SH, shown(S, *chain), SKE, DONE, alerts(C, code))


def trust(owner: str, peer: str, name: str = "CN=Test Root") -> str:
    return (
        f"Add the CA that issued the certificate of {owner} ({name}) to the CAs that {peer} trusts, and let {owner} "
        "send its whole chain in order."
    )


FIND_OUT = (
    f"Find out what {CLIENT} objects to in the certificate of {SERVER}: the name that it was told to reach (the "
    "certificate has leaf.example), the CA (CN=Test Root), or revocation. Its log says which."
)
CLOCKS = "Compare the clocks of both sides, and of what captured, with the dates of the certificate."
REVOKED = (
    f"Ask the CA (CN=Test Root) whether the certificate of {CLIENT} is revoked, and take a new one if so; else renew the "
    f"revocation list that {SERVER} uses."
)
OTHER_ISSUER = (
    f"Have the certificate of {CLIENT} issued by a CA whose own EKU lists clientAuth or that has none: certificate #1 of "
    "the chain stands against it."
)
SERVER_AUTH = f"Give {SERVER} a certificate whose EKU lists serverAuth, from a CA that may issue such."
SIGNATURE_BIT = f"Have the certificate of {CLIENT} issued again with digitalSignature in its key usage."
RENAME = f"Give {SERVER} a certificate with the name leaf.example, or let {CLIENT} ask for one that it has (a.example, 192.0.2.7)."
RENEW_SERVER = "Renew what has expired in the server's chain."
LOOK = "Look into the log of the side that refused: this capture does not show what it objects to."

FIRST: dict[str, tuple[tuple[Turn, ...], str]] = {
    # The server refuses the client's certificate.
    "43, EKU": (by_server(43, WRONG, ROOT), GET_CLIENT_AUTH),
    "42, EKU": (by_server(42, WRONG, ROOT), GET_CLIENT_AUTH),
    "46, EKU": (by_server(46, WRONG, ROOT), GET_CLIENT_AUTH),
    "40, EKU (Erlang)": (by_server(40, WRONG, ROOT), GET_CLIENT_AUTH),
    "43, any only": (by_server(43, ANY, ROOT), GET_CLIENT_AUTH),
    "43, empty": (by_server(43, EMPTY, ROOT), GET_CLIENT_AUTH),
    "43, issuer with any only": (by_server(43, OF_ANY, ANY_CA, ROOT), OTHER_ISSUER),
    "43, issuer for servers": (by_server(43, RESTRICTED, SERVER_CA, ROOT), OTHER_ISSUER),
    "42, root for servers": (by_server(42, OF_SERVER_ROOT, SERVER_ROOT), OTHER_ISSUER),
    "43, key usage": (by_server(43, KEY_USAGE, ROOT), SIGNATURE_BIT),
    "45, expired": (by_server(45, EXPIRED, ROOT), RENEW),
    "45, EKU": (by_server(45, WRONG, ROOT), f"{CLOCKS} An expired revocation list of {SERVER} has the same alert."),
    "46, expired": (by_server(46, EXPIRED, ROOT), RENEW),
    "49, expired (lighttpd)": (by_server(49, EXPIRED, ROOT), RENEW),
    "48, EKU": (by_server(48, WRONG, ROOT), trust(CLIENT, SERVER)),
    "48, nothing": (by_server(48, GOOD, ROOT), trust(CLIENT, SERVER)),
    "49, alone (lighttpd)": (by_server(49, GOOD), trust(CLIENT, SERVER)),
    "44, EKU": (by_server(44, WRONG, ROOT), REVOKED),
    "51, CA certificate first": (
        by_server(51, ISSUING, ROOT, OWN),
        f"Let {CLIENT} send its own certificate first and its issuers behind it: #0 is a CA certificate (CN=Issuing), the "
        "client's own (CN=odd.example) stands at #2.",
    ),
    "42, nothing": (by_server(42, GOOD, ROOT), LOG),
    "43, nothing": (by_server(43, GOOD, ROOT), LOG),
    "49, nothing": (by_server(49, GOOD, ROOT), LOG),
    "80": (by_server(80, WRONG, ROOT), LOOK),
    # The client refuses the server's certificate: its own was never judged.
    "client 48, nothing": (by_client(48, GOOD, ROOT), trust(SERVER, CLIENT)),
    "client 48, alone": (by_client(48, GOOD), trust(SERVER, CLIENT)),
    "client 48, EKU": (by_client(48, CLIENT_ONLY, ROOT), trust(SERVER, CLIENT)),
    "client 48, unasked": (by_client_unasked(48, GOOD, ROOT), trust(SERVER, CLIENT)),
    "client 42, nothing": (by_client(42, GOOD, ROOT), FIND_OUT),
    "client 46, nothing": (by_client(46, GOOD, ROOT), FIND_OUT),
    "client 43, nothing": (by_client(43, GOOD, ROOT), FIND_OUT),
    "client 42, name": (by_client(42, OTHER, ROOT), RENAME),
    "client 46, name": (by_client(46, OTHER, ROOT), RENAME),
    "client 43, EKU": (by_client(43, CLIENT_ONLY, ROOT), SERVER_AUTH),
    "client 42, EKU": (by_client(42, CLIENT_ONLY, ROOT), SERVER_AUTH),
    "client 46, EKU": (by_client(46, CLIENT_ONLY, ROOT), SERVER_AUTH),
    "client 40, EKU (Erlang)": (by_client(40, CLIENT_ONLY, ROOT), SERVER_AUTH),
    "client 45, expired": (by_client(45, EXPIRED, ROOT), RENEW_SERVER),
    "client 46, expired": (by_client(46, EXPIRED, ROOT), RENEW_SERVER),
    "client 42, names not critical": (
        by_client(42, NAMELESS, ROOT),
        f"Have the certificate of {SERVER} issued again: the leaf has an empty subject and alternative names that are not "
        "marked critical, which RFC 5280 section 4.2.1.6 forbids and Java cannot read.",
    ),
    # In answer to the ClientHello.
    "hello, 70": ((CH, alerts(S, 70)), LOOK),
    # For want of a certificate.
    "none, 40": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)), f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it."),
    "none, 116 (rustls)": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 116)), f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it."),
    "none, 50 (GnuTLS)": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 50)), f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it."),
    "none, 42": ((*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 42)), f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it."),
}  # fmt: skip


@pytest.mark.parametrize("case", FIRST)
def test_the_first_advice(case: str) -> None:
    turns, expected = FIRST[case]
    flow = flow_of(*turns)
    assert flow.outcome == "refused"
    assert advice(flow, correlate(flow))[0] == expected


# After both Finished: in TLS 1.3, opened with a key log, both sides write before the other has judged.
LATER: dict[str, tuple[tuple[Built, ...], str, int, str, str]] = {
    "server 42, EKU, after data": ((WRONG, ROOT), "server", 42, "application_data", GET_CLIENT_AUTH),
    "server 42, alone, after Finished": ((GOOD,), "server", 42, "finished", trust(CLIENT, SERVER)),
    "server 42, expired, after data": ((EXPIRED, ROOT), "server", 42, "application_data", RENEW),
    "server 48, nothing, after data": ((GOOD, ROOT), "server", 48, "application_data", trust(CLIENT, SERVER)),
    "client 43, nothing, after a ticket": ((GOOD, ROOT), "client", 43, "new_session_ticket", FIND_OUT),
    "client 48, nothing, after a ticket": ((GOOD, ROOT), "client", 48, "new_session_ticket", trust(SERVER, CLIENT)),
    "server 80, EKU, after data": ((WRONG, ROOT), "server", 80, "application_data", LOOK),
}  # fmt: skip


@pytest.mark.parametrize("case", LATER)
def test_the_first_advice_where_something_came_in_between(case: str) -> None:
    chain, role, code, after, expected = LATER[case]
    flow = flow_refused_later(chain, role, code, after)
    assert advice(flow, correlate(flow))[0] == expected


@pytest.mark.parametrize("case", [case for case in FIRST if case.startswith("client ")])
def test_a_client_that_refuses_is_not_told_to_have_a_certificate(case: str) -> None:
    flow = flow_of(*FIRST[case][0])
    assert not [
        each for each in advice(flow, correlate(flow)) if each.startswith(f"Give {CLIENT} a certificate")
    ]


def test_who_withholds_for_the_ca_and_who_for_the_eku() -> None:
    """Measured: for the EKU only .NET and Schannel; for want of a CA that is named Go, Java, wget and Erlang."""
    request: Turn = (S, handshake(message(13, request_body(names=(ROOT.certificate().subject_der,)))))
    asked = (CH, SH, shown(S, GOOD, ROOT), SKE, request, DONE, NO_CERT, CKE, C_FIN, alerts(S, 40))
    flow = flow_of(*asked)
    assert advice(flow, correlate(flow)) == [
        f"Give {CLIENT} a certificate with clientAuth in its EKU from a CA that the server names (CN=Test Root), and "
        "check that it is told to use it.",
        f"If {CLIENT} has one, compare its CA with those named: Go, Java, wget with GnuTLS, and Erlang in TLS 1.3 send none "
        "where no name fits.",
        WITHHELD,
    ]


def test_no_directive_that_was_never_released_is_advised() -> None:
    for turns, _ in (*FIRST.values(), *((turns, "") for turns, _ in ADVISED.values())):
        flow = flow_of(*turns)
        assert "SSLVerifyClientEKU" not in " ".join(advice(flow, correlate(flow)))
