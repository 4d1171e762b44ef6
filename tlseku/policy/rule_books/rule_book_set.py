"""The rule-books of one run, and what they have said already.

Knows that the same chain in the same role gets the same findings; must not know any rule. Servers present one chain
over and over, so that most questions are answered from here.

Limits: ``KEPT`` chains; reaching it gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlseku.policy.finding import Finding
from tlseku.policy.purposes import Role
from tlseku.policy.rule_books.asked import Question
from tlseku.policy.rule_books.book import RuleBook
from tlseku.policy.rule_books.context import Context
from tlseku.policy.rule_books.library import load_rule_books
from tlseku.x509.certificate import Certificate

KEPT = 256
"""Chains whose findings are kept, some kilobytes each."""

_Key = tuple[Role, bool, int, tuple[tuple[str, bool | None], ...]]


class RuleBookSet:
    """Several books that judge in one context: ``None`` for all that ship, read when the first chain comes.

    Not safe for several threads at once.
    """

    __slots__ = ("_books", "_said", "context")

    def __init__(self, books: Sequence[RuleBook] | None = None, context: Context | None = None) -> None:
        self._books = None if books is None else tuple(books)
        self.context = Context() if context is None else context
        self._said: dict[_Key, Mapping[str, Finding]] = {}

    @property
    def books(self) -> tuple[RuleBook, ...]:
        """The books, in the order in which they answer."""
        if self._books is None:
            self._books = load_rule_books()
        return self._books

    def judge(
        self,
        chain: Sequence[Certificate],
        role: Role,
        *,
        complete: bool = True,
        more: Sequence[Certificate] = (),
    ) -> Mapping[str, Finding]:
        """What each book says, by name, in the order of the books. The same mapping for the same chain, completed with
        the same certificates: treat it as frozen. Never raises."""
        if not self.books:
            return {}
        # The digest tells certificates apart; whether the issuer is public is not in the bytes.
        key = role, complete, len(chain), tuple((each.sha256, each.public_issuer) for each in (*chain, *more))
        said = self._said.get(key)
        if said is None:
            question = Question(tuple(chain), role, complete, self.context, tuple(more))
            said = {book.name: book.answer(question) for book in self.books}
            if len(self._said) >= KEPT:
                del self._said[next(iter(self._said))]
            self._said[key] = said
        return said
