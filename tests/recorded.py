"""A capture read with and without recording, and what is made of its flows either way."""

from __future__ import annotations

import io
from typing import NamedTuple

from tests.engines import Concluded, recording_engine
from tlseku.capture import open_capture
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import flow_to_dict, to_json


class Outcome(NamedTuple):
    """``played`` are the objects of flows that went through streams, ``read`` those of flows read as a whole, each
    concluded by itself, by number; ``by_kind`` the same of those that share the conclusion of their kind. ``order`` is
    that in which they ended."""

    played: dict[int, str]
    read: dict[int, str]
    by_kind: dict[int, str]
    order: list[int]

    @property
    def all(self) -> dict[int, str]:
        """Every flow, concluded by itself."""
        return {**self.played, **self.read}


def text(flow: Flow) -> str:
    """All that is said of a flow."""
    return to_json(flow_to_dict(flow))


def outcome(content: bytes, *, recording: bool = True, local: tuple[str, ...] = ()) -> Outcome:
    """Read a capture. Without ``recording`` every packet goes through streams."""
    conclusions = Concluded()
    if recording:
        # So that few are the first of their kind.
        _ended(content, conclusions, recording, local)
    ended = _ended(content, conclusions, recording, local)
    found = Outcome({}, {}, {}, [])
    for each in ended:
        found.order.append(each.number)
        recorded = conclusions.recorded.pop(each.number, None)
        if recorded is None:
            found.played[each.number] = text(each)
            continue
        found.read[each.number] = text(with_vantage(conclusions.by_itself(recorded), Vantage(local)))
        if each.kind is not None:
            found.by_kind[each.number] = text(each)
    return found


def _ended(content: bytes, conclusions: Concluded, recording: bool, local: tuple[str, ...]) -> list[Flow]:
    ended: list[Flow] = []
    with open_capture(io.BytesIO(content), "capture") as capture:
        engine = recording_engine(capture.names, conclusions, local)
        if not recording:
            engine._connections.stop_recording()
        for batch in capture.batches():
            engine.feed_batch(batch)
            ended += engine.take_ended()
        engine.close()
        return ended + engine.take_ended()
