"""What flows carry beside handshakes: noise, encrypted-looking records, and text, made once and cut from after that.

Knows the record header of TLS and nothing else of any protocol; must not know connections. Bodies are slices of a
few shared megabytes from a random place, so a gigabyte costs no more to invent than a megabyte.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from skew import skewed

_NOISE = 1 << 21
_RECORDS = 128
_RECORD_LENGTH = 16384 + 24
"""A full TLS 1.2 AES-GCM record: explicit nonce 8, plain text 16384, tag 16 (RFC 5288)."""

_CHUNK_RECORDS = 4
_CHUNK = 1 << 16


class Payload:
    """The shared bytes."""

    def __init__(self, rng: random.Random) -> None:
        self._noise = rng.randbytes(_NOISE)
        records = []
        for index in range(_RECORDS):
            at = index * 7919 % (_NOISE - _RECORD_LENGTH)
            header = b"\x17\x03\x03" + _RECORD_LENGTH.to_bytes(2, "big")
            records.append(header + self._noise[at : at + _RECORD_LENGTH])
        step = _CHUNK_RECORDS
        self._chunks = [b"".join(records[at : at + step]) for at in range(0, _RECORDS, step)]
        words = [rng.randbytes(2 + rng.getrandbits(3)).hex() for _ in range(2000)]
        self._text = " ".join(words[skewed(rng, len(words), 2)] for _ in range(60000)).encode()

    def noise(self, rng: random.Random, length: int) -> bytes:
        """``length`` bytes, at most a megabyte, that look random."""
        at = int(rng.random() * (_NOISE - length))
        return self._noise[at : at + length]

    def text(self, rng: random.Random, length: int) -> bytes:
        """``length`` bytes, at most 200,000, of words."""
        at = int(rng.random() * (len(self._text) - length))
        return self._text[at : at + length]

    def record(self, rng: random.Random, length: int) -> bytes:
        """One application_data record of TLS with ``length`` encrypted bytes, at most 16,408."""
        return b"\x17\x03\x03" + length.to_bytes(2, "big") + self.noise(rng, length)

    def records(self, rng: random.Random, total: int) -> Iterator[bytes]:
        """About ``total`` bytes of full records, four at a time, the last chunk one shorter record."""
        index = int(rng.random() * len(self._chunks))
        while total >= len(self._chunks[0]):
            yield self._chunks[index % len(self._chunks)]
            total -= len(self._chunks[0])
            index += 1
        while total > 64:
            length = min(total - 5, _RECORD_LENGTH)
            yield self.record(rng, length)
            total -= 5 + length

    def stream(self, rng: random.Random, total: int) -> Iterator[bytes]:
        """``total`` bytes of text in chunks of 64 kB.

        No noise: among random bytes the heuristics of a dissector find, every now and then, the beginning of a message
        of many megabytes, and put the rest of the stream together for it, packet by packet.
        """
        while total > 0:
            yield self.text(rng, min(total, _CHUNK))
            total -= _CHUNK
