"""What was said after a handshake, as far as can be told: who had judged whom, who sent data, who left first.

Knows which flight each side judges (RFC 5246 section 7.3, RFC 8446 section 2) and, where TLS 1.3 was not decrypted,
what lengths tell of it; must not know what that means (``outcome``, ``acceptance``). Out come a ``Close`` and the
``AfterHandshake``.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.facts import HandshakeFacts, moment, shows_records
from tlseku.handshake.length_hints import ProtectedRecord, after_flight
from tlseku.tls import extensions as ext
from tlseku.tls.handshake_types import ALERTS, FINISHED, RECORD_APPLICATION_DATA
from tlseku.tls.message import Message

MAX_PAUSE_NS = 5_000_000_000
"""Who leaves later than this after the last word leaves for another reason than that word: mostly a timeout."""


class Close(NamedTuple):
    """The first FIN or RST: its ``side``, whether it was an RST, its moment (as ``facts.moment``) and time."""

    side: int
    reset: bool
    moment: int
    ts_ns: int


class AfterHandshake(NamedTuple):
    """What came after the client's last flight.

    ``certain`` says that messages were read, not guessed by length. ``asked`` says whether a client certificate was
    asked for, None where that cannot be told. ``client_data`` and ``server_data`` are records of application data,
    the latter since the client's last Finished, where ``server_sent_data`` counts since its first. ``server_spoke``
    says that the server sent anything but alerts, tickets included. ``alert_like`` is the first record of the
    server that is as long as an alert, where the client had sent none such before, else None.
    """

    certain: bool
    asked: bool | None
    client_data: list[Message]
    server_data: list[Message]
    server_sent_data: bool
    server_spoke: bool
    alert_like: Message | None


def close_of(facts: HandshakeFacts) -> Close | None:
    """Who left first; None where nobody did, or nobody knows who."""
    connection = facts.log.connection
    if connection.closed_by < 0:
        return None
    when = connection.closed_frame if facts.one_file else connection.closed_ts
    return Close(connection.closed_by, connection.closed_by_rst, when, connection.closed_ts)


def is_before(facts: HandshakeFacts, said: Message, close: Close) -> bool:
    """Whether something was said before the other side, or its own sender, had left."""
    return moment(facts, said) <= close.moment


def is_prompt(facts: HandshakeFacts, close: Close) -> bool:
    """Whether who left did so soon after the last word before it."""
    words = [each.ts_ns for each in facts.said if is_before(facts, each, close)]
    words += [each.ts_ns for each in facts.encrypted if is_before(facts, each, close)]
    return close.ts_ns - max(words, default=close.ts_ns) <= MAX_PAUSE_NS


def after_handshake(facts: HandshakeFacts) -> AfterHandshake | None:
    """What came after the client's last flight; None where that flight was not seen whole."""
    if all(facts.log.finished):
        return _after_finished(facts)
    if facts.tls13:
        return _after_flight_of_tls13(facts) if facts.agreed and shows_records(facts) else None
    log = facts.log
    if not all(log.encrypted_handshakes[side] or log.finished[side] for side in (0, 1)):
        return None
    data = [each for each in facts.encrypted if each.kind == RECORD_APPLICATION_DATA]
    return AfterHandshake(
        certain=True,
        asked=_asked_in_clear(facts),
        client_data=[each for each in data if each.side == facts.client_side],
        server_data=[each for each in data if each.side != facts.client_side],
        server_sent_data=any(each.side != facts.client_side for each in data),
        # Before TLS 1.3 the server's Finished itself says that it has taken the client's flight.
        server_spoke=True,
        alert_like=None,
    )


def _asked_in_clear(facts: HandshakeFacts) -> bool | None:
    log = facts.log
    if log.requests:
        return True
    return None if any(log.lost) or any(log.mid_stream) else False


def _after_finished(facts: HandshakeFacts) -> AfterHandshake:
    """Where both Finished were decrypted, messages and data tell themselves apart.

    A server that asks again, in a renegotiation or after a TLS 1.3 handshake, judges behind the client's last Finished;
    the client has judged with its first one.
    """
    client = facts.client_side
    done = [moment(facts, said) for said in facts.said if said.kind == FINISHED and said.side == client]
    data = [each for each in facts.encrypted if each.kind == RECORD_APPLICATION_DATA]
    by_server = [each for each in data if each.side != client and moment(facts, each) > done[0]]
    server_data = [each for each in by_server if moment(facts, each) > done[-1]]
    words = any(
        said.side != client and said.kind not in ALERTS and moment(facts, said) > done[-1]
        for said in facts.said
    )
    return AfterHandshake(
        certain=True,
        asked=bool(facts.log.requests),
        client_data=[each for each in data if each.side == client and moment(facts, each) >= done[0]],
        server_data=server_data,
        server_sent_data=bool(by_server),
        server_spoke=not facts.tls13 or bool(server_data) or words,
        alert_like=None,
    )


def _after_flight_of_tls13(facts: HandshakeFacts) -> AfterHandshake | None:
    """What lengths and order tell of TLS 1.3 that was not decrypted."""
    extensions = () if facts.client_hello is None else facts.client_hello.extensions
    if facts.server_hello is None or ext.find(extensions, ext.EARLY_DATA) is not None:
        # Early data look like a flight.
        return None
    cipher, client = facts.server_hello.cipher_suite, facts.client_side
    hello = moment(facts, facts.log.server_hellos[-1])
    records = [each for each in facts.encrypted if moment(facts, each) >= hello]
    seen = [ProtectedRecord(each.side == client, each.length, each.frame & FRAME_MASK) for each in records]
    after = after_flight(seen, cipher)
    if after is None:
        return None
    return AfterHandshake(
        certain=False,
        asked=False if after.only_finished else None,
        client_data=[records[n] for n in after.client_data],
        server_data=[records[n] for n in after.server_data],
        server_sent_data=bool(after.server_data),
        server_spoke=bool(after.server_words),
        alert_like=None if after.server_alert is None else records[after.server_alert],
    )
