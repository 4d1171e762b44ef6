"""What nests in what: the chain of one side laid out from its trust anchor down to the leaf, nothing drawn.

Knows what was presented, the issuing path and how EKUs narrow each other; must not know columns, pixels or escaping.
Out comes a ``ChainTree``: one ``Node`` a certificate of the issuing path, topmost first, each with what it allows of
what the leaf below it asks, then those that issued nothing in the path. All text is *not yet escaped*.

Limits: ``SHOWN_STRANGERS`` certificates beside the path; the path itself is bounded by ``LONGEST_PATH``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from tlseku._objects import frozen
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.timestamps import date
from tlseku.output.words.verdict_style import look
from tlseku.policy.effective import narrowed
from tlseku.policy.issuing_path import issuing_path
from tlseku.x509.certificate import Certificate

SHOWN_STRANGERS = 10
"""Certificates beside the path that are shown; the rest is counted."""

_LEAF_STYLES: Mapping[str, Style] = {"ok": "ok", "unrestricted": "caution", "any": "caution"}

Place = Literal["leaf", "issuer", "anchor", "beside"]


@frozen
class Node:
    """One certificate. ``index`` is that in the chain, and goes on behind it for one that was not ``presented``.

    ``breaks`` says that it is the one that takes the needed purpose away, ``narrows`` that it leaves less than the
    certificates below it asked for; ``effect`` says either in words, empty if there is nothing to say.
    """

    index: int
    place: Place
    subject: str
    facts: tuple[str, ...]
    eku: str
    effect: str
    breaks: bool
    narrows: bool
    presented: bool
    style: Style


@frozen
class ChainTree:
    """A chain laid out. ``path`` is topmost first and ends with the leaf; ``missing`` names the issuer above that is
    not known, ``None`` where the path ends in a self-issued certificate."""

    title: str
    verdict: str
    style: Style
    sign: str
    path: tuple[Node, ...]
    missing: str | None
    beside: tuple[Node, ...]
    beside_left_out: int
    effective: str


def flow_trees(flow: Flow) -> list[ChainTree]:
    """The tree of every chain in a flow that holds a certificate."""
    return [chain_tree(presented, flow) for presented in flow.presented if presented.chain]


def chain_tree(presented: Presented, flow: Flow) -> ChainTree:
    """Lay one chain out; ``presented.chain`` is not empty. Never raises."""
    more = tuple(issuer.certificate for issuer in presented.completed_with or ())
    known = (*presented.chain, *more)
    path = issuing_path(presented.chain, more)
    left = presented.chain[0].eku
    nodes = [_node(0, "leaf", presented, known, "", narrows=False)]
    for index in path.indexes[1:]:
        if index == path.anchor:
            nodes.append(_node(index, "anchor", presented, known, _ANCHOR, narrows=False))
            continue
        below, left = left, narrowed(left, known[index].eku)
        narrows = (below is None and left is not None) or (below is not None and set(left or ()) < set(below))
        kept = f"leaves {', '.join(wording.purpose_names(left))}" if narrows else ""
        nodes.append(_node(index, "issuer", presented, known, kept, narrows=narrows))
    top = known[path.indexes[-1]]
    strangers = [_node(index, "beside", presented, known, "", narrows=False) for index in path.strangers]
    looks = look(presented)
    whose = f"{presented.role}'s chain" if presented.role != "unknown" else "Chain in an unknown role"
    whom = f", sent by {wording.sender(flow, presented.role)}" if presented.role != "unknown" else ""
    return ChainTree(
        title=f"{whose[:1].upper()}{whose[1:]}, frame {presented.frame}{whom}",
        verdict=f"{presented.verdict}: {presented.reason}",
        style=looks.style,
        sign=looks.sign,
        path=tuple(reversed(nodes)),
        missing=None if top.self_issued else wording.name_or_state(top.issuer),
        beside=tuple(strangers[:SHOWN_STRANGERS]),
        beside_left_out=max(len(strangers) - SHOWN_STRANGERS, 0),
        effective=", ".join(wording.purpose_names(presented.effective_eku))
        if presented.effective_eku is not None
        else "no restriction",
    )


_ANCHOR = "trust anchor: its EKU does not count"


def _node(
    index: int,
    place: Place,
    presented: Presented,
    known: Sequence[Certificate],
    effect: str,
    *,
    narrows: bool,
) -> Node:
    one = known[index]
    breaks = presented.broken_at == index
    style: Style = ""
    if place == "leaf":
        breaks = breaks or presented.verdict in ("wrong", "empty")
        style = "wrong" if breaks else _LEAF_STYLES.get(presented.verdict, "unsure")
        effect = f"does not list {_needed(presented)}" if breaks else effect
    elif breaks:
        need = _needed(presented)
        style, effect = "wrong", f"takes {need} away; {effect}" if effect else f"takes {need} away"
    elif narrows:
        style = "caution"
    is_presented = index < len(presented.chain)
    return Node(
        index=index,
        place=place,
        subject=wording.subject(one),
        facts=_facts(one, is_presented, presented, index),
        eku=", ".join(wording.purposes(one)),
        effect=effect,
        breaks=breaks,
        narrows=narrows,
        presented=is_presented,
        style=style,
    )


def _needed(presented: Presented) -> str:
    return {"client": "clientAuth", "server": "serverAuth"}.get(presented.role, "the purpose")


def _facts(one: Certificate, is_presented: bool, presented: Presented, index: int) -> tuple[str, ...]:
    facts = [f"serial {wording.serial(one)}"]
    until = None if one.not_after is None else date(one.not_after)
    if one.readable:
        facts.append(f"valid to {until or 'an unknown day'}, {one.key_algorithm}")
    if not is_presented:
        known = (presented.completed_with or ())[index - len(presented.chain)]
        facts.append(f"not presented, from {known.file}")
    elif not one.self_issued and index == len(presented.chain) - 1:
        facts.append(f"issued by {wording.name_or_state(one.issuer)}{wording.kind_of_issuer(one)}")
    return tuple(facts)
