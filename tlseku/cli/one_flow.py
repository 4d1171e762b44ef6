"""The one flow of captures that a user names by its number.

Knows ``Input`` and standard error; must not know what is done with the flow.
"""

from __future__ import annotations

from tlseku.cli.notices import complain
from tlseku.cli.reading import Input
from tlseku.flow import Flow
from tlseku.report.wording import counted

SHOWN_BOOKS = ("rfc5280", "openssl", "go", "java", "expressway-15.5")
"""The books that speak unless others are chosen: the text, three verifiers that disagree, and the product."""


def flow_of(captures: Input, number: int) -> Flow | None:
    """The flow with that number; None if there is none, which is then said on standard error."""
    flows = captures.flows()
    found = next((one for one in flows if one.number == number), None)
    if found is None:
        there = (
            f"the captures have {counted(len(flows), 'flow')}" if flows else "the captures have no TLS flow"
        )
        complain(f"there is no flow {number}: {there}")
    return found
