"""A capture read with and without recording, and what is made of its flows either way."""

from __future__ import annotations

import io
from typing import NamedTuple

from tests.engines import recording_engine
from tlseku.capture import open_capture
from tlseku.flow import Flow
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import flow_to_dict, to_json
from tlseku.output.json.templates.cached_chains import Cards
from tlseku.output.json.templates.template_writer import BriefWriter


class Outcome(NamedTuple):
    """``played`` are the lines of flows that went through streams, ``read`` those of flows read as a whole, both concluded
    in full, by number; ``brief`` the same of those that were written briefly. ``order`` is that in which they ended."""

    played: dict[int, str]
    read: dict[int, str]
    brief: dict[int, str]
    order: list[int]

    @property
    def all(self) -> dict[int, str]:
        """Every flow, concluded in full."""
        return {**self.played, **self.read}


def outcome(content: bytes, *, recording: bool = True, local: tuple[str, ...] = ()) -> Outcome:
    """Read a capture. Without ``recording`` every packet goes through streams."""
    with open_capture(io.BytesIO(content), "capture") as capture:
        engine = recording_engine(capture.names)
        if not recording:
            engine._connections.stop_recording()
        ended: list[Flow | RecordedMessages] = []
        for batch in capture.batches():
            engine.feed_batch(batch)
            ended += engine.take_ended()
        engine.close()
        ended += engine.take_ended()
    writer = BriefWriter(engine.conclude, Cards(engine.judge))
    vantage = Vantage(local)
    found = Outcome({}, {}, {}, [])
    for each in ended:
        found.order.append(each.number)
        if isinstance(each, Flow):
            found.played[each.number] = to_json(flow_to_dict(with_vantage(each, vantage)))
            continue
        found.read[each.number] = to_json(flow_to_dict(with_vantage(engine.conclude(each), vantage)))
        brief = writer.write(each, vantage)
        if brief is not None:
            found.brief[each.number] = brief.line.decode("ascii").removesuffix("\n")
    return found
