"""``tlseku.handshake.hello_facts`` against ``tls.hello``, which reads all of a hello."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls import written
from tests.tls.written import alpn, client_hello_body, extension, server_hello_body, sni
from tlseku.errors import Malformed
from tlseku.handshake.hello_facts import (
    EARLY_DATA,
    MAX_VALUES,
    OFFERS_TLS13,
    OUTER,
    ClientFacts,
    HelloReader,
    ServerFacts,
)
from tlseku.handshake.offer import read_offer
from tlseku.tls import extensions as ext
from tlseku.tls.hello import TLS13, ClientHello, ServerHello, read_client_hello, read_server_hello

RECORDINGS = sorted(path.stem for path in written.RECORDINGS.glob("*.json"))
PSK = extension(41, b"\0\0")


def client(body: bytes) -> ClientFacts | None:
    return HelloReader().client(body)


def server(body: bytes) -> ServerFacts | None:
    return HelloReader().server(body)


def of_client(facts: ClientFacts | None) -> tuple[object, ...]:
    assert facts is not None
    return facts.session_id, facts.sni, facts.alpn_offered, facts.traits


def of_server(facts: ServerFacts | None) -> tuple[object, ...]:
    assert facts is not None
    return facts.version, facts.cipher_suite, facts.session_id, facts.alpn, facts.psk, facts.retry


@pytest.mark.parametrize(
    ("exts", "facts"),
    [
        ((), (None, (), 0)),
        ((sni(b"a.example"),), ("a.example", (), 0)),
        ((sni(b'"\\\x7f\n<\xff'),), ('"\\\x7f\n<\\xff', (), 0)),
        ((sni(b""),), ("", (), 0)),
        ((extension(0, b""),), (None, (), 0)),
        ((extension(0, b"\0\4\1\0\1a"),), (None, (), 0)),
        ((extension(0, b"\0\5\0\0\1a"),), (None, (), 0)),
        ((extension(0, b"\0\x08\1\0\1x\0\0\1a"),), ("a", (), 0)),
        ((sni(b"a"), sni(b"b")), ("a", (), 0)),
        ((alpn(b"h2", b"http/1.1"),), (None, ("h2", "http/1.1"), 0)),
        ((alpn(b'"'), alpn(b"h2")), (None, ('"',), 0)),
        ((extension(16, b"\0\3\5h2"),), (None, (), 0)),
        ((written.TLS13_OFFERED,), (None, (), OFFERS_TLS13)),
        ((extension(43, b"\x02\x03\x03"),), (None, (), 0)),
        ((extension(43, b"\x04\x0a\x0a\x7f\x1c"),), (None, (), OFFERS_TLS13)),
        ((extension(43, b"\x02\x7f\x00"),), (None, (), 0)),
        ((extension(43, b"\x02\x7f\x1d"),), (None, (), 0)),
        ((extension(43, b"\x00"),), (None, (), 0)),
        ((extension(51, b"\x02\x03\x04"),), (None, (), 0)),
        ((extension(42, b""),), (None, (), EARLY_DATA)),
        ((extension(13, b"\0\4\4\3\x0a\x0a"), extension(50, b"\0\2\4\1")), (None, (), 0)),
        ((extension(10, b"\0\2\x11\xec"), extension(10, b"\0\2\0\x1d")), (None, (), 0)),
        ((extension(10, b"\0\3\x11\xec"), extension(13, b"")), (None, (), 0)),
        ((extension(0xFE0D, b"\0rest"),), (None, (), OUTER)),
        ((extension(0xFE0D, b"\1"),), (None, (), 0)),
        ((extension(0xFE0D, b""),), (None, (), 0)),
        (
            (extension(0x0A0A, b""), sni(b"a"), alpn(b"h2"), written.TLS13_OFFERED, extension(42, b""), PSK),
            ("a", ("h2",), OFFERS_TLS13 | EARLY_DATA),
        ),
    ],
)
def test_client(exts: tuple[bytes, ...], facts: tuple[str | None, tuple[str, ...], int]) -> None:
    body = client_hello_body(*exts, session_id=b"id")
    assert of_client(client(body)) == (b"id", *facts)
    check_client(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        client_hello_body()[:37],
        client_hello_body() + b"\0",
        client_hello_body() + b"\0\1",
        client_hello_body(sni(b"a")) + b"\0",
        client_hello_body(sni(b"a"))[:-1],
        client_hello_body(b"\0\0\0"),
        client_hello_body(b"\0\0\0\1"),
        client_hello_body(extension(43, b"")),
        client_hello_body(extension(43, b"\x03\x03\x04")),
        client_hello_body(extension(43, b"\x03\x03\x04\x03")),
        client_hello_body()[:34] + b"\xff" + client_hello_body()[35:],
        # An odd number of bytes in the list of cipher suites.
        b"\x03\x03" + bytes(32) + b"\0" + b"\0\3\xc0\x30\0" + b"\1\0",
    ],
)
def test_odd_clients_are_left_alone(body: bytes) -> None:
    assert client(body) is None


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (server_hello_body(), (0x0303, 0xC030, b"", None, False, False)),
        (server_hello_body(session_id=b"id"), (0x0303, 0xC030, b"id", None, False, False)),
        (server_hello_body(version=0x0300), (0x0300, 0xC030, b"", None, False, False)),
        (server_hello_body(alpn(b"h2")), (0x0303, 0xC030, b"", "h2", False, False)),
        (server_hello_body(written.TLS13_CHOSEN), (0x0304, 0xC030, b"", None, False, False)),
        (server_hello_body(written.TLS13_CHOSEN, PSK), (0x0304, 0xC030, b"", None, True, False)),
        (server_hello_body(PSK, written.TLS13_CHOSEN), (0x0304, 0xC030, b"", None, True, False)),
        # No pre-shared key of that kind before TLS 1.3.
        (server_hello_body(PSK), (0x0303, 0xC030, b"", None, False, False)),
        (
            server_hello_body(written.TLS13_CHOSEN, random=written.HRR_RANDOM),
            (0x0304, 0xC030, b"", None, False, True),
        ),
    ],
)
def test_server(body: bytes, facts: tuple[object, ...]) -> None:
    assert of_server(server(body)) == facts
    check_server(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        server_hello_body()[:37],
        server_hello_body(version=0x0304),
        server_hello_body(version=0x02FF),
        server_hello_body(version=0x7F1C),
        server_hello_body(alpn(b"h2"))[:-1],
        server_hello_body() + b"\0",
        server_hello_body(b"\0\0\0"),
        server_hello_body(alpn()),
        server_hello_body(extension(16, b"\0\3\5h2")),
        server_hello_body(extension(43, b"\x03")),
        server_hello_body(extension(43, b"\x7f\x1c")),
        server_hello_body(extension(43, b"\x03\x05")),
        server_hello_body()[:34] + b"\xff" + server_hello_body()[35:],
    ],
)
def test_odd_servers_are_left_alone(body: bytes) -> None:
    assert server(body) is None


def check_client(body: bytes) -> bool:
    """Where there are facts, they are those of the general reader."""
    facts = client(body)
    if facts is None:
        return False
    hello = read_client_hello(body)
    assert facts.session_id == hello.session_id
    assert facts.sni == _server_name(hello)
    assert list(facts.alpn_offered) == _protocols(hello)
    assert bool(facts.traits & OFFERS_TLS13) is hello.offers_tls13
    assert bool(facts.traits & EARLY_DATA) is (ext.find(hello.extensions, ext.EARLY_DATA) is not None)
    outer = ext.find(hello.extensions, ext.ENCRYPTED_CLIENT_HELLO)
    assert bool(facts.traits & OUTER) is (outer is not None and outer[:1] == b"\0")
    assert facts.offered == read_offer(hello.extensions)
    return True


def check_server(body: bytes) -> bool:
    """The same of a server."""
    facts = server(body)
    if facts is None:
        return False
    hello = read_server_hello(body)
    assert (facts.version, facts.cipher_suite) == (hello.version, hello.cipher_suite)
    assert facts.session_id == hello.session_id
    assert facts.retry is hello.is_hello_retry_request
    psk = ext.find(hello.extensions, ext.PRE_SHARED_KEY) is not None
    assert facts.psk is (psk and hello.version >= TLS13)
    protocols = _protocols(hello)
    assert facts.alpn == (protocols[0] if protocols else None)
    return True


def _server_name(hello: ClientHello) -> str | None:
    content = ext.find(hello.extensions, ext.SERVER_NAME)
    try:
        return None if content is None else ext.server_name(content)
    except Malformed:
        return None


def _protocols(hello: ClientHello | ServerHello) -> list[str]:
    content = ext.find(hello.extensions, ext.ALPN)
    try:
        return [] if content is None else list(ext.protocol_names(content))
    except Malformed:
        return []


def hellos() -> list[tuple[int, bytes]]:
    """The side and body of every first hello in the recordings."""
    found = []
    for name in RECORDINGS:
        for side, flight in written.recording(name):
            content = flight[5:] if flight[:2] == b"\x16\x03" else b""
            if content[:1] in (b"\1", b"\2"):
                found.append((side, content[4 : 4 + int.from_bytes(content[1:4], "big")]))
    return found


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings(name: str) -> None:
    (client_side, hello), (server_side, answer) = written.recording(name)[:2]
    assert (client_side, server_side) == (0, 1)
    assert check_client(hello[9 : 9 + int.from_bytes(hello[6:9], "big")])
    assert check_server(answer[9 : 9 + int.from_bytes(answer[6:9], "big")])


def _damaged(body: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(draw.choice((1, 1, 2, 4))):
        # The random in front says nothing.
        at = draw.choice((0, 1, *range(34, len(damaged))))
        way = draw.randrange(8)
        if way < 4:
            damaged[at] = draw.choice((0, 1, 2, 3, 4, 16, 41, 42, 43, 0xFE, 0x0D, draw.randrange(256)))
        elif way < 6:
            damaged[at] ^= 1 << draw.randrange(8)
        elif way < 7:
            del damaged[at : at + draw.randrange(1, 4)]
        else:
            damaged[at:at] = draw.randbytes(draw.randrange(1, 3))
        if len(damaged) < 40:
            break
    return bytes(damaged)


@pytest.mark.parametrize("count", [8_000, pytest.param(300_000, marks=pytest.mark.long)])
def test_damaged_hellos(count: int, seeded: random.Random) -> None:
    whole = [
        *hellos(),
        (0, client_hello_body(sni(b"a"), alpn(b"h2"), written.TLS13_OFFERED, extension(42, b""), PSK)),
        (0, client_hello_body(extension(0xFE0D, b"\0"), sni(b"b"), session_id=b"s" * 32)),
        (1, server_hello_body(written.TLS13_CHOSEN, PSK, random=written.HRR_RANDOM)),
        (1, server_hello_body(alpn(b"h2"), session_id=b"s" * 32)),
    ]
    answered = 0
    for _ in range(count):
        side, body = seeded.choice(whole)
        answered += (check_server if side else check_client)(_damaged(body, seeded))
    assert count // 10 < answered < count * 9 // 10


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 16, 41, 42, 43, 44, 51, 0x0A0A, 0xFE0D]),
            st.binary(max_size=9) | st.sampled_from([b"\0\4\0\0\1a", b"\0\3\2h2", b"\2\3\4", b"\3\4"]),
        ),
        max_size=6,
    ),
    st.binary(max_size=32),
)
def test_any_extensions(listed: list[tuple[int, bytes]], session_id: bytes) -> None:
    exts = [extension(kind, content) for kind, content in listed]
    check_client(client_hello_body(*exts, session_id=session_id))
    check_server(server_hello_body(*exts, session_id=session_id))


def test_values_are_kept_within_a_bound() -> None:
    """More lists than are kept, and the first again: each has its own value, whoever else was asked for."""
    reader = HelloReader()
    for number in (*range(MAX_VALUES + 100), 0):
        protocol = f"p{number}"
        facts = reader.client(client_hello_body(alpn(protocol.encode())))
        assert facts is not None
        assert facts.alpn_offered == (protocol,)
        chosen = reader.server(server_hello_body(alpn(protocol.encode())))
        assert chosen is not None
        assert chosen.alpn == protocol
    assert len(reader._protocols) <= MAX_VALUES
