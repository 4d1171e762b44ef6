"""The engine: packets or ordered bytes in, flows and events out.

The only place that holds the state of all flows. Joins ``network`` (frames to ordered bytes) with ``message_log``
(ordered bytes to what was said), ``flow_builder`` (what was said to a flow) and the judge. It takes bytes and returns
events; it never opens, reads, prints, sleeps or looks at a clock: time is that of the packets, and what ``advance`` is
told. Users see ``tlseku.Analyzer`` before it; ``tlseku.scanning`` gives it whole batches of a capture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from librt.vecs import vec
from mypy_extensions import i64

from tlseku.capture.batch import Batch, Clock
from tlseku.carriers.carrier import READ, MessageSession, TlsSession
from tlseku.carriers.dispatch import Carriers
from tlseku.carriers.outer import Carrier
from tlseku.decryption import KeyLogReader, KeyLogWarning, SecretStore
from tlseku.decryption.opening import Opening
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event, FlowEnded
from tlseku.flow import Flow, Summary
from tlseku.frames.reference import FRAME_BITS
from tlseku.handshake.carried_messages import CarriedMessages
from tlseku.handshake.carried_session import CarriedSession
from tlseku.handshake.conclusions import Conclusions
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.flow_builder import build_flow
from tlseku.handshake.message_log import MessageLog
from tlseku.handshake.recorded_connection import RecordedConnectionReader
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.tls_detection import TlsDetection
from tlseku.handshake.vantage import Vantage, VantageFinder, with_vantage
from tlseku.network.decode.common_frame import decode_common_frame
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.link import ETHERNET, UPPER_PDU
from tlseku.network.decode.segment import FRAGMENT, PAYLOAD_CUT, Datagram, Segment
from tlseku.network.decode.skip_reasons import skipped_in_words
from tlseku.network.tcp.byte_streams import ByteStreams
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.connection_table import REMOVES_ABOVE, room_of
from tlseku.network.tcp.dispatch import Connections, ConnectionWatcher
from tlseku.network.tcp.fast_path import take_common_frames
from tlseku.network.tcp.out_of_order_budget import MAX_HELD_BYTES
from tlseku.network.tcp.packet_header import RecordHeader
from tlseku.network.tcp.recorder import GIVES_UP_ABOVE
from tlseku.network.tcp.stream_numbers import StreamNumbers

if TYPE_CHECKING:
    from tlseku.decryption.record_decryptor import Contents

_NO_BATCH = Batch(b"", vec[i64](), 1, ETHERNET, Clock("<"))


class Load(NamedTuple):
    """How much there is of what is limited.

    The connections of the table take ``bytes`` at most, and ``open`` of them are not over. No more than ``recorded``
    bytes were recorded at any time since ``watch`` or ``take_no_new``; ``held`` are those behind holes. Whether any IP
    ``fragments`` wait for others, and whether there was anything for ``carriers``. ``is_orderly`` says that no time of
    a packet was anywhere near to be doubted.
    """

    bytes: int
    open: int
    recorded: int
    held: int
    fragments: bool
    carriers: bool
    is_orderly: bool


LIMITS = Load(REMOVES_ABOVE, 0, GIVES_UP_ABOVE, MAX_HELD_BYTES, False, False, True)
"""From where on something is given up."""

# How closely the bytes that are recorded are measured: counting many costs more.
_MEASURES_AT = 3 << 20
_MEASURES_FEW_AT = 1 << 18

MAX_REMEMBERED = 20_000
"""Flows without a secret whose client random is remembered, to tell of a secret that came too late."""


# What the place of an ending counts from: the frame, and within it what comes first.
_OF_TIME_WAIT = 0
_OF_SWEEP = 1
_OF_PACKET = 2
_PLACES = 4
AT_THE_END = 1 << 62


class RangeNotes(ConnectionWatcher, Protocol):
    """Takes note of what there is in a part of a capture, so that it can be joined with what is found in others."""

    def streamed(self, connection: Connection, place: int) -> None:
        """A connection got the next number of Wireshark's."""

    def numbered(self, connection: Connection, place: int) -> None:
        """A connection got the next number. ``place`` grows in the order of numbers; among those with an equal one they
        follow the order in which the connections began."""

    def cut(self, connection: Connection, segments: int) -> None:
        """So many segments of a connection in which no TLS was found were cut short."""

    def ended(self, connection: Connection, number: int, place: int) -> None:
        """A flow is over. ``place`` grows in the order in which flows end; those with an equal one end in the order in
        which they began."""


def _nothing_to_do() -> None:
    """TLS 1.3 was agreed, of which no reader need be told."""


def checked_limit(name: str, limit: int | None) -> int | None:
    """The limit. Raises ValueError for one below 1."""
    if limit is not None and limit < 1:
        raise ValueError(f"{name} is at least 1, not {limit}")
    return limit


class Engine:
    """Takes frames, batches of them, or bytes already in order, and returns events.

    ``judge`` says what is presented and asked, ``vantage`` gives directions, and ``finder`` is told of every
    connection and flow. ``files`` are the names of the capture's files, flows count from ``first_number``.
    ``only_ends`` leaves out every event but ``FlowEnded``. With ``keep_flows`` flows that end are not told as events:
    ``take_ended`` has them. ``conclusions`` are those of the captures before. ``max_bytes`` and
    ``max_connections`` are as for ``Analyzer``.
    """

    def __init__(
        self,
        judge: Judge,
        vantage: Vantage,
        finder: VantageFinder,
        *,
        files: tuple[str, ...] = ("",),
        first_number: int = 1,
        only_ends: bool = False,
        keep_flows: bool = False,
        conclusions: Conclusions | None = None,
        max_bytes: int | None = None,
        max_connections: int | None = None,
    ) -> None:
        self.judge = judge
        self._vantage = vantage
        self._finder = finder
        self._files = files
        self._first_number = first_number
        self._only_ends = only_ends
        self._keep_flows = keep_flows
        self._conclusions = Conclusions(judge) if conclusions is None else conclusions
        self._notes: RangeNotes | None = None
        self._place = -1
        self._secrets: SecretStore | None = None
        self._pending = PendingBudget()
        self._revision = 0
        self._shut: set[bytes] = set()
        self._with_secrets = 0
        self._decoder = Decoder()
        self._carriers = Carriers(self, self._decoder)
        self._stream_numbers = StreamNumbers()
        self._datagrams = 0
        # Frames of several files have no common order, and events before the end cannot wait for it.
        recorded = RecordedConnectionReader(self._number_of_recorded, self._recorded_ended)
        self._connections = Connections(
            self._new_listener,
            recorded if only_ends and len(files) == 1 else None,
            finder.connection,
            # Wireshark reads one file at a time.
            self._stream_numbers if len(files) == 1 else None,
            room_of(max_bytes),
        )
        self._byte_streams = ByteStreams(self._new_listener, finder.connection, max_connections)
        # One object each for all listeners, which would else have theirs.
        self._makes_log = self._new_log
        self._on_notice = self._notice
        self._on_cut = self._payload_cut
        self._other_listener = self._carriers.listener
        self._clock_read: Clock | None = None
        self._events: list[Event] = []
        self._over: list[Flow] = []
        self._batch = _NO_BATCH
        self._first = 0
        self._flows = 0
        self._packets = 0
        self._bytes = 0
        self._frame = 0
        self._ts_ns = 0
        self._skipped: dict[int, int] = {}

    def feed(
        self, ts_ns: int, linktype: int, frame: bytes, original_length: int | None = None
    ) -> list[Event]:
        """One captured frame, as ``Analyzer.feed`` has it."""
        missing = 0 if original_length is None else max(0, original_length - len(frame))
        if linktype == UPPER_PDU:
            self._connections.count_no_streams()
        self._frame += 1
        self._bytes += len(frame)
        self._packet(self._frame, ts_ns, linktype, frame, 0, len(frame), missing)
        return self._take_events()

    def feed_batch(self, batch: Batch) -> list[Event]:
        """Take a batch of packets of a capture and return what they brought about.

        ``files`` must hold the name for the batch's file index.
        """
        starts = batch.starts
        if len(starts) == 0:
            return self._take_events()
        first = (batch.file << FRAME_BITS) + batch.first_number
        self._batch, self._first = batch, first
        connections = self._connections
        self._record(batch.clock)
        connections.last_packets.moment_of = self._moment_of
        # When others end is told by batches, not by packets: so it does not depend on what else there is in a capture.
        self._time_has_come(first, first, batch.ts_ns(0))
        if batch.linktype == ETHERNET:
            passed = take_common_frames(
                batch.data, starts, first, connections, self._skipped, self._take, self._decoder.claimed
            )
            self._packets += passed
            connections.last_packets.note_all()
        else:
            if batch.linktype == UPPER_PDU:
                # What Wireshark exported as PDUs of TLS has no tcp.stream there any more.
                connections.count_no_streams()
            for index in range(len(starts)):
                self._take(index)
        # Many batches may lie in one window.
        size = batch.size
        self._bytes += size
        last, ended_ns = first + len(starts) - 1, batch.ts_ns(len(starts) - 1)
        self._clock(last, ended_ns)
        # Whoever watches must not wait for a packet after the one that shows that a flow is over.
        self._time_has_come(last + 1, last, ended_ns)
        connections.bound_recordings(size, self._frame, self._ts_ns)
        self._batch = _NO_BATCH
        return self._take_events()

    def pass_over(self, first: int, last: int, began_ns: int, ended_ns: int) -> None:
        """Nothing in a batch of the frames ``first`` to ``last``, but that time goes on from ``began_ns`` to
        ``ended_ns``, the times of these two."""
        self._time_has_come(first, first, began_ns)
        self._clock(last, ended_ns)
        self._time_has_come(last + 1, last, ended_ns)

    def watch(self, notes: RangeNotes) -> None:
        """Tell ``notes``, and keep ``load`` up to date."""
        self._notes = notes
        self._connections.watch(notes)
        self._stream_numbers.on_count = self._streamed
        self._connections.measure_recorded(_MEASURES_AT)

    def take_no_new(self) -> None:
        """From now on only connections in the table matter, and their keys are kept to the end."""
        self._connections.take_no_new()
        self._connections.measure_recorded(_MEASURES_FEW_AT)

    @property
    def skipped(self) -> dict[int, int]:
        """How many packets were passed over, by the codes of ``segment``."""
        return dict(self._passed_over())

    @property
    def load(self) -> Load:
        """What is there now, which limits are about."""
        connections = self._connections
        return Load(
            connections.at_most,
            connections.open,
            connections.recorded_peak,
            connections.held_bytes,
            self._decoder.fragments.wait,
            self._datagrams > 0 or self._carriers.count > 0,
            connections.lifetimes.is_orderly,
        )

    @property
    def connections(self) -> Iterable[Connection]:
        """The connections of the table, those that are over included, each at least once."""
        return self._connections.table.values()

    @property
    def former_keys(self) -> list[bytes]:
        """The keys of connections that left the table and whose numbers of Wireshark's are known."""
        return self._stream_numbers.former()

    def connection_of(self, key: bytes) -> Connection | None:
        """The connection of a key, of either direction, in the table."""
        return self._connections.table.get(key)

    def feed_stream(
        self,
        ts_ns: int,
        source: tuple[str, int],
        destination: tuple[str, int],
        data: bytes,
        *,
        missing: int = 0,
        end: bool = False,
        frame: int | None = None,
    ) -> list[Event]:
        """Bytes that somebody else has put in order, as ``Analyzer.feed_stream`` has them."""
        self._frame += 1
        self._bytes += len(data)
        number = self._frame if frame is None else frame
        self._byte_streams.take(source, destination, data, missing, end, number, ts_ns)
        return self._take_events()

    def advance(self, ts_ns: int) -> list[Event]:
        """Time has come to ``ts_ns`` without a packet: end what is over by then, as ``Analyzer.advance`` has it."""
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns
            self._connections.lifetimes.advance(ts_ns)
            self._byte_streams.end_silent(ts_ns)
            self._carriers.advance(ts_ns)
        return self._take_events()

    def add_secrets(self, key_log: bytes) -> list[KeyLogWarning]:
        """Lines of a key log, as ``Analyzer.add_secrets`` has them.

        The limits are ``record_decryptor.MAX_AWAITED`` and ``pending_budget.MAX_HELD_IN_ALL``.
        """
        if self._secrets is None:
            self._secrets = SecretStore()
        reader = KeyLogReader(self._secrets)
        reader.feed(key_log)
        reader.close()
        self.use_secrets(self._secrets)
        return reader.warnings

    def take_ended(self) -> list[Flow]:
        """With ``keep_flows``, what ended since the last call, in that order, instead of ``FlowEnded`` events."""
        over, self._over = self._over, []
        return over

    def use_secrets(self, store: SecretStore) -> None:
        """Take secrets from ``store``, which may grow; call it again when it did."""
        self._secrets = store
        if self._revision != store.revision:
            self._revision = store.revision
            self._pending.secrets_came()

    def end_some(self) -> bool:
        """The capture is over: end some flows, so that not all are concluded before one is taken. Whether there may be
        others; ``close`` is next."""
        self._place = AT_THE_END
        return self._connections.end_some(self._frame, self._ts_ns)

    def close(self) -> list[Event]:
        """The capture is over: end every flow. Returns the last events."""
        self._place = AT_THE_END
        self._connections.close(self._frame, self._ts_ns)
        self._byte_streams.close(self._frame, self._ts_ns)
        self._carriers.close(self._frame, self._ts_ns)
        return self._take_events()

    @property
    def summary(self) -> Summary:
        """What was read so far, and what was passed over and why."""
        limits = dict(self._connections.limits)
        for limit, times in self._byte_streams.limits.items():
            limits[limit] = limits.get(limit, 0) + times
        return Summary(
            files=len(self._files),
            packets=self._packets,
            bytes=self._bytes,
            skipped=skipped_in_words(self._passed_over()),
            connections=self._connections.count + self._byte_streams.count,
            conversations=self._carriers.count,
            flows=self._flows,
            with_secrets=self._with_secrets,
            limits={
                **limits,
                **self._carriers.limits,
                **self._decoder.fragments.limits,
                **self._pending.limits,
            },
        )

    def _passed_over(self) -> dict[int, int]:
        """Packets by the reason why they were not read, without the fragments of datagrams that became whole."""
        joined = self._decoder.fragments.joined
        if not joined:
            return self._skipped
        passed_over = dict(self._skipped)
        passed_over[FRAGMENT] -= joined
        if not passed_over[FRAGMENT]:
            del passed_over[FRAGMENT]
        return passed_over

    @property
    def stray_time(self) -> tuple[int, int] | None:
        """The frame of the first packet whose time was far ahead of all others, and how far, in nanoseconds."""
        return self._connections.lifetimes.stray

    @property
    def too_late(self) -> int:
        """How many flows ended without the secret that is known of them now."""
        store = self._secrets
        return 0 if store is None else sum(store.has_session(random) for random in self._shut)

    def _packet(
        self, frame: int, ts_ns: int, linktype: int, data: bytes, start: int, end: int, missing: int
    ) -> None:
        self._packets += 1
        self._clock(frame, ts_ns)
        # What comes frame by frame goes through streams, also behind batches.
        self._stop_recording()
        self._found(self._decoder.decode(linktype, data, start, end, missing, ts_ns), frame, ts_ns)

    def _found(self, found: Segment | Datagram | int, frame: int, ts_ns: int) -> None:
        """What a frame holds, or the reason why it holds nothing."""
        if isinstance(found, Segment):
            self._connections.segment(found, frame, ts_ns)
            return
        if isinstance(found, Datagram):
            self._datagrams += 1
        skipped = self._carriers.take(found, frame, ts_ns) if isinstance(found, Datagram) else found
        if skipped != READ:
            self._skipped[skipped] = self._skipped.get(skipped, 0) + 1

    def _take(self, index: int) -> None:
        """One packet of the batch that may matter."""
        batch = self._batch
        start = batch.starts[index]
        ts_ns, captured, original = batch.header(index)
        end = start + captured
        frame = self._first + index
        self._packets += 1
        self._frame = frame
        if batch.linktype == ETHERNET:
            segment = decode_common_frame(batch.data, start, end)
            if segment is not None:
                self._connections.segment_of_batch(segment, frame, ts_ns)
                return
        missing = max(0, original - captured)
        found = self._decoder.walk(batch.linktype, batch.data, start, end, missing, ts_ns)
        if isinstance(found, Segment):
            self._connections.segment_of_batch(found, frame, ts_ns)
        else:
            self._found(found, frame, ts_ns)

    def _moment_of(self, index: int) -> tuple[int, int]:
        return self._first + index, self._batch.ts_ns(index)

    def _record(self, clock: Clock) -> None:
        """Record what comes, unless somebody wants to open records."""
        if self._secrets is not None:
            self._stop_recording()
        elif self._clock_read != clock:
            self._clock_read = clock
            self._connections.record_with(RecordHeader(*clock))

    def _stop_recording(self) -> None:
        if self._connections.header is not None:
            self._connections.stop_recording()

    def _time_has_come(self, before: int, frame: int, ts_ns: int) -> None:
        """A batch begins or ends ``before`` a frame; ``frame`` is the one that says that it is ``ts_ns``."""
        self._place = before * _PLACES + _OF_TIME_WAIT
        self._connections.lifetimes.end_due(ts_ns, frame)
        self._place = before * _PLACES + _OF_SWEEP
        self._connections.lifetimes.sweep(ts_ns, frame)
        self._place = -1

    def _next_number(self, connection: Connection, frame: int) -> int:
        self._flows += 1
        if self._notes is not None:
            self._notes.numbered(connection, self._place_of(frame))
        return self._first_number + self._flows - 1

    def _number_of_recorded(self, connection: Connection) -> int:
        return self._next_number(connection, connection.last_frame)

    def _streamed(self, connection: Connection) -> None:
        if self._notes is not None:
            self._notes.streamed(connection, self._place_of(max(self._frame, connection.first_frame)))

    def _note_end(self, connection: Connection, number: int) -> None:
        if self._notes is not None:
            self._notes.ended(connection, number, self._place_of(self._frame))

    def _place_of(self, frame: int) -> int:
        """The place of what happens with the packet in ``frame``, unless it is with the time or the end."""
        return frame * _PLACES + _OF_PACKET if self._place < 0 else self._place

    def _recorded_ended(self, recorded: RecordedMessages) -> None:
        self._note_end(recorded.connection, recorded.number)
        self._finder.flow(recorded.connection.key)
        recorded.file = self._files[0]
        if self._may_have_secrets:
            self._remember_shut(recorded.messages[0].body[2:34])
        self._flow_ended(self._conclusions.flow(recorded, self._vantage))

    @property
    def _may_have_secrets(self) -> bool:
        """Whether a secret of a flow may still come. One capture in classic pcap has no blocks for them."""
        if self._secrets is not None or len(self._files) > 1 or self._clock_read is None:
            return True
        return self._clock_read.ticks_per_second > 0

    def _flow_ended(self, flow: Flow) -> None:
        if self._keep_flows:
            self._over.append(flow)
        else:
            self._events.append(FlowEnded(flow))

    def _remember_shut(self, client_random: bytes) -> None:
        if len(self._shut) < MAX_REMEMBERED:
            self._shut.add(client_random)

    def _clock(self, frame: int, ts_ns: int) -> None:
        self._frame = frame
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns

    def _new_listener(self, connection: Connection) -> TlsDetection:
        notes = self._notes
        if notes is None:
            return TlsDetection(connection, self._makes_log, self._on_cut, self._other_listener)

        def payload_cut(segments: int) -> None:
            self._payload_cut(segments)
            notes.cut(connection, segments)

        return TlsDetection(connection, self._makes_log, payload_cut, self._other_listener)

    @property
    def secrets(self) -> SecretStore | None:
        """As ``CarrierHost`` has it."""
        return self._secrets

    @property
    def pending(self) -> PendingBudget:
        """As ``CarrierHost`` has it."""
        return self._pending

    def new_session(self, connection: Connection, carrier: Carrier) -> TlsSession:
        """As ``CarrierHost`` has it."""
        self._finder.connection(connection.key)
        return CarriedSession(connection, carrier, self._new_log)

    def new_message_session(
        self,
        connection: Connection,
        carrier: Carrier,
        *,
        opening: Opening | None = None,
        contents: tuple[Contents, Contents] | None = None,
    ) -> MessageSession:
        """As ``CarrierHost`` has it."""
        self._finder.connection(connection.key)
        log = MessageLog(connection, self._next_number(connection, self._frame), self._notice, _nothing_to_do)
        log.carrier = carrier
        if opening is not None:
            log.decryptor = opening
        elif self._secrets is not None:
            from tlseku.decryption.record_decryptor import RecordDecryptor  # brings in cryptography's ciphers

            log.decryptor = log.sealed = RecordDecryptor(self._secrets, log, self._pending, contents)
        return CarriedMessages(log)

    def _payload_cut(self, segments: int) -> None:
        self._skipped[PAYLOAD_CUT] = self._skipped.get(PAYLOAD_CUT, 0) + segments

    def _new_log(self, connection: Connection, on_tls13: Callable[[], None]) -> MessageLog:
        # A connection that was recorded first has its number already.
        number = connection.number or self._next_number(connection, self._frame)
        log = MessageLog(connection, number, self._on_notice, on_tls13)
        if self._secrets is not None:
            from tlseku.decryption.record_decryptor import (
                RecordDecryptor,  # brings in cryptography's ciphers, which few need
            )

            decryptor = RecordDecryptor(self._secrets, log, self._pending)
            log.decryptor = log.sealed = decryptor
            log.inside_reader = self._carriers.inside(connection, decryptor.take_all)
        return log

    def _notice(self, message_log: MessageLog, what: str) -> None:
        if what == "ended":
            flow = self._conclude(message_log)
            self._note_end(message_log.connection, flow.number)
            if message_log.decryptor is not None and message_log.decryptor.had_secrets:
                self._with_secrets += 1
            elif message_log.client_hellos and self._may_have_secrets:
                self._remember_shut(message_log.client_hellos[0].hello.random)
            self._finder.flow(message_log.connection.key)
            self._flow_ended(flow)
            return
        if self._only_ends or what == "said":
            return
        flow = self._conclude(message_log)
        if what == "certificate":
            self._events.append(CertificatePresented(flow, flow.presented[-1]))
        elif what == "request":
            self._events.append(CertificateRequested(flow, flow.requests[-1]))
        elif what == "alert":
            self._events.append(AlertSeen(flow, flow.alerts[-1]))

    def _conclude(self, message_log: MessageLog) -> Flow:
        return with_vantage(build_flow(message_log, self.judge, self._file_name), self._vantage)

    def _file_name(self, index: int) -> str:
        return self._files[index]

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events
