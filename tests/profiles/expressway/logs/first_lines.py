"""Which lines of a log begin an event, a line at a time: what the reader finds in blocks."""

from __future__ import annotations

from tlseku.profiles.expressway.logs.log_fields import has_starting_key, prefix_of


def starts_event(line: str) -> bool:
    """Whether a line begins an event rather than going on with the one before: not indented, and with a prefix or at
    least one of the keys that events have."""
    if not line or line[0].isspace():
        return False
    return prefix_of(line) is not None or has_starting_key(line)
