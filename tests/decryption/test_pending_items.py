"""``tlseku.decryption.pending_items``: order and size of what waits."""

from __future__ import annotations

from tlseku.decryption.pending_items import MissingBytes, PendingItems, WaitingRecord
from tlseku.tls.handshake_types import RECORD_APPLICATION_DATA
from tlseku.tls.message import Message


def record(content: bytes, side: int = 0) -> WaitingRecord:
    return WaitingRecord(
        Message(side, RECORD_APPLICATION_DATA, 1, 0, content, len(content), None, None, False), 0x0303
    )


A, B, C = (record(content) for content in (b"a", b"b", b"c"))
FIRST, OTHER, LAST, FOUND_1, FOUND_2 = (record(b"x") for _ in range(5))


def test_each_side_keeps_its_order_and_both_have_one_count() -> None:
    pending = PendingItems()
    assert (pending.first(0), pending.waits(1), pending.held) == (None, False, 0)
    pending.add(1, A)
    pending.add(0, B)
    pending.add(1, C)
    assert (pending.first(0), pending.first(1)) == ((2, B), (1, A))
    assert pending.clear() == [A, B, C]
    assert (pending.waits(0), pending.waits(1), pending.held) == (False, False, 0)


def test_what_was_found_in_an_item_takes_its_place() -> None:
    pending = PendingItems()
    pending.add(0, FIRST)
    pending.add(1, OTHER)
    pending.add(0, LAST)
    assert (pending.take(0), pending.processing) == (FIRST, True)
    pending.add(0, FOUND_1)
    pending.add(0, FOUND_2)
    pending.put_found()
    assert not pending.processing
    # It has the number of the item in which it was found, so that it comes before what the other side said later.
    assert pending.first(0) == (1, FOUND_1)
    assert pending.clear() == [FOUND_1, FOUND_2, OTHER, LAST]


def test_an_item_that_waits_again_keeps_its_place() -> None:
    pending = PendingItems()
    pending.add(0, FIRST)
    pending.add(0, LAST)
    pending.add(0, pending.take(0))
    pending.put_found()
    assert pending.first(0) == (1, FIRST)


def test_held_counts_content_and_a_cost_for_each() -> None:
    pending = PendingItems()
    pending.add(0, record(bytes(1000)))
    assert pending.held == 1064
    pending.add(1, record(b""))
    pending.add(1, MissingBytes(9000, "segment_lost"))
    assert pending.held == 1192
    pending.take(0)
    assert pending.held == 128
    pending.add(0, record(bytes(10)))
    pending.put_found()
    assert pending.held == 202
