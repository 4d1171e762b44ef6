"""Seen from where? Direction of flows and of what is presented in them.

Knows addresses and networks; must not know how flows are made. The vantage is the host or hosts whose side the reader
is on: given with ``local``, else inferred when one host takes part in every flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol, cast

from tlseku.errors import TlsekuError
from tlseku.flow import Direction, Flow, Role
from tlseku.registry.addresses import is_link_address

# Addresses of which a vantage remembers whether they are local.
MAX_KNOWN = 4096

Network = IPv4Network | IPv6Network

Told = tuple["tuple[bytes, ...] | None", "tuple[bytes, ...] | None"]
"""Hosts that take part in every flow and in every connection; None before the first."""

# Two addresses of six bytes and the ports of nobody.
_LINK_KEY = 16


class _View(Protocol):
    """What a flow is over that shares a conclusion (``handshake``)."""

    def seen_from(self, vantage: Vantage) -> object:
        """The same with other directions."""
        ...


class VantageError(TlsekuError):
    """``local`` is neither an address nor a network. ``str()`` says which, on one line."""


class Vantage:
    """The hosts that count as local. ``words`` is how the user named them."""

    __slots__ = ("_known", "_networks", "words")

    def __init__(self, local: Sequence[str] = ()) -> None:
        """Raises VantageError for a word that is neither an IP address nor a network in CIDR notation."""
        self.words = tuple(local)
        self._networks = tuple(_network(word) for word in local)
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._networks)

    def is_local(self, ip: str) -> bool:
        """Whether an address is one of the vantage hosts."""
        known = self._known.get(ip)
        if known is None:
            known = not is_link_address(ip) and self._holds(ip)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[ip] = known
        return known

    def _holds(self, ip: str) -> bool:
        address = ip_address(ip)
        return any(address.version == each.version and address in each for each in self._networks)

    def direction(self, sender: str, receiver: str) -> Direction:
        """``outbound`` from a local to another host, ``inbound`` the other way, ``local`` between local hosts."""
        if self.is_local(sender):
            return "local" if self.is_local(receiver) else "outbound"
        return "inbound" if self.is_local(receiver) else "unknown"


class VantageFinder:
    """Infers the vantage: the one host that takes part in every flow.

    A single pair of hosts leaves two candidates; then every TCP connection of the capture, TLS or not, has a say. Both
    are told by their key: addresses as they lie in a packet, source then destination, then the ports.
    """

    __slots__ = ("_in_connections", "_in_flows")

    def __init__(self) -> None:
        # None before the first.
        self._in_flows: frozenset[bytes] | None = None
        self._in_connections: frozenset[bytes] | None = None

    def flow(self, key: bytes) -> None:
        """A TLS flow between two addresses; those of a link name no host."""
        if len(key) != _LINK_KEY:
            self._in_flows = _of_these(self._in_flows, key)

    def connection(self, key: bytes) -> bool:
        """A TCP connection between two addresses; whether others still matter."""
        if len(key) == _LINK_KEY:
            return True
        self._in_connections = candidates = _of_these(self._in_connections, key)
        return len(candidates) > 0

    @property
    def in_connections(self) -> frozenset[bytes] | None:
        """The hosts that take part in every connection so far; None before the first."""
        return self._in_connections

    def only(self, hosts: frozenset[bytes]) -> None:
        """Only these ``hosts`` take part in all of some other connections."""
        mine = self._in_connections
        self._in_connections = hosts if mine is None else mine & hosts

    def add(self, other: VantageFinder) -> None:
        """What another finder was told, too."""
        self._in_flows = _both(self._in_flows, other._in_flows)
        self._in_connections = _both(self._in_connections, other._in_connections)

    def told(self) -> Told:
        """What it was told, as far as it matters, for ``add_told``."""
        return _sorted(self._in_flows), _sorted(self._in_connections)

    def add_told(self, told: Told) -> None:
        """What another finder was told, too."""
        flows, connections = told
        self._in_flows = _both(self._in_flows, None if flows is None else frozenset(flows))
        self._in_connections = _both(
            self._in_connections, None if connections is None else frozenset(connections)
        )

    @property
    def hopeless(self) -> bool:
        """Whether no host takes part in every flow seen so far."""
        return self._in_flows is not None and not self._in_flows

    def found(self) -> Vantage:
        """The vantage inferred, or an empty one if no host or more than one qualifies."""
        candidates = self._in_flows or frozenset()
        if len(candidates) > 1:
            candidates = candidates & (self._in_connections or frozenset())
        return Vantage([str(ip_address(each)) for each in candidates] if len(candidates) == 1 else ())


def _sorted(hosts: frozenset[bytes] | None) -> tuple[bytes, ...] | None:
    return None if hosts is None else tuple(sorted(hosts))


def _both(one: frozenset[bytes] | None, other: frozenset[bytes] | None) -> frozenset[bytes] | None:
    """The candidates of both, where None stands for those of whoever was told of nothing."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _of_these(candidates: frozenset[bytes] | None, key: bytes) -> frozenset[bytes]:
    """The candidates that take part in a connection with this key. Mostly these are all, and no set is made."""
    if candidates is not None and not candidates:
        return candidates
    half = (len(key) - 4) >> 1
    source, destination = key[:half], key[half : 2 * half]
    if candidates is None:
        return frozenset((source, destination))
    for each in candidates:
        if each not in (source, destination):
            return candidates & {source, destination}
    return candidates


def with_vantage(flow: Flow, vantage: Vantage) -> Flow:
    """The flow with its directions as seen from ``vantage``."""
    if not vantage:
        return flow
    if flow.view is not None:
        return Flow.over(cast("_View", flow.view).seen_from(vantage), flow.number)
    ends = {"client": (flow.client.ip, flow.server.ip), "server": (flow.server.ip, flow.client.ip)}

    def sent_by(role: Role) -> Direction:
        return vantage.direction(*ends[role]) if role in ends else "unknown"

    return replace(
        flow,
        direction=sent_by("client"),
        vantage=tuple(sorted({ip for ip in ends["client"] if vantage.is_local(ip)})),
        presented=tuple(replace(each, direction=sent_by(each.role)) for each in flow.presented),
    )


def apply_found(flows: Iterable[Flow], finder: VantageFinder) -> list[Flow]:
    """All flows, as seen from the vantage that ``finder`` inferred from them."""
    vantage = finder.found()
    return [with_vantage(flow, vantage) for flow in flows]


def _network(word: str) -> Network:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        raise VantageError(f"{word!r} is neither an IP address nor a network such as 10.0.0.0/8") from None
