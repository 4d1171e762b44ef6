"""``tlseku.handshake.facts``: who is the client, and whether a session was resumed."""

from __future__ import annotations

import pytest

from tests import wire
from tests.dialogues import C, S, flow_of, flows_in
from tests.handshake.turns import (
    C_CERT,
    C_FIN,
    CERT,
    CH,
    CH13,
    CKE,
    DONE,
    FIN13,
    FLIGHT13,
    FULL,
    HRR,
    REQUEST,
    S_FIN,
    SH,
    SH13,
    SH13_PSK,
    SKE,
    TICKET,
    ends,
)
from tests.tls.written import (
    client_hello,
    extension,
    server_hello,
)

RESUMED = {
    "full": (FULL, False),
    "session id": (
        (
            (C, client_hello(session_id=b"s" * 32)),
            (S, server_hello(session_id=b"s" * 32)),
            S_FIN,
            C_FIN,
        ),
        True,
    ),
    "session id offered and not taken": (((C, client_hello(session_id=b"s" * 32)), *FULL[1:]), False),
    "ticket without a session id": (((C, client_hello(extension(35, b"t" * 99))), SH, S_FIN, C_FIN), True),
    "ticket renewed": (((C, client_hello(extension(35, b"t" * 99))), SH, TICKET, S_FIN, C_FIN), True),
    "ticket refused": (((C, client_hello(extension(35, b"t" * 99))), *FULL[1:]), False),
    "same id, and the capture ends": (
        ((C, client_hello(session_id=b"s" * 32)), (S, server_hello(session_id=b"s" * 32))),
        True,
    ),
    "no certificate but a key exchange": ((CH, SH, SKE, DONE, CKE, C_FIN, S_FIN), False),
    "hello only": ((CH,), None),
    "server hello and no more": ((CH, SH), None),
    "tls13 psk": ((CH13, SH13_PSK, FLIGHT13, FIN13), True),
    "tls13 without psk, the session id echoed": ((CH13, SH13, FLIGHT13, FIN13), False),
    "retried and no more": ((CH13, HRR), None),
}


@pytest.mark.parametrize("case", RESUMED)
def test_resumed(case: str) -> None:
    turns, resumed = RESUMED[case]
    flow = flow_of(*turns, end=False)
    assert flow.resumed is resumed
    assert any(each.reason == "resumed" for each in flow.hidden) is (resumed is True)


ROLES = {
    "client hello": ((CH,), "client_hello", "client"),
    "server hello": ((SH, CERT), "server_hello", "server"),
    "server hello alone": ((SH,), "server_hello", "server"),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("case", ROLES)
def test_roles_from_hellos(case: str, swapped: bool) -> None:
    """Who opened the TCP connection has no say where a hello is seen."""
    turns, evidence, role = ROLES[case]
    flow = flow_of(*((1 - side if swapped else side, data) for side, data in turns), end=False)
    assert flow.role_evidence == evidence
    assert {each.role for each in flow.messages} == {role}
    assert ends(flow) == ((wire.SERVER[0], wire.CLIENT[0]) if swapped else (wire.CLIENT[0], wire.SERVER[0]))


@pytest.mark.parametrize(
    ("turns", "evidence", "roles"),
    [
        ((SKE, DONE), "message_order", {"server"}),
        ((REQUEST,), "message_order", {"server"}),
        ((TICKET,), "message_order", {"server"}),
        ((CKE,), "message_order", {"client"}),
        ((C_CERT, CKE), "message_order", {"client"}),
        ((CERT, SKE), "message_order", {"server"}),
        ((C_CERT,), "unknown", {"unknown"}),
        ((CERT,), "unknown", {"unknown"}),
    ],
)
def test_roles_without_a_hello(turns: tuple[tuple[int, bytes], ...], evidence: str, roles: set[str]) -> None:
    talk = wire.Talk()
    for side, data in turns:
        talk.send(side, data)
    (flow,) = flows_in(talk.frames())
    assert flow.role_evidence == evidence
    assert {each.role for each in flow.messages} == roles
    assert evidence == "unknown" or ends(flow) == (wire.CLIENT[0], wire.SERVER[0])


def test_the_opener_of_the_connection_is_the_last_resort() -> None:
    talk = wire.Talk().open()
    talk.next_seq[1] += 500
    talk.send(1, CERT[1])
    (flow,) = flows_in(talk.frames())
    assert (flow.role_evidence, [each.role for each in flow.presented]) == ("syn", ["server"])
