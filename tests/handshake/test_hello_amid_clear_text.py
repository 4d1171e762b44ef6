"""TLS that begins amid anything: a hello at the start of a segment that the other side answers, and what only looks
like it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import wire
from tests.dialogues import C, S, flows_in, flows_of
from tests.test_starttls_dialogues import BOTH, CHAINS, HANDSHAKE, HELLO, SERVER_FLIGHT, as_packets, presented

GET = (
    (C, b"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"),
    (S, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
)
CONNECT = (
    (C, b"CONNECT x.example:443 HTTP/1.1\r\nHost: x.example:443\r\n\r\n"),
    (S, b"HTTP/1.1 200 Connection established\r\n\r\n"),
)
PROXY = (C, b"PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n")
PROXY_2 = (C, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\x01\xbb")
STARTTLS = (
    (S, b"220 mx.example ESMTP\r\n"),
    (C, b"EHLO c.example\r\n"),
    (S, b"250 STARTTLS\r\n"),
    (C, b"STARTTLS\r\n"),
    (S, b"220 go\r\n"),
)
PAGE = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000
RPC = bytes.fromhex("80000028000000010000000000000002000186a3000000040000000000000007") + bytes(12)
RPC_OK = bytes.fromhex("800000200000000100000001000000000000000000000008") + b"STARTTLS" + bytes(4)

BEFORE = {
    "words that nobody knows": (
        "unknown",
        ((S, b"MUMBLE 1.0, and so on for a while\r\n"), (C, b"tls, please\r\n")),
    ),
    "few bytes that nobody knows": ("unknown", ((C, b"\x01\x02"), (S, b"\x03"))),
    "a long transfer": ("unknown", (*GET, (S, b"y" * 200_000), (C, b"z" * 100_000))),
    "get, then connect": ("unknown", (*GET, *CONNECT)),
    "two long 407 pages": ("http-connect", (CONNECT[0], (S, PAGE), CONNECT[0], (S, PAGE), *CONNECT)),
    "a folded header line": (
        "http-connect",
        (CONNECT[0], (S, b"HTTP/1.1 200 OK\r\nVia: a,\r\n b\r\n\r\n")),
    ),
    "http upgrade": (
        "http-upgrade",
        (
            (C, b"OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n"),
            (S, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n\r\n"),
        ),
    ),
    "nats": ("nats", ((S, b'INFO {"server_id":"N","tls_required":true}\r\n'),)),
    "amqp": ("amqp", ((C, b"AMQP\x02\x01\0\0"), (S, b"AMQP\x02\x01\0\0"))),
    "rpc": ("rpc", ((C, RPC), (S, RPC_OK))),
    "telnet": (
        "telnet",
        (
            (S, b"\xff\xfd\x2e"),
            (C, b"\xff\xfb\x2e\xff\xfa\x2e\x01\xff\xf0"),
            (S, b"\xff\xfa\x2e\x01\xff\xf0"),
        ),
    ),
    "nbd": (
        "nbd",
        (
            (S, b"NBDMAGICIHAVEOPT\0\x03"),
            (C, b"\0\0\0\x03IHAVEOPT\0\0\0\x05\0\0\0\0"),
            (S, bytes.fromhex("0003e889045565a9000000050000000100000000")),
        ),
    ),
    "vencrypt": ("vencrypt", ((S, b"RFB 003.008\n"), (C, b"RFB 003.008\n"), (S, b"\x01\x13"), (C, b"\x13"))),
    "adb": ("adb", ((C, b"CNXN" + bytes(20)), (S, b"STLS" + bytes(20)), (C, b"STLS" + bytes(20)))),
    "gnutella": ("gnutella", ((C, b"GNUTELLA CONNECT/0.6\r\n\r\n"), (S, b"GNUTELLA/0.6 200 OK\r\n\r\n"))),
    "smtp, noop first": ("smtp", (STARTTLS[0], (C, b"NOOP\r\n"), (S, b"250 ok\r\n"), *STARTTLS[1:])),
    "smtp, xclient first": ("smtp", (STARTTLS[0], (C, b"XCLIENT ADDR=192.0.2.1\r\n"), *STARTTLS)),
    "smtp, a greeting of 17 kB": ("smtp", ((S, b"220-" + b"g" * 17_000 + b"\r\n"), *STARTTLS)),
    "xmpp with a required element": (
        "xmpp",
        (
            (C, b"<stream:stream>"),
            (S, b"<stream:stream>"),
            (C, b"<starttls><required/></starttls>"),
            (S, b"<proceed/>"),
        ),
    ),
    "proxy header twice": ("proxy-protocol", (PROXY, PROXY)),
    "both proxy headers": ("proxy-protocol", (PROXY, PROXY_2)),
    "proxy header, then smtp": ("smtp", (PROXY, *STARTTLS)),
    "proxy header 2, then smtp": ("smtp", (PROXY_2, PROXY_2, *STARTTLS)),
}
MIRRORED = [(1 - side, data) for side, data in HANDSHAKE]
REST = b"".join(data for side, data in HANDSHAKE[2:] if side == C)

PLAIN = {
    "echo of a hello": (*GET, (C, HELLO), (S, HELLO)),
    "echo of a whole handshake": (*GET, *((each, data) for _, data in HANDSHAKE for each in (C, S))),
    "hello sent, handshake fetched": (*GET, (C, HELLO), (S, HELLO), (S, SERVER_FLIGHT)),
    "handshake fetched, then hello sent": (
        *GET,
        (S, HELLO),
        (S, SERVER_FLIGHT),
        (C, HELLO),
        (S, SERVER_FLIGHT),
    ),
    "upload of all segments": (
        *GET,
        *((C, data) for _, data in HANDSHAKE),
        (S, b"HTTP/1.1 201 Created\r\n\r\n"),
    ),
    "download of all segments": (*GET, *((S, data) for _, data in HANDSHAKE), (C, b"thanks\r\n")),
    "upload, answered each time": (
        *GET,
        *(turn for _, data in HANDSHAKE for turn in ((C, data), (S, b"ok\r\n"))),
    ),
    "hello never answered": (*GET, (C, HELLO)),
    "hello answered by words": (
        *GET,
        (C, HELLO),
        (S, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (S, SERVER_FLIGHT),
    ),
    "ServerHello alone": (*GET, (S, SERVER_FLIGHT), (C, REST)),
    "answer amid a segment": (*GET, (C, HELLO), (S, b"data: " + SERVER_FLIGHT)),
    "hello amid a segment": (*GET, (C, b"data: " + HELLO), (S, SERVER_FLIGHT)),
    "mail with hellos as base64": (*STARTTLS[:3], (C, base64.encodebytes(BOTH)), (S, b"250 ok\r\n")),
    "mail with hellos as bytes": (
        *STARTTLS[:3],
        (C, b"DATA\r\n"),
        (S, b"354\r\n"),
        (C, BOTH),
        (S, b"250 ok\r\n"),
    ),
    "suite not offered": (*GET, (C, HELLO), (S, SERVER_FLIGHT[:76] + b"\x7a\x7a" + SERVER_FLIGHT[78:])),
    "session id too long": (*GET, (C, HELLO[:43] + b"\x21" + HELLO[44:]), (S, SERVER_FLIGHT)),
    "suites that do not fit": (*GET, (C, HELLO[:43] + b"\0\xff\xfe" + HELLO[46:]), (S, SERVER_FLIGHT)),
    "version 4": (*GET, (C, HELLO[:9] + b"\4" + HELLO[10:]), (S, SERVER_FLIGHT)),
    "hello longer than its record": (*GET, (C, HELLO[:6] + b"\1\0\1" + HELLO[9:]), (S, SERVER_FLIGHT)),
    "a file that begins as records do": (*GET, (S, b"\x16\x03\x01" * 5000), (C, b"\x16\x03\x03" * 5000)),
    "unknown words alone": ((S, b"MUMBLE 1.0, and so on for a while\r\n"), (C, b"no tls\r\n")),
    "plain amqp": ((C, b"AMQP\0\1\0\0"), (S, b"AMQP\0\1\0\0"), (C, bytes(500))),
    "plain rpc": ((C, RPC), (S, bytes(36)), (C, RPC)),
}


def test_as_many_must_not_fire() -> None:
    assert len(PLAIN) == len(BEFORE)


def assert_told(flows: list, word: str, client: str = wire.CLIENT[0]) -> None:
    (flow,) = flows
    assert (flow.starttls, flow.outcome, flow.client.ip) == (word, "completed", client)
    assert presented(flow) == CHAINS
    assert flow.defects == ()


@pytest.mark.parametrize("case", BEFORE)
def test_must_fire(case: str) -> None:
    word, before = BEFORE[case]
    assert_told(flows_of((*before, *HANDSHAKE)), word)
    for size in (64, 1460):
        assert_told(flows_in(as_packets((*before, *HANDSHAKE), size)), word)


@pytest.mark.parametrize("case", PLAIN)
def test_must_not_fire(case: str) -> None:
    assert flows_of(PLAIN[case]) == []
    assert flows_in(as_packets(PLAIN[case], 1460)) == []


@pytest.mark.parametrize("case", ["words that nobody knows", "a long transfer"])
def test_where_the_tcp_server_is_the_tls_client(case: str) -> None:
    turns = (*BEFORE[case][1], *MIRRORED)
    assert_told(flows_of(turns), "unknown", wire.SERVER[0])
    assert_told(flows_in(as_packets(turns, 1460)), "unknown", wire.SERVER[0])


def test_where_the_answer_is_captured_before_the_hello() -> None:
    assert_told(flows_of((*GET, HANDSHAKE[1], HANDSHAKE[0], *HANDSHAKE[2:])), "unknown")


def test_a_refusal_right_after_the_hello() -> None:
    (flow,) = flows_of((*GET, (C, HELLO), (S, b"\x15\x03\x03\0\x02\x02\x28")))
    assert (flow.starttls, flow.outcome, flow.refused_by) == ("unknown", "refused", "server")


# What names it must be in the first piece: flows are the same, the name is "unknown" in other cuts.
NAMED_BY_A_PIECE = {"http upgrade"}


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(6, 400), min_size=1, max_size=5),
    case=st.sampled_from(sorted(set(BEFORE) - NAMED_BY_A_PIECE)),
)
def test_any_cut(sizes: list[int], case: str) -> None:
    """A piece begins where a turn does, and anywhere else."""
    word, before = BEFORE[case]
    turns: list[tuple[int, bytes]] = []
    for side, data in (*before, *HANDSHAKE):
        at = 0
        while at < len(data):
            # Long transfers come in longer pieces, for the test's own time.
            size = sizes[len(turns) % len(sizes)] if len(data) < 20_000 else 1460
            turns.append((side, data[at : at + size]))
            at += size
    assert_told(flows_of(turns), word)
