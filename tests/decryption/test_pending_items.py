"""``tlseku.decryption.pending_items``: order and size of what waits."""

from __future__ import annotations

from tlseku.decryption.pending_items import MissingBytes, PendingItems, SkippedRecord, WaitingRecord


def record(content: bytes) -> WaitingRecord:
    return WaitingRecord(23, 0x0303, content, (1,), 1, 0)


def test_each_side_keeps_its_order_and_both_have_one_count() -> None:
    pending = PendingItems()
    assert (pending.first(0), pending.waits(1), pending.held) == (None, False, 0)
    pending.add(1, record(b"a"))
    pending.add(0, record(b"b"))
    pending.add(1, record(b"c"))
    assert (pending.first(0), pending.first(1)) == ((2, record(b"b")), (1, record(b"a")))
    assert pending.clear() == [(1, record(b"a")), (0, record(b"b")), (1, record(b"c"))]
    assert (pending.waits(0), pending.waits(1), pending.held) == (False, False, 0)


def test_what_was_found_in_an_item_takes_its_place() -> None:
    pending = PendingItems()
    pending.add(0, record(b"first"))
    pending.add(1, record(b"other"))
    pending.add(0, record(b"last"))
    assert (pending.take(0), pending.processing) == (record(b"first"), True)
    pending.add(0, record(b"found 1"))
    pending.add(0, record(b"found 2"))
    pending.put_found()
    assert not pending.processing
    # It has the number of the item in which it was found, so that it comes before what the other side said later.
    assert pending.first(0) == (1, record(b"found 1"))
    assert [item for _, item in pending.clear()] == [
        record(b"found 1"),
        record(b"found 2"),
        record(b"other"),
        record(b"last"),
    ]


def test_an_item_that_waits_again_keeps_its_place() -> None:
    pending = PendingItems()
    pending.add(0, record(b"first"))
    pending.add(0, record(b"second"))
    pending.add(0, pending.take(0))
    pending.put_found()
    assert pending.first(0) == (1, record(b"first"))


def test_held_counts_content_and_a_cost_for_each() -> None:
    pending = PendingItems()
    pending.add(0, record(bytes(1000)))
    assert pending.held == 1064
    pending.add(1, SkippedRecord(23, 5000, 1, 0))
    pending.add(1, MissingBytes(9000, "segment_lost"))
    assert pending.held == 1192
    pending.take(0)
    assert pending.held == 128
    pending.add(0, record(bytes(10)))
    pending.put_found()
    assert pending.held == 202
