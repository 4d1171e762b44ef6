"""Which packets of a connection belong to its handshake.

Knows flows and TCP's flags; must not know how a packet was found. A flow becomes a stretch of its connection, from its
first packet to the end of the first handshake, and single frames behind it: alerts, later handshakes, and the packets
that open and close. What stands between those, the application data, stays behind.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.flow import Flow
from tlseku.network.decode.segment import FIN, RST, SYN, key_of
from tlseku.registry.addresses import is_link_address
from tlseku.registry.protocol_versions import is_tls13

HIDDEN_RUN = 32
"""Packets kept behind the last message that can be told, where TLS 1.3 hides the others. A client's chain of 40 KB
takes about that many, and whoever has the secrets later finds the handshake whole."""


class Stretch(NamedTuple):
    """The packets of one flow: from ``start_ns`` to frame ``last``, then ``frames``, what opens or closes to
    ``end_ns``, and the packet at that very time.

    With ``whole`` it is all of them to ``end_ns``; ``run`` packets follow ``last`` in any case. The first packet is the
    first one at or after ``start_ns``: what follows belongs to it even where clocks jump back.
    """

    flow: int
    key: bytes
    start_ns: int
    end_ns: int
    last: int
    frames: frozenset[int]
    run: int
    whole: bool

    def holds(self, frame: int, ts_ns: int, flags: int) -> bool:
        """Whether a packet of the connection, which has begun, belongs here; the run is left to the caller."""
        if frame <= self.last or frame in self.frames or ts_ns == self.end_ns:
            return True
        return ts_ns < self.end_ns and (self.whole or bool(flags & (FIN | RST | SYN)))


def stretch_of(flow: Flow, *, whole: bool = False) -> Stretch:
    """The packets of a flow's handshake; of its whole connection with ``whole``."""
    frames = {frame for message in flow.messages for frame in (*message.frames, message.frame)}
    frames.update(frame for presented in flow.presented for frame in (*presented.frames, presented.frame))
    frames.update(request.frame for request in flow.requests)
    frames.update(alert.frame for alert in flow.alerts)
    frames.update(frame for hint in flow.hints for frame in hint.frames)
    if flow.outer is not None:
        # How the carrier ended, and where it repeated itself, belong to the story.
        told = (flow.outer.answer_frame, flow.outer.repeated)
        frames.update(frame for frame in told if frame is not None)
    hides = is_tls13(flow.version or 0) and not any(message.decrypted for message in flow.messages)
    return Stretch(
        flow.number,
        _key(flow),
        flow.start,
        flow.end,
        _end_of_handshake(flow, max(frames, default=0)),
        frozenset(frames),
        HIDDEN_RUN if hides else 0,
        whole,
    )


def _key(flow: Flow) -> bytes:
    """The key of what the client sends; of a link its addresses and no ports."""
    ends = (flow.client.ip, flow.server.ip)
    if flow.transport is None and all(map(is_link_address, ends)):
        return b"".join(bytes.fromhex(each.replace(":", "")) for each in ends) + bytes(4)
    return key_of(flow.client, flow.server)


def _end_of_handshake(flow: Flow, otherwise: int) -> int:
    """The frame in which each side that did had begun with application data, or the last message before an alert."""
    begun = [message.frame for message in flow.messages if message.kind == "application_data"]
    if begun:
        return max(begun)
    said = [message.frame for message in flow.messages if message.kind != "alert"]
    return max(said, default=otherwise)
