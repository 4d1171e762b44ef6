"""ClientHello and ServerHello, field by field."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls import written
from tests.tls.written import client_hello_body, extension, server_hello_body
from tlseku.errors import Malformed
from tlseku.tls.hello import (
    HELLO_RETRY_REQUEST_RANDOM,
    ClientHello,
    ServerHello,
    read_client_hello,
    read_server_hello,
    read_ssl2_client_hello,
)

R1, R2 = b"\x11" * 32, b"\x22" * 32


@pytest.mark.parametrize(
    ("body", "hello"),
    [
        (client_hello_body(), ClientHello(0x0303, R1, b"", (0xC030, 0xFF), b"\0", ())),
        (client_hello_body(version=0x0300), ClientHello(0x0300, R1, b"", (0xC030, 0xFF), b"\0", ())),
        (client_hello_body() + b"\0\0", ClientHello(0x0303, R1, b"", (0xC030, 0xFF), b"\0", ())),
        (
            client_hello_body(
                extension(0x0A0A, b""), written.sni(b"a.b"), extension(0x3A3A, b"\0"), suites=(0x1A1A, 0x1301)
            ),
            ClientHello(
                0x0303,
                R1,
                b"",
                (0x1A1A, 0x1301),
                b"\0",
                ((0x0A0A, b""), (0, b"\0\x06\0\0\x03a.b"), (0x3A3A, b"\0")),
            ),
        ),
        (
            client_hello_body(session_id=b"s" * 32, suites=()),
            ClientHello(0x0303, R1, b"s" * 32, (), b"\0", ()),
        ),
        (client_hello_body(version=0x7F1C), ClientHello(0x7F1C, R1, b"", (0xC030, 0xFF), b"\0", ())),
    ],
)
def test_client_hello(body: bytes, hello: ClientHello) -> None:
    assert read_client_hello(body) == hello


@pytest.mark.parametrize(
    ("exts", "offered"),
    [
        ((), False),
        ((written.TLS13_OFFERED,), True),
        ((extension(43, b"\x02\x03\x03"),), False),
        ((extension(43, b"\x04\x0a\x0a\x7f\x1c"),), True),
        ((extension(43, b"\x04\x0a\x0a\x03\x02"),), False),
        ((extension(43, b"\x00"),), False),
        ((extension(51, b"\x03\x04"),), False),
    ],
)
def test_offers_tls13(exts: tuple[bytes, ...], offered: bool) -> None:
    assert read_client_hello(client_hello_body(*exts)).offers_tls13 is offered


@pytest.mark.parametrize("content", [b"", b"\x03\x03\x04\x03", b"\x04\x03\x04"])
def test_offers_tls13_of_a_broken_extension(content: bytes) -> None:
    hello = read_client_hello(client_hello_body(extension(43, content)))
    with pytest.raises(Malformed):
        hello.offers_tls13  # noqa: B018


@pytest.mark.parametrize(
    ("version", "exts", "agreed"),
    [
        (0x0300, (), 0x0300),
        (0x0301, (), 0x0301),
        (0x0302, (), 0x0302),
        (0x0303, (), 0x0303),
        (0x0304, (), 0x0304),
        (0x0303, (extension(0, b""),), 0x0303),
        (0x0303, (written.TLS13_CHOSEN,), 0x0304),
        (0x0303, (extension(43, b"\x7f\x17"),), 0x0304),
        (0x0303, (extension(43, b"\x7f\x1c"),), 0x0304),
        (0x0303, (extension(43, b"\x7f\x1d"),), 0x7F1D),
        (0x0303, (extension(43, b"\x03"),), 0x0303),
        (0x7F17, (), 0x0304),
    ],
)
def test_version_of_a_server_hello(version: int, exts: tuple[bytes, ...], agreed: int) -> None:
    hello = read_server_hello(server_hello_body(*exts, version=version, session_id=b"id", suite=0x1302))
    assert hello.version == agreed
    assert (hello.legacy_version, hello.session_id, hello.cipher_suite, hello.compression_method) == (
        version,
        b"id",
        0x1302,
        0,
    )
    assert not hello.is_hello_retry_request


def test_server_hello_of_an_early_draft_has_neither_session_id_nor_compression() -> None:
    body = b"\x7f\x12" + R2 + b"\x13\x01" + written.extensions(extension(51, b"k"))
    assert read_server_hello(body) == ServerHello(0x7F12, R2, b"", 0x1301, 0, ((51, b"k"),))
    assert read_server_hello(body).version == 0x0304


def test_hello_retry_request() -> None:
    assert HELLO_RETRY_REQUEST_RANDOM == written.HRR_RANDOM
    hello = read_server_hello(server_hello_body(written.TLS13_CHOSEN, random=written.HRR_RANDOM))
    assert (hello.is_hello_retry_request, hello.version) == (True, 0x0304)
    near = written.HRR_RANDOM[:-1] + b"\0"
    assert not read_server_hello(server_hello_body(random=near)).is_hello_retry_request


def ssl2(
    specs: bytes = b"\0\0\x2f\x01\0\x80\0\0\x35", session_id: bytes = b"", challenge: bytes = b"c" * 16
) -> bytes:
    lengths = b"".join(len(each).to_bytes(2, "big") for each in (specs, session_id, challenge))
    return b"\x01\x03\x01" + lengths + specs + session_id + challenge


def test_ssl2_client_hello() -> None:
    hello = read_ssl2_client_hello(ssl2(session_id=b"i" * 16))
    assert hello == ClientHello(0x0301, b"c" * 16, b"i" * 16, (0x2F, 0x35), b"\0", (), ssl2_format=True)
    assert not hello.offers_tls13


@pytest.mark.parametrize("body", [b"", b"\x02" + ssl2()[1:], ssl2()[:-1], ssl2()[:8]])
def test_ssl2_client_hello_must_not_be_read(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_ssl2_client_hello(body)


WHOLE_CLIENT = client_hello_body(written.sni(b"a.example"), written.alpn(b"h2"))
WHOLE_SERVER = server_hello_body(written.TLS13_CHOSEN)


@pytest.mark.parametrize("end", range(len(WHOLE_CLIENT)))
def test_client_hello_cut_anywhere(end: int) -> None:
    if end == WHOLE_CLIENT.index(b"\x01\x00") + 2 and WHOLE_CLIENT[:end] == client_hello_body():
        assert read_client_hello(WHOLE_CLIENT[:end]).extensions == ()
        return
    with pytest.raises(Malformed) as caught:
        read_client_hello(WHOLE_CLIENT[:end])
    assert 0 <= caught.value.offset <= end


@pytest.mark.parametrize("end", range(len(WHOLE_SERVER)))
def test_server_hello_cut_anywhere(end: int) -> None:
    if end == len(server_hello_body()):
        assert read_server_hello(WHOLE_SERVER[:end]).extensions == ()
        return
    with pytest.raises(Malformed) as caught:
        read_server_hello(WHOLE_SERVER[:end])
    assert 0 <= caught.value.offset <= end


@pytest.mark.parametrize(
    "body",
    [
        client_hello_body().replace(b"\0\x04\xc0\x30", b"\0\x03\xc0\x30"),
        client_hello_body() + b"\0\x05\0\0\0\x02x",
        client_hello_body() + b"\0\x01\0",
    ],
)
def test_client_hello_whose_lengths_disagree(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_client_hello(body)


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    for read in (read_client_hello, read_server_hello, read_ssl2_client_hello):
        try:
            read(data)
        except Malformed as problem:
            offset = problem.offset
        else:
            offset = 0
        assert 0 <= offset <= len(data)


def test_mutated_hellos_are_read_or_malformed(seeded: random.Random) -> None:
    for _ in range(3000):
        for whole, read in ((WHOLE_CLIENT, read_client_hello), (WHOLE_SERVER, read_server_hello)):
            damaged = bytearray(whole)
            for _ in range(seeded.randrange(1, 4)):
                damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
            try:
                hello = read(bytes(damaged))
            except Malformed:
                continue
            assert len(hello.random) == 32
