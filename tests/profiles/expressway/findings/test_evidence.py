"""``tlseku.profiles.expressway.findings.evidence``: every piece names its file and its frame or line."""

from __future__ import annotations

import pytest

from tests.profiles.expressway.pairs import committed, files_of, only, record_of
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    events_of,
    of_ending,
    of_event,
    of_members,
    of_presented,
    of_refusal,
)

CORE = record_of(committed("test-case-1", "core"))
FILES = files_of("test-case-1", "core")
(PCAP,), (LOG,) = only(FILES, "eth0"), only(FILES, "logging")


@pytest.mark.parametrize(
    ("kind", "number", "place"), [("frame", 7, "a.b:7"), ("line", 7, "a.b line 7"), ("file", None, "a.b")]
)
def test_places(kind: str, number: int | None, place: str) -> None:
    assert Evidence("a.b", kind, number, "text").place == place  # type: ignore[arg-type]


def test_frames_of_a_refusal() -> None:
    (flow,) = CORE.flows
    refusal = of_refusal(flow)
    assert refusal is not None
    assert (refusal.place, refusal.text) == (
        f"{PCAP}:11",
        "server refuses: alert unsupported_certificate (43)",
    )
    assert of_ending(flow) == refusal
    assert of_presented(flow, flow.presented[1]).place == f"{PCAP}:10"


def test_an_ending_without_an_alert() -> None:
    (flow,) = record_of(committed("condition-2.1", "core")).flows
    assert of_refusal(flow) is None
    assert of_ending(flow).text == "handshake completed"


def test_lines() -> None:
    assert [piece.place for piece in events_of(CORE, CORE.flows)] == [f"{LOG} line 7", f"{LOG} line 8"]
    assert events_of(CORE, ()) == ()
    assert of_event(CORE.events[0]).flow is None


def test_members() -> None:
    found = of_members(CORE, "client store", "server store")
    assert [(one.kind, one.text) for one in found] == [("file", "client store"), ("file", "server store")]
    assert of_members(record_of(committed("test-case-1", "core")), "xconf")[0].place.startswith("xconf_dump")
