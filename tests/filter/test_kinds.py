"""Constants of each type: what is read, and what is refused."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest

from tlseku.filter.kinds import (
    ADDRESS,
    BOOLEAN,
    CIPHER,
    DIGEST,
    HOST,
    NAME,
    NUMBER,
    PURPOSE,
    SERIAL,
    TEXT,
    TIME,
    VERSION,
    Constant,
    Kind,
    code,
    one_of,
)
from tlseku.registry import names

ALERT = code(names.ALERTS)
COLOUR = one_of("red", "blue")

READ: list[tuple[Kind, str, Constant]] = [
    (TEXT, "", ""),
    (TEXT, "10", "10"),
    (NAME, "EC P-256", "EC P-256"),
    (NAME, "10", "10"),
    (HOST, "Server.Example", "server.example"),
    (HOST, "0x10", "0x10"),
    (CIPHER, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    (CIPHER, "0xfafa", "0xfafa"),
    (CIPHER, "0XFAFA", "0xfafa"),
    (NUMBER, "10", 10),
    (NUMBER, "0x1F", 31),
    (NUMBER, "-1", -1),
    (BOOLEAN, "true", 1),
    (BOOLEAN, "False", 0),
    (BOOLEAN, "1", 1),
    (SERIAL, "46:df:76", 0x46DF76),
    (SERIAL, "0x0046DF76", 0x46DF76),
    (SERIAL, "46 DF-76", 0x46DF76),
    (SERIAL, "00", 0),
    (SERIAL, "-1", -1),
    (TIME, "2026-03-24", 1_774_310_400_000_000_000),
    (ADDRESS, "10.1.2.3", ip_network("10.1.2.3/32")),
    (ADDRESS, "10.1.2.3/8", ip_network("10.0.0.0/8")),
    (ADDRESS, "2001:DB8::/32", ip_network("2001:db8::/32")),
    (VERSION, "TLS 1.2", 0x0303),
    (VERSION, "TLSv1.2", 0x0303),
    (VERSION, "1.3", 0x0304),
    (VERSION, "ssl3.0", 0x0300),
    (VERSION, "0x7f1c", 0x7F1C),
    (VERSION, "772", 0x0304),
    (PURPOSE, "clientAuth", "1.3.6.1.5.5.7.3.2"),
    (PURPOSE, "CLIENTAUTH", "1.3.6.1.5.5.7.3.2"),
    (PURPOSE, "1.2.3", "1.2.3"),
    (DIGEST, "AB:cd 01", "abcd01"),
    (ALERT, "43", 43),
    (ALERT, "0x2b", 43),
    (ALERT, "unsupported_certificate", 43),
    (ALERT, "250", 250),
    (COLOUR, "red", "red"),
]

REFUSED: list[tuple[Kind, str, str]] = [
    (NUMBER, "ten", "expected a number"),
    (NUMBER, "1.5", "expected a number"),
    (NUMBER, "9" * 9000, "expected a number"),
    (NAME, "0x0403", "'0x0403' is a number, and this field holds names"),
    (CIPHER, "0x11301", "cipher suites have numbers up to 0xffff"),
    (
        TIME,
        "2027",
        "2027 is a bare number, which counts seconds since 1970; write a date such as 2027-01-01",
    ),
    (BOOLEAN, "maybe", "expected true or false"),
    (SERIAL, "xyz", "expected a serial number in hexadecimal"),
    (SERIAL, "", "expected a serial number in hexadecimal"),
    (TIME, "tomorrow", 'expected a time such as 2026-03-24 or "2026-03-24 11:55:20"'),
    (ADDRESS, "10.0.0.0/33", "expected an IP address or a network such as 10.0.0.0/8"),
    (ADDRESS, "host.example", "expected an IP address or a network such as 10.0.0.0/8"),
    (
        VERSION,
        "TLS 2",
        "expected one of SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1, TLS 1.2, TLS 1.3, DTLS 1.0, DTLS 1.2, DTLS 1.3",
    ),
    (PURPOSE, "clientauthentication", "expected a purpose such as clientAuth, or a dotted OID"),
    (PURPOSE, "1", "expected a purpose such as clientAuth, or a dotted OID"),
    (DIGEST, "xy", "expected hexadecimal digits"),
    (ALERT, "nonsense", "'nonsense' is neither a number nor a known name"),
    (COLOUR, "Red", "'Red' is not one of red, blue"),
]


@pytest.mark.parametrize(
    ("kind", "text", "constant"), READ, ids=lambda each: getattr(each, "name", str(each))
)
def test_read(kind: Kind, text: str, constant: Constant) -> None:
    assert kind.read(text) == constant


@pytest.mark.parametrize(
    ("kind", "text", "problem"), REFUSED, ids=lambda each: getattr(each, "name", str(each)[:20])
)
def test_refused(kind: Kind, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        kind.read(text)
    assert str(caught.value) == problem
