"""Small rule-books for tests, written as a user would write them."""

from __future__ import annotations

from tlseku.policy.rule_books import RuleBook, read_rule_book

HEAD = """\
schema = "tlseku/rule-book/1"
name = "mine"
title = "My own"
models = "a gateway"
source = "the gateway's manual"
as_of = 2026-05-01
"""

LAST = """
[[rules]]
id = "mine/fits"
outcome = "accept"
reason = "fits"
"""


def rule(when: str = "{}", outcome: str = "refuse", reason: str = "no", identifier: str = "mine/rule") -> str:
    """The TOML of one rule."""
    return f'\n[[rules]]\nid = "{identifier}"\nwhen = {when}\noutcome = "{outcome}"\nreason = "{reason}"\n'


def book(*rules: str) -> RuleBook:
    """A book of these rules, with one at the end that accepts."""
    return read_rule_book("".join([HEAD, *rules, LAST]), "mine.toml")
