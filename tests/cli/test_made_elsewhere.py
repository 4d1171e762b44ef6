"""``tlseku.cli.streams.made_elsewhere``: what other processes make of flows is, put together, what one makes of all."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pyarrow
import pytest

from tests.output.samples import EVERY, EVIL, SCENARIO_1
from tlseku.cli.streams.flow_formats import TextForm
from tlseku.cli.streams.made_elsewhere import BatchOf, SummaryOf, TextOf, batches_of, summary_of, text_of
from tlseku.data_frames import arrow
from tlseku.data_frames.columns import TABLES, What
from tlseku.flow import Flow
from tlseku.output.reports.flow_summary import FlowSummary
from tlseku.output.words.terminal_page import Page
from tlseku.parallel.made_in_order import Counted, Made, Maker
from tlseku.parallel.text_blocks import new_base

FLOWS = [replace(flow, number=number) for number, flow in enumerate([*EVERY, EVIL, SCENARIO_1, *EVERY], 96)]
"""The width of a number changes amid them."""


def made(making: Callable[[], Maker], parts: Sequence[Sequence[Flow]]) -> Iterator[Made]:
    """What processes make that know no numbers, each of a part."""
    # As it comes to another process.
    making = pickle.loads(pickle.dumps(making))
    for part in parts:
        base = new_base()
        data = b"".join(making().made([replace(flow, number=flow.number + base) for flow in part]))
        yield Made(memoryview(data), -base, Counted({}))


@pytest.fixture(params=[(0, 17), (3, 5), (1, 1)], ids=["none-and-all", "three-parts", "one-and-one"])
def parts(request: pytest.FixtureRequest) -> list[list[Flow]]:
    first, second = request.param
    return [FLOWS[:first], FLOWS[first : first + second], FLOWS[first + second :]]


@pytest.mark.parametrize(
    "form",
    [
        *[
            TextForm(form)
            for form in ("table", "json", "ndjson", "csv", "tsv", "ecs", "eve", "mermaid", "sarif")
        ],
        *[TextForm(form, full=True) for form in ("json", "ndjson")],
        *[TextForm(form, what="certificates") for form in ("json", "ndjson", "csv", "tsv")],
        *[
            TextForm(form, ("flow.number", "ip.dst", "flow.outcome"))
            for form in ("table", "json", "csv", "tsv")
        ],
        TextForm("table", page=Page(width=60)),
    ],
    ids=repr,
)
def test_text(form: TextForm, parts: list[list[Flow]]) -> None:
    found = "".join(text_of(form, made(TextOf(form), parts)))
    if form.is_page:
        # Its headings are told apart from its lines.
        expected = "".join(text_of(form, made(TextOf(form), [[flow] for flow in FLOWS])))
        assert [line[:3] for line in found.splitlines() if line[:3].strip().isdecimal()] == [
            f"{flow.number:3d}" for flow in FLOWS
        ]
    else:
        expected = "".join(form.whole(map(form.writer(), FLOWS)))
    assert found == expected
    assert len(found) > 300


def test_columns_are_those_of_fields(parts: list[list[Flow]]) -> None:
    names = ("flow.number", "flow.file")
    text = "".join(text_of(TextForm("csv", names), made(TextOf(TextForm("csv", names)), parts)))
    assert text.splitlines()[1] == f"96,{FLOWS[0].file}"
    assert [int(line.split(",")[0]) for line in text.splitlines()[1:]] == [flow.number for flow in FLOWS]


def test_counts(parts: list[list[Flow]]) -> None:
    expected = FlowSummary()
    for flow in FLOWS:
        expected.take(flow)
    assert summary_of(made(SummaryOf(), parts)).told() == expected.told()


@pytest.mark.parametrize("what", TABLES)
def test_batches(what: What, parts: list[list[Flow]]) -> None:
    found = batches_of(what, made(BatchOf(what), parts))
    expected = arrow.batches_of(FLOWS, what)
    assert pyarrow.Table.from_batches(found, arrow.schema_of(what)) == pyarrow.Table.from_batches(
        expected, arrow.schema_of(what)
    )


def test_nothing_was_made() -> None:
    assert [*text_of(TextForm("ndjson"), ())] == []
    assert [*batches_of("flows", ())] == []
    assert summary_of(()).told() == FlowSummary().told()
