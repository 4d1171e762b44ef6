"""Everything worth saying about a flow, what decides first.

Knows the parts of this folder; each says one kind of thing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from tlseku.correlation.acceptance import acceptance_statements
from tlseku.correlation.client_certificate import request_statements
from tlseku.correlation.ending import ending_statements
from tlseku.correlation.protocol_rules import protocol_statements
from tlseku.correlation.refusal import refusal_statement
from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.validity import all_in_time, validity_at

_OUTSIDE = ("expired", "not_yet_valid", "never_valid")


_KEPT = "statements"

_Placed = tuple[tuple[Statement, tuple[int, ...]], ...]
"""Statements, and the places in the flow of the frames that each rests on (``Kind``)."""


def correlate(flow: Flow) -> tuple[Statement, ...]:
    """What can be said of a flow: who refused or accepted whose certificate, then request and answer, then dates. Never
    raises."""
    kind = flow.kind
    if kind is None:
        return _correlated(flow)
    placed = kind.kept.get(_KEPT)
    if placed is None:
        said = _correlated(flow)
        kind.kept[_KEPT] = _placed(said, kind.frames)
        return said
    return tuple(
        replace(statement, frames=tuple(kind.frames[place] for place in places)) if places else statement
        for statement, places in cast(_Placed, placed)
    )


def _placed(said: tuple[Statement, ...], frames: tuple[int, ...]) -> _Placed:
    # A flow rests on nothing but what was said in it.
    return tuple((each, tuple(frames.index(frame) for frame in each.frames)) for each in said)


def _correlated(flow: Flow) -> tuple[Statement, ...]:
    refusal = refusal_statement(flow)
    return (
        *(() if refusal is None else (refusal,)),
        *acceptance_statements(flow),
        *protocol_statements(flow),
        *request_statements(flow),
        *(statement for presented in flow.presented for statement in _dates(presented)),
        *ending_statements(flow),
    )


def _dates(presented: Presented) -> list[Statement]:
    if all_in_time(presented.chain, presented.ts):
        return []
    said = []
    for index in issuing_path(presented.chain).indexes:
        validity = validity_at(presented.chain[index], presented.ts)
        if validity.outcome in _OUTSIDE:
            whose = "" if presented.role == "unknown" else f"{presented.role} "
            text = f"{whose}certificate #{index}, when it was presented: {validity.reason}"
            said.append(Statement(validity.outcome, text, (presented.frame,), ("validity",)))
    return said
