"""Captures whose flows are concluded by kind, each held against its own conclusion."""

from __future__ import annotations

import io

from tests.engines import Concluded, recording_engine
from tlseku.capture import open_capture
from tlseku.correlation import correlate
from tlseku.flow import Flow


class Made:
    """The flows of one capture, and the conclusions that made them: as if the same had been seen before, so that none
    is the first of its kind, nor of those with the same explanation."""

    def __init__(self, content: bytes) -> None:
        self.conclusions = Concluded()
        self._read(content)
        self._read(content)
        self.flows = self._read(content)

    def _read(self, content: bytes) -> list[Flow]:
        with open_capture(io.BytesIO(content), "capture") as capture:
            engine = recording_engine(capture.names, self.conclusions)
            for batch in capture.batches():
                engine.feed_batch(batch)
        engine.close()
        return engine.take_ended()

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
