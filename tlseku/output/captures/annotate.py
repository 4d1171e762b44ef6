"""A capture copied packet by packet, with comments that say what tlseku found, so that Wireshark shows it.

Joins ``scan`` (what is said of flows) with ``records`` (what is copied); must not know command lines. The
comments wait in a file (``comment_store``); packets pass through one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tlseku.decryption.key_log_files import SecretSource
from tlseku.flow import Flow
from tlseku.output.captures import blocks
from tlseku.output.captures.comment_store import CommentStore
from tlseku.output.captures.comments import comments_on
from tlseku.output.captures.packet_records import Record, Section, records
from tlseku.output.captures.rereadable import Rereadable, must_be_rereadable
from tlseku.output.captures.written import Writable, Written
from tlseku.scanning import scan

SOFTWARE = "tlseku"


def annotate(
    source: Rereadable,
    output: Writable,
    *,
    wanted: Callable[[Flow], bool] | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    keep_secrets: bool = True,
) -> Written:
    """Copy a capture to ``output`` as pcapng, with comments on the packets of the flows that are ``wanted``.

    Every packet comes out as it was, with its interface, time, options and comments of its own; so do all other blocks
    of a pcapng file, but for Decryption Secrets Blocks without ``keep_secrets``. ``wanted`` is asked for each flow,
    None takes all; ``secrets`` are key logs, as for ``scan``. Raises CaptureError for a source that cannot be read
    twice or is no capture, and OSError as ``output`` does.
    """
    must_be_rereadable(source)
    scanned = scan(source, rule_books=(), secrets=secrets)
    with CommentStore() as comments:
        flows = 0
        for flow in scanned:
            if wanted is None or wanted(flow):
                flows += 1
                for frame, text in comments_on(flow):
                    comments.add(frame, text)
        packets, written, without_room = _copy(source, output, comments, keep_secrets=keep_secrets)
        left_out = comments.left_out
    return Written(flows, packets, written, left_out, without_room, scanned.summary, tuple(scanned.warnings))


def _copy(
    source: Rereadable, output: Writable, comments: CommentStore, *, keep_secrets: bool
) -> tuple[int, int, int]:
    """Copy all blocks; answers how many packets, comments written, and comments on packets without room for one."""
    section = Section()
    packets = written = without_room = 0
    for record in records(source, SOFTWARE):
        section.see(record)
        if record.kind == blocks.SECRETS and not keep_secrets:
            continue
        packets += record.frame > 0
        said = comments.of(record.frame) if record.frame else []
        if not said:
            output.write(_copied(record))
        elif record.kind not in blocks.PACKETS_WITH_OPTIONS or section.packet(record) is None:
            without_room += len(said)
            output.write(record.block)
        else:
            written += len(said)
            output.write(blocks.with_comments(record.block, said, record.order))
    return packets, written, without_room


def _copied(record: Record) -> bytes:
    if record.kind == blocks.SECTION:
        return blocks.without_section_length(record.block, record.order)
    return record.block
