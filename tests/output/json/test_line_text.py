"""``tlseku.output.json.line_text``: the text of each line is that of ``flow_line``, whatever was written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.output import of_kinds
from tests.output.samples import EVERY
from tlseku.flow import Flow
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line
from tlseku.output.json.line_text import LineTexts, seen_from

OF_NOBODY = replace(EVERY[0], presented=tuple(replace(each, role="unknown") for each in EVERY[0].presented))


@pytest.mark.parametrize(
    "flows",
    [
        (*EVERY, OF_NOBODY, *reversed(EVERY)),
        of_kinds.flows(),
        tuple(reversed(of_kinds.flows())),
        (*of_kinds.flows(), *EVERY, *of_kinds.flows()),
    ],
    ids=["by themselves", "by kind", "by kind, the last first", "both"],
)
def test_lines_are_those_of_the_objects(flows: Sequence[Flow]) -> None:
    texts = LineTexts()
    assert [texts.line(flow) for flow in flows] == [to_json(flow_line(flow)) for flow in flows]


@pytest.mark.parametrize("flows", [EVERY, of_kinds.flows()], ids=["by themselves", "by kind"])
def test_templates_become_lines(flows: Sequence[Flow]) -> None:
    texts = LineTexts()
    for flow in flows:
        line = texts.line(flow).encode("ascii")
        seen = seen_from(flow.direction, flow.vantage).encode("ascii")
        template, *ends = texts.template(flow)
        assert ends == [flow.client.ip, flow.server.ip]
        if flow.tcp_stream is not None:
            assert template.encode("ascii") % (flow.number, flow.tcp_stream, seen) == line


def test_signs_of_a_template_in_a_name_stay_as_they_are() -> None:
    flow = replace(EVERY[0], file="%d %b %% %", sni="100%", direction="inbound", vantage=("192.0.2.1",))
    seen = b',"direction":"outbound","vantage":["192.0.2.7","192.0.2.8"]'
    template = LineTexts().template(flow)[0].encode("ascii")
    expected = replace(
        flow, number=12, tcp_stream=34, direction="outbound", vantage=("192.0.2.7", "192.0.2.8")
    )
    assert template % (12, 34, seen) == LineTexts().line(expected).encode("ascii")


def test_a_chain_of_nobody_stands_with_the_server() -> None:
    line = LineTexts().line(OF_NOBODY)
    assert line == to_json(flow_line(OF_NOBODY))
    assert line.count('"verdict":') == len(OF_NOBODY.presented) > 0


def test_the_text_of_a_chain_is_kept_with_it_and_made_once() -> None:
    texts = LineTexts()
    flows = of_kinds.flows()
    views = [flow.view for flow in flows if isinstance(flow.view, FlowOfKind)]
    beside = [view.kept_with_chain(at) for view in views for at in range(len(view.judged))]
    for each in beside:
        each.clear()
    lines = [texts.line(flow) for flow in flows]
    kept = [dict(each) for each in beside]
    assert [len(each) for each in kept] == [1] * len(beside) != []
    assert [texts.line(flow) for flow in flows] == lines
    assert [id(each["line"]) for each in beside] == [id(each["line"]) for each in kept]
