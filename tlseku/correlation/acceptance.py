"""A handshake that completed although a chain does not fit: what the peer does not enforce, or that nobody can tell.

Knows completed flows and whether anything shows that a certificate was accepted (``client_certificate_accepted`` and
``server_certificate_accepted`` of a flow). A completed handshake alone is no acceptance, since some servers refuse
inside and some clients finish and hang up. A peer that accepts tells what it does *not* check, never why.
"""

from __future__ import annotations

from tlseku.correlation.evidence import causes_in, predicting, purposes_fit_in
from tlseku.correlation.judging_software import by_own_book, stacks_judging
from tlseku.correlation.protocol_rules import protocol_predictions, rules_for, rules_in_words
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


def answer_to(flow: Flow, presented: Presented) -> bool | None:
    """Whether the peer accepted (True) or refused (False) what was presented; None where nothing tells."""
    judge = "server" if presented.role == "client" else "client"
    if flow.outcome in ("refused", "refused_inside"):
        return False if flow.refused_by == judge else None
    return was_accepted(flow, presented) if flow.outcome == "completed" else None


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
    return Statement("acceptance_unknown", _unknown(flow, presented, because), (presented.frame,), (EKU,))


def _accepted(flow: Flow, presented: Presented, because: str) -> Statement:
    peer = "server" if presented.role == "client" else "client"
    missing = eku_name(needed_purpose("client" if presented.role == "client" else "server"))
    about = "accepted_by_other_rules"
    own_rules = next((each for each in protocol_predictions(flow) if each.presented is presented), None)
    by_book = "" if own_rules is not None else _by_its_book(flow, presented)
    although = f"{missing} is missing ({because})" if presented.verdict == "wrong" else because
    if own_rules is not None and own_rules.taking:
        text = f"accepted although {although}: {rules_in_words(rules_for(flow, presented))}"
    elif own_rules is not None:
        about = "accepted_despite_eku"
        text = (
            f"accepted although {although}, and by no rule of this protocol "
            f"({rules_in_words(rules_for(flow, presented))}): this {peer} does not enforce the EKU, or does not verify "
            f"{presented.role} certificates at all"
        )
    elif presented.verdict == "wrong" and by_book:
        text = f"accepted although {missing} is missing ({because}): {by_book}"
    elif presented.verdict == "wrong":
        about = "accepted_despite_eku"
        text = (
            f"accepted although {missing} is missing ({because}): this {peer} does not enforce the EKU, "
            f"or does not verify {presented.role} certificates at all{_others_do(flow, presented)}"
        )
    elif by_book:
        text = f"accepted although {because}, for which many verifiers refuse it: {by_book}"
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
    agree, disagree = predicting(flow, presented, "accept"), predicting(flow, presented, "refuse")
    return Statement(about, text, (presented.frame,), (EKU,), agree, disagree)


def _other_path(flow: Flow, presented: Presented) -> tuple[int, ...] | None:
    need = needed_purpose("client" if presented.role == "client" else "server")
    return way_around(presented.chain, need, [each.certificate for each in presented.completed_with or ()])


def _by_its_book(flow: Flow, presented: Presented) -> str:
    """That the server does what its software does; "" where it does not, and where nobody knows what it is."""
    own = by_own_book(flow, presented)
    if own is None or own.finding.outcome != "accept":
        return ""
    return f"this server is {own.phrase}, whose rule-book {own.book} accepts it ({own.finding.rule})"


def _others_do(flow: Flow, presented: Presented) -> str:
    """Which products with the server's library look at no EKU, or judge by another purpose."""
    software = flow.peer_software if presented.role == "client" else None
    if software is None or software.exceptions is None:
        return ""
    return f". It is {software.phrase} underneath: of the products that were run, {software.exceptions}"


def _unknown(flow: Flow, presented: Presented, because: str) -> str:
    if presented.role == "client":
        names = quiet_names("client", "answers_inside", stacks=stacks_judging(flow, "server"))
        others = f"{names} complete the handshake and refuse inside"
        peer = "server"
    else:
        others = f"{quiet_names('server', 'closes_after_handshake')} complete the handshake and then hang up"
        peer = "client"
    return (
        f"whether the {peer} accepts the {presented.role} certificate cannot be told ({because}): the handshake "
        f"completed, and nothing that can be read shows what came of it; {others}"
    )
