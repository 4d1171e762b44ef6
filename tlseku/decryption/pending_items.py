"""What waits in one connection until it can be decrypted, in the order in which each side sent it.

Knows order and size of what waits; must not know keys, nor why anything waits (``record_decryptor``).
"""

from __future__ import annotations

from collections import deque
from operator import itemgetter
from typing import NamedTuple

from tlseku.tls.hello import ClientHello, ServerHello
from tlseku.tls.message import Message

_ITEM_COST = 64


class WaitingMessage(NamedTuple):
    """A whole handshake message, in clear or decrypted; ``hello`` is what could be read of one."""

    message: Message
    hello: ClientHello | ServerHello | None


class WaitingChangeCipherSpec(NamedTuple):
    """A ChangeCipherSpec."""

    message: Message


class WaitingRecord(NamedTuple):
    """A whole protected record, without a body where nobody needed its content; ``version`` stands in its header, and
    ``again`` says that it seems to repeat another one."""

    message: Message
    version: int
    again: bool = False


class MissingBytes(NamedTuple):
    """``length`` bytes that are not in the capture, with a record at least; 0 stands for a single record."""

    length: int
    reason: str


Item = WaitingMessage | WaitingChangeCipherSpec | WaitingRecord | MissingBytes


class PendingItems:
    """A queue a side. ``held`` is what waits in bytes, with a fixed cost for each item.

    An item is processed between ``take`` and ``put_found``: what is added meanwhile was found in it, and comes before
    what waits behind it.
    """

    __slots__ = ("_count", "_found", "_queues", "_taken", "held")

    def __init__(self) -> None:
        # Each with its number in the order in which it came, of both sides together.
        self._queues: tuple[deque[tuple[int, Item]], deque[tuple[int, Item]]] = (deque(), deque())
        self._count = 0
        self._found: list[Item] | None = None
        self._taken = (0, 0)
        self.held = 0

    @property
    def processing(self) -> bool:
        """Whether an item is just being processed."""
        return self._found is not None

    def waits(self, side: int) -> bool:
        """Whether anything of a side waits."""
        return bool(self._queues[side])

    def add(self, side: int, item: Item) -> None:
        """One more item of a side; of the item's own side where one is just being processed."""
        if self._found is not None:
            self._found.append(item)
            return
        self._count += 1
        self._queues[side].append((self._count, item))
        self.held += _cost(item)

    def first(self, side: int) -> tuple[int, Item] | None:
        """What a side said first of what waits, with its number; None if nothing waits."""
        queue = self._queues[side]
        return queue[0] if queue else None

    def take(self, side: int) -> Item:
        """The first item of a side, to be processed."""
        number, item = self._queues[side].popleft()
        self.held -= _cost(item)
        self._found = []
        self._taken = side, number
        return item

    def put_found(self) -> None:
        """The item is processed: what was found in it takes its place."""
        found, self._found = self._found or [], None
        side, number = self._taken
        self.held += sum(map(_cost, found))
        self._queues[side].extendleft((number, each) for each in reversed(found))

    def clear(self) -> list[Item]:
        """Everything that waits, in the order in which it came; nothing waits any more."""
        left = [*self._queues[0], *self._queues[1]]
        for queue in self._queues:
            queue.clear()
        self.held = 0
        return [item for _, item in sorted(left, key=itemgetter(0))]


def _cost(item: Item) -> int:
    return _ITEM_COST + (len(item.message.body) if isinstance(item, WaitingRecord) else 0)
