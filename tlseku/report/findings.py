"""What ``--fail-on`` can name, and whether a flow has it.

Knows flows; must not know exit codes or how words are parsed.
"""

from __future__ import annotations

from collections.abc import Collection

from tlseku.flow import Flow
from tlseku.report.verdicts import VERDICTS

FINDINGS: dict[str, str] = {
    "wrong": "a certificate's EKU lacks what its role needs",
    "empty": "a certificate's EKU lists nothing",
    "any": "a certificate fits only through anyExtendedKeyUsage",
    "unrestricted": "a certificate has no EKU extension",
    "broken": "a presented CA certificate takes the needed purpose away",
    "declined": "a side sent an empty certificate list",
    "incomplete": "a chain is cut by a gap or the capture's end",
    "unreadable": "a certificate or its EKU cannot be read",
    "refused": "a side refused the handshake",
    "aborted": "a side broke the handshake off",
    "hidden": "something could not be seen",
    "defect": "something is wrong with the bytes",
}
"""Each word and when it holds for a flow."""


def has_finding(flow: Flow, words: Collection[str]) -> bool:
    """Whether any of ``words`` holds for the flow."""
    return not findings_of(flow).isdisjoint(words)


def findings_of(flow: Flow) -> set[str]:
    """Every word of ``FINDINGS`` that holds for the flow."""
    found = {presented.verdict for presented in flow.presented if presented.verdict in VERDICTS[1:]}
    if any(presented.broken_at is not None and presented.broken_at > 0 for presented in flow.presented):
        found.add("broken")
    if flow.outcome in ("refused", "aborted"):
        found.add(flow.outcome)
    if flow.hidden:
        found.add("hidden")
    if flow.defects or any(certificate.defects for p in flow.presented for certificate in p.chain):
        found.add("defect")
    return found
