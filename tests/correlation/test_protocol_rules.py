"""Protocols with rules of their own: what is said of which certificate, and of whose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builder
from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tests.correlation.handshakes import ANY, CLIENT_ONLY, ROOT, S_FIN, WRONG, presenting
from tests.dialogues import flow_of
from tlseku import correlate
from tlseku.correlation.protocol_rules import rules_for, rules_in_words
from tlseku.flow import Flow
from tlseku.policy.peer_software.request_shape import PeerEvidence

BOTH = build(issuer=ROOT, eku=(CLIENT_AUTH, SERVER_AUTH))
NONE = build(issuer=ROOT, eku=None)
EMPTY = build(issuer=ROOT, eku=())
PROSODY = "Prosody looks for serverAuth where an XMPP server calls and"
EJABBERD = "ejabberd looks for clientAuth where an XMPP server calls and"


def presented(leaf: builder.Built) -> Flow:
    return replace(flow_of(*presenting(leaf, ROOT), S_FIN), starttls="xmpp")


@pytest.mark.parametrize(
    ("leaf", "text"),
    [
        (
            WRONG,
            f"products judge the client certificate (serverAuth) by different rules: {PROSODY} takes it; {EJABBERD} "
            "refuses it",
        ),
        (
            CLIENT_ONLY,
            f"products judge the client certificate (clientAuth) by different rules: {PROSODY} refuses it; {EJABBERD} "
            "takes it",
        ),
        (
            ANY,
            f"by no product's rule is the client certificate (anyExtendedKeyUsage) fit: {PROSODY} refuses it; "
            f"{EJABBERD} refuses it",
        ),
        (
            EMPTY,
            f"by no product's rule is the client certificate (nothing) fit: {PROSODY} refuses it; {EJABBERD} refuses it",
        ),
        (BOTH, None),
        (NONE, None),
    ],
)
def test_between_xmpp_servers(leaf: builder.Built, text: str | None) -> None:
    said = [each.text for each in correlate(presented(leaf)) if each.about == "protocol_rule"]
    assert said == ([] if text is None else [text])


@pytest.mark.parametrize("changed", [{"starttls": None}, {"starttls": "smtp"}, {"service": "xmpp-client"}])
def test_elsewhere_nothing_is_said(changed: dict[str, str | None]) -> None:
    flow = replace(presented(WRONG), **changed)  # type: ignore[arg-type]
    assert "protocol_rule" not in [each.about for each in correlate(flow)]
    assert all(rules_for(flow, each) == () for each in flow.presented)


def test_without_clear_text_the_port_or_alpn_tells() -> None:
    for changed in ({"service": "xmpp-server"}, {"alpn": "xmpp-server"}):
        flow = replace(presented(WRONG), starttls=None, **changed)  # type: ignore[arg-type]
        assert "protocol_rule" in [each.about for each in correlate(flow)]


def test_a_product_that_the_user_names_is_the_only_one() -> None:
    flow = replace(presented(WRONG), peer_evidence=PeerEvidence(None, "prosody"))
    assert [rule.product for rule in rules_for(flow, flow.presented[1])] == ["prosody"]
    assert "protocol_rule" not in [each.about for each in correlate(flow)]
    other = replace(presented(WRONG), peer_evidence=PeerEvidence(None, "nginx"))
    assert len(rules_for(other, other.presented[1])) == 2


def test_the_server_s_own_certificate_has_no_such_rule() -> None:
    flow = presented(WRONG)
    assert rules_for(flow, flow.presented[0]) == ()
    assert rules_in_words(rules_for(flow, flow.presented[1])) == (
        "where an XMPP server calls, Prosody looks for serverAuth, ejabberd for clientAuth"
    )
