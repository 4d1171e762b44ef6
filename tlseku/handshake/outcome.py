"""How a handshake ended: completed, refused by whom, broken off, or not to be told.

Knows what a complete handshake consists of (RFC 5246 section 7.3, RFC 8446 section 2) and which alerts refuse
(section 6); must not know certificates nor why something was not seen (``hidden``). Out come an ``Ending``, and hints
where TLS 1.3 shows lengths alone.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.flow import Hint, Outcome, OutcomeEvidence, Role
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.after_handshake import AfterHandshake, Close, close_of, is_before, is_prompt
from tlseku.handshake.facts import (
    CLEAR_BEFORE_TLS13,
    HandshakeFacts,
    began_in_clear,
    in_order,
    is_missing,
    moment,
    offers_only_tls13,
    offers_tls13,
    shows_records,
    wire_order,
)
from tlseku.handshake.inside_answer import refusing_answer
from tlseku.handshake.length_hints import Outline, ProtectedRecord, outline
from tlseku.handshake.outer_ending import outer_ending
from tlseku.network.tcp.recorder import IDLE_NS
from tlseku.registry.names import alert_name
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import (
    ALERTS,
    CERTIFICATE,
    CLIENT_HELLO,
    FINISHED,
    HELLO_REQUEST,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.message import Message

LONG_SILENCE_NS = 5_000_000_000
"""From here on a silence is worth telling: TCP's retransmissions take up to three seconds on a path that works."""

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_FATAL = 2
_CLOSE_NOTIFY = 0
_HANDSHAKE_FAILURE = 40
_PROTOCOL_VERSION = 70
_USER_CANCELED = 90
_ENCRYPTED_AFTER_HELLO = "TLS 1.3: what came after ServerHello is encrypted"
# Two packets with the same frames may differ by the length of their numbers.
_PACKET_NUMBER = 4
# Alerts that only somebody sends who has looked at a certificate, or at its absence.
_JUDGE_CERTIFICATES = frozenset({42, 43, 44, 45, 46, 48, 49, 113, 114, 116})


class Ending(NamedTuple):
    """``outcome`` with the ``basis`` it rests on, in a few words, and what kind of ``evidence`` that is; ``refused_by``
    is set where a side refused, ``inside_answer`` where it did so inside."""

    outcome: Outcome
    refused_by: Role | None
    basis: str
    evidence: OutcomeEvidence
    inside_answer: str | None = None


def ending_of(facts: HandshakeFacts, after: AfterHandshake | None) -> Ending:
    """How the handshake ended, as far as the capture shows it; ``after`` is what came after it. Never raises."""
    close = close_of(facts)
    # What refuses says more than anything that follows from the order of messages.
    refused = _refused_by_alert(facts, close) or _refused_inside(facts, after)
    if refused is not None:
        return refused
    if facts.log.outer is not None:
        completed = _completed(facts)
        basis = None if completed is None or completed.outcome != "completed" else completed.basis
        outer = outer_ending(facts, basis)
        if outer is not None:
            return Ending(*outer)
    if close is not None and not facts.log.any_lost and not any(facts.log.mid_stream):
        left = _left(facts, close, after)
        if left is not None:
            return left
    return _completed(facts) or _unfinished(facts)


def hints_of(facts: HandshakeFacts, ending: Ending) -> tuple[Hint, ...]:
    """What lengths alone tell of a TLS 1.3 handshake that was not opened. Nothing where more is known."""
    if not facts.tls13 or not facts.agreed or any(facts.log.finished) or not shows_records(facts):
        return ()
    hints = _outline(facts).hints
    return tuple(hint for hint in hints if hint.what != "refused") if ending.refused_by else hints


# Refused with words.


def _refused_by_alert(facts: HandshakeFacts, close: Close | None) -> Ending | None:
    for alert in in_order(facts, facts.log.alerts):
        if _refuses(facts, alert, close):
            named = f"fatal alert {alert_name(alert.code)} ({alert.code})"
            if _answers_hello_of_tls13_alone(facts, alert):
                named += " to a client that offers only TLS 1.3"
            return Ending("refused", facts.roles[alert.side], named, "alert")
    return None


def _refuses(facts: HandshakeFacts, alert: Message, close: Close | None) -> bool:
    # In TLS 1.3 the level says nothing: every alert but two ends the connection (RFC 8446 section 6).
    fatal = alert.level == _FATAL or (facts.tls13 and alert.level > 0)
    if not fatal or alert.code in (_CLOSE_NOTIFY, _USER_CANCELED):
        return False
    late = close is not None and alert.side != close.side and not is_before(facts, alert, close)
    # Whoever is hung up on complains of that (OpenSSL: decode_error); a judgement of a certificate stays one.
    judges = alert.code in _JUDGE_CERTIFICATES and _showed_certificate(facts, 1 - alert.side)
    return (judges or not late) and not _completed_before(facts, alert)


def _showed_certificate(facts: HandshakeFacts, side: int) -> bool:
    return any(said.side == side for said in facts.certificates) or any(
        said.side == side and said.kind in (FINISHED, RECORD_ENCRYPTED_HANDSHAKE) for said in facts.said
    )


def _answers_hello_of_tls13_alone(facts: HandshakeFacts, alert: Message) -> bool:
    hello = facts.client_hello
    if hello is None or facts.log.server_hellos or facts.roles[alert.side] != "server":
        return False
    return alert.code in (_HANDSHAKE_FAILURE, _PROTOCOL_VERSION) and offers_only_tls13(hello)


def _refused_inside(facts: HandshakeFacts, after: AfterHandshake | None) -> Ending | None:
    """Whether the server says no inside; only of one that had asked for a certificate."""
    log = facts.log
    if after is None or not after.certain or not log.requests:
        return None
    client = facts.client_side
    answer = refusing_answer(log.inside[client], log.inside[1 - client])
    if answer is None:
        return None
    said = "the handshake completed, the server's answer inside refuses"
    return Ending("refused_inside", facts.roles[1 - client], said, "answer_inside", answer)


# Left without a word.


def _left(facts: HandshakeFacts, close: Close, after: AfterHandshake | None) -> Ending | None:
    """What it says that a side closed or reset the connection first; None if that says nothing."""
    if not is_prompt(facts, close) or facts.role_evidence == "unknown":
        return None
    if not all(facts.log.connection.payload_seen):
        # Without the other direction, or where it said nothing at all, only an unanswered hello tells.
        return _left_hello_unanswered(facts, close)
    if after is not None:
        return _left_after(facts, close, after)
    if facts.tls13:
        return _left_owing_in_tls13(facts, close)
    return _left_owing_in_clear(facts, close)


def _left_hello_unanswered(facts: HandshakeFacts, close: Close) -> Ending | None:
    words = {said.kind for said in facts.said if said.side == facts.client_side and said.kind not in ALERTS}
    if close.side == facts.client_side or words != {CLIENT_HELLO}:
        return None
    return _refused_silently(facts, close, "in answer to the ClientHello")


def _left_owing_in_clear(facts: HandshakeFacts, close: Close) -> Ending | None:
    """Before TLS 1.3 all but the Finished is seen: who owed the next flight and left has refused the other's."""
    words = [said for said in facts.said if said.kind not in ALERTS and is_before(facts, said, close)]
    if not words or words[-1].side == close.side or words[-1].kind == HELLO_REQUEST:
        return None
    if close.side != facts.client_side:
        hello = words[-1].kind == CLIENT_HELLO
        return _refused_silently(
            facts, close, "in answer to the ClientHello" if hello else "after the client's flight"
        )
    kinds = {said.kind for said in words if said.side != close.side}
    if CERTIFICATE not in kinds and SERVER_HELLO_DONE not in kinds:
        # A client that leaves at the ServerHello has judged no certificate.
        return None
    return _refused_silently(facts, close, "after the server's flight")


def _left_owing_in_tls13(facts: HandshakeFacts, close: Close) -> Ending | None:
    """In TLS 1.3 the client's last flight is missing: only the client can owe it."""
    if not facts.agreed:
        return _left_owing_in_clear(facts, close)
    client = facts.client_side
    hello = moment(facts, facts.log.server_hellos[-1])
    records = [each for each in facts.encrypted if moment(facts, each) >= hello]
    read = {said.side for said in facts.said if said.opened and said.kind not in ALERTS}
    by_server = any(each.side != client for each in records) or 1 - client in read
    if not by_server or client in read:
        return None
    extensions = () if facts.client_hello is None else facts.client_hello.extensions
    own = [each for each in records if each.side == client and is_before(facts, each, close)]
    if ext.find(extensions, ext.EARLY_DATA) is not None and own:
        return None
    if own and shows_records(facts):
        # As long as an alert, for a Finished is longer: whoever closes then, the client has left the handshake.
        said = f"a record as long as an alert after the server's flight, then {_how(facts, close)}"
        return Ending("refused", facts.roles[client], said, "encrypted_alert")
    return None if close.side != client else _refused_silently(facts, close, "after the server's flight")


def _left_after(facts: HandshakeFacts, close: Close, after: AfterHandshake) -> Ending | None:
    """After the client's last flight: who has judged a certificate and leaves without any data."""
    if facts.resumed:
        # Nobody has shown a certificate.
        return None
    server = 1 - facts.client_side
    if (
        not after.server_spoke
        and after.asked is not False
        and after.alert_like is not None
        and is_before(facts, after.alert_like, close)
    ):
        # Whoever closes then, the server says no more than this in answer to the client's flight.
        said = f"a record as long as an alert after the client's flight, then {_how(facts, close)}"
        return Ending("refused", facts.roles[server], said, "encrypted_alert")
    if close.side == facts.client_side:
        return None if after.client_data else _closed_after(facts, close)
    if after.server_data or after.asked is False:
        return None
    if after.server_spoke:
        return None if after.server_sent_data else _closed_after(facts, close)
    return _refused_silently(facts, close, "after the client's flight")


def _how(facts: HandshakeFacts, close: Close) -> str:
    return f"{'reset' if close.reset else 'closed'} by the {facts.roles[close.side]}"


def _refused_silently(facts: HandshakeFacts, close: Close, when: str) -> Ending:
    for alert in facts.log.alerts:
        # Some send the alert that says why as a warning, and leave.
        if alert.side == close.side and alert.code in _JUDGE_CERTIFICATES:
            named = f"warning alert {alert_name(alert.code)} ({alert.code}), then {_how(facts, close)}"
            return Ending("refused", facts.roles[close.side], named, "alert")
    said = f"{_how(facts, close)} without an alert, {when}"
    evidence: OutcomeEvidence = "reset_without_alert" if close.reset else "close_without_alert"
    return Ending("refused", facts.roles[close.side], said, evidence)


def _closed_after(facts: HandshakeFacts, close: Close) -> Ending:
    said = f"the handshake completed, then {_how(facts, close)} without any application data"
    evidence: OutcomeEvidence = "reset_after_handshake" if close.reset else "close_after_handshake"
    return Ending("closed_after", None, said, evidence)


# Completed, or not.


def _completed(facts: HandshakeFacts) -> Ending | None:
    """What tells that both sides ended the handshake, or that nobody can tell; None where it was not ended."""
    log = facts.log
    if all(log.finished):
        return Ending("completed", None, "both Finished", "finished")
    if facts.tls13 and not shows_records(facts):
        return _completed_in_packets(facts)
    if facts.tls13:
        seen = _outline(facts) if facts.agreed else None
        if seen is None or seen.outcome is None:
            return None
        return Ending(
            seen.outcome, None, seen.basis, "inferred" if seen.outcome == "completed" else "nothing"
        )
    # Before TLS 1.3 the first encrypted handshake record of a side is its Finished.
    if all(log.encrypted_handshakes[side] or log.finished[side] for side in (0, 1)):
        return Ending("completed", None, "both Finished", "finished")
    data = any(record.kind == RECORD_APPLICATION_DATA for record in log.encrypted)
    if data and began_in_clear(facts):
        if _may_be_tls13(facts):
            return Ending(
                "unknown", None, "the ServerHello, which tells the version, was not seen", "nothing"
            )
        return Ending("completed", None, "application data", "application_data")
    return _completed_in_one_direction(facts)


def _completed_in_packets(facts: HandshakeFacts) -> Ending | None:
    """What packets of QUIC, or of DTLS 1.3, tell that nobody opened.

    A client has sent its Finished when its first 1-RTT packet comes (RFC 9001 section 5.7). A server that refuses then
    says nothing but CONNECTION_CLOSE, again and again, and the client nothing any more (RFC 9000 section 10.2).
    """
    data = [each for each in facts.encrypted if each.kind == RECORD_APPLICATION_DATA]
    flight = next((n for n, each in enumerate(data) if each.side == facts.client_side), None)
    if flight is None or facts.log.carrier != "quic":
        hides = any(each.side == facts.client_side and not each.opened for each in facts.encrypted)
        return Ending("unknown", None, _ENCRYPTED_AFTER_HELLO, "nothing") if hides else None
    answers = [n for n in range(flight, len(data)) if data[n].side != facts.client_side]
    lengths = [data[n].length for n in answers]
    if any(data[n].opened for n in answers):
        return Ending("completed", None, "application data", "application_data")
    talks = len(answers) > 1 and max(lengths) - min(lengths) > _PACKET_NUMBER
    if talks and any(data[n].side == facts.client_side for n in range(answers[1], len(data))):
        return Ending("completed", None, "inferred: both sides went on with 1-RTT packets", "inferred")
    return Ending("unknown", None, _ENCRYPTED_AFTER_HELLO, "nothing")


def _completed_in_one_direction(facts: HandshakeFacts) -> Ending | None:
    """Where one side was not captured, its last flight shows in that the other one went on or ended."""
    log = facts.log
    if all(log.connection.payload_seen) or facts.tls13:
        return None
    server = 1 - facts.client_side
    kinds = {said.kind for said in log.said if said.side == server}
    # In a full handshake the server's Finished is the last word, and answers the client's.
    if log.encrypted_handshakes[server] and SERVER_HELLO_DONE in kinds:
        return Ending("completed", None, "the server's Finished, which comes last", "finished")
    spoke = {said.side for said in log.said if said.kind not in (CLIENT_HELLO, HELLO_REQUEST)}
    if spoke:
        return Ending("unknown", None, "only one direction was captured", "nothing")
    return None


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
    before = [said for said in facts.said if moment(facts, said) <= when and said.kind not in ALERTS]
    if facts.tls13:
        return _judged_in_tls13(facts, alert, before)
    finished = [sum(said.kind == FINISHED and said.side == side for said in before) for side in (0, 1)]
    begun = sum(said.kind == SERVER_HELLO for said in before)
    asked_again = not before or before[-1].kind in (HELLO_REQUEST, CLIENT_HELLO)
    # Some judge a certificate behind their own Finished (exim with GnuTLS); who sends data has judged it.
    spoke = any(said.kind == RECORD_APPLICATION_DATA and said.side == alert.side for said in before)
    return finished[0] == finished[1] == begun and not asked_again and spoke


def _judged_in_tls13(facts: HandshakeFacts, alert: Message, before: list[Message]) -> bool:
    """Whether the sender of an alert had accepted the other side's last flight.

    A client's last flight is judged after it is complete: a server that says anything else first has accepted it. A
    client has accepted the server's flight once it sends data.
    """
    last = max((n for n, said in enumerate(before) if said.kind == FINISHED), default=-1)
    if {said.side for said in before if said.kind == FINISHED} != {0, 1}:
        return False
    done, when = wire_order(facts, before[last]), wire_order(facts, alert)
    went_on = any(
        done < wire_order(facts, record) <= when for record in facts.encrypted if record.side == alert.side
    )
    if alert.side == facts.client_side:
        # A client may break off behind its own Finished, as one does whose ECH was rejected (RFC 9849 section 6.1.6).
        return went_on
    return went_on or any(said.side == alert.side for said in before[last + 1 :])


def _may_be_tls13(facts: HandshakeFacts) -> bool:
    """Whether what looks like application data may be the rest of a TLS 1.3 handshake."""
    log = facts.log
    if facts.version is not None or any(log.encrypted_handshakes):
        return False
    if any(said.kind in CLEAR_BEFORE_TLS13 for said in log.said):
        return False
    return facts.client_hello is None or offers_tls13(facts.client_hello)


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
        closed_by=closed_by(facts),
    )


def closed_by(facts: HandshakeFacts) -> Role | None:
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
        return Ending("unknown", None, "the capture starts after the handshake", "nothing")
    if log.any_lost or any(log.mid_stream):
        return Ending("unknown", None, "bytes are missing from the capture", "nothing")
    closer = closed_by(facts)
    over = closer is not None or log.ended_how in ("reused", "idle")
    if over and any(is_missing(log, side) for side in (0, 1)):
        return Ending("unknown", None, "only one direction was captured", "nothing")
    if closer is not None:
        how = "reset" if log.ended_how == "rst" else "closed"
        by = "" if closer == "unknown" else f" by the {closer}"
        return Ending("aborted", None, f"{_silence(facts)}{how}{by} amid the handshake", "nothing")
    if log.ended_how == "reused":
        return Ending(
            "aborted", None, "the ports were taken for a new connection amid the handshake", "nothing"
        )
    if log.ended_how == "idle":
        return Ending(
            "aborted",
            None,
            f"silent for more than {IDLE_NS // _MINUTE} minutes amid the handshake",
            "nothing",
        )
    if log.ended_how == "evicted":
        return Ending(
            "unknown", None, "given up amid the handshake: the table of connections was full", "nothing"
        )
    return Ending("incomplete", None, "the capture ends amid the handshake", "nothing")


def _silence(facts: HandshakeFacts) -> str:
    """How long nobody said anything before the end, where that was long."""
    connection = facts.log.connection
    silent = connection.closed_ts - facts.said[-1].ts_ns if facts.said else 0
    if connection.closed_by < 0 or silent < LONG_SILENCE_NS:
        return ""
    return f"silent for {silent // _SECOND:,} s, then "
