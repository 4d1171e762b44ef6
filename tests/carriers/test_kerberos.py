"""Kerberos PKINIT: both leaves in clear, over UDP and TCP, and what a KDC says of the client's."""

from __future__ import annotations

import random

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tests.carriers.kerberos import as_rep, as_req, krb_error, padata, signed
from tests.carriers.spoken import PEER, SERVER, over_udp
from tests.dialogues import flow_of, flows_in, flows_of
from tests.output.client_uses import terms
from tests.wire import Talk, packed
from tlseku import Analyzer, Flow
from tlseku.carriers.kerberos.message import KerberosMessage, read_kerberos
from tlseku.errors import Malformed
from tlseku.flow import Hidden
from tlseku.output.reports.sunset_inventory import Collector

PKINIT = "1.3.6.1.5.2.3.4"
CA = build(subject="Lab CA", issuer=None, ca=True, eku=None, san=None)
CLIENT = build(subject="user", issuer=CA, eku=[CLIENT_AUTH], serial=0x3001)
KDC = build(subject="kdc", issuer=CA, eku=[SERVER_AUTH], serial=0x2001)
ASKED = as_req(signed(CLIENT.der, CA.der))
ANSWERED = as_rep(signed(KDC.der, CA.der))


def said(flow: Flow) -> list[tuple[str, int, list[str | None]]]:
    return [(each.role, each.frame, [c.serial_hex for c in each.chain]) for each in flow.presented]


def prefixed(*messages: tuple[int, bytes]) -> list[tuple[int, bytes]]:
    return [(side, len(data).to_bytes(4, "big") + data) for side, data in messages]


def test_over_udp() -> None:
    (flow,) = flows_in(over_udp([(PEER, ASKED), (SERVER, ANSWERED)], 88))
    assert said(flow) == [("client", 1, ["3001", "1234"]), ("server", 2, ["2001", "1234"])]
    assert (flow.carrier, flow.transport, flow.outcome, flow.outcome_basis) == (
        "kerberos",
        "udp",
        "completed",
        "AS-REP",
    )
    assert (flow.role_evidence, flow.hidden, flow.version) == ("message_order", (), None)
    assert flow.outer is not None
    assert (flow.outer.identity, flow.outer.answer) == ("user@LAB.EXAMPLE", "accept")


@pytest.mark.parametrize("size", [None, 1, 7, 500])
def test_over_tcp_in_any_segments(size: int | None) -> None:
    turns = prefixed((0, ASKED), (1, ANSWERED))
    cut = [
        (side, data[at : at + (size or len(data))])
        for side, data in turns
        for at in range(0, len(data), size or len(data))
    ]
    (flow,) = flows_of(cut)
    assert [(role, serials) for role, _, serials in said(flow)] == [
        ("client", ["3001", "1234"]),
        ("server", ["2001", "1234"]),
    ]
    assert (flow.carrier, flow.transport, flow.outcome) == ("kerberos", "tcp", "completed")


def test_the_signer_comes_first_whatever_the_order() -> None:
    flow = flow_of(*prefixed((0, as_req(signed(CA.der, CLIENT.der, signer=1))), (1, ANSWERED)))
    assert said(flow)[0][2] == ["3001", "1234"]


def test_an_error_says_what_is_wrong_with_the_certificate() -> None:
    for flow in (
        flow_of(*prefixed((0, ASKED), (1, krb_error(77)))),
        *flows_in(over_udp([(PEER, ASKED), (SERVER, krb_error(77))], 8888)),
    ):
        assert (flow.outcome, flow.refused_by) == ("refused", "server")
        assert flow.outcome_basis == (
            "KRB-ERROR KDC_ERR_INCONSISTENT_KEY_PURPOSE (77) right after the client's Certificate"
        )


def test_an_answer_whose_certificates_are_encrypted() -> None:
    flow = flow_of(*prefixed((0, ASKED), (1, as_rep(None))))
    assert ([role for role, _, _ in said(flow)], flow.outcome) == (["client"], "completed")
    assert flow.hidden == (Hidden("server_certificate", "carrier_encrypted"),)


CLIENTS = Hidden("client_certificate", "one_direction_only")
KDCS = Hidden("server_certificate", "one_direction_only")


def test_one_direction_over_udp() -> None:
    """What the other side would have shown is hidden, and no client is one that shows nothing."""
    (flow,) = flows_in(over_udp([(PEER, ASKED)], 88))
    assert ([role for role, _, _ in said(flow)], flow.outcome, flow.hidden) == (
        ["client"],
        "unknown",
        (KDCS,),
    )
    (flow,) = flows_in(over_udp([(SERVER, ANSWERED)], 88))
    assert ([role for role, _, _ in said(flow)], flow.hidden) == (["server"], (CLIENTS,))
    (flow,) = flows_in(over_udp([(SERVER, as_rep(None))], 88))
    assert (said(flow), flow.hidden) == ([], (Hidden("server_certificate", "carrier_encrypted"), CLIENTS))


@pytest.mark.parametrize("lost", [PEER, SERVER])
def test_one_direction_over_tcp(lost: int) -> None:
    talk = Talk().open()
    for side, data in prefixed((PEER, ASKED), (SERVER, ANSWERED)):
        talk.send_in(side, data, 300)
    frames = talk.close().frames()
    (flow,) = flows_in(frames)
    assert flow.hidden == ()
    # Of one side nothing was captured at all.
    ends = talk.client, talk.server
    alone = [frame for frame in frames if frame.data[26:30] == packed(ends[1 - lost][0])]
    (flow,) = flows_in(alone)
    assert flow.hidden == ((CLIENTS, KDCS)[lost],)
    # Or only the beginning.
    said_by_it = [frame for frame in frames if frame not in alone and len(frame.data) > 100]
    wanting = [frame for frame in frames if frame not in said_by_it[1:]]
    (flow,) = flows_in(wanting)
    assert flow.hidden == (Hidden(("client_certificate", "server_certificate")[lost], "segment_lost"),)


def test_the_beginning_of_a_request_was_not_captured() -> None:
    talk = Talk()
    for side, data in prefixed((PEER, ASKED), (SERVER, ANSWERED)):
        talk.send_in(side, data, 1000)
    (flow,) = flows_in(talk.frames()[1:])
    assert [role for role, _, _ in said(flow)] == ["server"]
    assert flow.hidden == (Hidden("client_certificate", "starts_mid_handshake"),)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([(PEER, as_req(None, padata(2, bytes(400))))], id="a password"),
        pytest.param([(SERVER, krb_error(25))], id="an error alone"),
        pytest.param([(PEER, b"\x6a\x82\x01\x00" + bytes(256))], id="what only begins so"),
    ],
)
def test_kerberos_without_pkinit_shows_no_certificate(messages: list[tuple[int, bytes]]) -> None:
    analyzer = Analyzer()
    for frame in over_udp(messages, 88):
        assert analyzer.feed(frame.ts_ns, 1, frame.data) == []
    assert analyzer.close() == []
    assert dict(analyzer.summary.skipped) == {"not TCP": 1}


def test_messages() -> None:
    assert read_kerberos(ASKED) == KerberosMessage(10, "user@LAB.EXAMPLE", None, True, (CLIENT.der, CA.der))
    assert read_kerberos(ANSWERED) == KerberosMessage(11, "user@LAB.EXAMPLE", None, True, (KDC.der, CA.der))
    assert read_kerberos(as_rep(None)) == KerberosMessage(11, "user@LAB.EXAMPLE", None, True, ())
    assert read_kerberos(as_req(None)) == KerberosMessage(10, "user@LAB.EXAMPLE", None, False, ())
    assert read_kerberos(krb_error(6)) == KerberosMessage(30, None, 6, False, ())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x6a", b"\x6a\x00", b"\x30\x00", b"\x6c\x02\x30\x00", ASKED[:-1], ASKED + b"\0", bytes(70_000)],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_kerberos(data)


def test_any_damage_reads_or_is_malformed() -> None:
    chance = random.Random(4556)
    for message in (ASKED, ANSWERED, krb_error(77)):
        for _ in range(1500):
            data = bytearray(message)
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                read_kerberos(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]))
            except Malformed:
                continue


@pytest.mark.parametrize(
    ("eku", "verdict", "clients"),
    [
        ([PKINIT], "ok", 0),
        ([SERVER_AUTH, PKINIT], "ok", 0),
        ([CLIENT_AUTH], "ok", 1),
        ([SERVER_AUTH], "wrong", 1),
        (None, "unrestricted", 1),
    ],
)
def test_the_sunset_counts_what_has_no_purpose_of_pkinit(
    eku: list[str] | None, verdict: str, clients: int
) -> None:
    """clientAuth does not matter to a certificate that lists the purpose that KDCs look for."""
    user = build(subject="user", issuer=CA, eku=eku, serial=0x3005)
    (flow,) = flows_in(over_udp([(PEER, as_req(signed(user.der))), (SERVER, ANSWERED)], 88))
    (client,) = [each for each in flow.presented if each.role == "client"]
    assert (client.verdict, bool(client.rule_books)) == (verdict, clients == 1)
    collector = Collector(terms())
    collector.flow(flow)
    assert collector.inventory().certificates == clients
