"""``tlseku.profiles.expressway.logs.log_fields``: lines cut into events. Every line here is synthetic, after the public samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles.expressway.logs.first_lines import starts_event
from tlseku.profiles.expressway.logs.log_fields import Piece, moment, pieces_of

PREFIX = "2026-03-24T11:54:26.106+00:00 smartslave tvcs: "
AT = 1_774_353_266_106_000_000


def piece(*pairs: tuple[str, str], text: str = "", unclosed: bool = False) -> Piece:
    return Piece(AT, "smartslave", "tvcs", pairs, text, unclosed)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (PREFIX + 'Event="x" Level="1"', [piece(("Event", "x"), ("Level", "1"))]),
        (PREFIX + 'a="" b=""', [piece(("a", ""), ("b", ""))]),
        (PREFIX + 'Level="DEBUG":  Action="Sent"', [piece(("Level", "DEBUG"), ("Action", "Sent"))]),
        (PREFIX + r'Detail="a \"b\" c\\d"', [piece(("Detail", r'a "b" c\d'))]),
        (PREFIX + r'Detail="C:\temp"', [piece(("Detail", r"C:\temp"))]),
        (PREFIX + 'a="x=y" b="c=\'d\'"', [piece(("a", "x=y"), ("b", "c='d'"))]),
        (PREFIX + 'k="a: b, c"; l="d"', [piece(("k", "a: b, c"), ("l", "d"), text=";")]),
        (PREFIX + "nothing in it", [piece(text="nothing in it")]),
        (
            PREFIX + 'T="1": doIt: Failed to do it n="-1"',
            [piece(("T", "1"), ("n", "-1"), text="doIt: Failed to do it")],
        ),
        (PREFIX + 'Detail="never closed', [piece(("Detail", "never closed"), unclosed=True)]),
        (PREFIX + 'Detail="never closed\\', [piece(("Detail", "never closed"), unclosed=True)]),
        (
            PREFIX + 'Event="a" UTCTime="1" Event="b" UTCTime="2"',
            [piece(("Event", "a"), ("UTCTime", "1")), piece(("Event", "b"), ("UTCTime", "2"))],
        ),
        (
            PREFIX + 'UTCTime="1" Module="m" x="1" utctime="2" module="n" x="2"',
            [
                piece(("UTCTime", "1"), ("Module", "m"), ("x", "1")),
                piece(("utctime", "2"), ("module", "n"), ("x", "2")),
            ],
        ),
        (
            PREFIX + 'Event="a" 2026-03-24T11:54:26.106+00:00 smartslave tvcs: Event="b"',
            [piece(("Event", "a")), piece(("Event", "b"))],
        ),
        (
            PREFIX + 'Event="a" Detail="see 2026-03-24T11:54:26.106+00:00 x tvcs: Event=\\"b\\""',
            [piece(("Event", "a"), ("Detail", 'see 2026-03-24T11:54:26.106+00:00 x tvcs: Event="b"'))],
        ),
        (PREFIX + 'x="1" x="2"', [piece(("x", "1"), ("x", "2"))]),
        ('Event="a"', [Piece(None, None, None, (("Event", "a"),), "", False)]),
        ('2026-03-24T11:54:26.106+00:00 tvcs: a="1"', [Piece(AT, None, "tvcs", (("a", "1"),), "", False)]),
        ("2026-03-24T11:54:26.106+00:00 h ssh[123]: x", [Piece(AT, "h", "ssh", (), "x", False)]),
        (
            "2026-03-24T11:54:26.106+00:00 h words without a process",
            [Piece(AT, "h", None, (), "words without a process", False)],
        ),
        ("2026-03-24T17:24:26.106+05:30 h p: x", [Piece(AT, "h", "p", (), "x", False)]),
        ("2026-03-24T04:54:26.106-0700 h p: x", [Piece(AT, "h", "p", (), "x", False)]),
        ("2026-03-24T11:54:26,106Z h p: x", [Piece(AT, "h", "p", (), "x", False)]),
        ("2026-03-24T11:54:26.106 h p: x", [Piece(None, "h", "p", (), "x", False)]),
        ("2026-13-24T11:54:26.106+00:00 h p: x", [Piece(None, "h", "p", (), "x", False)]),
        (
            'Line 190: 2026-03-24T11:54:26.106+00:00 h tvcs: UTCTime="1"',
            [Piece(AT, "h", "tvcs", (("UTCTime", "1"),), "Line 190:", False)],
        ),
        (
            '<166> 2026-03-24T11:54:26.106Z h tvcs: tvcs: UTCTime="1"',
            [Piece(AT, "h", "tvcs", (("UTCTime", "1"),), "<166> tvcs:", False)],
        ),
        ("", [Piece(None, None, None, (), "", False)]),
    ],
)
def test_pieces(line: str, expected: list[Piece]) -> None:
    found = list(pieces_of(line))
    assert [one._replace(keys=()) for one in found] == expected
    assert [one.keys for one in found] == [tuple(key.lower() for key, _ in one.pairs) for one in expected]


@pytest.mark.parametrize(
    "line",
    [
        PREFIX,
        PREFIX + "x",
        "2026-03-24T11:54:26 h p: x",
        'Event="x"',
        'tvcs: UTCTime="x"',
        'x="1" MODULE="y"',
        'Action="Sent"',
    ],
)
def test_starts_an_event(line: str) -> None:
    assert starts_event(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        " " + PREFIX + 'Event="x"',
        "\t" + PREFIX,
        "|INVITE sip:x SIP/2.0",
        'Detail="x"',
        'x="Event=\\"y\\""',
        "Event=x",
        "on 2026-03-24T11:54:26.106+00:00 it happened",
        "Via: SIP/2.0/TLS 10.0.0.1:5061",
    ],
)
def test_goes_on_with_the_event_before(line: str) -> None:
    assert not starts_event(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01 00:00:00,000", 0),
        ("2026-03-24 11:54:26,106", AT),
        ("2026-03-24T11:54:26.106", AT),
        ("2026-03-24 11:54:26", AT - 106_000_000),
        ("2026-03-24 11:54:26,1", AT - 6_000_000),
        ("2026-03-24 11:54:26,106000001", AT + 1),
        (" 2026-03-24 11:54:26,106 ", AT),
        ("2024-02-29 00:00:00", 1_709_164_800_000_000_000),
        ("2016-12-31 23:59:60", 1_483_228_800_000_000_000),
        ("1969-12-31 23:59:59,5", -500_000_000),
    ],
)
def test_moments(text: str, expected: int) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-24",
        "11:54:26",
        "2026-02-30 11:54:26",
        "2026-00-01 11:54:26",
        "0000-01-01 11:54:26",
        "2026-03-24 24:00:00",
        "2026-03-24 11:60:00",
        "2026-03-24 11:54:61",
        "2026-03-24 11:54:26,",
        "2026-03-24 11:54:26,1234567890",
        "2026-03-24 11:54:26 PM",
        "\u0662026-03-24 11:54:26",
    ],
)
def test_no_moments(text: str) -> None:
    assert moment(text) is None


keys = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,10}", fullmatch=True).filter(
    lambda key: key.lower() not in ("event", "utctime", "module", "action")
)
values = st.text(st.characters(blacklist_characters="\n", blacklist_categories=("Cs",)), max_size=20)  # type: ignore[arg-type]


@given(st.lists(st.tuples(keys, values), max_size=6))
def test_what_is_written_is_read(pairs: list[tuple[str, str]]) -> None:
    def quoted(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"')

    line = PREFIX + " ".join(f'{key}="{quoted(value)}"' for key, value in pairs)
    assert [one._replace(keys=()) for one in pieces_of(line)] == [piece(*pairs)]


@given(st.text())
def test_any_text_is_cut_into_one_piece_at_least(line: str) -> None:
    assert len(list(pieces_of(line))) >= 1
    starts_event(line)
