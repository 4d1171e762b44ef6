"""Captures whose flows are concluded by kind, each held against its own conclusion."""

from __future__ import annotations

import io

from tests.engines import Concluded, recording_engine
from tlseku.capture import open_capture
from tlseku.correlation import correlate


class Made:
    """The flows of one capture, and the conclusions that made them."""

    def __init__(self, content: bytes) -> None:
        self.conclusions = Concluded()
        with open_capture(io.BytesIO(content), "capture") as capture:
            engine = recording_engine(capture.names, self.conclusions)
            for batch in capture.batches():
                engine.feed_batch(batch)
        engine.close()
        self.flows = engine.take_ended()

    def check(self) -> int:
        """How many flows share a conclusion; each flow must be the one that is concluded by itself."""
        shared = 0
        for flow in self.flows:
            recorded = self.conclusions.recorded.get(flow.number)
            if recorded is None:
                continue
            alone = self.conclusions.by_itself(recorded)
            assert flow == alone
            assert correlate(flow) == correlate(alone)
            shared += flow.kind is not None
        return shared
