"""What a part of a capture writes of a flow, and how it is completed once its numbers are known.

Knows flows; must not know parts. A part knows neither how many flows come before its own, nor, where that is inferred,
from where they are seen.
"""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_files import Encode


def flows_of() -> Encode:
    """Writes a flow as processes hand objects to each other."""
    return lambda flow: bytes(ForkingPickler.dumps(flow))


def flow(joined: Joined, vantage: Vantage) -> Flow:
    """A flow, as seen from ``vantage``."""
    found: Flow = ForkingPickler.loads(joined.text) if joined.flow is None else joined.flow
    if (found.number, found.tcp_stream) != (joined.number, joined.tcp_stream):
        found = replace(found, number=joined.number, tcp_stream=joined.tcp_stream)
    return with_vantage(found, vantage)
