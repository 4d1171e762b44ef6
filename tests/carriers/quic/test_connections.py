"""QUIC over UDP: which packets make one flow, and what it says without secrets and with them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.carriers.datagrams import SERVER, Sent, analyze, from_client, from_server, only_flow, told
from tests.carriers.quic.written import (
    FINISHED,
    HANDSHAKE,
    INITIAL,
    V1,
    V2,
    ZERO_RTT,
    Dialogue,
    Writer,
    certificate,
    certificate_request,
    client_hello,
    close,
    crypto,
    encrypted_extensions,
    initial_secrets,
    message,
    server_hello,
    stream,
)
from tlseku.flow import Flow

CA = ca("Lab CA", serial=1)
SERVER_LEAF = build(subject="server.example", issuer=CA, eku=(SERVER_AUTH,), serial=0x2001)
CLIENT_LEAF = build(subject="client.example", issuer=CA, eku=(CLIENT_AUTH,), serial=0x3001)
SUNSET_LEAF = build(subject="sunset.example", issuer=CA, eku=(SERVER_AUTH,), serial=0x3002)
VERIFY = message(15, bytes(70))
SERVER_FLIGHT = (
    encrypted_extensions(),
    certificate_request(),
    certificate(SERVER_LEAF.der, CA.der),
    VERIFY,
    FINISHED,
)
ALL_HIDDEN = [
    ("server_certificate", "tls13_encrypted"),
    ("certificate_request", "tls13_encrypted"),
    ("client_certificate", "tls13_encrypted"),
]


def client_flight(leaf: bytes) -> tuple[bytes, ...]:
    return certificate(leaf), VERIFY, FINISHED


def mutual(dialogue: Dialogue, leaf: bytes = CLIENT_LEAF.der) -> list[Sent]:
    return [
        from_client(dialogue.hello()),
        *map(from_server, dialogue.answer(*SERVER_FLIGHT, size=700)),
        from_client(dialogue.reply(*client_flight(leaf))),
    ]


def conversation(dialogue: Dialogue) -> list[Sent]:
    return [
        from_client(dialogue.data(True, stream(b"GET"))),
        from_server(dialogue.data(False, b"\x1e" + stream(bytes(500)))),
        from_server(dialogue.data(False, stream(bytes(900)))),
        from_client(dialogue.data(True, b"\x02\x05\x00\x00\x05")),
    ]


@pytest.mark.parametrize("version", [V1, V2])
def test_without_secrets_the_hellos_are_read(version: int) -> None:
    dialogue = Dialogue(version)
    (flow,), summary = analyze([*mutual(dialogue), *conversation(dialogue)])
    assert (flow.carrier, flow.version, flow.cipher, flow.sni) == ("quic", 0x0304, 0x1301, "quic.example")
    assert (flow.alpn_offered, flow.alpn, flow.role_evidence) == (("h3",), None, "client_hello")
    assert [(each.what, each.reason) for each in flow.hidden] == ALL_HIDDEN
    assert (flow.outcome, flow.outcome_evidence, flow.defects) == ("completed", "inferred", ())
    assert flow.outer is not None
    assert flow.outer.quic_version == version
    assert (summary.skipped, summary.connections) == ({}, 0)
    assert [kind for _, _, kind in told(flow)][:2] == ["client_hello", "server_hello"]


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("late", [False, True])
def test_with_secrets_the_handshake_is_read(version: int, late: bool) -> None:
    dialogue = Dialogue(version)
    flow = only_flow([*mutual(dialogue), *conversation(dialogue)], dialogue.key_log, late=late)
    assert [(each.role, each.frame, each.frames, each.verdict) for each in flow.presented] == [
        ("server", 3, (2, 3), "ok"),
        ("client", 4, (4,), "ok"),
    ]
    assert [len(each.chain) for each in flow.presented] == [2, 1]
    assert (flow.alpn, flow.hidden, flow.defects) == ("h3", (), ())
    assert (flow.outcome, flow.outcome_basis) == ("completed", "both Finished")
    assert [each.answer for each in flow.requests] == ["presented"]


def test_the_frames_of_messages_are_those_of_their_last_bytes() -> None:
    dialogue = Dialogue()
    flow = only_flow(mutual(dialogue), dialogue.key_log)
    assert told(flow) == [
        (1, "client", "client_hello"),
        (2, "server", "server_hello"),
        (2, "server", "encrypted_extensions"),
        (2, "server", "certificate_request"),
        (3, "server", "certificate"),
        (3, "server", "certificate_verify"),
        (3, "server", "finished"),
        (4, "client", "certificate"),
        (4, "client", "certificate_verify"),
        (4, "client", "finished"),
    ]


def test_what_waits_for_a_secret_that_never_comes() -> None:
    dialogue = Dialogue()
    flow = only_flow([*mutual(dialogue), *conversation(dialogue)], b"")
    assert [(each.what, each.reason) for each in flow.hidden] == ALL_HIDDEN


def test_secrets_that_do_not_fit() -> None:
    dialogue = Dialogue()
    sent = mutual(dialogue)
    wrong = dialogue.key_log.replace(b"02" * 32, b"77" * 32)
    flow = only_flow(sent, wrong)
    assert ("server_certificate", "secrets_do_not_fit") in [(each.what, each.reason) for each in flow.hidden]
    assert [each.reason for each in flow.defects] == [
        "QUIC: a Handshake packet does not open with the session's secrets"
    ]


@pytest.mark.parametrize("level", [HANDSHAKE, INITIAL])
@pytest.mark.parametrize("key_log", [True, False])
def test_a_client_refuses_the_server(level: int, key_log: bool) -> None:
    """RFC 9001 section 4.8: CONNECTION_CLOSE with 0x100 and the alert."""
    dialogue = Dialogue()
    writer = (dialogue.handshake if level == HANDSHAKE else dialogue.initial)[0]
    refusal = writer.long(level, dialogue.server_id, dialogue.client_id, close(0x130, b"untrusted"))
    sent = [*mutual(dialogue)[:-1], from_client(refusal), from_client(refusal)]
    flow = only_flow(sent, dialogue.key_log if key_log else None)
    if level == INITIAL or key_log:
        assert (flow.outcome, flow.refused_by) == ("refused", "client")
        assert [(each.frame, each.role, each.code) for each in flow.alerts] == [(4, "client", 48)]
    else:
        assert (flow.outcome, flow.refused_by, flow.alerts) == ("unknown", None, ())


def test_a_server_refuses_the_client() -> None:
    dialogue = Dialogue()
    refusal = dialogue.data(False, close(0x12B, b"unsupported certificate"))
    again = dialogue.handshake[1].long(HANDSHAKE, b"client", b"server!", close(0x12B))
    sent = [*mutual(dialogue, SUNSET_LEAF.der), from_server(refusal), from_server(again)]
    flow = only_flow(sent, dialogue.key_log)
    assert (flow.outcome, flow.refused_by, flow.outcome_basis) == (
        "refused",
        "server",
        "fatal alert unsupported_certificate (43)",
    )
    assert [each.verdict for each in flow.presented] == ["ok", "wrong"]
    assert len(flow.alerts) == 1
    # Nobody can tell that without secrets, and nobody says that it went well.
    assert only_flow(sent).outcome == "unknown"


def test_an_error_of_the_transport_is_told() -> None:
    dialogue = Dialogue()
    refusal = dialogue.initial[1].long(INITIAL, b"client", b"server!", close(0x0A, b"bad \x1b[31m packet"))
    flow = only_flow([from_client(dialogue.hello()), from_server(refusal)])
    assert [each.reason for each in flow.defects] == [
        "QUIC: CONNECTION_CLOSE with error 0xa bad \x1b[31m packet"
    ]
    assert flow.closed_by == "server"


def test_two_datagrams_in_one_frame() -> None:
    """UDP segmentation offload, as a capture on the sending host has it."""
    dialogue = Dialogue()
    hello = client_hello(filler=1500)
    first = dialogue.initial[0].long(INITIAL, dialogue.original, b"client", crypto(hello[:1100]), size=1280)
    second = dialogue.initial[0].long(
        INITIAL, dialogue.original, b"client", crypto(hello[1100:], 1100), size=1280
    )
    flow = only_flow([from_client(first + second)])
    assert (flow.sni, told(flow)) == ("quic.example", [(1, "client", "client_hello")])


def test_a_hello_in_scrambled_pieces() -> None:
    dialogue = Dialogue()
    hello = client_hello(filler=900)
    cuts = [0, 7, 60, 61, 300, 900, len(hello)]
    pieces = [crypto(hello[a:b], a) for a, b in pairwise(cuts)]
    random.Random(5).shuffle(pieces)
    half = len(pieces) // 2
    sent = [
        dialogue.initial[0].long(INITIAL, dialogue.original, b"client", b"\1".join(part), size=1200)
        for part in (pieces[:half], pieces[half:])
    ]
    for order in (sent, sent[::-1]):
        assert only_flow(map(from_client, order)).sni == "quic.example"


def test_a_retry_changes_the_initial_keys() -> None:
    dialogue = Dialogue()
    retried = b"retried"
    retry = b"\xf0\0\0\0\1\6client\7" + retried + b"token" + bytes(16)
    client, server = (Writer(secret) for secret in initial_secrets(retried))
    again = client.long(INITIAL, retried, b"client", crypto(client_hello()), token=b"token", size=1200)
    answer = server.long(INITIAL, b"client", b"server!", crypto(server_hello()))
    for sent in (
        [from_client(dialogue.hello()), from_server(retry), from_client(again), from_server(answer)],
        # The Retry is not in the capture, or nothing before it.
        [from_client(again), from_server(answer)],
    ):
        flow = only_flow(sent)
        assert (flow.sni, flow.cipher, flow.defects) == ("quic.example", 0x1301, ())


def test_version_negotiation_and_a_reserved_version() -> None:
    dialogue = Dialogue()
    negotiation = b"\x80\0\0\0\0\6client\x08" + dialogue.original + b"\0\0\0\1\x1a\x2a\x3a\x4a"
    reserved = b"\xc0\x1a\x2a\x3a\x4a\x08" + dialogue.original + b"\6client" + bytes(1200)
    flows, summary = analyze([from_client(reserved), from_server(negotiation)])
    assert (flows, summary.skipped) == ([], {"QUIC": 1, "not TCP": 1})
    flow = only_flow([from_client(dialogue.hello()), from_server(negotiation)])
    assert (flow.outcome, flow.defects) == ("incomplete", ())


def test_the_server_answers_in_version_2() -> None:
    """Compatible version negotiation (RFC 9368 section 2.3)."""
    old, new = Dialogue(V1), Dialogue(V2)
    sent = [
        from_client(old.hello()),
        *map(from_server, new.answer(*SERVER_FLIGHT)),
        from_client(new.reply(*client_flight(CLIENT_LEAF.der))),
    ]
    flow = only_flow(sent, new.key_log)
    assert [each.role for each in flow.presented] == ["server", "client"]
    assert flow.outer is not None
    assert flow.outer.quic_version == V2


def test_early_data_is_passed_over() -> None:
    dialogue = Dialogue()
    early = Writer(bytes(32)).long(ZERO_RTT, dialogue.original, b"client", stream(b"GET"))
    hello = dialogue.hello()
    flow = only_flow([from_client(hello), from_client(early), *mutual(Dialogue())[1:]], dialogue.key_log)
    assert (flow.outcome, flow.defects) == ("completed", ())


@pytest.mark.parametrize("ids", [(b"", b""), (b"c", b"s" * 20), (b"", b"server")])
def test_connection_ids_of_any_length(ids: tuple[bytes, bytes]) -> None:
    dialogue = Dialogue(ids=ids)
    sent = [*mutual(dialogue), *conversation(dialogue)]
    assert only_flow(sent, dialogue.key_log).outcome == "completed"
    assert only_flow(sent).outcome == "completed"


def test_two_connections_of_one_socket() -> None:
    one, other = Dialogue(ids=(b"one-c", b"one-s")), Dialogue(ids=(b"two-c", b"two-s"))
    other.original = b"otherone"
    client, server = initial_secrets(other.original)
    other.initial = Writer(client), Writer(server)
    first, second = mutual(one), mutual(other)
    sent = [each for pair in zip(first, second, strict=True) for each in pair]
    flows, _ = analyze([*sent, *conversation(one), *conversation(other)])
    assert [(each.number, each.outcome) for each in flows] == [(1, "completed"), (2, "completed")]


def test_keys_are_updated() -> None:
    dialogue = Dialogue()
    sent = [*mutual(dialogue), *conversation(dialogue)]
    for writer in dialogue.one_rtt:
        writer.update_keys()
    sent.append(from_server(dialogue.data(False, close(0x150))))
    flow = only_flow(sent, dialogue.key_log)
    assert [(each.code, each.role) for each in flow.alerts] == [(80, "server")]


def test_handshake_packets_that_overtake_the_hellos_wait() -> None:
    dialogue = Dialogue()
    hello, *flight, reply = mutual(dialogue)
    for order in ([hello, *flight[::-1], reply], [hello, reply, *flight]):
        flow = only_flow(order, dialogue.key_log)
        assert [each.role for each in flow.presented] == ["server", "client"] or order[1] is reply
        assert (flow.outcome, flow.hidden) == ("completed", ())


def _hidden(flow: Flow) -> dict[str, str]:
    return {each.what: each.reason for each in flow.hidden}


def test_a_packet_of_the_server_is_not_in_the_capture() -> None:
    dialogue = Dialogue()
    sent = [*mutual(dialogue), *conversation(dialogue)]
    del sent[2]
    flow = only_flow(sent, dialogue.key_log)
    assert [(each.role, each.verdict) for each in flow.presented] == [
        ("server", "incomplete"),
        ("client", "ok"),
    ]
    assert flow.outcome == "completed"


def test_the_clients_flight_is_not_in_the_capture() -> None:
    dialogue = Dialogue()
    sent = [*mutual(dialogue), *conversation(dialogue)]
    del sent[3]
    flow = only_flow(sent, dialogue.key_log)
    assert (_hidden(flow), flow.outcome) == ({"client_certificate": "datagram_lost"}, "completed")
    assert [each.answer for each in flow.requests] == ["hidden"]


def test_the_servers_hello_is_not_in_the_capture() -> None:
    """The suite is then found by trying, and what came in the same datagram is missing, too."""
    dialogue = Dialogue()
    sent = [*mutual(dialogue), *conversation(dialogue)]
    del sent[1]
    assert _hidden(only_flow(sent)) == {"server_hello": "datagram_lost", **dict(ALL_HIDDEN)}
    for late in (False, True):
        flow = only_flow(sent, dialogue.key_log, late=late)
        assert [each.role for each in flow.presented] == ["client"]
        assert _hidden(flow) == {
            "server_hello": "datagram_lost",
            "server_certificate": "datagram_lost",
            "certificate_request": "datagram_lost",
        }


def test_only_one_direction_was_captured() -> None:
    dialogue = Dialogue()
    sent = [*mutual(dialogue), *conversation(dialogue)]
    flow = only_flow([each for each in sent if each.source != SERVER])
    assert (flow.outcome, flow.sni) == ("unknown", "quic.example")
    assert _hidden(flow) == {"server_hello": "one_direction_only", **dict(ALL_HIDDEN)}


def test_what_begins_no_connection_is_named_and_not_read() -> None:
    dialogue = Dialogue()
    _, *rest = mutual(dialogue)
    flows, summary = analyze([*rest, *conversation(dialogue)])
    assert (flows, summary.skipped) == ([], {"QUIC": 3, "not TCP": 4})


def test_what_lies_beside_quic_is_not_read() -> None:
    dialogue = Dialogue()
    stun, rtp = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), b"\x80\x60" + bytes(30)
    flows, summary = analyze([from_client(stun), *mutual(dialogue), from_client(rtp), from_server(stun)])
    assert (len(flows), summary.skipped) == (1, {"not TCP": 3})


def test_long_connections_are_not_followed_for_ever() -> None:
    dialogue = Dialogue()
    more = [from_server(dialogue.data(False, stream(bytes(100)))) for _ in range(200)]
    flows, summary = analyze([*mutual(dialogue), *conversation(dialogue), *more])
    assert [each.outcome for each in flows] == ["completed"]
    assert 100 < summary.skipped["not TCP"] < 200


def test_endless_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.carriers.conversation_table.MAX_CONVERSATIONS", 5)
    hello = Dialogue().hello()
    flows, summary = analyze([Sent(hello, ("192.0.2.1", 1024 + n), SERVER) for n in range(20)])
    assert ([each.number for each in flows], summary.limits) == (
        list(range(1, 21)),
        {"QUIC MAX_CONVERSATIONS": 15},
    )


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_any_cut_any_order_within_a_flight(data: st.DataObject) -> None:
    dialogue = Dialogue()
    sent = [from_client(dialogue.hello())]
    hello = dialogue.initial[1].long(INITIAL, b"client", b"server!", crypto(server_hello()))
    for writer, flight, sender, ids, before in (
        (dialogue.handshake[1], SERVER_FLIGHT, from_server, (b"client", b"server!"), [hello]),
        (dialogue.handshake[0], client_flight(CLIENT_LEAF.der), from_client, (b"server!", b"client"), []),
    ):
        whole = b"".join(flight)
        packets, at = list(before), 0
        while at < len(whole):
            size = data.draw(st.integers(50, 600))
            packets.append(writer.long(HANDSHAKE, *ids, crypto(whole[at : at + size], at)))
            at += size
        for packet in data.draw(st.permutations(packets)):
            if data.draw(st.booleans()) and sent[-1].source == sender(b"").source and len(sent) > 1:
                sent[-1] = sent[-1]._replace(data=sent[-1].data + packet)
            else:
                sent.append(sender(packet))
    flow = only_flow(sent, dialogue.key_log)
    assert [(each.role, [one.der for one in each.chain]) for each in flow.presented] == [
        ("server", [SERVER_LEAF.der, CA.der]),
        ("client", [CLIENT_LEAF.der]),
    ]
    assert (flow.outcome, flow.hidden, flow.defects) == ("completed", (), ())


def test_anything_gives_flows_and_never_raises() -> None:
    source = random.Random(9001)
    for _ in range(40):
        dialogue = Dialogue()
        sent = []
        for each in [*mutual(dialogue), *conversation(dialogue)] * 2:
            data = bytearray(each.data)
            for _ in range(source.choice((0, 0, 1, 4))):
                data[source.randrange(min(60, len(data)))] = source.randrange(256)
            if source.random() < 0.2:
                del data[source.randrange(len(data)) :]
            sent.append(each._replace(data=bytes(data)))
        source.shuffle(sent)
        analyze(sent, dialogue.key_log if source.random() < 0.5 else None)


def test_hostile_frames_inside_well_sealed_packets() -> None:
    source = random.Random(19)
    for _ in range(60):
        dialogue = Dialogue()
        frames = bytearray(crypto(client_hello()) + close(0x12A) + bytes(20))
        for _ in range(6):
            frames[source.randrange(len(frames))] = source.randrange(256)
        packet = dialogue.initial[0].long(INITIAL, dialogue.original, b"client", bytes(frames), size=1200)
        analyze(
            [from_client(packet), from_server(b"".join(dialogue.answer(source.randbytes(900))))],
            dialogue.key_log,
        )


def test_what_waits_in_all_connections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.carriers.conversation_table.MAX_WAITING_BYTES", 5000)
    half = Dialogue().hello(client_hello(filler=3000)[:1000])
    flows, summary = analyze([Sent(half, ("192.0.2.1", 1024 + n), SERVER) for n in range(20)])
    assert (len(flows), summary.limits) == (20, {"QUIC MAX_WAITING_BYTES": 15})


def test_many_connections_of_one_socket_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.carriers.quic.connections.MAX_BETWEEN_TWO_ENDS", 5)
    sent = []
    for number in range(20):
        dialogue = Dialogue()
        dialogue.original = b"origin%02d" % number
        dialogue.initial = tuple(map(Writer, initial_secrets(dialogue.original)))  # type: ignore[assignment]
        sent.append(from_client(dialogue.hello()))
    flows, summary = analyze(sent)
    assert (len(flows), summary.limits) == (20, {"QUIC MAX_BETWEEN_TWO_ENDS": 15})
