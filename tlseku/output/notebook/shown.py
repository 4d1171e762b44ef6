"""Which card or table shows which noun.

Knows the nouns that notebooks show; must not know HTML.
"""

from __future__ import annotations

from collections import Counter

from tlseku.flow import Flow
from tlseku.output.notebook.certificate_card import certificate_card, flow_card
from tlseku.output.notebook.flow_table import flow_table
from tlseku.output.words.summary import in_order, summary_line
from tlseku.scanning import Flows
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
    raise TypeError(f"{type(noun).__name__} has no card")
