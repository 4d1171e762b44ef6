"""What was written, in numbers, and where it goes.

Knows counts and the one method of a file that writing needs; must not know formats.
"""

from __future__ import annotations

from typing import Protocol

from tlseku._objects import frozen
from tlseku.flow import Summary


class Writable(Protocol):
    """An open binary file."""

    def write(self, data: bytes, /) -> object:
        """Take all of ``data``."""
        ...


@frozen
class Written:
    """``flows`` that were chosen and ``packets`` that were written of them; ``comments`` put on packets.

    ``left_out`` counts packets that belonged here and could not be written (an address may hide in them), and comments
    beyond ``comment_store.MAX_COMMENTS``; ``without_room`` comments on packets that have no room for one (Simple Packet
    Blocks). ``summary`` and ``warnings`` are those of the reading.
    """

    flows: int
    packets: int
    comments: int
    left_out: int
    without_room: int
    summary: Summary
    warnings: tuple[str, ...]
