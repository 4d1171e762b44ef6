"""Engines as the tests need them: with the rule-books that ship, and directions unknown."""

from __future__ import annotations

from tlseku.flow import Flow
from tlseku.handshake.conclusions import Conclusions
from tlseku.handshake.engine import Engine
from tlseku.handshake.evaluation import new_judge
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage, VantageFinder


class Concluded(Conclusions):
    """Conclusions that remember what they were made of: ``recorded`` by the number of the flow."""

    def __init__(self) -> None:
        super().__init__(new_judge())
        self.recorded: dict[int, RecordedMessages] = {}

    def flow(self, recorded: RecordedMessages, vantage: Vantage) -> Flow:
        """The flow, as ever."""
        self.recorded[recorded.number] = recorded
        return super().flow(recorded, vantage)


def new_engine(
    files: tuple[str, ...] = ("",),
    *,
    only_ends: bool = False,
    keep_flows: bool = False,
    conclusions: Conclusions | None = None,
    local: tuple[str, ...] = (),
) -> Engine:
    """An engine; with ``only_ends`` it records connections of batches, as that of a scan does."""
    return Engine(
        new_judge(),
        Vantage(local),
        VantageFinder(),
        files=files,
        only_ends=only_ends,
        keep_flows=keep_flows,
        conclusions=conclusions,
    )


def recording_engine(
    files: tuple[str, ...] = ("",), conclusions: Conclusions | None = None, local: tuple[str, ...] = ()
) -> Engine:
    """An engine as a scan has it."""
    return new_engine(files, only_ends=True, keep_flows=True, conclusions=conclusions, local=local)
