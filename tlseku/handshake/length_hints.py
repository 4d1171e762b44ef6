"""What a TLS 1.3 handshake shows from the outside: lengths and order of its encrypted records.

Knows the sizes of the messages that a client may send at the end (RFC 8446 section 4.4) and of an alert; must not know
secrets, nor call anything certain. Out come an outcome, where order allows one, and hints. Whoever pads records at will
(section 5.4) says nothing here, or something wrong: a hint is never more than likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlseku._build import mypyc_attr
from tlseku.flow import Hint

if TYPE_CHECKING:
    from mypy_extensions import i64

_AES_256_GCM_SHA384 = 0x1302
_AES_128_CCM_8_SHA256 = 0x1305
# Content type and tag (RFC 8446 section 5.2); CCM_8 has a tag of 8 bytes (RFC 6655 section 4).
_OVERHEAD = 1 + 16
_OVERHEAD_CCM_8 = 1 + 8
_ALERT = 2
# Header 4, certificate_request_context 1, certificate_list 3.
_EMPTY_CERTIFICATE = 8
_FINISHED_HEADER = 4
# Java appends 16 zeros to every record; the other libraries do not pad unless told to.
_PADDINGS = (0, 16)
# A Certificate message with the smallest certificate that anybody uses is longer.
_LEAST_CERTIFICATE = 200
# EndOfEarlyData, Certificate, CertificateVerify, Finished.
_FLIGHT_RECORDS = 4


@mypyc_attr(acyclic=True)
class ProtectedRecord:
    """An encrypted record after the ServerHello: its sender, its length in bytes and the frame that completes it."""

    __slots__ = ("frame", "from_client", "length")

    def __init__(self, from_client: bool, length: i64, frame: i64) -> None:
        self.from_client = from_client
        self.length: i64 = length
        self.frame: i64 = frame


class Outline(NamedTuple):
    """``outcome`` is None where the client's last flight has not come. ``basis`` says what it rests on."""

    outcome: Literal["completed", "unknown"] | None
    basis: str
    hints: tuple[Hint, ...]


def outline(
    records: Sequence[ProtectedRecord],
    cipher: int,
    *,
    may_hint_at_certificate: bool,
    closed_by: Literal["client", "server", "unknown"] | None,
) -> Outline:
    """Read the outline of a handshake from its encrypted records, in their order on the wire. Never raises.

    ``cipher`` is the suite agreed on. ``may_hint_at_certificate`` is False for a resumed session and for one with
    early data, whose flights look different. ``closed_by`` is who closed or reset first, None if nobody did.
    """
    start = next((index for index, each in enumerate(records) if not each.from_client), len(records))
    flight = next((index for index in range(start, len(records)) if records[index].from_client), None)
    if flight is None:
        return Outline(None, "", ())
    first = records[flight]
    after = [each for each in records[flight + 1 :] if not each.from_client]
    hints = []
    if may_hint_at_certificate:
        hints += _certificate_hint(first, cipher)
    # Nothing follows a fatal alert, so that a second record says as much as a long one.
    if len(after) > 1 or any(each.length not in _lengths(_ALERT, cipher) for each in after):
        basis = "inferred: the server sent data after the client's last flight"
        return Outline("completed", basis, tuple(hints))
    hints += _refusal_hint(records, flight, after, cipher, closed_by)
    return Outline("unknown", "TLS 1.3: what came after ServerHello is encrypted", tuple(hints))


def is_alert_length(length: int, cipher: int) -> bool:
    """Whether an encrypted record is as long as one with a single alert, padded or not."""
    return length in _lengths(_ALERT, cipher)


class AfterFlight(NamedTuple):
    """What follows the client's last flight, as indexes of records.

    ``only_finished`` says that the flight is as long as a Finished alone: no certificate was asked for.
    ``server_words`` are all records of the server that are longer than an alert; ``server_data`` those of them behind
    the client's data: a ticket looks like data, and only what comes after the client's data is taken for an answer to
    it. ``server_alert`` is the first one that is as long as an alert, where the client had sent none such before, else
    None.
    """

    only_finished: bool
    client_data: list[int]
    server_data: list[int]
    server_words: list[int]
    server_alert: int | None


def after_flight(records: Sequence[ProtectedRecord], cipher: int) -> AfterFlight | None:
    """What follows the client's last flight among the encrypted records after the ServerHello; None where that flight
    has not come."""
    flight = last_flight(records, cipher)
    if flight is None:
        return None
    first, end = flight
    alerts_of_client = alert_lengths(records, True, cipher)
    alerts_of_server = alert_lengths(records, False, cipher)
    client_data: list[int] = []
    server_data: list[int] = []
    server_words: list[int] = []
    server_alert: int | None = None
    said_goodbye = False
    # One pass, since every flow of TLS 1.3 comes through here.
    for index in range(first + 1, len(records)):
        record = records[index]
        if record.from_client:
            if index <= end:
                continue
            if record.length in alerts_of_client:
                said_goodbye = True
            else:
                client_data.append(index)
        elif record.length not in alerts_of_server:
            server_words.append(index)
            if client_data:
                server_data.append(index)
        elif server_alert is None and not said_goodbye:
            server_alert = index
    only_finished = first == end and records[first].length in finished_lengths(cipher)
    return AfterFlight(only_finished, client_data, server_data, server_words, server_alert)


def alert_lengths(records: Sequence[ProtectedRecord], from_client: bool, cipher: int) -> tuple[int, ...]:
    """How long a record with a single alert of one side may be.

    Its Finished, where it has a record of its own, tells whether the side pads its records. Where it tells nothing, a
    client is taken for one that does not: its request may be as short as a padded alert.
    """
    plain, padded = _lengths(_ALERT, cipher)
    finished, padded_finished = finished_lengths(cipher)
    shows_plain = shows_padded = False
    for each in records:
        if each.from_client == from_client:
            shows_plain = shows_plain or each.length == finished
            shows_padded = shows_padded or each.length == padded_finished
    if shows_padded and not shows_plain:
        return (padded,)
    return (plain,) if from_client or shows_plain else (plain, padded)


def finished_lengths(cipher: int) -> tuple[int, ...]:
    """How long an encrypted record with nothing but a Finished may be."""
    return _lengths(_finished(cipher), cipher)


def last_flight(records: Sequence[ProtectedRecord], cipher: int) -> tuple[int, int] | None:
    """Where the client's last flight begins and ends among encrypted records in their order on the wire; None where it
    has not come, or where the client answered the server's flight with a record as long as an alert."""
    start = next((index for index, each in enumerate(records) if not each.from_client), len(records))
    first = next((index for index in range(start, len(records)) if records[index].from_client), None)
    if first is None or is_alert_length(records[first].length, cipher):
        return None
    finished = finished_lengths(cipher)
    # Certificate, CertificateVerify and Finished come in a record each, or all in one.
    for index in range(first, min(first + _FLIGHT_RECORDS, len(records))):
        if not records[index].from_client:
            break
        if records[index].length in finished:
            return first, index
    return first, first


def _finished(cipher: int) -> int:
    return _FINISHED_HEADER + (48 if cipher == _AES_256_GCM_SHA384 else 32)


def _certificate_hint(first: ProtectedRecord, cipher: int) -> list[Hint]:
    finished = _finished(cipher)
    if first.length in _lengths(finished, cipher):
        said = "is as long as a Finished: the server seems to have asked for no certificate"
    elif first.length in _lengths(_EMPTY_CERTIFICATE, cipher) + _lengths(
        _EMPTY_CERTIFICATE + finished, cipher
    ):
        said = "is as long as an empty Certificate: asked for one, the client seems to have had none to show"
    elif first.length >= _LEAST_CERTIFICATE:
        said = "is long enough for a certificate: the client seems to have presented one"
    else:
        return []
    text = f"by its length ({first.length} bytes), the first record of the client's last flight {said}"
    return [Hint("client_certificate", text, (first.frame,))]


def _refusal_hint(
    records: Sequence[ProtectedRecord],
    flight: int,
    after: Sequence[ProtectedRecord],
    cipher: int,
    closed_by: str | None,
) -> list[Hint]:
    first = records[flight]
    alike = "so looks a refusal, and so does a goodbye"
    if after:
        closed = "" if closed_by is None else " and the connection was closed"
        text = f"after the client's last flight the server sent only one record as long as an alert{closed}: {alike}"
        return [Hint("refused", text, (first.frame, after[0].frame))]
    if first.length in _lengths(_ALERT, cipher):
        text = f"the client answered the server's flight with a record as long as an alert: {alike}"
        return [Hint("refused", text, (first.frame,))]
    if closed_by == "server":
        text = "after the client's last flight the server closed without a word, as some do that refuse"
        return [Hint("refused", text, (first.frame,))]
    return []


def _lengths(content: int, cipher: int) -> tuple[int, ...]:
    overhead = _OVERHEAD_CCM_8 if cipher == _AES_128_CCM_8_SHA256 else _OVERHEAD
    return tuple(content + overhead + padding for padding in _PADDINGS)
