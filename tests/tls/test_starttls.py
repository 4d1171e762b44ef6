"""Which protocol it was; the dialogues themselves are in ``tests/test_starttls_dialogues.py``."""

from __future__ import annotations

import random

import pytest

from tlseku.tls.starttls import ENOUGH_TO_TELL, clear_text_protocols, may_turn_to_tls, name_protocol


@pytest.mark.parametrize(
    ("client", "server", "name"),
    [
        (b"EHLO x\r\nSTARTTLS\r\n", b"220 a\r\n250 STARTTLS\r\n220 go\r\n", "smtp"),
        (b"EHLO x\r\nSTARTTLS\r\n", b"", "smtp"),
        (b"", b"220 a\r\n250 STARTTLS\r\n220 go\r\n", "smtp"),
        (b"EHLO x\r\nSTARTTLS\r\n", b"220 a\r\n250 STARTTLS\r\n454 no\r\n", None),
        (b"EHLO x\r\nSTARTTLS\r\nMAIL FROM:<>\r\n", b"", None),
        (b"EHLO x\r\nXSTARTTLS\r\n", b"", None),
        (b"", b"220 a\r\n", None),
        (b"AUTH TLS\r\n", b"220 a\r\n234 go\r\n", "ftp"),
        (b"AUTH TLS\r\n", b"220 a\r\n500 no\r\n", None),
        (b"a STARTTLS\r\n", b"* OK hi\r\na OK go\r\n", "imap"),
        (b"a STARTTLS\r\n", b"* OK hi\r\na BAD no\r\n", None),
        (b"", b"* OK hi STARTTLS\r\n", None),
        (b"STLS\r\n", b"+OK\r\n-ERR\r\n", None),
        (b"STLS\r\n", b"+OK\r\n+OK go\r\n", "pop3"),
        (b"", b"+OK hello\r\n", None),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", b"S", "postgresql"),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", b"N", None),
        (b"\0\0\0\x08\x04\xd2\x16\x30", b"N", None),
        (b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", "http-connect"),
        (b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nbody", None),
        (b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", None),
        (b"\x05\x01\0\x05\x01\0\x01abcd\0\x50", b"\x05\0\x05\0\0\x01abcd\0\x50", "socks"),
        (b"\x05\x01\0\x05\x01\0\x01abcd\0\x50", b"\x05\0\x05\x05\0\x01abcd\0\x50", None),
        (b"\x05\x01\0", b"\x05\0", None),
        (b"PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n", b"", "proxy-protocol"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\nmore", b"", None),
        (b"", b"", None),
        (b"any text at all", b"and any answer", None),
    ],
)
def test_name_protocol(client: bytes, server: bytes, name: str | None) -> None:
    assert name_protocol(client, server) == name


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", None),
        (b"E", None),
        (b"EHLO x", True),
        (b"220 mx", True),
        (b"* OK", True),
        (b"HTTP/1.1 200", True),
        (b"GET / HTTP/1.1", None),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", False),
        (b"SSH-2.0-OpenSSH_9.6\r\n", None),
        (b"SSH-2.0-OpenSSH_9.6p1 Debian-4\r\n", False),
        (b"\0" * 30, False),
    ],
)
def test_may_turn_to_tls(data: bytes, answer: bool | None) -> None:
    assert may_turn_to_tls(data) is answer


def test_enough_bytes_always_tell(seeded: random.Random) -> None:
    for _ in range(2000):
        assert may_turn_to_tls(seeded.randbytes(ENOUGH_TO_TELL)) is not None


def test_names_are_told_apart() -> None:
    names = [each.name for each in clear_text_protocols()]
    assert len(set(names)) == len(names)


def test_no_pattern_takes_long_on_hostile_text() -> None:
    """Every pattern over 16 kB of what it likes best; a pattern that backtracks would not come back."""
    for text in (
        b"HTTP/1.1 200 OK\r\n" * 1000,
        b"220 x\n" * 2700,
        b"<proceed " * 1800,
        b"a STARTTLS " * 1400,
        b"\x78\x0a\x01" * 5000,
        b"\x05\x01\x00\x03" * 4000,
    ):
        name_protocol(text, text)
