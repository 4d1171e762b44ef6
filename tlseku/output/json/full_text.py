"""The line of a flow that was concluded in full.

Knows that most of a line is what rule-books find in chains, which many chains share, and certificates; must not know
how anything is concluded. The text is that of ``output.json.flow_json``, and tests hold it to that.

Limits: ``MAX_FINDINGS``; reaching it forgets all.
"""

from __future__ import annotations

from collections.abc import Mapping

from tlseku.flow import Flow, Presented
from tlseku.output.json.certificate_text import certificate_text
from tlseku.output.json.flow_json import (
    after_presented,
    before_presented,
    findings_to_dict,
    make_up_to_dict,
    to_json,
    verdict_to_dict,
    where_to_dict,
)
from tlseku.output.json.flow_line import beside_full
from tlseku.policy.finding import Finding

# Findings whose texts are kept, some eight kilobytes each.
MAX_FINDINGS = 64


class FlowTexts:
    """Writes flows as ``to_json(flow_to_dict(flow))`` does."""

    def __init__(self) -> None:
        # By the identity of the findings, which stay as they are and are kept alive here.
        self._findings: dict[int, tuple[Mapping[str, Finding], str]] = {}

    def line(self, flow: Flow) -> str:
        """The line of a flow, without its end."""
        presented = ",".join([self._presented(each) for each in flow.presented])
        before, after = to_json(before_presented(flow)), to_json(after_presented(flow))
        return f'{before[:-1]},"presented":[{presented}],{after[1:]}'

    def full_line(self, flow: Flow) -> str:
        """The line of a flow with what the shorter contract has beside it: ``to_json(full_flow(flow))``."""
        return f"{self.line(flow)[:-1]},{to_json(beside_full(flow))[1:]}"

    def rest(self, presented: Presented) -> str:
        """What follows the certificates of a chain: how it is made up, and how it is judged."""
        made_up, verdict = to_json(make_up_to_dict(presented)), to_json(verdict_to_dict(presented))
        return f'],{made_up[1:-1]},{verdict[1:-1]},"rule_books":{self._rule_books(presented.rule_books)}}}'

    def _presented(self, presented: Presented) -> str:
        where = to_json(where_to_dict(presented))
        chain = ",".join([certificate_text(index, each) for index, each in enumerate(presented.chain)])
        return f'{where[:-1]},"chain":[{chain}{self.rest(presented)}'

    def _rule_books(self, findings: Mapping[str, Finding]) -> str:
        kept = self._findings.get(id(findings))
        if kept is None:
            if len(self._findings) >= MAX_FINDINGS:
                self._findings.clear()
            kept = findings, to_json(findings_to_dict(findings))
            self._findings[id(findings)] = kept
        return kept[1]
