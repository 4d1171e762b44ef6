"""A block of a log parted in front of each line that may begin an event, without a look at the others.

Knows that an event's line begins with a date or is not indented and has a key with its quote; must not know whether it
is one. Most lines of a log are those of SIP bodies, which one search passes over at once.
"""

from __future__ import annotations

import re

# \s is what str.isspace says; the first line of a block is not asked.
_BETWEEN = re.compile(r'\n(?=[0-9]{4}-[0-9]{2}-[0-9]{2}T|(?!\s)[^\n]*=")')


def parted(text: str) -> list[str]:
    """The lines of ``text`` from one that may begin an event up to the next, LF between them: at least one part, and
    of the first nobody knows whether it begins so. Takes a time that is linear in the size of the block."""
    return _BETWEEN.split(text)
