"""One TCP connection: two sides, who listens, and how far it has come.

Knows the state that outlives segments; must not know the table of connections. The streams of a connection are made
when somebody needs them: one that was read as a whole (``recorder``) mostly ends without. A flood makes many of these:
what few of them need is made late, and what is equal in most is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tlseku.network.decode.segment import reversed_key
from tlseku.network.tcp.compressor import LONGEST_DICTIONARY, Compressor
from tlseku.network.tcp.out_of_order import QueuedBytes
from tlseku.network.tcp.recording import Recording
from tlseku.network.tcp.stream import Listener, Stream

if TYPE_CHECKING:
    from mypy_extensions import i64

# The dispositions of a connection: what the fast path does with its packets.
TO_TABLE: Final = 0  # each is taken by the table of connections
OPENING: Final = 1  # recorded; only the handshake of TCP was seen so far
RECORDED: Final = 2  # appended to the recording, but for SYN, FIN and RST
WATCHED: Final = 3  # nobody wants the bytes, but for segments that begin with an alert or a handshake record
IGNORED: Final = 4  # nobody wants the bytes any more


# What a connection takes in bytes, as measured: itself with what is recorded of a SYN and its place in the table; the
# streams of both sides, and what they and their listener are made of.
CONNECTION_COST: Final = 1_050
STREAMS_COST: Final = 1_650

_NONE_SEEN: Final = (False, False)


class ConnectionListener(Listener, Protocol):
    """Takes a connection's bytes, and is told how it ends."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The connection is over: ``fin``, ``rst`` (``side`` sent it), ``reused``, ``idle``, ``evicted`` or
        ``capture`` (the capture ends); ``side`` is -1 where none applies."""

    def held(self) -> int:
        """How many bytes are kept of what the connection carried."""

    def pack(self, compressor: Compressor) -> int:
        """Keep it in less room, until it is asked for; how many bytes less are kept."""


class Connection:
    """One TCP connection. ``key`` is that of its first segment, whose sender is side 0.

    ``reverse`` is the key of the other direction, ``syn_side`` the side that opened it (-1 unknown),
    ``first_frame`` and ``first_ts`` when it was first seen, ``last_ts`` when last; ``payload_seen`` has a flag a
    side. ``closed_by`` is the side whose FIN or RST came first (-1: none came), at ``closed_ts`` in
    ``closed_frame``; ``closed_by_rst`` says that it was an RST. ``disposition`` says what the fast path does with
    its packets, ``touched`` is the index of the last one in the batch that it ignored, -1 if it ignored none.
    ``number`` is what the reader of its recording gave it, ``older`` and ``newer`` are its neighbours in an
    ``AgeList``. ``tcp_stream`` is Wireshark's number of it (-1 where nobody counts), for which ``base_seq`` and
    ``other_base_seq`` keep where the sequence numbers of both sides begin (``stream_numbers``; -1: not known).
    """

    __slots__ = (
        "_queued",
        "_read",
        "_streams",
        "base_seq",
        "closed_by",
        "closed_by_rst",
        "closed_frame",
        "closed_ts",
        "disposition",
        "ended",
        "first_frame",
        "first_ts",
        "key",
        "last_frame",
        "last_ts",
        "listener",
        "muted",
        "newer",
        "number",
        "older",
        "other_base_seq",
        "payload_seen",
        "recording",
        "reset_by",
        "reverse",
        "syn_side",
        "tcp_stream",
        "touched",
        "watched",
    )

    def __init__(self, key: bytes, frame: int, ts_ns: int, queued: QueuedBytes | None = None) -> None:
        self.key = key
        self.reverse = reversed_key(key)
        self.first_frame = self.last_frame = frame
        self.first_ts = self.last_ts = ts_ns
        self.listener: ConnectionListener | None = None
        self.recording: Recording | None = None
        self.number = 0
        self.tcp_stream: i64 = -1
        self.base_seq: i64 = -1
        self.other_base_seq: i64 = -1
        self.disposition: i64 = TO_TABLE
        self.touched: i64 = -1
        self.older: Connection | None = None
        self.newer: Connection | None = None
        self._queued = queued
        self._streams: tuple[Stream, Stream] | None = None
        # What was recorded, once it was read: where streams that are made later go on.
        self._read: Recording | None = None
        self.syn_side = -1
        self.reset_by = -1
        self.closed_by = -1
        self.closed_ts = ts_ns
        self.closed_frame = frame
        self.closed_by_rst = False
        self.ended = False
        self.muted = False
        self.watched = False
        self.payload_seen: tuple[bool, bool] = _NONE_SEEN

    @property
    def streams(self) -> tuple[Stream, Stream]:
        """The streams of both sides, made when they are first needed."""
        streams = self._streams
        if streams is None:
            streams = self._streams = self._make_streams()
        return streams

    def _make_streams(self) -> tuple[Stream, Stream]:
        queued = QueuedBytes() if self._queued is None else self._queued
        streams = Stream(0, None, queued), Stream(1, None, queued)
        read = self._read
        if read is None:
            return streams
        # They go on where the recording ended, as if they had taken all of it.
        for stream in streams:
            first = read.first_of(stream.side)
            if first >= 0:
                size, end = read.size_of(stream.side), read.end_of(stream.side)
                stream.resume(first, size, end, read.begun_by_syn(stream.side))
            if self.muted:
                stream.mute(self.listener if self.watched else None)
                # What the reader gave no number, it did not read.
                if not self.number:
                    # Given up with its first bytes, of which nothing was acknowledged yet.
                    stream.acknowledged = 0
        return streams

    def ends_at(self, side: int) -> int:
        """The position where FIN put the end of a side, -1 if none did."""
        if self._streams is None:
            return -1 if self._read is None else self._read.end_of(side)
        return self._streams[side].end

    def begun_by_syn(self, side: int) -> bool:
        """Whether a SYN or its answer told where the bytes of a side begin."""
        if self._streams is None:
            return self._read is not None and self._read.begun_by_syn(side)
        return self._streams[side].started_by_syn

    def base_seq_of(self, side: int) -> int:
        """``base_seq`` of a side, or what its recording tells where nothing else did."""
        base = self.other_base_seq if side else self.base_seq
        recording = self._read if self.recording is None else self.recording
        if base >= 0 or recording is None:
            return base
        first = recording.first_of(side)
        return -1 if first < 0 else (first - 1) & 0xFFFFFFFF

    @property
    def complete(self) -> bool:
        """Whether everything of both sides up to their announced ends was handed on."""
        if self._streams is None:
            read = self._read
            return read is not None and read.has_both_ends
        return self._streams[0].complete and self._streams[1].complete

    @property
    def has_streams(self) -> bool:
        """Whether streams were made."""
        return self._streams is not None

    @property
    def has_no_payload(self) -> bool:
        """Whether nothing but openings was seen of it so far."""
        if self.recording is not None:
            return self.disposition == OPENING
        return self.payload_seen == _NONE_SEEN

    def cost(self) -> int:
        """About what it takes in bytes, with all that is kept for it, but for what waits behind holes."""
        cost = CONNECTION_COST
        if self._streams is not None:
            cost += STREAMS_COST
            for stream in self._streams:
                cost += stream.history_size
        if self.recording is not None:
            cost += self.recording.cost()
        if self.listener is not None:
            cost += self.listener.held()
        return cost

    def forget_history(self) -> int:
        """Compare no retransmission with what came until now; how many bytes were kept for that."""
        if self._streams is None:
            return 0
        return self._streams[0].forget_history() + self._streams[1].forget_history()

    def pack(self, compressor: Compressor) -> int:
        """Keep what was recorded, or what the listener keeps, in less room; how many bytes less it takes."""
        if self.recording is not None:
            return self.recording.pack(compressor)
        return 0 if self.listener is None else self.listener.pack(compressor)

    def saw_payload(self, side: int) -> None:
        """A side has sent payload."""
        of_one, of_other = self.payload_seen
        if side:
            if not of_other:
                self.payload_seen = of_one, True
        elif not of_one:
            self.payload_seen = True, of_other

    def was_left(self, recording: Recording) -> None:
        """Nothing but openings was seen: there is nothing to read."""
        self._read = recording
        self.recording = None
        recording.drop_packets()

    def not_read(self, recording: Recording) -> None:
        """It could not be read after all."""
        self._read = None
        self.payload_seen = _NONE_SEEN
        self.recording = recording

    def was_read(self, recording: Recording) -> None:
        """Everything up to here was read from the recording."""
        self._read = recording
        self.payload_seen = recording.size > 0, recording.other_size > 0
        self.recording = None

    def was_given_up(self, recording: Recording) -> None:
        """Its first bytes were enough to know that nobody wants any of it."""
        self.was_read(recording)
        recording.drop_packets()
        # TLS may begin in it yet: whoever takes its segments then gets a listener.
        self.muted = self.watched = True
        self.disposition = WATCHED

    def mute(self, watch: bool) -> None:
        """Nobody needs the bytes any more, only the end; with ``watch`` the listener still takes segments that begin
        with an alert or a handshake record, as ``late``."""
        self.muted = True
        self.watched = watch
        if self._streams is not None or self._read is None:
            for stream in self.streams:
                stream.mute(self.listener if watch else None)

    def ignore(self) -> None:
        """Enough was handed on: the fast path need not show the packets any more, but for SYN, FIN and RST."""
        self.mute(watch=False)
        self.settle()

    def watch(self) -> None:
        """The same, but for alerts and handshake records as well."""
        self.mute(watch=True)
        self.settle()

    def follow_again(self, listener: ConnectionListener, reads_on: bool) -> None:
        """Hand all that comes from now on to ``listener``, in order; with ``reads_on`` from behind what was
        acknowledged, since not every segment was handed in before."""
        self.listener = listener
        self.muted = self.watched = False
        self.disposition = TO_TABLE
        for stream in self.streams:
            stream.follow_again(listener, reads_on)

    def settle(self) -> None:
        """Let the fast path know whether this was muted to be ignored or to be watched."""
        # One that is over stays with the table, which tells whether what still comes begins another one.
        if not self.ended:
            self.disposition = WATCHED if self.watched else IGNORED

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


def pack_oldest(connections: list[Connection], compressor: Compressor, total: int, enough: int) -> int:
    """Pack what connections said, in their order, until ``total`` bytes have become ``enough``; how many they are then.
    The first time the compressor learns from them what they say alike."""
    if not compressor.has_learned:
        compressor.learn(_said_by(connections))
    for connection in connections:
        if total <= enough:
            break
        total -= connection.pack(compressor)
    return total


def _said_by(connections: list[Connection]) -> bytes:
    """What some of them said, as far as it is recorded: enough to learn from."""
    said = b""
    for connection in connections:
        if connection.recording is not None:
            said += b"".join(connection.recording.payloads)
            if len(said) >= LONGEST_DICTIONARY:
                break
    return said
