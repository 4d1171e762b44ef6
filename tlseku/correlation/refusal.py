"""Who refused, with which alert, after which certificate, and what in it the alert can stand for.

Knows alerts, chains and what each alert can mean; must not name one cause where several fit. A cause that the alert
does not stand for is still named, since it comes next once the first is mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlseku.correlation.client_certificate import client_certificate_state
from tlseku.correlation.evidence import (
    causes_in,
    chain_answered,
    predicting,
    refusing_alert,
    stands_behind_certificate,
)
from tlseku.correlation.hello_refusal import hello_refusal
from tlseku.correlation.judging_software import by_own_book, stacks_judging
from tlseku.correlation.silent_refusal import silent_refusal
from tlseku.correlation.statement import Statement
from tlseku.flow import Alert, Flow, Presented
from tlseku.policy.alert_senses import (
    SAYS_ITSELF,
    AlertSense,
    Answered,
    senders_without_certificate,
    sense_of,
    speaks_of_purposes,
)
from tlseku.policy.causes import (
    EKU,
    ISSUER,
    KEY_USAGE,
    NO_CERTIFICATE,
    REVOCATION,
    ROOT_READERS,
    Cause,
    root_unseen,
)
from tlseku.registry.names import alert_name

_BOOKS_NAMED = 3
_ECH_REQUIRED = 121
_OF_MESSAGES = (22, 47, 50)
"""record_overflow, illegal_parameter and decode_error (RFC 8446 section 6.2)."""
_OTHER: Mapping[str, Answered] = {"client": "server", "server": "client"}
_BEFORE_IT = {
    "application_data": "application data",
    "new_session_ticket": "a NewSessionTicket",
    "key_update": "a KeyUpdate",
}


def refusal_statement(flow: Flow) -> Statement | None:
    """What can be said of a refusal; None where nobody refused."""
    alert = refusing_alert(flow)
    if alert is None:
        return silent_refusal(flow)
    what = f"{_who(alert)} refused with {alert_name(alert.code)} ({alert.code})"
    if alert.code == _ECH_REQUIRED and alert.role == "client":
        return _ech_rejected(alert, what)
    of_message = _over_message(flow, alert, what)
    if of_message is not None:
        return of_message
    answered = chain_answered(flow, alert)
    if answered is not None and answered.chain:
        return _after_certificate(flow, alert, answered, what)
    if answered is not None and answered.verdict == "declined":
        return _after_empty_list(flow, alert, (answered.frame, alert.frame), what)
    if (
        alert.role == "server"
        and senders_without_certificate(alert.code, flow.version) is not None
        and client_certificate_state(flow) in ("declined", "unanswered")
    ):
        # The list may come behind the alert, and the request may not have been seen.
        asked = [request.frame for request in flow.requests[-1:]]
        return _after_empty_list(flow, alert, (*asked, alert.frame), what)
    return _without_chain(flow, alert, answered, what)


def _over_message(flow: Flow, alert: Alert, what: str) -> Statement | None:
    """A message of the other side that cannot be read stands before an alert that says so: it is the reason."""
    if alert.code not in _OF_MESSAGES:
        return None
    frames = {each.frame for each in flow.messages if each.role == _OTHER.get(alert.role)}
    for defect in flow.defects:
        if defect.layer == "tls" and defect.frame in frames and defect.frame is not None:
            text = f"{what} in answer to a message of the {_OTHER[alert.role]}: {defect.reason}"
            return Statement("refused_message", text, (defect.frame, alert.frame))
    return None


def _ech_rejected(alert: Alert, what: str) -> Statement:
    """RFC 9849 section 6.1.6: the client finishes the handshake with the public name, then leaves."""
    text = (
        f"{what}: the server did not accept its Encrypted Client Hello, so that the handshake was with the public name "
        "only. No certificate is the reason: the client offered a configuration (ECHConfig) that the server has no key "
        "for, and should connect again with the one that came back, if one did"
    )
    return Statement("ech_rejected", text, (alert.frame,))


def _after_certificate(flow: Flow, alert: Alert, presented: Presented, what: str) -> Statement:
    frames = (presented.frame, alert.frame)
    place = f"{what} {_moment(flow, alert, presented)}"
    found = causes_in(flow, presented)
    sense = sense_of(alert.code, _OTHER[alert.role], flow.version, {cause.name for cause in found})
    if sense is None:
        return Statement("refused", f"{place}; this alert does not speak of certificates", frames)
    theirs = sense.of_stacks(stacks_judging(flow, alert.role), {cause.name for cause in found})
    sense = sense if theirs is None else theirs
    whose = _likely(flow) if theirs is not None else ""
    fitting = [cause for cause in found if cause.name in sense.express]
    others = [cause for cause in found if cause.name not in sense.express]
    if not fitting:
        fitting = _said_by_alert(alert, presented)
    names = tuple(dict.fromkeys(cause.name for cause in (*fitting, *others)))
    fit = {cause.name for cause in fitting}
    agree = predicting(flow, presented, "refuse") if EKU in sense.express else ()
    # A book judges purposes: where something else fits, or may, its "accept" is no contradiction.
    against = bool(fit & {EKU, KEY_USAGE}) or (not fit and speaks_of_purposes(alert.code))
    unseen = _unseen(sense, presented, fitting)
    because = _because(fitting, others, unseen)
    text = f"{place}{whose}: what is sent by {sense.phrase(fit)}. {because}{_cut(presented)}"
    if presented.rule_books and (agree or against):
        text += _predicted(flow, presented, sense, agree)
    about = "refused_for_eku" if fit == {EKU} and not unseen else "refused_after_certificate"
    disagree = predicting(flow, presented, "accept") if against else ()
    return Statement(about, text, frames, names, agree, disagree, fitting=len(fit))


def _likely(flow: Flow) -> str:
    """Whose sense an alert of the server has."""
    software = flow.peer_software
    return "" if software is None else f"; this server is {software.phrase}"


def _moment(flow: Flow, alert: Alert, presented: Presented) -> str:
    """Where in the handshake the alert answers the certificate: both sides may have written in between."""
    if stands_behind_certificate(flow, alert):
        return f"right after the {presented.role} Certificate"
    came_between = _BEFORE_IT.get(alert.after or "", "the handshake")
    return f"in answer to the {presented.role} Certificate, though {came_between} came in between"


def _said_by_alert(alert: Alert, presented: Presented) -> list[Cause]:
    """The cause that an alert itself names, where nothing in the capture shows it."""
    said = SAYS_ITSELF.get(alert.code)
    if said == ISSUER:
        top = presented.chain[-1].issuer or "the issuer of the topmost certificate"
        return [Cause(ISSUER, f"the {alert.role} does not know or trust {top}")]
    if said == REVOCATION:
        return [Cause(REVOCATION, "a certificate of it is revoked")]
    return []


def _unseen(sense: AlertSense, presented: Presented, fitting: Sequence[Cause]) -> tuple[str, ...]:
    if EKU not in sense.express or fitting:
        return sense.unseen
    if not root_unseen(presented.chain, tuple(each.certificate for each in presented.completed_with or ())):
        return sense.unseen
    return (f"the EKU of the root, which is not seen and at which {ROOT_READERS} look", *sense.unseen)


def _because(fitting: Sequence[Cause], others: Sequence[Cause], unseen: Sequence[str]) -> str:
    besides = f". Also wrong, though this alert does not stand for it: {_reasons(others)}" if others else ""
    if not fitting:
        lead = "Nothing that it stands for is wrong with this chain as far as is seen"
    elif len(fitting) == 1:
        lead = f"One thing in this chain fits: {fitting[0].reason}"
    else:
        lead = f"{len(fitting)} things in this chain fit: {_reasons(fitting)}"
    cannot = f". A capture cannot rule out {_either(unseen)}" if unseen else ""
    return f"{lead}{cannot}{besides}"


def _predicted(flow: Flow, presented: Presented, sense: AlertSense, agree: Sequence[str]) -> str:
    if not agree:
        return ". No chosen rule-book predicts a refusal for the EKU"
    own = by_own_book(flow, presented)
    senders = [name for name in agree if name in sense.books]
    first = own.book if own is not None and own.book in agree else (*senders, *agree)[0]
    rule = own.finding.rule if own is not None and own.book == first else presented.rule_books[first].rule
    rest = [name for name in agree if name != first]
    more = ", ".join(rest) if len(rest) <= _BOOKS_NAMED else f"{len(rest)} others"
    also = "" if not rest else f" (so does {more})" if len(rest) == 1 else f" (so do {more})"
    return f". Rule-book {first} predicts the refusal by rule {rule}{also}"


def _after_empty_list(flow: Flow, alert: Alert, frames: tuple[int, ...], what: str) -> Statement:
    senders = senders_without_certificate(alert.code, flow.version, stacks_judging(flow, alert.role))
    text = f"{what}: a client certificate was asked for and none came"
    if senders is None:
        return Statement("refused", f"{text}; this alert does not say that it was required", frames)
    text += f", which is what is sent by {senders} where one is required"
    return Statement("refused_no_certificate", text, frames, (NO_CERTIFICATE,), fitting=1)


def _without_chain(flow: Flow, alert: Alert, answered: Presented | None, what: str) -> Statement:
    of_hello = hello_refusal(flow, alert, what)
    if of_hello is not None:
        return of_hello
    other = _OTHER.get(alert.role, "other side")
    whys = [each.reason for each in flow.hidden if each.what == f"{other}_certificate"]
    sense = sense_of(alert.code, _OTHER[alert.role], flow.version) if alert.role in _OTHER else None
    if sense is not None and (whys or answered is not None):
        why = f" ({', '.join(dict.fromkeys(whys))})" if whys else ""
        text = f"{what}: what is sent by {sense.phrase()}. The {other} certificate cannot be seen{why}"
        return Statement("refused", text, (alert.frame,))
    if answered is None and any(each.role == other for each in flow.presented):
        return Statement("refused", f"{what}, and not in answer to a certificate", (alert.frame,))
    return Statement("refused", f"{what}, before a certificate could be the reason", (alert.frame,))


def _either(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"


def _who(alert: Alert) -> str:
    return "one side" if alert.role == "unknown" else alert.role


def _cut(presented: Presented) -> str:
    return "; the chain is cut, so that more may be wrong with it" if presented.entries_missing else ""


def _reasons(causes: Sequence[Cause]) -> str:
    return "; ".join(cause.reason for cause in causes)
