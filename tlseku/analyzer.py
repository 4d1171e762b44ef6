"""Packets or ordered bytes in, events out: what other programs hold.

Knows what is promised to them; must not know how flows are found, which is the engine's business
(``tlseku.handshake.engine``). This module is never compiled, so that ``help`` and ``inspect`` have its docstrings and
signatures in every build.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import SupportsIndex, TypeAlias

from tlseku.decryption import KeyLogWarning
from tlseku.events import Event
from tlseku.flow import Summary
from tlseku.handshake.engine import Engine, checked_limit
from tlseku.handshake.evaluation import new_judge
from tlseku.handshake.vantage import Vantage, VantageFinder
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook

PeerName: TypeAlias = tuple[str, SupportsIndex] | tuple[str, SupportsIndex, int, int]
"""One end of a connection as ``socket.getpeername`` has it."""


class Analyzer:
    """Takes packets, or bytes already in order, and returns events.

    >>> analyzer = Analyzer(local=["10.0.0.0/8"])
    >>> events = analyzer.feed(1_700_000_000_000_000_000, 1, b"...an Ethernet frame...")
    >>> events = analyzer.close()

    ``local`` names the vantage, as addresses or networks: directions are told as seen from there, ``unknown`` without.
    ``only_ends`` leaves out every event but ``FlowEnded``. ``rule_books`` judge every chain, by default all that ship,
    in ``context``; ``known_issuers`` complete the paths of chains (``load_known_issuers``) and are never taken as
    presented. Raises VantageError for a word in ``local`` that is neither.

    ``max_bytes`` is what the TCP connections that are under way may take, 30 MiB by default: some 4,000 handshakes at
    once. ``max_connections`` is how many of ``feed_stream`` may be under way, 14,000 by default. Where that is not
    enough the oldest are given up: ``summary.limits`` counts them, and their flows say ``table_full``. Raises
    ValueError for a limit below 1.

    It opens no file, has no thread and looks at no clock. One is for one point of capture, and for one thread at a
    time: several threads take one each, which share nothing. Memory is bounded, whatever comes.
    """

    __slots__ = ("_engine",)

    def __init__(
        self,
        *,
        local: Sequence[str] = (),
        only_ends: bool = False,
        rule_books: Sequence[RuleBook] | None = None,
        context: Context | None = None,
        known_issuers: KnownIssuers | None = None,
        max_bytes: int | None = None,
        max_connections: int | None = None,
    ) -> None:
        judge = new_judge(rule_books, context, known_issuers)
        self._engine = Engine(
            judge,
            Vantage(local),
            VantageFinder(),
            only_ends=only_ends,
            max_bytes=checked_limit("max_bytes", max_bytes),
            max_connections=checked_limit("max_connections", max_connections),
        )

    def feed(
        self,
        ts_ns: SupportsIndex,
        linktype: SupportsIndex,
        frame: bytes | bytearray | memoryview,
        original_length: SupportsIndex | None = None,
    ) -> list[Event]:
        """Take one captured frame and return what it brought about.

        ``ts_ns`` is its time in nanoseconds since 1970-01-01 UTC, ``linktype`` the LINKTYPE_ number of the tcpdump
        registry (1 is Ethernet), ``original_length`` its length on the wire in bytes if fewer were captured. Frames
        count from 1. Numbers may be those of NumPy. Never raises for any bytes.
        """
        return self._engine.feed(
            index(ts_ns),
            index(linktype),
            _bytes(frame),
            None if original_length is None else index(original_length),
        )

    def feed_stream(
        self,
        ts_ns: SupportsIndex,
        source: PeerName,
        destination: PeerName,
        data: bytes | bytearray | memoryview,
        *,
        missing: SupportsIndex = 0,
        end: bool = False,
        frame: SupportsIndex | None = None,
    ) -> list[Event]:
        """Take bytes that somebody else has already put in order, and return what they brought about.

        ``source`` sends ``data`` to ``destination``, each as a socket names its peer: (ip, port), of IPv6 with two more
        numbers and perhaps a zone behind ``%``, which tell nothing here. ``missing`` bytes after ``data`` were
        lost; ``end`` says that the connection is over. The stream must be given from its first byte. ``frame`` is the
        number to report, by default the count of calls. Numbers may be those of NumPy. Raises
        ValueError for an address that is none.
        """
        return self._engine.feed_stream(
            index(ts_ns),
            _end(source),
            _end(destination),
            _bytes(data),
            missing=index(missing),
            end=end,
            frame=None if frame is None else index(frame),
        )

    def advance(self, ts_ns: SupportsIndex) -> list[Event]:
        """Say that time has come to ``ts_ns`` although no packet did, and return what that brought about.

        ``ts_ns`` is in nanoseconds since 1970-01-01 UTC, as in ``feed``: otherwise only packets tell the time, and a
        flow that falls silent on a quiet line would never end. What is over by then ends: a connection of packets two
        seconds after both FINs or a RST, and every connection of which nothing came for an hour
        (connections of packets are looked through for that once a minute of this time, so they may end a minute later).
        A flow that ends in silence ends as of its last packet. Time never runs back: a ``ts_ns`` before the latest
        that is known changes nothing.
        """
        return self._engine.advance(index(ts_ns))

    def add_secrets(self, key_log: bytes | bytearray | memoryview) -> list[KeyLogWarning]:
        """Take session secrets, whole lines in the SSLKEYLOGFILE format (RFC 9850).

        May be called again whenever there are more; with no bytes it says that some will come. From the first call on
        what is encrypted is kept until its secret comes, as far as limits of memory allow, and told when it does, or
        when a limit or the end is reached; what a secret opens is among the events of the next call. What cannot be
        read comes back as warnings, which repeat nothing of a line.
        """
        return self._engine.add_secrets(_bytes(key_log))

    def close(self) -> list[Event]:
        """End every flow, because no more will come, and return the last events."""
        return self._engine.close()

    def __repr__(self) -> str:
        read = self.summary
        return f"<Analyzer: {read.flows} flows in {read.packets} packets so far>"

    @property
    def summary(self) -> Summary:
        """What was read so far, and what was passed over and why."""
        return self._engine.summary


def _end(name: PeerName) -> tuple[str, int]:
    return name[0].partition("%")[0], index(name[1])


def _bytes(content: bytes | bytearray | memoryview) -> bytes:
    # ``bytes`` by itself would take a number for a length.
    return content if isinstance(content, bytes) else bytes(memoryview(content))
