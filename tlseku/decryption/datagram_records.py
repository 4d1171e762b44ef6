"""Records of DTLS 1.0 and 1.2, each with its own number.

Knows that DTLS protects a record as TLS does, with epoch and sequence number from the record's header in the place of
a count (RFC 6347 section 4.1.2.1), so that records may be lost, repeated and overtaken; must not know a cipher. The
number comes as the first eight bytes of a fragment.
"""

from __future__ import annotations

from tlseku.decryption.plaintext import DoesNotFit, Opened, RecordProtection

NUMBER = 8


class DatagramRecords:
    """Opens records in any order with the ``protection`` that TLS has for the suite."""

    __slots__ = ("_protection", "needs_every_record", "sequence")

    def __init__(self, protection: RecordProtection) -> None:
        self._protection = protection
        self.sequence = 0
        self.needs_every_record = False

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """See ``RecordProtection``; no record hangs on another, so that ``ahead`` says nothing."""
        if len(fragment) < NUMBER:
            raise DoesNotFit("shorter than epoch and sequence number")
        self._protection.sequence = self.sequence = int.from_bytes(fragment[:NUMBER], "big")
        return self._protection.open(content_type, version, fragment[NUMBER:])

    def skip(self, fragment: bytes = b"") -> None:
        """See ``RecordProtection``."""
