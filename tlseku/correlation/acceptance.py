"""A handshake that completed although a chain does not fit: what the peer does not enforce, or that nobody can tell.

Knows completed flows and whether anything shows that a certificate was accepted (``client_certificate_accepted`` and
``server_certificate_accepted`` of a flow). A completed handshake alone is no acceptance, since some servers refuse
inside and some clients finish and hang up. A peer that accepts tells what it does *not* check, never why.
"""

from __future__ import annotations

from tlseku.correlation.evidence import XMPP, causes_in, predicting, purposes_fit_in
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.causes import EKU
from tlseku.policy.effective import numbered, way_around
from tlseku.policy.purposes import needed_purpose
from tlseku.policy.refusals_without_alert import quiet_names
from tlseku.registry.names import eku_name

_INFERRED = "inferred"


def acceptance_statements(flow: Flow) -> list[Statement]:
    """One statement for each chain that does not fit and came through a handshake that completed."""
    if flow.outcome != "completed":
        return []
    said = (_of_chain(flow, presented) for presented in flow.presented)
    return [each for each in said if each is not None]


def was_accepted(flow: Flow, presented: Presented) -> bool | None:
    """Whether the peer accepted what was presented; None where nothing tells."""
    return (
        flow.client_certificate_accepted if presented.role == "client" else flow.server_certificate_accepted
    )


def _of_chain(flow: Flow, presented: Presented) -> Statement | None:
    if presented.role == "unknown" or not presented.chain or presented.entries_missing:
        return None
    if purposes_fit_in(flow, presented):
        return None
    reasons = [cause.reason for cause in causes_in(flow, presented) if cause.name == EKU]
    if not reasons:
        return None
    because = "; ".join(reasons)
    if was_accepted(flow, presented):
        return _accepted(flow, presented, because)
    return Statement("acceptance_unknown", _unknown(presented, because), (presented.frame,), (EKU,))


def _accepted(flow: Flow, presented: Presented, because: str) -> Statement:
    peer = "server" if presented.role == "client" else "client"
    missing = eku_name(needed_purpose("client" if presented.role == "client" else "server"))
    about = "accepted_by_other_rules"
    if presented.verdict == "wrong" and presented.role == "client" and flow.starttls == XMPP:
        text = (
            f"accepted although {missing} is missing ({because}): between XMPP servers the one that calls presents its "
            "only certificate as TLS client, and Prosody looks for serverAuth in it, ejabberd for clientAuth"
        )
    elif presented.verdict == "wrong":
        about = "accepted_despite_eku"
        text = (
            f"accepted although {missing} is missing ({because}): this {peer} does not enforce the EKU, "
            f"or does not verify {presented.role} certificates at all"
        )
    elif presented.verdict == "empty":
        text = (
            f"accepted although {because}: this {peer} takes an empty EKU for none, as Go, GnuTLS and Botan do, or "
            "does not look at it"
        )
    else:
        other = _other_path(flow, presented)
        text = (
            f"accepted although {because}, for which many verifiers refuse it: this {peer} does not"
            if other is None
            else f"accepted although {because}: the path over {numbered(other)} has no such restriction, and this "
            f"{peer} tries every path, or does not look at the EKU of CAs"
        )
    if flow.outcome_basis.startswith(_INFERRED):
        text += " (that it was accepted is inferred: the end of the handshake is encrypted)"
    agree, disagree = predicting(presented, "accept"), predicting(presented, "refuse")
    return Statement(about, text, (presented.frame,), (EKU,), agree, disagree)


def _other_path(flow: Flow, presented: Presented) -> tuple[int, ...] | None:
    need = needed_purpose("client" if presented.role == "client" else "server")
    return way_around(presented.chain, need, [each.certificate for each in presented.completed_with or ()])


def _unknown(presented: Presented, because: str) -> str:
    if presented.role == "client":
        others = f"{quiet_names('client', 'answers_inside')} complete the handshake and refuse inside"
        peer = "server"
    else:
        others = f"{quiet_names('server', 'closes_after_handshake')} complete the handshake and then hang up"
        peer = "client"
    return (
        f"whether the {peer} accepts the {presented.role} certificate cannot be told ({because}): the handshake "
        f"completed, and nothing that can be read shows what came of it; {others}"
    )
