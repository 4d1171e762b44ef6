"""The tree of a filter expression made a function that judges.

Knows how fields, values and operators go together; must not know the grammar's text nor which fields there are.
Mistakes that the grammar lets pass, such as an unknown field or a number that is none, raise ``FilterError`` here,
before anything is judged; what comes out never raises.
"""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from tlseku.errors import FilterError
from tlseku.filter.field import Field, Subject
from tlseku.filter.fields import field_named
from tlseku.filter.grammar import Element, Joined, Node, Not, Test
from tlseku.filter.kinds import ADDRESS, TEXTS, Constant, Value
from tlseku.filter.pattern import matcher
from tlseku.filter.tokens import Token

Predicate = Callable[[Subject], bool]
_Check = Callable[[Value], bool]

_ORDERS: dict[str, Callable[[int, int], bool]] = {
    "<": compare.lt,
    "<=": compare.le,
    ">": compare.gt,
    ">=": compare.ge,
}


def predicate_of(node: Node, expression: str) -> Predicate:
    """The function that the tree stands for. Raises FilterError."""
    if isinstance(node, Test):
        return _test(node, expression)
    if isinstance(node, Not):
        part = predicate_of(node.part, expression)
        return lambda subject: not part(subject)
    return _joined(node, [predicate_of(each, expression) for each in node.parts])


def _joined(node: Joined, parts: Sequence[Predicate]) -> Predicate:
    if node.word == "and":
        return lambda subject: all(part(subject) for part in parts)
    return lambda subject: any(part(subject) for part in parts)


def _test(test: Test, expression: str) -> Predicate:
    field = field_named(test.field.text, expression, test.field.column)
    if test.operator is None:
        if test.quantifier:
            raise FilterError(expression, test.field.column, f"{test.quantifier} needs a comparison")
        return lambda subject: any(True for _ in field.values(subject))
    check = _check(field, test.operator, test.elements, expression)
    # Of several values one that is equal is enough, but all must differ: as in Wireshark 4.
    if test.quantifier == "all" or (test.operator.text == "!=" and not test.quantifier):

        def all_of_them(subject: Subject) -> bool:
            some = False
            for value in field.values(subject):
                some = True
                if not check(value):
                    return False
            return some

        return all_of_them
    return lambda subject: any(check(value) for value in field.values(subject))


def _check(field: Field, operator: Token, elements: Sequence[Element], expression: str) -> _Check:
    if operator.text not in field.kind.operators:
        fitting = ", ".join(sorted(field.kind.operators))
        problem = (
            f"{operator.text} makes no sense on {field.name}, of type {field.kind.name}; what does: {fitting}"
        )
        raise FilterError(expression, operator.column, problem)
    if operator.text == "in":
        checks = [_element(field, element, expression) for element in elements]
        return lambda value: any(check(value) for check in checks)
    (element,) = elements
    if operator.text == "contains":
        part = _text_constant(field, element.first, expression)
        if field.kind.caseless:
            return lambda value: part in str(value).lower()
        return lambda value: part in str(value)
    if operator.text == "matches":
        try:
            found = matcher(element.first.raw or element.first.text)
        except ValueError as error:
            raise FilterError(expression, element.first.column, str(error)) from None
        return lambda value: found(str(value))
    constant = _constant(field, element.first, expression)
    if operator.text in _ORDERS:
        return _ordered(_ORDERS[operator.text], constant)
    equal = _equal(field, constant)
    return equal if operator.text == "==" else lambda value: not equal(value)


def _element(field: Field, element: Element, expression: str) -> _Check:
    first = _constant(field, element.first, expression)
    if element.last is None:
        return _equal(field, first)
    if field.kind is not ADDRESS and "<" not in field.kind.operators:
        raise FilterError(expression, element.last.column, f"a {field.kind.name} has no range")
    last = _constant(field, element.last, expression)
    if isinstance(first, IPv4Network | IPv6Network) and isinstance(last, IPv4Network | IPv6Network):
        if first.version != last.version:
            raise FilterError(
                expression, element.last.column, "the ends of a range are of different versions"
            )
        return _between_addresses(first, last)
    above, below = _ordered(compare.ge, first), _ordered(compare.le, last)
    return lambda value: above(value) and below(value)


def _between_addresses(first: IPv4Network | IPv6Network, last: IPv4Network | IPv6Network) -> _Check:
    low, high = int(first.network_address), int(last.broadcast_address)

    def between(value: Value) -> bool:
        address = _address(str(value))
        return address is not None and address.version == first.version and low <= int(address) <= high

    return between


def _ordered(holds: Callable[[int, int], bool], constant: Constant) -> _Check:
    assert isinstance(constant, int), "only integers have an order"
    return lambda value: isinstance(value, int) and holds(value, constant)


def _equal(field: Field, constant: Constant) -> _Check:
    if isinstance(constant, IPv4Network | IPv6Network):

        def inside(value: Value) -> bool:
            address = _address(str(value))
            return address is not None and address.version == constant.version and address in constant

        return inside
    if field.kind.caseless:
        return lambda value: str(value).lower() == constant
    return lambda value: value == constant


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    # A subjectAltName may hold anything where an address should stand.
    try:
        return ip_address(text)
    except ValueError:
        return None


def _constant(field: Field, token: Token, expression: str) -> Constant:
    try:
        return field.kind.read(token.text)
    except ValueError as error:
        raise FilterError(expression, token.column, f"{field.name}: {error}") from None


def _text_constant(field: Field, token: Token, expression: str) -> str:
    # Part of a word is no word, so that the type's own reading would refuse it.
    if field.kind.caseless:
        return token.text.lower()
    if field.kind.name in TEXTS | {"word"}:
        return token.text
    return str(_constant(field, token, expression))
