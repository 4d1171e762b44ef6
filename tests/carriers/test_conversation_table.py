"""Conversations that are kept: in the order of what was heard last, within bounds, until silence or an end."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tlseku.carriers import conversation_table
from tlseku.carriers.carrier import IDLE_NS
from tlseku.carriers.conversation_table import ConversationTable


@dataclass(eq=False)
class Talk:
    name: str
    last_frame: int = 0
    last_ts: int = 0
    waiting: int = 0
    ends: list[tuple[str, int, int]] = field(default_factory=list)

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        self.ends.append((how, frame, ts_ns))


def table_of(*names: str) -> tuple[ConversationTable[Talk], list[Talk], list[str]]:
    """A table in which the conversations were heard one after the other, and the names of those that it forgot."""
    forgotten: list[str] = []
    table = ConversationTable[Talk]("Some", lambda talk: forgotten.append(talk.name))
    talks = [Talk(name) for name in names]
    for number, talk in enumerate(talks, 1):
        table.heard(talk, number, number)
    return table, talks, forgotten


def test_an_end_is_told_and_forgets() -> None:
    table, (one, other), forgotten = table_of("one", "other")
    table.end(one, "fin", 7, 70)
    assert (one.ends, other.ends, forgotten) == ([("fin", 7, 70)], [], ["one"])
    table.close(9, 90)
    assert (other.ends, forgotten) == ([("capture", 9, 90)], ["one", "other"])
    assert table.limits == {}


def test_silence_ends_what_was_heard_first() -> None:
    table, (one, other, third), forgotten = table_of("one", "other", "third")
    table.heard(one, 4, 4)
    table.advance(IDLE_NS + 2)
    assert forgotten == []
    table.advance(IDLE_NS + 3)
    assert (forgotten, other.ends) == (["other"], [("idle", 2, 2)])
    table.advance(IDLE_NS + 5)
    assert (forgotten, third.ends, one.ends) == (
        ["other", "third", "one"],
        [("idle", 3, 3)],
        [("idle", 4, 4)],
    )


def test_time_that_goes_back_makes_nothing_older() -> None:
    table, (one,), forgotten = table_of("one")
    table.heard(one, 2, 100)
    table.heard(one, 3, 50)
    assert (one.last_frame, one.last_ts) == (3, 100)
    table.advance(IDLE_NS + 100)
    assert forgotten == []


def test_too_many_end_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_table, "MAX_CONVERSATIONS", 2)
    table, (one, other), forgotten = table_of("one", "other")
    table.heard(one, 3, 3)
    table.heard(Talk("third"), 4, 4)
    assert (forgotten, other.ends) == (["other"], [("evicted", 4, 4)])
    assert table.limits == {"Some MAX_CONVERSATIONS": 1}


def test_bytes_that_wait_are_counted_as_they_were_heard_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_table, "MAX_WAITING_BYTES", 100)
    table, (one, other), forgotten = table_of("one", "other")
    one.waiting = 60
    table.heard(one, 3, 3)
    other.waiting = 40
    table.heard(other, 4, 4)
    assert forgotten == []
    one.waiting = 10
    table.heard(one, 5, 5)
    other.waiting = 90
    table.heard(other, 6, 6)
    assert forgotten == []
    other.waiting = 91
    table.heard(other, 7, 7)
    assert (forgotten, one.ends, table.limits) == (
        ["one"],
        [("evicted", 7, 7)],
        {"Some MAX_WAITING_BYTES": 1},
    )


def test_one_that_alone_keeps_too_much_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_table, "MAX_WAITING_BYTES", 100)
    table, (one,), forgotten = table_of("one")
    one.waiting = 101
    table.heard(one, 2, 2)
    assert (forgotten, table.limits) == (["one"], {"Some MAX_WAITING_BYTES": 1})
    table.heard(Talk("other", waiting=100), 3, 3)
    assert forgotten == ["one"]
