"""Ends without a visible alert: what came last, said as a hint.

Knows outcomes, and in TLS 1.3 the hints that lengths give (``flow.Hint``); must not call a silence a refusal.
"""

from __future__ import annotations

from tlseku.correlation.evidence import causes_in
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow

_ANSWERS = frozenset({"change_cipher_spec", "encrypted_handshake", "finished", "application_data"})


def ending_statements(flow: Flow) -> list[Statement]:
    """What can be said of a flow that ended amid the handshake, or whose end is encrypted."""
    hints = [Statement(f"hint_{hint.what}", hint.text, hint.frames, hint=True) for hint in flow.hints]
    after = _ended_after_certificate(flow)
    return hints if after is None else [*hints, after]


def _ended_after_certificate(flow: Flow) -> Statement | None:
    if flow.outcome != "aborted":
        return None
    shown = [each for each in flow.presented if each.role != "unknown" and each.chain]
    if not shown:
        return None
    last = shown[-1]
    peer = "server" if last.role == "client" else "client"
    if any(each.role == peer and each.kind in _ANSWERS for each in flow.messages):
        return None
    if last.role == "server" and any(each.role == "client" for each in flow.presented):
        return None
    text = f"the connection ended without an alert after the {last.role} Certificate ({flow.outcome_basis})"
    found = causes_in(flow, last)
    if found:
        text += f"; what may be held against it: {'; '.join(cause.reason for cause in found)}"
    names = tuple(dict.fromkeys(cause.name for cause in found))
    return Statement("ended_after_certificate", text, (last.frame,), names, hint=True)
