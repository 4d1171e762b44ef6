"""The trees of a flow's chains drawn for the terminal: the anchor at the left, what it issued further in.

Knows chain trees and the width of a page; must not know certificates or colours. Out come lines of styled segments.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.flow import Flow
from tlseku.output.pictures.chain_tree import ChainTree, Node, flow_trees
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.output.words.verdict_style import Look

DEEPEST_INDENT = 16
"""Columns that nesting takes where a step has more than one: a path of thirty has to leave room for names."""


def chain_tree_lines(flow: Flow, page: Page) -> Iterator[Line]:
    """The trees of one flow, a blank line between two; without a chain one line that says so."""
    trees = flow_trees(flow)
    yield from fill((), words(page.clean(f"Flow {flow.number} of {flow.file}"), "strong"), page.width, 2)
    if not trees:
        yield (Segment("No chain with a certificate is seen."),)
        for phrase in wording.hidden(flow.hidden):
            start: Line = (Segment(f"{page.signs.hidden} hidden: ", "hidden"),)
            yield from fill(start, words(page.clean(phrase), "hidden"), page.width, 2)
    for tree in trees:
        yield ()
        yield from _tree(tree, page)


def _tree(tree: ChainTree, page: Page) -> Iterator[Line]:
    yield from fill((), words(page.clean(tree.title), "strong"), page.width, 2)
    mark = Look(tree.sign, tree.style).mark(page.signs)
    start: Line = (Segment(f"{mark} ", tree.style),)
    yield from fill(start, words(page.clean(tree.verdict), tree.style), page.width, 2)
    depth = 0
    if tree.missing is not None:
        text = f"{tree.missing} (not presented; it may restrict further)"
        yield from fill((Segment("?  ", "dim"),), words(page.clean(text), "dim"), page.width, 3)
        depth = 1
    steps = len(tree.path) + depth - 2
    step = next((step for step in (3, 2) if step * steps <= DEEPEST_INDENT), 1)
    for level, node in enumerate(tree.path, depth):
        yield from _node(node, level, step, page)
    for node in tree.beside:
        yield from _node(node, 0, step, page)
    if tree.beside_left_out:
        rest = wording.counted(tree.beside_left_out, "more certificate")
        yield (Segment(f"{page.signs.ellipsis} and {rest} beside the path", "dim"),)
    start = (Segment("effective EKU: "),)
    yield from fill(start, words(page.clean(tree.effective), "strong"), page.width, 2)


def _node(node: Node, level: int, step: int, page: Page) -> Iterator[Line]:
    indent = step * (level - 1) if level else 0
    branch = "" if level == 0 else "`- " if page.ascii_only else "└─ "
    inner = indent + len(branch) + 3
    where = {"beside": " (issued nothing in the path)", "anchor": " (self-issued)"}.get(node.place, "")
    start: Line = (Segment(" " * indent + branch, "dim"), Segment(f"{node.index:<3}", "link"))
    name: Style = "strong" if node.presented else "dim"
    yield from fill(start, words(page.clean(node.subject + where), name), page.width, inner)
    pieces = words(page.clean(f"EKU {node.eku}"))
    if node.effect:
        style: Style = node.style if node.breaks or node.narrows else "dim"
        sign = f"{page.signs.wrong} " if node.breaks else f"{page.signs.caution} " if node.narrows else ""
        pieces += words(page.clean(f" {sign}{node.effect}"), style)
    yield from fill((Segment(" " * inner),), pieces, page.width, inner + 4)
    facts = page.clean("; ".join(node.facts))
    yield from fill((Segment(" " * inner),), words(facts, "dim"), page.width, inner + 4)
