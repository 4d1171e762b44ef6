"""The types of fields: how a value is spelt in a filter, and which operators make sense on it.

Knows spellings of numbers, times, serials, addresses, versions, purposes and digests; must not know any field. Out come
constants that compare with the values of a flow: integers, text or networks. A spelling that is none raises
``ValueError`` with a phrase that says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, ip_network

from tlseku._objects import frozen, short
from tlseku.filter.moment import read_moment
from tlseku.filter.tokens import quoted
from tlseku.registry import names
from tlseku.x509.serial import read_serial

Value = str | int
"""What a field of a flow holds; a boolean is 0 or 1."""

Constant = str | int | IPv4Network | IPv6Network

EQUALITY = frozenset({"==", "!=", "in"})
ORDER = EQUALITY | {"<", "<=", ">", ">="}
TEXT_OPERATORS = EQUALITY | {"contains", "matches"}

_OID = re.compile(r"\d+(\.\d+)+")
_CODE_POINT = re.compile(r"0[xX][0-9a-fA-F]+")
_DIGEST = re.compile(r"[0-9a-f]+")


@short
@frozen
class Kind:
    """``name`` and ``spelling`` are for people, ``operators`` make sense, ``read`` makes a constant of text;
    ``names`` are those of code points. ``caseless`` says that values are compared in small letters, as constants are
    read."""

    name: str
    spelling: str
    operators: frozenset[str]
    read: Callable[[str], Constant]
    names: Mapping[int, str] = field(default_factory=dict)
    caseless: bool = False


def _read_number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise ValueError("expected a number") from None


def _read_boolean(text: str) -> int:
    values = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}
    if text.lower() not in values:
        raise ValueError("expected true or false")
    return values[text.lower()]


def _read_serial(text: str) -> int:
    serial = read_serial(text)
    if serial is None:
        raise ValueError("expected a serial number in hexadecimal")
    return serial.value


def _read_network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError("expected an IP address or a network such as 10.0.0.0/8") from None


def _read_version(text: str) -> int:
    spelt = text.replace(" ", "").replace("v", "").upper()
    for code, name in names.VERSIONS.items():
        if spelt in (name.replace(" ", "").upper(), name.rpartition(" ")[2]):
            return code
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        raise ValueError(f"expected one of {', '.join(names.VERSIONS.values())}") from None


def _read_purpose(text: str) -> str:
    for oid, name in names.EXTENDED_KEY_USAGES.items():
        if text.lower() == name.lower():
            return oid
    if _OID.fullmatch(text) is None:
        raise ValueError("expected a purpose such as clientAuth, or a dotted OID")
    return text


def _read_name(text: str) -> str:
    if _CODE_POINT.fullmatch(text) is not None:
        raise ValueError(f"{quoted(text)} is a number, and this field holds names")
    return text


def _read_cipher(text: str) -> str:
    if _CODE_POINT.fullmatch(text) is None and not (text.isascii() and text.isdigit()):
        return text
    number = int(text, 0) if len(text) <= 8 else -1
    if not 0 <= number <= 0xFFFF:
        raise ValueError("cipher suites have numbers up to 0xffff")
    return names.cipher_suite_name(number)


def _read_oid(text: str) -> str:
    if _OID.fullmatch(text) is None:
        raise ValueError("expected a dotted OID")
    return text


def _read_digest(text: str) -> str:
    spelt = re.sub(r"[\s:]", "", text).lower()
    if _DIGEST.fullmatch(spelt) is None:
        raise ValueError("expected hexadecimal digits")
    return spelt


TEXT = Kind("text", "text; case counts, except for matches", TEXT_OPERATORS, str)
NAME = Kind(
    "name", "text that is never a number; case counts, except for matches", TEXT_OPERATORS, _read_name
)
HOST = Kind("host", "a host name; case plays no part", TEXT_OPERATORS, str.lower, caseless=True)
CIPHER = Kind(
    "cipher",
    "a cipher suite by its IANA name or its number",
    TEXT_OPERATORS,
    _read_cipher,
)
NUMBER = Kind("number", "decimal or 0x hexadecimal", ORDER, _read_number)
BOOLEAN = Kind("boolean", "true or false", EQUALITY, _read_boolean)
TIME = Kind(
    "time",
    'UTC unless an offset says otherwise: 2026-03-24, "2026-03-24 11:55:20.9", or Unix seconds from 1973 on',
    ORDER,
    read_moment,
)
SERIAL = Kind(
    "serial", "hexadecimal however spelt (46:df:76, 0x46DF76), compared as an integer", ORDER, _read_serial
)
ADDRESS = Kind(
    "address", "an IPv4 or IPv6 address, or a network: equal is what lies in it", EQUALITY, _read_network
)
VERSION = Kind("version", '"TLS 1.2", TLSv1.2, 1.2 or 0x0303', ORDER, _read_version)
PURPOSE = Kind("purpose", "a KeyPurposeId by name (clientAuth) or as a dotted OID", EQUALITY, _read_purpose)
DIGEST = Kind(
    "digest", "hexadecimal, colons and case play no part", TEXT_OPERATORS - {"matches"}, _read_digest
)
OBJECT_IDENTIFIER = Kind("OID", "a dotted OID", EQUALITY, _read_oid)

KINDS = (TEXT, NAME, HOST, CIPHER, NUMBER, BOOLEAN, TIME, SERIAL, ADDRESS, VERSION, PURPOSE, DIGEST)
"""Every type but those made by ``one_of`` and ``code``."""

TEXTS = frozenset({"text", "name", "host", "cipher"})
"""Names of the types whose values are text of any length."""


def one_of(*words: str) -> Kind:
    """A type whose values are these words; another word is a mistake in the filter."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"{quoted(text)} is not one of {', '.join(words)}")
        return text

    return Kind("word", ", ".join(words), TEXT_OPERATORS, read)


def code(words: Mapping[int, str]) -> Kind:
    """A code point that has a name: it can be spelt as either."""
    by_name = {name: number for number, name in words.items()}

    def read(text: str) -> int:
        if text in by_name:
            return by_name[text]
        try:
            return int(text, 0)
        except ValueError:
            raise ValueError(f"{quoted(text)} is neither a number nor a known name") from None

    some = list(words.values())[1:4]
    return Kind("code", f"a number, or a name such as {', '.join(some)}", ORDER, read, words)
