"""``tlseku.handshake.inside_answer``: which answers refuse a certificate, and which say no for another reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.handshake.inside_answer import MAX_ANSWER, refusing_answer

STREAM = b"<?xml version='1.0'?><stream:stream xmlns='jabber:server'>"


def error(**fields: bytes) -> bytes:
    body = b"".join(name.encode() + text + b"\0" for name, text in fields.items()) + b"\0"
    return b"E" + (4 + len(body)).to_bytes(4, "big") + body


def packet(number: int, content: bytes) -> bytes:
    return len(content).to_bytes(3, "little") + bytes((number,)) + content


def bind(code: int) -> bytes:
    return b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01" + bytes((code,)) + b"\x04\x00\x04\x00"


def http2(status: bytes, page: bytes) -> bytes:
    frames = ((4, b""), (4, b""), (1, status + b"\x5f\x87"), (0, page))
    return b"".join(
        len(body).to_bytes(3, "big") + bytes((kind, 0)) + (kind < 2).to_bytes(4, "big") + body
        for kind, body in frames
    )


REFUSES = [
    (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        http2(b"\x8c", b"<title>400 The SSL certificate error</title>"),
        "HTTP 400: The SSL certificate error",
    ),
    (b"PRI * HTTP/2.0\r\n", http2(b"\x48\x03403", b"no client certificate"), "HTTP 403"),
    (b"", b"HTTP/1.1 403 Forbidden\r\n\r\nclient certificate required", "HTTP 403 Forbidden"),
    (
        b"",
        b"250-a\r\n550 5.7.1 no valid certificate presented\r\n",
        "550 5.7.1 no valid certificate presented",
    ),
    (
        b"a login u p\r\n",
        b"* OK ready\r\na NO [ALERT] Client didn't present valid SSL certificate\r\n* BYE\r\n",
        "a NO [ALERT] Client didn't present valid SSL certificate",
    ),
    (b"", b"-ERR No valid certificate\r\n", "-ERR No valid certificate"),
    (
        STREAM,
        STREAM + b"<stream:error><not-authorized xmlns='urn:x'/><text>not trusted</text></stream:error>",
        "stream error: not-authorized, not trusted",
    ),
    (
        b"<auth mechanism='EXTERNAL'>YQ==</auth>",
        STREAM + b"<failure xmlns='urn:y'><not-authorized/></failure>",
        "SASL failure: not-authorized",
    ),
    (
        b"",
        error(S=b"FATAL", V=b"FATAL", C=b"28000", M=b"connection requires a valid client certificate"),
        "FATAL 28000: connection requires a valid client certificate",
    ),
    (b"", error(S=b"FATAL", C=b"08P01", M=b"TLS required"), "FATAL 08P01: TLS required"),
    (
        b"",
        packet(3, b"\xff\x15\x04#28000Access denied for user 'a'@'b'"),
        "ERROR 1045 (28000): Access denied for user 'a'@'b'",
    ),
    (b"", bind(13), "LDAP result 13 (confidentialityRequired)"),
    (b"0\x10EXTERNAL", bind(49), "LDAP result 49 (invalidCredentials)"),
]


@pytest.mark.parametrize(("client", "server", "said"), REFUSES)
def test_refuses(client: bytes, server: bytes, said: str) -> None:
    assert refusing_answer(client, server) == said


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (b"", b""),
        (b"", b"HTTP/1.1 200 OK\r\n\r\na page about a certificate\r\n-ERR certificate\r\n"),
        (b"PRI * HTTP/2.0\r\n", http2(b"\x88", b"a page about a certificate")),
        (b"PRI * HTTP/2.0\r\n", http2(b"\x8c", b"malformed")),
        (b"", b"HTTP/1.1 404 Not Found\r\n\r\ncertificate"),
        (b"", b"HTTP/1.1 401 Unauthorized\r\n\r\npassword"),
        (b"", b"250-a\r\n250 SIZE\r\n"),
        (b"", b"550 5.1.1 no such user\r\n"),
        (b"", b"a NO [AUTHENTICATIONFAILED] Authentication failed.\r\n"),
        (b"", b"* OK we like certificates\r\na OK done\r\n"),
        (b"<auth mechanism='PLAIN'/>", STREAM + b"<failure><not-authorized/></failure>"),
        (STREAM, STREAM + b"<stream:error><host-unknown/></stream:error>"),
        (STREAM, STREAM + b"<stream:features><dialback/></stream:features>"),
        (b"", error(S=b"FATAL", C=b"28P01", M=b"password authentication failed")),
        (b"", error(S=b"ERROR", C=b"28000", M=b"not fatal")),
        (b"", packet(2, b"\xff\x7a\x04#42S02no such table")),
        (b"", packet(2, b"\0\0\0\x02\0\0\0")),
        (b"", bind(0)),
        (b"simple", bind(49)),
    ],
)
def test_says_nothing_of_a_certificate(client: bytes, server: bytes) -> None:
    assert refusing_answer(client, server) is None


@pytest.mark.parametrize(("client", "server", "said"), REFUSES)
def test_cut_answers(client: bytes, server: bytes, said: str) -> None:
    for length in range(len(server)):
        found = refusing_answer(client, server[:length])
        assert found is None or len(found) <= MAX_ANSWER


@given(
    st.binary(max_size=80),
    st.sampled_from([b"", b"E", b"\x30", b"HTTP/1.1 400 ", b"\xff"]),
    st.binary(max_size=80),
)
def test_any_bytes(client: bytes, start: bytes, server: bytes) -> None:
    found = refusing_answer(client, start + server)
    assert found is None or len(found) <= MAX_ANSWER


def test_a_long_answer_is_cut_to_one_line() -> None:
    found = refusing_answer(b"", b"554 5.7.1 certificate " + b"x\ty " * 99)
    assert found is not None
    assert (len(found), found[:26]) == (MAX_ANSWER, "554 5.7.1 certificate x y ")
