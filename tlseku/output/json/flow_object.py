"""One flow as the object of the contract, for users: the face of ``flow_line``.

Knows only that; must not know what stands in the object. This module is never compiled, so that ``help`` has its
docstring in every build.
"""

from __future__ import annotations

from tlseku.flow import Flow
from tlseku.output.json import flow_line


def flow_to_dict(flow: Flow, *, full: bool = False) -> dict[str, object]:
    """The object of the contract ``tlseku/flow/2`` for one flow: plain values, ready for ``json.dumps``.

    It is valid against the contract's JSON Schema, ``tlseku/output/json/flow-2.schema.json``. With ``full`` it is
    everything in one object, the ``tlseku/flow/1`` of ``tlseku flows -T json --full``, and ``flow-1.schema.json`` is
    its schema.
    """
    return flow_line.full_flow(flow) if full else flow_line.flow_line(flow)
