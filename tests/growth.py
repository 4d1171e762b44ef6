"""Hostile text that grows: for each road that text takes through tlseku, what it would choke on.

Every input is a function of a size in characters; ``ROADS`` reads it. The work must grow as the size does. Knows public
functions of the rooms; must not know how time is measured (``test_growth``).
"""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Callable
from tempfile import NamedTemporaryFile
from zipfile import ZipFile

from tlseku.capture import packets
from tlseku.decryption.key_log import TLS_KEY_LOG, KeyLogReader, read_secrets_block
from tlseku.decryption.secret_store import SecretStore
from tlseku.errors import TlsekuError
from tlseku.filter import compile as compile_filter
from tlseku.filter import compile_for_certificates
from tlseku.filter.tokens import tokens_of
from tlseku.handshake.inside_answer import refusing_answer
from tlseku.policy.rule_books import read_rule_book
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.archive.lines import text_lines
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.rules.release import read_release
from tlseku.profiles.expressway.serials.serial_match import in_log
from tlseku.profiles.expressway.settings.setting import Setting, words_of
from tlseku.profiles.expressway.settings.xconf import (
    MODE_KEY,
    mode_settings,
    nat_addresses,
    own_addresses,
    release_of,
    settings_in,
)
from tlseku.profiles.expressway.settings.zones import zones_in
from tlseku.tls import starttls
from tlseku.x509.cache import CertificateCache
from tlseku.x509.pem import read_certificates
from tlseku.x509.serial import read_serial
from tlseku.x509.signing_request import signing_requests

Grown = Callable[[int], bytes]

BOOK = b"""
schema = "tlseku/rule-book/1"
name = "x"
title = "x"
models = "x"
source = "x"
as_of = 2026-03-24
"""

PREFIX = b"2026-03-24T11:54:26.106+00:00 edge tvcs: "


def again(piece: bytes, before: bytes = b"", after: bytes = b"") -> Grown:
    """``piece`` as often as fits into a size, with something before and after."""
    return lambda size: before + piece * (size // len(piece)) + after


def log(data: bytes) -> None:
    """As ``tlseku logs`` and ``match`` read it."""
    wanted = read_serial("46df76aa00000000003b")
    assert wanted is not None
    for _ in in_log(wanted, LogReader(io.BytesIO(data)), "log"):
        pass


def dump(data: bytes) -> None:
    """As ``tlseku xconf`` and ``bundle`` read it."""
    settings = list(settings_in(io.BytesIO(data), "dump"))
    mode_settings(settings)
    release_of(settings)
    own_addresses(settings)
    nat_addresses(settings)
    zones_in(settings)


def path(data: bytes) -> None:
    """One path of a setting held against keys."""
    setting = Setting(words_of(data.decode()), "On", 1)
    for key in (MODE_KEY, "Zones"):
        setting.is_at(key)
        setting.ends_at(key)
        setting.is_under(key)


def serial(data: bytes) -> None:
    """A serial number as somebody typed it, and a release."""
    read_serial(data.decode())
    read_release(data.decode())


def certificates(data: bytes) -> None:
    """A file of certificates, or of requests."""
    for read in (read_certificates, signing_requests):
        try:
            read(data)
        except TlsekuError:
            continue


def key_log(data: bytes) -> None:
    """A key log of more connections than are kept."""
    reader = KeyLogReader(SecretStore(max_connections=1000))
    reader.feed(data)
    reader.close()


def clear_text(data: bytes) -> None:
    """What a side says before TLS, on either side."""
    starttls.may_turn_to_tls(data)
    for client, server in ((data, b""), (b"", data), (data, data)):
        starttls.name_protocol(client, server)
        starttls.name_beginning(client, server)


def inside(data: bytes) -> None:
    """What a server says in a handshake that was opened."""
    refusing_answer(b"EXTERNAL", data)


def expression(data: bytes) -> None:
    """A filter."""
    try:
        tokens_of(data.decode())
    except TlsekuError:
        return


def filtered(data: bytes) -> None:
    """A whole expression, read and made a function."""
    for made in (compile_filter, compile_for_certificates):
        try:
            made(data.decode())
        except TlsekuError:
            continue


def secrets_block(data: bytes) -> None:
    """The secrets that a pcapng file brings along."""
    read_secrets_block(SecretStore(max_connections=1000), TLS_KEY_LOG, data, "block")


def certificate(data: bytes) -> None:
    """DER that says to be a certificate; none is too odd to say something of."""
    CertificateCache().read(data)


def block_file(data: bytes) -> None:
    """A pcapng file."""
    try:
        for _ in packets(io.BytesIO(data)):
            pass
    except TlsekuError:
        return


def rule_book(data: bytes) -> None:
    """A rule-book that somebody made."""
    try:
        read_rule_book(data.decode(), "book")
    except TlsekuError:
        return


def bundle(data: bytes) -> None:
    """A bundle, and all that its members hold."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            with Archive(file.name) as archive:
                for member in archive.members:
                    with member.open() as stream:
                        for _ in text_lines(stream, member.path):
                            pass
        except TlsekuError:
            return


def lines(data: bytes) -> None:
    """A stream of text as lines, in pieces."""
    for _ in text_lines(io.BytesIO(data), "text"):
        pass


def _secrets(size: int) -> bytes:
    return b"".join(b"CLIENT_RANDOM %064x %096x\n" % (number, number) for number in range(size // 176))


def _deep_group(size: int) -> bytes:
    return b"*c xConfiguration " + b"word " * 190 + b":\n" + b" a: b\n" * (size // 6)


def _nested(tag: int) -> Grown:
    """Elements of DER, each in the one before."""

    def made(size: int) -> bytes:
        parts: list[bytes] = []
        length = 0
        while length < size:
            head = bytes((tag,)) + (
                bytes((length,)) if length < 0x80 else b"\x83" + length.to_bytes(3, "big")
            )
            parts.append(head)
            length += len(head)
        return b"".join(reversed(parts))

    return made


def _options(piece: bytes) -> Grown:
    """A section whose header has an option again and again."""

    def made(size: int) -> bytes:
        body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + piece * (size // len(piece))
        whole = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", 0x0A0D0D0A) + whole + body + whole

    return made


def _each(piece: bytes, before: bytes = b"") -> Grown:
    """``piece`` with a number in it, another each time."""
    return lambda size: before + b"".join([piece % number for number in range(size // len(piece))])


def _zipped(size: int) -> bytes:
    """As many members of a few bytes, under names of the product."""
    whole = io.BytesIO()
    with ZipFile(whole, "w") as archive:
        for number in range(size // 100):
            archive.writestr(f"loggingsnapshot_edge_2026-03-24_11_57_01_{number}.txt", b"x\n")
    return whole.getvalue()


def _tarred(size: int) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz", compresslevel=1) as archive:
        for number in range(size // 100):
            archive.addfile(tarfile.TarInfo(f"loggingsnapshot_edge_2026-03-24_11_57_01_{number}.txt"))
    return whole.getvalue()


_RULE = b'\n[[rules]]\nid = "r%d"\noutcome = "refuse"\nreason = "x"\n[rules.when]\neku_present = true\n'
_SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
_INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
_ODD_BLOCK = struct.pack("<III", 0x7777, 12, 12)
_NO_SECRETS = struct.pack("<IIIII", 10, 20, 0x544C534B, 0, 20)

ROADS: dict[str, tuple[Callable[[bytes], None], Grown, int]] = {
    "log: blanks behind an address": (
        log,
        again(b" ", PREFIX + b"""Module="developer.ssl" localAddress="'a:1'""", b'x"'),
        8_000,
    ),
    "log: addresses": (
        log,
        again(b"'a:1' ] ", PREFIX + b'Module="developer.ssl" localAddress="', b'x"'),
        50_000,
    ),
    "log: keys": (log, again(b'a="b" ', PREFIX), 50_000),
    "log: events on a line": (log, again(b'Event="x" ', PREFIX), 20_000),
    "log: prefixes on a line": (log, again(PREFIX), 50_000),
    "log: an open value": (log, again(b"\\", PREFIX + b'a="'), 50_000),
    "log: escaped quotes": (log, again(b'\\"', PREFIX + b'a="'), 50_000),
    "log: blanks": (log, again(b" ", PREFIX, b"x"), 50_000),
    "log: blanks behind a time": (log, again(b" ", b"2026-03-24T11:54:26", b"\x00"), 50_000),
    "log: the word serial": (log, again(b"serial: 0x", PREFIX), 50_000),
    "log: digits": (log, again(b"ab:", PREFIX + b"serial "), 50_000),
    "log: words of an alert": (
        log,
        again(b"sslv3 alert a ", PREFIX + b'Event="Inbound TLS Negotiation Error" Detail="', b'"'),
        50_000,
    ),
    "log: lines of a body": (log, again(b" |x\n", PREFIX + b'Event="x"\n'), 50_000),
    "log: lines that may go on": (log, again(b"x\n", PREFIX + b'Event="x" a="\n'), 50_000),
    "dump: blanks": (dump, again(b" ", b"*c xConfiguration A", b': "x"\n'), 50_000),
    "dump: blanks behind a quote": (dump, again(b" ", b'*c xConfiguration A: "x"', b"*c\n"), 50_000),
    "dump: quotes and blanks": (dump, again(b'" *c ', b"*c xConfiguration A: "), 50_000),
    "dump: settings on a line": (dump, again(b'*c xConfiguration A: "x" '), 50_000),
    "dump: words": (dump, again(b"a ", b"*c xConfiguration ", b': "x"\n'), 50_000),
    "dump: a long group": (dump, _deep_group, 1_000),
    "dump: elements": (dump, again(b"<a/>", b"<xmldoc>", b"</xmldoc>"), 100_000),
    "path: words": (path, again(b"a "), 1_000),
    "path: roots": (path, again(b"configuration "), 100_000),
    "path: punctuation": (path, again(b"- "), 4_000),
    "path: the key again and again": (path, again(b"ExtendedKeyUse Zones "), 4_000),
    "serial: blanks": (serial, again(b" ", b"serial", b"x"), 50_000),
    "serial: digits": (serial, again(b"1"), 50_000),
    "certificates: beginnings": (certificates, again(b"-----BEGIN CERTIFICATE REQUEST-----\n"), 400_000),
    "certificates: other beginnings": (
        certificates,
        again(b"-----BEGIN NEW CERTIFICATE REQUEST-----\n-----BEGIN X-----"),
        400_000,
    ),
    "key log: more secrets than are kept": (key_log, _secrets, 400_000),
    "key log: blanks": (key_log, again(b" ", b"CLIENT_RANDOM", b"x\n"), 100_000),
    "clear text: answers to CONNECT": (clear_text, again(b"HTTP/1.1 200\n"), 16_000),
    "clear text: answers of LDAP": (clear_text, again(b"x\x07", b"0\x0c"), 16_000),
    "clear text: tags": (clear_text, again(b"<starttls ", b"<?xml"), 16_000),
    "clear text: blanks": (clear_text, again(b" ", b"EHLO x\nSTARTTLS"), 16_000),
    "inside: failures": (inside, again(b"<failure>"), 16_000),
    "filter: a string that does not end": (expression, again(b"\\x", b'"'), 2_000),
    "filter: brackets": (filtered, again(b"(", b"", b"quic"), 2_000),
    "filter: denials": (filtered, again(b"not ", b"", b"quic"), 2_000),
    "filter: terms": (filtered, again(b"quic or ", b"", b"quic"), 2_000),
    "filter: a set": (filtered, again(b'"x", ', b'tls.sni in {"x", ', b'"x"}'), 2_000),
    "filter: an alternation": (filtered, again(b"a|", b'tls.sni matches "', b'b"'), 2_000),
    "filter: a pattern of brackets": (filtered, again(b"(", b'tls.sni matches "', b'"'), 2_000),
    "secrets block: more secrets than are kept": (secrets_block, _secrets, 400_000),
    "secrets block: blanks": (secrets_block, again(b" \x0c\n"), 50_000),
    "DER: sequences in sequences": (certificate, _nested(0x30), 16_000),
    "DER: context tags in context tags": (certificate, _nested(0xA0), 16_000),
    "DER: of no length": (certificate, again(b"\x30\x80"), 16_000),
    "DER: empty ones": (
        certificate,
        lambda size: b"\x30\x83" + (size // 2 * 2).to_bytes(3, "big") + b"\x30\x00" * (size // 2),
        16_000,
    ),
    "pcapng: options": (block_file, _options(struct.pack("<HHI", 4, 4, 0x78787878)), 50_000),
    "pcapng: options without length": (block_file, _options(struct.pack("<HH", 1, 0)), 50_000),
    "pcapng: sections": (block_file, again(_SECTION), 50_000),
    "pcapng: interfaces": (block_file, again(_INTERFACE, _SECTION), 50_000),
    "pcapng: blocks that nobody knows": (block_file, again(_ODD_BLOCK, _SECTION), 50_000),
    "pcapng: secrets that are none": (block_file, again(_NO_SECRETS, _SECTION), 50_000),
    "log: keys on lines of bodies": (log, again(b'a="b"\n', PREFIX + b'Event="x"\n|\n'), 50_000),
    "log: keys on indented lines": (log, again(b' a="b"\n', PREFIX + b'Event="x"\n'), 50_000),
    "log: dates that begin nothing": (log, again(b"2026-03-24T\n", PREFIX + b'Event="x"\n'), 50_000),
    "log: quotes": (log, again(b'"', PREFIX), 50_000),
    "log: lines without an event": (log, again(b"=\n"), 50_000),
    "log: layouts": (log, _each(PREFIX + b'Event="x" key%d="y"\n'), 50_000),
    "log: wrapped lines": (
        log,
        again(PREFIX + b'Event="x" \nModule="y" Level="z"\nDetail="a" b="c"\n'),
        50_000,
    ),
    # From the first size on more than are remembered.
    "log: wrapped lines of many layouts": (
        log,
        _each(PREFIX + b'Event="x"\nkey%d="y"\nDetail="z"\n'),
        400_000,
    ),
    "log: lines that go on with one event": (log, _each(b'key%d="y"\n', PREFIX + b'Event="x"\n'), 50_000),
    "log: ports of blanks": (
        log,
        again(b" ", PREFIX + b'Module="network.tcp" Src-ip="10.0.0.1" Src-port="', b'x"\n'),
        50_000,
    ),
    "rule-book: rules": (rule_book, _each(_RULE, BOOK), 20_000),
    # Of the largest book that is read the TOML library keeps some twenty megabytes.
    "rule-book: tables": (rule_book, _each(b"[table%d]\n"), 62_000),
    "rule-book: keys": (rule_book, _each(b"key%d = 1\n"), 20_000),
    "rule-book: lists in lists": (rule_book, again(b"[", b"a = "), 20_000),
    "rule-book: a key of many parts": (rule_book, again(b".a", b"a", b" = 1"), 20_000),
    "rule-book: a number": (rule_book, again(b"1", b"a = "), 20_000),
    "rule-book: a text": (rule_book, again(b"\\u0041", b'title = "', b'"'), 20_000),
    "rule-book: quotes": (rule_book, again(b'""x', b'title = """'), 20_000),
    "bundle: members of a zip": (bundle, _zipped, 50_000),
    "bundle: members of a tar": (bundle, _tarred, 50_000),
    "lines: none ends": (lines, again(b"x"), 400_000),
    "lines: empty ones": (lines, again(b"\n"), 50_000),
}
"""What reads, what it reads, and from which size on it is measured."""
