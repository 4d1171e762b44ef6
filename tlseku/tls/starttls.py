"""Clear-text protocols that turn into TLS in the same connection.

Knows how each begins, on either side, and what asks for the turn; must not know TLS. A protocol is named only if the
bytes before TLS follow it and end with the turn, so that a download or a mail that happens to contain a ClientHello is
not taken for a connection.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, Protocol

# What one side may say before TLS. Mail, directory and chat servers need a few hundred bytes; a proxy's refusal with an
# HTML page some kilobytes.
MAX_CLEAR_TEXT = 16 * 1024
# What is kept of how a side begins, to name the protocol when TLS follows much later.
WORDS_KEPT = 64
# The name of what came before TLS where no protocol of the table did.
UNKNOWN = "unknown"
# From this many bytes on, a side that looks like no protocol of the table is none of it.
ENOUGH_TO_TELL = 24


class Search(Protocol):
    """A pattern, or what looks as one does for something that no pattern finds in linear time."""

    def search(self, data: bytes, /) -> object | None:
        """Anything but None if it is there."""


class _ConnectAnswer:
    """A successful answer to CONNECT at the end: its status line, header fields, an empty line.

    It has no body: the tunnel follows its header (RFC 9110 section 9.3.6).
    """

    _status = re.compile(rb"HTTP/1\.[01] 2[0-9][0-9]")

    def search(self, data: bytes, /) -> object | None:
        """The status line of the last such answer, if nothing but its header follows it."""
        lines = data.split(b"\n")
        if len(lines) < 3 or lines[-1] or lines[-2] not in (b"", b"\r"):
            return None
        for line in reversed(lines[:-2]):
            if self._status.match(line):
                return line
            if not line or not 0x21 <= line[0] <= 0x7E:
                return None
        return None


class ClearTextProtocol(NamedTuple):
    """One protocol: its ``name``, how either side begins, and what the client's and the server's bytes must contain
    or end with before TLS may follow (None: nothing more)."""

    name: str
    client: re.Pattern[bytes]
    server: re.Pattern[bytes]
    client_asks: Search | None = None
    server_agrees: Search | None = None


def _pattern(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression, re.DOTALL | re.IGNORECASE | re.MULTILINE)


@cache
def clear_text_protocols() -> tuple[ClearTextProtocol, ...]:
    """All that is known, in the order in which they are asked for. Made when it is first needed, as below."""
    # RFC 3207, 4217, 8314 (IMAP, POP3), 4642, 5804, 4511 section 4.14, 6120 section 5; IRCv3 tls; PostgreSQL
    # "SSLRequest"; MySQL "SSLRequest"; [MS-RDPBCGR] 1.3.1.1 over RFC 1006; [MS-TDS] 2.2.6.5; RFC 9110 section 9.3.6;
    # RFC 1928; the PROXY protocol of HAProxy, versions 1 and 2.
    return (
        ClearTextProtocol(
            "smtp",
            _pattern(rb"(EHLO|HELO)\b"),
            _pattern(rb"220[ -]"),
            _pattern(rb"^STARTTLS *\r?\n\Z"),
            _pattern(rb"\n220\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "lmtp",
            _pattern(rb"LHLO\b"),
            _pattern(rb"220[ -]"),
            _pattern(rb"^STARTTLS *\r?\n\Z"),
            _pattern(rb"\n220\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "ftp",
            _pattern(rb"(AUTH|FEAT|HOST|CLNT|USER|OPTS|SYST) ?"),
            _pattern(rb"220[ -]"),
            _pattern(rb"^AUTH +(TLS|SSL)[^\n]*\n\Z"),
            _pattern(rb"^[23]34\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "imap",
            _pattern(rb"[!-~]{1,32} (CAPABILITY|STARTTLS|ID|NOOP)\b"),
            _pattern(rb"\* (OK|PREAUTH)\b"),
            _pattern(rb"^[!-~]{1,32} STARTTLS *\r?\n\Z"),
            _pattern(rb"^[!-)+-~][!-~]{0,31} OK\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "pop3",
            _pattern(rb"(CAPA|STLS|AUTH|UTF8)\b"),
            _pattern(rb"\+OK"),
            _pattern(rb"^STLS *\r?\n\Z"),
            _pattern(rb"\n\+OK\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "sieve",
            _pattern(rb"(STARTTLS|CAPABILITY|NOOP)\b"),
            _pattern(rb'"IMPLEMENTATION"|"SIEVE"|"STARTTLS"'),
            _pattern(rb"^STARTTLS *\r?\n\Z"),
            _pattern(rb"^OK\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "nntp",
            _pattern(rb"(CAPABILITIES|MODE READER|STARTTLS)\b"),
            _pattern(rb"20[01][ -]"),
            _pattern(rb"^STARTTLS *\r?\n\Z"),
            _pattern(rb"^382\b[^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "irc",
            _pattern(rb"(CAP|NICK|USER|PASS|STARTTLS)\b"),
            _pattern(rb":[!-~]+ |NOTICE |PING "),
            _pattern(rb"^STARTTLS *\r?\n\Z"),
            _pattern(rb"^:[!-~]+ 670 [^\n]*\n\Z"),
        ),
        ClearTextProtocol(
            "xmpp",
            _pattern(rb"<\?xml|<stream:stream"),
            _pattern(rb"<\?xml|<stream:stream"),
            _pattern(rb"<(\w+:)?starttls\b[^<]*(<[^<]*){0,3}\Z"),
            _pattern(rb"<(\w+:)?proceed\b[^<]*(<[^<]*)?\Z"),
        ),
        ClearTextProtocol(
            "ldap",
            _pattern(rb"\x30[\x0c-\x84]"),
            _pattern(rb"\x30[\x0c-\x84]"),
            _pattern(rb"1\.3\.6\.1\.4\.1\.1466\.20037.{0,64}\Z"),
            # The first of them decides: to try each one would take the square of the time.
            _pattern(rb"\A(?=(.*?\x78[\x07-\x84]))\1.*\x0a\x01\x00"),
        ),
        ClearTextProtocol(
            "postgresql",
            re.compile(rb"(\x00\x00\x00\x08\x04\xd2\x16\x30)?\x00\x00\x00\x08\x04\xd2\x16\x2f\Z"),
            re.compile(rb"N?S\Z"),
        ),
        ClearTextProtocol(
            "mysql",
            re.compile(
                rb"\x20\x00\x00\x01.[\x08-\x0f\x18-\x1f\x28-\x2f\x38-\x3f\x48-\x4f\x58-\x5f\x68-\x6f\x78-\x7f"
                rb"\x88-\x8f\x98-\x9f\xa8-\xaf\xb8-\xbf\xc8-\xcf\xd8-\xdf\xe8-\xef\xf8-\xff].{30}\Z",
                re.DOTALL,
            ),
            re.compile(rb"..\x00\x00\x0a[0-9]", re.DOTALL),
        ),
        ClearTextProtocol(
            "rdp",
            re.compile(rb"\x03\x00..[\x06-\xff]\xe0", re.DOTALL),
            re.compile(rb"\x03\x00..[\x06-\xff]\xd0", re.DOTALL),
        ),
        ClearTextProtocol(
            "tds",
            re.compile(rb"\x00\x00.\x00\x06", re.DOTALL),
            re.compile(rb"\x00\x00.\x00\x06", re.DOTALL),
        ),
        ClearTextProtocol(
            "http-connect",
            re.compile(rb"CONNECT [!-~]+ HTTP/1\.[01]\r?\n"),
            re.compile(rb"HTTP/1\.[01] [1-5]"),
            re.compile(rb"\r?\n\r?\n\Z"),
            _ConnectAnswer(),
        ),
        ClearTextProtocol(
            "socks",
            re.compile(rb"\x05[\x01-\x20]|\x04\x01", re.DOTALL),
            re.compile(rb"\x05[\x00-\x09\x80-\xfe]|\x00\x5a", re.DOTALL),
            re.compile(rb"\x05\x01\x00(\x01.{4}|\x03.+|\x04.{16})..\Z|\A\x04\x01.{6}.*\x00\Z", re.DOTALL),
            re.compile(rb"\x05\x00\x00(\x01.{4}|\x03.+|\x04.{16})..\Z|\A\x00\x5a.{6}\Z", re.DOTALL),
        ),
        ClearTextProtocol(
            "proxy-protocol",
            re.compile(rb"PROXY (TCP4|TCP6|UNKNOWN)[ -~]*\r\n\Z|\r\n\r\n\x00\r\nQUIT\n[\x20\x21]", re.DOTALL),
            re.compile(rb"\Z"),
        ),
    )


# Beginnings of clients that the patterns above take only when complete.
_PARTIAL = (
    rb"\x00\x00\x00\x08\x04\xd2\x16[\x2f\x30]|\x20\x00\x00\x01|CONNECT |PROXY |\r\n\r\n\x00\r\nQUIT|[NS]\Z"
)


@cache
def _beginning() -> re.Pattern[bytes]:
    """One pattern that matches what begins as any of these does: most connections match none, and one question is
    cheaper. Made when it is first needed, since making it takes a while."""
    flags = {re.DOTALL: b"s", re.IGNORECASE: b"i", re.MULTILINE: b"m"}
    alternatives = [b"(?s:" + _PARTIAL + b")"]
    for each in clear_text_protocols():
        for pattern in (each.client, each.server):
            letters = b"".join(letter for flag, letter in flags.items() if pattern.flags & flag)
            alternatives.append(b"(?" + letters + b":" + pattern.pattern + b")")
    alternatives += [b"(?s:" + pattern.pattern + b")" for _, pattern, _ in _beginnings()]
    return re.compile(b"|".join(alternatives))


def may_turn_to_tls(data: bytes) -> bool | None:
    """Whether a side that begins with ``data`` speaks a protocol of the table; None if too few bytes tell."""
    if data and _beginning().match(data):
        return True
    return None if len(data) < ENOUGH_TO_TELL else False


def name_protocol(client: bytes, server: bytes) -> str | None:
    """The protocol that was spoken before TLS; ``client`` and ``server`` are what each side said in it.

    One of the two may be empty (one direction captured, or a protocol in which one side speaks alone). None if the
    bytes follow no protocol of the table, or nothing in them asks for TLS.
    """
    inner = _behind_proxy_headers(client)
    if inner != client:
        # Empty, if nothing but TLS is behind them.
        return name_protocol(inner, server) if inner or server else "proxy-protocol"
    for each in clear_text_protocols():
        asked = _follows(client, each.client, each.client_asks)
        agreed = _follows(server, each.server, each.server_agrees)
        if asked is not False and agreed is not False and (asked or agreed):
            return each.name
    return None


@cache
def _beginnings() -> tuple[tuple[str, re.Pattern[bytes], int], ...]:
    """Protocols that are told by their first bytes, and the side that begins so (0 client, 1 server). Made late."""
    # RFC 9110 sections 9.3.6 and 7.8; NATS client protocol; AMQP 1.0 section 5.2.1; RFC 9289 section 4.1 (a call
    # of RPC version 2); the NBD protocol; RFC 6143 section 7.1.1; RFC 854; Bareos' "Hello"; ADB;
    # NoMachine's NXSH; Gnutella 0.6.
    return (
        ("http-upgrade", re.compile(rb"(GET|OPTIONS|HEAD|POST) [!-~]+ HTTP/1\.1\r?\n(?s:.*)TLS/1\."), 0),
        ("nats", re.compile(rb"INFO \{"), 1),
        ("amqp", re.compile(rb"AMQP[\x00-\x03]"), 0),
        (
            "rpc",
            re.compile(rb"\x80\x00..(?s:.{4})\x00{4}\x00\x00\x00\x02", re.DOTALL),
            0,
        ),
        ("nbd", re.compile(rb"NBDMAGIC"), 1),
        ("vencrypt", re.compile(rb"RFB 00[0-9]\.00[0-9]\n"), 1),
        ("telnet", re.compile(rb"\xff[\xfb-\xfe]\x2e"), 1),
        ("telnet", re.compile(rb"\xff[\xfb-\xfe]\x2e"), 0),
        ("bareos", re.compile(rb"(?s:.{0,4})Hello "), 0),
        ("adb", re.compile(rb"CNXN|STLS"), 0),
        ("nx", re.compile(rb"NXS?H?[-D]"), 0),
        ("nx", re.compile(rb"NXS?H?[-D]"), 1),
        ("gnutella", re.compile(rb"GNUTELLA "), 0),
    )


def name_beginning(client: bytes, server: bytes) -> str | None:
    """The protocol by the first bytes of both sides, where TLS is known to follow; None if they begin as none."""
    inner = _behind_proxy_headers(client)
    if inner != client:
        return name_beginning(inner, server) or "proxy-protocol"
    sides = client, server
    for name, pattern, side in _beginnings():
        if pattern.match(sides[side]):
            return name
    for each in clear_text_protocols():
        if (client and each.client.match(client)) or (server and each.server.match(server)):
            return each.name
    return None


def _behind_proxy_headers(client: bytes) -> bytes:
    """What a client says behind the headers of the PROXY protocol that proxies put before it, each one its own."""
    while found := _proxy_header().match(client):
        size = found.end()
        if client[0] == 0x0D:
            size += int.from_bytes(client[size - 2 : size], "big")
        client = client[size:]
    return client


@cache
def _proxy_header() -> re.Pattern[bytes]:
    """A line of version 1, or of version 2 all up to the length of the addresses."""
    return re.compile(rb"PROXY [ -~]*\r\n|\r\n\r\n\x00\r\nQUIT\n[\x20\x21].(?s:..)", re.DOTALL)


def _follows(data: bytes, beginning: re.Pattern[bytes], then: Search | None) -> bool | None:
    if not data:
        return None
    return beginning.match(data) is not None and (then is None or then.search(data) is not None)
