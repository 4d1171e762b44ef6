"""Which of two frames came later, also where a capture consists of several files.

Knows how a frame reference is made: the number of the frame in its file, with the index of the file above
``FRAME_BITS``; must not know files. Numbers of one file compare as they are. Files overlap or are given in any order,
so that between two of them only time decides.
"""

from __future__ import annotations

FRAME_BITS = 40
FRAME_MASK = (1 << FRAME_BITS) - 1


def is_later(frame: int, ts_ns: int, than: int, than_ts_ns: int) -> bool:
    """Whether ``frame``, captured at ``ts_ns``, came after the frame ``than``."""
    if (frame ^ than) >> FRAME_BITS:
        return ts_ns >= than_ts_ns
    return frame > than
