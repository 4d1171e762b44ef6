"""How a handshake ended as the protocol around TLS says: let in, turned away, or left without an answer.

Knows what an ``Outer`` says beside the messages: FreeRADIUS and hostapd refuse a certificate by EAP-Failure alone, an
OpenVPN server by silence. Must not know which carrier it was, nor certificates. A rejection after a handshake that
completed is about what was said inside, unless the method has nothing inside (EAP-TLS).
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.carriers.outer import Outer
from tlseku.flow import Outcome, OutcomeEvidence, Role
from tlseku.handshake.facts import HandshakeFacts, moment
from tlseku.tls.handshake_types import (
    ALERTS,
    CERTIFICATE,
    CLIENT_HELLO,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.message import Message

_EAP_TLS = 13
"""The EAP method with nothing inside (RFC 5216, RFC 9190): who is turned away is so for the certificate, or by a rule
that looked at it."""


class OuterEnding(NamedTuple):
    """As ``outcome.Ending``."""

    outcome: Outcome
    refused_by: Role | None
    basis: str
    evidence: OutcomeEvidence
    inside_answer: str | None = None


def outer_ending(facts: HandshakeFacts, completed: str | None) -> OuterEnding | None:
    """How the handshake ended by what the carrier says; None where it says nothing. ``completed`` is what tells that
    both sides ended the handshake, None where nothing does."""
    outer = facts.log.outer
    if outer is None:
        return None
    if outer.answer == "accept":
        said = _words(outer)
        return OuterEnding(
            "completed", None, said if completed is None else f"{completed}, then {said}", "outer_accept"
        )
    if outer.answer == "reject":
        return _rejected(facts, outer, completed)
    if outer.repeated is not None and completed is None:
        return _unanswered(facts)
    return None


def _words(outer: Outer) -> str:
    return outer.answered_as or "the authentication server's answer"


def _rejected(facts: HandshakeFacts, outer: Outer, completed: str | None) -> OuterEnding:
    said = _words(outer)
    server: Role = "server" if facts.role_evidence != "unknown" else "unknown"
    if completed is not None:
        if outer.method == _EAP_TLS:
            basis = f"the handshake completed, then {said}"
            return OuterEnding("refused_inside", server, basis, "outer_reject", said)
        basis = f"{completed}; {said} after it is about the method inside"
        return OuterEnding("completed", None, basis, "finished")
    last = _last_word(facts)
    if last is None or facts.roles[last.side] == "unknown":
        return OuterEnding("refused", server, said, "outer_reject")
    if last.side != facts.client_side:
        basis = f"{said} while the client's next flight was due"
        return OuterEnding("aborted", None, basis, "nothing")
    if facts.tls13 and outer.method != _EAP_TLS and _is_protected(last):
        # What is encrypted may be the client's last flight or the method inside.
        basis = f"{said} after what the client said encrypted: the handshake, or the method inside"
        return OuterEnding("unknown", None, basis, "nothing")
    # Where TLS could have told, it did not.
    alert = "" if outer.method is None else ", no alert"
    return OuterEnding("refused", server, f"{said} right after {_flight(facts, last)}{alert}", "outer_reject")


def _unanswered(facts: HandshakeFacts) -> OuterEnding | None:
    """A server that takes what the client sends and never says another word."""
    last = _last_word(facts)
    if last is None or last.side != facts.client_side or last.kind == CLIENT_HELLO:
        # A server that is not there answers no hello either.
        return None
    basis = f"no answer to {_flight(facts, last)}, which was sent again and again"
    return OuterEnding("refused", facts.roles[1 - last.side], basis, "repetition")


def _last_word(facts: HandshakeFacts) -> Message | None:
    words = [each for each in (*facts.said, *facts.encrypted) if each.kind not in ALERTS]
    return sorted(words, key=lambda each: moment(facts, each))[-1] if words else None


def _is_protected(said: Message) -> bool:
    return said.kind in (RECORD_APPLICATION_DATA, RECORD_ENCRYPTED_HANDSHAKE)


def _flight(facts: HandshakeFacts, last: Message) -> str:
    if last.kind == CLIENT_HELLO:
        return "the ClientHello"
    shown = any(said.side == facts.client_side and said.kind == CERTIFICATE for said in facts.said)
    return "the client's Certificate" if shown else "the client's flight"
