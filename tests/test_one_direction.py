"""Captures of one direction, and messages of which only a few bytes are there: never "aborted", never "presented"."""

from __future__ import annotations

import io

import pytest

import tlseku
from tests import wire
from tests.network.frames import ethernet, ip4, tcp
from tests.tls.written import alert, certificate, client_hello
from tlseku.network.decode.segment import ACK, FIN, RST, SYN

ENDS = ("192.0.2.10", "198.51.100.20")

Sent = tuple[int, int, bytes]
"""The side, flags, payload of a packet."""


def read(*sent: Sent) -> tlseku.Flow:
    """The only flow of a capture of these packets, each acknowledging all that was sent."""
    following = [1000, 9000]
    frames: list[wire.Frame] = []
    for side, flags, data in sent:
        ends = ENDS if side == 0 else ENDS[::-1]
        sport, dport = (40000, 443) if side == 0 else (443, 40000)
        segment = tcp(
            data, sport=sport, dport=dport, seq=following[side], ack=following[1 - side], flags=flags
        )
        whole = ethernet(ip4(segment, ends=ends))
        frames.append(wire.Frame(wire.START + len(frames) * 1_000_000, whole))
        following[side] += len(data) + bool(flags & (SYN | FIN))
    (flow,) = tlseku.read(io.BytesIO(wire.pcap(frames)))
    return flow


OPENING: tuple[Sent, ...] = ((0, SYN, b""), (1, SYN | ACK, b""), (0, ACK, b""))
HELLO: Sent = (0, ACK, client_hello())


@pytest.mark.parametrize(
    ("sent", "outcome", "hidden"),
    [
        ((HELLO, (0, ACK | FIN, b"")), "unknown", True),
        ((HELLO, (0, ACK | RST, b"")), "unknown", True),
        ((HELLO, (0, ACK, alert(2, 48)), (0, ACK | FIN, b"")), "refused", True),
        ((HELLO, (0, ACK, alert(2, 48))), "refused", True),
        ((HELLO,), "incomplete", False),
        # The other side was captured, and said nothing.
        ((*OPENING, HELLO, (0, ACK | FIN, b""), (1, ACK | FIN, b"")), "aborted", False),
        ((*OPENING, HELLO, (1, ACK | RST, b"")), "refused", False),
    ],
)
def test_the_server_is_not_in_the_capture(sent: tuple[Sent, ...], outcome: str, hidden: bool) -> None:
    flow = read(*(sent if sent[0] in OPENING else ((0, SYN, b""), *sent)))
    assert flow.outcome == outcome
    unseen = [each.what for each in flow.hidden if each.reason == "one_direction_only"]
    wanted = ["server_hello", "server_certificate", "certificate_request"]
    assert [what for what in wanted if what in unseen] == (wanted if hidden else [])


@pytest.mark.parametrize(("kept", "presented"), [(0, False), (1, False), (2, False), (3, True), (9, True)])
def test_a_certificate_message_of_which_little_is_there(kept: int, presented: bool) -> None:
    """Where the length of the list is not there, it may be an empty one."""
    flow = read(
        (0, SYN, b""),
        HELLO,
        (0, ACK, certificate(bytes(500))[: 5 + 4 + kept]),
    )
    assert [each.verdict for each in flow.presented] == (["incomplete"] if presented else [])
    assert ("client_certificate" in {each.what for each in flow.hidden}) is not presented
