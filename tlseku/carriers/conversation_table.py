"""The conversations of one carrier that are not forgotten, the one heard last at the end.

Knows their number, their silence and the bytes that they keep waiting, and ends the oldest where a bound is met; must
not know what they say. Time comes from packets. ``ConversationCarrier`` is the carrier around such a table.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from tlseku.carriers.carrier import IDLE_NS, MAX_CONVERSATIONS, CarrierHost

MAX_WAITING_BYTES = 16 * 1024 * 1024
"""Bytes that all conversations of a carrier together keep until more comes: a hundred times what is in flight on a busy
authentication server."""


class Conversation(Protocol):
    """One conversation, as the table knows it."""

    last_frame: int
    last_ts: int

    @property
    def waiting(self) -> int:
        """Bytes that are kept until more comes."""

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """It is over, as ``TlsSession.ended`` has it. May be called again."""


C = TypeVar("C", bound=Conversation)


class ConversationTable(Generic[C]):
    """``name`` is that of the carrier in ``limits``, ``forget`` is told of each one that leaves the table."""

    __slots__ = ("_forget", "_name", "_open", "_waiting", "limits")

    def __init__(self, name: str, forget: Callable[[C], None]) -> None:
        self._name = name
        self._forget = forget
        # Each with the bytes that it kept when it was last heard.
        self._open: OrderedDict[int, tuple[C, int]] = OrderedDict()
        self._waiting = 0
        self.limits: dict[str, int] = {}

    def heard(self, conversation: C, frame: int, ts_ns: int) -> None:
        """Something of a conversation came and was taken; the first time makes it known."""
        number = id(conversation)
        before = self._open.pop(number, None)
        if before is None:
            while len(self._open) >= MAX_CONVERSATIONS:
                self._end_oldest("MAX_CONVERSATIONS", frame, ts_ns)
        else:
            self._waiting -= before[1]
        conversation.last_frame = frame
        conversation.last_ts = max(conversation.last_ts, ts_ns)
        waiting = conversation.waiting
        self._open[number] = conversation, waiting
        self._waiting += waiting
        while self._waiting > MAX_WAITING_BYTES:
            self._end_oldest("MAX_WAITING_BYTES", frame, ts_ns)

    def end(self, conversation: C, how: str, frame: int, ts_ns: int) -> None:
        """A conversation is over and nothing more of it can come."""
        conversation.end(how, frame, ts_ns)
        self._leave(id(conversation))

    def advance(self, ts_ns: int) -> None:
        """End those of which nothing came in the ``IDLE_NS`` before ``ts_ns``."""
        while self._open:
            conversation = next(iter(self._open.values()))[0]
            if ts_ns - conversation.last_ts <= IDLE_NS:
                return
            self.end(conversation, "idle", conversation.last_frame, conversation.last_ts)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over."""
        while self._open:
            self.end(next(iter(self._open.values()))[0], "capture", frame, ts_ns)

    def _end_oldest(self, limit: str, frame: int, ts_ns: int) -> None:
        name = f"{self._name} {limit}"
        self.limits[name] = self.limits.get(name, 0) + 1
        self.end(next(iter(self._open.values()))[0], "evicted", frame, ts_ns)

    def _leave(self, number: int) -> None:
        conversation, waiting = self._open.pop(number)
        self._waiting -= waiting
        self._forget(conversation)


class ConversationCarrier(Generic[C]):
    """What all carriers of datagrams do alike: a base for those, beside ``take``, which each does in its own way."""

    __slots__ = ("_host", "_table")

    def __init__(self, host: CarrierHost, name: str) -> None:
        self._host = host
        self._table: ConversationTable[C] = ConversationTable(name, self._forget)

    def _forget(self, conversation: C) -> None:
        """A conversation has left the table."""
        raise NotImplementedError

    @property
    def limits(self) -> dict[str, int]:
        """How often each named bound was met."""
        return self._table.limits

    def advance(self, ts_ns: int) -> None:
        """End what was silent for too long."""
        self._table.advance(ts_ns)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: end all that goes on."""
        self._table.close(frame, ts_ns)
