"""EAP-TLS and PEAP as FreeRADIUS, hostapd and eapol_test really speak them, and the serials that tshark sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.carriers.datagrams import frame_of, only_flow
from tests.carriers.peers import WRONG_SERVER, serials_by_tshark, shown, write_lab
from tests.carriers.radius_servers import FREERADIUS, HOSTAPD, IDENTITY, Server, peer_command, server_command
from tests.carriers.udp_tap import overhear
from tests.wire import Frame
from tlseku.flow import Flow

OF_SERVER, OF_CA = 0x2001, 1

ROWS = [
    (FREERADIUS, 1024, "client", 0x3001, "ok", True),
    (FREERADIUS, 300, "no-eku", 0x3003, "unrestricted", True),
    (FREERADIUS, 1024, "sunset", 0x3002, "wrong", False),
    (HOSTAPD, 300, "client", 0x3001, "ok", True),
    (HOSTAPD, 1024, "sunset", 0x3002, "wrong", False),
]
"""Server, bytes of its EAP fragments, what the peer presents with its serial and verdict, and whether that is accepted."""


def _overheard(server: Sequence[str], peer: Sequence[str], place: Path) -> Flow:
    """The one flow, whose chains stand where tshark shows them."""
    sent, _ = overhear(place, server, peer, None)
    flow = only_flow(sent)
    frames = [Frame(number * 1_000_000, frame_of(each)) for number, each in enumerate(sent, 1)]
    by_tshark = serials_by_tshark(frames, place, "udp.port==4433,radius")
    assert [(frame, serials) for frame, _, _, serials in shown(flow) if serials] == by_tshark
    assert flow.outer is not None
    assert (flow.carrier, flow.outer.identity, flow.defects) == ("eap-radius", IDENTITY, ())
    return flow


@pytest.mark.parametrize(("server", "fragment", "who", "serial", "verdict", "accepted"), ROWS)
def test_eap_tls(
    tmp_path: Path, server: Server, fragment: int, who: str, serial: int, verdict: str, accepted: bool
) -> None:
    write_lab(tmp_path)
    command = server_command(server, tmp_path, fragment=fragment)
    flow = _overheard(command, peer_command(tmp_path, certificate=who), tmp_path)
    assert [each[1:] for each in shown(flow)] == [
        ("server", "ok", [OF_SERVER, OF_CA]),
        ("client", verdict, [serial, OF_CA]),
    ]
    assert [each.answer for each in flow.requests] == ["presented"]
    if accepted:
        assert (flow.outcome, flow.refused_by) == ("completed", None)
        assert flow.outcome_basis == "both Finished, then EAP-Success in Access-Accept"
    else:
        assert (flow.outcome, flow.refused_by, flow.alerts) == ("refused", "server", ())
        assert (
            flow.outcome_basis
            == "EAP-Failure in Access-Reject right after the client's Certificate, no alert"
        )


@pytest.mark.parametrize("server", [FREERADIUS, HOSTAPD])
def test_tls13_hides_the_chains_and_the_refusal_shows(tmp_path: Path, server: Server) -> None:
    write_lab(tmp_path)
    command = server_command(server, tmp_path, version="1.3")
    peer = peer_command(tmp_path, certificate="sunset", phase1="tls_disable_tlsv1_3=0")
    flow = _overheard(command, peer, tmp_path)
    assert (flow.outcome, flow.refused_by, flow.presented) == ("refused", "server", ())
    assert {each.reason for each in flow.hidden} == {"tls13_encrypted"}


@pytest.mark.parametrize("server", [FREERADIUS, HOSTAPD])
def test_peap_is_rejected_for_what_is_inside(tmp_path: Path, server: Server) -> None:
    write_lab(tmp_path)
    command = server_command(server, tmp_path, method="peap")
    peer = peer_command(tmp_path, method="peap", certificate=None)
    flow = _overheard(command, peer, tmp_path)
    assert [each[1:] for each in shown(flow)] == [("server", "ok", [OF_SERVER, OF_CA])]
    assert (flow.outcome, flow.refused_by, flow.requests) == ("completed", None, ())


def test_peap_asks_and_no_certificate_comes(tmp_path: Path) -> None:
    write_lab(tmp_path)
    command = server_command(FREERADIUS, tmp_path, method="peap", ask=True)
    peer = peer_command(tmp_path, method="peap", certificate=None)
    flow = _overheard(command, peer, tmp_path)
    assert [each[1:] for each in shown(flow)] == [
        ("server", "ok", [OF_SERVER, OF_CA]),
        ("client", "declined", []),
    ]
    assert (flow.outcome, flow.refused_by) == ("refused", "server")


def test_the_peer_refuses_the_server(tmp_path: Path) -> None:
    write_lab(tmp_path, WRONG_SERVER)
    command = server_command(HOSTAPD, tmp_path)
    flow = _overheard(command, peer_command(tmp_path), tmp_path)
    assert [each[1:] for each in shown(flow)] == [("server", "wrong", [0x2002, OF_CA])]
    assert (flow.outcome, flow.refused_by, [each.code for each in flow.alerts]) == ("refused", "client", [43])
