"""What ``compile`` gives goes to other processes, and tells what it asks for."""

from __future__ import annotations

import pickle

import pytest

from tests.output.samples import EVERY
from tlseku.filter import FlowFilter, compile
from tlseku.filter.grammar import fields_of, tree_of


@pytest.mark.parametrize(
    "expression",
    ["tls.client.verdict == wrong", "not tls.sni or flow.number in {1, 3..5}", "ip.addr == 10.0.0.0/8"],
)
def test_it_can_be_pickled(expression: str) -> None:
    wanted = compile(expression)
    there = pickle.loads(pickle.dumps(wanted))
    assert [there(flow) for flow in EVERY] == [wanted(flow) for flow in EVERY]


@pytest.mark.parametrize(
    ("expression", "asks"),
    [
        ("flow.number > 3", True),
        ("tlseku.flow == 1", True),
        ("tls.sni and not (ip.addr == 10.0.0.1 or any flow.number in {1..2})", True),
        ("frame.number == 3", False),
        ('tls.sni == "flow.number"', False),
    ],
)
def test_whether_it_asks_for_a_field(expression: str, asks: bool) -> None:
    assert FlowFilter(expression).asks_for("flow.number") is asks


def test_the_fields_of_an_expression() -> None:
    tree = tree_of("tls.sni and not (ip.addr == 10.0.0.1 or flow.number) or tls.sni contains a")
    assert [*fields_of(tree)] == ["tls.sni", "ip.addr", "flow.number", "tls.sni"]
