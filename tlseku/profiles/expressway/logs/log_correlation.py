"""Events of the log set against the flows of the captures.

Knows 5-tuples and times in UTC; must not know files or what an event or a flow means. An event belongs to a flow only
if both addresses and both ports agree and its time is within ``WINDOW`` of the flow; everything else is reported as
having no flow, never guessed.

Memory: repetitions are counted and not kept, of the rest at most ``MOST_ENTRIES``; texts are cut at ``LONGEST_TEXT``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from tlseku._objects import frozen, short
from tlseku.flow import Endpoint, Flow
from tlseku.policy.validity import SECOND
from tlseku.profiles.expressway.logs.failure_words import Failure
from tlseku.profiles.expressway.logs.log_event import EventKind, LogEvent

WINDOW = 5 * SECOND
"""Nanoseconds that an event may lie before the begin or after the end of its flow: the clocks are one and the same,
but an error is logged only after a timeout, and a port is used again after a minute at the soonest."""

MOST_ENTRIES = 5000
"""Different events that are kept of one kind."""

LONGEST_TEXT = 1000

Match = Literal["flow", "no flow", "no time", "no addresses"]
MATCHES: Mapping[Match, str] = {
    "flow": "belongs to a flow",
    "no flow": "no flow for this event, which may have been filtered out: captures can be limited to hosts and ports",
    "no time": "no time is known, so that no flow can be named",
    "no addresses": "does not name both ends, so that no flow can be named",
}


@short
class LogEntry(NamedTuple):
    """An event of the log, as far as it is needed to set it against flows. ``file`` is its member, ``line`` counts
    from 1. The other fields are those of ``LogEvent``; ``detail`` may be cut."""

    file: str
    line: int
    time: int | None
    kind: EventKind
    role: Literal["client", "server"] | None
    source: Endpoint | None
    destination: Endpoint | None
    ssh_target: tuple[str, int] | None
    detail: str | None
    refusal: Literal["eku"] | None
    failure: Failure | None = None


@short
@frozen
class Correlated:
    """An event and the flows that it belongs to: one, or the same connection seen on several interfaces. ``count``
    says how many events of the same kind, ends and detail came, this being the first."""

    entry: LogEntry
    match: Match
    flows: tuple[Flow, ...] = ()
    count: int = 1


class FlowIndex:
    """Flows by their 5-tuple."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._by_ends: dict[frozenset[Endpoint], list[Flow]] = {}
        for flow in flows:
            self._by_ends.setdefault(frozenset((flow.client, flow.server)), []).append(flow)

    def find(
        self, time: int | None, one: Endpoint | None, other: Endpoint | None
    ) -> tuple[Match, tuple[Flow, ...]]:
        """The flows between two ends, either of which may have begun, around a time."""
        if one is None or other is None or one == other:
            return "no addresses", ()
        if time is None:
            return "no time", ()
        near = [
            (_distance(flow, time), flow)
            for flow in self._by_ends.get(frozenset((one, other)), ())
            if _distance(flow, time) <= WINDOW
        ]
        if not near:
            return "no flow", ()
        # A port that was used again at once: the nearest, on however many interfaces it was seen.
        least = min(distance for distance, _ in near)
        return "flow", tuple(flow for distance, flow in near if distance == least)


class LogCorrelation:
    """Takes in events one by one. ``kinds`` counts them, ``entries`` are those to tell, in the order of the log, and
    ``left_out`` says how many different ones were too many. ``own_ips`` are addresses that the node calls its own."""

    def __init__(self, index: FlowIndex) -> None:
        self.kinds: Counter[EventKind] = Counter()
        self.left_out = 0
        self.own_ips: Counter[str] = Counter()
        self._index = index
        self._entries: dict[tuple[object, ...], Correlated] = {}
        self._kept: Counter[EventKind] = Counter()

    @property
    def entries(self) -> tuple[Correlated, ...]:
        """What was taken in, repetitions counted."""
        return tuple(self._entries.values())

    def take(self, event: LogEvent, file: str) -> None:
        """Take in one event. Events of kind ``other`` are counted only, unless they say that an EKU is refused."""
        self.kinds[event.kind] += 1
        if event.kind in ("sip_sent", "sip_received", "ssl", "tls_error") and event.node_is is not None:
            own, other = event.source, event.destination
            if event.node_is == "destination":
                own, other = other, own
            # Some lines name the same address on both sides.
            if (
                own is not None
                and (other is None or own.ip != other.ip)
                and (own.ip in self.own_ips or len(self.own_ips) < _MOST_OWN)
            ):
                self.own_ips[own.ip] += 1
        if event.kind == "other" and event.refusal is None:
            return
        match, flows = self._index.find(event.time, event.source, event.destination)
        detail = event.detail if event.detail is not None else event.text or None
        detail = None if detail is None else detail[:LONGEST_TEXT]
        is_sip = event.kind in ("sip_sent", "sip_received")
        ends = (event.source, event.destination, event.ssh_target)
        key = (
            event.kind,
            event.role,
            ends,
            None if is_sip else detail,
            match,
            tuple(flow.number for flow in flows),
        )
        known = self._entries.get(key)
        if known is not None:
            self._entries[key] = replace(known, count=known.count + 1)
        elif self._kept[event.kind] >= MOST_ENTRIES:
            self.left_out += 1
        else:
            self._kept[event.kind] += 1
            self._entries[key] = Correlated(
                LogEntry(
                    file,
                    event.line,
                    event.time,
                    event.kind,
                    event.role,
                    event.source,
                    event.destination,
                    event.ssh_target,
                    None if is_sip else detail,
                    event.refusal,
                    event.failure,
                ),
                match,
                flows,
            )


_MOST_OWN = 64


def _distance(flow: Flow, time: int) -> int:
    return max(flow.start - time, time - flow.end, 0)
