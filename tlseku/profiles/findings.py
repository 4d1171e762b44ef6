"""What a profile finds: a level, rules, who it is about, and the frames that it rests on.

Knows plain values and flows; must not know profiles or products.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tlseku._objects import frozen, short
from tlseku.flow import Flow, Message, Presented, Request
from tlseku.output.words import wording

FindingLevel = Literal["wrong", "caution", "open", "fine"]
FINDING_LEVELS: Mapping[FindingLevel, str] = {
    "wrong": "a connection breaks, or will under the rule-book",
    "caution": "works, but somebody should know",
    "open": "the capture or the rule-book does not tell",
    "fine": "as it should be",
}
"""How bad a finding is, worst first, and what each word means."""


class Place(NamedTuple):
    """A frame of a file that a finding rests on, and the number of its flow."""

    file: str
    frame: int
    flow: int

    @classmethod
    def of(cls, flow: Flow, said: Presented | Request | Message) -> Place:
        """Where a flow says something."""
        return cls(flow.file if said.file is None else said.file, said.frame, flow.number)

    @classmethod
    def first(cls, flow: Flow) -> Place:
        """Where a flow begins to say something."""
        return cls.of(flow, flow.messages[0]) if flow.messages else cls(flow.file, 1, flow.number)


def client_of(flow: Flow) -> str:
    """Who presents to whom; the client's port changes with each connection."""
    return f"client {flow.client.ip} of {wording.endpoint(flow.server)}"


@short
@frozen
class ProfileFinding:
    """One thing to know about ``who``, a client or server by address. ``rules`` are ids of the profile's statements;
    ``to_do`` is ``None`` where nothing is to be done."""

    level: FindingLevel
    rules: tuple[str, ...]
    who: str
    text: str
    to_do: str | None
    evidence: tuple[Place, ...]
