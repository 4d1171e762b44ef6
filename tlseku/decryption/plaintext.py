"""What opening a record yields, and the one way in which it can fail.

Knows the words that every record protection shares; must not know a cipher. An implementation keeps no more than its
keys, its sequence number and at most one block of ciphertext.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tlseku.errors import TlsekuError

MAX_FRAGMENT = 16384 + 2048
"""The longest fragment that any version allows (RFC 5246 section 6.2.3)."""


class DoesNotFit(TlsekuError):
    """A record does not open with this key at this place: wrong secret, wrong sequence number, or damaged bytes."""


class Opened(NamedTuple):
    """A record's true content type and its content. Type 0 is a TLS 1.3 record of padding alone, which is not
    allowed (RFC 8446 section 5.4)."""

    content_type: int
    content: bytes


class RecordProtection(Protocol):
    """Opens the records of one direction from the moment its keys are in force.

    ``sequence`` is the number of the next record. ``needs_every_record`` says that ``skip`` must be given the bytes of
    every record that is not opened, because the next one depends on them (RC4; CBC in TLS 1.0 and before).
    """

    sequence: int
    needs_every_record: bool

    def open(self, content_type: int, version: int, fragment: bytes, ahead: int = 0) -> Opened:
        """The content of the next record; type and version as in its header, ``fragment`` what follows the header.

        ``ahead`` says how many records may be missing before this one: their numbers are tried, too. Raises
        ``DoesNotFit``, and then nothing has changed, so that another key may be tried and this one again; RC4 alone
        cannot go back and stays unusable.
        """

    def skip(self, fragment: bytes = b"") -> None:
        """Pass over a record without opening it."""
