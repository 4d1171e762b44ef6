"""Display filters for flows and certificates, in Wireshark's manner.

Knows its small language and the fields of flows; must not know packets, reports or options. ``compile`` makes a
function of an expression, once, which then judges flow after flow and never raises.

>>> from tlseku.filter import compile
>>> wanted = compile('tls.client.verdict == "wrong" and ip.addr == 10.0.0.0/8')

docs/filters.md has the language and the table of fields.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.errors import FilterError
from tlseku.filter.field import Field, Subject
from tlseku.filter.fields import FIELDS, field_named
from tlseku.filter.grammar import fields_of, tree_of
from tlseku.filter.predicate import predicate_of
from tlseku.flow import Flow
from tlseku.x509.certificate import Certificate

__all__ = ["FIELDS", "Field", "FilterError", "Subject", "compile", "compile_for_certificates", "field_named"]


class FlowFilter:
    """Tells whether a flow fits an expression. It can be pickled."""

    def __init__(self, expression: str) -> None:
        """Raises FilterError, which points at the column."""
        tree = tree_of(expression)
        self._expression = expression
        self._judge = predicate_of(tree, expression)
        self._values = [field_named(name).values for name in fields_of(tree)]

    def __call__(self, flow: Flow) -> bool:
        """Whether it fits."""
        return self._judge(Subject(flow))

    def __reduce__(self) -> tuple[object, ...]:
        return FlowFilter, (self._expression,)

    def asks_for(self, name: str) -> bool:
        """Whether the field of that name has a say, whatever it is called in the expression."""
        return FIELDS[name].values in self._values


def compile(expression: str) -> Callable[[Flow], bool]:
    """A function that tells whether a flow fits the expression. Raises FilterError, which points at the column."""
    return FlowFilter(expression)


def compile_for_certificates(expression: str) -> Callable[[Flow, Certificate], bool]:
    """The same for a certificate presented in a flow: ``x509.…`` is about this one, everything else about the flow."""
    judge = predicate_of(tree_of(expression), expression)
    return lambda flow, certificate: judge(Subject(flow, certificate))
