"""The messages of a flow as what many flows have in common, and numbers.

Knows messages; must not know records. Which messages came in which order, by whom, repeats from flow to flow: that is
their outline. Frames and times are a flow's own, and become small numbers when they are counted from the message
before.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, cast

from tlseku.encoding.trees import Tree, UnknownTree
from tlseku.flow import Message, Role

MESSAGES: Final = -1
"""Stands in the tree of a flow for its messages, as the number of a part does for that."""

MAX_OUTLINES: Final = 1024
"""That are kept, so that each is one object: a part of a record is known by its identity."""

_Constant = tuple[Role, str, int, "str | None", bool, int]
Outline = tuple[_Constant, ...]

_outlines: dict[Outline, Outline] = {}


def told_messages(messages: Sequence[Message]) -> tuple[Outline, Tree]:
    """The outline of messages, and their numbers."""
    outline: list[_Constant] = []
    numbers: list[int] = []
    frame = ts = 0
    for each in messages:
        frames = each.frames
        outline.append((each.role, each.kind, each.type, each.file, each.decrypted, len(frames)))
        numbers.append(each.frame - frame)
        numbers.append(each.ts - ts)
        frame, ts = each.frame, each.ts
        for one in frames:
            numbers.append(one - frame)
    told = tuple(outline)
    known = _outlines.get(told)
    if known is None:
        if len(_outlines) >= MAX_OUTLINES:
            _outlines.clear()
        known = _outlines[told] = told
    return known, _packed(numbers)


def read_messages(outline: Sequence[Sequence[object]], numbers: Tree) -> tuple[Message, ...]:
    """The messages again. Raises UnknownTree, ValueError or TypeError for what ``told_messages`` did not make."""
    left = iter(_unpacked(numbers))
    found: list[Message] = []
    frame = ts = 0
    try:
        for told in outline:
            role, kind, number, file, decrypted, count = cast(_Constant, tuple(told))
            frame += next(left)
            ts += next(left)
            frames = tuple([frame + next(left) for _ in range(count)])
            found.append(Message(frame, role, kind, number, ts, frames, file, decrypted))
    except StopIteration:
        raise UnknownTree(numbers) from None
    return tuple(found)


def _packed(numbers: Sequence[int]) -> Tree:
    """The first two, which are counted from nothing, and the others in four bytes each, if they are as small."""
    try:
        return (*numbers[:2], struct.pack(f"<{max(0, len(numbers) - 2)}i", *numbers[2:]))
    except struct.error:
        return tuple(numbers)


def _unpacked(numbers: Tree) -> list[int]:
    if not isinstance(numbers, tuple | list):
        raise UnknownTree(numbers)
    found = list(numbers)
    last = found[-1] if found else None
    if isinstance(last, bytes):
        if len(last) % 4:
            raise UnknownTree(numbers)
        found[-1:] = struct.unpack(f"<{len(last) // 4}i", last)
    return cast("list[int]", found)
