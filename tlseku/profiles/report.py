"""The findings of a profile as the JSON object ``tlseku/profile-findings/1`` and as lines for people.

Knows findings and the width of a page; must not know streams or how findings come about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tlseku.flow import Summary
from tlseku.output.json.flow_json import named
from tlseku.output.words.summary import unseen_line, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.policy.rule_books import RuleBook
from tlseku.profiles.findings import FINDING_LEVELS, FindingLevel, ProfileFinding
from tlseku.profiles.profile import ProductProfile

FINDINGS_SCHEMA = "tlseku/profile-findings/1"

_STYLES: Mapping[FindingLevel, Style] = {
    "wrong": "wrong",
    "caution": "caution",
    "open": "unsure",
    "fine": "ok",
}
_INDENT = 9


def findings_to_dict(
    profile: ProductProfile,
    book: RuleBook,
    findings: Sequence[ProfileFinding],
    summary: Summary,
    hidden_flows: int,
) -> dict[str, object]:
    """The object ``tlseku/profile-findings/1``, valid against its JSON Schema."""
    return {
        "schema": FINDINGS_SCHEMA,
        "profile": profile.name,
        "rule_book": book.name,
        "findings": [
            {
                **named(one, "level", "rules", "who", "text", "to_do"),
                "evidence": [
                    {"file": place.file, "frame": place.frame, "flow": place.flow} for place in one.evidence
                ],
            }
            for one in findings
        ],
        "not_seen": unseen_to_dict(summary, hidden_flows),
        "rules": _cited(profile, findings),
    }


def findings_lines(
    profile: ProductProfile,
    book: RuleBook,
    findings: Sequence[ProfileFinding],
    page: Page,
    summary: Summary,
    hidden_flows: int,
) -> Iterator[Line]:
    """Each finding with where it rests and what to do, then the sentences of the rules cited, a count, and what was
    not seen, of which no profile can say anything."""
    yield (Segment(page.clean(f"{profile.name}: {profile.title}, judged by {book.name}"), "strong"),)
    for one in findings:
        start = (Segment(f"{one.level:<{_INDENT - 1}} ", _STYLES[one.level]),)
        said = f"{one.who}: {one.text} ({', '.join(one.rules)})"
        yield from fill(start, words(page.clean(said)), page.width, _INDENT)
        places = ", ".join(f"{place.file}:{place.frame}" for place in one.evidence)
        if places:
            yield from fill(_blank(), words(page.clean(places), "dim"), page.width, _INDENT)
        if one.to_do is not None:
            yield from fill(_blank(), words(page.clean(f"to do: {one.to_do}")), page.width, _INDENT)
    for rule, sentence in _cited(profile, findings).items():
        yield from fill(
            (Segment(f"{rule:<{_INDENT}}"),), words(page.clean(sentence), "dim"), page.width, _INDENT
        )
    counts = [(level, sum(one.level == level for one in findings)) for level in FINDING_LEVELS]
    total = ", ".join(f"{count} {level}" for level, count in counts if count)
    yield (Segment(total if total else "nothing to say of what was read"),)
    not_seen = unseen_line(summary, hidden_flows)
    if not_seen is not None:
        yield from fill((), words(page.clean(not_seen), "unsure"), page.width, 2)


def profile_to_dict(profile: ProductProfile) -> dict[str, object]:
    """A profile as plain data: what it is about, its source, its statements and its connections."""
    return {
        **named(profile, "name", "title", "rule_book", "source"),
        "as_of": None if profile.as_of is None else profile.as_of.isoformat(),
        "statements": dict(profile.statements),
        "connections": [
            {
                "what": one.what,
                "ports": sorted(one.ports),
                **named(one, "names", "checks", "statements", "to_do"),
            }
            for one in profile.connections
        ],
    }


def profile_lines(profile: ProductProfile, page: Page) -> Iterator[Line]:
    """A profile's name, source, statements and connections."""
    yield from fill((), words(page.clean(f"{profile.name}: {profile.title}"), "strong"), page.width, 2)
    dated = "" if profile.as_of is None else f", as of {profile.as_of.isoformat()}"
    said = f"judged by {profile.rule_book}; {profile.source}{dated}"
    yield from fill((Segment("  "),), words(page.clean(said), "dim"), page.width, 2)
    for rule, sentence in profile.statements.items():
        yield from fill((Segment(f"  {rule:<7}", "link"),), words(page.clean(sentence)), page.width, _INDENT)
    for one in profile.connections:
        by = [*(f"port {port}" for port in sorted(one.ports)), *(f"name {name}" for name in one.names)]
        said = f"looks like {one.what} by {', '.join(by)}: clientAuth checked: {one.checks}"
        yield from fill((Segment("  "),), words(page.clean(said), "dim"), page.width, 4)


def _blank() -> Line:
    return (Segment(" " * _INDENT),)


def _cited(profile: ProductProfile, findings: Sequence[ProfileFinding]) -> dict[str, str]:
    wanted = {rule for one in findings for rule in one.rules}
    return {rule: sentence for rule, sentence in profile.statements.items() if rule in wanted}
