"""Packets that are being captured, each with what it brought about as comments, for a Wireshark that watches.

Knows the blocks of a capture and the events of an ``Analyzer``; must not know where packets come from, nor clocks. Each
packet goes out before the next one is looked at: what becomes known later stands at a later packet
(``comments_of_event``), while ``annotate``, which reads a file twice, says everything where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.analyzer import Analyzer
from tlseku.capture import Source
from tlseku.output.captures import blocks
from tlseku.output.captures.annotate import SOFTWARE
from tlseku.output.captures.comments import comments_of_event
from tlseku.output.captures.packet_records import Section, records

MOST_COMMENTS = 20
"""Comments on one packet, which may end many flows at once; they are for people."""


def annotated(source: Source, analyzer: Analyzer) -> Iterator[bytes]:
    """The capture ``source`` as pcapng, a block at a time, packets with comments on what ``analyzer`` sees in them.

    Raises CaptureError if the source is no capture.
    """
    section = Section()
    for record in records(source, SOFTWARE):
        section.see(record)
        packet = section.packet(record)
        if packet is None:
            yield record.block
            continue
        events = analyzer.feed(packet.ts_ns, packet.linktype, packet.data, packet.original_length)
        said = [text for event in events for text in comments_of_event(event)]
        if said and record.kind in blocks.PACKETS_WITH_OPTIONS:
            yield blocks.with_comments(record.block, said[:MOST_COMMENTS], record.order)
        else:
            yield record.block
