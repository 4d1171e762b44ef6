"""What a TLS 1.3 handshake shows from the outside: lengths and order of its encrypted records.

Knows the sizes of the messages that a client may send at the end (RFC 8446 section 4.4) and of an alert; must not know
secrets, nor call anything certain. Out come an outcome, where order allows one, and hints. Whoever pads records at will
(section 5.4) says nothing here, or something wrong: a hint is never more than likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlseku.flow import Hint

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


class ProtectedRecord(NamedTuple):
    """An encrypted record after the ServerHello: its sender, its length in bytes and the frame that completes it."""

    from_client: bool
    length: int
    frame: int


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


def _certificate_hint(first: ProtectedRecord, cipher: int) -> list[Hint]:
    finished = _FINISHED_HEADER + (48 if cipher == _AES_256_GCM_SHA384 else 32)
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
