"""``tlseku.x509.general_name``: values of alternative names as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.x509.general_name import ascii_text, ip_text, other_name_text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\xc0\x00\x02\x01", "192.0.2.1"),
        (b"\0" * 15 + b"\1", "::1"),
        (b"", "#"),
        (b"\1\2\3", "#010203"),
        (b"\0" * 8, "#" + "00" * 8),
    ],
)
def test_ip_text(octets: bytes, text: str) -> None:
    assert ip_text(octets) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x0c\x03a@b", "1.2=a@b"),
        (b"\x16\x00", "1.2="),
        (b"\x02\x01\x05", "1.2=#020105"),
        (b"\x0c\x01\xff", "1.2=#0c01ff"),
        (b"\x0c\x01a\0", "1.2=#0c016100"),
        (b"", "1.2=#"),
        (b"zz", "1.2=#7a7a"),
    ],
)
def test_other_name_text(value: bytes, text: str) -> None:
    assert other_name_text("1.2", value) == text


@pytest.mark.parametrize(
    ("octets", "text"), [(b"xn--a", "xn--a"), ("ä".encode(), "ä"), (b"\xff", "#ff"), (b"", "")]
)
def test_ascii_text(octets: bytes, text: str) -> None:
    assert ascii_text(octets) == text


@given(st.binary(max_size=40))
def test_never_raise(octets: bytes) -> None:
    assert ip_text(octets)
    assert other_name_text("1.2", octets).startswith("1.2=")
    ascii_text(octets)
