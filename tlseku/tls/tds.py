"""TLS inside TDS packets, as Microsoft SQL Server speaks it.

Knows the packet header ([MS-TDS] section 2.2.3) and that handshake records travel as payload of PRELOGIN packets while
later records stand bare (section 2.2.6.5); must not know TLS beyond what a record header looks like. Out come the
payloads, so that they read as: PRELOGIN options, then TLS records.
"""

from __future__ import annotations

PRELOGIN = 0x12
RESPONSE = 0x04
_HEADER = 8
_LONGEST = 4096


def begins_tds(data: bytes) -> bool:
    """Whether ``data`` begins with a PRELOGIN packet or the answer to one: type, status, length, and options that
    begin with VERSION at an offset behind the option list; or, where the options were not captured, with a PRELOGIN
    packet in which a record of TLS begins."""
    if len(data) < _HEADER + 6 or data[0] not in (PRELOGIN, RESPONSE) or data[1] > 1:
        return False
    length = data[2] << 8 | data[3]
    # Behind the number of the packet, which counts from 0 or 1, stands the window, which is 0.
    is_first = data[0] == PRELOGIN and data[6:8] in (b"\0\0", b"\1\0") and _HEADER + 5 < length <= _LONGEST
    if is_first and data[8] in (20, 21, 22) and data[9] == 3 and data[10] <= 4:
        return True
    return (
        data[1] == 1
        and data[8] == 0
        and data[9] == 0
        and data[11:13] == b"\x00\x06"
        and 26 <= length <= _LONGEST
    )


class TdsUnwrapper:
    """Takes one direction's bytes and returns the payload in them."""

    __slots__ = ("_bare", "_header", "_left")

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self._bare = False

    def gap(self, length: int) -> bool:
        """``length`` bytes are missing here: whether they are payload to the last. If not, nobody knows where the next
        packet begins, and what follows is handed on as it is."""
        if not self._bare and length > self._left:
            self._bare = True
            return False
        self._left = max(0, self._left - length)
        return True

    def data(self, data: bytes) -> bytes:
        """The payload in the next bytes; once a bare TLS record stands where a packet should begin, all of them."""
        out = b""
        while data and not self._bare:
            if self._left:
                out += data[: self._left]
                data, self._left = data[self._left :], max(0, self._left - len(data))
                continue
            if not self._header and 20 <= data[0] <= 24:
                self._bare = True
                break
            wanted = _HEADER - len(self._header)
            self._header += data[:wanted]
            data = data[wanted:]
            if len(self._header) == _HEADER:
                self._left = max(0, (self._header[2] << 8 | self._header[3]) - _HEADER)
                self._header = b""
        return out + data if self._bare else out
