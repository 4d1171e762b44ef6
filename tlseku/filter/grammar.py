"""Tokens of a filter expression read into a tree.

Knows the grammar below; must not know which fields there are or what a value means. Out comes a ``Node``. What does not
follow the grammar raises ``FilterError``. ``!`` and ``not`` bind most, then ``and``, then ``or``::

    expression = term { ("or" | "||") term }
    term       = factor { ("and" | "&&") factor }
    factor     = { "not" | "!" } ( "(" expression ")" | test )
    test       = [ "any" | "all" ] FIELD [ OPERATOR value | "in" "{" element { [","] element } "}" ]
    element    = value [ ".." value ]
    value      = WORD | STRING
    OPERATOR   = == | != | > | >= | < | <= | contains | matches, or eq ne gt ge lt le ~
    STRING     = "…" with \\" \\\\ \\n \\r \\t \\xHH \\uHHHH, or r"…" in which a backslash is itself
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tlseku._objects import frozen
from tlseku.errors import FilterError
from tlseku.filter.tokens import Token, tokens_of

MAX_DEPTH = 100
"""Brackets and negations inside each other; the reading and the judging recurse once for each."""

COMPARISONS = frozenset({"==", "!=", ">", ">=", "<", "<=", "contains", "matches"})

Quantifier = Literal["", "any", "all"]


@frozen
class Element:
    """A value, or with ``last`` a range, both ends included."""

    first: Token
    last: Token | None = None


@frozen
class Test:
    """A field held against values. ``operator`` is one of ``COMPARISONS``, ``in``, or empty: does the field exist?"""

    field: Token
    quantifier: Quantifier = ""
    operator: Token | None = None
    elements: tuple[Element, ...] = ()


@frozen
class Not:
    """The opposite."""

    part: Node


@frozen
class Joined:
    """Parts of which all (``and``) or one (``or``) must hold."""

    word: Literal["and", "or"]
    parts: tuple[Node, ...]


Node = Test | Not | Joined


def tree_of(expression: str) -> Node:
    """Read an expression. Raises FilterError."""
    return _Parser(expression).whole()


def fields_of(node: Node) -> Iterator[str]:
    """The names of fields in an expression, as they are written there."""
    if isinstance(node, Test):
        yield node.field.text
    elif isinstance(node, Not):
        yield from fields_of(node.part)
    else:
        for part in node.parts:
            yield from fields_of(part)


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = tokens_of(expression)
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._next().kind == "end":
            raise self._error("the filter is empty")
        node = self._expression_node()
        if self._next().kind != "end":
            raise self._error("expected and, or, or the end")
        return node

    def _next(self) -> Token:
        return self._tokens[self._place]

    def _expression_node(self) -> Node:
        parts = [self._term()]
        while self._took("or"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _term(self) -> Node:
        parts = [self._factor()]
        while self._took("and"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _factor(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} brackets and negations inside each other")
        if self._took("not"):
            node: Node = Not(self._factor())
        elif self._took("("):
            node = self._expression_node()
            self._expect(")", "expected and, or, or )")
        else:
            node = self._test()
        self._depth -= 1
        return node

    def _test(self) -> Test:
        quantifier: Quantifier = ""
        if self._next().kind == "word" and self._next().text in ("any", "all"):
            quantifier = "any" if self._next().text == "any" else "all"
            self._place += 1
        field = self._next()
        if field.kind != "word":
            raise self._error("expected the name of a field")
        self._place += 1
        operator = self._next()
        if operator.kind == "operator" and operator.text in COMPARISONS:
            self._place += 1
            return Test(field, quantifier, operator, (Element(self._value()),))
        if self._took("in"):
            return Test(field, quantifier, operator, self._set())
        return Test(field, quantifier)

    def _set(self) -> tuple[Element, ...]:
        self._expect("{", "expected { and values")
        elements = [self._element()]
        while not self._took("}"):
            self._took(",")
            elements.append(self._element())
        return tuple(elements)

    def _element(self) -> Element:
        first = self._value()
        return Element(first, self._value() if self._took("..") else None)

    def _value(self) -> Token:
        token = self._next()
        if token.kind not in ("word", "string"):
            raise self._error("expected a value")
        self._place += 1
        return token

    def _took(self, operator: str) -> bool:
        if self._next().kind != "operator" or self._next().text != operator:
            return False
        self._place += 1
        return True

    def _expect(self, operator: str, otherwise: str) -> None:
        if not self._took(operator):
            raise self._error(otherwise)

    def _error(self, problem: str) -> FilterError:
        return FilterError(self._expression, self._next().column, problem)
