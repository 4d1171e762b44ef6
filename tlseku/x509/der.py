"""Strict DER, just enough of it to find one's way in a certificate.

Knows tags, lengths, INTEGER, OBJECT IDENTIFIER, BOOLEAN and the two time types (ITU-T X.690); must not know what
a certificate is. Every function takes bytes, an offset and the end of the enclosing value, and never reads past
that end; whatever does not follow DER raises ``Malformed`` at its offset. Plain typed functions, so that the
module also compiles with mypyc.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlseku.errors import Malformed

if TYPE_CHECKING:
    from mypy_extensions import i64

_DAY_NS: Final = 86_400 * 1_000_000_000
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

LONGEST_ARC = 19
"""Octets of one OID arc: 128 bits in sevens (ITU-T X.667 needs no more). It keeps hostile OIDs from costing time."""

_OFTEN_SEEN = {
    bytes.fromhex("551d25"): "2.5.29.37",
    bytes.fromhex("2b06010505070301"): "1.3.6.1.5.5.7.3.1",
    bytes.fromhex("2b06010505070302"): "1.3.6.1.5.5.7.3.2",
    bytes.fromhex("550403"): "2.5.4.3",
    bytes.fromhex("550406"): "2.5.4.6",
    bytes.fromhex("55040a"): "2.5.4.10",
    bytes.fromhex("2a864886f70d01010b"): "1.2.840.113549.1.1.11",
}


def header(data: bytes, offset: int, end: int) -> tuple[int, int, int]:
    """Read the tag and length at ``offset`` and return (tag octet, start of the value, end of the value).

    The value lies within ``end``. Tag numbers above 30 and lengths that are not the shortest form raise
    ``Malformed`` (X.690 sections 8.1 and 10.1).
    """
    if offset + 2 > end:
        raise Malformed(offset, "a tag and a length")
    tag = data[offset]
    if tag & 0x1F == 0x1F:
        raise Malformed(offset, "a tag number below 31")
    length = data[offset + 1]
    start = offset + 2
    if length >= 0x80:
        count = length - 0x80
        if count == 0 or count > 4 or start + count > end:
            raise Malformed(offset + 1, "a definite length of at most four octets")
        length = int.from_bytes(data[start : start + count], "big")
        if length < 0x80 or data[start] == 0:
            raise Malformed(offset + 1, "the shortest form of the length")
        start += count
    if length > end - start:
        raise Malformed(offset, "a value that ends within its enclosing value")
    return tag, start, start + length


def enter(data: bytes, offset: int, end: int, tag: int) -> tuple[int, int]:
    """Read a header that must have ``tag`` and return (start, end) of its value."""
    found, start, stop = header(data, offset, end)
    if found != tag:
        raise Malformed(offset, f"tag 0x{tag:02x}, found 0x{found:02x}")
    return start, stop


def integer(data: bytes, start: int, stop: int) -> int:
    """Read the value of an INTEGER, negative ones too (X.690 section 8.3)."""
    if start == stop:
        raise Malformed(start, "an integer of at least one octet")
    if stop - start > 1:
        first = data[start]
        high = data[start + 1] & 0x80
        if (first == 0 and high == 0) or (first == 0xFF and high != 0):
            raise Malformed(start, "the shortest form of the integer")
    return int.from_bytes(data[start:stop], "big", signed=True)


def boolean(data: bytes, start: int, stop: int) -> bool:
    """Read the value of a BOOLEAN, which in DER is 00 or FF (X.690 section 11.1)."""
    if stop - start != 1 or data[start] not in (0x00, 0xFF):
        raise Malformed(start, "a boolean of one octet, 00 or ff")
    return data[start] == 0xFF


def oid_text(content: bytes) -> str:
    """Turn the value octets of an OBJECT IDENTIFIER into dotted text (X.690 section 8.19).

    Arcs above 128 bits raise ``Malformed``, as do padded and unfinished ones.
    """
    known = _OFTEN_SEEN.get(content)
    if known is not None:
        return known
    if not content or content[-1] >= 0x80:
        raise Malformed(0, "an object identifier that ends with its last arc")
    arcs: list[str] = []
    arc = 0
    octets = 0
    for position, octet in enumerate(content):
        if octets == 0 and octet == 0x80:
            raise Malformed(position, "an object identifier arc without padding")
        octets += 1
        if octets > LONGEST_ARC:
            raise Malformed(position, "an object identifier arc of at most 128 bits")
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            if arcs:
                arcs.append(str(arc))
            else:
                root = min(arc // 40, 2)
                arcs = [str(root), str(arc - 40 * root)]
            arc = 0
            octets = 0
    return ".".join(arcs)


def time_ns(data: bytes, tag: int, start: int, stop: int) -> int:
    """Read a UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 writes them: nanoseconds since 1970.

    Seconds and ``Z`` are required, fractions are not allowed; two-digit years from 50 on belong to 1950-1999.
    """
    digits = stop - start - 1
    if tag not in (UTC_TIME, GENERALIZED_TIME) or digits != (12 if tag == UTC_TIME else 14):
        raise Malformed(start, "a time as YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ")
    text = data[start : stop - 1]
    if data[stop - 1] != 0x5A or not text.isdigit():
        raise Malformed(start, "a time of digits that ends in Z")
    day = _day(text[:-6])
    at: i64 = stop - 7
    hour: i64 = (data[at] - 48) * 10 + data[at + 1] - 48
    minute: i64 = (data[at + 2] - 48) * 10 + data[at + 3] - 48
    second: i64 = (data[at + 4] - 48) * 10 + data[at + 5] - 48
    if day is None or hour > 23 or minute > 59 or second > 59:
        raise Malformed(start, "a date and time that exist")
    # Years after 2262 take more than 64 bits.
    since_midnight: int = (hour * 3600 + minute * 60 + second) * 1_000_000_000
    return day * _DAY_NS + since_midnight


@lru_cache(maxsize=1024)
def _day(text: bytes) -> int | None:
    """The day that YYMMDD or YYYYMMDD names, counted from 1970-01-01; None if there is none."""
    if len(text) == 6:
        text = (b"19" if text >= b"50" else b"20") + text
    try:
        return date(int(text[0:4]), int(text[4:6]), int(text[6:8])).toordinal() - _FIRST_DAY
    except ValueError:
        return None


def since_epoch_ns(when: datetime) -> int:
    """Count nanoseconds from 1970-01-01 UTC to an aware datetime, exactly, also before 1970 and in year 9999."""
    since = when - _EPOCH
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
