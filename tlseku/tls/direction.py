"""All that one side of a TLS connection says, read at once where nothing is lost.

Knows records, handshake messages and alerts, as ``records``, ``handshake`` and ``stream`` do, whose plain cases these
are; must not know the other side. Out comes what was heard, in the order sent, or None where it takes a stream to read
it: broken records, messages without an end, alerts in pieces, a hello behind a ChangeCipherSpec. Tests hold it against
the streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from tlseku.tls.handshake import MAX_MESSAGE
from tlseku.tls.opening import TLS, opens_as
from tlseku.tls.records import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT, MAX_RECORD

if TYPE_CHECKING:
    from mypy_extensions import i64

# What is heard besides handshake messages, whose kind is their HandshakeType.
HEARD_CHANGE_CIPHER_SPEC: Final = -20
HEARD_ALERT: Final = -21
HEARD_ENCRYPTED_HANDSHAKE: Final = -22
HEARD_APPLICATION_DATA: Final = -23
HEARD_ENCRYPTED_ALERT: Final = -24

# Records of application data that are told one by one; of later ones nobody asks.
MAX_TOLD: Final = 32
# Messages and records in all before it is left to streams, which have limits for floods.
MAX_HEARD: Final = 200

Heard = tuple[int, int, int, tuple[int, ...], int, bytes, int]
"""``(frame, side, kind, frames, ts_ns, body, length)``: the frame by which all of it had come, the sender, the kind,
the frames that carried it, the time in nanoseconds; the body of a handshake message or clear alert, the length of a
record of ciphertext."""

# Handshake messages whose bodies somebody reads: hellos, Certificate, CertificateRequest.
_IS_READ: Final = bytes([kind in (1, 2, 11, 13) for kind in range(256)])


def read_direction(
    side: int,
    pieces: list[bytes],
    frames: list[int],
    latest: list[int],
    times: list[int],
    always_clear: bool = False,
) -> list[Heard] | None:
    """What ``side`` says in ``pieces``, all its bytes in order. ``frames`` brought them; ``latest`` and ``times`` are
    frame and time by which each and all before it had come. ``always_clear`` says that TLS 1.3 was agreed, in which
    handshake records are never ciphertext."""
    if not pieces:
        return []
    if opens_as(pieces[0]) != TLS:
        return None
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    # Numbers that are only handed on: as integers they would be unpacked and made anew where this is compiled.
    brought = cast("list[object]", frames)
    until = cast("list[object]", latest)
    moments = cast("list[object]", times)
    heard: list[object] = []
    # The frame of a piece as a tuple, for all that comes in it.
    alone: object = ()
    alone_in: i64 = -1
    # The same of the frame by which it had come.
    by: object = ()
    alone_by: i64 = -1
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
                if not begun and end - at >= 4:
                    highest = data[at + 1]
                    high = data[at + 2]
                    low = data[at + 3]
                    message_end: i64 = at + 4 + (highest << 16 | high << 8 | low)
                    if message_end <= end:
                        kind: i64 = data[at]
                        body = data[at + 4 : message_end] if _IS_READ[kind] else b""
                        if message_end <= piece_end:
                            if piece != alone_in:
                                alone = (brought[piece],)
                                alone_in = piece
                            heard.append((until[piece], side, kind, alone, moments[piece], body, 0))
                        else:
                            carried = [frames[piece]]
                            while piece_end < message_end:
                                piece += 1
                                piece_end += len(pieces[piece])
                                if frames[piece] != carried[-1]:
                                    carried.append(frames[piece])
                            heard.append((until[piece], side, kind, tuple(carried), moments[piece], body, 0))
                        at = message_end
                        continue
                wanted: i64 = 4 - len(begun)
                if wanted <= 0:
                    wanted = 4 + (begun[1] << 16 | begun[2] << 8 | begun[3]) - len(begun)
                    if wanted > MAX_MESSAGE:
                        return None
                stop: i64 = min(at + wanted, end)
                if not begun_frames or begun_frames[-1] != frames[piece]:
                    begun_frames.append(frames[piece])
                while piece_end < stop:
                    piece += 1
                    piece_end += len(pieces[piece])
                    if frames[piece] != begun_frames[-1]:
                        begun_frames.append(frames[piece])
                begun += data[at:stop]
                at = stop
                if len(begun) >= 4 and len(begun) == 4 + (begun[1] << 16 | begun[2] << 8 | begun[3]):
                    body = begun[4:] if _IS_READ[begun[0]] else b""
                    heard.append((until[piece], side, begun[0], tuple(begun_frames), moments[piece], body, 0))
                    begun = b""
                    begun_frames = []
        else:
            if end > size:
                if content_type == HANDSHAKE and (at == size or data[at] == 1 or data[at] == 2):
                    # In TLS 1.3 perhaps a second hello in clear, of which a stream tells as far as it came.
                    return None
                break
            while piece_end < end:
                piece += 1
                piece_end += len(pieces[piece])
            frame = until[piece]
            if piece != alone_by:
                by = (frame,)
                alone_by = piece
            if content_type == APPLICATION_DATA:
                encrypted = True
                told += 1
                if told <= MAX_TOLD:
                    heard.append((frame, side, HEARD_APPLICATION_DATA, by, moments[piece], b"", length))
            elif content_type == CHANGE_CIPHER_SPEC:
                encrypted = True
                heard.append((frame, side, HEARD_CHANGE_CIPHER_SPEC, by, moments[piece], b"", 0))
            elif content_type == ALERT:
                if length == 2:
                    heard.append((frame, side, HEARD_ALERT, by, moments[piece], data[at:end], 0))
                elif encrypted and length > 2:
                    told += 1
                    heard.append((frame, side, HEARD_ENCRYPTED_ALERT, by, moments[piece], b"", length))
                else:
                    return None
            elif content_type == HANDSHAKE:
                if (
                    length >= 38
                    and (data[at] == 1 or data[at] == 2)
                    and data[at + 4] == 3
                    and data[at + 5] == 3
                ):
                    # Perhaps a second hello in clear.
                    return None
                told += 1
                if told > MAX_TOLD:
                    return None
                heard.append((frame, side, HEARD_ENCRYPTED_HANDSHAKE, by, moments[piece], b"", length))
        at = end
    return None if begun or len(heard) > MAX_HEARD else cast("list[Heard]", heard)
