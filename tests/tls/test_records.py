"""What is the header of a record, and where the next one stands."""

from __future__ import annotations

import pytest

from tests.tls import written
from tests.tls.written import record
from tlseku.tls.records import find_record, is_record_header

CHAIN = written.certificate(b"\x30\x82\x04\x57" + bytes(1111))[5:]


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (b"\x16\x03\x01\x00\x01", True),
        (b"\x14\x03\x00\x00\x01", True),
        (b"\x18\x03\x04\x48\x00", True),
        (b"\x17\x03\x03\x00\x00", True),
        (b"\x16\x03\x03\x00\x00", True),
        (b"\x17\x03\x03\x48\x01", False),
        (b"\x13\x03\x03\x00\x01", False),
        (b"\x19\x03\x03\x00\x01", False),
        (b"\x16\x03\x05\x00\x01", False),
        (b"\x16\x02\x00\x00\x01", False),
        (b"\x16\xfe\xfd\x00\x01", False),
    ],
)
def test_is_record_header(data: bytes, yes: bool) -> None:
    assert is_record_header(data, 0) is yes
    assert is_record_header(b"xx" + data, 2) is yes


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (record(23, b"abc"), 0),
        (b"junk" + record(23, b"abc"), 4),
        (b"\x03\x03\x16" + record(22, b"abc") + record(23, b"abc") + b"rest", 3),
        (b"junk" + record(22, written.SERVER_HELLO_DONE + b"x")[:-1], 4),
        (b"junk" + record(22, b"\x0b\0\x10\0" + bytes(5000))[:900], 4),
        # The message is longer than its record, so nothing but the header speaks for it.
        (b"junk" + record(22, b"\x0b\0\x20\0" + bytes(5000))[:900], -1),
        # Unless it is a chain, which often is.
        (b"junk" + record(22, CHAIN[:900])[:500], 4),
        (b"junk" + record(22, CHAIN[:11])[:-1], -1),
        (b"junk" + record(22, CHAIN[:12])[:-1], 4),
        (b"", -1),
        (b"\x16\x03\x03\x00", -1),
        (b"junk" + record(23, b"abc")[:-1], -1),
        (b"junk" + record(22, b"\xee\0\0\0" + b"x" * 9)[:-1], -1),
        (b"junk" + record(22, b""), -1),
        (b"nothing of the kind, of any length " * 9, -1),
        (b"\x03" * 40, -1),
    ],
)
def test_find_record(data: bytes, at: int) -> None:
    assert find_record(data) == at
