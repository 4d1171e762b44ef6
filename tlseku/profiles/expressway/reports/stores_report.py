"""What is said of a node's stores, as the JSON object ``tlseku/stores/1`` and as lines for people.

Knows remarks and the width of a page; must not know streams or how stores are judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.profiles.expressway.reports.prediction_report import rule_lines
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.rules import sentences
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.rules.store_check import Level, Remark

STORES_SCHEMA = "tlseku/stores/1"

LOOKS: Mapping[Level, tuple[str, Style]] = {
    "wrong": ("wrong", "wrong"),
    "caution": ("caution", "caution"),
    "open": ("unsure", "unsure"),
    "fine": ("ok", "ok"),
}
"""The sign and the style of each level."""

_INDENT = 16


def stores_to_dict(
    server: Store | None, client: Store | None, release: Release, remarks: Sequence[Remark]
) -> dict[str, object]:
    """The object ``tlseku/stores/1``, valid against its JSON Schema."""
    same = None if server is None or client is None else server.leaf.sha256 == client.leaf.sha256
    return {
        "schema": STORES_SCHEMA,
        "release": str(release),
        "same_certificate": same,
        "remarks": [
            {
                "level": remark.level,
                "rule": remark.rule,
                "store": remark.place,
                "text": remark.text,
                "to_do": remark.to_do,
            }
            for remark in remarks
        ],
        "rules": sentences(_cited(remarks)),
    }


def stores_lines(
    server: Store | None, client: Store | None, release: Release, remarks: Sequence[Remark], page: Page
) -> Iterator[Line]:
    """The leafs, the remarks with what to do, then the sentences of all rules cited."""
    for label, store in (("server store", server), ("client store", client)):
        if store is not None:
            leaf = store.leaf
            said = (
                f"{wording.subject(leaf)}; EKU {', '.join(wording.purposes(leaf))};"
                f" serial {wording.serial(leaf)}; issuer {wording.name_or_state(leaf.issuer)}"
            )
            start: Line = (Segment(f"{label:<{_INDENT - 2}}", "strong"),)
            yield from fill(start, words(page.clean(said)), page.width, _INDENT - 2)
    yield from fill((), words(page.clean(f"rules as of {release}"), "dim"), page.width, 2)
    for remark in remarks:
        sign, style = LOOKS[remark.level]
        rule = "-" if remark.rule is None else remark.rule
        start = (
            Segment(f"  {getattr(page.signs, sign)} ", style),
            Segment(f"{rule:<5}", "link"),
            Segment(f"{remark.place:<7}", "dim"),
        )
        yield from fill(start, words(page.clean(remark.text), style), page.width, _INDENT)
        if remark.to_do is not None:
            begin: Line = (Segment(" " * _INDENT), Segment("do: ", "dim"))
            yield from fill(begin, words(page.clean(remark.to_do)), page.width, _INDENT + 4)
    yield ()
    yield from rule_lines(_cited(remarks), page)


def _cited(remarks: Sequence[Remark]) -> list[str]:
    return [remark.rule for remark in remarks if remark.rule is not None]
