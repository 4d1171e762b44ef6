"""Datagrams between two ends, as frames that an ``Analyzer`` takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import dpkt

import tlseku
from tests.wire import ethernet, ip_packet
from tlseku.events import FlowEnded
from tlseku.flow import Flow

CLIENT, SERVER = ("192.0.2.1", 40000), ("198.51.100.2", 4433)
MILLISECOND = 1_000_000


class Sent(NamedTuple):
    """A datagram: who sends it to whom, and when, in milliseconds; None is one after the last one."""

    data: bytes
    source: tuple[str, int] = CLIENT
    target: tuple[str, int] = SERVER
    at: int | None = None


def from_client(data: bytes, at: int | None = None) -> Sent:
    return Sent(data, CLIENT, SERVER, at)


def from_server(data: bytes, at: int | None = None) -> Sent:
    return Sent(data, SERVER, CLIENT, at)


def frame_of(sent: Sent) -> bytes:
    """The Ethernet frame of a datagram."""
    datagram = dpkt.udp.UDP(sport=sent.source[1], dport=sent.target[1], data=sent.data)
    datagram.ulen = 8 + len(sent.data)
    return ethernet(ip_packet(sent.source[0], sent.target[0], 17, bytes(datagram)))


def analyze(
    sent: Iterable[Sent], key_log: bytes | None = None, *, late: bool = False
) -> tuple[list[Flow], tlseku.Summary]:
    """The flows of datagrams, and the summary. ``late`` gives the key log behind the last of them."""
    analyzer = tlseku.Analyzer(only_ends=True)
    if key_log is not None:
        analyzer.add_secrets(b"" if late else key_log)
    events = []
    now = 0
    for each in sent:
        now = now + 1 if each.at is None else each.at
        events += analyzer.feed(now * MILLISECOND, 1, frame_of(each))
    if key_log is not None and late:
        analyzer.add_secrets(key_log)
    events += analyzer.close()
    return [each.flow for each in events if isinstance(each, FlowEnded)], analyzer.summary


def only_flow(sent: Iterable[Sent], key_log: bytes | None = None, *, late: bool = False) -> Flow:
    """The one flow of datagrams."""
    (flow,), _ = analyze(sent, key_log, late=late)
    return flow


def told(flow: Flow) -> list[tuple[int, str, str]]:
    """Frame, role and kind of all that was said."""
    return [(each.frame, each.role, each.kind) for each in flow.messages]
