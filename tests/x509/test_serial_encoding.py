"""Serial numbers with an octet too many, and those that need every one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build
from tlseku.x509.serial_encoding import SERIAL_WORDS, serial_oddities


def with_serial(content: bytes) -> bytes:
    """The beginning of a certificate: all that is looked at."""
    body = b"\xa0\x03\x02\x01\x02" + b"\x02" + bytes([len(content)]) + content
    inner = b"\x30" + bytes([len(body)]) + body
    return b"\x30" + bytes([len(inner)]) + inner


@pytest.mark.parametrize("content", ["0001", "007f", "ff80", "ffff", "00007f00", "ff8080"])
def test_padded(content: str) -> None:
    assert "padded" in serial_oddities(with_serial(bytes.fromhex(content)))


@pytest.mark.parametrize(
    "content", ["", "00", "01", "7f", "80", "ff", "0080", "ff7f", "00ff", "807f", "7fff"]
)
def test_not_padded(content: str) -> None:
    assert "padded" not in serial_oddities(with_serial(bytes.fromhex(content)))


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x02\x30\x00", b"\xff" * 20, with_serial(b"\0\1")[:-3]])
def test_no_certificate(der: bytes) -> None:
    assert "padded" not in serial_oddities(der)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", {"empty"}),
        ("01", set()),
        ("7f" * 20, set()),
        ("00" + "80" * 19, set()),
        ("00", {"zero"}),
        ("0000", {"zero", "padded"}),
        ("80", {"negative"}),
        ("ffff80", {"negative", "padded"}),
        ("001234", {"padded"}),
        ("11" * 21, {"long"}),
        ("00" + "80" * 20, {"long"}),
    ],
)
def test_what_is_odd(content: str, words: set[str]) -> None:
    assert serial_oddities(with_serial(bytes.fromhex(content))) == words


@given(st.binary(max_size=60))
def test_any_bytes(der: bytes) -> None:
    assert serial_oddities(der) <= set(SERIAL_WORDS)


def test_certificates_as_they_are_issued() -> None:
    assert "padded" not in serial_oddities(build().der)
    assert "padded" not in serial_oddities(build(serial=-1).der)
    assert "padded" not in serial_oddities(build(version=1).der)
