"""One flow as the object of the contract, for users: the face of ``flow_line`` and of the texts made beside it.

Knows only these; must not know what stands in the object. This module is never compiled, so that ``help`` has its
docstrings in every build.
"""

from __future__ import annotations

from threading import local

from tlseku.flow import Flow
from tlseku.output.json import flow_line
from tlseku.output.json.full_text import FlowTexts
from tlseku.output.json.line_text import LineTexts


class _Texts(local):
    """Pieces of text that flows share, a set of its own for each thread."""

    def __init__(self) -> None:
        self.lines = LineTexts()
        self.full = FlowTexts()


_texts = _Texts()


def flow_to_dict(flow: Flow, *, full: bool = False) -> dict[str, object]:
    """The object of the contract ``tlseku/flow/2`` for one flow: plain values, ready for ``json.dumps``.

    It is valid against the contract's JSON Schema, ``tlseku/output/json/flow-2.schema.json``. With ``full`` it is
    everything in one object, the ``tlseku/flow/1`` of ``tlseku flows -T json --full``, and ``flow-1.schema.json`` is
    its schema.
    """
    return flow_line.full_flow(flow) if full else flow_line.flow_line(flow)


def flow_to_json(flow: Flow, *, full: bool = False) -> str:
    """The line of ``tlseku flows -T ndjson`` for one flow, without its end: ``flow_to_dict`` as JSON in plain ASCII.

    Quicker than that, since pieces that many flows have in common are kept, within bounds. May be called from several
    threads.
    """
    return _texts.full.full_line(flow) if full else _texts.lines.line(flow)
