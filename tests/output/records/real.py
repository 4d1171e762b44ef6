"""Flows of the captures of this project, for formats that need real certificates."""

from __future__ import annotations

import functools
from pathlib import Path

import tlseku
from tlseku.flow import Flow

CAPTURES = Path(__file__).resolve().parents[3] / "captures"


@functools.cache
def flows() -> tuple[Flow, ...]:
    """One flow a capture, numbered on, in the order of the files' names."""
    names = sorted(path for path in CAPTURES.iterdir() if ".pcap" in path.name)
    return tuple(tlseku.read(*map(str, names), rule_books=()))


def flow(name: str) -> Flow:
    """The flow of one capture, such as ``scenario1``."""
    return next(each for each in flows() if Path(each.file).name.split(".")[0] == name)
