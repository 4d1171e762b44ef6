"""``tlseku.x509.der``: strict DER and nothing else."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import Malformed
from tlseku.x509 import der


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("0200", (0x02, 2, 2)),
        ("020101", (0x02, 2, 3)),
        ("308180" + "00" * 128, (0x30, 3, 131)),
        ("30820100" + "00" * 256, (0x30, 4, 260)),
        ("a00102ff", (0xA0, 2, 3)),
    ],
)
def test_header_reads(data: str, expected: tuple[int, int, int]) -> None:
    octets = bytes.fromhex(data)
    assert der.header(octets, 0, len(octets)) == expected


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        ("", 0),
        ("30", 0),
        ("3001", 0),
        ("3080", 1),
        ("308101ff", 1),
        ("3082007f" + "00" * 127, 1),
        ("3085010000000000", 1),
        ("308201", 1),
        ("1f0100", 0),
    ],
)
def test_header_refuses(data: str, offset: int) -> None:
    octets = bytes.fromhex(data)
    with pytest.raises(Malformed) as caught:
        der.header(octets, 0, len(octets))
    assert caught.value.offset == offset


def test_a_value_may_not_leave_its_enclosing_value() -> None:
    octets = bytes.fromhex("3003020201ff02")
    assert der.header(octets, 2, 6) == (2, 4, 6)
    with pytest.raises(Malformed):
        der.header(octets, 2, 5)


@given(st.integers(min_value=-(2**200), max_value=2**200))
def test_integers_are_those_of_asn1crypto(number: int) -> None:
    octets = core.Integer(number).contents
    assert der.integer(octets, 0, len(octets)) == number


@pytest.mark.parametrize("content", ["", "0001", "007f", "ffff", "ff80"])
def test_integers_refused(content: str) -> None:
    octets = bytes.fromhex(content)
    with pytest.raises(Malformed):
        der.integer(octets, 0, len(octets))


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39)),
    st.lists(st.integers(0, 2**120), max_size=12),
)
def test_oids_are_those_of_asn1crypto(root: tuple[int, int], arcs: list[int]) -> None:
    text = ".".join(str(arc) for arc in (*root, *arcs))
    assert der.oid_text(core.ObjectIdentifier(text).contents) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("551d2500", "2.5.29.37.0"),
        ("8837", "2.999"),
        ("2b06010505070302", "1.3.6.1.5.5.7.3.2"),
        ("00", "0.0"),
    ],
)
def test_oids_read(content: str, text: str) -> None:
    assert der.oid_text(bytes.fromhex(content)) == text


@pytest.mark.parametrize("content", ["", "80", "2b80", "2b8001", "2b86", "2b" + "81" * 19 + "01"])
def test_oids_refused(content: str) -> None:
    with pytest.raises(Malformed):
        der.oid_text(bytes.fromhex(content))


@pytest.mark.parametrize(
    ("tag", "text", "when"),
    [
        (der.UTC_TIME, b"700101000000Z", 0),
        (der.UTC_TIME, b"500101000000Z", -631152000),
        (der.UTC_TIME, b"491231235959Z", 2524607999),
        (der.GENERALIZED_TIME, b"99991231235959Z", 253402300799),
        (der.GENERALIZED_TIME, b"00010101000000Z", -62135596800),
    ],
)
def test_times_read(tag: int, text: bytes, when: int) -> None:
    assert der.time_ns(text, tag, 0, len(text)) == when * 1_000_000_000


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (der.UTC_TIME, b"7001010000Z"),
        (der.UTC_TIME, b"700101000000+0000"),
        (der.UTC_TIME, b"701301000000Z"),
        (der.UTC_TIME, b"7001010000 0Z"),
        (der.UTC_TIME, b"700101000000z"),
        (der.GENERALIZED_TIME, b"00000101000000Z"),
        (der.GENERALIZED_TIME, b"20260101000000.5Z"),
        (der.GENERALIZED_TIME, b"20260101000060Z"),
        (der.INTEGER, b"700101000000Z"),
        (der.UTC_TIME, b""),
    ],
)
def test_times_refused(tag: int, text: bytes) -> None:
    with pytest.raises(Malformed):
        der.time_ns(text, tag, 0, len(text))


def test_nanoseconds_are_exact() -> None:
    assert (
        der.since_epoch_ns(datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc)) == 253402300799999999000
    )
    assert der.since_epoch_ns(datetime(1969, 12, 31, 23, 59, 59, 1, timezone.utc)) == -999999000


@pytest.mark.parametrize(("content", "value"), [("00", False), ("ff", True)])
def test_booleans_read(content: str, value: bool) -> None:
    assert der.boolean(bytes.fromhex(content), 0, 1) is value


@pytest.mark.parametrize("content", ["", "01", "ffff"])
def test_booleans_refused(content: str) -> None:
    octets = bytes.fromhex(content)
    with pytest.raises(Malformed):
        der.boolean(octets, 0, len(octets))


@given(st.binary(max_size=40), st.integers(0, 45))
def test_header_raises_nothing_else_and_stays_inside(data: bytes, offset: int) -> None:
    try:
        _, start, stop = der.header(data, offset, len(data))
    except Malformed:
        return
    assert offset < start <= stop <= len(data)
