"""What several statements ask of a flow: the alert that refused, the chain it answers, and what is wrong with that.

Knows flows and ``policy.causes``; must not know sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tlseku.correlation.judging_software import by_own_book
from tlseku.correlation.protocol_rules import causes_by_protocol
from tlseku.flow import Alert, Flow, Presented
from tlseku.policy.alert_senses import sense_of, speaks_of_certificates
from tlseku.policy.causes import Cause, causes, purposes_fit
from tlseku.policy.offer import unfit_for
from tlseku.policy.peer_software.own_rules import protocol_with_rules
from tlseku.policy.request_match import Match
from tlseku.registry.protocol_versions import is_tls13

_FATAL = 2
_HANDSHAKE_FAILURE = 40
_FLIGHT_BEFORE = {"server": "server_hello_done", "client": "client_hello"}
_GOODBYES = (0, 90)  # close_notify and user_canceled refuse nothing (RFC 8446 section 6.1)
# What a side sends with or after its Certificate and before the other side answers.
_WITH_CERTIFICATE = frozenset(
    {
        "certificate",
        "certificate_status",
        "server_key_exchange",
        "certificate_request",
        "server_hello_done",
        "client_key_exchange",
        "certificate_verify",
        "change_cipher_spec",
        "encrypted_handshake",
        "finished",
    }
)


def refusing_alert(flow: Flow) -> Alert | None:
    """The alert that made the outcome ``refused``, None for any other outcome and where the refusal was silent.

    An alert of the other side may follow a silent refusal, and refuses nothing.
    """
    if flow.outcome != "refused" or flow.outcome_evidence not in ("alert", "nothing"):
        return None
    spoken = [each for each in flow.alerts if each.role == flow.refused_by and not each.encrypted]
    spoken = [each for each in spoken if each.code not in _GOODBYES]
    # In TLS 1.3 every error alert is fatal, whatever its level says (RFC 8446 section 6).
    return next((each for each in spoken if each.level == _FATAL), spoken[0] if spoken else None)


def telling_alert(flow: Flow) -> Alert | None:
    """The alert that tells most: the one that refused, else the first that is read and more than a goodbye.

    One that is encrypted tells something only where it refused; None where no alert tells anything.
    """
    refusing = refusing_alert(flow)
    if refusing is not None:
        return refusing
    if flow.outcome_evidence == "encrypted_alert":
        return next((each for each in flow.alerts if each.encrypted and each.role == flow.refused_by), None)
    return next((each for each in flow.alerts if not each.encrypted and each.code not in _GOODBYES), None)


def chain_answered(flow: Flow, alert: Alert) -> Presented | None:
    """What the other side presented, if the alert answers it; its chain may be empty.

    It does where the other side's last word was part of the flight with the certificate, or where the sender itself
    had said all that it says before that flight: a capture may hold an answer before what it answers. An alert that is
    about certificates and nothing else answers one wherever it stands.
    """
    if alert.role not in ("client", "server"):
        return None
    if not speaks_of_certificates(alert.code) and not stands_behind_certificate(flow, alert):
        return None
    shown = [each for each in flow.presented if _is_other(each.role, alert.role)]
    return shown[-1] if shown else None


def judged_of(flow: Flow, judge: str | None) -> Presented | None:
    """What the other side of ``judge`` presented last, an empty list too; None if nothing is seen of it."""
    shown = [each for each in flow.presented if judge is not None and _is_other(each.role, judge)]
    return shown[-1] if shown else None


def stands_behind_certificate(flow: Flow, alert: Alert) -> bool:
    """Whether an alert came where the flight with the other side's certificate is answered."""
    if alert.role == "unknown":
        return False
    waited = _own_word_before(flow, alert) == _FLIGHT_BEFORE[alert.role]
    return alert.after in _WITH_CERTIFICATE or (
        waited and (alert.role == "server" or _speaks_of_chains(alert))
    )


def _own_word_before(flow: Flow, alert: Alert) -> str | None:
    last = None
    for message in flow.messages:
        if message.role != alert.role:
            continue
        if message.kind != "alert":
            last = message.kind
        elif (message.frame, message.file) == (alert.frame, alert.file):
            return last
    return None


def _speaks_of_chains(alert: Alert) -> bool:
    # A client may also break off over the ServerHello, while the Certificate is on its way.
    return sense_of(alert.code, "server", None) is not None and alert.code != _HANDSHAKE_FAILURE


def causes_in(flow: Flow, presented: Presented) -> tuple[Cause, ...]:
    """Everything that a verifier may hold against what was presented in this flow."""
    outer = any(each.what == "client_hello" for each in flow.hidden)
    found = causes(
        presented.chain,
        presented.role,
        presented.ts,
        matches=_matches(flow, presented),
        host=None if outer else flow.sni,
        complete=not presented.entries_missing,
        above=tuple(each.certificate for each in presented.completed_with or ()),
    )
    found = (*found, *causes_by_protocol(flow, presented))
    # Before TLS 1.3 a server sends what it has, whatever the client offers to verify.
    if presented.role != "server" or outer or flow.offered is None or not is_tls13(flow.version or 0):
        return found
    return (*found, *unfit_for(flow.offered, presented.chain))


def purposes_fit_in(flow: Flow, presented: Presented) -> bool:
    """Whether it is plain that none of the causes in this flow is about an EKU."""
    if presented.role == "unknown" or protocol_with_rules(flow.starttls, flow.service, flow.alpn) is not None:
        return False
    for match in _matches(flow, presented).values():
        # What does not meet the OID filters of a request (RFC 8446 section 4.2.5) may be its EKU.
        if match.ok is False:
            return False
    above = [each.certificate for each in presented.completed_with or ()]
    return purposes_fit(presented.chain, presented.role, above)


def predicting(flow: Flow, presented: Presented, outcome: Literal["accept", "refuse"]) -> tuple[str, ...]:
    """The rule-books that predict ``outcome`` for a chain: those chosen, in their order, and before them that of the
    server's likely software if it is none of these. Without chosen ones nothing is predicted."""
    findings = dict(presented.rule_books)
    own = by_own_book(flow, presented) if findings else None
    if own is not None:
        findings = {own.book: own.finding, **findings} if own.book not in findings else findings
        findings[own.book] = own.finding
    return tuple(name for name, finding in findings.items() if finding.outcome == outcome)


def _matches(flow: Flow, presented: Presented) -> Mapping[str, Match]:
    asked = [each for each in flow.requests if _is_other(each.role, presented.role)]
    return asked[-1].matches if asked else {}


def _is_other(role: str, than: str) -> bool:
    return {role, than} == {"client", "server"}
