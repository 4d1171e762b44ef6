"""The Certificate message in both forms, whole and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls.written import certificate13_body, certificate_body, extension, vector
from tlseku.tls.certificate_message import MAX_ENTRIES, CertificateMessage, read_certificate_message

A, B = b"A" * 5, b"B" * 300


@pytest.mark.parametrize("chain", [(), (A,), (A, B), (A, A), (b"",), (b"", A)])
def test_before_tls13(chain: tuple[bytes, ...]) -> None:
    read = read_certificate_message(certificate_body(*chain), tls13=False)
    assert read == CertificateMessage(chain, None, (), True, None)


@pytest.mark.parametrize("chain", [(), (A,), (A, B)])
@pytest.mark.parametrize("context", [b"", b"ctx"])
def test_tls13(chain: tuple[bytes, ...], context: bytes) -> None:
    read = read_certificate_message(certificate13_body(*chain, context=context), tls13=True)
    assert read == CertificateMessage(chain, context, ((),) * len(chain), True, None)


def test_extensions_of_an_entry() -> None:
    body = certificate13_body(A, exts=extension(5, b"ocsp") + extension(18, b""))
    assert read_certificate_message(body, tls13=True).extensions == (((5, b"ocsp"), (18, b"")),)


@pytest.mark.parametrize(
    ("body", "chain", "whole", "expected"),
    [
        (b"", (), False, "the length of certificate_list (3 bytes, 0 left)"),
        (b"\0\0", (), False, "the length of certificate_list (3 bytes, 2 left)"),
        (b"\0\0\x09" + vector(3, A), (), False, "certificate_list (9 bytes, 8 left)"),
        # An entry longer than its list is no certificate, and no stump of one.
        (vector(3, vector(3, A) + b"\0\0\x09abc"), (A,), False, "a certificate (9 bytes, 3 left)"),
        (vector(3, vector(3, A) + b"\0\0"), (A,), False, "the length of a certificate (3 bytes, 2 left)"),
        # Bytes behind a whole list are a defect of the message and take nothing from the list.
        (certificate_body(A, B) + b"x", (A, B), True, "the end of Certificate"),
        (certificate_body() + b"x", (), True, "the end of Certificate"),
    ],
)
def test_damaged(body: bytes, chain: tuple[bytes, ...], whole: bool, expected: str) -> None:
    read = read_certificate_message(body, tls13=False)
    assert (read.certificates, read.whole) == (chain, whole)
    assert read.problem is not None
    assert read.problem.expected == expected


def test_an_entry_whose_extensions_are_cut_is_no_entry() -> None:
    body = vector(1, b"") + vector(3, vector(3, A) + b"\0\0" + vector(3, B) + b"\0\x05\0")
    read = read_certificate_message(body, tls13=True)
    assert (read.certificates, read.extensions, read.whole) == ((A,), ((),), False)


@pytest.mark.parametrize("tls13", [False, True])
def test_cut_anywhere(tls13: bool) -> None:
    body = certificate13_body(A, B, A) if tls13 else certificate_body(A, B, A)
    counts = []
    for end in range(len(body)):
        read = read_certificate_message(body[:end], tls13=tls13, cut=True)
        assert not read.whole
        assert read.certificates == (A, B, A)[: len(read.certificates)]
        assert len(read.extensions) == (len(read.certificates) if tls13 else 0)
        counts.append(len(read.certificates))
    assert counts == sorted(counts)
    assert counts[-1] == 2
    assert {0, 1, 2} == set(counts)


@pytest.mark.parametrize("end", range(0, 314, 3))
def test_short_without_being_cut_gives_nothing(end: int) -> None:
    """Where nobody took bytes away, a list longer than its message is malformed as a whole."""
    read = read_certificate_message(certificate_body(A, B)[:end], tls13=False)
    assert (read.certificates, read.whole) == ((), False)


@given(st.binary(max_size=80), st.booleans(), st.booleans())
def test_never_raises(body: bytes, tls13: bool, cut: bool) -> None:
    read = read_certificate_message(body, tls13=tls13, cut=cut)
    assert not (read.whole and cut)
    assert read.whole or read.problem is not None
    assert len(read.extensions) == (len(read.certificates) if tls13 else 0)


@given(st.lists(st.binary(max_size=50), max_size=6), st.booleans())
def test_what_is_written_is_read(chain: list[bytes], tls13: bool) -> None:
    body = certificate13_body(*chain) if tls13 else certificate_body(*chain)
    read = read_certificate_message(body, tls13=tls13)
    assert (read.certificates, read.whole, read.problem) == (tuple(chain), True, None)


def test_more_certificates_than_anybody_sends_are_not_read() -> None:
    body = certificate_body(*[b"0\0"] * 501)
    found = read_certificate_message(body, tls13=False)
    assert (len(found.certificates), found.whole) == (MAX_ENTRIES, False)
    assert (
        str(found.problem) == "malformed at byte 2503: expected no more than 500 certificates in one message"
    )
    assert read_certificate_message(certificate_body(*[b"0\0"] * 500), tls13=False).whole
