"""Extensions: kept as they are, read where they matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls.written import extension, extensions, vector
from tlseku.errors import Malformed
from tlseku.tls import extensions as ext
from tlseku.tls.cursor import Cursor

CLIENT_AUTH_OID = bytes.fromhex("06082b06010505070302")
EKU_OID = bytes.fromhex("0603551d25")


def test_read_in_the_order_sent() -> None:
    block = extensions(extension(0xFEED, b"x"), extension(0, b""), extension(0xFEED, b"y"))
    found = ext.read_extensions(Cursor(block))
    assert found == ((0xFEED, b"x"), (0, b""), (0xFEED, b"y"))
    assert ext.find(found, 0xFEED) == b"x"
    assert ext.find(found, 0) == b""
    assert ext.find(found, 1) is None


def test_no_block_and_an_empty_block() -> None:
    assert ext.read_extensions(Cursor(b"")) == ()
    assert ext.read_extensions(Cursor(b"\0\0")) == ()


@pytest.mark.parametrize(
    "block", [b"\0", b"\0\x01", b"\0\x03\0\0\0", b"\0\x04\0\0\0\x01", b"\0\x05\0\0\0\x02a"]
)
def test_a_broken_block(block: bytes) -> None:
    with pytest.raises(Malformed):
        ext.read_extensions(Cursor(block))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (vector(2, b"\0" + vector(2, b"a.example")), "a.example"),
        (vector(2, b"\x07" + vector(2, b"zz") + b"\0" + vector(2, b"b")), "b"),
        (vector(2, b"\0" + vector(2, b"\xc3\xa4\x00")), "\\xc3\\xa4\x00"),
        (vector(2, b"\0" + vector(2, b"")), ""),
        (vector(2, b"\x07" + vector(2, b"zz")), None),
        (b"\0\0", None),
        (b"", None),
    ],
)
def test_server_name(content: bytes, name: str | None) -> None:
    assert ext.server_name(content) == name


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"\0\0", ()),
        (b"\0\x0c\x02h2\x08http/1.1", ("h2", "http/1.1")),
        (b"\0\x03\x02\xff\x00", ("\\xff\x00",)),
        (b"\0\x01\0", ("",)),
    ],
)
def test_protocol_names(content: bytes, names: tuple[str, ...]) -> None:
    assert ext.protocol_names(content) == names


@pytest.mark.parametrize(
    ("content", "size", "codes"),
    [(b"\0\0", 2, ()), (b"\0\x04\x04\x03\x08\x04", 2, (0x0403, 0x0804)), (b"\x02\x03\x04", 1, (0x0304,))],
)
def test_code_points(content: bytes, size: int, codes: tuple[int, ...]) -> None:
    assert ext.code_points(content, size, "x") == codes


def test_distinguished_names() -> None:
    assert ext.distinguished_names(Cursor(b"\0\0")) == ()
    assert ext.distinguished_names(Cursor(b"\0\x07\0\x02\x30\0\0\x01z")) == (b"\x30\0", b"z")


@pytest.mark.parametrize(
    ("content", "filters"),
    [
        (b"\0\0", ()),
        (
            vector(2, vector(1, EKU_OID) + vector(2, b"\x30\x0a" + CLIENT_AUTH_OID)),
            (("2.5.29.37", b"\x30\x0a" + CLIENT_AUTH_OID),),
        ),
        (
            vector(2, vector(1, EKU_OID) + b"\0\0" + vector(1, b"\x06\x01\x2a") + b"\0\0"),
            (("2.5.29.37", b""), ("1.2", b"")),
        ),
        (vector(2, vector(1, b"\x06\x02\x88\x37") + b"\0\0"), (("2.999", b""),)),
        (vector(2, vector(1, b"\x06\x01\x00") + b"\0\0"), (("0.0", b""),)),
        (vector(2, vector(1, b"\x06\x01\x88") + b"\0\0"), (("060188", b""),)),
        (vector(2, vector(1, b"\x06\x05\x2a") + b"\0\0"), (("06052a", b""),)),
        (vector(2, vector(1, b"\x04\x01\x2a") + b"\0\0"), (("04012a", b""),)),
    ],
)
def test_oid_filters(content: bytes, filters: tuple[tuple[str, bytes], ...]) -> None:
    assert ext.oid_filters(content) == filters


@pytest.mark.parametrize(
    ("pairs", "outer"),
    [
        (((0xFE0D, b"\0" + bytes(40)),), True),
        (((10, b"\0\0"), (0xFE0D, b"\0")), True),
        (((0xFE0D, b"\x01"),), False),
        (((0xFE0D, b""),), False),
        (((0xFE0E, b"\0"),), False),
        ((), False),
    ],
)
def test_an_outer_hello(pairs: tuple[tuple[int, bytes], ...], outer: bool) -> None:
    assert ext.may_be_outer_hello(pairs) == outer


READERS = (
    ext.server_name,
    ext.protocol_names,
    ext.oid_filters,
    ext.trust_anchor_ids,
    lambda content: ext.code_points(content, 2, "x"),
    lambda content: ext.code_points(content, 1, "x"),
    lambda content: ext.distinguished_names(Cursor(content)),
    lambda content: ext.read_extensions(Cursor(content)),
)


@pytest.mark.parametrize("content", [b"\0", b"\0\x05\0\0", b"\0\x02\0\x09", b"\0\x01\x05"])
@pytest.mark.parametrize("reader", READERS[:4])
def test_broken_content(reader: object, content: bytes) -> None:
    with pytest.raises(Malformed):
        reader(content)  # type: ignore[operator]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(content: bytes) -> None:
    for reader in READERS:
        try:
            reader(content)  # type: ignore[operator]
        except Malformed as problem:
            offset = problem.offset
        else:
            offset = 0
        assert 0 <= offset <= len(content)


@given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=30)), max_size=10))
def test_what_is_written_is_read(pairs: list[tuple[int, bytes]]) -> None:
    assert ext.read_extensions(Cursor(extensions(*(extension(*pair) for pair in pairs)))) == tuple(pairs)
