"""Flows rolled up: how many there are by server, service, outcome, verdict and issuer, and what became of them.

Knows flows and the width of a page; must not know streams or colours. Flows are taken one by one and none is kept. Out
come ``Group`` values, and from those lines, dictionaries (``tlseku/summary/1``) and CSV rows: twenty thousand flows are
no answer, a few dozen groups are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from tlseku.correlation import client_certificate_state
from tlseku.flow import Flow, Outcome, Role
from tlseku.output.json.flow_json import json_text, named
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_lines
from tlseku.output.words.hostile_text import cells
from tlseku.output.words.summary import in_order
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, width_of, words
from tlseku.output.words.verdict_style import VERDICTS

SUMMARY_SCHEMA = "tlseku/summary/1"

By = Literal[
    "server", "service", "outcome", "client_verdict", "server_verdict", "client_issuer", "server_issuer"
]

MOST_GROUPS = 5000
"""Values by which flows are told apart, of each kind. Flows of further ones are counted together."""

SHOWN_GROUPS = 20
"""Groups of each kind in the table, those with most flows; JSON and CSV have all."""

TITLES: dict[By, str] = {
    "server": "servers",
    "service": "services, by the server's port",
    "outcome": "outcomes",
    "client_verdict": "what the client presented, by verdict",
    "server_verdict": "what the server presented, by verdict",
    "client_issuer": "issuers of what clients presented",
    "server_issuer": "issuers of what servers presented",
}
"""By what flows are told apart, and how a person is told so."""

_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_WORDS = (*VERDICTS, "hidden")

COLUMNS: dict[str, str] = {
    "by": "what tells the flows of a row from others",
    "value": "address and port, name, outcome, verdict; empty: none, or see beyond_limit",
    "beyond_limit": f"all flows with a value beyond the first {MOST_GROUPS:,}",
    "flows": "number",
    **{f"outcome_{outcome}": "flows with this outcome" for outcome in _OUTCOMES},
    **{f"verdict_{word}": "chains with this verdict" for word in VERDICTS},
    "hidden": "flows that hide something",
}
"""Name and meaning of each CSV column, in order."""

_MOST_WAITING = 1024
"""Kinds of flows that are counted before they are told apart by each value."""

_VALUE_WIDTH = 30
_COUNT_WIDTH = 9


_Values = tuple[tuple[By, str | None], ...]
_Pairs = tuple[tuple[str, int], ...]

Told = tuple[tuple[By, str | None, int, _Pairs, _Pairs], ...]
"""Kind, value, number of flows, outcomes and verdicts of groups, in the order in which they were met."""


@dataclass(slots=True)
class Group:
    """The flows that have one ``value``: how many, with which outcomes, which verdicts of chains, and how many hide
    something (``hidden`` among the verdicts). ``beyond_limit`` marks those whose value was one too many."""

    by: By
    value: str | None
    beyond_limit: bool = False
    flows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, flows: int, outcome: str, verdicts: Sequence[str]) -> None:
        """More flows that ended alike."""
        self.flows += flows
        self.outcomes[outcome] += flows
        for word in verdicts:
            self.verdicts[word] += flows


class FlowSummary:
    """Takes flows one by one and counts them. ``flows`` says how many there were."""

    def __init__(self) -> None:
        self.flows = 0
        # Most flows are as others in all that is counted: these are counted as one kind, and told apart now and then.
        self._waiting: dict[tuple[_Values, str, tuple[str, ...]], int] = {}
        self._groups: dict[By, dict[str | None, Group]] = {by: {} for by in TITLES}
        self._beyond = {by: Group(by, None, True) for by in TITLES}

    def take(self, flow: Flow) -> None:
        """Count a flow."""
        self.flows += 1
        waiting, outcome, verdicts = self._waiting, flow.outcome, flow.verdicts
        # There may be as many servers as flows, and few kinds of flows apart from these.
        for values in ((("server", wording.endpoint(flow.server)),), _values(flow)):
            kind = values, outcome, verdicts
            waiting[kind] = waiting.get(kind, 0) + 1
        if len(waiting) >= _MOST_WAITING:
            self._count()

    def _count(self) -> None:
        for (values, outcome, verdicts), flows in self._waiting.items():
            for by, value in values:
                self._group(by, value).add(flows, outcome, verdicts)
        self._waiting.clear()

    @property
    def verdicts(self) -> Counter[str]:
        """How many chains have which verdict, and how many flows hide something (``hidden``)."""
        counts: Counter[str] = Counter()
        for group in self.groups("outcome"):
            counts.update(group.verdicts)
        return counts

    def told(self) -> Told:
        """All groups as plain values, for ``add``."""
        self._count()
        return tuple(
            [
                (by, value, group.flows, _pairs(group.outcomes), _pairs(group.verdicts))
                for by, groups in self._groups.items()
                for value, group in groups.items()
            ]
        )

    def add(self, told: Told) -> None:
        """Count what another summary was told of, of at most ``MOST_GROUPS`` flows: of more it would not know which
        come first."""
        self._count()
        for by, value, flows, outcomes, verdicts in told:
            if by == "outcome":
                # Each flow has one.
                self.flows += flows
            group = self._group(by, value)
            group.flows += flows
            group.outcomes.update(dict(outcomes))
            group.verdicts.update(dict(verdicts))

    def _group(self, by: By, value: str | None) -> Group:
        groups = self._groups[by]
        group = groups.get(value)
        if group is None:
            if len(groups) >= MOST_GROUPS:
                return self._beyond[by]
            group = groups[value] = Group(by, value)
        return group

    def groups(self, by: By) -> list[Group]:
        """The groups of one kind, those with most flows first; at last the flows beyond the limit, if there are any."""
        self._count()
        found = sorted(self._groups[by].values(), key=lambda group: (-group.flows, group.value or ""))
        beyond = self._beyond[by]
        return [*found, beyond] if beyond.flows else found

    def all_groups(self) -> Iterator[Group]:
        """The groups of every kind."""
        for by in TITLES:
            yield from self.groups(by)


def _pairs(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(counts.items())


def _values(flow: Flow) -> _Values:
    """What tells a flow from others beside its server. A side that presented several chains counts with the last."""
    last = {judged.role: judged for judged in flow.judged}
    client, server = last.get("client"), last.get("server")
    values: list[tuple[By, str | None]] = [
        ("service", flow.service),
        ("outcome", flow.outcome),
        ("client_verdict", client_certificate_state(flow) if client is None else client.verdict),
        ("server_verdict", _unseen(flow, "server") if server is None else server.verdict),
    ]
    if client is not None and client.chain:
        values.append(("client_issuer", client.chain[0].issuer))
    if server is not None and server.chain:
        values.append(("server_issuer", server.chain[0].issuer))
    return tuple(values)


def _unseen(flow: Flow, role: Role) -> str:
    reasons = [hidden.reason for hidden in flow.hidden if hidden.what == f"{role}_certificate"]
    if "resumed" in reasons or (flow.resumed and not reasons):
        return "resumed"
    return "hidden" if reasons else "none seen"


def summary_lines(summary: FlowSummary, page: Page) -> Iterator[Line]:
    """A section for each kind of group that has any."""
    begun = False
    for by, title in TITLES.items():
        groups = summary.groups(by)
        if not groups:
            continue
        if begun:
            yield ()
        begun = True
        yield (Segment(f"{title} ({len(groups):,})", "strong"),)
        for group in groups[:SHOWN_GROUPS]:
            yield from _group_lines(group, page)
        if len(groups) > SHOWN_GROUPS:
            rest = groups[SHOWN_GROUPS:]
            text = (
                f"{page.signs.ellipsis} and {len(rest):,} more, {_flows(sum(group.flows for group in rest))}"
            )
            yield (Segment("  "), Segment(text, "dim"))


def _group_lines(group: Group, page: Page) -> Iterator[Line]:
    count = f"{group.flows:>{_COUNT_WIDTH},}  "
    told = "; ".join(group_words(group))
    indent = len(count) + 2
    value = page.clipped(group_name(group), page.width - indent)
    start: Line = (Segment(f"{count}"), Segment(value))
    beside = max(_VALUE_WIDTH - cells(value), 0) + 2
    if width_of(start) + beside + len(told) <= page.width:
        yield (*start, Segment(" " * beside), Segment(told, "dim"))
        return
    yield start
    yield from fill((Segment(" " * indent),), words(told, "dim"), page.width, indent)


def _flows(number: int) -> str:
    return wording.counted(number, "flow")


def _outcomes(group: Group) -> dict[str, int]:
    return {word: group.outcomes[word] for word in _OUTCOMES if group.outcomes[word]}


def group_words(group: Group) -> list[str]:
    """What became of the flows of a group, and the verdicts of what was presented in them; not a hostile word."""
    outcomes = [f"{number:,} {word.replace('_', ' ')}" for word, number in _outcomes(group).items()]
    verdicts = [f"{number:,} {word}" for word, number in in_order(group.verdicts).items()]
    said = [verdicts] if group.by == "outcome" else [outcomes, verdicts]
    return [", ".join(words) for words in said if words]


def group_name(group: Group) -> str:
    """What the flows of a group have in common, as people are told; not yet escaped."""
    if group.beyond_limit:
        return "(others)"
    if group.value is not None:
        is_word = group.by in ("outcome", "client_verdict", "server_verdict")
        return group.value.replace("_", " ") if is_word else wording.name_or_state(group.value)
    return "(no usual service)" if group.by == "service" else "(unreadable name)"


def group_to_dict(group: Group) -> dict[str, object]:
    """The object ``tlseku/summary/1``, valid against its JSON Schema."""
    return {
        "schema": SUMMARY_SCHEMA,
        **named(group, "by", "value", "beyond_limit", "flows"),
        "outcomes": {word: group.outcomes[word] for word in _OUTCOMES},
        "verdicts": {word: group.verdicts[word] for word in VERDICTS},
        "hidden": group.verdicts["hidden"],
    }


def summary_text(form: str, summary: FlowSummary) -> Iterator[str]:
    """All groups as ``json``, ``ndjson``, ``csv`` or ``tsv``."""
    if form in ("csv", "tsv"):
        return csv_lines(list(COLUMNS), map(_row, summary.all_groups()), form)
    return json_text(form, map(group_to_dict, summary.all_groups()))


def _row(group: Group) -> list[Cell]:
    return [
        group.by,
        group.value,
        group.beyond_limit,
        group.flows,
        *(group.outcomes[word] for word in _OUTCOMES),
        *(group.verdicts[word] for word in _WORDS),
    ]
