"""A comparison of two captures, as a page and as the JSON object ``tlseku/compare/1``.

Knows ``comparison`` and the width of a page; must not know files or streams. What is the same on both sides is counted,
and shown only where asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlseku.correlation.two_captures import Aspect, Comparison, Pair
from tlseku.flow import Flow, Summary
from tlseku.output.json.flow_json import endpoint_to_dict
from tlseku.output.words import wording
from tlseku.output.words.summary import unseen_line, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words

COMPARE_SCHEMA = "tlseku/compare/1"

Read = tuple[Summary, int]
"""What was read of one side, and how many of its flows hide something."""

SHOWN_UNPAIRED = 20
"""Flows without a partner that are listed a side; JSON has them all."""

_LABEL = 22


def comparison_lines(found: Comparison, page: Page, *, everything: bool = False) -> Iterator[Line]:
    """The page, line by line: pairs that differ (all with ``everything``), then what has no partner."""
    shown = [pair for pair in found.pairs if everything or pair.differences]
    for index, pair in enumerate(shown):
        if index:
            yield ()
        yield from _pair(pair, page, everything)
    for side, flows in (("A", found.only_a), ("B", found.only_b)):
        if flows:
            if shown or (side == "B" and found.only_a):
                yield ()
            yield from _unpaired(side, flows, page)


def comparison_summary(found: Comparison, read: tuple[Read, Read]) -> str:
    """One line that counts pairs, differences and flows without a partner, and says what was not seen on either
    side: what is the same may differ there."""
    differ = sum(1 for pair in found.pairs if pair.differences)
    said = [f"{wording.counted(len(found.pairs), 'pair')}, {differ:,} different"]
    said += [
        f"{wording.counted(len(flows), 'flow')} only in {side}"
        for side, flows in (("A", found.only_a), ("B", found.only_b))
        if flows
    ]
    for side, (summary, hidden) in zip("AB", read, strict=True):
        line = unseen_line(summary, hidden)
        said += [] if line is None else [f"in {side} {line}"]
    return "; ".join(said)


def comparison_to_dict(
    found: Comparison, read: tuple[Read, Read], *, everything: bool = False
) -> dict[str, object]:
    """The object of the contract ``tlseku/compare/1``. Aspects that are the same are in it with ``everything`` only."""
    return {
        "schema": COMPARE_SCHEMA,
        "different": found.different,
        "not_seen": {
            side: unseen_to_dict(summary, hidden) for side, (summary, hidden) in zip("ab", read, strict=True)
        },
        "pairs": [
            {
                "a": _reference(pair.a),
                "b": _reference(pair.b),
                "matched_by": pair.matched_by,
                "different": bool(pair.differences),
                "aspects": [
                    {"name": each.name, "same": each.same, "a": each.a, "b": each.b}
                    for each in (pair.aspects if everything else pair.differences)
                ],
            }
            for pair in found.pairs
        ],
        "only_a": [_reference(flow) for flow in found.only_a],
        "only_b": [_reference(flow) for flow in found.only_b],
    }


def _reference(flow: Flow) -> dict[str, object]:
    return {
        "flow": flow.number,
        "file": flow.file,
        "client": endpoint_to_dict(flow.client),
        "server": endpoint_to_dict(flow.server),
        "sni": flow.sni,
        "outcome": flow.outcome,
    }


def _pair(pair: Pair, page: Page, everything: bool) -> Iterator[Line]:
    for side, flow in (("A", pair.a), ("B", pair.b)):
        yield from _flow(side, flow, page)
    yield from fill((Segment("   "),), words(f"paired by {pair.matched_by}", "dim"), page.width, 3)
    for aspect in pair.aspects if everything else pair.differences:
        yield from _aspect(aspect, page)
    if not pair.differences:
        yield (Segment("   no difference", "ok"),)


def _flow(side: str, flow: Flow, page: Page) -> Iterator[Line]:
    start: Line = (Segment(f"{side}  ", "strong"), Segment(f"{flow.number}", "link"), Segment("  "))
    ends = f"{wording.endpoint(flow.client)} {page.signs.arrow} {wording.endpoint(flow.server)}"
    yield from fill(start, words(page.clean(f"{ends} of {flow.file}")), page.width, 6)


def _aspect(aspect: Aspect, page: Page) -> Iterator[Line]:
    label: Line = (Segment(f"   {aspect.name:<{_LABEL}}", "dim"),)
    if aspect.same:
        text = page.clean(_shown(aspect.a))
        yield from fill((*label, Segment("=  ", "dim")), words(text, "dim"), page.width, _LABEL + 6)
        return
    blank: Line = (Segment(" " * (_LABEL + 3)),)
    for start, side, value in ((label, "A", aspect.a), (blank, "B", aspect.b)):
        style: Style = "dim" if value is None else ""
        text = page.clean(_shown(value))
        yield from fill((*start, Segment(f"{side}  ", "strong")), words(text, style), page.width, _LABEL + 6)


def _shown(value: str | None) -> str:
    return "none" if value is None else value


def _unpaired(side: str, flows: Sequence[Flow], page: Page) -> Iterator[Line]:
    yield (Segment(f"Only in {side}:", "strong"),)
    for flow in flows[:SHOWN_UNPAIRED]:
        start: Line = (Segment("   "), Segment(f"{flow.number}", "link"), Segment("  "))
        ends = f"{wording.endpoint(flow.client)} {page.signs.arrow} {wording.endpoint(flow.server)}"
        sni = "" if flow.sni is None else f", {wording.sni_label(flow)} {flow.sni}"
        text = f"{ends}, {wording.outcome(flow)}{sni}"
        yield from fill(start, words(page.clean(text)), page.width, 6)
    if len(flows) > SHOWN_UNPAIRED:
        rest = wording.counted(len(flows) - SHOWN_UNPAIRED, "more flow")
        yield (Segment(f"   {page.signs.ellipsis} and {rest}", "dim"),)
