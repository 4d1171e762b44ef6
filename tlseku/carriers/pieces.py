"""Pieces of a run of bytes that come in any order, more than once, and with other borders each time.

Knows offsets; must not know what the bytes are. The first that comes for a place stays: what comes again there is
compared and passed over. Serves handshake messages of DTLS (RFC 6347 section 4.2.3) and QUIC's CRYPTO frames (RFC 9000
section 19.6). Nothing is allocated for bytes that are not there.

A piece grows at its end and is never joined with the one behind it, so that bytes are copied once whatever their order;
``len`` tells how many pieces there are, and whoever takes bytes from strangers sets a limit to that.
"""

from __future__ import annotations

from bisect import bisect_right


class Pieces:
    """What is there of a run of bytes. ``held`` counts the bytes kept, ``contradicted`` says that a byte came again as
    another one."""

    __slots__ = ("_datas", "_starts", "contradicted", "held")

    def __init__(self) -> None:
        # In order, and never overlapping.
        self._starts: list[int] = []
        self._datas: list[bytearray] = []
        self.held = 0
        self.contradicted = False

    def __len__(self) -> int:
        """How many pieces are kept."""
        return len(self._starts)

    def add(self, offset: int, data: bytes) -> int:
        """Bytes for ``offset`` and on; how many of them are new."""
        before = self.held
        # The piece that begins last at or before this place, or -1.
        index = bisect_right(self._starts, offset) - 1
        at, end = offset, offset + len(data)
        while at < end:
            if index >= 0 and self._stop(index) > at:
                stop = min(self._stop(index), end)
                self._compare(index, at, data[at - offset : stop - offset])
            else:
                known = self._starts[index + 1] if index + 1 < len(self._starts) else end
                stop = min(known, end)
                index = self._fill(index, at, data[at - offset : stop - offset])
            at = stop
            if index + 1 < len(self._starts) and self._starts[index + 1] <= at:
                index += 1
        return self.held - before

    def front(self, offset: int) -> bytes:
        """Take what is there from ``offset`` without a gap; what lies before it is given up."""
        taken = bytearray()
        passed = 0
        for start, data in zip(self._starts, self._datas, strict=True):
            if start > offset + len(taken):
                break
            taken += data[offset + len(taken) - start :]
            self.held -= len(data)
            passed += 1
        del self._starts[:passed], self._datas[:passed]
        return bytes(taken)

    @property
    def beginning(self) -> bytes:
        """What is there from 0 without a gap."""
        found = bytearray()
        for start, data in zip(self._starts, self._datas, strict=True):
            if start != len(found):
                break
            found += data
        return bytes(found)

    def _stop(self, index: int) -> int:
        return self._starts[index] + len(self._datas[index])

    def _fill(self, index: int, at: int, data: bytes) -> int:
        """Put bytes behind the piece ``index``, at whose end they may go on; the piece that holds them."""
        self.held += len(data)
        if index >= 0 and self._stop(index) == at:
            self._datas[index] += data
            return index
        self._starts.insert(index + 1, at)
        self._datas.insert(index + 1, bytearray(data))
        return index + 1

    def _compare(self, index: int, at: int, data: bytes) -> None:
        start = at - self._starts[index]
        if self._datas[index][start : start + len(data)] != data:
            self.contradicted = True
