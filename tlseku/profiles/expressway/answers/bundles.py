"""What is wrong with an Expressway, or a pair or cluster of them, from diagnostic log bundles.

Knows how bundles are read and examined, and the reports; must not know layout, streams or options.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlseku.data_frames.answer_columns import BUNDLES
from tlseku.data_frames.columns import Column
from tlseku.output.answers.answer import Answer, row_of
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted
from tlseku.policy.public_issuer import PublicRoots
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis, NodeRole
from tlseku.profiles.expressway.findings.examination import Examination, Examined
from tlseku.profiles.expressway.findings.examination import examine as examine_nodes
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.node.node_record import NodeRecord, read_node
from tlseku.profiles.expressway.node.snapshot import Snapshot, take_stock
from tlseku.profiles.expressway.reports.bundle_json import bundle_to_dict
from tlseku.profiles.expressway.reports.bundle_report import bundle_lines
from tlseku.x509.root_stores import installed_roots


@dataclass(frozen=True, repr=False)
class BundleExamination(Answer):
    """What bundles tell of their nodes: each by itself, every pair of a Core and an Edge, and what differs between the
    peers of a cluster."""

    found: Examination

    @property
    def nodes(self) -> tuple[Examined, ...]:
        """Each node in the order given: ``path``, ``record`` (what its bundle holds), ``role`` with ``role_reason``,
        ``diagnoses`` (what is wrong, worst first), ``warnings``."""
        return self.found.nodes

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Each Core with each Edge: ``prediction`` of every service by the rules, ``observed`` by the same names."""
        return self.found.pairs

    @property
    def cluster(self) -> tuple[Diagnosis, ...]:
        """What differs between peers that should be alike."""
        return self.found.cluster

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/bundle/1``."""
        return bundle_to_dict(self.found)

    def table_columns(self) -> Sequence[Column]:
        """Those of ``docs/tables.md``."""
        return BUNDLES

    def table_rows(self) -> Iterable[Sequence[object]]:
        """One for each finding and piece of evidence."""
        for node in self.nodes:
            whose = node.path, node.record.snapshot.host, node.role
            for one in node.diagnoses:
                yield from _rows(whose, one)
        for one in self.cluster:
            yield from _rows((None, None, None), one)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku bundle`` prints them."""
        return bundle_lines(self.found, page)

    def in_one_line(self) -> str:
        """Nodes, pairs and findings, counted."""
        findings = len(self.cluster) + sum(len(node.diagnoses) for node in self.nodes)
        pairs = f", {counted(len(self.pairs), 'pair')}" if self.pairs else ""
        return f"{counted(len(self.nodes), 'node')}{pairs}, {counted(findings, 'finding')}"


def examine(
    *paths: str | os.PathLike[str], role: NodeRole | None = None, time: int | None = None
) -> BundleExamination:
    """Read diagnostic log bundles (directories, ``.tar.gz``, ``.tar``, ``.zip``) and say what is wrong.

    With several there must be a Core and an Edge among their nodes, whose services are predicted from both. ``role`` is
    what the first node is, by default what its zones, captures or log say. ``time``, in nanoseconds since 1970-01-01
    UTC, is when dates are judged, by default when the later bundle was made. Raises BundleError for what cannot be
    read, RoleError where nobody can tell the Core from the Edge.
    """
    roots = PublicRoots(installed_roots())
    found = [(path, *one) for path in [os.fspath(each) for each in paths] for one in _read(path, roots)]
    return BundleExamination(examine_nodes(found, role, time, pairs_wanted=len(paths) > 1))


def _read(path: str, roots: PublicRoots) -> Iterator[tuple[NodeRecord, tuple[str, ...]]]:
    """The record of each host in a bundle, by its latest snapshot, with what to be warned of."""
    with Archive(path) as archive:
        by_host: dict[str | None, list[Snapshot]] = {}
        for snapshot in take_stock(archive):
            by_host.setdefault(snapshot.host, []).append(snapshot)
        warnings = archive.warnings
        for _, (latest, *others) in sorted(by_host.items(), key=lambda one: one[0] or ""):
            left = tuple(
                f"another snapshot in it is left out: {one.host}, {one.time}, {len(one.members)} files"
                for one in others
            )
            yield read_node(latest, roots), (*warnings, *left)
            warnings = ()


def _rows(whose: tuple[str | None, str | None, str | None], one: Diagnosis) -> Iterator[tuple[object, ...]]:
    for piece in one.evidence or (None,):
        place = (
            (None,) * 5 if piece is None else (piece.kind, piece.file, piece.number, piece.flow, piece.text)
        )
        yield row_of(BUNDLES, *whose, one.level, list(one.rules), one.text, one.to_do, *place)
