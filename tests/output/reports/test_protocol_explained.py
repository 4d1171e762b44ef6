"""Where a protocol inside TLS has rules of its own, a page says what they predict, beside the books of the role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builder
from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tests.correlation.handshakes import (
    ANY,
    ASKED,
    C_FIN,
    CH,
    CKE,
    CLIENT_ONLY,
    DONE,
    NO_CERT,
    REQUEST,
    RESTRICTED,
    ROOT,
    S_FIN,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    presenting,
    shown,
    silent,
    taken,
)
from tests.dialogues import S, flow_of
from tests.output.reports.test_explanation import section
from tlseku import correlate
from tlseku.flow import Flow
from tlseku.output.words.advice import advice
from tlseku.policy.peer_software.request_shape import PeerEvidence

AGREEMENT = "Do prediction and observation agree?"
PROSODY = "Prosody (serverAuth where an XMPP server calls)"
EJABBERD = "ejabberd (clientAuth where an XMPP server calls)"
BOTH = build(issuer=ROOT, eku=(CLIENT_AUTH, SERVER_AUTH))
NO_EKU = build(issuer=ROOT, eku=None)
EMPTY = build(issuer=ROOT, eku=())

Chain = tuple[builder.Built, ...]
S_ONLY, C_ONLY, NEITHER = (WRONG, ROOT), (CLIENT_ONLY, ROOT), (ANY, ROOT)
BELOW_S_ONLY = (RESTRICTED, SERVER_CA, ROOT)
OPEN: tuple[Chain, ...] = ((BOTH, ROOT), (NO_EKU, ROOT))


def accepted(chain: Chain, **changed: object) -> Flow:
    return replace(taken(flow_of(*presenting(*chain), S_FIN)), starttls="xmpp", **changed)  # type: ignore[arg-type]


def refused(chain: Chain, **changed: object) -> Flow:
    flow = replace(flow_of(*presenting(*chain), S_FIN), starttls="xmpp", **changed)  # type: ignore[arg-type]
    return silent(flow, "refused_inside", "answer_inside", "server", "stream error: not-authorized")


def of_rules(flow: Flow) -> list[str]:
    """The lines that speak of the protocol's rules."""
    return [line.strip() for line in section(flow, AGREEMENT) if "by the rule of" in line]


# The chain, and what is said where it was accepted, and where it was refused.
CASES: list[tuple[Chain, list[str], list[str]]] = [
    (
        S_ONLY,
        [
            f"Yes: by the rule of {PROSODY}, the client certificate is accepted.",
            f"It would be refused by the rule of {EJABBERD}.",
        ],
        [
            f"Yes: by the rule of {EJABBERD}, the client certificate is refused.",
            f"It would be accepted by the rule of {PROSODY}.",
        ],
    ),
    (
        C_ONLY,
        [
            f"Yes: by the rule of {EJABBERD}, the client certificate is accepted.",
            f"It would be refused by the rule of {PROSODY}.",
        ],
        [
            f"Yes: by the rule of {PROSODY}, the client certificate is refused.",
            f"It would be accepted by the rule of {EJABBERD}.",
        ],
    ),
    (
        BELOW_S_ONLY,
        [
            f"Yes: by the rule of {PROSODY}, the client certificate is accepted.",
            f"It would be refused by the rule of {EJABBERD}.",
        ],
        [
            f"Yes: by the rule of {EJABBERD}, the client certificate is refused.",
            f"It would be accepted by the rule of {PROSODY}.",
        ],
    ),
    *(
        (
            chain,
            [f"No: by the rule of {PROSODY} and {EJABBERD}, the client certificate is refused."],
            [f"Yes: by the rule of {PROSODY} and {EJABBERD}, the client certificate is refused."],
        )
        for chain in (NEITHER, (EMPTY, ROOT))
    ),
    *((chain, [], []) for chain in OPEN),
]


@pytest.mark.parametrize(("chain", "when_accepted", "when_refused"), CASES)
def test_both_directions(chain: Chain, when_accepted: list[str], when_refused: list[str]) -> None:
    assert of_rules(accepted(chain)) == when_accepted
    assert of_rules(refused(chain)) == when_refused


def test_books_of_the_role_do_not_stand_alone() -> None:
    said = section(accepted(S_ONLY), AGREEMENT)
    assert said[0].startswith("  Yes: by the rule of Prosody")
    assert said[-1].endswith("predict the opposite by the role in TLS alone.")
    elsewhere = section(replace(accepted(S_ONLY), starttls=None), AGREEMENT)
    assert elsewhere[-1].endswith(" predict the opposite.")
    assert not any("by the rule of" in line for line in elsewhere)


def test_where_nothing_tells_no_rule_is_held_against_it() -> None:
    open_end = replace(accepted(S_ONLY), client_certificate_accepted=None)
    assert of_rules(open_end) == []
    by_the_client = replace(refused(S_ONLY), refused_by="client")
    assert of_rules(by_the_client) == []


@pytest.mark.parametrize(
    ("name", "flow", "lines"),
    [
        ("prosody", accepted(S_ONLY), []),
        ("prosody", accepted(C_ONLY), [f"No: by the rule of {PROSODY}, the client certificate is refused."]),
        ("prosody", refused(C_ONLY), [f"Yes: by the rule of {PROSODY}, the client certificate is refused."]),
        ("prosody", refused(S_ONLY), []),
        (
            "ejabberd",
            accepted(S_ONLY),
            [f"No: by the rule of {EJABBERD}, the client certificate is refused."],
        ),
        (
            "ejabberd",
            refused(S_ONLY),
            [f"Yes: by the rule of {EJABBERD}, the client certificate is refused."],
        ),
        ("ejabberd", accepted(C_ONLY), []),
    ],
)
def test_a_product_that_the_user_names_speaks_alone(name: str, flow: Flow, lines: list[str]) -> None:
    assert of_rules(replace(flow, peer_evidence=PeerEvidence(None, name))) == lines


def acceptance(flow: Flow) -> tuple[str, str]:
    (statement,) = [each for each in correlate(flow) if each.about.startswith("accept")]
    return statement.about, statement.text


def test_what_is_said_of_an_acceptance() -> None:
    both = "where an XMPP server calls, Prosody looks for serverAuth, ejabberd for clientAuth"
    assert acceptance(accepted(C_ONLY)) == (
        "accepted_by_other_rules",
        "accepted although the leaf lists clientAuth, not serverAuth, for which Prosody looks where an XMPP server "
        f"calls: {both}",
    )
    about, text = acceptance(accepted(NEITHER))
    assert about == "accepted_despite_eku"
    assert f", and by no rule of this protocol ({both}): this server does not enforce the EKU" in text
    told = replace(accepted(S_ONLY), peer_evidence=PeerEvidence(None, "ejabberd"))
    assert acceptance(told)[0] == "accepted_despite_eku"
    assert not [each for each in correlate(accepted((BOTH, ROOT))) if each.about.startswith("accept")]


def test_the_server_s_own_certificate_is_judged_by_its_role() -> None:
    """A server with clientAuth alone is refused by its client, and the protocol has no other rule for it."""
    turns = (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, REQUEST, DONE)
    flow = replace(silent(flow_of(*turns), "refused", "close_without_alert", "client"), starttls="xmpp")
    assert of_rules(flow) == []
    assert not [each for each in correlate(flow) if each.about == "protocol_rule"]
    (statement,) = [each for each in correlate(flow) if each.about == "refused_without_alert"]
    assert "the leaf lists clientAuth, not serverAuth" in statement.text
    assert "Prosody" not in statement.text


def test_who_has_none_is_told_what_every_product_takes() -> None:
    flow = flow_of(*ASKED, NO_CERT, CKE, C_FIN, S_FIN)
    flow = silent(replace(flow, starttls="xmpp"), "refused_inside", "answer_inside", "server", "SASL failure")
    assert advice(flow, correlate(flow))[0] == (
        "Give the client 192.0.2.10 a certificate with serverAuth and clientAuth in its EKU, and check that it is told "
        "to use it (where an XMPP server calls, Prosody looks for serverAuth, ejabberd for clientAuth)."
    )
