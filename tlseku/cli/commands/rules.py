"""``tlseku rules``: the rule-books, their rules, sources and dates; and the products that were run.

Knows the options of this command; books and products are ``policy``'s, layout is done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import json_array
from tlseku.output.reports.rule_books import rule_book_lines, rule_book_to_dict
from tlseku.policy.rule_books import load_rule_books


@click.command(
    "rules",
    epilog="\b\nExamples:\n  tlseku rules openssl java\n  tlseku rules -T json --rules mine.toml\n"
    "  tlseku rules --products nginx prosody",
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@shared.format_option("table", "json", help=" json is one array.")
@click.option(
    "--products",
    "of_products",
    is_flag=True,
    help="List products that were run in place of rule-books: what each enforces, what it does when it refuses, where"
    " its log says why. NAME is a product or a TLS library.",
)
@shared.rules_files
@shared.width
@with_given
def command(given: Given, names: tuple[str, ...], form: str, of_products: bool, width: int | None) -> None:
    """List the rule-books that judge presented chains: what each models, on what evidence and as of when, and its
    rules in the order in which they are tried. The first rule whose conditions all hold answers.

    NAME is a rule-book; without any, all are listed.
    """
    if of_products:
        _products(names, form, width)
        return
    books = load_rule_books(names or None, given.book_files)
    if form == "json":
        write_text(json_array(rule_book_to_dict(book) for book in books))
    else:
        write_lines(rule_book_lines(books, page_for(width)))


def _products(names: tuple[str, ...], form: str, width: int | None) -> None:
    from tlseku.output.reports.products import chosen_products, product_lines, product_to_dict  # reads tables

    chosen = chosen_products(names)
    if form == "json":
        write_text(json_array(product_to_dict(product) for product in chosen))
    else:
        write_lines(product_lines(chosen, page_for(width)))
