"""Products and TLS libraries for people and programs: what each enforces, what it does when it refuses, what told it.

Knows the tables of ``policy.peer_software`` and the width of a page; must not know where the lines go. Out come lines,
or plain dictionaries of the schema ``tlseku/product/1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tlseku.output.json.flow_json import named
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.policy.peer_software.products import CELLS, Product, products
from tlseku.policy.peer_software.protocol_rules import ProtocolRule, protocol_rules
from tlseku.policy.peer_software.recognition import told
from tlseku.policy.peer_software.request_shape import CodeSequence, ShapePattern
from tlseku.policy.peer_software.stacks import Stack, stacks

PRODUCT_SCHEMA = "tlseku/product/1"

EVIDENCE = "run"
"""How all of them are known: a product that was only read about has no row."""


def chosen_products(names: Sequence[str]) -> tuple[Product, ...]:
    """The products of these names, and those with the libraries of these names; all without any.

    Raises UnknownSoftware for a name that neither has.
    """
    if not names:
        return products()
    found: dict[str, Product] = {}
    for name in names:
        software = told(name)
        for each in products():
            if each.name == software.product or (software.product is None and each.stack in software.stacks):
                found[each.name] = each
    return tuple(found.values())


def product_lines(chosen: Iterable[Product], page: Page) -> Iterator[Line]:
    """Each product with its answers, then the libraries and the protocols with rules of their own that they have."""
    shown = list(chosen)
    for product in shown:
        start: Line = (Segment(product.name, "strong"), Segment("  "))
        title = f"{product.title} {product.version}, {product.setting}"
        yield from fill(start, words(page.clean(title)), page.width, 2)
        for label, text in _facts(product):
            yield from _fact(label, text, page)
        yield ()
    for stack in stacks():
        if any(each.stack == stack.name for each in shown):
            yield from _stack_lines(stack, page)
    for rule in protocol_rules():
        if any(each.name == rule.product for each in shown):
            yield from _rule_lines(rule, page)


def product_to_dict(product: Product) -> dict[str, object]:
    """One product as an object of ``tlseku/product/1``."""
    return {
        "schema": PRODUCT_SCHEMA,
        **named(product, "name", "title", "version", "setting", "stack"),
        **named(product, "library", "services", "enforces", "judges_as"),
        "answers": {kind: product.answer(kind) for kind in CELLS},
        "cells": dict(zip(CELLS, product.cells, strict=True)),
        "log": product.log,
        "note": product.note,
        "evidence": EVIDENCE,
        "as_of": product.as_of.isoformat(),
    }


def enforced(product: Product) -> str:
    """What a product enforces, in words."""
    if product.rule_book is None:
        return "no EKU" if product.enforces == "no purpose" else "nothing that TLS shows"
    role = "" if product.judges_as == "client" else f", for the purpose of a {product.judges_as}"
    return f"rule-book {product.rule_book}{role}"


def by_answer(product: Product) -> dict[str, list[str]]:
    """The kinds of certificates by what the product does with them, in the order of the table."""
    grouped: dict[str, list[str]] = {}
    for kind in CELLS:
        grouped.setdefault(product.answer(kind), []).append(kind)
    return grouped


def _facts(product: Product) -> Iterator[tuple[str, str]]:
    yield "library", f"{product.stack}, {product.library}"
    yield "enforces", enforced(product)
    for answer, kinds in by_answer(product).items():
        yield "", f"{answer}: {'; '.join(CELLS[kind] for kind in kinds)}"
    if product.log is not None:
        yield "log", product.log
    if product.note is not None:
        yield "note", product.note
    yield "known", f"run, {product.as_of.isoformat()}"


def _stack_lines(stack: Stack, page: Page) -> Iterator[Line]:
    book = "no rule-book" if stack.rule_book is None else f"rule-book {stack.rule_book}"
    start: Line = (Segment(stack.name, "strong"), Segment("  "))
    yield from fill(start, words(page.clean(f"{stack.title}, {book}")), page.width, 2)
    for shape in stack.shapes:
        release = "" if shape.release is None else f"{shape.release}: "
        yield from _fact("asks", f"{release}{in_words(shape.pattern)} [{shape.source}]", page)
    yield ()


def in_words(pattern: ShapePattern) -> str:
    """What a request of this shape has: ``certificate types 1 2 64; signature algorithms 0403 … (0303)``, with what may
    be left out in brackets."""
    if pattern.extensions is None:
        listed = " or ".join(" ".join(str(code) for code in types) for types in pattern.types)
        first = f"certificate types {listed}"
    else:
        first = f"TLS 1.3, extensions {_codes(pattern.extensions, '{}')}"
    return f"{first}; signature algorithms {_codes(pattern.signature_algorithms, '{:04x}')}"


def _codes(sequence: CodeSequence, form: str) -> str:
    return " ".join(
        f"({form.format(code)})" if code in sequence.optional else form.format(code)
        for code in sequence.codes
    )


def _rule_lines(rule: ProtocolRule, page: Page) -> Iterator[Line]:
    start: Line = (Segment(rule.protocols[0], "strong"), Segment("  "))
    text = f"{rule.rule} It looks for {rule.purpose}. [{rule.source}, as of {rule.as_of.isoformat()}]"
    yield from fill(start, words(page.clean(text)), page.width, 2)


def _fact(label: str, text: str, page: Page) -> Iterator[Line]:
    yield from fill((Segment(f"  {label:<9}", "dim"),), words(page.clean(text)), page.width, 11)
