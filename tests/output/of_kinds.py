"""Flows of which several share a conclusion, for formats that keep what these have in common."""

from __future__ import annotations

import functools

from tests import wire
from tests.handshake.made import Made
from tests.handshake.test_conclusions import recording
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage

RECORDINGS = ["scenario1", "scenario2", "declined", "no-eku", "tls13", "wrong-eku-refused"]


@functools.cache
def flows() -> tuple[Flow, ...]:
    """Flows of few kinds, whose frames have one to three digits, then the same as seen from either end and from both."""
    found = [flow for name in RECORDINGS for flow in Made(recording(name, copies=9)).flows]
    assert sum(flow.kind is not None for flow in found) >= 8 * len(RECORDINGS)
    ends = wire.CLIENT[0], wire.SERVER[0]
    seen_from = [Vantage(ends[:1]), Vantage(ends[1:]), Vantage(ends)]
    return (*found, *(with_vantage(flow, vantage) for vantage in seen_from for flow in found))
