"""What the page's filter compares with: the values of every field that it knows, for every flow in the table.

Knows the fields of filters; must not know expressions nor JSON's escapes. Most flows have the values of others, so each
field keeps its distinct values once, and for each flow a number; a certificate is kept once, whoever presents it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence

from tlseku.correlation import Statement
from tlseku.filter import Subject
from tlseku.filter.field import Field
from tlseku.filter.kinds import Value
from tlseku.filter.language import KEPT_CERTIFICATE_FIELDS, KEPT_FLOW_FIELDS
from tlseku.flow import Flow
from tlseku.registry.names import cipher_suite_name

EXACT = 1 << 53
"""Integers from here on are text: JavaScript's numbers would round them."""

_KNOWN = 4096
"""Ordinary flows have a few hundred distinct values of a field; what is different in each flow is not looked for."""


_STATEMENTS = "tls.statement"

# Made once: the encoder that json.dumps makes anew each time costs as much as a short text.
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class _Column:
    """One field: distinct lists of values as JSON, and which one each subject has."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Value, ...], int] = {}
        self._texts: list[str] = []
        self._of: array[int] = array("I")

    def add(self, values: tuple[Value, ...]) -> None:
        number = self._numbers.get(values)
        if number is None:
            number = len(self._texts)
            self._texts.append(_ENCODER.encode([_value(one) for one in values]))
            if len(self._numbers) < _KNOWN:
                self._numbers[values] = number
        self._of.append(number)

    def text(self) -> str:
        of = "" if len(self._texts) <= 1 else f',"of":{_ENCODER.encode(list(self._of))}'
        return f'{{"values":[{",".join(self._texts)}]{of}}}'


_ASKED = {name: field for name, field in KEPT_FLOW_FIELDS.items() if name != _STATEMENTS}


class FilterValues:
    """Takes flows one by one, in the order of their rows."""

    def __init__(self) -> None:
        self._flows = {name: _Column() for name in KEPT_FLOW_FIELDS}
        self._certificates = {name: _Column() for name in KEPT_CERTIFICATE_FIELDS}
        self._numbers: dict[str, int] = {}
        self._chains = _Column()
        self._ciphers: dict[int, str] = {}

    def add(self, flow: Flow, statements: Sequence[Statement]) -> None:
        """Take a flow, and what was said of it already."""
        subject = Subject(flow)
        _add(self._flows, _ASKED, subject)
        self._flows[_STATEMENTS].add(tuple(each.about for each in statements))
        if flow.cipher is not None:
            self._ciphers[flow.cipher] = cipher_suite_name(flow.cipher)
        chains: list[Value] = []
        for presented in flow.presented:
            if not presented.chain:
                continue
            # A role, how many certificates, and which.
            chains += (presented.role, len(presented.chain))
            for certificate in presented.chain:
                number = self._numbers.get(certificate.sha256)
                if number is None:
                    number = self._numbers[certificate.sha256] = len(self._numbers)
                    _add(self._certificates, KEPT_CERTIFICATE_FIELDS, Subject(flow, certificate))
                chains.append(number)
        self._chains.add(tuple(chains))

    def text(self) -> str:
        """All of it as a JSON object: ``flows`` and ``certificates`` by field, ``chains`` of each flow, and
        ``ciphers``, the names of those that were seen, by number."""
        flows, certificates = (
            ",".join(f"{json.dumps(name)}:{column.text()}" for name, column in columns.items())
            for columns in (self._flows, self._certificates)
        )
        return (
            f'{{"flows":{{{flows}}},"certificates":{{{certificates}}},"chains":{self._chains.text()},'
            f'"ciphers":{json.dumps(self._ciphers)}}}'
        )


def _add(columns: Mapping[str, _Column], fields: Mapping[str, Field], subject: Subject) -> None:
    for name, field in fields.items():
        columns[name].add(tuple(field.values(subject)))


def _value(value: Value) -> Value:
    return str(value) if isinstance(value, int) and not -EXACT < value < EXACT else value
