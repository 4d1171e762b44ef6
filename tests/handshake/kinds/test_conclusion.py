"""``tlseku.output.json.templates.ending_template``: from the first flow of a kind to a template, and from that to the line of another."""

from __future__ import annotations

import json

import pytest
from librt.strings import BytesWriter

from tlseku.output.json.templates.ending_template import Ending, ending_of
from tlseku.output.json.templates.timestamp_writer import Moments


def alert(frame: int) -> dict[str, object]:
    return {
        "frame": frame,
        "role": "server",
        "level": "fatal",
        "code": 42,
        "name": "bad_certificate",
        "after": "certificate",
        "time": "T",
        "encrypted": False,
        "file": None,
    }


def statement(text: str, frames: list[int]) -> dict[str, object]:
    return {
        "about": "refused",
        "text": text,
        "frames": frames,
        "causes": ["eku"],
        "agree": [],
        "disagree": [],
        "hint": False,
    }


def flow(**fields: object) -> dict[str, object]:
    said: dict[str, object] = {
        "resumed": False,
        "presented": [],
        "requests": [],
        "alerts": [],
        "outcome": "completed",
        "outcome_basis": "both Finished",
        "outcome_evidence": "finished",
        "refused_by": None,
        "closed_by": "client",
        "inside_answer": None,
        "client_certificate_accepted": None,
        "server_certificate_accepted": True,
        "client_certificate": "not_requested",
        "statements": [],
        "hidden": [],
        "defects": [],
    }
    return {**said, **fields}


def filled(ending: Ending | None, alerts: list[int], frames: list[int]) -> dict[str, object]:
    assert ending is not None
    line = BytesWriter()
    line.write(b"{")
    ending.fill(line, alerts, frames, Moments())
    text = line.getvalue()
    assert text.endswith(b"}\n")
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("text", ["plain", 'a "quoted" %s {0} \\ \u0000', "\n"])
def test_frames_and_times_go_where_those_of_the_first_stood(text: str) -> None:
    said = flow(
        alerts=[alert(7)], statements=[statement(text, [5, 7]), statement("more", [])], outcome="refused"
    )
    ending = ending_of(said, [3, 5, 7], 1)
    found = filled(ending, [17, 60_000_000_000], [13, 15, 17])
    assert found["alerts"] == [{**alert(17), "time": "1970-01-01T00:01:00.000000Z"}]
    assert found["statements"] == [statement(text, [15, 17]), statement("more", [])]
    assert [found[word] for word in ("outcome", "hidden", "defects")] == ["refused", [], []]


def test_of_two_things_in_one_frame_the_first_is_meant() -> None:
    ending = ending_of(flow(statements=[statement("text", [5])]), [5, 5, 9], 0)
    assert filled(ending, [], [15, 15, 19])["statements"] == [statement("text", [15])]


@pytest.mark.parametrize(
    ("said", "alerts"),
    [
        (flow(statements=[statement("of a frame that nobody heard", [4])]), 0),
        (flow(defects=[{"layer": "x509"}]), 0),
        (flow(alerts=[alert(3)]), 0),
        (flow(), 1),
        (flow(alerts=None), 0),
    ],
)
def test_what_makes_no_template(said: dict[str, object], alerts: int) -> None:
    assert ending_of(said, [3], alerts) is None


@pytest.mark.parametrize(
    ("fields", "explains"),
    [
        ({"outcome": "refused", "refused_by": "server"}, "client"),
        ({"outcome": "refused", "refused_by": "client"}, "server"),
        ({"outcome": "refused_inside", "refused_by": "server"}, "client"),
        ({"outcome": "closed_after", "closed_by": "server"}, "client"),
        ({"outcome": "closed_after", "closed_by": "client"}, "server"),
        ({"outcome": "aborted", "presented": [{"role": "server"}]}, "server"),
        ({"outcome": "aborted", "presented": [{"role": "server"}, {"role": "client"}]}, "client"),
        ({"outcome": "completed", "presented": [{"role": "server"}]}, ""),
        ({"outcome": "incomplete", "presented": [{"role": "server"}]}, ""),
        ({"outcome": "unknown"}, ""),
    ],
)
def test_whose_chain_has_a_part_in_the_text(fields: dict[str, object], explains: str) -> None:
    ending = ending_of(flow(**fields), [], 0)
    assert ending is not None
    assert ending.explains == explains


def test_what_stands_earlier_in_the_line() -> None:
    ending = ending_of(flow(resumed=None, requests=[{"answer": "empty"}], hidden=[{"what": "x"}]), [], 0)
    assert ending is not None
    assert (ending.resumed, ending.answer, ending.hidden) == (b"null", b"empty", True)
    ending = ending_of(flow(), [], 0)
    assert ending is not None
    assert (ending.resumed, ending.answer, ending.hidden) == (b"false", b"", False)
