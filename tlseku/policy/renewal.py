"""What renewing a client certificate on a given day brings, by the timeline.

Knows the entries of a timeline and whether an issuer is public; must not know how that was found out, nor any day
of its own. Out comes a ``Renewal``: an outcome, a range of dates where the sources leave one, and the entries that
say so.

How entries weigh: a superseded entry counts for nothing and is only named. What a CA says about itself goes before
what others say about CAs in general. A root program binds every public CA, so its date is the last one possible.
Where a CA's own statements conflict, both dates stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from tlseku._objects import short
from tlseku.policy.timeline import Effect, Entry, Timeline

IssuerKind = Literal["public", "private", "unknown"]

RenewalOutcome = Literal["kept", "on_request", "uncertain", "lost", "not_affected", "unknown"]


@short
class Renewal(NamedTuple):
    """What a renewal brings.

    ``outcome``: the CA issues certificates with clientAuth as before (``kept``), only if asked (``on_request``), nobody
    can say (``uncertain``: the sources leave a range and the day lies in it), not any more (``lost``); the issuer is
    private and ``not_affected``; or it is ``unknown`` whether the issuer is public, whether the timeline is about
    this certificate, or when the renewal is. ``on`` is the day judged.
    ``ends_earliest`` and ``ends_latest`` bound the first day without clientAuth, for public issuers and for unknown
    ones in case they are public; ``ends_latest`` is ``None`` where no source bounds it. ``entries`` are those that
    were used, ``superseded`` those that would have applied before, ``conflicts`` pairs among ``entries`` that say
    different things. ``last_usable`` is the last day on which a certificate with clientAuth can be valid: issued on the
    last day before ``ends_latest``, for as long as such certificates may be; ``None`` where a bound is not known.
    ``reason`` is one plain sentence.
    """

    outcome: RenewalOutcome
    on: date | None
    reason: str
    ends_earliest: date | None
    ends_latest: date | None
    entries: tuple[Entry, ...]
    superseded: tuple[Entry, ...]
    conflicts: tuple[tuple[Entry, Entry], ...]
    last_usable: date | None = None


class _Range(NamedTuple):
    earliest: date | None
    latest: date | None
    entries: list[Entry]
    default_off: list[Entry]


def renewal(
    timeline: Timeline,
    issuer: IssuerKind,
    organisations: Sequence[str],
    on: date | None,
    *,
    authorities: Sequence[str] = (),
    doubt: str | None = None,
) -> Renewal:
    """Judge a renewal on the day ``on`` (``None``: unknown) at an issuer of a kind and of these organizationNames.

    ``authorities`` are the common names of the CAs above the leaf, its issuer first: a hierarchy that is named as one
    that keeps clientAuth goes before all that its CA and the root programs say of their hierarchies for TLS servers.

    ``doubt`` says in one plain phrase why the timeline, which is about certificates for TLS servers, may not speak
    about this one although its issuer is public; the outcome is then ``unknown``.
    """
    scope = "private" if issuer == "private" else "public"
    applying = [entry for entry in timeline.entries.values() if _applies(entry, scope, organisations)]
    superseded = tuple(entry for entry in applying if entry.superseded_by is not None)
    current = [entry for entry in applying if entry.superseded_by is None]
    if issuer == "private":
        reason = "the issuer is private, and the rules are about public CAs"
        return Renewal("not_affected", on, reason, None, None, tuple(current), superseded, ())
    hierarchy = _hierarchy(timeline, authorities)
    if hierarchy is not None and hierarchy.effect != "server only":
        return _kept(hierarchy, issuer, on)
    ends = _range(current)
    outcome, reason = _outcome(ends, on)
    if hierarchy is not None:
        current.append(hierarchy)
        reason = f"{reason}; {hierarchy.who} names its hierarchy as one for TLS servers only ({hierarchy.id})"
    if issuer == "unknown":
        reason = f"whether the issuer is public is not known; if it is: {reason}"
        outcome = "unknown"
    elif doubt is not None:
        reason = f"{doubt}; for a certificate under the rules: {reason}"
        outcome = "unknown"
    # What a general statement would add is not used where the CA speaks for itself, so it is not named.
    used = tuple(
        entry for entry in current if entry in ends.entries or entry.effect not in ("ended", "default off")
    )
    used += tuple(entry for entry in ends.default_off if entry not in used)
    usable = _last_usable(timeline, ends.latest)
    return Renewal(
        outcome, on, reason, ends.earliest, ends.latest, used, superseded, _conflicts(used), usable
    )


def _hierarchy(timeline: Timeline, authorities: Sequence[str]) -> Entry | None:
    """The entry about the hierarchy; the CA nearest to the leaf decides: one root may have both kinds below it."""
    named = [
        entry for entry in timeline.entries.values() if entry.kind == "hierarchy" and not entry.superseded_by
    ]
    for authority in map(_folded, authorities):
        for entry in named:
            # CAs of a family have years and numbers behind their names.
            if any(f"{authority} ".startswith(f"{_folded(name)} ") for name in entry.authorities):
                return entry
    return None


def _kept(hierarchy: Entry, issuer: IssuerKind, on: date | None) -> Renewal:
    what = "for TLS clients only" if hierarchy.effect == "client only" else "that keeps clientAuth"
    reason = f"{hierarchy.who} names its hierarchy as one {what} ({hierarchy.id}); the CA may change that"
    outcome: RenewalOutcome = "kept"
    if issuer == "unknown":
        outcome, reason = "unknown", f"whether the issuer is that CA is not known; if it is: {reason}"
    return Renewal(outcome, on, reason, None, None, (hierarchy,), (), ())


def _last_usable(timeline: Timeline, ends: date | None) -> date | None:
    if ends is None or ends == date.min:
        return None
    issued = ends - timedelta(days=1)
    longest = timeline.longest_validity(issued)
    # Both the first and the last day count (RFC 5280 section 4.1.2.5).
    return None if longest is None else issued + timedelta(days=longest.days - 1)


def _applies(entry: Entry, scope: str, organisations: Sequence[str]) -> bool:
    if entry.applies_to != scope or entry.kind == "hierarchy":
        return False
    if not entry.organisations:
        return True
    own = {_folded(name) for name in organisations}
    return any(_folded(name) in own for name in entry.organisations)


def _range(current: Sequence[Entry]) -> _Range:
    ended = _with(current, "ended")
    programs = [entry for entry in ended if entry.kind == "root program"]
    own = [entry for entry in ended if entry.organisations]
    said = own or [entry for entry in ended if entry.kind != "root program"]
    bounds = [entry.start for entry in programs if entry.start is not None]
    dates = [entry.start for entry in said if entry.start is not None]
    last_own = [max(dates)] if own and dates else []
    return _Range(
        earliest=min([*dates, *bounds], default=None),
        latest=min([*last_own, *bounds], default=None),
        entries=[*said, *programs],
        default_off=_with(current, "default off"),
    )


def _with(entries: Sequence[Entry], effect: Effect) -> list[Entry]:
    return [entry for entry in entries if entry.effect == effect]


def _outcome(ends: _Range, on: date | None) -> tuple[RenewalOutcome, str]:
    if on is None:
        return "unknown", "when it is renewed is not known"
    if ends.earliest is None:
        return "unknown", "the timeline says nothing about when clientAuth ends"
    if ends.latest is not None and on >= ends.latest:
        return "lost", f"a public CA leaves clientAuth out from {ends.latest} at the latest"
    if on >= ends.earliest:
        until = "open" if ends.latest is None else str(ends.latest)
        return (
            "uncertain",
            f"clientAuth ends between {ends.earliest} and {until}, and the sources do not agree when",
        )
    off = [entry for entry in ends.default_off if entry.start is not None and entry.start <= on]
    if off:
        return (
            "on_request",
            f"clientAuth is left out unless asked for, and ends on {ends.earliest} at the earliest",
        )
    return "kept", f"clientAuth ends on {ends.earliest} at the earliest"


def _conflicts(entries: Sequence[Entry]) -> tuple[tuple[Entry, Entry], ...]:
    by_id = {entry.id: entry for entry in entries}
    return tuple(
        (entry, by_id[other])
        for entry in entries
        for other in entry.conflicts_with
        if other in by_id and entry.id < other
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
