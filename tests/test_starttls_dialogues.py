"""Clear-text protocols that turn to TLS: each is named and its certificates are seen, however it is cut; and what only
looks like it is no flow."""

from __future__ import annotations

import random
import struct

import pytest

from tests import wire
from tests.dialogues import C, S, flows_in, flows_of
from tests.tls import written

HANDSHAKE = written.recording("scenario2")
CHAINS = [
    ("server", [len(der) for der in written.chain_of("scenario2", 1)]),
    ("client", [len(der) for der in written.chain_of("scenario2", 0)]),
]


def tpkt(body: bytes) -> bytes:
    return b"\x03\x00" + (4 + len(body)).to_bytes(2, "big") + body


def tds(payload: bytes, kind: int = 0x12, status: int = 1) -> bytes:
    return struct.pack(">BBHHBB", kind, status, 8 + len(payload), 0, 0, 0) + payload


TDS_OPTIONS = (
    bytes.fromhex("00001a0006010020000102002100010300220004040026000 1ff".replace(" ", ""))
    + b"\x11\0\0\0\0\0\x01\0\0\0\0\0\0"
)
MYSQL_GREETING = (
    bytes.fromhex("4a0000000a")
    + b"8.0.36\0"
    + b"\x0b\0\0\0"
    + b"saltsalt\0"
    + b"\xff\xff\x2d\x02\x00\xff\xdf\x15"
    + b"\0" * 10
    + b"moresaltmore\0"
    + b"caching_sha2_password\0"
)
MYSQL_SSL = bytes.fromhex("20000001") + b"\x05\xae\x03\0" + b"\0\0\0\x01" + b"\x2d" + b"\0" * 23
LDAP_START = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
LDAP_OK = bytes.fromhex("300c02010178070a010004000400")
EHLO = (
    (S, b"220 mx.example ESMTP Postfix\r\n"),
    (C, b"EHLO c.example\r\n"),
    (S, b"250-mx.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n"),
)
XMPP_OPEN = b"<?xml version='1.0'?><stream:stream to='x.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
START_XMPP = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

DIALOGUES = {
    "smtp": ("smtp", (*EHLO, (C, b"STARTTLS\r\n"), (S, b"220 2.0.0 Ready to start TLS\r\n"))),
    "smtp-lower-case": (
        "smtp",
        (
            (S, b"220 mx\r\n"),
            (C, b"ehlo c\r\n"),
            (S, b"250 starttls\r\n"),
            (C, b"starttls\r\n"),
            (S, b"220 go\r\n"),
        ),
    ),
    "lmtp": (
        "lmtp",
        (
            (S, b"220 lmtp.example LMTP\r\n"),
            (C, b"LHLO c.example\r\n"),
            (S, b"250-lmtp.example\r\n250 STARTTLS\r\n"),
            (C, b"STARTTLS\r\n"),
            (S, b"220 go\r\n"),
        ),
    ),
    "imap": (
        "imap",
        (
            (S, b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"),
            (C, b"a1 CAPABILITY\r\n"),
            (S, b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"),
            (C, b"a2 STARTTLS\r\n"),
            (S, b"a2 OK Begin TLS negotiation now\r\n"),
        ),
    ),
    "imap-at-once": ("imap", ((S, b"* OK ready\r\n"), (C, b". STARTTLS\r\n"), (S, b". OK go\r\n"))),
    "pop3": (
        "pop3",
        (
            (S, b"+OK pop.example ready\r\n"),
            (C, b"CAPA\r\n"),
            (S, b"+OK\r\nTOP\r\nSTLS\r\n.\r\n"),
            (C, b"STLS\r\n"),
            (S, b"+OK Begin TLS\r\n"),
        ),
    ),
    "ftp": ("ftp", ((S, b"220 FTP\r\n"), (C, b"AUTH TLS\r\n"), (S, b"234 Proceed\r\n"))),
    "ftp-after-features": (
        "ftp",
        (
            (S, b"220-Welcome\r\n220 ready\r\n"),
            (C, b"FEAT\r\n"),
            (S, b"211-Features:\r\n AUTH TLS\r\n211 End\r\n"),
            (C, b"AUTH SSL\r\n"),
            (S, b"234 AUTH SSL ok\r\n"),
        ),
    ),
    "ldap": ("ldap", ((C, LDAP_START), (S, LDAP_OK))),
    "ldap-long-lengths": (
        "ldap",
        (
            (C, b"\x30\x84\0\0\0\x1d\x02\x01\x01\x77\x84\0\0\0\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"),
            (
                S,
                bytes.fromhex("3084000000280201017884000000 1f0a01000400 0400 8a16".replace(" ", ""))
                + b"1.3.6.1.4.1.1466.20037",
            ),
        ),
    ),
    "xmpp": (
        "xmpp",
        (
            (C, XMPP_OPEN),
            (
                S,
                XMPP_OPEN
                + b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>",
            ),
            (C, START_XMPP),
            (S, PROCEED),
        ),
    ),
    "irc": (
        "irc",
        (
            (C, b"CAP LS 302\r\n"),
            (S, b":irc.example NOTICE * :*** Looking up\r\n:irc.example CAP * LS :tls\r\n"),
            (C, b"STARTTLS\r\n"),
            (S, b":irc.example 670 * :STARTTLS successful, proceed with TLS handshake\r\n"),
        ),
    ),
    "nntp": (
        "nntp",
        (
            (S, b"200 news.example ready\r\n"),
            (C, b"CAPABILITIES\r\n"),
            (S, b"101 Capability list:\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"),
            (C, b"STARTTLS\r\n"),
            (S, b"382 Continue with TLS negotiation\r\n"),
        ),
    ),
    "sieve": (
        "sieve",
        (
            (S, b'"IMPLEMENTATION" "Example"\r\n"SIEVE" "fileinto"\r\n"STARTTLS"\r\nOK "ready"\r\n'),
            (C, b"STARTTLS\r\n"),
            (S, b'OK "Begin TLS negotiation now"\r\n'),
        ),
    ),
    "postgresql": ("postgresql", ((C, bytes.fromhex("0000000804d2162f")), (S, b"S"))),
    "postgresql-after-gssenc": (
        "postgresql",
        (
            (C, bytes.fromhex("0000000804d21630")),
            (S, b"N"),
            (C, bytes.fromhex("0000000804d2162f")),
            (S, b"S"),
        ),
    ),
    "mysql": ("mysql", ((S, MYSQL_GREETING), (C, MYSQL_SSL))),
    "rdp": (
        "rdp",
        (
            (C, tpkt(b"\x27\xe0\0\0\0\0\0Cookie: mstshash=user\r\n\x01\0\x08\0\x0b\0\0\0")),
            (S, tpkt(b"\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x01\0\0\0")),
        ),
    ),
    "http-connect": (
        "http-connect",
        (
            (C, b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n"),
            (S, b"HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\n"),
        ),
    ),
    "http-connect-after-407": (
        "http-connect",
        (
            (C, b"CONNECT far.example:443 HTTP/1.1\r\nHost: far\r\n\r\n"),
            (
                S,
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 21\r\n\r\n"
                b"<html>\nwho?\n\n</html>\n",
            ),
            (C, b"CONNECT far.example:443 HTTP/1.1\r\nHost: far\r\nProxy-Authorization: Basic eDp5\r\n\r\n"),
            (S, b"HTTP/1.0 200 OK\r\n\r\n"),
        ),
    ),
    "socks4": (
        "socks",
        ((C, b"\x04\x01\x01\xbb\xc6\x33\x64\x14user\0"), (S, b"\0\x5a\x01\xbb\xc6\x33\x64\x14")),
    ),
    "socks4a": ("socks", ((C, b"\x04\x01\x01\xbb\0\0\0\x01\0far.example\0"), (S, b"\0\x5a\0\0\0\0\0\0"))),
    "socks5": (
        "socks",
        (
            (C, b"\x05\x01\0"),
            (S, b"\x05\0"),
            (C, b"\x05\x01\0\x03\x0bfar.example\x01\xbb"),
            (S, b"\x05\0\0\x01\0\0\0\0\0\0"),
        ),
    ),
    "socks5-password": (
        "socks",
        (
            (C, b"\x05\x02\0\x02"),
            (S, b"\x05\x02"),
            (C, b"\x01\x04user\x04pass"),
            (S, b"\x01\0"),
            (C, b"\x05\x01\0\x01\xc6\x33\x64\x14\x01\xbb"),
            (S, b"\x05\0\0\x04" + bytes(18)),
        ),
    ),
    "proxy-protocol-1": ("proxy-protocol", ((C, b"PROXY TCP4 192.0.2.1 198.51.100.1 40000 443\r\n"),)),
    "proxy-protocol-1-unknown": ("proxy-protocol", ((C, b"PROXY UNKNOWN\r\n"),)),
    "proxy-protocol-2": (
        "proxy-protocol",
        ((C, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\x01\xbb"),),
    ),
    "proxy-protocol-2-local": ("proxy-protocol", ((C, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"),)),
}


def tds_dialogue() -> tuple[tuple[int, bytes], ...]:
    """PRELOGIN both ways; handshake records inside PRELOGIN packets, one flight over two; application data bare."""
    turns = [(C, tds(TDS_OPTIONS)), (S, tds(TDS_OPTIONS, 0x04))]
    for number, (side, data) in enumerate(HANDSHAKE):
        if number >= 4:
            turns.append((side, data))
        elif len(data) > 1000:
            turns.append((side, tds(data[:700], status=0) + tds(data[700:])))
        else:
            turns.append((side, tds(data)))
    return tuple(turns)


CASES = {name: (word, (*dialogue, *HANDSHAKE)) for name, (word, dialogue) in DIALOGUES.items()}
CASES["tds"] = ("tds", tds_dialogue())


def presented(flow: object) -> list[tuple[str, list[int]]]:
    return [(each.role, [len(certificate.der) for certificate in each.chain]) for each in flow.presented]  # type: ignore[attr-defined]


def assert_seen(flows: list, word: str) -> None:
    (flow,) = flows
    assert flow.starttls == word
    assert presented(flow) == CHAINS
    assert flow.role_evidence == "client_hello"
    assert flow.client.ip == wire.CLIENT[0]
    assert flow.outcome == "completed"
    assert flow.hidden == ()
    assert flow.defects == ()
    assert [message.kind for message in flow.messages][:2] == ["client_hello", "server_hello"]


def as_packets(turns: tuple[tuple[int, bytes], ...], size: int) -> list[wire.Frame]:
    talk = wire.Talk().open()
    for side, data in turns:
        talk.send_in(side, data, size)
    return talk.close().frames()


@pytest.mark.parametrize("size", [None, 1, 7, 100])
@pytest.mark.parametrize("case", CASES)
def test_named_as_a_stream(case: str, size: int | None) -> None:
    word, turns = CASES[case]
    assert_seen(flows_of(turns, size=size), word)


@pytest.mark.parametrize("size", [1, 3, 50, 1460])
@pytest.mark.parametrize("case", CASES)
def test_named_in_packets(case: str, size: int) -> None:
    word, turns = CASES[case]
    assert_seen(flows_in(as_packets(turns, size)), word)


@pytest.mark.parametrize("case", CASES)
def test_named_however_cut(case: str, seeded: random.Random) -> None:
    word, turns = CASES[case]
    for _ in range(6):
        talk = wire.Talk().open()
        for side, data in turns:
            points = sorted(seeded.sample(range(len(data) + 1), min(4, len(data) + 1)))
            for low, high in zip([0, *points], [*points, len(data)], strict=True):
                if low < high:
                    talk.send(side, data[low:high])
        assert_seen(flows_in(talk.close().frames()), word)


@pytest.mark.parametrize("case", CASES)
def test_named_where_the_answer_is_captured_late(case: str) -> None:
    """The server's last clear words come behind the ClientHello that they allowed."""
    word, turns = CASES[case]
    last = (
        max(index for index, turn in enumerate(turns[:-8]) if turn[0] == S)
        if any(s for s, _ in turns[:-8])
        else None
    )
    if last is None or len(turns) - 8 != last + 1:
        return
    swapped = (*turns[:last], turns[last + 1], turns[last], *turns[last + 2 :])
    assert_seen(flows_of(swapped), word)


@pytest.mark.parametrize("side", [C, S])
@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith(("proxy", "mysql"))])
def test_named_from_one_direction(case: str, side: int) -> None:
    word, turns = CASES[case]
    (flow,) = flows_of([turn for turn in turns if turn[0] == side])
    # The answer alone does not tell SMTP from LMTP.
    assert flow.starttls in (word, "smtp" if word == "lmtp" and side == S else word)
    assert [each.role for each in flow.presented] == ["server" if side else "client"]


@pytest.mark.parametrize("case", ["smtp", "imap", "ftp", "postgresql", "http-connect", "xmpp", "ldap"])
def test_refusal_by_alert_behind_a_dialogue(case: str) -> None:
    word, turns = CASES[case]
    (flow,) = flows_of((*turns[:-7], (S, written.alert(2, 40))))
    assert (flow.starttls, flow.outcome, flow.refused_by) == (word, "refused", "server")
    assert [(alert.code, alert.after) for alert in flow.alerts] == [(40, "client_hello")]


HELLO = HANDSHAKE[0][1]
BOTH = b"".join(data for _, data in HANDSHAKE[:3])
INNER = wire.pcap(as_packets(HANDSHAKE, 1460))
SERVER_FLIGHT = HANDSHAKE[1][1]

NOT_TLS = {
    "smtp without starttls": (
        *EHLO,
        (C, b"MAIL FROM:<a@example>\r\n"),
        (S, b"250 ok\r\n"),
        (C, b"DATA\r\n"),
        (S, b"354 go\r\n"),
        (C, b"Subject: x\r\n\r\nhello\r\n.\r\n"),
        (S, b"250 queued\r\n"),
    ),
    "starttls refused": (
        *EHLO,
        (C, b"STARTTLS\r\n"),
        (S, b"454 TLS not available\r\n"),
        (C, b"QUIT\r\n"),
        (S, b"221 bye\r\n"),
    ),
    "mail that speaks of starttls": (
        *EHLO,
        (C, b"DATA\r\n"),
        (S, b"354 go\r\n"),
        (C, b"Subject: STARTTLS\r\n\r\nSTARTTLS\r\n220 ready\r\n.\r\n"),
        (S, b"250 queued\r\n"),
    ),
    "mail with starttls and a ClientHello in it": (
        *EHLO,
        (C, b"DATA\r\n"),
        (S, b"354 go\r\n"),
        (C, b"Subject: x\r\n\r\nSTARTTLS\r\nand then: " + BOTH + b"\r\n.\r\n"),
        (S, b"250 queued\r\n"),
    ),
    "http get": (
        (C, b"GET / HTTP/1.1\r\nHost: x.example\r\n\r\n"),
        (S, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    ),
    "http download of a ClientHello": (
        (C, b"GET /hello.bin HTTP/1.1\r\nHost: x.example\r\n\r\n"),
        (S, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + HELLO + SERVER_FLIGHT),
    ),
    "http download of a pcap": (
        (C, b"GET /x.pcap HTTP/1.1\r\nHost: x.example\r\n\r\n"),
        (S, b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.tcpdump.pcap\r\n\r\n" + INNER),
    ),
    "http answer with a pcap, seen alone": ((S, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + INNER),),
    "http upload of a pcap": (
        (C, b"PUT /x.pcap HTTP/1.1\r\nHost: x.example\r\n\r\n" + INNER),
        (S, b"HTTP/1.1 201 Created\r\n\r\n"),
    ),
    "connect refused": (
        (C, b"CONNECT far.example:443 HTTP/1.1\r\n\r\n"),
        (S, b"HTTP/1.1 403 Forbidden\r\n\r\n<html>" + b"no " * 99 + b"</html>"),
    ),
    "ftp data: a pcap": ((S, INNER),),
    "ftp data: text, then a handshake": ((S, b"these are the bytes of a handshake: " + BOTH),),
    "ftp upload": ((C, b"line of text that is long enough\n" + BOTH),),
    "ftp auth refused": (
        (S, b"220 FTP\r\n"),
        (C, b"AUTH TLS\r\n"),
        (S, b"502 no\r\n"),
        (C, b"USER x\r\n"),
        (S, b"331 password\r\n"),
    ),
    "imap without starttls": (
        (S, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
        (C, b"a1 LOGIN u p\r\n"),
        (S, b"a1 OK in\r\n"),
        (C, b"a2 FETCH 1 BODY[]\r\n"),
        (S, b"* 1 FETCH (BODY[] {999}\r\nSTARTTLS\r\n" + BOTH + b")\r\na2 OK done\r\n"),
    ),
    "ssh": (
        (S, b"SSH-2.0-OpenSSH_9.6\r\n"),
        (C, b"SSH-2.0-OpenSSH_9.7\r\n"),
        (C, b"\0\0\x05\xdc\x0a\x14" + bytes(range(256)) * 4),
        (S, b"\0\0\x04\x44\x09\x14" + bytes(range(255, -1, -1)) * 4),
    ),
    "postgresql without tls": (
        (C, bytes.fromhex("0000000804d2162f")),
        (S, b"N"),
        (C, b"\0\0\0\x21\0\x03\0\0user\0x\0database\0y\0\0"),
        (S, b"R\0\0\0\x08\0\0\0\0" + bytes(40)),
    ),
    "mysql without tls": (
        (S, MYSQL_GREETING),
        (C, bytes.fromhex("55000001") + b"\x85\xa6\xff\x01" + bytes(81)),
        (S, b"\x07\0\0\x02\0\0\0\x02\0\0\0"),
    ),
    "ldap search": (
        (C, bytes.fromhex("3025020101632004000a01000a0100020100020100010100870b6f626a656374436c6173733000")),
        (S, LDAP_OK),
    ),
    "sip": (
        (C, b"OPTIONS sip:x.example SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n\r\n"),
        (S, b"SIP/2.0 200 OK\r\n\r\n"),
    ),
    "rtsp": ((C, b"DESCRIBE rtsp://x/ RTSP/1.0\r\n\r\n"), (S, b"RTSP/1.0 200 OK\r\n\r\n")),
    "zeros": ((C, bytes(5000)), (S, bytes(5000))),
    "sixteens": ((C, b"\x16" * 5000), (S, b"\x16" * 5000)),
    "almost a ClientHello": ((C, b"\x16\x03\x01\x02\x00\x05" + bytes(600)),),
    "version 4.1": ((C, b"\x16\x04\x01\x02\x00\x01" + bytes(600)),),
    "a record too long": ((C, b"\x16\x03\x01\xff\xff\x01" + bytes(600)),),
    "an empty record": ((C, b"\x16\x03\x01\x00\x00\x01" + bytes(600)),),
    "ssl 2 hello that does not add up": ((C, b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x11" + bytes(35)),),
    "dtls": ((C, b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\xa5\x01" + bytes(164)),),
    "nothing": (),
}


@pytest.mark.parametrize("size", [None, 1, 50])
@pytest.mark.parametrize("case", NOT_TLS)
def test_is_no_flow_as_a_stream(case: str, size: int | None) -> None:
    assert flows_of(NOT_TLS[case], size=size) == []


@pytest.mark.parametrize("case", NOT_TLS)
def test_is_no_flow_in_packets(case: str) -> None:
    assert flows_in(as_packets(NOT_TLS[case], 536)) == []


def test_random_bytes_are_no_flow(seeded: random.Random) -> None:
    for _ in range(300):
        turns = [(seeded.randrange(2), seeded.randbytes(seeded.randrange(1, 400))) for _ in range(6)]
        if any(data[:2] in (b"\x16\x03", b"\x15\x03") for _, data in turns):
            continue
        assert flows_of(turns) == []


def test_a_plain_answer_to_a_hello_is_told() -> None:
    (flow,) = flows_of([(C, HELLO), (S, b"HTTP/1.1 400 Bad Request\r\n\r\n")])
    assert (flow.starttls, flow.version, flow.outcome) == (None, None, "aborted")
    assert [(each.layer, each.reason, each.frame) for each in flow.defects] == [
        ("tls", "one side speaks TLS and the other something else", 2)
    ]


def test_a_dialogue_beyond_the_limit_is_none() -> None:
    long = b"EHLO c.example\r\n" + b"NOOP\r\n" * 3000 + b"STARTTLS\r\n"
    assert flows_of([(C, long + HELLO)]) == []
    assert flows_of([(C, long + HELLO)], size=100) == []


def test_a_gap_inside_a_tds_packet_leaves_what_follows() -> None:
    turns = tds_dialogue()
    server = [data for side, data in turns if side == S]
    for low in range(40, 1700, 83):
        talk = wire.Talk().open()
        for side, data in turns:
            if side == S and data == server[1]:
                talk.send(S, data[:low]).next_seq[S] += 60
                talk.send(S, data[low + 60 :])
            else:
                talk.send(side, data)
        (flow,) = flows_in(talk.close().frames())
        assert flow.starttls == "tds"
        named = {each.what for each in flow.hidden}
        chains = [each for each in flow.presented if each.role == "server"]
        assert chains or "server_certificate" in named
        for each in chains:
            assert each.verdict == ("incomplete" if each.entries_missing else "ok")
            assert each.entries_missing or presented(flow)[0] == CHAINS[0]
