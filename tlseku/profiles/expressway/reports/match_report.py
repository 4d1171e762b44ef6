"""Where a serial number was found, as the JSON object ``tlseku/match/1`` and as lines for people.

Knows sightings and the width of a page; must not know files or how they are searched.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.output.json.flow_json import endpoint_to_dict, named
from tlseku.output.words import wording
from tlseku.output.words.summary import unseen_line, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.output.words.timestamps import rfc3339
from tlseku.profiles.expressway.serials.match_files import Searched
from tlseku.profiles.expressway.serials.serial_match import Sighting, issuers_of

MATCH_SCHEMA = "tlseku/match/1"


def match_to_dict(searched: Searched) -> dict[str, object]:
    """The object ``tlseku/match/1``, valid against its JSON Schema."""
    warning = searched.wanted.warning
    return {
        "schema": MATCH_SCHEMA,
        "serial": format(searched.wanted.value, "x"),
        "digits": searched.wanted.digits,
        "warning": warning,
        "found": bool(searched.matches),
        "issuers": list(issuers_of(searched.matches)),
        "matches": [_sighting(one) for one in searched.matches],
        "hints": [_sighting(one) for one in searched.hints],
        "not_seen": unseen_to_dict(searched.summary, searched.hidden_flows),
        "problems": list(searched.problems),
    }


def match_lines(searched: Searched, page: Page) -> Iterator[Line]:
    """The matches, then the hints, each with its place; a last line that counts them."""
    for one in searched.matches:
        yield from _lines(one, page)
    for one in searched.hints:
        yield from _lines(one, page)
    serial = format(searched.wanted.value, "x")
    count = len(searched.matches)
    said = f"serial {serial}: {count} match{'' if count == 1 else 'es'}"
    if searched.hints:
        said += f"; {len(searched.hints)} near miss{'' if len(searched.hints) == 1 else 'es'}, which are no matches"
    yield (Segment(page.clean(said), "strong"),)
    not_seen = unseen_line(searched.summary, searched.hidden_flows, "a certificate")
    if not_seen is not None:
        yield from fill((), words(page.clean(not_seen), "unsure"), page.width, 2)
    issuers = issuers_of(searched.matches)
    if len(issuers) > 1:
        text = f"{len(issuers)} certificates of different issuers share this serial: {'; '.join(issuers)}"
        yield from fill((Segment("! ", "caution"),), words(page.clean(text), "caution"), page.width, 2)


def _lines(one: Sighting, page: Page) -> Iterator[Line]:
    sign = Segment(
        f"{page.signs.ok if one.hint is None else page.signs.unsure} ", "ok" if one.hint is None else "unsure"
    )
    unit = {"presented": "frame", "ssh host key": "frame", "store": "certificate", "log": "line"}[one.kind]
    said = f"{one.kind}, {one.file} {unit} {one.at}"
    if one.time is not None:
        said += f", {rfc3339(one.time)}"
    if one.role is not None:
        said += f", by the {one.role}" if one.kind != "log" else f", this node {one.role}"
    if one.client is not None and one.server is not None:
        said += f", {wording.endpoint(one.client)} {page.signs.arrow} {wording.endpoint(one.server)}"
    if one.depth is not None and one.kind != "store":
        said += ", leaf" if one.depth == 0 else f", issuer #{one.depth}"
    yield from fill((sign,), words(page.clean(said)), page.width, 4)
    if one.subject is not None:
        yield from fill((Segment("    "),), words(page.clean(one.subject), "dim"), page.width, 4)
    if one.issuer is not None:
        yield from fill((Segment("    "),), words(page.clean(f"issuer {one.issuer}"), "dim"), page.width, 4)
    if one.sha256 is not None:
        yield from fill((Segment("    "),), words(page.clean(f"SHA-256 {one.sha256}"), "dim"), page.width, 4)
    if one.hint is not None:
        note = f"hint, not a match: serial {format(one.serial, 'x')}, {one.hint}"
        yield from fill((Segment("    "),), words(page.clean(note), "unsure"), page.width, 4)


def _sighting(one: Sighting) -> dict[str, object]:
    return {
        **named(one, "kind", "file", "at", "role"),
        "client": None if one.client is None else endpoint_to_dict(one.client),
        "server": None if one.server is None else endpoint_to_dict(one.server),
        "time": None if one.time is None else rfc3339(one.time),
        "depth": one.depth,
        "serial": format(one.serial, "x"),
        **named(one, "subject", "issuer", "sha256", "hint"),
    }
