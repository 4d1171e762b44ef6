"""What the page's filter compares with: the values of every field that it knows, for every flow in the table.

Knows the fields of filters; must not know expressions nor JSON's escapes. Most flows have the values of others, so each
field keeps its distinct values once, and for each flow a number; a certificate is kept once, whoever presents it. Half
of the fields say the same of all flows of a kind, of which they are asked once.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring_ascii

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
_KEPT = "filter"


OF_KIND = (
    *("tls", "tls.record", "tls.version", "tls.starttls", "tls.resumed", "tls.defect", "tls.hidden"),
    *(
        "tls.hidden.reason",
        "tls.handshake",
        "tls.handshake.type",
        "tls.alert",
        "tls.alert.level",
        "tls.alert.role",
    ),
    *(
        "tls.client.accepted",
        "tls.client.state",
        "tls.server.accepted",
        "tls.request.answer",
        "tls.request.role",
    ),
    *("flow.carrier", "flow.closed_by", "flow.inside_answer", "flow.outcome", "flow.outcome_evidence"),
    *("flow.refused_by", "flow.role_evidence", "flow.outer.answer", "flow.outer.wrapping", "peer_software"),
    *(
        "ip.proto",
        "tcp",
        "udp",
        "udp.port",
        "udp.srcport",
        "udp.dstport",
        "eth.addr",
        "eth.src",
        "eth.dst",
        "eapol",
    ),
    *("eap", "eap.identity", "eap.type", "radius", "radius.called_station_id", "radius.calling_station_id"),
    *("radius.nas_identifier", "dtls", "openvpn", "quic", _STATEMENTS),
)
"""Fields that know of a flow only what the conclusion of its kind says: no end, time, frame, name or certificate."""


class _Column:
    """One field: distinct lists of values as JSON, and which one each subject has."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Value, ...], int] = {}
        self._texts: list[str] = []
        self._of: array[int] = array("I")

    def add(self, values: tuple[Value, ...]) -> None:
        """Take the values of the next subject."""
        self._of.append(self.number_of(values))

    def number_of(self, values: tuple[Value, ...]) -> int:
        """The number under which these values are kept."""
        number = self._numbers.get(values)
        if number is None:
            number = len(self._texts)
            self._texts.append(f"[{','.join([_text(one) for one in values])}]")
            if len(self._numbers) < _KNOWN:
                self._numbers[values] = number
        return number

    def text(self, of_subjects: Iterable[int] | None = None) -> str:
        """The values, and the number that each subject has: those of ``add`` unless told."""
        numbers = self._of if of_subjects is None else of_subjects
        of = "" if len(self._texts) <= 1 else f',"of":[{",".join(map(str, numbers))}]'
        return f'{{"values":[{",".join(self._texts)}]{of}}}'


_ASKED_OF_EACH = tuple(field for name, field in KEPT_FLOW_FIELDS.items() if name not in OF_KIND)
_ASKED_OF_CERTIFICATES = tuple(KEPT_CERTIFICATE_FIELDS.values())
_ASKED_OF_KIND = tuple(KEPT_FLOW_FIELDS[name] for name in OF_KIND if name != _STATEMENTS)


class FilterValues:
    """Takes flows one by one, in the order of their rows."""

    def __init__(self) -> None:
        self._flows = {name: _Column() for name in KEPT_FLOW_FIELDS}
        self._certificates = {name: _Column() for name in KEPT_CERTIFICATE_FIELDS}
        self._numbers: dict[str, int] = {}
        self._chains = _Column()
        self._ciphers: dict[int, str] = {}
        # For each flow, which of those: the numbers that the fields of ``OF_KIND`` have.
        self._kinds: dict[tuple[int, ...], int] = {}
        self._kind_of: array[int] = array("I")
        self._mark = object()

    def add(self, flow: Flow, statements: Sequence[Statement]) -> None:
        """Take a flow, and what was said of it already."""
        subject = Subject(flow)
        _add(self._flows, _ASKED_OF_EACH, subject)
        self._kind_of.append(self._kind(subject, statements))
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
                    _add(self._certificates, _ASKED_OF_CERTIFICATES, Subject(flow, certificate))
                chains.append(number)
        self._chains.add(tuple(chains))

    def _kind(self, subject: Subject, statements: Sequence[Statement]) -> int:
        """The number of what the fields of ``OF_KIND`` say."""
        kept = subject.flow.kept_with_kind
        # Another page may have left its number there.
        known = None if kept is None else kept.get(_KEPT)
        if isinstance(known, tuple) and known[0] is self._mark:
            return int(known[1])
        said = [self._flows[field.name].number_of(tuple(field.values(subject))) for field in _ASKED_OF_KIND]
        said.append(self._flows[_STATEMENTS].number_of(tuple(each.about for each in statements)))
        number = self._kinds.setdefault(tuple(said), len(self._kinds))
        if kept is not None:
            kept[_KEPT] = self._mark, number
        return number

    def pieces(self) -> Iterator[str]:
        """All of it as a JSON object, in pieces: ``flows`` and ``certificates`` by field, ``chains`` of each flow, and
        ``ciphers``, the names of those that were seen, by number."""
        kinds = [*self._kinds]
        place_of = {name: place for place, name in enumerate(OF_KIND)}
        before = '{"flows":{'
        for name, column in self._flows.items():
            place = place_of.get(name)
            of = None if place is None else [kinds[number][place] for number in self._kind_of]
            yield f"{before}{json.dumps(name)}:{column.text(of)}"
            before = ","
        before = '},"certificates":{'
        for name, column in self._certificates.items():
            yield f"{before}{json.dumps(name)}:{column.text()}"
            before = ","
        yield f'}},"chains":{self._chains.text()},"ciphers":{json.dumps(self._ciphers)}}}'


def _add(columns: Mapping[str, _Column], fields: Iterable[Field], subject: Subject) -> None:
    for field in fields:
        columns[field.name].add(tuple(field.values(subject)))


def _text(value: Value) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    return str(value) if -EXACT < value < EXACT else f'"{value}"'
