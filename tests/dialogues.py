"""Dialogues given to the analyzer as bytes already in order, and the one flow that comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.wire import CLIENT, SERVER, START, Frame
from tlseku import Analyzer
from tlseku.events import Event, FlowEnded
from tlseku.flow import Flow

C, S = 0, 1


def ended(events: Iterable[Event]) -> list[Flow]:
    """The final flows among events."""
    return [event.flow for event in events if isinstance(event, FlowEnded)]


def flows_of(turns: Sequence[tuple[int, bytes]], *, end: bool = True, size: int | None = None) -> list[Flow]:
    """The flows of one dialogue of (side, bytes) turns, cut into pieces of ``size`` bytes if given."""
    analyzer = Analyzer()
    events: list[Event] = []
    ends = (CLIENT, SERVER)
    ts = START
    for side, data in turns:
        for at in range(0, len(data), size or max(len(data), 1)):
            ts += 1000
            piece = data[at : at + (size or len(data))]
            events += analyzer.feed_stream(ts, ends[side], ends[1 - side], piece)
    if end:
        events += analyzer.feed_stream(ts + 1000, CLIENT, SERVER, b"", end=True)
    return ended([*events, *analyzer.close()])


def flow_of(*turns: tuple[int, bytes], end: bool = True) -> Flow:
    """The only flow of one dialogue; ``end`` says that the connection is closed, else the capture ends."""
    (flow,) = flows_of(turns, end=end)
    return flow


def flows_in(frames: Iterable[Frame], linktype: int = 1) -> list[Flow]:
    """The flows in frames, in the order of their numbers."""
    analyzer = Analyzer(only_ends=True)
    events: list[Event] = []
    for frame in frames:
        events += analyzer.feed(frame.ts_ns, linktype, frame.data, frame.original_length)
    return sorted(ended([*events, *analyzer.close()]), key=lambda flow: flow.number)
