"""One TCP connection: two sides, who listens, and how far it has come.

Knows the state that outlives segments; must not know the table of connections. The streams of a connection are made
when somebody needs them: one that was read as a whole (``recorder``) mostly ends without."""

from __future__ import annotations

from typing import Protocol

from tlseku.network.recording import Assembled, Recording
from tlseku.network.stream import Listener, Stream
from tlseku.network.waiting import Held


class ConnectionListener(Listener, Protocol):
    """Takes a connection's bytes, and is told how it ends."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over: ``fin``, ``rst`` (``side`` sent it), ``reused``, ``idle``, ``evicted`` or
        ``capture`` (the capture ends); ``side`` is -1 where none applies."""


class Connection:
    """One TCP connection. ``key`` is that of its first segment, whose sender is side 0.

    ``syn_side`` is the side that opened it (-1 unknown), ``first_frame`` and ``first_ts`` when it was first seen,
    ``last_ts`` when last; ``payload_seen`` has a flag a side. ``closed_by`` is the side whose FIN or RST came first
    (-1: none came), at ``closed_ts``.
    """

    __slots__ = (
        "_held",
        "_read",
        "_streams",
        "closed_by",
        "closed_ts",
        "ended",
        "first_frame",
        "first_ts",
        "key",
        "last_frame",
        "last_ts",
        "listener",
        "muted",
        "number",
        "payload_seen",
        "recording",
        "reset_by",
        "syn_side",
        "watched",
    )

    def __init__(self, key: bytes, frame: int, ts_ns: int, held: Held | None = None) -> None:
        self.key = key
        self.first_frame = self.last_frame = frame
        self.first_ts = self.last_ts = ts_ns
        self.listener: ConnectionListener | None = None
        self.recording: Recording | None = None
        # The number that a whole reader gave it.
        self.number = 0
        self._held = held
        self._streams: tuple[Stream, Stream] | None = None
        # What a whole reader has read of each side: first sequence number, size, end, begun by a SYN.
        self._read: tuple[tuple[int, int, int, bool], ...] = ()
        self.syn_side = -1
        self.reset_by = -1
        self.closed_by = -1
        self.closed_ts = ts_ns
        self.ended = False
        self.muted = False
        self.watched = False
        self.payload_seen = [False, False]

    @property
    def streams(self) -> tuple[Stream, Stream]:
        """The streams of both sides, made when they are first needed."""
        streams = self._streams
        if streams is None:
            held = Held() if self._held is None else self._held
            streams = self._streams = Stream(0, None, held), Stream(1, None, held)
            for stream, (first, size, end, by_syn) in zip(streams, self._read, strict=False):
                if first >= 0:
                    stream.resume(first, size, end, by_syn)
                if self.muted:
                    stream.mute(self.listener if self.watched else None)
        return streams

    def ends_at(self, side: int) -> int:
        """The position where FIN put the end of a side, -1 if none did."""
        if self._streams is None:
            return self._read[side][2] if self._read else -1
        return self._streams[side].end

    def begun_by_syn(self, side: int) -> bool:
        """Whether a SYN or its answer told where the bytes of a side begin."""
        if self._streams is None:
            return self._read[side][3] if self._read else False
        return self._streams[side].started_by_syn

    @property
    def complete(self) -> bool:
        """Whether everything of both sides up to their announced ends was handed on."""
        if self._streams is None:
            return all(end >= 0 for _, _, end, _ in self._read) and len(self._read) == 2
        return self._streams[0].complete and self._streams[1].complete

    @property
    def has_streams(self) -> bool:
        """Whether streams were made."""
        return self._streams is not None

    def was_left(self, recording: Recording) -> None:
        """Nothing but openings was seen: there is nothing to read."""
        self._read = tuple([(first, 0, -1, first >= 0 and recording.by_syn) for first in recording.firsts])
        self.recording = None

    def not_read(self, recording: Recording) -> None:
        """A whole reader could not read it after all."""
        self._read = ()
        self.payload_seen = [False, False]
        self.recording = recording

    def was_read(self, one: Assembled, other: Assembled, by_syn: tuple[bool, bool]) -> None:
        """A whole reader has read everything up to here."""
        self._read = (
            (one.first, one.size, one.end, by_syn[0]),
            (other.first, other.size, other.end, by_syn[1]),
        )
        self.payload_seen = [one.size > 0, other.size > 0]
        self.recording = None

    def mute(self, watch: bool) -> None:
        """Nobody needs the bytes any more, only the end; with ``watch`` the listener still takes segments that begin
        with an alert or a handshake record, as ``late``."""
        self.muted = True
        self.watched = watch
        if self._streams is not None or not self._read:
            for stream in self.streams:
                stream.mute(self.listener if watch else None)

    def listen(self, listener: ConnectionListener | None) -> None:
        """Send the bytes of both sides to ``listener``; None drops whatever is kept for one."""
        self.listener = listener
        if listener is None and self._streams is None:
            return
        for stream in self.streams:
            if listener is None:
                stream.forget()
            else:
                stream.listener = listener
