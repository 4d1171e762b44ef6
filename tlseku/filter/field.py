"""What a field of a filter is: a name, a type, a meaning, and the values that a flow has for it.

Knows flows; must not know any field in particular, nor expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tlseku._objects import short
from tlseku.filter.kinds import Kind, Value
from tlseku.flow import Flow
from tlseku.x509.certificate import Certificate


class Subject(NamedTuple):
    """What is judged: a flow, or with ``certificate`` one of the certificates that were presented in it."""

    flow: Flow
    certificate: Certificate | None = None


@short
class Field(NamedTuple):
    """``values`` gives none where the flow does not have it, several where it has it several times."""

    name: str
    kind: Kind
    meaning: str
    values: Callable[[Subject], Iterable[Value]]
