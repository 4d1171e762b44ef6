"""Writes the dictionaries of ``tlseku.encoding.pickled`` anew: what certificates and other parts say alike.

``python -m tests.encoding.dictionaries``. They are made of the project's own captures, and need not be current: one
that changes makes flows that were pickled before unreadable, so they are written only together with a new ``SCHEMA``.
"""

from __future__ import annotations

from pathlib import Path

import tlseku
from tlseku.encoding.records import RecordWriter
from tlseku.encoding.trees import to_json

PROJECT = Path(__file__).resolve().parents[2]
NAMES = ("wrong-eku-refused.pcap", "declined.pcap", "no-eku.pcap", "tls13.pcap", "scenario1.pcap.gz")
MOST = 16_000


def dictionaries() -> tuple[bytes, bytes]:
    """Of certificates and of other parts; what is at the end is found with the fewest bits."""
    certificates: dict[bytes, None] = {}
    # Outlines of messages are small, and much of them stands in conclusions, too.
    outlines: dict[bytes, None] = {}
    parts: dict[bytes, None] = {}
    for flow in tlseku.read(*(PROJECT / "captures" / name for name in NAMES)):
        for _ in range(2):
            writer = RecordWriter()
            writer.record(flow)
            for each in writer.new:
                tree = each.tree()
                if isinstance(tree, bytes):
                    certificates[tree] = None
                else:
                    kept = outlines if type(each.noun) is tuple else parts
                    kept[to_json(tree).encode("ascii")] = None
    return b"".join(certificates)[-MOST:], b"".join((*outlines, *parts))[-MOST:]


def main() -> None:
    """Write both."""
    folder = PROJECT / "tlseku" / "encoding"
    for name, content in zip(("certificates.dict", "parts.dict"), dictionaries(), strict=True):
        folder.joinpath(name).write_bytes(content)


if __name__ == "__main__":
    main()
