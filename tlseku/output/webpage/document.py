"""The whole report: flows in, one HTML document out.

Joins findings, rows, details, certificates, renewals and rule-books with the templates; must not know files or
options. Flows are taken one by one; of each only its row and its packed details are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.correlation import correlate
from tlseku.flow import Flow, Summary
from tlseku.output.pictures.svg import custom_properties, picture_rules
from tlseku.output.reports.certificates import seen_certificates
from tlseku.output.reports.rule_books import EVIDENCE
from tlseku.output.reports.sunset_inventory import Collector, Terms
from tlseku.output.webpage.detail import flow_detail
from tlseku.output.webpage.embedding import CHUNK, packed, safe_json, source_digest
from tlseku.output.webpage.page_findings import Findings
from tlseku.output.webpage.renewals import DRAWN, SHOWN_RENEWALS, entry_rows, renewal_picture, renewal_rows
from tlseku.output.webpage.rows import CERTIFICATE_COLUMNS, FLOW_COLUMNS, certificate_row, flow_row
from tlseku.output.webpage.templates import environment, resource, trusted
from tlseku.output.words import wording
from tlseku.output.words.summary import (
    hidden_flows,
    in_order,
    summary_line,
    unread_words,
    unseen_line,
    verdicts_of,
)
from tlseku.policy.rule_books import RuleBook


@dataclass(frozen=True, slots=True)
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


def report_page(flows: Sequence[Flow], material: Material) -> str:
    """The HTML document."""
    templates = environment()
    of_flow = templates.get_template("flow.html")
    findings, collector = Findings(), Collector(material.terms)
    verdicts: Counter[str] = Counter()
    hidden: dict[tuple[str, str], list[int]] = {}
    rows: list[object] = []

    def details() -> Iterator[str]:
        for flow in flows:
            statements = correlate(flow)
            rows.append(flow_row(flow, findings.add(flow, statements), statements))
            verdicts.update(verdicts_of(flow))
            collector.flow(flow)
            for reason, what in dict.fromkeys((each.reason, each.what) for each in flow.hidden):
                hidden.setdefault((reason, what), []).append(flow.number)
            detail = flow_detail(flow, statements)
            yield of_flow.render(
                {
                    **detail,
                    "ladder": trusted(str(detail["ladder"])),
                    "chains": None if detail["chains"] is None else trusted(str(detail["chains"])),
                }
            )

    chunks = list(packed(details()))
    groups = findings.groups()
    inventory = collector.inventory()
    renewals = renewal_rows(inventory)
    picture = renewal_picture(inventory, flows[0].start) if flows else None
    lists: list[Sequence[int]] = []

    def listed(numbers: Sequence[int]) -> int:
        lists.append(numbers)
        return len(lists) - 1

    told = [
        {
            "kind": group.kind,
            "count": len(group.flows),
            "list": listed(group.flows),
            "left_out": group.left_out,
            "findings": [
                {
                    "text": one.text,
                    "advice": one.advice,
                    "flows": one.flows[:6],
                    "count": len(one.flows),
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
            "count": len(numbers),
            "list": listed(numbers),
        }
        for (reason, what), numbers in hidden.items()
    ]
    data = {
        "columns": {"flows": FLOW_COLUMNS, "certificates": CERTIFICATE_COLUMNS},
        "kinds": {group.kind.word: group.kind.title for group in groups},
        "flows": rows,
        "certificates": [certificate_row(seen) for seen in seen_certificates(flows)],
        "lists": lists,
        "chunk": CHUNK,
    }
    style, script = _style(), resource("page.js")
    return templates.get_template("page.html").render(
        style=trusted(style),
        script=trusted(script),
        style_digest=source_digest(style),
        script_digest=source_digest(script),
        data=trusted(safe_json(data)),
        details=trusted(safe_json(chunks)),
        files=material.files,
        summary=summary_line(material.summary, in_order(verdicts), material.shown, material.hidden_left_out),
        counts=_counts(flows),
        warnings=material.warnings,
        groups=told,
        unseen=unseen,
        not_seen=unseen_line(material.summary, hidden_flows(flows) + material.hidden_left_out),
        not_read=unread_words(material.summary),
        skipped=[(name, number) for name, number in material.summary.skipped.items() if number],
        limits=[(name, number) for name, number in material.summary.limits.items() if number],
        validity=None if picture is None else trusted(picture),
        drawn=min(DRAWN, len(renewals)),
        renewals=renewals[:SHOWN_RENEWALS],
        renewals_left_out=max(len(renewals) - SHOWN_RENEWALS, 0),
        timeline=material.terms.timeline,
        roots=material.terms.roots.stores,
        entries=entry_rows(inventory),
        books=[
            {"book": book, "evidence": EVIDENCE[book.evidence], "as_of": book.as_of.isoformat()}
            for book in material.rule_books
        ],
        version=material.version,
    )


def _style() -> str:
    light, dark = custom_properties(0), custom_properties(1)
    return (
        f":root{{{light}color-scheme:light}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}color-scheme:dark}}}}"
        f":root[data-theme=dark]{{{dark}color-scheme:dark}}"
        f"@media print{{:root,:root:not([data-theme=light]),:root[data-theme=dark]{{{light}color-scheme:light}}}}"
        f"\n{picture_rules()}\n{resource('page.css')}"
    )


def _counts(flows: Iterable[Flow]) -> dict[str, int]:
    counts = Counter(wording.outcome(flow) for flow in flows)
    return dict(counts.most_common())
