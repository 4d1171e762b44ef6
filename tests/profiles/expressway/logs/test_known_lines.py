"""``tlseku.profiles.expressway.logs.known_lines``: layouts that come again, within bounds. ``test_candidates`` holds what is
read against a reader that looks at each line."""

from __future__ import annotations

import pytest

from tlseku.profiles.expressway.logs import known_lines
from tlseku.profiles.expressway.logs.known_lines import Begun, KnownLines

PREFIX = "2026-03-24T11:54:26.106+00:00 edge tvcs: "


def begun(known: KnownLines, line: str, number: int = 1) -> Begun | None:
    return known.begun(line, line.split('"'), number, 0)


def test_lines_of_a_layout_differ_in_time_and_values() -> None:
    known = KnownLines()
    found = [
        begun(known, f'2026-03-24T11:54:2{at}.106Z edge tvcs: Event="{at}" Detail="d"', at) for at in (1, 2)
    ]
    events = [one.event() for one in found if one is not None]
    assert [(one.line, one.get("Event"), one.host, one.keys) for one in events] == [
        (1, "1", "edge", ("event", "detail")),
        (2, "2", "edge", ("event", "detail")),
    ]
    assert [one.time for one in events] == [1_774_353_261_106_000_000, 1_774_353_262_106_000_000]


@pytest.mark.parametrize(
    "line",
    [
        "",
        'Event="x"',
        PREFIX + 'Event="x',
        PREFIX + r'Event="x\"y"',
        PREFIX + 'Event="x" Event="y"',
        "2026-03-24T11:54:26.106 edge tvcs: " + 'Event="x"',
        PREFIX + f'Event="{"x" * 2000}"',
        PREFIX + 'Event="x" 11:54:26',
    ],
)
def test_what_takes_a_closer_look(line: str) -> None:
    assert begun(KnownLines(), line) is None


@pytest.mark.parametrize(
    ("second", "goes_on"),
    [
        ('Detail="d" Level="1"', True),
        ('Detail="d" and words', True),
        ('and Detail="d"', False),
        ('Event="y"', False),
        ("words", False),
        ('Detail="d', False),
        (r'Detail="\""', False),
        (f'Detail="{"x" * 2000}"', False),
    ],
)
def test_a_line_that_goes_on(second: str, goes_on: bool) -> None:
    known = KnownLines()
    # The second time it is remembered.
    for _ in range(2):
        first = begun(known, PREFIX + 'Event="x"  ')
        assert first is not None
        assert known.goes_on(first, second, second.split('"'), 3) is goes_on
        assert first.text == PREFIX + ('Event="x" ' + second if goes_on else 'Event="x"  ')
        event = first.event()
        assert (event.get("Event"), event.get("Detail")) == ("x", "d" if goes_on else None)
        assert event.continuation_lines == (3 if goes_on else 0)


def test_layouts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_lines, "_MOST", 8)
    known = KnownLines()
    for at in range(100):
        first = begun(known, PREFIX + f'Event="x" k{at}="y"')
        assert first is not None
        second = f'z{at}="z"'
        assert known.goes_on(first, second, second.split('"'), 0) in (True, False)
        kept = known._layouts.values()
        assert sum(1 + len(each.followed) for each in kept) <= 8
