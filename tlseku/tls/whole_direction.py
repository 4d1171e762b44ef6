"""All that one side of a TLS connection says, read at once where nothing is lost.

Knows records, handshake messages and alerts, as ``records``, ``handshake`` and ``stream`` do, whose plain cases these
are; must not know the other side. Out comes what was heard, in the order sent, or None where it takes a stream to read
it: broken records, messages without an end, alerts in pieces, a hello behind a ChangeCipherSpec. Tests hold it against
the streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku._mypyc import mypyc_attr
from tlseku.frames.arrivals import frame_at, time_at
from tlseku.tls.handshake import MAX_MESSAGE
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    HELLOS,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
)
from tlseku.tls.records import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT, MAX_RECORD
from tlseku.tls.stream_start import TLS, opens_as

if TYPE_CHECKING:
    from mypy_extensions import i64

# Records of application data that are told one by one; of later ones nobody asks.
MAX_TOLD: Final = 32
# Messages and records in all before it is left to streams, which have limits for floods.
MAX_HEARD: Final = 200


@mypyc_attr(acyclic=True)
class Heard:
    """A handshake message, alert, ChangeCipherSpec or record of ciphertext: ``frame`` by which all of it had come, the
    ``side`` that sent it, its ``kind``, the time ``ts_ns`` in nanoseconds; the ``body`` of a handshake message or clear
    alert, the ``length`` of a record of ciphertext. ``carried`` are the frames that carried it, None if that was
    ``frame`` alone."""

    __slots__ = ("body", "carried", "frame", "kind", "length", "side", "ts_ns")

    def __init__(
        self,
        frame: i64,
        side: i64,
        kind: i64,
        ts_ns: int,
        body: bytes,
        length: i64,
        carried: tuple[int, ...] | None,
    ) -> None:
        self.frame: i64 = frame
        self.side: i64 = side
        self.kind: i64 = kind
        self.ts_ns = ts_ns
        self.body = body
        self.length: i64 = length
        self.carried = carried

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames that carried it."""
        return (self.frame,) if self.carried is None else self.carried


# Handshake messages whose bodies somebody reads: hellos, Certificate, CertificateRequest.
_IS_READ: Final = bytes(
    [kind in (CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST) for kind in range(256)]
)


def read_direction(
    side: i64, pieces: list[bytes], arrivals: bytes, until: bytes, always_clear: bool = False
) -> list[Heard] | None:
    """What ``side`` says in ``pieces``, all its bytes in order. ``arrivals`` brought them; ``until`` are those by which
    each and all before it had come (``frames.arrivals``). ``always_clear`` says that TLS 1.3 was agreed, in which
    handshake records are never ciphertext."""
    if not pieces:
        return []
    if opens_as(pieces[0]) != TLS:
        return None
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    heard: list[Heard] = []
    piece: i64 = 0
    piece_end: i64 = len(pieces[0])
    size: i64 = len(data)
    at: i64 = 0
    high: i64 = 0
    low: i64 = 0
    highest: i64 = 0
    told: i64 = 0
    encrypted = False
    # A message that one record begins and another ends: its bytes so far and their frames.
    begun = b""
    begun_frames: list[int] = []
    while at + 5 <= size:
        content_type: i64 = data[at]
        if (
            content_type < CHANGE_CIPHER_SPEC
            or content_type > HEARTBEAT
            or data[at + 1] != 3
            or data[at + 2] > 4
        ):
            return None
        high = data[at + 3]
        low = data[at + 4]
        length: i64 = high << 8 | low
        if length > MAX_RECORD or length == 0:
            return None
        at += 5
        end: i64 = at + length
        if content_type == HANDSHAKE and (always_clear or not encrypted):
            if end > size:
                return None
            while at < end:
                # The piece that holds the first byte.
                while piece_end <= at:
                    piece += 1
                    piece_end += len(pieces[piece])
                if len(begun) == 0 and end - at >= 4:
                    highest = data[at + 1]
                    high = data[at + 2]
                    low = data[at + 3]
                    message_end: i64 = at + 4 + (highest << 16 | high << 8 | low)
                    if message_end <= end:
                        kind: i64 = data[at]
                        body = data[at + 4 : message_end] if _IS_READ[kind] else b""
                        first: i64 = piece
                        while piece_end < message_end:
                            piece += 1
                            piece_end += len(pieces[piece])
                        heard.append(_message(side, kind, body, first, piece, arrivals, until))
                        at = message_end
                        continue
                wanted: i64 = 4 - len(begun)
                if wanted <= 0:
                    wanted = 4 + (begun[1] << 16 | begun[2] << 8 | begun[3]) - len(begun)
                    if wanted > MAX_MESSAGE:
                        return None
                stop: i64 = min(at + wanted, end)
                _carry(begun_frames, frame_at(arrivals, piece))
                while piece_end < stop:
                    piece += 1
                    piece_end += len(pieces[piece])
                    _carry(begun_frames, frame_at(arrivals, piece))
                begun += data[at:stop]
                at = stop
                if len(begun) >= 4 and len(begun) == 4 + (begun[1] << 16 | begun[2] << 8 | begun[3]):
                    kind = begun[0]
                    body = begun[4:] if _IS_READ[kind] else b""
                    carried = tuple(begun_frames)
                    heard.append(
                        Heard(frame_at(until, piece), side, kind, time_at(until, piece), body, 0, carried)
                    )
                    begun = b""
                    begun_frames = []
        else:
            if end > size:
                if content_type == HANDSHAKE and (at == size or data[at] in HELLOS):
                    # In TLS 1.3 perhaps a second hello in clear, of which a stream tells as far as it came.
                    return None
                break
            while piece_end < end:
                piece += 1
                piece_end += len(pieces[piece])
            body = b""
            if content_type == APPLICATION_DATA:
                encrypted = True
                told += 1
                if told > MAX_TOLD:
                    at = end
                    continue
                kind = RECORD_APPLICATION_DATA
            elif content_type == CHANGE_CIPHER_SPEC:
                encrypted = True
                kind = RECORD_CHANGE_CIPHER_SPEC
                length = 0
            elif content_type == ALERT:
                if length == 2:
                    kind = RECORD_ALERT
                    body = data[at:end]
                    length = 0
                elif encrypted and length > 2:
                    told += 1
                    kind = RECORD_ENCRYPTED_ALERT
                else:
                    return None
            elif content_type == HANDSHAKE:
                if length >= 38 and (data[at] in HELLOS) and data[at + 4] == 3 and data[at + 5] == 3:
                    # Perhaps a second hello in clear.
                    return None
                told += 1
                if told > MAX_TOLD:
                    return None
                kind = RECORD_ENCRYPTED_HANDSHAKE
            else:
                at = end
                continue
            heard.append(Heard(frame_at(until, piece), side, kind, time_at(until, piece), body, length, None))
        at = end
    return None if len(begun) > 0 or len(heard) > MAX_HEARD else heard


def _message(
    side: i64, kind: i64, body: bytes, first: i64, last: i64, arrivals: bytes, until: bytes
) -> Heard:
    """A handshake message that the pieces from ``first`` to ``last`` carried."""
    frame: i64 = frame_at(until, last)
    carried: tuple[int, ...] | None = None
    if first < last or frame_at(arrivals, last) != frame:
        frames: list[int] = []
        piece: i64 = first
        while piece <= last:
            frames.append(frame_at(arrivals, piece))
            piece += 1
        carried = tuple(frames)
    return Heard(frame, side, kind, time_at(until, last), body, 0, carried)


def _carry(frames: list[int], frame: int) -> None:
    if not frames or frames[-1] != frame:
        frames.append(frame)
