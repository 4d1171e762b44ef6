"""Rule-books: what each verifier, product or programme says of a presented chain, as data with sources.

Knows certificates, roles and the vocabulary of conditions; must not know packets, what the peer did, nor what any
verifier thinks outside the files in ``data``. ``load_rule_books`` is the way in, ``RuleBook.judge`` gives a
``Finding``, ``RuleBookSet`` keeps several books and what they said already.
"""

from tlseku.policy.rule_books.book import GENERAL_RULES, Rule, RuleBook
from tlseku.policy.rule_books.context import Context, Mode
from tlseku.policy.rule_books.format import RuleBookError, read_rule_book
from tlseku.policy.rule_books.library import BUILT_IN, load_rule_books
from tlseku.policy.rule_books.rule_book_set import RuleBookSet

__all__ = [
    "BUILT_IN",
    "GENERAL_RULES",
    "Context",
    "Mode",
    "Rule",
    "RuleBook",
    "RuleBookError",
    "RuleBookSet",
    "load_rule_books",
    "read_rule_book",
]
