"""DTLS over UDP: which datagrams make one flow, and what it says."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

import tlseku
from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.carriers.datagrams import (
    CLIENT,
    MILLISECOND,
    SERVER,
    Sent,
    analyze,
    frame_of,
    from_client,
    from_server,
    only_flow,
    told,
)
from tests.carriers.dtls.written import (
    RANDOM,
    certificate,
    client_hello,
    flight,
    fragment,
    record,
    server_hello,
)
from tests.output.client_uses import terms
from tests.output.seen import seen_certificates
from tlseku.decryption.cipher_parameters import TLS12, suite_of
from tlseku.decryption.key_schedule import key_block
from tlseku.events import FlowEnded
from tlseku.flow import Flow
from tlseku.output.reports.sunset_inventory import Collector

CA = ca("Lab CA", serial=1)
SERVER_LEAF = build(subject="server.example", issuer=CA, eku=(SERVER_AUTH,), serial=0x2001)
CLIENT_LEAF = build(subject="client.example", issuer=CA, eku=(CLIENT_AUTH,), serial=0x3001)
SUNSET_LEAF = build(subject="sunset.example", issuer=CA, eku=(SERVER_AUTH,), serial=0x3002)

COOKIE = b"cookie from the server"
REQUEST = b"\1\1\0\2\4\3\0\0"
CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
FINISHED = bytes(40)
MASTER = bytes(range(48))
KEY_LOG = f"CLIENT_RANDOM {RANDOM.hex()} {MASTER.hex()}\n".encode()


def verify_request(cookie: bytes = COOKIE) -> bytes:
    return record(HANDSHAKE, fragment(3, 0, b"\xfe\xff" + bytes((len(cookie),)) + cookie), version=0xFEFF)


def hellos(extensions: bytes = b"") -> list[Sent]:
    return [
        from_client(record(HANDSHAKE, fragment(1, 0, client_hello(b"", extensions)))),
        from_server(verify_request()),
        from_client(record(HANDSHAKE, fragment(1, 1, client_hello(COOKIE, extensions)), 1)),
    ]


def server_flight(extensions: bytes = b"") -> list[bytes]:
    messages = [
        (2, server_hello(extensions)),
        (11, certificate(SERVER_LEAF.der)),
        (12, bytes(70)),
        (13, REQUEST),
        (14, b""),
    ]
    return flight(messages, 1, 1)


def client_flight(leaf: bytes = CLIENT_LEAF.der) -> list[bytes]:
    listed = flight([(11, certificate(leaf)), (16, bytes(66)), (15, bytes(70))], 2, 2)
    return [*listed, record(CCS, b"\1", 5)]


def mutual(leaf: bytes = CLIENT_LEAF.der, extensions: bytes = b"") -> list[Sent]:
    return [
        *hellos(extensions),
        from_server(b"".join(server_flight())),
        from_client(b"".join(client_flight(leaf)) + record(HANDSHAKE, FINISHED, epoch=1)),
    ]


DONE = [
    from_server(record(CCS, b"\1", 6) + record(HANDSHAKE, FINISHED, epoch=1)),
    from_client(record(DATA, bytes(40), 1, epoch=1)),
    from_server(record(DATA, bytes(40), 1, epoch=1)),
]


def seal(kind: int, content: bytes, number: int, *, of_client: bool) -> bytes:
    """A record under AES-128-GCM (RFC 6347 section 4.1.2.1)."""
    suite = suite_of(0xC02F, TLS12)
    assert suite is not None
    keys = key_block(MASTER, RANDOM, RANDOM[::-1], suite, TLS12)[0 if of_client else 1]
    whole = (1 << 48 | number).to_bytes(8, "big")
    data = whole + bytes((kind,)) + b"\xfe\xfd" + len(content).to_bytes(2, "big")
    explicit = bytes(7) + b"\x2a"
    return record(
        kind, explicit + AESGCM(keys.key).encrypt(keys.iv + explicit, content, data), number, epoch=1
    )


def test_a_mutual_handshake() -> None:
    (flow,), summary = analyze([*mutual(), *DONE])
    assert (flow.carrier, flow.version, flow.cipher, flow.outcome) == ("dtls", 0xFEFD, 0xC02F, "completed")
    assert (flow.client.port, flow.server.port, flow.role_evidence) == (40000, 4433, "client_hello")
    assert [(each.role, each.frame, each.verdict) for each in flow.presented] == [
        ("server", 4, "ok"),
        ("client", 5, "ok"),
    ]
    assert [(each.frame, each.answer) for each in flow.requests] == [(4, "presented")]
    assert (flow.hidden, flow.defects) == ((), ())
    assert summary.skipped == {}
    assert [kind for _, _, kind in told(flow)] == [
        *("client_hello", "hello_verify_request", "client_hello"),
        *("server_hello", "certificate", "server_key_exchange", "certificate_request", "server_hello_done"),
        *("certificate", "client_key_exchange", "certificate_verify"),
        *("change_cipher_spec", "encrypted_handshake", "change_cipher_spec", "encrypted_handshake"),
        *("application_data", "application_data"),
    ]


def test_a_refusal_in_clear() -> None:
    flow = only_flow([*mutual(SUNSET_LEAF.der), from_server(record(ALERT, b"\2\x2b", 6))])
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (
        "refused",
        "server",
        "fatal alert unsupported_certificate (43)",
    )
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "wrong")]
    assert [(each.frame, each.role, each.code) for each in flow.alerts] == [(6, "server", 43)]


def test_an_alert_that_was_captured_twice_is_one() -> None:
    alert = from_server(record(ALERT, b"\2\x2b", 6))
    assert len(only_flow([*mutual(), alert, alert]).alerts) == 1


def test_secrets_open_what_is_encrypted() -> None:
    finished = fragment(20, 5, bytes(12))
    sent = [
        *hellos(),
        from_server(b"".join(server_flight())),
        from_client(b"".join(client_flight()) + seal(HANDSHAKE, finished, 0, of_client=True)),
        from_server(record(CCS, b"\1", 6) + seal(HANDSHAKE, fragment(20, 6, bytes(12)), 0, of_client=False)),
        from_client(seal(DATA, b"GET", 1, of_client=True)),
        from_server(seal(ALERT, b"\1\0", 1, of_client=False)),
    ]
    for late in (False, True):
        flow = only_flow(sent, KEY_LOG, late=late)
        assert (flow.outcome, flow.outcome_basis) == ("completed", "both Finished")
        assert [(each.frame, each.kind) for each in flow.messages if each.decrypted] == [
            (5, "finished"),
            (6, "finished"),
            (8, "alert"),
        ]
        assert flow.defects == ()
    reordered = [*sent[:5], sent[7], sent[6], sent[5], sent[4]]
    assert only_flow(reordered, KEY_LOG).outcome == "completed"
    wrong = KEY_LOG.replace(MASTER.hex().encode(), MASTER[::-1].hex().encode())
    assert [each.reason for each in only_flow(sent, wrong).defects] == [
        "an encrypted record does not open with the session's secrets",
        "an encrypted record does not open with the session's secrets",
    ]


def test_a_flight_that_is_sent_again_says_nothing_new() -> None:
    again = [from_client(b"".join(client_flight()) + record(HANDSHAKE, FINISHED, 1, epoch=1))]
    once = told(only_flow([*mutual(), *DONE]))
    twice = told(only_flow([*mutual(), *again, *DONE]))
    assert [each[1:] for each in once] == [each[1:] for each in twice]
    # Two Finished are no renegotiation.
    assert only_flow([*mutual(), *again, *DONE]).hidden == ()


def test_a_finished_in_two_pieces_is_no_renegotiation() -> None:
    """OpenSSL fills a datagram up with the first bytes of its Finished."""
    pieces = record(CCS, b"\1", 6) + record(HANDSHAKE, bytes(40), 0, epoch=1)
    sent = [*mutual(), from_server(pieces), from_server(record(HANDSHAKE, bytes(44), 1, epoch=1)), *DONE[1:]]
    flow = only_flow(sent)
    assert (flow.outcome, flow.hidden) == ("completed", ())


def test_a_renegotiation_is_encrypted() -> None:
    asks = from_server(record(HANDSHAKE, bytes(36), 9, epoch=1))
    hello = from_client(record(HANDSHAKE, bytes(180), 9, epoch=1))
    for sent in ([*mutual(), *DONE, asks], [*mutual(), *DONE, hello], [*mutual(), DONE[0], hello]):
        assert [each.reason for each in only_flow(sent).hidden] == ["renegotiation_encrypted"] * 3


def test_a_flight_that_nobody_answers() -> None:
    again = from_client(b"".join(client_flight(SUNSET_LEAF.der)) + record(HANDSHAKE, FINISHED, 1, epoch=1))
    once = only_flow([*mutual(SUNSET_LEAF.der), again])
    assert (once.outcome, once.outer and once.outer.repeated) == ("incomplete", None)
    flow = only_flow([*mutual(SUNSET_LEAF.der), again, again])
    assert (flow.outcome, flow.refused_by, flow.outcome_evidence) == ("refused", "server", "repetition")
    assert flow.outer is not None
    assert flow.outer.repeated == 6
    assert only_flow([*mutual(SUNSET_LEAF.der), again, again, *DONE]).outcome == "completed"


def test_nobody_answers_the_hello() -> None:
    hello = from_client(record(HANDSHAKE, fragment(1, 0, client_hello())))
    flow = only_flow([hello, hello, hello])
    assert (flow.outcome, flow.refused_by) == ("incomplete", None)


def test_what_overtakes_its_change_cipher_spec_waits_for_it() -> None:
    *clear, ccs = client_flight()
    sent = [
        *mutual()[:4],
        from_client(record(HANDSHAKE, FINISHED, epoch=1)),
        from_client(ccs),
        *map(from_client, clear),
    ]
    flow = only_flow([*sent, *DONE])
    assert (flow.outcome, flow.defects, flow.hidden) == ("completed", (), ())


def test_a_fragment_that_is_not_in_the_capture() -> None:
    body = certificate(SERVER_LEAF.der)
    sent = [
        *hellos(),
        from_server(record(HANDSHAKE, fragment(2, 1, server_hello()), 1)),
        from_server(record(HANDSHAKE, fragment(11, 2, body, 0, 100), 2)),
        from_server(record(HANDSHAKE, fragment(14, 5, b""), 7)),
    ]
    flow = only_flow(sent)
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "incomplete")]
    assert ("certificate_request", "datagram_lost") in [(each.what, each.reason) for each in flow.hidden]


def _lost(flow: Flow) -> list[tuple[str, str]]:
    return [(each.what, each.reason) for each in flow.hidden]


def test_a_whole_flight_that_is_not_in_the_capture() -> None:
    hello, verify, again, server, client = mutual()
    no_server = only_flow([hello, verify, again, client, *DONE])
    assert _lost(no_server) == [
        ("server_hello", "datagram_lost"),
        ("server_certificate", "datagram_lost"),
        ("certificate_request", "datagram_lost"),
    ]
    late = from_client(record(CCS, b"\1", 5) + record(HANDSHAKE, FINISHED, epoch=1))
    no_client = only_flow([hello, verify, again, server, late, *DONE])
    assert (_lost(no_client), [each.answer for each in no_client.requests]) == (
        [("client_certificate", "datagram_lost")],
        ["hidden"],
    )


def test_a_resumed_handshake_lacks_nothing() -> None:
    answer = record(HANDSHAKE, fragment(2, 1, server_hello()), 1) + record(CCS, b"\1", 2)
    finished = record(HANDSHAKE, FINISHED, epoch=1)
    flow = only_flow(
        [*hellos(), from_server(answer + finished), from_client(record(CCS, b"\1", 2) + finished), *DONE[1:]]
    )
    assert (flow.outcome, flow.resumed, flow.defects) == ("completed", True, ())
    assert {reason for _, reason in _lost(flow)} == {"resumed"}


def test_the_second_ip_fragment_is_not_in_the_capture() -> None:
    """As a filter for the port leaves it out: only the first has ports."""
    analyzer = tlseku.Analyzer(only_ends=True)
    events = []
    for at, each in enumerate([*mutual(), *DONE]):
        frame = frame_of(each)
        if at == 3:
            frame = frame[:20] + b"\x20\0" + frame[22:]
        events += analyzer.feed(at * MILLISECOND, 1, frame)
    (ended,) = [*events, *analyzer.close()]
    assert isinstance(ended, FlowEnded)
    assert ("server_certificate", "fragment_lost") in _lost(ended.flow)
    assert [each.role for each in ended.flow.presented] == ["client"]


def test_packets_cut_by_the_snaplen() -> None:
    analyzer = tlseku.Analyzer(only_ends=True)
    events = []
    for at, each in enumerate([*mutual(), *DONE]):
        frame = frame_of(each)
        events += analyzer.feed(at * MILLISECOND, 1, frame[:500], len(frame))
    (ended,) = [*events, *analyzer.close()]
    assert isinstance(ended, FlowEnded)
    flow = ended.flow
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "incomplete"),
        ("client", "incomplete"),
    ]
    assert ("certificate_request", "snaplen_truncated") in _lost(flow)
    assert [each.reason for each in flow.defects] == ["DTLS: datagrams were cut by the snaplen"] * 2


@pytest.mark.parametrize(
    ("first", "roles"),
    [
        (from_server(b"".join(server_flight())), ["server", "client"]),
        (from_client(b"".join(client_flight())), ["client"]),
    ],
)
def test_the_capture_starts_amid_a_handshake(first: Sent, roles: list[str]) -> None:
    flow = only_flow([first, *mutual()[4:], *DONE])
    assert [each.role for each in flow.presented] == roles
    assert ("client_hello", "starts_mid_handshake") in [(each.what, each.reason) for each in flow.hidden]


def test_what_begins_no_handshake_is_named_and_not_read() -> None:
    flows, summary = analyze(DONE)
    assert (flows, summary.skipped) == ([], {"DTLS": 3})


def test_another_hello_begins_another_association() -> None:
    hello = from_client(record(HANDSHAKE, fragment(1, 0, client_hello(random=bytes(32)))))
    flows, _ = analyze([*mutual(), *DONE, hello])
    assert [(each.number, each.outcome) for each in flows] == [(1, "completed"), (2, "incomplete")]
    flows, _ = analyze([*mutual(), *DONE, *(Sent(each.data, at=700_000 + n) for n, each in enumerate(DONE))])
    assert [each.outcome for each in flows] == ["completed"]


def test_both_ends_use_one_port() -> None:
    ends = ("192.0.2.1", 5061), ("192.0.2.2", 5061)
    swapped = [
        each._replace(
            source=ends[0 if each.source == CLIENT else 1], target=ends[1 if each.source == CLIENT else 0]
        )
        for each in [*mutual(), *DONE]
    ]
    flow = only_flow(swapped)
    assert (flow.client.ip, flow.server.ip, flow.outcome) == ("192.0.2.1", "192.0.2.2", "completed")


def test_capwap() -> None:
    wrapped = [each._replace(data=b"\1\0\0\0" + each.data) for each in [*mutual(), *DONE]]
    flow = only_flow(wrapped)
    assert [(each.role, each.frame) for each in flow.presented] == [("server", 4), ("client", 5)]


def test_connection_ids() -> None:
    def with_id(kind: int, content: bytes, number: int) -> bytes:
        head = bytes((25,)) + b"\xfe\xfd" + (1 << 48 | number).to_bytes(8, "big") + b"abc"
        return head + len(content).to_bytes(2, "big") + content

    # The client asks the server to write "abc", and is asked for nothing (RFC 9146 section 3).
    asked = b"\0\x36\0\4\3abc"
    sent = [
        *hellos(asked),
        from_server(b"".join(server_flight(b"\0\x36\0\1\0"))),
        from_client(b"".join(client_flight()) + record(HANDSHAKE, FINISHED, epoch=1)),
        from_server(record(CCS, b"\1", 6) + with_id(22, bytes(41), 0)),
        from_server(with_id(23, bytes(60), 1) + with_id(23, bytes(61), 2)),
    ]
    flow = only_flow(sent)
    assert (flow.outcome, flow.defects) == ("completed", ())


def test_dtls13_shows_its_hellos() -> None:
    offered = b"\0\x2b\0\5\4\xfe\xfc\xfe\xfd"
    chosen = server_hello(b"\0\x2b\0\2\xfe\xfc", suite=b"\x13\x01")
    sent = [
        from_client(record(HANDSHAKE, fragment(1, 0, client_hello(b"", offered)))),
        from_server(record(HANDSHAKE, fragment(2, 0, chosen)) + b"\x2e\x12\x34\0\x50" + bytes(80)),
        from_client(b"\x2e\x12\x35\0\x50" + bytes(80)),
    ]
    flow = only_flow(sent)
    assert (flow.version, flow.cipher, flow.outcome) == (0xFEFC, 0x1301, "unknown")
    assert [(each.what, each.reason) for each in flow.hidden] == [
        ("server_certificate", "tls13_encrypted"),
        ("certificate_request", "tls13_encrypted"),
        ("client_certificate", "tls13_encrypted"),
    ]
    assert told(flow)[-2:] == [(2, "server", "application_data"), (3, "client", "application_data")]


def test_media_beside_dtls_is_not_read() -> None:
    stun = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)
    rtp = b"\x80\x60" + bytes(30)
    flows, summary = analyze([from_client(stun), *mutual(), from_client(rtp), *DONE, from_server(rtp)])
    assert [each.outcome for each in flows] == ["completed"]
    assert summary.skipped == {"not TCP": 3}
    assert flows[0].outer is not None
    assert flows[0].outer.beside_stun


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (record(HANDSHAKE, fragment(2, 1, server_hello()))[:-1], "DTLS: datagram: malformed at byte"),
        (record(ALERT, b"\2", 9), "DTLS: an alert of 1 bytes"),
        (record(HANDSHAKE, b"\x0b\0\0"), "DTLS: malformed at byte 0: expected the header of a handshake"),
        (record(HANDSHAKE, fragment(14, 1, b"")), "DTLS: message_seq 1 was used for two messages"),
    ],
)
def test_damage_is_a_defect(data: bytes, reason: str) -> None:
    flow = only_flow([*hellos(), from_server(b"".join(server_flight())), from_server(data)])
    (defect,) = flow.defects
    assert (defect.layer, defect.frame, defect.reason[: len(reason)]) == ("network", 5, reason)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_cut_any_order_within_a_flight(data: st.DataObject) -> None:
    """The same messages in any pieces, records and datagrams give the same flow."""
    sent: list[Sent] = [*hellos()]
    number = 10
    for side, seq, messages in (
        (
            from_server,
            1,
            [(2, server_hello()), (11, certificate(SERVER_LEAF.der, CA.der)), (13, REQUEST), (14, b"")],
        ),
        (from_client, 2, [(11, certificate(CLIENT_LEAF.der)), (16, bytes(66)), (15, bytes(70))]),
    ):
        records = []
        for at, (kind, body) in enumerate(messages):
            offset = 0
            while offset < len(body) or not (body or offset):
                size = data.draw(st.integers(40, 700))
                records.append(record(HANDSHAKE, fragment(kind, seq + at, body, offset, size), number))
                number += 1
                offset += size
        for each in data.draw(st.permutations(records)):
            if data.draw(st.booleans()) and sent[-1].source == side(b"").source:
                sent[-1] = sent[-1]._replace(data=sent[-1].data + each)
            else:
                sent.append(side(each))
    sent += [from_client(record(CCS, b"\1", 99) + record(HANDSHAKE, FINISHED, epoch=1)), *DONE]
    flow = only_flow(sent)
    assert [(each.role, [one.der for one in each.chain]) for each in flow.presented] == [
        ("server", [SERVER_LEAF.der, CA.der]),
        ("client", [CLIENT_LEAF.der]),
    ]
    assert (flow.outcome, flow.defects, flow.hidden) == ("completed", (), ())
    assert [each.answer for each in flow.requests] == ["presented"]


def test_anything_gives_flows_and_never_raises() -> None:
    source = random.Random(18)
    good = [*mutual(), *DONE]
    for _ in range(60):
        sent = []
        for each in good * 2:
            data = bytearray(each.data)
            for _ in range(source.choice((0, 0, 1, 5))):
                data[source.randrange(len(data))] = source.choice((0, 1, 11, 20, 22, 0xFE, 0xFF))
            if source.random() < 0.2:
                del data[source.randrange(len(data)) :]
            sent.append(each._replace(data=bytes(data)))
        source.shuffle(sent)
        analyze(sent, KEY_LOG if source.random() < 0.5 else None)


def test_endless_associations_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.carriers.conversation_table.MAX_CONVERSATIONS", 5)
    hello = record(HANDSHAKE, fragment(1, 0, client_hello()))
    flows, summary = analyze([Sent(hello, ("192.0.2.1", 1024 + n), SERVER) for n in range(20)])
    assert [each.number for each in flows] == list(range(1, 21))
    assert summary.limits == {"DTLS MAX_CONVERSATIONS": 15}


SELF_SIGNED = build(subject="made for a call", issuer=None, eku=None, key_usage=None, ca=None, san=None).der
SRTP = b"\0\x0e\0\5\0\2\0\1\0"
STUN = from_client(b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12))


@pytest.mark.parametrize(
    ("before", "extensions", "leaf", "verdict"),
    [
        ([], SRTP, SELF_SIGNED, "fingerprint"),
        ([STUN], b"", SELF_SIGNED, "fingerprint"),
        # The same without STUN and SRTP, and a certificate of a CA with them.
        ([], b"", SELF_SIGNED, "unrestricted"),
        ([STUN], SRTP, SUNSET_LEAF.der, "wrong"),
        ([STUN], SRTP, CLIENT_LEAF.der, "ok"),
    ],
)
def test_certificates_of_webrtc_are_not_judged(
    before: list[Sent], extensions: bytes, leaf: bytes, verdict: str
) -> None:
    flow = only_flow([*before, *mutual(leaf, extensions), *DONE])
    client = flow.presented[1]
    assert client.verdict == verdict
    assert bool(client.rule_books) is (verdict != "fingerprint")
    assert flow.outcome == "completed"
    seen = [one.certificate.sha256 for one in seen_certificates([flow])]
    assert (client.chain[0].sha256 in seen) is (verdict != "fingerprint")
    collector = Collector(terms())
    collector.flow(flow)
    assert len(collector.inventory().hosts) == (verdict != "fingerprint")


def test_what_waits_in_all_associations_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.carriers.conversation_table.MAX_WAITING_BYTES", 5000)
    piece = record(HANDSHAKE, fragment(11, 2, bytes(3000), 0, 1000))
    flows, summary = analyze([Sent(piece, ("192.0.2.1", 1024 + n), SERVER) for n in range(20)])
    assert (len(flows), summary.limits) == (20, {"DTLS MAX_WAITING_BYTES": 15})


def test_an_empty_datagram_between_ends_that_are_asked_for() -> None:
    """While DTLS 1.3 goes on, whatever its ends send comes to the carrier."""
    offered = b"\0\x2b\0\3\2\xfe\xfc"
    chosen = server_hello(b"\0\x2b\0\2\xfe\xfc", suite=b"\x13\x01")
    sent = [
        from_client(record(HANDSHAKE, fragment(1, 0, client_hello(b"", offered)))),
        from_server(record(HANDSHAKE, fragment(2, 0, chosen))),
        from_client(b""),
        from_server(b"\x80"),
        from_client(b"\x2f"),
    ]
    (flow,), summary = analyze(sent)
    assert (flow.version, summary.skipped) == (0xFEFC, {"not TCP": 2})
