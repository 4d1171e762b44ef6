"""The trees of a flow's chains drawn as SVG: boxes in boxes, as each EKU lies within that of its issuer.

Knows chain trees and shapes; must not know certificates, nor how text is escaped (``svg`` does). Out comes one picture.
"""

from __future__ import annotations

from collections.abc import Iterable

from tlseku.flow import Flow
from tlseku.output.pictures.chain_tree import ChainTree, Node, flow_trees
from tlseku.output.pictures.svg import Canvas
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import UNICODE_SIGNS, Style
from tlseku.output.words.verdict_style import Look

WIDTH = 940
_PAD = 14
_LINE = 16
_DEEPEST = 12 * _PAD
"""What the boxes around the innermost one take at each side: the more there are, the nearer to each other they lie."""
_EDGES: dict[Style, str] = {
    "wrong": "wrong",
    "caution": "caution",
    "ok": "ok",
    "unsure": "unsure",
}


def flow_chains_svg(flow: Flow, *, standalone: bool = True) -> str:
    """Every chain of one flow as an SVG document, one below the other, ``role="img"`` with title and description.

    ``standalone=False`` leaves out its style, for a page that has ``svg.picture_rules`` and the colours.
    """
    canvas = Canvas(WIDTH)
    trees = flow_trees(flow)
    title = f"Flow {flow.number} of {flow.file}"
    canvas.text(12, 22, title, "strong", room=WIDTH - 24)
    y = 28.0
    if not trees:
        y += 20
        canvas.text(12, y, "No chain with a certificate is seen.", "")
        for phrase in wording.hidden(flow.hidden):
            y += _LINE + 2
            text = f"{UNICODE_SIGNS.hidden} hidden: {phrase}"
            canvas.text(12, y, text, "hidden", room=WIDTH - 24)
    for tree in trees:
        y = _tree(canvas, tree, y + 22)
    return canvas.picture(y + 14, f"Certificate chains. {title}", _described(trees), standalone=standalone)


def _tree(canvas: Canvas, tree: ChainTree, y: float) -> float:
    canvas.text(12, y, tree.title, "strong", room=WIDTH - 24)
    mark = Look(tree.sign, tree.style).mark(UNICODE_SIGNS)
    y += _LINE + 2
    canvas.text(12, y, f"{mark} {tree.verdict}", tree.style, room=WIDTH - 24)
    y += 10
    if tree.missing is not None:
        y += _LINE
        text = f"? above: {tree.missing} (not presented; it may restrict further)"
        canvas.text(12, y, text, "dim", room=WIDTH - 24)
        y += 8
    y = _nest(canvas, tree.path, y)
    for node in tree.beside:
        y = _nest(canvas, (node,), y + 8)
    if tree.beside_left_out:
        y += _LINE
        rest = wording.counted(tree.beside_left_out, "more certificate")
        canvas.text(12, y, f"… and {rest} beside the path", "dim")
    y += _LINE + 6
    canvas.text(12, y, f"effective EKU: {tree.effective}", "strong", room=WIDTH - 24)
    return y


def _nest(canvas: Canvas, nodes: tuple[Node, ...], y: float) -> float:
    """Boxes in boxes, the topmost outside; answers where the outermost one ends."""
    places: list[tuple[Node, float, float]] = []
    pad = min(_PAD, _DEEPEST / max(len(nodes) - 1, 1))
    for depth, node in enumerate(nodes):
        places.append((node, 12 + pad * depth, y))
        y += 12 + _LINE * (3 if node.effect else 2) + _LINE * len(node.facts[2:])
    ends = [y + 6 * (len(nodes) - depth) for depth in range(len(nodes))]
    for (node, x, top), end in zip(places, ends, strict=True):
        width = WIDTH - 2 * x
        strong = node.breaks or node.narrows or node.place == "leaf"
        edge = _EDGES.get(node.style, "edge") if strong else "edge"
        canvas.box(x, top, width, end - top, "raised" if node.presented else "paper", edge, thick=strong)
    for node, x, top in places:
        _say(canvas, node, x + 12, top, WIDTH - 2 * x - 24)
    return ends[0] if ends else y


def _say(canvas: Canvas, node: Node, x: float, y: float, room: float) -> None:
    where = {
        "beside": " (issued nothing in the path)",
        "anchor": " (self-issued)",
        "leaf": " (leaf)",
        "issuer": "",
    }[node.place]
    y += 18
    canvas.text(x, y, f"#{node.index}", "link")
    canvas.text(x + 32, y, f"{node.subject}{where}", "strong" if node.presented else "dim", room=room - 32)
    y += _LINE
    canvas.text(x + 32, y, f"EKU {node.eku}; {'; '.join(node.facts[:2])}", "", room=room - 32)
    for fact in node.facts[2:]:
        y += _LINE
        canvas.text(x + 32, y, fact, "dim", room=room - 32)
    if node.effect:
        y += _LINE
        style: Style = node.style if node.breaks or node.narrows else "dim"
        sign = UNICODE_SIGNS.wrong if node.breaks else UNICODE_SIGNS.caution if node.narrows else ""
        canvas.text(x + 32, y, f"{sign} {node.effect}".strip(), style, room=room - 32)


def _described(trees: Iterable[ChainTree]) -> str:
    said = []
    for tree in trees:
        said.append(f"{tree.title}: {tree.verdict}.")
        for node in tree.path:
            effect = f", {node.effect}" if node.effect else ""
            said.append(f"#{node.index} {node.subject}, EKU {node.eku}{effect}.")
        said.append(f"Effective EKU: {tree.effective}.")
    return " ".join(said) or "No chain with a certificate is seen."
