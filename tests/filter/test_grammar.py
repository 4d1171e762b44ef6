"""Tokens read into a tree: what binds, what is refused and where."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.errors import FilterError
from tlseku.filter import compile
from tlseku.filter.grammar import MAX_DEPTH, Joined, Node, Not, tree_of


def written(node: Node) -> str:
    """The tree with every bracket."""
    if isinstance(node, Not):
        return f"not({written(node.part)})"
    if isinstance(node, Joined):
        return f"({f' {node.word} '.join(map(written, node.parts))})"
    operator = "" if node.operator is None else f" {node.operator.text} "
    elements = [
        each.first.text + ("" if each.last is None else f"..{each.last.text}") for each in node.elements
    ]
    field = f"{node.quantifier} {node.field.text}".strip()
    return f"{field}{operator}{{{', '.join(elements)}}}" if elements else field


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        ("a", "a"),
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("(a or b) and c", "((a or b) and c)"),
        ("not a and b", "(not(a) and b)"),
        ("!(a and b)", "not((a and b))"),
        ("!!a", "not(not(a))"),
        ("not a == 1", "not(a == {1})"),
        ("a == 1 && b ne 2 || !c", "((a == {1} and b != {2}) or not(c))"),
        ("a in {1, 2..3 4}", "a in {1, 2..3, 4}"),
        ('a in {"x"}', "a in {x}"),
        ("any a != 1 and all b > 2", "(any a != {1} and all b > {2})"),
        ("a ~ b", "a matches {b}"),
    ],
)
def test_trees(expression: str, tree: str) -> None:
    assert written(tree_of(expression)) == tree


@pytest.mark.parametrize(
    ("expression", "column", "problem"),
    [
        ("", 1, "the filter is empty"),
        ("   ", 4, "the filter is empty"),
        ("a b", 3, "expected and, or, or the end"),
        ("a and", 6, "expected the name of a field"),
        ("and a", 1, "expected the name of a field"),
        ("(a", 3, "expected and, or, or )"),
        ("a)", 2, "expected and, or, or the end"),
        ("()", 2, "expected the name of a field"),
        ("a ==", 5, "expected a value"),
        ("a == and", 6, "expected a value"),
        ("a == (1)", 6, "expected a value"),
        ('"a" == 1', 1, "expected the name of a field"),
        ("a in 1", 6, "expected { and values"),
        ("a in {}", 7, "expected a value"),
        ("a in {1", 8, "expected a value"),
        ("a in {1..}", 10, "expected a value"),
        ("a == 1 == 2", 8, "expected and, or, or the end"),
        ("not", 4, "expected the name of a field"),
        ("any", 4, "expected the name of a field"),
        ("(" * 101, 101, "more than 100 brackets and negations inside each other"),
        ("!" * 101 + "a", 101, "more than 100 brackets and negations inside each other"),
    ],
)
def test_refused(expression: str, column: int, problem: str) -> None:
    with pytest.raises(FilterError) as caught:
        tree_of(expression)
    assert (caught.value.column, caught.value.problem) == (column, problem)


def test_the_deepest_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert written(tree_of("(" * depth + "a" + ")" * depth)) == "a"


NAMES = st.sampled_from(["a", "b.c"])
TESTS = st.one_of(
    NAMES,
    st.builds(
        "{} {} {{{}}}".format, NAMES, st.sampled_from(["==", "!=", "<", "contains", "matches"]), st.just("1")
    ),
)
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map("not({})".format),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
    ),
    max_leaves=12,
)


@given(TREES)
def test_what_is_written_with_every_bracket_reads_back(tree: str) -> None:
    assert written(tree_of(tree.replace("{1}", "1"))) == tree


PIECES = ["tls.sni", "tcp.port", "x509.serial", "ip.addr", "flow.start", "tls.verdict", "nothing", "any", "all", "==", "!=",
          "<", "~", "contains", "in", "{", "}", ",", "..", "(", ")", "!", "not", "and", "or", "&&", "1", "0x1f", "ok", '"x"',
          'r"("', "10.0.0.0/8", "2026-03-24", "46:df", '"', "=", "\\", "\x00", "é", "\ud800"]  # fmt: skip


def complaint_about(expression: str) -> FilterError | None:
    try:
        compile(expression)
    except FilterError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(20))
def test_fuzz(seed: int) -> None:
    chance = random.Random(f"filter {seed}")
    for _ in range(150):
        expression = chance.choice(["", " "]).join(chance.choices(PIECES, k=chance.randrange(12)))
        complaint = complaint_about(expression)
        if complaint is not None:
            assert 1 <= complaint.column <= len(expression) + 1
            assert str(complaint) == f"filter: column {complaint.column}: {complaint.problem}"
