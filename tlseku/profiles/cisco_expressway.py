"""The profile ``cisco-expressway``: what captures alone tell of Expressways, by the rules of the bundle's diagnosis.

Knows how flows become the record of a node of which there is nothing else; must not know rules (``expressway`` does).
Release, checking mode and stores are not known then, and what depends on them is left out or said to be assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tlseku.flow import Flow
from tlseku.policy.rule_books import RuleBook
from tlseku.profiles.expressway.findings.diagnose import diagnose as diagnose_node
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.node.snapshot import Snapshot
from tlseku.profiles.expressway.rules.rules import statements as vendor_statements
from tlseku.profiles.findings import Place, ProfileFinding

_NOTHING_ELSE = Snapshot(None, None, (), None, "unknown", None, None, None, None, (), (), (), ())


def statements() -> Mapping[str, str]:
    """The sentences of the vendor's statements, by id."""
    return {one.id: one.sentence for one in vendor_statements().values()}


def diagnose(flows: Iterable[Flow], book: RuleBook) -> tuple[ProfileFinding, ...]:
    """What the flows tell of the node that captured them. Never raises."""
    kept = tuple(flows)
    record = NodeRecord(
        snapshot=_NOTHING_ELSE,
        captures=(),
        flows=kept,
        nics={},
        addresses=(),
        addresses_from=None,
        presented=(),
        events=(),
        kinds={},
        notes=(),
        ssh=(),
    )
    vantage = sorted({address for flow in kept for address in flow.vantage})
    who = f"node {', '.join(vantage)}" if vantage else "node whose address is not known"
    return tuple(_finding(one, who) for one in diagnose_node(record))


def _finding(one: Diagnosis, who: str) -> ProfileFinding:
    # The alert and what is said of it stand in one frame.
    places = dict.fromkeys(
        Place(piece.file, piece.number, piece.flow)
        for piece in one.evidence
        if piece.kind == "frame" and piece.number is not None and piece.flow is not None
    )
    return ProfileFinding(one.level, one.rules or ("EX1",), who, one.text, one.to_do, tuple(places))
