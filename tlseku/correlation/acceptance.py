"""A handshake that completed although the EKU of a chain does not fit: what the peer does not enforce.

Knows completed flows; a peer that accepts tells what it does *not* check, never why.
"""

from __future__ import annotations

from tlseku.correlation.evidence import causes_in, predicting
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.causes import EKU
from tlseku.policy.purposes import needed_purpose
from tlseku.registry.names import eku_name

_INFERRED = "inferred"


def acceptance_statements(flow: Flow) -> list[Statement]:
    """One statement for each chain that was accepted despite its EKU."""
    if flow.outcome != "completed":
        return []
    return [said for presented in flow.presented if (said := _accepted(flow, presented)) is not None]


def _accepted(flow: Flow, presented: Presented) -> Statement | None:
    if presented.role == "unknown" or not presented.chain or presented.entries_missing:
        return None
    reasons = [cause.reason for cause in causes_in(flow, presented) if cause.name == EKU]
    if not reasons:
        return None
    peer = "server" if presented.role == "client" else "client"
    missing = eku_name(needed_purpose(presented.role))
    because = "; ".join(reasons)
    if presented.verdict in ("wrong", "empty"):
        about = "accepted_despite_eku"
        text = (
            f"accepted although {missing} is missing ({because}): this {peer} does not enforce the EKU, "
            f"or does not verify {presented.role} certificates at all"
        )
    else:
        about = "accepted_by_other_rules"
        text = f"accepted although {because}, for which many verifiers refuse it: this {peer} does not"
    if flow.outcome_basis.startswith(_INFERRED):
        text += " (that it was accepted is inferred: the end of the handshake is encrypted)"
    agree, disagree = predicting(presented, "accept"), predicting(presented, "refuse")
    return Statement(about, text, (presented.frame,), (EKU,), agree, disagree)
