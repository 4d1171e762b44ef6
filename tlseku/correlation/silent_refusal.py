"""Refusals that no alert tells: by closing, inside the application's protocol, or after a handshake that completed.

Knows how flows ended (``Flow.outcome_evidence``) and who refuses so (``policy.refusals_without_alert``); must not call
a silence a refusal where the outcome does not. What is wrong with the chain is named in full, since silence can stand
for any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tlseku.correlation.client_certificate import client_certificate_state
from tlseku.correlation.evidence import causes_in, judged_of, predicting
from tlseku.correlation.hello_refusal import hello_refusal
from tlseku.correlation.judging_software import stacks_judging
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.alert_senses import Answered
from tlseku.policy.causes import EKU, NO_CERTIFICATE, ROOT_READERS, Cause, root_unseen
from tlseku.policy.refusals_without_alert import How, quiet_names

_JUDGED: dict[str, Answered] = {"client": "server", "server": "client"}
_DID = {
    "close_without_alert": "closed the connection",
    "reset_without_alert": "reset the connection",
    "close_after_handshake": "closed the connection without a byte of application data",
    "reset_after_handshake": "reset the connection without a byte of application data",
    "outer_reject": "answered with EAP-Failure",
    "repetition": "fell silent, and the other side repeated what it had said",
}
_HOW: dict[str, tuple[How, ...]] = {"outer_reject": ("rejects",), "repetition": ("falls_silent",)}


def silent_refusal(flow: Flow) -> Statement | None:
    """What can be said of a refusal without an alert that can be read; None where the outcome is no such thing."""
    if flow.outcome == "refused":
        return _closed(flow)
    if flow.outcome == "refused_inside":
        return _inside(flow)
    if flow.outcome == "closed_after":
        return _closed_after(flow)
    return None


def _closed(flow: Flow) -> Statement | None:
    judge = flow.refused_by
    if judge is None or judge == "unknown":
        return None
    if flow.outcome_evidence == "encrypted_alert":
        lead = f"{judge} refused with an alert that is encrypted"
    elif flow.outcome_evidence in _DID:
        lead = f"{judge} refused without an alert: it {_DID[flow.outcome_evidence]}"
    else:
        lead = f"{judge} refused, as the lengths of encrypted records tell"
    how = _HOW.get(flow.outcome_evidence, ("closes", "closes_after_handshake"))
    return _about_what(flow, judge, lead, *how)


def _inside(flow: Flow) -> Statement | None:
    judge = flow.refused_by
    if judge is None or judge == "unknown":
        return None
    answer = "" if flow.inside_answer is None else f": {flow.inside_answer}"
    lead = f"the handshake completed and the {judge} refused inside{answer}"
    return _about_what(flow, judge, lead, "answers_inside", about="refused_inside")


def _closed_after(flow: Flow) -> Statement | None:
    judge = flow.closed_by
    if judge is None or judge == "unknown":
        return None
    did = _DID.get(flow.outcome_evidence, _DID["close_after_handshake"])
    lead = f"the handshake completed, then the {judge} {did}"
    said = _about_what(flow, judge, lead, "closes_after_handshake", about="closed_after")
    # Nobody refused for certain: some clients only try whether a server answers.
    return None if said is None else replace(said, hint=True)


def _about_what(
    flow: Flow, judge: str, lead: str, *how: How, about: str = "refused_without_alert"
) -> Statement | None:
    """``lead`` with the certificate that ``judge`` had before it, who refuses so, and what is wrong with the chain."""
    whose = _JUDGED[judge]
    presented = judged_of(flow, judge)
    # An answer that was read, and an alert that is encrypted, need no list of who does so.
    told = flow.inside_answer is not None or flow.outcome_evidence == "encrypted_alert"
    who = quiet_names(whose, *how, stacks=stacks_judging(flow, judge))
    so = "" if told or not who else f", as {who} {'do' if ' and ' in who else 'does'}"
    if presented is not None and presented.chain:
        found = causes_in(flow, presented)
        text = f"{lead}, after the {whose} Certificate{so}. {_held_against(found, presented)}"
        names = tuple(dict.fromkeys(cause.name for cause in found))
        agree = predicting(flow, presented, "refuse") if EKU in names else ()
        return Statement(about, text, (presented.frame,), names, agree, fitting=len(names))
    if judge == "server" and client_certificate_state(flow) in ("declined", "unanswered"):
        frames = [each.frame for each in flow.requests[-1:]]
        frames += [] if presented is None else [presented.frame]
        text = f"{lead}{so}; a client certificate was asked for and none came"
        word = "refused_no_certificate" if about == "refused_without_alert" else about
        return Statement(word, text, tuple(frames), (NO_CERTIFICATE,), fitting=1)
    of_hello = hello_refusal(flow, None, lead) if about == "refused_without_alert" else None
    if of_hello is not None:
        return of_hello
    if not any(each.role == judge for each in flow.messages):
        return Statement("refused", f"{lead} in answer to the {whose}'s first message")
    return Statement(
        "refused" if about == "refused_without_alert" else about, f"{lead}{so}{_unseen(flow, whose)}"
    )


def _held_against(found: Sequence[Cause], presented: Presented) -> str:
    cut = "; the chain is cut, so that more may be wrong with it" if presented.entries_missing else ""
    if not found:
        lead = "Nothing is wrong with this chain as far as is seen"
        above = tuple(each.certificate for each in presented.completed_with or ())
        if root_unseen(presented.chain, above):
            root = f"the EKU of the root, at which {ROOT_READERS} look, is not seen"
            return f"{lead}: {root}, trust and revocation no capture shows{cut}"
        return f"{lead}: trust and revocation no capture shows{cut}"
    return f"What may be held against it: {'; '.join(cause.reason for cause in found)}{cut}"


def _unseen(flow: Flow, whose: str) -> str:
    whys = dict.fromkeys(each.reason for each in flow.hidden if each.what == f"{whose}_certificate")
    return f". The {whose} certificate cannot be seen ({', '.join(whys)})" if whys else ""
