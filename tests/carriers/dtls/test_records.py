"""Records in a datagram of DTLS."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.dtls.written import record
from tlseku.carriers.dtls.records import (
    CAPWAP_DTLS,
    DTLS13,
    DTLS13_CIPHERTEXT,
    DtlsRecord,
    begins_record,
    payload_start,
    read_records,
)
from tlseku.errors import Malformed

HELLO = record(22, b"hello", 7)


def test_records_of_one_datagram() -> None:
    data = b"xx" + HELLO + record(20, b"\1", 8) + record(23, b"", 1, epoch=1) + b"yy"
    found = list(read_records(data, 2, len(data) - 2))
    assert [(each.content_type, each.epoch, each.number & 0xFF) for each in found] == [
        (22, 0, 7),
        (20, 0, 8),
        (23, 1, 1),
    ]
    assert [data[each.start : each.end] for each in found] == [b"hello", b"\1", b""]


def test_a_connection_id_stands_before_the_length() -> None:
    data = b"\x19\xfe\xfd" + (1 << 48).to_bytes(8, "big") + b"ID#" + b"\0\4" + b"body" + HELLO
    assert [data[each.start : each.end] for each in read_records(data, 0, len(data), id_length=3)] == [
        b"body",
        b"hello",
    ]


@pytest.mark.parametrize(
    ("header", "id_length", "start"),
    [
        (b"\x2c\0\1\0\4", 0, 5),
        (b"\x24\1\0\4", 0, 4),
        (b"\x28\0\1", 0, 3),
        (b"\x20\1", 0, 2),
        (b"\x3cID\0\1\0\4", 2, 7),
        (b"\x30ID\1", 2, 4),
    ],
)
def test_protected_records_of_dtls13(header: bytes, id_length: int, start: int) -> None:
    data = header + b"body"
    assert list(read_records(data, 0, len(data), id_length)) == [
        DtlsRecord(DTLS13_CIPHERTEXT, DTLS13, 0, start, start + 4)
    ]


@pytest.mark.parametrize(
    ("data", "before", "offset"),
    [
        (HELLO + b"\0\0", 1, len(HELLO)),
        (HELLO[:-1], 0, 0),
        (HELLO + HELLO[:12], 1, len(HELLO)),
        (HELLO.replace(b"\xfe\xfd", b"\xfe\xfc"), 0, 0),
        (b"\x16\x03\x03" + HELLO[3:], 0, 0),
        (b"\x13" + HELLO[1:], 0, 0),
        (b"\x1b" + HELLO[1:], 0, 0),
        (b"\x2c\0\1\0\5body", 0, 0),
        (b"\x2c\0\1", 0, 0),
        (b"\x3f", 0, 0),
    ],
)
def test_what_is_damaged_is_told_behind_what_is_not(data: bytes, before: int, offset: int) -> None:
    found: list[DtlsRecord] = []
    with pytest.raises(Malformed) as problem:
        found.extend(read_records(data, 0, len(data)))
    assert (len(found), problem.value.offset) == (before, offset)


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (HELLO, True),
        (HELLO + HELLO, True),
        (record(21, b"\2\x28", version=0xFEFF), True),
        (b"\x19" + HELLO[1:], True),
        (HELLO[:-1], False),
        (b"", False),
        (b"\x16\x03\x03\0\5hello" + bytes(9), False),
        (record(22, b"hello", version=0x0100), False),
        # What else stands on a port of WebRTC (RFC 7983): STUN, ZRTP, TURN, RTP.
        (b"\0\1" + HELLO[2:], False),
        (b"\x10" + HELLO[1:], False),
        (b"\x40" + HELLO[1:], False),
        (b"\x80\x60" + HELLO[2:], False),
    ],
)
def test_begins_record(data: bytes, yes: bool) -> None:
    assert begins_record(data, 0, len(data)) is yes
    assert begins_record(b"x" + data + b"x", 1, 1 + len(data)) is yes


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (HELLO, 0),
        (CAPWAP_DTLS + HELLO, 4),
        (CAPWAP_DTLS + b"something else", 0),
        (b"\0\0\0\0" + HELLO, 0),
        (CAPWAP_DTLS, 0),
    ],
)
def test_the_preamble_of_capwap(data: bytes, start: int) -> None:
    assert payload_start(data, 0, len(data)) == start


@given(
    st.lists(
        st.tuples(st.integers(20, 24), st.binary(max_size=40), st.integers(0, 2**48 - 1), st.integers(0, 9)),
        max_size=8,
    )
)
def test_what_was_written_is_read(written: list[tuple[int, bytes, int, int]]) -> None:
    data = b"".join(record(kind, content, number, epoch=epoch) for kind, content, number, epoch in written)
    assert [
        (each.content_type, data[each.start : each.end], each.number & 0xFFFFFFFFFFFF, each.epoch)
        for each in read_records(data, 0, len(data))
    ] == written


def test_anything_gives_records_or_is_malformed() -> None:
    source = random.Random(18)
    for _ in range(3000):
        data = bytearray(HELLO * source.randrange(3) + source.randbytes(source.randrange(60)))
        for _ in range(source.randrange(4)):
            if data:
                data[source.randrange(len(data))] = source.choice((0x16, 0x19, 0x20, 0x3F, 0xFE, 0xFD, 0xFF))
        at = 0
        try:
            for each in read_records(bytes(data), 0, len(data), source.randrange(4)):
                assert at <= each.start <= each.end <= len(data)
                at = each.end
        except Malformed:
            pass
