"""The whole report: flows in, one HTML document out.

Joins findings, rows, details, certificates, renewals and rule-books with the templates; must not know files or
options. Flows are taken one by one; of each only its row and its packed details are kept, and of very many flows
not even these: the page says how many it only counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tlseku._objects import frozen
from tlseku.correlation import Statement, correlate
from tlseku.filter.language import language
from tlseku.flow import Flow, Summary
from tlseku.output.pictures.svg import custom_properties, picture_rules
from tlseku.output.reports.certificates import CertificatesSeen
from tlseku.output.reports.flow_summary import SHOWN_GROUPS, TITLES, FlowSummary, group_name, group_words
from tlseku.output.reports.rule_books import EVIDENCE
from tlseku.output.reports.sunset_inventory import Collector, Terms
from tlseku.output.reports.sunset_roll_up import rolled_up
from tlseku.output.webpage.detail import flow_detail
from tlseku.output.webpage.embedding import CHUNK, Packed, Written, packed, safe_json, source_digest
from tlseku.output.webpage.filter_values import FilterValues
from tlseku.output.webpage.page_findings import LISTED, NAMED, Findings
from tlseku.output.webpage.renewals import entry_rows, renewal_groups, renewal_picture
from tlseku.output.webpage.rows import CERTIFICATE_COLUMNS, FLOW_COLUMNS, certificate_row, flow_row
from tlseku.output.webpage.templates import environment, resource, trusted
from tlseku.output.words import wording
from tlseku.output.words.summary import (
    in_order,
    summary_line,
    unread_words,
    unseen_line,
)
from tlseku.policy.finding import Finding
from tlseku.policy.rule_books import RuleBook

MOST_ROWS = 20_000
"""Flows listed in the table, which a browser sorts and filters at once; with them those named beside findings."""

FIRST_DETAILS = 1000
"""Flows that open, with pictures and rules, whatever they show: the first."""

MOST_DETAILS = 2000
"""Flows that open in all: the first, and those named beside findings. Each takes a millisecond and a kilobyte."""

MOST_FINDINGS = 500
"""Chains of which the table of findings is remembered; most networks have a dozen shapes of chain."""

MOST_CERTIFICATES = 5000
"""Certificates listed."""

SCRIPTS = ("filter.js", "page.js")
"""What the page's script is put together of."""

ROLLED_UP_FROM = 20
"""Flows from which on counts by server, issuer and so on say more than the table."""


@frozen
class Material:
    """What a report is made of: ``files`` by name, the ``summary`` and ``warnings`` of reading them, the ``rule_books``
    that judged, and the ``terms`` by which renewals are. ``shown`` is how many flows a filter let through, None
    without a filter; ``hidden_left_out`` counts those that it did not and that hide something."""

    files: Sequence[str]
    summary: Summary
    warnings: Sequence[str]
    rule_books: Sequence[RuleBook]
    terms: Terms
    version: str
    shown: int | None = None
    hidden_left_out: int = 0


class Report:
    """Takes flows one by one, in the order of their numbers, and makes the page of them at the end."""

    def __init__(self, terms: Terms) -> None:
        self._of_flow = environment().get_template("flow.html")
        self._of_chain = environment().get_template("findings.html")
        self._books: dict[tuple[tuple[str, Finding], ...], str] = {}
        self._first_start: int | None = None
        self._findings = Findings()
        self._collector = Collector(terms)
        self._certificates = CertificatesSeen()
        self._roll_up = FlowSummary()
        self._outcomes: Counter[str] = Counter()
        self._hidden: dict[tuple[str, str], _Hidden] = {}
        self._rows = Written()
        self._filtered = FilterValues()
        self._details = Packed()
        self._rows_left_out = 0

    def add(self, flow: Flow) -> None:
        """Take a flow."""
        if self._first_start is None:
            self._first_start = flow.start
        statements = correlate(flow)
        kinds = self._findings.add(flow, statements)
        self._outcomes[wording.outcome(flow)] += 1
        self._collector.flow(flow)
        self._certificates.take(flow)
        self._roll_up.take(flow)
        for reason, what in dict.fromkeys((each.reason, each.what) for each in flow.hidden):
            self._hidden.setdefault((reason, what), _Hidden()).add(flow.number)
        is_named = flow.number in self._findings.named
        if len(self._rows) >= MOST_ROWS and not is_named:
            self._rows_left_out += 1
            return
        wants_detail = len(self._details) < (MOST_DETAILS if is_named else FIRST_DETAILS)
        detail = self._details.add(self._detail(flow, statements)) if wants_detail else -1
        self._filtered.add(flow, statements)
        self._rows.add([*flow_row(flow, kinds, statements), detail])

    def _detail(self, flow: Flow, statements: Sequence[Statement]) -> str:
        detail = flow_detail(flow, statements)
        return self._of_flow.render(
            {
                **detail,
                "ladder": trusted(detail["ladder"]),
                "chains": None if detail["chains"] is None else trusted(detail["chains"]),
                "books": [(whose, self._rows_of(tuple(said.items()))) for whose, said in detail["books"]],
            }
        )

    def _rows_of(self, findings: tuple[tuple[str, Finding], ...]) -> str:
        """What rule-books say of a chain, which they say of many."""
        rows = self._books.get(findings)
        if rows is None:
            rows = trusted(self._of_chain.render({"findings": findings}))
            if len(self._books) < MOST_FINDINGS:
                self._books[findings] = rows
        return rows

    def page(self, material: Material) -> Iterator[str]:
        """The HTML document of all that was taken, in pieces: it may have fifty megabytes."""
        groups = self._findings.groups()
        inventory = self._collector.inventory()
        start = self._first_start
        rolled = rolled_up(inventory, "certificate")
        renewals = renewal_groups(rolled, start)
        picture = None if start is None else renewal_picture(rolled, material.terms.timeline, start)
        lists: list[Sequence[int]] = []

        def listed(numbers: Sequence[int]) -> int:
            lists.append(numbers)
            return len(lists) - 1

        told = [
            {
                "kind": group.kind,
                "count": group.count,
                "list": listed(group.flows),
                "left_out": group.left_out,
                "findings": [
                    {
                        "text": one.text,
                        "advice": one.advice,
                        "flows": one.flows[:NAMED],
                        "count": one.count,
                        "list": listed(one.flows),
                    }
                    for one in group.findings
                ],
            }
            for group in groups
        ]
        unseen = [
            {
                "what": what.replace("_", " "),
                "why": wording.HIDDEN_BECAUSE.get(reason, reason),
                "reason": reason,
                "count": hidden.count,
                "list": listed(hidden.flows),
            }
            for (reason, what), hidden in self._hidden.items()
        ]
        certificates = [
            safe_json(certificate_row(seen)) for seen in islice(self._certificates, MOST_CERTIFICATES)
        ]
        rest = {
            "columns": {"flows": FLOW_COLUMNS, "certificates": CERTIFICATE_COLUMNS},
            "kinds": {group.kind.word: group.kind.title for group in groups},
            "lists": lists,
            "chunk": CHUNK,
            "language": language(),
        }
        data = self._data(f'],"certificates":[{",".join(certificates)}],{safe_json(rest)[1:]}')
        style, script = _style(), "".join(map(resource, SCRIPTS))
        verdicts = self._roll_up.verdicts
        hidden_flows = verdicts["hidden"] + material.hidden_left_out
        return (
            environment()
            .get_template("page.html")
            .generate(
                style=trusted(style),
                script=trusted(script),
                style_digest=source_digest(style),
                script_digest=source_digest(script),
                data=data,
                details=trusted(safe_json(self._details.chunks())),
                values=trusted(safe_json(packed(self._filtered.pieces()))),
                files=material.files,
                summary=summary_line(
                    material.summary, in_order(verdicts), material.shown, material.hidden_left_out
                ),
                counts=dict(self._outcomes.most_common()),
                roll_ups=_roll_ups(self._roll_up) if self._roll_up.flows > ROLLED_UP_FROM else [],
                warnings=material.warnings,
                groups=told,
                rows_left_out=self._rows_left_out,
                details_left_out=len(self._rows) - len(self._details),
                certificates_left_out=len(self._certificates) - len(certificates),
                unseen=unseen,
                not_seen=unseen_line(material.summary, hidden_flows),
                not_read=unread_words(material.summary),
                skipped=[(name, number) for name, number in material.summary.skipped.items() if number],
                limits=[(name, number) for name, number in material.summary.limits.items() if number],
                validity=None if picture is None else trusted(picture[0]),
                drawn=0 if picture is None else picture[1],
                renewals=renewals,
                renewed=inventory.certificates,
                renewals_left_out=inventory.certificates - sum(len(group.rows) for group in renewals),
                timeline=material.terms.timeline,
                roots=material.terms.roots.stores,
                entries=entry_rows(inventory),
                books=[
                    {"book": book, "evidence": EVIDENCE[book.evidence], "as_of": book.as_of.isoformat()}
                    for book in material.rule_books
                ],
                version=material.version,
            )
        )

    def _data(self, behind_rows: str) -> Iterator[str]:
        """What the page's table shows, as a JSON object in pieces."""
        yield trusted('{"flows":[')
        yield from map(trusted, self._rows.pieces())
        yield trusted(behind_rows)


@dataclass(slots=True)
class _Hidden:
    """The flows that hide one thing for one reason: how many, and the numbers of the first."""

    count: int = 0
    flows: list[int] = field(default_factory=list)

    def add(self, flow: int) -> None:
        self.count += 1
        if len(self.flows) < LISTED:
            self.flows.append(flow)


def _roll_ups(summary: FlowSummary) -> list[dict[str, object]]:
    """What the page says of many flows at once: the largest groups of each kind."""
    found = []
    for by, title in TITLES.items():
        groups = summary.groups(by)
        shown = [
            {"value": group_name(group), "flows": group.flows, "told": "; ".join(group_words(group))}
            for group in groups[:SHOWN_GROUPS]
        ]
        if groups:
            found.append(
                {"title": title, "count": len(groups), "groups": shown, "more": len(groups) - len(shown)}
            )
    return found


def _style() -> str:
    light, dark = custom_properties(0), custom_properties(1)
    return (
        f":root{{{light}color-scheme:light}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}color-scheme:dark}}}}"
        f":root[data-theme=dark]{{{dark}color-scheme:dark}}"
        f"@media print{{:root,:root:not([data-theme=light]),:root[data-theme=dark]{{{light}color-scheme:light}}}}"
        f"\n{picture_rules()}\n{resource('page.css')}"
    )
