"""What a flow shows, put together: what was presented, what the rule-books predict, what the peer did.

Knows flows and policy; must not know how either was found. Out come ``Statement``s: plain sentences, each with the
frames that it rests on. Prediction and observation stay apart, an inference is marked as a hint, and the EKU is never
named as the cause where another fits as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tlseku.flow import Alert, Flow, Presented, Request
from tlseku.names import alert_name, eku_name
from tlseku.policy.purposes import needed_purpose
from tlseku.policy.refusal import ALERT_SENSES, CAUSE_OF_CHECK, EKU, Cause, causes
from tlseku.policy.request_match import Match
from tlseku.policy.validity import validity_at

ClientCertificateState = Literal[
    "not_requested", "presented", "declined", "unanswered", "resumed", "hidden", "unknown"
]

_NO_CERTIFICATE_ALERTS = (40, 116)
# Kinds of message that a side sends with or after its Certificate and before the other side answers.
_AFTER_CERTIFICATE = frozenset(
    {"certificate", "client_key_exchange", "certificate_verify", "change_cipher_spec", "encrypted_handshake",
     "server_key_exchange", "certificate_request", "server_hello_done", "certificate_status", "finished"}
)  # fmt: skip
_TLS13 = 0x0304


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence about a flow.

    ``about`` names what it says (a stable word for machines), ``text`` says it, ``frames`` are the frames that it
    rests on. ``causes`` are the names of what may have caused it (``policy.refusal``); ``agree`` and ``disagree`` the
    rule-books whose prediction fits what was seen, or does not. ``hint`` marks an inference from what is encrypted.
    """

    about: str
    text: str
    frames: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()
    disagree: tuple[str, ...] = ()
    hint: bool = False


def client_certificate_state(flow: Flow) -> ClientCertificateState:
    """Which of the states of a client certificate a flow shows; they are told apart, never guessed.

    ``not_requested``: the server's whole flight was seen and asks for none. ``declined``: asked, and an empty list
    came. ``unanswered``: asked, and nothing came though it should be visible. ``resumed``: an earlier connection's
    certificate counts. ``hidden``: it may have been asked for or sent where it cannot be seen.
    """
    for presented in flow.presented:
        if presented.role == "client":
            return "declined" if presented.verdict == "declined" else "presented"
    hidden = {each.what: each.reason for each in flow.hidden}
    if "resumed" in hidden.values():
        return "resumed"
    if flow.requests:
        if flow.requests[-1].answer == "empty":
            return "declined"
        return "hidden" if flow.requests[-1].answer == "hidden" or "client_certificate" in hidden else "unanswered"
    if "certificate_request" in hidden or "client_certificate" in hidden:
        return "hidden"
    if any(message.kind == "server_hello_done" for message in flow.messages):
        return "not_requested"
    return "unknown"


def correlate(flow: Flow) -> tuple[Statement, ...]:
    """Everything worth saying about a flow, in the order of the handshake. Never raises."""
    statements: list[Statement] = []
    for presented in flow.presented:
        statements += _validity(presented)
    statements += _request_statements(flow)
    refusal = _refusal(flow)
    if refusal is not None:
        statements.append(refusal)
    elif flow.outcome == "completed":
        statements += [each for presented in flow.presented for each in _acceptance(flow, presented)]
    elif flow.outcome in ("aborted", "unknown"):
        statements += _silent_end(flow)
    return tuple(statements)


def _validity(presented: Presented) -> list[Statement]:
    said = []
    for index, certificate in enumerate(presented.chain):
        validity = validity_at(certificate, presented.ts)
        if validity.outcome in ("expired", "not_yet_valid", "never_valid"):
            text = f"{presented.role} certificate #{index} at the time of the packet: {validity.reason}"
            said.append(Statement(validity.outcome, text, (presented.frame,), ("validity",)))
    return said


def _request_statements(flow: Flow) -> list[Statement]:
    state = client_certificate_state(flow)
    if state == "not_requested":
        return [Statement("not_requested", "the server did not ask for a client certificate")]
    said = []
    for request in flow.requests:
        for check, match in request.matches.items():
            if match.ok is False:
                text = f"the answer does not meet the CertificateRequest ({check}): {match.reason}"
                said.append(Statement("request_not_met", text, (request.frame,), (CAUSE_OF_CHECK[check],)))
        if request.answer == "empty":
            said.append(_declined(flow, request))
        elif request.answer == "none" and flow.outcome in ("completed", "refused"):
            text = "the server asked for a client certificate and the client went on without answering"
            said.append(Statement("unanswered", text, (request.frame,)))
    return said


def _declined(flow: Flow, request: Request) -> Statement:
    likely = [
        "the client has no certificate configured",
        "the client withholds a certificate without clientAuth, as .NET and Schannel do",
    ]
    if request.authorities:
        likely.append("none of its certificates is from one of the CAs that the server names")
    result = {
        "completed": "the server went on without one",
        "refused": "the server refused",
        "aborted": "then the connection was closed",
    }.get(flow.outcome, "what followed is not visible")
    text = (
        f"asked for a client certificate, the client sent an empty list; {result}. Likely causes: {'; '.join(likely)}"
    )
    return Statement("declined", text, (request.frame, *_frames_of_declined(flow)), ("no_certificate",))


def _refusal(flow: Flow) -> Statement | None:
    if flow.outcome != "refused":
        return None
    alert = next(
        (each for each in flow.alerts if each.role == flow.refused_by and each.level == 2 and each.code != 0),
        None,
    ) or next((each for each in flow.alerts if each.role == flow.refused_by), None)
    if alert is None:
        return None
    judged = _certificate_before(flow, alert)
    what = f"{alert.role} refused with {alert_name(alert.code)} ({alert.code})"
    if judged is None:
        return _refused_without_certificate(flow, alert, what)
    sense = ALERT_SENSES.get(alert.code)
    place = f"{what} right after the {judged.role} Certificate"
    frames = (judged.frame, alert.frame)
    if sense is None:
        text = f"{place}; this alert does not speak of certificates"
        return Statement("refused", text, frames)
    found = causes(judged.chain, judged.role, judged.ts, _matches(flow, judged))
    fitting = [cause for cause in found if cause.name in sense.express]
    agree, disagree = _predictions(judged, "refuse")
    text = f"{place}: what is sent by {sense.senders}. {_because(fitting, found, sense.unseen)}"
    if any(cause.name == EKU for cause in fitting):
        text += _said_by_books(judged, agree)
    names = tuple(dict.fromkeys(cause.name for cause in fitting))
    about = "refused_for_eku" if names == (EKU,) and not sense.unseen else "refused_after_certificate"
    return Statement(about, text, frames, names, agree, disagree)


def _refused_without_certificate(flow: Flow, alert: Alert, what: str) -> Statement:
    state = client_certificate_state(flow)
    if alert.code in _NO_CERTIFICATE_ALERTS and alert.role == "server" and state in ("declined", "unanswered"):
        text = f"{what}: it requires a client certificate and got none"
        frames = (*(request.frame for request in flow.requests), alert.frame)
        return Statement("refused_no_certificate", text, frames, ("no_certificate",))
    if any(each.role != alert.role for each in flow.presented):
        return Statement("refused", f"{what}, but not in answer to a certificate", (alert.frame,))
    return Statement("refused", f"{what}, before a certificate could be the reason", (alert.frame,))


def _certificate_before(flow: Flow, alert: Alert) -> Presented | None:
    """The chain that an alert answers: the other side's last, if the alert follows it and not a later turn."""
    if alert.after not in _AFTER_CERTIFICATE:
        return None
    before = [each for each in flow.presented if each.role != alert.role and each.ts <= alert.ts and each.chain]
    return before[-1] if before else None


def _because(fitting: list[Cause], found: tuple[Cause, ...], unseen: tuple[str, ...]) -> str:
    other = f"; beyond what a capture shows: {', '.join(unseen)}" if unseen else ""
    if not fitting:
        if found:
            against = "; ".join(cause.reason for cause in found)
            return f"Nothing that this alert stands for is wrong with the chain, though {against}{other}"
        return f"Nothing is wrong with the chain as far as a capture shows{other}"
    if len(fitting) == 1:
        lead = "In this chain one thing fits" if not unseen else "In this chain this fits"
        return f"{lead}: {fitting[0].reason}{other}"
    return f"In this chain several things fit: {'; '.join(cause.reason for cause in fitting)}{other}"


def _said_by_books(presented: Presented, agree: tuple[str, ...]) -> str:
    if not presented.rule_books:
        return ""
    if not agree:
        return ". None of the chosen rule-books predicts it"
    first = agree[0]
    more = f" (so do {', '.join(agree[1:])})" if len(agree) > 1 else ""
    return f". Rule-book {first} predicts the refusal by rule {presented.rule_books[first].rule}{more}"


def _acceptance(flow: Flow, presented: Presented) -> list[Statement]:
    """A handshake that completed although the purpose of a chain does not fit."""
    if presented.role == "unknown" or not presented.chain or presented.entries_missing:
        return []
    found = [
        cause
        for cause in causes(presented.chain, presented.role, presented.ts, _matches(flow, presented))
        if cause.name == EKU
    ]
    if not found:
        return []
    agree, disagree = _predictions(presented, "accept")
    peer = "server" if presented.role == "client" else "client"
    words = eku_name(needed_purpose(presented.role))
    if presented.verdict in ("wrong", "empty"):
        text = f"accepted although {words} is missing ({found[0].reason}): this {peer} does not enforce the EKU"
    else:
        text = f"accepted although {found[0].reason}: this {peer} does not apply that rule"
    if _accepted_only_by_inference(flow):
        text += " (inferred: the end of the handshake is encrypted)"
    return [Statement("accepted_despite_eku", text, (presented.frame,), (EKU,), agree, disagree)]


def _accepted_only_by_inference(flow: Flow) -> bool:
    return flow.outcome_basis.startswith("inferred")


def _silent_end(flow: Flow) -> list[Statement]:
    """A connection that ended without a visible alert: say what came last, as a hint."""
    if flow.version is not None and flow.version >= _TLS13:
        if flow.outcome == "unknown" and flow.outcome_basis.startswith("hint"):
            return [Statement("hint_refused_tls13", flow.outcome_basis, hint=True)]
        return []
    judged = [each for each in flow.presented if each.role == "client" and each.chain]
    if flow.outcome != "aborted" or not judged or any(each.kind == "encrypted_handshake" and each.role == "server"
                                                      for each in flow.messages):  # fmt: skip
        return []
    found = causes(judged[-1].chain, "client", judged[-1].ts, _matches(flow, judged[-1]))
    text = f"the connection ended without an alert after the client Certificate ({flow.outcome_basis})"
    if found:
        text += f"; what may be held against it: {'; '.join(cause.reason for cause in found)}"
    names = tuple(dict.fromkeys(cause.name for cause in found))
    return [Statement("ended_after_certificate", text, (judged[-1].frame,), names, hint=True)]


def _predictions(presented: Presented, seen: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    agree = tuple(name for name, finding in presented.rule_books.items() if finding.outcome == seen)
    against = "accept" if seen == "refuse" else "refuse"
    return agree, tuple(name for name, finding in presented.rule_books.items() if finding.outcome == against)


def _matches(flow: Flow, presented: Presented) -> Mapping[str, Match]:
    """How a chain meets the CertificateRequest that it answers; empty where it answers none."""
    asked = [each for each in flow.requests if each.role != presented.role and each.ts <= presented.ts]
    return asked[-1].matches if asked else {}


def _frames_of_declined(flow: Flow) -> tuple[int, ...]:
    return tuple(each.frame for each in flow.presented if each.verdict == "declined")
