"""All that a bundle tells of one node: what it took stock of, the flows of its captures, its log set against them.

Knows how a set of captures is read as one and how the node's own addresses are found; must not know rules, the other
node or how anything is shown. A capture or a log that cannot be read is told in ``notes`` and takes nothing else with
it. Streams are those of an open archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Literal, NamedTuple

from tlseku._objects import frozen, short
from tlseku.capture import open_capture
from tlseku.errors import CaptureError
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.rule_books import Context, RuleBook, load_rule_books
from tlseku.profiles.expressway.archive.member import Member, MemberStream
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.logs.log_correlation import Correlated, FlowIndex, LogCorrelation
from tlseku.profiles.expressway.logs.log_event import EventKind
from tlseku.profiles.expressway.node.snapshot import Snapshot
from tlseku.profiles.expressway.rules.presented_store import OwnPresented, own_presented
from tlseku.profiles.expressway.rules.service_port import ZONE_PORTS
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.ssh.ssh_connections import SshConnection, ssh_connections
from tlseku.scanning import Flows, read

AddressSource = Literal["configuration", "log", "captures", "stores"]


@short
class CaptureRead(NamedTuple):
    """What was read of the captures of one interface."""

    nic: int
    files: tuple[str, ...]
    missing: tuple[int, ...]
    packets: int
    flows: int


@short
@frozen
class NodeRecord:
    """One node. ``flows`` are those of all interfaces, numbered on, as seen from ``addresses``; ``nics`` tells the
    interface of each flow by its number. ``addresses_from`` says what the own addresses were taken from, ``None`` if
    they are not known. ``presented`` is what the node itself presented. ``events`` are those of the log, ``kinds``
    counts them all. ``ssh`` are the SSH connections to the port of the tunnels."""

    snapshot: Snapshot
    captures: tuple[CaptureRead, ...]
    flows: tuple[Flow, ...]
    nics: dict[int, int]
    addresses: tuple[str, ...]
    addresses_from: AddressSource | None
    presented: tuple[OwnPresented, ...]
    events: tuple[Correlated, ...]
    kinds: dict[EventKind, int]
    ssh: tuple[SshConnection, ...]
    notes: tuple[str, ...]

    @property
    def zone_ports(self) -> frozenset[int]:
        """The ports of traversal zones: those of the product by default, and those that are configured."""
        told = (zone.port for zone in self.snapshot.zones if zone.side is not None)
        return frozenset((*ZONE_PORTS, *(port for port in told if port is not None)))


def read_node(snapshot: Snapshot, roots: PublicRoots | None = None) -> NodeRecord:
    """Read all members of a snapshot whose archive is open. Never raises for what members hold.

    ``roots`` tell of the leafs of the stores whether their issuer is public; without them nobody knows.
    """
    notes = list(snapshot.notes)
    if roots is not None:
        snapshot = replace(
            snapshot,
            server=_with_issuer(snapshot.server, roots, snapshot),
            client=_with_issuer(snapshot.client, roots, snapshot),
        )
    captures: list[CaptureRead] = []
    flows: list[Flow] = []
    nics: dict[int, int] = {}
    ssh: list[SshConnection] = []
    book = load_rule_books(("expressway-15.5",))
    for capture_set in snapshot.captures:
        good = [member for member in capture_set.files if _can_be_read(member, notes)]
        found = _flows_of(good, book, Context(snapshot.mode), notes)
        ssh += _tunnels_of(good)
        names = tuple(member.path for member in capture_set.files)
        if capture_set.missing:
            gone = ", ".join(f"{number:02}" for number in capture_set.missing)
            notes.append(f"eth{capture_set.nic}: captures are missing in between: {gone}")
        packets = 0 if found is None else found.summary.packets
        captures.append(CaptureRead(capture_set.nic, names, capture_set.missing, packets, len(found or ())))
        for flow in found or ():
            flows.append(replace(flow, number=len(flows) + 1))
            nics[len(flows)] = capture_set.nic
    log = LogCorrelation(FlowIndex(flows))
    for member in snapshot.logs:
        _take_log(member, log, notes)
    if log.left_out:
        notes.append(f"the log has more different events than are kept: {log.left_out:,} left out")
    own, own_from = _addresses(snapshot, log, flows)
    if own_from in ("configuration", "log", "stores"):
        vantage = Vantage(own)
        flows = [with_vantage(flow, vantage) for flow in flows]
    if snapshot.addresses and own_from != "configuration" and flows:
        notes.append("no flow has an address that the configuration calls the node's own")
    if own_from is None and flows:
        notes.append("nobody tells which addresses are the node's own, so that no direction is known")
    return NodeRecord(
        snapshot=snapshot,
        captures=tuple(captures),
        flows=tuple(flows),
        nics=nics,
        addresses=own,
        addresses_from=own_from,
        presented=tuple(own_presented(flows, snapshot.server, snapshot.client)),
        events=log.entries,
        kinds=dict(log.kinds),
        ssh=tuple(ssh),
        notes=tuple(notes),
    )


def _with_issuer(store: Store | None, roots: PublicRoots, snapshot: Snapshot) -> Store | None:
    if store is None:
        return None
    kind = roots.standing((store.leaf, *store.others, *(snapshot.trusted or ()))).kind
    public = {"public": True, "private": False}.get(kind)
    return replace(store, leaf=replace(store.leaf, public_issuer=public))


def _flows_of(
    members: Sequence[Member], books: Sequence[RuleBook], context: Context, notes: list[str]
) -> Flows | None:
    if not members:
        return None
    try:
        with _Streams(members) as streams:
            found = read(*streams, merge=True, rule_books=books, context=context)
    except (CaptureError, BundleError) as error:
        notes.append(str(error))
        return None
    notes += found.warnings
    return found


def _tunnels_of(members: Sequence[Member]) -> list[SshConnection]:
    try:
        with _Streams(members) as streams:
            return [one for one in ssh_connections(*streams, merge=True) if one.is_tunnel] if streams else []
    except (CaptureError, BundleError):
        # Whoever read the flows has told of it.
        return []


class _Streams:
    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._stack = ExitStack()

    def __enter__(self) -> list[MemberStream]:
        with ExitStack() as stack:
            found = [stack.enter_context(member.open()) for member in self._members]
            self._stack = stack.pop_all()
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _can_be_read(member: Member, notes: list[str]) -> bool:
    # A set is opened as a whole, so that what cannot be read must be known and left out before.
    try:
        with member.open() as stream, open_capture(stream) as capture:
            next(capture.batches(), None)
    except (CaptureError, BundleError) as error:
        notes.append(str(error))
        return False
    return True


def _take_log(member: Member, log: LogCorrelation, notes: list[str]) -> None:
    try:
        with member.open() as stream:
            for event in LogReader(stream, member.path):
                log.take(event, member.path)
    except BundleError as error:
        notes.append(str(error))


def _addresses(
    snapshot: Snapshot, log: LogCorrelation, flows: Sequence[Flow]
) -> tuple[tuple[str, ...], AddressSource | None]:
    ends = {end.ip for flow in flows for end in (flow.client, flow.server)}
    if snapshot.addresses and (not flows or ends.intersection(snapshot.addresses)):
        return snapshot.addresses, "configuration"
    logged = tuple(sorted(log.own_ips))
    if logged and (not flows or ends.intersection(logged)):
        return logged, "log"
    inferred = tuple(sorted({ip for flow in flows for ip in flow.vantage}))
    if inferred:
        return inferred, "captures"
    presenting = _who_presents(snapshot, flows)
    return (presenting, "stores") if presenting else ((), None)


def _who_presents(snapshot: Snapshot, flows: Sequence[Flow]) -> tuple[str, ...]:
    held = {store.leaf.sha256 for store in (snapshot.server, snapshot.client) if store is not None}
    found: set[str] = set()
    for flow in flows:
        ips = {
            flow.client.ip if one.role == "client" else flow.server.ip
            for one in flow.presented
            if one.role != "unknown" and one.chain and one.chain[0].sha256 in held
        }
        # Where both ends present the node's certificate nobody can tell which of them it is.
        if len(ips) == 1:
            found |= ips
    together = any({flow.client.ip, flow.server.ip} <= found for flow in flows)
    return () if together else tuple(sorted(found))
