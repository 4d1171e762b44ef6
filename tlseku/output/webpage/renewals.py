"""What the page says of the time to come: each client certificate, its last day, and what its renewal brings.

Knows inventories and timelines; must not know HTML. Out come plain rows, soonest last day first, and the entries of
the table of dates, those that the rows rest on marked. All text is *not yet escaped*.
"""

from __future__ import annotations

from datetime import date as date_of_day
from itertools import islice

from tlseku.output.pictures.validity import Moment, Period
from tlseku.output.pictures.validity_svg import validity_svg
from tlseku.output.reports.sunset import RENEWAL_WORDS
from tlseku.output.reports.sunset_inventory import Inventory
from tlseku.output.reports.sunset_roll_up import Rolled, rolled_up
from tlseku.output.words import wording
from tlseku.output.words.timestamps import date
from tlseku.policy.timeline import Entry

SHOWN_RENEWALS = 500
"""Client certificates listed; ``tlseku sunset -T csv`` has them all."""

SHOWN_HOSTS = 3
"""Hosts named beside one certificate; the rest is counted."""

DRAWN = 40
"""Of which so many are drawn, those whose last day comes first."""

_EPOCH = date_of_day(1970, 1, 1).toordinal()
_DAY = 86_400 * 10**9


def renewal_rows(inventory: Inventory) -> list[dict[str, object]]:
    """A row for each distinct client certificate, with the hosts that use it."""
    return [_row(row) for row in rolled_up(inventory, "certificate")[:SHOWN_RENEWALS]]


def renewal_picture(inventory: Inventory, seen: int) -> str | None:
    """Client certificates and current dates on a line of time around the time ``seen``; None without a certificate."""
    rows = rolled_up(inventory, "certificate")[:DRAWN]
    if not rows:
        return None
    periods = []
    for row in rows:
        (use,) = row.uses.values()
        leaf = use.certificate
        name = f"{_places(row, 1)} {wording.serial(leaf)}"
        periods.append(Period(name, leaf.not_before, leaf.not_after, RENEWAL_WORDS[use.renewal.outcome][1]))
    moments = [
        Moment(entry.id, (entry.start.toordinal() - _EPOCH) * _DAY)
        for entry in inventory.terms.timeline.entries.values()
        if entry.start is not None and entry.superseded_by is None
    ]
    return validity_svg(periods, moments, seen, standalone=False)


def entry_rows(inventory: Inventory) -> list[dict[str, object]]:
    """Every entry of the table of dates."""
    used = {
        entry.id
        for host in inventory.hosts
        for use in host.as_client
        for entry in (*use.renewal.entries, *use.renewal.superseded)
    }
    return [_entry(entry, entry.id in used) for entry in inventory.terms.timeline.entries.values()]


def _row(row: Rolled) -> dict[str, object]:
    (use,) = row.uses.values()
    leaf, renewal = use.certificate, use.renewal
    said, style = RENEWAL_WORDS[renewal.outcome]
    return {
        "host": _places(row, SHOWN_HOSTS),
        "subject": wording.subject(leaf),
        "serial": wording.serial(leaf),
        "issuer": f"{wording.name_or_state(leaf.issuer)} ({use.standing.kind}: {use.standing.reason})",
        "eku": ", ".join(wording.purposes(leaf)),
        "last_day": "unknown" if leaf.not_after is None else date(leaf.not_after) or "unknown",
        "said": said,
        "style": style,
        "reason": renewal.reason,
        "entries": ", ".join(entry.id for entry in renewal.entries),
        "both": row.both_roles,
    }


def _places(row: Rolled, shown: int) -> str:
    names = list(islice(row.places, shown))
    more = len(row.places) - len(names)
    return f"{', '.join(names)}{f' and {more:,} more' if more else ''}"


def _entry(entry: Entry, used: bool) -> dict[str, object]:
    start = "no date" if entry.start is None else entry.start.isoformat()
    if entry.start is not None and entry.precision == "month":
        start = start[:7]
    elif entry.start is not None and entry.precision == "week":
        start = f"week of {start}"
    return {
        "id": entry.id,
        "who": entry.who,
        "start": start,
        "what": entry.what,
        "source": entry.source,
        "as_of": entry.as_of.isoformat(),
        "superseded_by": entry.superseded_by,
        "used": used,
    }
