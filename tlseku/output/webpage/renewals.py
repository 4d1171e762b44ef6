"""What the page says of the time to come: each client certificate, its last day, and what its renewal brings.

Knows inventories, rolled up or not, and timelines; must not know HTML. Out come groups of plain rows, what needs action
first and in each group the soonest last day first, and the entries of the table of dates, those that the rows rest on
marked. All text is *not yet escaped*.

What is wrong with a certificate already goes before what its renewal brings: nobody shall read "not affected" of one
that does not fit or has expired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as date_of_day
from itertools import islice
from typing import NamedTuple

from tlseku.output.pictures.validity import Moment, Period
from tlseku.output.pictures.validity_svg import validity_svg
from tlseku.output.reports.sunset import RENEWAL_WORDS
from tlseku.output.reports.sunset_inventory import ClientUse, Inventory
from tlseku.output.reports.sunset_roll_up import Rolled
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.timestamps import day_or_unknown
from tlseku.policy.timeline import Entry, Timeline

SHOWN_RENEWALS = 500
"""Client certificates listed; ``tlseku sunset -T csv`` has them all."""

SHOWN_HOSTS = 3
"""Hosts named beside one certificate; the rest is counted."""

DRAWN = 40
"""Of which so many are drawn, those whose last day comes first after the capture began."""

SERIAL_TAIL = 8
"""Digits of a serial number beside a bar: CAs begin theirs alike."""

_EPOCH = date_of_day(1970, 1, 1).toordinal()
_DAY = 86_400 * 10**9

STATES: Mapping[str, tuple[str, Style]] = {
    "unfit": ("its EKU does not fit a TLS client already", "wrong"),
    "expired": ("expired before the capture began", "wrong"),
    "taken": ("a CA certificate above it takes clientAuth away already", "caution"),
    "early": ("not yet valid when the capture began", "caution"),
    **{str(outcome): told for outcome, told in RENEWAL_WORDS.items()},
}
"""What is told of a certificate in a few words, and how that looks, what needs action first: what is wrong with it
already, else what its renewal brings."""


class Group(NamedTuple):
    """Certificates of which the same is told: ``said`` and its ``style``, how many they are, and a row for each of the
    first ``SHOWN_RENEWALS`` of all groups together."""

    said: str
    style: Style
    certificates: int
    rows: list[dict[str, object]]


def renewal_groups(rolled: Sequence[Rolled], seen: int | None) -> list[Group]:
    """The distinct client certificates (``rolled_up`` by certificate) with the hosts that use them, as of the time
    ``seen`` (nanoseconds since 1970-01-01 UTC; None: nothing is known of validity), those alike together, in the order
    of ``STATES``."""
    of_state: dict[str, list[Rolled]] = {state: [] for state in STATES}
    for row in rolled:
        of_state[_state(_use(row), seen)].append(row)
    groups, left = [], SHOWN_RENEWALS
    for state, rows in of_state.items():
        if rows:
            said, style = STATES[state]
            groups.append(Group(said, style, len(rows), [_row(row) for row in rows[:left]]))
            left -= len(groups[-1].rows)
    return groups


def renewal_picture(rolled: Sequence[Rolled], timeline: Timeline, seen: int) -> tuple[str, int] | None:
    """Client certificates that had not expired and current dates of the ``timeline`` on a line of time around the time
    ``seen``, and how many are drawn; None where there is none."""
    periods: list[Period] = []
    legend: dict[str, tuple[Style, str]] = {}
    for row in rolled:
        use = _use(row)
        state = _state(use, seen)
        if state == "expired":
            continue
        if len(periods) == DRAWN:
            break
        leaf = use.certificate
        said, style = STATES[state]
        legend[state] = style, said
        serial = wording.serial(leaf)
        tail = serial if len(serial) <= SERIAL_TAIL else f"…{serial[-SERIAL_TAIL:]}"
        periods.append(Period(f"{_places(row, 1)} {tail}", leaf.not_before, leaf.not_after, style))
    if not periods:
        return None
    moments = [
        Moment(entry.id, (entry.start.toordinal() - _EPOCH) * _DAY)
        for entry in timeline.entries.values()
        if entry.start is not None and entry.superseded_by is None
    ]
    told = [legend[state] for state in STATES if state in legend]
    return validity_svg(periods, moments, seen, legend=_legend(told), standalone=False), len(periods)


def _legend(told: Sequence[tuple[Style, str]]) -> list[tuple[Style, str]]:
    """A line for each colour."""
    styles = dict.fromkeys(style for style, _ in told)
    return [(style, "; or ".join(said for each, said in told if each == style)) for style in styles]


def _use(row: Rolled) -> ClientUse:
    (use,) = row.uses.values()
    return use


def _state(use: ClientUse, seen: int | None) -> str:
    leaf, verdict = use.certificate, use.verdict
    if verdict.verdict in ("wrong", "empty"):
        return "unfit"
    if seen is not None and leaf.not_after is not None and leaf.not_after < seen:
        return "expired"
    if verdict.broken_at is not None and verdict.broken_at > 0:
        return "taken"
    if seen is not None and leaf.not_before is not None and leaf.not_before > seen:
        return "early"
    return use.renewal.outcome


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
    use = _use(row)
    leaf, renewal = use.certificate, use.renewal
    said, style = RENEWAL_WORDS[renewal.outcome]
    return {
        "host": _places(row, SHOWN_HOSTS),
        "subject": wording.subject(leaf),
        "serial": wording.serial(leaf),
        "issuer": f"{wording.name_or_state(leaf.issuer)} ({use.standing.kind}: {use.standing.reason})",
        "eku": ", ".join(wording.purposes(leaf)),
        "last_day": day_or_unknown(leaf.not_after),
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
