"""Which of two frames came later, also where a capture consists of several files.

Knows how a frame reference is made: the number of the frame in its file, with the index of the file above
``FRAME_BITS``; must not know files. Numbers of one file compare as they are. Files overlap or are given in any order,
so that between two of them only time decides.
"""

from __future__ import annotations

from typing import Final

FRAME_BITS: Final = 40
FRAME_MASK: Final = 0xFF_FFFF_FFFF


def is_later(frame: int, ts_ns: int, than: int, than_ts_ns: int) -> bool:
    """Whether ``frame``, captured at ``ts_ns``, came after the frame ``than``."""
    if (frame ^ than) >> FRAME_BITS:
        return ts_ns >= than_ts_ns
    return frame > than
