"""``tlseku.x509.cache``: each certificate once, within a limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build
from tlseku.x509.cache import FACT, FACTS, CertificateCache, footprint
from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate


class Reader:
    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def __call__(self, der: bytes) -> Certificate:
        self.asked.append(der)
        return Certificate(der=der, sha256="")


def test_the_same_bytes_are_read_once() -> None:
    reader = Reader()
    cache = CertificateCache(read=reader)
    first = cache.read(b"a")
    assert cache.read(bytes([97])) is first
    assert cache.read(b"b") is not first
    assert reader.asked == [b"a", b"b"]
    assert len(cache) == 2


def test_unreadable_certificates_are_kept_too() -> None:
    cache = CertificateCache()
    assert cache.read(b"") is cache.read(b"")
    assert cache.read(b"").readable is False


def test_the_oldest_goes_first() -> None:
    reader = Reader()
    cache = CertificateCache(limit=2 * (FACTS + 1), read=reader)
    for der in (b"a", b"b", b"a", b"c", b"b", b"a"):
        cache.read(der)
    # The second a is a hit and does not make it younger: c drives it out.
    assert reader.asked == [b"a", b"b", b"c", b"a"]
    assert (len(cache), cache.size) == (2, 2 * (FACTS + 1))


def test_what_is_larger_than_the_limit_is_read_and_not_kept() -> None:
    reader = Reader()
    cache = CertificateCache(limit=FACTS + 1, read=reader)
    assert cache.read(b"a").der == b"a"
    assert cache.read(b"bb").der == b"bb"
    assert cache.read(b"a").der == b"a"
    assert reader.asked == [b"a", b"bb"]
    assert CertificateCache(limit=0).read(b"x").der == b"x"


@given(st.lists(st.binary(max_size=30)), st.integers(0, 8 * FACTS))
def test_the_limit_holds(ders: list[bytes], limit: int) -> None:
    cache = CertificateCache(limit, Reader())
    for der in ders:
        assert cache.read(der).der == der
        assert cache.size <= limit
    assert len(cache) <= len(set(ders))


def test_footprint_counts_lists_and_names() -> None:
    few, many = build(san=("a",)), build(san=[f"{number}" + "x" for number in range(100)])
    grown = footprint(read_certificate(many.der)) - footprint(read_certificate(few.der))
    assert grown == len(many.der) - len(few.der) + 99 * FACT
    assert footprint(Certificate(der=b"123", sha256="", subject_der=b"12")) == 3 + FACTS + 10
