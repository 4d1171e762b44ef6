"""Which card or table shows which noun.

Knows the nouns that notebooks show; must not know HTML.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

from tlseku.flow import Flow
from tlseku.output.notebook.captions import with_warnings
from tlseku.output.notebook.certificate_card import certificate_card, flow_card
from tlseku.output.notebook.flow_table import flow_table
from tlseku.output.notebook.markup import Html
from tlseku.output.words.summary import in_order, summary_line
from tlseku.scanning import Flows, FlowsOnce, WasRead
from tlseku.x509.certificate import Certificate


def html_of(noun: object) -> str:
    """The HTML of a noun of tlseku. Raises TypeError for anything else."""
    if isinstance(noun, Flow):
        return flow_card(noun)
    if isinstance(noun, Certificate):
        return certificate_card(noun)
    if isinstance(noun, Flows):
        counts = Counter(word for flow in noun for word in flow.verdicts)
        return flow_table(noun, summary_line(noun.summary, in_order(counts)), noun.warnings)
    if isinstance(noun, FlowsOnce):
        # Its flows come once, and not to be looked at.
        read = cast(WasRead, noun)
        said = with_warnings(f"so far {summary_line(read.summary, {})}", read.warnings)
        return Html(f"<p>{said}</p>")
    raise TypeError(f"{type(noun).__name__} has no card")
