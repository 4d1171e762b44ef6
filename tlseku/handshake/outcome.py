"""How a handshake ended: completed, refused by whom, broken off, or not to be told.

Knows what a complete handshake consists of (RFC 5246 section 7.3, RFC 8446 section 2) and which alerts refuse
(section 6); must not know certificates nor why something was not seen (``hidden``). Out come an ``Ending``, and hints
where TLS 1.3 shows lengths alone.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.flow import Hint, Outcome, Role
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.facts import (
    CLEAR_BEFORE_TLS13,
    HandshakeFacts,
    began_in_clear,
    moment,
    offers_tls13,
)
from tlseku.handshake.length_hints import Outline, ProtectedRecord, outline
from tlseku.network.tcp.recorder import IDLE_NS
from tlseku.registry.names import alert_name
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import (
    CLIENT_HELLO,
    FINISHED,
    HELLO_REQUEST,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT,
    SERVER_HELLO,
)
from tlseku.tls.message import Message

LONG_SILENCE_NS = 5_000_000_000
"""From here on a silence is worth telling: TCP's retransmissions take up to three seconds on a path that works."""

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_FATAL = 2
_CLOSE_NOTIFY = 0
_USER_CANCELED = 90
_ALERTS = (RECORD_ALERT, RECORD_ENCRYPTED_ALERT)


class Ending(NamedTuple):
    """``outcome`` with the ``basis`` it rests on, in a few words; ``refused_by`` is set where it is ``refused``."""

    outcome: Outcome
    refused_by: Role | None
    basis: str


def ending_of(facts: HandshakeFacts) -> Ending:
    """How the handshake ended, as far as the capture shows it. Never raises."""
    log = facts.log
    # An alert that refuses says more than anything that follows from the order of messages.
    for alert in log.alerts:
        if _refuses(facts, alert):
            named = f"{alert_name(alert.code)} ({alert.code})"
            return Ending("refused", facts.roles[alert.side], f"fatal alert {named}")
    if all(log.finished):
        return Ending("completed", None, "both Finished")
    if facts.tls13:
        return _ending_of_tls13(facts)
    # Before TLS 1.3 the first encrypted handshake record of a side is its Finished.
    if all(log.encrypted_handshakes[side] or log.finished[side] for side in (0, 1)):
        return Ending("completed", None, "both Finished")
    data = any(record.kind == RECORD_APPLICATION_DATA for record in log.encrypted)
    if data and began_in_clear(facts):
        if _may_be_tls13(facts):
            return Ending("unknown", None, "the ServerHello, which tells the version, was not seen")
        return Ending("completed", None, "application data")
    return _unfinished(facts)


def hints_of(facts: HandshakeFacts, ending: Ending) -> tuple[Hint, ...]:
    """What lengths alone tell of a TLS 1.3 handshake that was not opened. Nothing where more is known."""
    if not facts.tls13 or not facts.agreed or ending.outcome == "refused" or any(facts.log.finished):
        return ()
    return _outline(facts).hints


def _refuses(facts: HandshakeFacts, alert: Message) -> bool:
    # In TLS 1.3 the level says nothing: every alert but two ends the connection (RFC 8446 section 6).
    fatal = alert.level == _FATAL or (facts.tls13 and alert.level > 0)
    return fatal and alert.code not in (_CLOSE_NOTIFY, _USER_CANCELED) and not _completed_before(facts, alert)


def _completed_before(facts: HandshakeFacts, alert: Message) -> bool:
    """Whether the handshake was over when an alert came: both Finished, or application data from both sides."""
    if all(facts.log.finished):
        return _no_handshake_goes_on(facts, alert)
    if facts.tls13:
        return False
    when = moment(facts, alert)
    before = [record for record in facts.encrypted if moment(facts, record) < when]
    return {record.side for record in before if record.kind != RECORD_ENCRYPTED_ALERT} == {0, 1}


def _no_handshake_goes_on(facts: HandshakeFacts, alert: Message) -> bool:
    """Whether no handshake, first or later, was going on when an alert came, where all of them were opened."""
    when = moment(facts, alert)
    before = [said for said in facts.said if moment(facts, said) <= when and said.kind not in _ALERTS]
    if facts.tls13:
        return _judged_in_tls13(facts, alert, before)
    finished = [sum(said.kind == FINISHED and said.side == side for said in before) for side in (0, 1)]
    begun = sum(said.kind == SERVER_HELLO for said in before)
    asked_again = not before or before[-1].kind in (HELLO_REQUEST, CLIENT_HELLO)
    return finished[0] == finished[1] == begun and not asked_again


def _judged_in_tls13(facts: HandshakeFacts, alert: Message, before: list[Message]) -> bool:
    """Whether the sender of an alert had accepted the other side's last flight.

    A client's last flight is judged after it is complete: a server that says anything else first has accepted it.
    """
    last = max((n for n, said in enumerate(before) if said.kind == FINISHED), default=-1)
    if {said.side for said in before if said.kind == FINISHED} != {0, 1}:
        return False
    server = 1 - facts.client_side
    if alert.side != server:
        return True
    done, when = moment(facts, before[last]), moment(facts, alert)
    answered = any(
        done < moment(facts, record) <= when for record in facts.encrypted if record.side == server
    )
    return answered or any(said.side == server for said in before[last + 1 :])


def _may_be_tls13(facts: HandshakeFacts) -> bool:
    """Whether what looks like application data may be the rest of a TLS 1.3 handshake."""
    log = facts.log
    if facts.version is not None or any(log.encrypted_handshakes):
        return False
    if any(said.kind in CLEAR_BEFORE_TLS13 for said in log.said):
        return False
    return facts.client_hello is None or offers_tls13(facts.client_hello)


def _ending_of_tls13(facts: HandshakeFacts) -> Ending:
    seen = _outline(facts) if facts.agreed else None
    if seen is None or seen.outcome is None:
        return _unfinished(facts)
    return Ending(seen.outcome, None, seen.basis)


def _outline(facts: HandshakeFacts) -> Outline:
    """What the encrypted records of TLS 1.3 tell from the outside."""
    hello = moment(facts, facts.log.server_hellos[-1])
    protected = [
        ProtectedRecord(each.side == facts.client_side, each.length, each.frame & FRAME_MASK)
        for each in facts.encrypted
        if moment(facts, each) >= hello
    ]
    extensions = () if facts.client_hello is None else facts.client_hello.extensions
    early_data = ext.find(extensions, ext.EARLY_DATA) is not None
    return outline(
        protected,
        0 if facts.server_hello is None else facts.server_hello.cipher_suite,
        may_hint_at_certificate=not (facts.resumed or facts.certificates or early_data),
        closed_by=_closed_by(facts),
    )


def _closed_by(facts: HandshakeFacts) -> Role | None:
    """Who closed or reset first; ``unknown`` where somebody did and nobody knows who."""
    log = facts.log
    side = log.connection.closed_by
    if side >= 0:
        return facts.roles[side]
    closed = log.ended_how in ("fin", "rst") or any(log.connection.ends_at(each) >= 0 for each in (0, 1))
    return "unknown" if closed else None


def _unfinished(facts: HandshakeFacts) -> Ending:
    """What is said of a handshake that neither completed nor was refused by an alert."""
    log = facts.log
    if not began_in_clear(facts) and not log.alerts and not log.certificates:
        return Ending("unknown", None, "the capture starts after the handshake")
    if log.any_lost or any(log.mid_stream):
        return Ending("unknown", None, "bytes are missing from the capture")
    closer = _closed_by(facts)
    if closer is not None:
        how = "reset" if log.ended_how == "rst" else "closed"
        by = "" if closer == "unknown" else f" by the {closer}"
        return Ending("aborted", None, f"{_silence(facts)}{how}{by} amid the handshake")
    if log.ended_how == "reused":
        return Ending("aborted", None, "the ports were taken for a new connection amid the handshake")
    if log.ended_how == "idle":
        return Ending(
            "aborted", None, f"silent for more than {IDLE_NS // _MINUTE} minutes amid the handshake"
        )
    return Ending("incomplete", None, "the capture ends amid the handshake")


def _silence(facts: HandshakeFacts) -> str:
    """How long nobody said anything before the end, where that was long."""
    connection = facts.log.connection
    silent = connection.closed_ts - facts.said[-1].ts_ns if facts.said else 0
    if connection.closed_by < 0 or silent < LONG_SILENCE_NS:
        return ""
    return f"silent for {silent // _SECOND:,} s, then "
