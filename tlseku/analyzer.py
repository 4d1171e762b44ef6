"""The core: packets in, events out.

The only place that holds the state of all flows. Joins ``network`` (frames to ordered bytes) with ``message_log``
(ordered bytes to what was said), ``conclude`` (what was said to a flow) and the certificate cache. It takes bytes and
returns events; it never opens, reads, prints, sleeps or looks at a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from librt.vecs import vec
from mypy_extensions import i64

from tlseku.capture.batch import Batch, Clock
from tlseku.decryption import KeyLogReader, KeyLogWarning, SecretStore
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event, FlowEnded
from tlseku.flow import Flow, Summary
from tlseku.frames.reference import FRAME_BITS
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.flow_builder import conclude
from tlseku.handshake.message_log import MessageLog
from tlseku.handshake.recorded_connection import Whole
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.tls_detection import TlsDetection
from tlseku.handshake.vantage import Vantage, VantageFinder, with_vantage
from tlseku.network.decode.common_frame import plain
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.link import ETHERNET
from tlseku.network.decode.segment import Segment, key_of
from tlseku.network.decode.skip_reasons import skipped_in_words
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.connection_table import MAX_CONNECTIONS, Connections
from tlseku.network.tcp.fast_path import skim
from tlseku.network.tcp.packet_header import RecordHeader
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook, RuleBookSet
from tlseku.x509.cache import CertificateCache

_NO_BATCH = Batch(b"", vec[i64](), 1, ETHERNET, Clock("<"))

MAX_REMEMBERED = 20_000
"""Flows without a secret whose client random is remembered, to tell of a secret that came too late."""


class Analyzer:
    """Takes packets, or bytes already in order, and returns events.

    >>> analyzer = Analyzer(local=["10.0.0.0/8"])
    >>> events = analyzer.feed(1_700_000_000_000_000_000, 1, b"...an Ethernet frame...")
    >>> events = analyzer.close()

    ``local`` names the vantage, as addresses or networks: directions are told as seen from there, ``unknown`` without.
    ``only_ends`` leaves out every event but ``FlowEnded``. ``files`` are the names of the capture's files, and flows
    count from ``first_number``. ``rule_books`` judge every chain, by default all that ship, in ``context``;
    ``known_issuers`` complete the paths of chains (``load_known_issuers``) and are never taken as presented; a
    ``judge`` replaces all three. With ``keep_recorded`` flows that end are not told as events: ``take_ended`` has
    them. Raises VantageError for a word in ``local`` that is neither."""

    def __init__(
        self,
        *,
        local: Sequence[str] = (),
        only_ends: bool = False,
        files: Sequence[str] = ("",),
        first_number: int = 1,
        rule_books: Sequence[RuleBook] | None = None,
        context: Context | None = None,
        known_issuers: KnownIssuers | None = None,
        keep_recorded: bool = False,
        judge: Judge | None = None,
        finder: VantageFinder | None = None,
    ) -> None:
        self.vantage = Vantage(local)
        if judge is None:
            judge = Judge(CertificateCache().read, RuleBookSet(rule_books, context), known_issuers)
        self.judge = judge
        self.found = VantageFinder() if finder is None else finder
        self.files = tuple(files)
        self.first_number = first_number
        self._flows = 0
        self.secrets: SecretStore | None = None
        self._awaiting = PendingBudget()
        self._revision = 0
        self._shut: set[bytes] = set()
        self._with_secrets = 0
        self._decoder = Decoder()
        # Frames of several files have no common order, and events before the end cannot wait for it.
        whole = Whole(self._next_number, self._recorded_ended)
        self._connections = Connections(
            self._new_listener, whole if only_ends and len(self.files) == 1 else None, self.found.connection
        )
        self._clock_read: Clock | None = None
        self._keep_recorded = keep_recorded
        self._byte_streams: dict[bytes, Connection] = {}
        self._byte_streams_seen = 0
        self._events: list[Event] = []
        self._over: list[Flow | RecordedMessages] = []
        self._batch = _NO_BATCH
        self._first = 0
        self._only_ends = only_ends
        self._flows = 0
        self._packets = 0
        self._bytes = 0
        self._frame = 0
        self._ts_ns = 0
        self._skipped: dict[int, int] = {}

    def feed(
        self, ts_ns: int, linktype: int, frame: bytes, original_length: int | None = None
    ) -> list[Event]:
        """Take one captured frame and return what it brought about.

        ``ts_ns`` is its time in nanoseconds since 1970-01-01 UTC, ``linktype`` the LINKTYPE_ number of the tcpdump
        registry (1 is Ethernet), ``original_length`` its length on the wire in bytes if fewer were captured. Frames
        count from 1. Never raises for any bytes.
        """
        missing = 0 if original_length is None else max(0, original_length - len(frame))
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
        connections.moment_of = self._moment_of
        if batch.linktype == ETHERNET:
            connections.tick(batch.ts_ns(0))
            passed = skim(batch.data, starts, first, connections, self._skipped, self._take)
            self._packets += passed
            connections.touch_all()
        else:
            for index in range(len(starts)):
                self._take(index)
        # Many batches may lie in one window.
        size = batch.size
        connections.bound_recordings(size)
        self._bytes += size
        self._clock(first + len(starts) - 1, batch.ts_ns(len(starts) - 1))
        self._batch = _NO_BATCH
        return self._take_events()

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
        """Take bytes that somebody else has already put in order, and return what they brought about.

        ``source`` sends ``data`` to ``destination``, each an (ip, port) pair; ``missing`` bytes after ``data`` were
        lost; ``end`` says that the connection is over. The stream must be given from its first byte. ``frame`` is the
        number to report, by default the count of calls. Raises ValueError for an address that is none.
        """
        self._frame += 1
        self._bytes += len(data)
        number = self._frame if frame is None else frame
        key = key_of(source, destination)
        connection = self._byte_streams.get(key)
        side = 0
        if connection is None:
            reverse = key_of(destination, source)
            connection = self._byte_streams.get(reverse)
            side = 1
            if connection is None:
                side = 0
                self._make_room(number, ts_ns)
                connection = self._byte_streams[key] = Connection(key, number, ts_ns)
                self.found.connection(key)
                self._byte_streams_seen += 1
                connection.listen(self._new_listener(connection))
                for stream in connection.streams:
                    stream.syn(-1)
        connection.last_ts = max(connection.last_ts, ts_ns)
        stream = connection.streams[side]
        if data or missing:
            connection.saw_payload(side)
            stream.segment(stream.position & 0xFFFFFFFF, data, missing, number, ts_ns)
        if end:
            self._end_byte_stream(connection, "fin", number, ts_ns)
        return self._take_events()

    def add_secrets(self, key_log: bytes) -> list[KeyLogWarning]:
        """Take session secrets, whole lines in the SSLKEYLOGFILE format.

        May be called again whenever there are more; with no bytes it says that some will come. From the first call on
        what is encrypted is kept until its secret comes, as far as ``decryptor.MAX_AWAITED`` and
        ``awaiting.MAX_HELD_IN_ALL`` allow, and told when it does, or when the limit or the end is reached; what a
        secret opens is among the events of the next call. What cannot be read comes back as warnings, which repeat
        nothing of a line.
        """
        if self.secrets is None:
            self.secrets = SecretStore()
        reader = KeyLogReader(self.secrets)
        reader.feed(key_log)
        reader.close()
        self.use_secrets(self.secrets)
        return reader.warnings

    def take_ended(self) -> list[Flow | RecordedMessages]:
        """With ``keep_recorded``, what ended since the last call, in that order, instead of ``FlowEnded`` events."""
        over, self._over = self._over, []
        return over

    def use_secrets(self, store: SecretStore) -> None:
        """Take secrets from ``store``, which may grow; call it again when it did."""
        self.secrets = store
        if self._revision != store.revision:
            self._revision = store.revision
            self._awaiting.secrets_came()

    def close(self) -> list[Event]:
        """The capture is over: end every flow. Returns the last events."""
        self._connections.close(self._frame, self._ts_ns)
        for connection in list(self._byte_streams.values()):
            self._end_byte_stream(connection, "capture", self._frame, self._ts_ns)
        return self._take_events()

    @property
    def summary(self) -> Summary:
        """What was read so far, and what was passed over and why."""
        return Summary(
            files=len(self.files),
            packets=self._packets,
            bytes=self._bytes,
            skipped=skipped_in_words(self._skipped),
            connections=self._connections.count + self._byte_streams_seen,
            flows=self._flows,
            with_secrets=self._with_secrets,
            limits={**self._connections.limits, **self._decoder.fragments.limits, **self._awaiting.limits},
        )

    @property
    def too_late(self) -> int:
        """How many flows ended without the secret that is known of them now."""
        store = self.secrets
        return 0 if store is None else sum(store.has_session(random) for random in self._shut)

    def _packet(
        self, frame: int, ts_ns: int, linktype: int, data: bytes, start: int, end: int, missing: int
    ) -> None:
        self._packets += 1
        self._clock(frame, ts_ns)
        # What comes frame by frame goes through streams, also behind batches.
        self._stop_recording()
        segment = self._decoder.decode(linktype, data, start, end, missing, ts_ns)
        if isinstance(segment, Segment):
            self._connections.segment(segment, frame, ts_ns)
        else:
            self._skipped[segment] = self._skipped.get(segment, 0) + 1

    def _take(self, index: int) -> None:
        """One packet of the batch that may matter."""
        batch = self._batch
        start = batch.starts[index]
        ts_ns, captured, original = batch.header(index)
        end = start + captured
        frame = self._first + index
        self._packets += 1
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns
        self._frame = frame
        if batch.linktype == ETHERNET:
            segment = plain(batch.data, start, end)
            if segment is not None:
                self._connections.segment(segment, frame, ts_ns)
                return
        missing = max(0, original - captured)
        found = self._decoder.walk(batch.linktype, batch.data, start, end, missing, ts_ns)
        if isinstance(found, Segment):
            self._connections.segment(found, frame, ts_ns)
        else:
            self._skipped[found] = self._skipped.get(found, 0) + 1

    def _moment_of(self, index: int) -> tuple[int, int]:
        return self._first + index, self._batch.ts_ns(index)

    def _record(self, clock: Clock) -> None:
        """Record what comes, unless somebody wants to open records."""
        if self.secrets is not None:
            self._stop_recording()
        elif self._clock_read != clock:
            self._clock_read = clock
            self._connections.record_with(RecordHeader(*clock))

    def _stop_recording(self) -> None:
        if self._connections.header is not None:
            self._connections.stop_recording()

    def _next_number(self) -> int:
        self._flows += 1
        return self.first_number + self._flows - 1

    def _recorded_ended(self, recorded: RecordedMessages) -> None:
        self.found.flow(recorded.connection.key)
        recorded.file = self.files[0]
        if self._clock_read is not None and self._clock_read.ticks_per_second:
            # Only pcapng has secrets blocks, which may still come.
            self._remember_shut(recorded.heard[0].body[2:34])
        if self._keep_recorded:
            self._over.append(recorded)
        else:
            self._events.append(FlowEnded(self.conclude(recorded)))

    def conclude(self, recorded: RecordedMessages) -> Flow:
        """The flow of a transcript."""
        return self._conclude(recorded.message_log())

    def _remember_shut(self, client_random: bytes) -> None:
        if len(self._shut) < MAX_REMEMBERED:
            self._shut.add(client_random)

    def _clock(self, frame: int, ts_ns: int) -> None:
        self._frame = frame
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns

    def _new_listener(self, connection: Connection) -> TlsDetection:
        return TlsDetection(connection, self._new_log)

    def _new_log(self, connection: Connection, on_tls13: Callable[[], None]) -> MessageLog:
        # A connection that was recorded first has its number already.
        number = connection.number or self._next_number()
        log = MessageLog(connection, number, self._notice, on_tls13)
        if self.secrets is not None:
            from tlseku.decryption.record_decryptor import (
                RecordDecryptor,  # brings in cryptography's ciphers, which few need
            )

            log.decryptor = RecordDecryptor(self.secrets, log, self._awaiting)
        return log

    def _notice(self, message_log: MessageLog, what: str) -> None:
        if what == "ended":
            flow = self._conclude(message_log)
            if message_log.decryptor is not None and message_log.decryptor.had_secrets:
                self._with_secrets += 1
            elif message_log.client_hellos:
                self._remember_shut(message_log.client_hellos[0].hello.random)
            self.found.flow(message_log.connection.key)
            if self._keep_recorded:
                self._over.append(flow)
            else:
                self._events.append(FlowEnded(flow))
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
        return with_vantage(conclude(message_log, self.judge, self._file_name), self.vantage)

    def _file_name(self, index: int) -> str:
        return self.files[index]

    def _make_room(self, frame: int, ts_ns: int) -> None:
        while len(self._byte_streams) >= MAX_CONNECTIONS:
            oldest = next(iter(self._byte_streams.values()))
            self._end_byte_stream(oldest, "evicted", frame, ts_ns)
            limits = self._connections.limits
            limits["MAX_CONNECTIONS"] = limits.get("MAX_CONNECTIONS", 0) + 1

    def _end_byte_stream(self, connection: Connection, how: str, frame: int, ts_ns: int) -> None:
        del self._byte_streams[connection.key]
        connection.ended = True
        if connection.listener is not None:
            connection.listener.ended(how, -1, frame, ts_ns)

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events
