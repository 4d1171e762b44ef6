"""What a diagnosis rests on: a frame of a capture, a line of a log, or a whole file.

Knows flows, log entries and members by name; must not know what they prove. Frames count from 1 in their own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlseku._objects import short
from tlseku.correlation.evidence import refusing_alert
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.profiles.expressway.archive.member_name import MemberKind
from tlseku.profiles.expressway.logs.log_correlation import Correlated
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.ssh.ssh_connections import SshConnection
from tlseku.registry.names import alert_name


@short
class Evidence(NamedTuple):
    """``number`` is a frame or a line of ``file``, ``None`` if ``kind`` is ``file``; ``flow`` is the number of a flow.
    ``time`` is in nanoseconds since 1970-01-01 UTC."""

    file: str
    kind: Literal["frame", "line", "file"]
    number: int | None
    text: str
    time: int | None = None
    flow: int | None = None

    @property
    def place(self) -> str:
        """``eth0….pcap:10`` for a frame, ``loggingsnapshot….txt line 7`` for a line, else the file."""
        if self.kind == "frame":
            return f"{self.file}:{self.number}"
        return self.file if self.kind == "file" else f"{self.file} line {self.number}"


def of_presented(flow: Flow, presented: Presented, store: str | None = None) -> Evidence:
    """A Certificate message, at the frame that completes it."""
    who = f"{wording.endpoint(flow.client)} → {wording.endpoint(flow.server)}"
    said = f"{who}: {presented.role} presents"
    if presented.chain:
        leaf = presented.chain[0]
        said += f" serial {wording.serial(leaf)}, EKU {', '.join(wording.purposes(leaf))}"
    else:
        said += " an empty list"
    if store is not None:
        said += f" ({store})"
    file = flow.file if presented.file is None else presented.file
    return Evidence(file, "frame", presented.frame, said, presented.ts, flow.number)


def of_refusal(flow: Flow) -> Evidence | None:
    """The alert with which one side refused; ``None`` where none did."""
    alert = refusing_alert(flow)
    if alert is None:
        return None
    file = flow.file if alert.file is None else alert.file
    said = f"{alert.role} refuses: alert {alert_name(alert.code)} ({alert.code})"
    return Evidence(file, "frame", alert.frame, said, alert.ts, flow.number)


def of_ending(flow: Flow) -> Evidence:
    """How a flow ended, at its refusal or else at its last message."""
    refusal = of_refusal(flow)
    if refusal is not None:
        return refusal
    file, frame, time = flow.file, 1, flow.end
    if flow.messages:
        last = flow.messages[-1]
        file, frame, time = flow.file if last.file is None else last.file, last.frame, last.ts
    return Evidence(file, "frame", frame, f"handshake {flow.outcome}", time, flow.number)


def of_tunnel(one: SshConnection) -> Evidence | None:
    """An SSH connection, at the frame of its first banner; ``None`` where that was not seen."""
    if one.banner_frame is None:
        return None
    said = f"{wording.endpoint(one.client)} → {wording.endpoint(one.server)}: SSH, {one.opening.stage}"
    return Evidence(one.banner_frame.file, "frame", one.banner_frame.frame, said, one.banner_frame.ts)


def of_event(one: Correlated) -> Evidence:
    """An event of the log."""
    entry = one.entry
    said = entry.detail if entry.detail is not None else entry.kind
    if one.count > 1:
        said += f" ({one.count:,} times, this is the first)"
    flow = one.flows[0].number if one.flows else None
    return Evidence(entry.file, "line", entry.line, said, entry.time, flow)


def of_members(record: NodeRecord, *kinds: MemberKind) -> tuple[Evidence, ...]:
    """The files of some kinds, the first of each kind: that is the one which counts."""
    found = []
    for kind in kinds:
        member = next((one for one in record.snapshot.members if one.what.kind == kind), None)
        if member is not None:
            found.append(Evidence(member.path, "file", None, kind))
    return tuple(found)


def events_of(record: NodeRecord, flows: Sequence[Flow]) -> tuple[Evidence, ...]:
    """The events of the log that belong to some flows and say why they failed."""
    numbers = {flow.number for flow in flows}
    return tuple(
        of_event(one)
        for one in record.events
        if one.entry.kind in ("tls_error", "ssl") and any(flow.number in numbers for flow in one.flows)
    )
