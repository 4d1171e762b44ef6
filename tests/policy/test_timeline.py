"""``tlseku.policy.timeline``: the table that ships, and tables that users bring."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import TableError
from tlseku.policy import timeline as policy_timeline
from tlseku.policy.timeline import (
    LARGEST_TABLE,
    SHIPPED,
    Entry,
    Timeline,
    load_timeline,
    read_timeline,
    shipped_timeline,
)

HEAD = 'schema = "tlseku/timeline/1"\nas_of = 2026-01-31\n'
ENTRY = """
[[entry]]
id = "a"
who = "A CA"
kind = "ca"
organisations = ["A Inc"]
applies_to = "public"
effect = "ended"
from = 2026-05-01
what = "It ends."
source = "https://a.example"
as_of = 2026-01-30
"""


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_a_file(tmp_path: Path, before: bytes) -> None:
    file = tmp_path / "t.toml"
    file.write_bytes(before + (HEAD + ENTRY).encode())
    assert load_timeline(file) == read_timeline(HEAD + ENTRY, str(file))
    assert load_timeline() == shipped_timeline()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot open it: No such file or directory"),
        (b"a\xff", "not UTF-8 at byte 1"),
        ("ü".encode("utf-16"), "not UTF-8 at byte 0"),
        (bytes(11), "more than 10 bytes"),
    ],
)
def test_a_file_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, problem: str
) -> None:
    monkeypatch.setattr(policy_timeline, "LARGEST_FILE", 10)
    file = tmp_path / "t.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TableError) as caught:
        load_timeline(str(file))
    assert str(caught.value) == f"{file}: {problem}"


def test_a_table() -> None:
    timeline = read_timeline(HEAD + ENTRY, "t.toml")
    entry = Entry(
        id="a",
        who="A CA",
        kind="ca",
        applies_to="public",
        effect="ended",
        what="It ends.",
        source="https://a.example",
        as_of=date(2026, 1, 30),
        start=date(2026, 5, 1),
        organisations=("A Inc",),
    )
    assert timeline == Timeline("t.toml", date(2026, 1, 31), {"a": entry})


def other(text: str, **changes: str) -> str:
    for old, new in changes.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return text


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "entry = []\n",
        HEAD + ENTRY + 'precision = "month"\n',
        HEAD + ENTRY + 'superseded_by = "b"\n' + other(ENTRY, a="b"),
        HEAD + ENTRY + 'conflicts_with = ["b"]\n' + other(ENTRY, a="b") + 'conflicts_with = ["a"]\n',
        HEAD + ENTRY.replace("from = 2026-05-01\n", "").replace('"ca"', '"rule"'),
        HEAD + ENTRY.replace('organisations = ["A Inc"]\n', "").replace('"ca"', '"root program"'),
        HEAD + ENTRY.replace('"ca"', '"vendor statement"'),
        HEAD + ENTRY.replace('"public"', '"private"').replace('"ended"', '"not affected"'),
    ],
)
def test_tables_that_can_be_used(text: str) -> None:
    assert read_timeline(text, "t").as_of == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "schema is missing"),
        ("= 1", "not TOML: Invalid statement (at line 1, column 1)"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("#" * (LARGEST_TABLE + 1), "more than 250,000 characters"),
        (HEAD.replace("/1", "/2") + ENTRY, 'schema must be "tlseku/timeline/1"'),
        (HEAD.replace("2026-01-31", '"2026-01-31"') + ENTRY, "as_of is not a date, written as 2027-03-15"),
        (HEAD.replace("2026-01-31", "2026-01-31T00:00:00Z") + ENTRY, "as_of is not a date without a time"),
        (HEAD, "entry is missing"),
        (HEAD + "entry = 1", "entry is not a list"),
        (HEAD + "entry = [1]", "entry 1 is not a table"),
        (HEAD + "more = 1\n" + ENTRY, "unknown key 'more'"),
        (HEAD + ENTRY + "more = 1", "entry 1: unknown key 'more'"),
        (HEAD + ENTRY + ENTRY, "entry 2: id 'a' is there already"),
        (HEAD + ENTRY.replace('id = "a"', "id = 7"), "entry 1: id is not a text"),
        (HEAD + ENTRY.replace('id = "a"', 'id = " "'), "entry 1: id is empty"),
        (HEAD + ENTRY.replace("from = 2026-05-01\n", ""), "entry 1: from is missing"),
        (HEAD + ENTRY.replace('organisations = ["A Inc"]\n', ""), "entry 1: organisations is missing"),
        (HEAD + ENTRY.replace('["A Inc"]', "[]"), "entry 1: organisations is not a list of texts"),
        (HEAD + ENTRY.replace('["A Inc"]', "[1]"), "entry 1: organisations is not a list of texts"),
        (
            HEAD + ENTRY.replace('"ended"', '"over"'),
            "entry 1: effect 'over' is not one of default off, ended, ca only, not affected",
        ),
        (HEAD + ENTRY.replace('"ca"', '"CA"'), "entry 1: kind 'CA' is not one of root program, ca, "),
        (HEAD + ENTRY + 'precision = "year"', "entry 1: precision 'year' is not one of day, week, month"),
        (HEAD + ENTRY + 'superseded_by = "b"', "'a' refers to 'b', which is no other entry"),
        (HEAD + ENTRY + 'superseded_by = "a"', "'a' refers to 'a', which is no other entry"),
        (HEAD + ENTRY + 'conflicts_with = ["b"]', "'a' refers to 'b', which is no other entry"),
        (
            HEAD + ENTRY + 'conflicts_with = ["b"]' + other(ENTRY, a="b"),
            "'a' conflicts with 'b', but not the other way round",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_tables_that_cannot_be_used(text: str, problem: str) -> None:
    with pytest.raises(TableError) as caught:
        read_timeline(text, "t.toml")
    assert str(caught.value).startswith("t.toml: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    with pytest.raises(TableError):
        read_timeline(text, "t")


def test_damaged_tables(seeded: random.Random) -> None:
    good = HEAD + ENTRY
    for _ in range(1500):
        damaged = list(good)
        for _ in range(seeded.randrange(1, 4)):
            damaged[seeded.randrange(len(damaged))] = chr(seeded.choice([*range(32, 127), 10, 0, 0x2028]))
        try:
            read_timeline("".join(damaged), "t")
        except TableError as error:
            assert "\n" not in str(error)  # noqa: PT017


SHIPPED_DATES = {
    "P1": None,
    "P2-default": "2025-10-01",
    "P2-stop": "2026-05-01",
    "P2-chrome": "2026-06-01",
    "P3-leaf-1.7": "2026-06-15",
    "P3-ca": "2026-06-15",
    "P3-leaf": "2027-03-15",
    "P4": None,
    "P5-letsencrypt-default": "2026-02-11",
    "P5-letsencrypt": "2026-07-08",
    "P5-gts": "2026-04-13",
    "P5-digicert": "2027-03-01",
    "P5-sectigo-2026": "2026-05-15",
    "P5-sectigo-2027": "2027-02-10",
    "P5-certum": "2026-05-15",
    "P5-trustico": "2026-10-31",
    "P5-webex": "2027-02-01",
    "P6-expressway": "2027-03-01",
    "P6-cucm": "2027-03-01",
    "P6-cube": "2027-03-01",
    "P6-contact-centre": "2027-03-01",
    "P6-ise": "2026-05-01",
    "P7-both-identrust": None,
    "P7-both-digicert": None,
    "P7-client-identrust": None,
    "P7-client-digicert": None,
    "P7-server-identrust": None,
    "P7-server-digicert": None,
}


def test_the_table_that_ships() -> None:
    timeline = shipped_timeline()
    assert timeline.name == SHIPPED
    found = {
        name: None if entry.start is None else entry.start.isoformat()
        for name, entry in timeline.entries.items()
    }
    assert found == SHIPPED_DATES
    assert {name for name, entry in timeline.entries.items() if entry.superseded_by is not None} == {
        "P2-stop",
        "P2-chrome",
        "P3-leaf-1.7",
    }
    assert [(one.start.isoformat(), one.days) for one in timeline.validities] == [
        ("2020-09-01", 398),
        ("2026-03-15", 200),
        ("2027-03-15", 100),
    ]
    assert timeline.entries["P5-sectigo-2026"].conflicts_with == ("P5-sectigo-2027",)
    assert all(entry.source and entry.as_of <= timeline.as_of for entry in timeline.entries.values())
    assert [name for name, entry in timeline.entries.items() if entry.applies_to == "private"] == ["P4"]


@pytest.mark.parametrize(
    ("day", "days"),
    [
        ("2020-08-31", None),
        ("2020-09-01", 398),
        ("2026-03-14", 398),
        ("2026-03-15", 200),
        ("2030-01-01", 100),
    ],
)
def test_longest_validity(day: str, days: int | None) -> None:
    found = shipped_timeline().longest_validity(date.fromisoformat(day))
    assert (None if found is None else found.days) == days


@pytest.mark.parametrize(
    "row",
    [
        "days = 1",
        "from = 2026-01-01\ndays = 0",
        "from = 2026-01-01\ndays = true",
        'from = 2026-01-01\ndays = "9"',
    ],
)
def test_a_validity_in_another_form(row: str) -> None:
    text = f'{HEAD}entry = []\n[[validity]]\n{row}\nsource = "s"\nas_of = 2026-01-01\n'
    with pytest.raises(TableError, match="validity 1"):
        read_timeline(text, "t")


def test_a_hierarchy_names_its_authorities() -> None:
    text = ENTRY.replace('"ca"', '"hierarchy"').replace('organisations = ["A Inc"]\n', "")
    with pytest.raises(TableError, match="authorities is missing"):
        read_timeline(HEAD + text, "t")
