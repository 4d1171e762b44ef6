"""Text of flows that get their number later: the same as if it had been known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.dialogues import flow_of
from tests.output.samples import EVERY, EVIL
from tests.tls import written
from tlseku.flow import Flow
from tlseku.output.json.line_text import LineTexts
from tlseku.output.records import ecs, flow_csv, sarif
from tlseku.parallel.text_blocks import (
    BlockWriter,
    Section,
    Template,
    Text,
    completed,
    escaped,
    new_base,
    with_places,
)

HOSTILE = '100 %d%b%% 1 17 "flow":1'


def block_of(writer: BlockWriter, flows: Sequence[Flow]) -> memoryview:
    """As it comes from another process."""
    return memoryview(b"".join(writer.made(flows)))


def one(template: Template) -> BlockWriter:
    return BlockWriter(lambda flow: template)


def test_a_base_has_18_digits_that_nobody_knows() -> None:
    found = {new_base() for _ in range(100)}
    assert len(found) == 100
    assert {len(str(base + 10**9)) for base in found} == {18}


@pytest.mark.parametrize(
    "text_of",
    [LineTexts().line, flow_csv.writer("csv"), flow_csv.writer("tsv"), ecs.writer(), sarif.results_of],
    ids=["ndjson", "csv", "tsv", "ecs", "sarif"],
)
@pytest.mark.parametrize("number", [1, 17, 1_000_000_003])
def test_the_same_as_known_from_the_first(text_of: object, number: int) -> None:
    assert callable(text_of)
    base = new_base()
    flows = [*EVERY, EVIL, replace(flow_of(*written.recording("declined")), file=HOSTILE, sni=HOSTILE)]
    block = block_of(
        BlockWriter(with_places(text_of)), [replace(flow, number=base + number) for flow in flows]
    )
    expected = "".join(text_of(replace(flow, number=number)) for flow in flows)
    assert completed(block, -base) == [Text(None, expected.encode())]
    assert completed(block, 41 - base) == [
        Text(None, "".join(text_of(replace(flow, number=number + 41)) for flow in flows).encode())
    ]


def test_no_flows() -> None:
    assert completed(block_of(one(("x", ())), []), 7) == []


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (0, "  9 narrow\n  9 narrow\n"),
        (990, "999 narrow\n999 narrow\n"),
        (991, "1000 % wide\n1000 % wide\n"),
        (99_991, "100000 wider\n100000 wider\n"),
        (10**14, "100000000000009 wider\n100000000000009 wider\n"),
    ],
)
def test_what_the_width_of_a_number_decides(before: int, text: str) -> None:
    wide = ((3, " narrow"), (5, " % wide"), (12, " wider"))
    assert completed(block_of(one(("%3d%b\n", (9, wide))), EVERY[:2]), before) == [Text(None, text.encode())]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("aabba", [(("a",), b"12"), (("b",), b"34"), (("a",), b"5")]),
        ("a", [(("a",), b"1")]),
        ("", []),
    ],
)
def test_headings(days: str, expected: Sequence[Text]) -> None:
    def section(flow: Flow) -> Section:
        return (days[flow.number - 1],)

    flows = [replace(EVERY[0], number=number) for number, _ in enumerate(days, 1)]
    block = block_of(BlockWriter(lambda flow: ("%d", (flow.number,)), section), flows)
    assert completed(block, 0) == expected


def test_a_template_of_text() -> None:
    assert escaped("100 %d") % () == "100 %d"
    assert json.loads(escaped('{"a":1}')) == {"a": 1}
