"""An inventory of client certificates as lines, dictionaries (``tlseku/sunset/1``) and CSV rows.

Knows inventories and the width of a page; must not know streams, colours or how an inventory is made. Every output
names the table of dates that was used, and each entry of it with source and as-of date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

from tlseku.flow import Summary
from tlseku.output.json.flow_json import certificate_to_dict, named
from tlseku.output.reports.sunset_inventory import ClientUse, Host, Inventory, ServerUse
from tlseku.output.words import wording
from tlseku.output.words.remembered import Remembered
from tlseku.output.words.summary import is_unread, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, fill_words, words
from tlseku.output.words.timestamps import day_or_unknown
from tlseku.policy.renewal import Renewal, RenewalOutcome
from tlseku.policy.timeline import Entry, LongestValidity

SUNSET_SCHEMA = "tlseku/sunset/1"

SHOWN_SIGHTINGS = 5
"""Flows named for one certificate in the table; the rest is counted, JSON has them all."""

MOST_CERTIFICATES = 2048
"""Certificates of which the lines are kept, at most twice as many, some kilobytes each."""

RENEWAL_WORDS: Mapping[RenewalOutcome, tuple[str, Style]] = {
    "lost": ("no clientAuth any more", "wrong"),
    "uncertain": ("clientAuth uncertain", "unsure"),
    "on_request": ("clientAuth only on request", "caution"),
    "unknown": ("cannot be told", "unsure"),
    "kept": ("clientAuth as before", "ok"),
    "not_affected": ("not affected", "ok"),
}
"""What a renewal brings in a few words, and how that looks; the worst first."""

_LABEL = 10
_INDENT = 4
_AS_CLIENT: Line = (Segment("  as client ", "dim"),)


def sunset_lines(inventory: Inventory, page: Page) -> Iterator[Line]:
    """Each host with its client and server certificates, then the entries of the timeline that were used."""
    certificates = _CertificateLines(page)
    for index, host in enumerate(inventory.hosts):
        if index:
            yield ()
        yield from fill_words((), page.clean(host.name), "strong", page.width, 2)
        for use in host.as_client:
            yield from _subject_lines(use, host, page)
            yield from certificates.as_client(use)
            yield from _seen(use, page)
        for server_use in host.as_server:
            yield from certificates.as_server(server_use)
        if host.both_roles:
            count = wording.counted(len(host.both_roles), "certificate")
            text = f"{count} in both roles: losing clientAuth needs a second certificate here"
            yield from fill((Segment("  "),), words(f"! {text}", "caution"), page.width, _INDENT)
    if inventory.hosts:
        yield ()
        yield from timeline_lines(inventory, page)


def sunset_documents(inventory: Inventory, read: Summary) -> Iterator[dict[str, object]]:
    """The object ``tlseku/sunset/1`` of each host. Where there is none but not all of what was ``read`` could be seen,
    one of no host that says so: an empty list would be an all-clear."""
    for host in inventory.hosts:
        yield sunset_to_dict(host, inventory, read)
    if not inventory.hosts and (inventory.hidden_flows or is_unread(read)):
        yield sunset_to_dict(None, inventory, read)


def sunset_to_dict(host: Host | None, inventory: Inventory, read: Summary) -> dict[str, object]:
    """The object ``tlseku/sunset/1`` for one host, or for none, valid against its JSON Schema."""
    timeline = inventory.terms.timeline
    return {
        "schema": SUNSET_SCHEMA,
        "host": None if host is None or host.is_file else host.name,
        "file": host.name if host is not None and host.is_file else None,
        "client": [] if host is None else [_client_to_dict(use) for use in host.as_client],
        "server": [] if host is None else [_server_to_dict(use) for use in host.as_server],
        "both_roles": [] if host is None else list(host.both_roles),
        "timeline": {"name": timeline.name, "as_of": timeline.as_of.isoformat()},
        "root_stores": list(inventory.terms.roots.stores),
        "not_seen": unseen_to_dict(read, inventory.hidden_flows),
    }


class _CertificateLines:
    """The lines of certificates, which are the same on all hosts that use them.

    What is said of a use is known by identity: an inventory judges each chain once and keeps what it says.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._as_client: Remembered[tuple[Line, ...]] = Remembered(MOST_CERTIFICATES)
        self._as_server: Remembered[tuple[Line, ...]] = Remembered(MOST_CERTIFICATES)

    def as_client(self, use: ClientUse) -> tuple[Line, ...]:
        """What stands between the subject and where it was seen."""
        key = use.sha256, id(use.verdict), id(use.standing), id(use.renewal)
        lines = self._as_client.get(key)
        if lines is None:
            lines = self._as_client.put(key, tuple(_client_lines(use, self._page)))
        return lines

    def as_server(self, use: ServerUse) -> tuple[Line, ...]:
        """All of them."""
        sha256 = use.sha256
        lines = self._as_server.get(sha256)
        if lines is None:
            lines = self._as_server.put(sha256, tuple(_server_lines(use, self._page)))
        return lines


def _subject_lines(use: ClientUse, host: Host, page: Page) -> Iterator[Line]:
    leaf = use.certificate
    both = " (as TLS server too)" if leaf.sha256 in host.both_roles else ""
    subject = page.clean(f"{wording.subject(leaf)}{both}")
    return fill_words(_AS_CLIENT, subject, "strong", page.width, _INDENT)


def _client_lines(use: ClientUse, page: Page) -> Iterator[Line]:
    renewal = use.renewal
    said, style = RENEWAL_WORDS[renewal.outcome]
    for label, text in _facts(use):
        yield from labelled(label, text, "", page)
    day = "unknown day" if renewal.on is None else renewal.on.isoformat()
    yield from labelled("renewal", f"{day}: {said}; {renewal.reason}", style, page)
    if renewal.last_usable is not None:
        text = f"a certificate with clientAuth is good until {renewal.last_usable.isoformat()} at the latest"
        yield from labelled("usable", text, "", page)
    if renewal.entries:
        yield from labelled("by", ", ".join(entry.id for entry in renewal.entries), "", page)
    for one, other in renewal.conflicts:
        yield from labelled("conflict", f"{_dated(one)} against {_dated(other)}", "caution", page)


def _seen(use: ClientUse, page: Page) -> Iterable[Line]:
    if not use.sightings:
        return ()
    shown = [f"flow {one.flow} (frame {one.frame})" for one in use.sightings[:SHOWN_SIGHTINGS]]
    more = use.more_sightings + len(use.sightings) - len(shown)
    return labelled("seen", f"{', '.join(shown)}{f', {more:,} more' if more else ''}", "", page)


def _facts(use: ClientUse) -> Iterator[tuple[str, str]]:
    leaf = use.certificate
    yield "serial", wording.serial(leaf)
    standing = f"{use.standing.kind}: {use.standing.reason}"
    yield "issuer", f"{wording.name_or_state(leaf.issuer)} ({standing})"
    yield "EKU", f"{', '.join(wording.purposes(leaf))} ({use.verdict.verdict} as TLS client)"
    yield "valid to", day_or_unknown(leaf.not_after)


def _server_lines(use: ServerUse, page: Page) -> Iterator[Line]:
    leaf = use.certificate
    subject = page.clean(wording.subject(leaf))
    yield from fill_words((Segment("  as server ", "dim"),), subject, "", page.width, _INDENT)
    yield from labelled("serial", wording.serial(leaf), "", page)
    yield from labelled("EKU", ", ".join(wording.purposes(leaf)), "", page)


def timeline_lines(inventory: Inventory, page: Page) -> Iterator[Line]:
    """By what was judged, and the entries that were used."""
    terms = inventory.terms
    when = (
        "as if renewed on each certificate's own last day"
        if terms.on is None
        else f"as if renewed on {terms.on.isoformat()}"
    )
    text = f"Judged {when}, by {terms.timeline.name}, as of {terms.timeline.as_of.isoformat()}."
    yield from fill((), words(page.clean(text), "dim"), page.width, 2)
    stores = ", ".join(terms.roots.stores) or "none, so that no issuer can be called public"
    yield from fill((), words(page.clean(f"Root data: {stores}."), "dim"), page.width, 2)
    for longest in _validities_used(inventory):
        text = (
            f"Public certificates issued from {longest.start.isoformat()} last {longest.days} days at most."
        )
        source = f"[{longest.source}, as of {longest.as_of.isoformat()}]"
        pieces = [*words(page.clean(text), "dim"), *words(page.clean(source), "dim")]
        yield from fill((), pieces, page.width, 2)
    for entry in _every_entry(inventory):
        until = "" if entry.superseded_by is None else f", superseded by {entry.superseded_by}"
        text = f"{_dated(entry)}{until}: {entry.who}: {entry.what}"
        source = f"[{entry.source}, as of {entry.as_of.isoformat()}]"
        pieces = [*words(page.clean(text), "dim"), *words(page.clean(source), "dim")]
        yield from fill((), pieces, page.width, 2)


def _validities_used(inventory: Inventory) -> list[LongestValidity]:
    timeline = inventory.terms.timeline
    ends = {
        use.renewal.ends_latest
        for host in inventory.hosts
        for use in host.as_client
        if use.renewal.last_usable
    }
    used = {timeline.longest_validity(day - timedelta(days=1)) for day in ends if day is not None}
    return [one for one in timeline.validities if one in used]


def _every_entry(inventory: Inventory) -> list[Entry]:
    used = {
        entry.id
        for host in inventory.hosts
        for use in host.as_client
        for entry in (*use.renewal.entries, *use.renewal.superseded)
    }
    return [entry for entry in inventory.terms.timeline.entries.values() if entry.id in used]


def labelled(label: str, text: str, style: Style, page: Page) -> Iterator[Line]:
    """What is said of a host or a certificate under a label."""
    return fill_words(_start_of(label), page.clean(text), style, page.width, _INDENT + _LABEL)


@cache
def _start_of(label: str) -> Line:
    return (Segment(" " * _INDENT), Segment(f"{label:<{_LABEL}}", "dim"))


def _dated(entry: Entry) -> str:
    start = _start(entry)
    return entry.id if start is None else f"{entry.id} (from {start})"


def _start(entry: Entry) -> str | None:
    if entry.start is None:
        return None
    if entry.precision == "month":
        return entry.start.isoformat()[:7]
    return entry.start.isoformat() if entry.precision == "day" else f"the week of {entry.start.isoformat()}"


def _client_to_dict(use: ClientUse) -> dict[str, object]:
    is_public = {"public": True, "private": False, "unknown": None}[use.standing.kind]
    return {
        **certificate_to_dict(replace(use.certificate, public_issuer=is_public)),
        "issuer_kind": use.standing.kind,
        "issuer_reason": use.standing.reason,
        "public_root": use.standing.root,
        **named(use.verdict, "verdict", "reason"),
        "sightings": [sighting._asdict() for sighting in use.sightings],
        "more_sightings": use.more_sightings,
        "renewal": renewal_to_dict(use.renewal),
    }


def _server_to_dict(use: ServerUse) -> dict[str, object]:
    return {
        **certificate_to_dict(use.certificate),
        "sightings": [sighting._asdict() for sighting in use.sightings],
        "more_sightings": use.more_sightings,
    }


def renewal_to_dict(renewal: Renewal) -> dict[str, object]:
    """What renewing a certificate brings, as plain data."""
    return {
        "on": None if renewal.on is None else renewal.on.isoformat(),
        **named(renewal, "outcome", "reason"),
        "ends_earliest": None if renewal.ends_earliest is None else renewal.ends_earliest.isoformat(),
        "ends_latest": None if renewal.ends_latest is None else renewal.ends_latest.isoformat(),
        "last_usable": None if renewal.last_usable is None else renewal.last_usable.isoformat(),
        "entries": [_entry_to_dict(entry) for entry in renewal.entries],
        "superseded": [_entry_to_dict(entry) for entry in renewal.superseded],
        "conflicts": [[one.id, other.id] for one, other in renewal.conflicts],
    }


def _entry_to_dict(entry: Entry) -> dict[str, object]:
    return {
        **named(entry, "id", "who", "effect", "what"),
        "from": None if entry.start is None else entry.start.isoformat(),
        **named(entry, "precision", "source"),
        "as_of": entry.as_of.isoformat(),
        "superseded_by": entry.superseded_by,
    }
