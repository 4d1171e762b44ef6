"""Engines as the tests need them: with the rule-books that ship, and directions unknown."""

from __future__ import annotations

from tlseku.handshake.engine import Engine
from tlseku.handshake.evaluation import new_judge
from tlseku.handshake.vantage import Vantage, VantageFinder


def new_engine(
    files: tuple[str, ...] = ("",), *, only_ends: bool = False, keep_recorded: bool = False
) -> Engine:
    """An engine; with ``only_ends`` it records connections of batches, as that of a scan does."""
    return Engine(
        new_judge(), Vantage(), VantageFinder(), files=files, only_ends=only_ends, keep_recorded=keep_recorded
    )


def recording_engine(files: tuple[str, ...] = ("",)) -> Engine:
    """An engine as a scan has it: what ended is handed on as it was recorded."""
    return new_engine(files, only_ends=True, keep_recorded=True)
