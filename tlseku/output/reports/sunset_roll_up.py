"""An inventory of client certificates rolled up: each certificate once, or each issuer once.

Knows inventories and the width of a page; must not know streams or colours. Out come ``Rolled`` rows, and from those
lines, dictionaries (``tlseku/sunset-roll-up/1``) and CSV rows. What a person renews is a certificate, not a
certificate on a host, and whom a person asks is an issuer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tlseku.flow import Summary
from tlseku.output.json.flow_json import certificate_to_dict
from tlseku.output.reports.sunset import RENEWAL_WORDS, labelled, renewal_to_dict, timeline_lines
from tlseku.output.reports.sunset_inventory import ClientUse, Host, Inventory
from tlseku.output.words import wording
from tlseku.output.words.summary import is_unread, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page, fill, words
from tlseku.output.words.timestamps import day_or_unknown, rfc3339
from tlseku.output.words.wording import counted
from tlseku.policy.renewal import IssuerKind, RenewalOutcome

ROLL_UP_SCHEMA = "tlseku/sunset-roll-up/1"

By = Literal["certificate", "issuer"]

SHOWN_PLACES = 5
"""Places named for one row of the table; the rest is counted."""

LISTED_PLACES = 100
"""Places listed for one row in JSON and CSV; the rest is counted, ``--by host`` has them all."""


@dataclass(slots=True)
class Rolled:
    """One row. ``uses`` is one use of each distinct certificate, by its digest, of which most is known; ``places`` the
    names of hosts and files, in the order of first sight; ``flows`` counts Certificate messages. ``both_roles`` says
    that a place presents one of them as server, too."""

    issuer_kind: IssuerKind = "unknown"
    uses: dict[str, ClientUse] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    flows: int = 0
    both_roles: bool = False

    def add(self, use: ClientUse, host: Host) -> None:
        """One more use of one of its certificates."""
        known = self.uses.get(use.sha256)
        # One host may present more of the issuing path than another, and by that tell more of the issuer.
        if known is None or known.standing.kind == "unknown":
            self.uses[use.sha256] = use
        if self.issuer_kind == "unknown":
            self.issuer_kind = use.standing.kind
        self.places[host.name] = None
        self.flows += len(use.sightings) + use.more_sightings
        self.both_roles = self.both_roles or use.sha256 in host.both_roles

    @property
    def issuer(self) -> str | None:
        """Who issued them; None where that cannot be read, or there is none."""
        return next((use.certificate.issuer for use in self.uses.values()), None)

    @property
    def ends(self) -> list[int]:
        """The last moments of its certificates, in nanoseconds since 1970-01-01 UTC, earliest first."""
        found = (use.certificate.not_after for use in self.uses.values())
        return sorted(end for end in found if end is not None)

    @property
    def renewals(self) -> dict[RenewalOutcome, int]:
        """How many certificates have which outcome, worst first."""
        counts = Counter(use.renewal.outcome for use in self.uses.values())
        return {outcome: counts[outcome] for outcome in RENEWAL_WORDS if counts[outcome]}


def rolled_up(inventory: Inventory, by: By) -> list[Rolled]:
    """The rows: certificates by their last day, the soonest first; issuers by how many certificates they issued."""
    rows: dict[str | None, Rolled] = {}
    for host in inventory.hosts:
        for use in host.as_client:
            key = use.sha256 if by == "certificate" else use.certificate.issuer
            row = rows.get(key)
            if row is None:
                row = rows[key] = Rolled()
            row.add(use, host)
    if by == "issuer":
        return sorted(rows.values(), key=lambda row: (-len(row.uses), row.issuer or ""))
    return sorted(rows.values(), key=lambda row: row.ends or [1 << 80])


def roll_up_lines(inventory: Inventory, by: By, page: Page) -> Iterator[Line]:
    """Each row in a few lines, then the entries of the timeline that were used."""
    rows = rolled_up(inventory, by)
    for index, row in enumerate(rows):
        if index:
            yield ()
        yield from _certificate_lines(row, page) if by == "certificate" else _issuer_lines(row, page)
    if rows:
        yield ()
        yield from timeline_lines(inventory, page)


def roll_up_documents(inventory: Inventory, by: By, read: Summary) -> Iterator[dict[str, object]]:
    """The object ``tlseku/sunset-roll-up/1`` of each row. Where there is none but not all of what was ``read`` could
    be seen, one of no certificate that says so: an empty list would be an all-clear."""
    rows = rolled_up(inventory, by)
    for row in rows:
        yield _to_dict(row, by, inventory, read)
    if not rows and (inventory.hidden_flows or is_unread(read)):
        yield _to_dict(Rolled(), by, inventory, read)


def listed_places(row: Rolled) -> list[str]:
    """The first ``LISTED_PLACES`` hosts and files of a row, and how many more there are."""
    names = list(row.places)
    more = [f"{len(names) - LISTED_PLACES} more"] if len(names) > LISTED_PLACES else []
    return [*names[:LISTED_PLACES], *more]


def _issuer_lines(row: Rolled, page: Page) -> Iterator[Line]:
    named = wording.name_or_state(row.issuer)
    yield from fill((), words(page.clean(f"{named} ({row.issuer_kind})"), "strong"), page.width, 2)
    there = f"{counted(len(row.uses), 'certificate')} in {counted(len(row.places), 'place')}"
    yield from labelled("issued", f"{there}, {counted(row.flows, 'sighting')}", "", page)
    ends = [day_or_unknown(end) for end in row.ends]
    if ends:
        until = ends[0] if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"
        yield from labelled("valid to", until, "", page)
    for outcome, number in row.renewals.items():
        said, style = RENEWAL_WORDS[outcome]
        yield from labelled("renewal", f"{counted(number, 'certificate')}: {said}", style, page)


def _certificate_lines(row: Rolled, page: Page) -> Iterator[Line]:
    (use,) = row.uses.values()
    leaf, renewal = use.certificate, use.renewal
    both = " (as TLS server too)" if row.both_roles else ""
    yield from fill((), words(page.clean(f"{wording.subject(leaf)}{both}"), "strong"), page.width, 2)
    yield from labelled("serial", wording.serial(leaf), "", page)
    yield from labelled("issuer", f"{wording.name_or_state(leaf.issuer)} ({row.issuer_kind})", "", page)
    eku = f"{', '.join(wording.purposes(leaf))} ({use.verdict.verdict} as TLS client)"
    yield from labelled("EKU", eku, "", page)
    yield from labelled("valid to", day_or_unknown(leaf.not_after), "", page)
    said, style = RENEWAL_WORDS[renewal.outcome]
    day = "unknown day" if renewal.on is None else renewal.on.isoformat()
    yield from labelled("renewal", f"{day}: {said}; {renewal.reason}", style, page)
    names = list(row.places)
    more = f", {len(names) - SHOWN_PLACES:,} more" if len(names) > SHOWN_PLACES else ""
    there = f"{counted(len(names), 'place')}: {', '.join(names[:SHOWN_PLACES])}{more}"
    yield from labelled("used in", f"{there}; {counted(row.flows, 'sighting')}", "", page)


def _to_dict(row: Rolled, by: By, inventory: Inventory, read: Summary) -> dict[str, object]:
    ends = row.ends
    timeline = inventory.terms.timeline
    use = next(iter(row.uses.values())) if by == "certificate" and row.uses else None
    return {
        "schema": ROLL_UP_SCHEMA,
        "by": by,
        "issuer": row.issuer,
        "issuer_kind": row.issuer_kind,
        "certificates": len(row.uses),
        "places": len(row.places),
        "flows": row.flows,
        "first_end": rfc3339(ends[0], digits=0) if ends else None,
        "last_end": rfc3339(ends[-1], digits=0) if ends else None,
        "renewals": {outcome: row.renewals.get(outcome, 0) for outcome in RENEWAL_WORDS},
        "hosts": list(row.places)[:LISTED_PLACES],
        "more_hosts": max(len(row.places) - LISTED_PLACES, 0),
        "both_roles": row.both_roles,
        "certificate": None
        if use is None
        else {
            **certificate_to_dict(use.certificate),
            "verdict": use.verdict.verdict,
            "reason": use.verdict.reason,
            "renewal": renewal_to_dict(use.renewal),
        },
        "timeline": {"name": timeline.name, "as_of": timeline.as_of.isoformat()},
        "root_stores": list(inventory.terms.roots.stores),
        "not_seen": unseen_to_dict(read, inventory.hidden_flows),
    }
