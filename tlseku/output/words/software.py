"""Whose software judges the client's certificate, in sentences: what it likely is, what spoke for it, what it does.

Knows software and products (``policy.peer_software``); must not know layouts. What rests on the shape of a request is
said as likely, and products are named only as those that were run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tlseku.flow import Flow

if TYPE_CHECKING:
    from tlseku.policy.peer_software.products import Product
    from tlseku.policy.peer_software.recognition import PeerSoftware

MOST_PRODUCTS = 3
"""Products of one library and one service that are told; more say nothing about this one."""


def software_sentences(flow: Flow) -> Iterator[str]:
    """What is known of the server's software; nothing where nothing is."""
    software = flow.peer_software
    if software is None:
        return
    book = "" if software.rule_book is None else f", whose rule-book is {software.rule_book}"
    yield f"This server is {software.phrase}{book}: {'; '.join(software.because)}."
    if software.exceptions is not None:
        yield f"Of the products with it that were run, {software.exceptions}."
    for product in products_of(flow, software):
        yield from product_sentences(product)


def products_of(flow: Flow, software: PeerSoftware) -> tuple[Product, ...]:
    """The product that the user named; else those with this library for the service of this flow, if they are few."""
    from tlseku.policy.peer_software.products import products  # reads tables, which few outputs need

    if software.product is not None:
        return tuple(each for each in products() if each.name == software.product)
    words = {flow.service, flow.starttls} - {None}
    fitting = [each for each in products() if each.stack in software.stacks and words & set(each.services)]
    return tuple(fitting) if len(fitting) <= MOST_PRODUCTS else ()


def product_sentences(product: Product) -> Iterator[str]:
    """What a product was seen to do, with its version, and where it says why."""
    needed = "serverAuth" if product.judges_as == "server" else "clientAuth"
    wrong = "C" if product.judges_as == "server" else "S"
    who = f"{product.title} {product.version} (run {product.as_of.isoformat()})"
    shown = {
        f"a certificate without {needed}": product.answer(wrong),
        "an expired one": product.answer("exp"),
        "one of an unknown issuer": product.answer("unk"),
        "none": product.answer("none"),
    }
    answers: dict[str, list[str]] = {}
    for what, answer in shown.items():
        answers.setdefault(answer, []).append(what)
    said = "; ".join(f"{' or '.join(whats)}: {answer}" for answer, whats in answers.items())
    yield f"{who}, shown {said}."
    if product.log is not None:
        yield f"Where {product.title} says why: {product.log}."
    if product.note is not None:
        yield f"{product.title}: {product.note}."
