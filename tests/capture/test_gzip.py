"""gzip: members in a row, and everything that can be saved of damaged data."""

from __future__ import annotations

import gzip as standard_gzip
import io
import random

import pytest

from tests.capture.written import Dribble
from tlseku.capture.feed import ObjectFeed
from tlseku.capture.gzip import GzipFeed

NOISE = random.Random(1).randbytes(90_000)
TEXT = b"".join(b"line %d of a text that packs well\n" % n for n in range(20_000))


def packed(plain: bytes, level: int = 9) -> bytes:
    return standard_gzip.compress(plain, level, mtime=0)


def inflated(data: bytes, step: int = 1 << 16, piece: int = 1 << 16) -> tuple[bytes, str | None]:
    feed = GzipFeed(ObjectFeed(Dribble(data, step), 1 << 16), piece)
    out = []
    while some := feed.read_some():
        assert len(some) <= piece
        out.append(some)
    assert feed.read_some() == b""
    return b"".join(out), feed.problem


@pytest.mark.parametrize("step", [7, 1000, 1 << 16])
@pytest.mark.parametrize("piece", [100, 1 << 16])
@pytest.mark.parametrize(
    "plain", [b"", b"x", NOISE, TEXT, bytes(1 << 20)], ids=["empty", "one", "noise", "text", "zeros"]
)
def test_a_member(plain: bytes, piece: int, step: int) -> None:
    assert inflated(packed(plain), step, piece) == (plain, None)


@pytest.mark.parametrize("step", [1, 1 << 16])
def test_members_in_a_row_and_padding(step: int) -> None:
    one, two = packed(NOISE[:999]), packed(b"two")
    assert inflated(one + two, step) == (NOISE[:999] + b"two", None)
    assert inflated(one + bytes(3000), step) == (NOISE[:999], None)
    assert inflated(one + bytes(512) + two, step) == (NOISE[:999] + b"two", None)
    assert inflated(packed(b"") * 50 + two, step) == (b"two", None)


def test_a_header_with_a_name() -> None:
    out = io.BytesIO()
    with standard_gzip.GzipFile("name.pcap", "wb", fileobj=out) as file:
        file.write(TEXT)
    assert inflated(out.getvalue()) == (TEXT, None)


@pytest.mark.parametrize("step", [1, 777, 1 << 16])
def test_cut_data_gives_all_that_is_there(step: int) -> None:
    data = packed(NOISE, 0)  # stored: what is there can be counted
    plain, problem = inflated(data[:50_000], step)
    assert plain == NOISE[: len(plain)]
    assert len(plain) > 49_900
    assert problem == "the gzip data is cut short"


@pytest.mark.parametrize(("cut", "kept"), [(1, TEXT), (8, TEXT), (9, TEXT)])
def test_cut_in_the_trailer(cut: int, kept: bytes) -> None:
    plain, problem = inflated(packed(TEXT)[:-cut])
    assert plain[:-300] == kept[: len(plain) - 300]
    assert len(plain) > len(kept) - 300
    assert problem == "the gzip data is cut short"


def test_a_wrong_checksum_loses_nothing() -> None:
    data = bytearray(packed(TEXT))
    data[-6] ^= 1
    assert inflated(bytes(data)) == (TEXT, "the gzip data is damaged: incorrect data check")


@pytest.mark.parametrize("step", [1, 1 << 16])
def test_damage_in_the_middle_gives_all_before_it(step: int) -> None:
    data = bytearray(packed(NOISE, 0))
    first = int.from_bytes(data[11:13], "little")
    second = 10 + 5 + first  # gzip header, header of a stored block, its bytes
    data[second] = 0x07  # block type 3, which does not exist
    assert inflated(bytes(data), step) == (NOISE[:first], "the gzip data is damaged: invalid block type")


def test_foreign_bytes_behind_the_end() -> None:
    data = packed(TEXT)
    assert inflated(data + b"more") == (TEXT, "the bytes after the end of the gzip data are not gzip")
    assert inflated(data + b"\x1f\x8b\x08") == (TEXT, "the gzip data is cut short")


def test_any_mutation_ends_without_an_exception(seeded: random.Random) -> None:
    source = packed(TEXT[:3000]) + packed(NOISE[:500])
    for _ in range(1500):
        data = bytearray(source)
        for _ in range(seeded.randint(1, 3)):
            data[seeded.randrange(2, len(data))] = seeded.randrange(256)
        plain, _ = inflated(bytes(data[: seeded.randint(2, len(data))]))
        assert len(plain) < 1 << 22
