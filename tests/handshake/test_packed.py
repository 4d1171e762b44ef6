"""What connections said, packed and unpacked after each few packets, tells the same flows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines import new_engine
from tlseku.capture import open_capture
from tlseku.flow import Flow
from tlseku.network.tcp.compressor import Compressor

CAPTURES = sorted((Path(__file__).parents[2] / "captures").glob("*.pcap*"))


def read(capture: Path, step: int, compressor: Compressor | None) -> list[Flow]:
    """The flows, everything packed after each ``step`` packets where there is a compressor."""
    flows: list[Flow] = []
    with open_capture(capture) as opened:
        engine = new_engine(opened.names, only_ends=True, keep_flows=True)
        for batch in opened.batches():
            for at in range(0, len(batch.starts), step):
                part = batch.starts[at : at + step]
                engine.feed_batch(batch._replace(starts=part, first_number=batch.first_number + at))
                flows += engine.take_ended()
                for connection in engine.connections if compressor is not None else ():
                    connection.pack(compressor)  # type: ignore[arg-type]  # there is one
        engine.close()
        return flows + engine.take_ended()


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture.name)
@pytest.mark.parametrize("step", [1, 5])
def test_flows_are_the_same(capture: Path, step: int) -> None:
    assert read(capture, step, Compressor()) == read(capture, step, None)
