"""What is said of a flow, frame by frame, as values: what the plugin for Wireshark shows as fields.

Knows flows and the words of ``output.words``; must not know the plugin, nor who asks. The frames are those of the
comments (``comments``): the outcome stands at the first message and where a side refuses, a verdict where its
certificates are complete, the cause where the connection showed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tlseku.correlation import correlate
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.headlines import headline, shortened
from tlseku.output.words.hostile_text import visible


class FrameRow(NamedTuple):
    """What stands at a frame; empty text where nothing is to be said."""

    frame: int
    flow: int
    role: str = ""
    verdict: str = ""
    serial: str = ""
    eku: str = ""
    outcome: str = ""
    cause: str = ""


def frame_rows(flow: Flow) -> Iterator[FrameRow]:
    """The rows of a flow. Frames are those of the flow's own file."""
    frames = [message.frame for message in flow.messages if message.file is None]
    outcome = wording.outcome(flow)
    if frames:
        yield FrameRow(frames[0], flow.number, outcome=outcome)
    for presented in flow.presented:
        if presented.file is None:
            yield _presented(presented, flow.number)
    alerts = [alert.frame for alert in flow.alerts if alert.file is None]
    if alerts and alerts[-1] not in frames[:1]:
        yield FrameRow(alerts[-1], flow.number, outcome=outcome)
    told = headline(correlate(flow))
    if told is not None and told.frames:
        yield FrameRow(told.frames[-1], flow.number, cause=shortened(told))


def frame_line(row: FrameRow) -> str:
    """A row as a line: its values as they can be shown, parted by tabs."""
    return "\t".join(visible(str(value)) for value in row) + "\n"


def _presented(presented: Presented, number: int) -> FrameRow:
    row = FrameRow(presented.frame, number, role=presented.role, verdict=presented.verdict)
    if not presented.chain:
        return row
    leaf = presented.chain[0]
    return row._replace(serial=wording.serial(leaf), eku=", ".join(wording.purposes(leaf)))
