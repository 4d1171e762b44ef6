"""One flow as the object of the contract, for users: the face of ``flow_json``.

Knows only that; must not know what stands in the object. This module is never compiled, so that ``help`` has its
docstring in every build.
"""

from __future__ import annotations

from tlseku.flow import Flow
from tlseku.output.json import flow_json


def flow_to_dict(flow: Flow) -> dict[str, object]:
    """The object of the contract ``tlseku/flow/1`` for one flow: plain values, ready for ``json.dumps``.

    It is valid against the contract's JSON Schema, ``tlseku/output/json/flow-1.schema.json``.
    """
    return flow_json.flow_to_dict(flow)
