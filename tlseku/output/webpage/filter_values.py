"""What the page's filter compares with: the values of every field that it knows, for every flow in the table.

Knows the fields of filters, and what each depends on; must not know expressions nor JSON's escapes. Most flows have the
values of others: fields that depend on the same part of a flow are a group, which is asked once of all flows that have
that part in common, and each field keeps its distinct values once. A certificate is kept once, whoever presents it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, cast

from tlseku.correlation import Statement
from tlseku.filter import Subject
from tlseku.filter.field import Field
from tlseku.filter.kinds import Value
from tlseku.filter.language import KEPT_CERTIFICATE_FIELDS, KEPT_FLOW_FIELDS
from tlseku.flow import Flow, Presented
from tlseku.registry.names import cipher_suite_name

EXACT = 1 << 53
"""Integers from here on are text: JavaScript's numbers would round them."""

_KNOWN = 8192
"""Ordinary flows have a few hundred distinct values of a field; what is different in each flow is not looked for."""

_TOGETHER = 64
"""Flows that are asked at once, which is quicker than each by itself."""

_WRITTEN = 256
"""Lists of values that are written at once."""

_STATEMENTS = "tls.statement"
_KEPT = "filter"
_json = json.JSONEncoder(separators=(",", ":")).encode


class Group(NamedTuple):
    """Fields that say the same of all flows with the same ``key``; None stands for a part that no other flow has."""

    key: Callable[[Flow], Hashable | None]
    fields: tuple[str, ...]


def _kind(flow: Flow) -> object | None:
    kept = flow.kept_with_kind
    return None if kept is None else kept.setdefault(_KEPT, object())


def _seen_as(flow: Flow) -> Hashable:
    told = flow.asked_once
    return told.direction, told.vantage


def _offered(flow: Flow) -> Hashable:
    told = flow.asked_once
    return told.offered, told.alpn_offered


def _agreed(flow: Flow) -> Hashable:
    told = flow.asked_once
    return told.cipher, told.alpn


def _judged(flow: Flow) -> Hashable:
    return tuple(
        [(one.role, one.verdict, len(one.chain), one.effective_eku, one.broken_at) for one in flow.judged]
    )


def _requested(flow: Flow) -> Hashable:
    return tuple([(one.certificate_types, one.authority_names) for one in flow.requests])


GROUPS = (
    Group(
        _kind,
        (
            *("tls", "tls.record", "tls.version", "tls.starttls", "tls.resumed", "tls.defect"),
            *("tls.hidden", "tls.hidden.reason", "tls.handshake", "tls.handshake.type"),
            *("tls.alert", "tls.alert.level", "tls.alert.role"),
            *("tls.client.accepted", "tls.client.state", "tls.server.accepted"),
            *("tls.request.answer", "tls.request.role"),
            *("flow.carrier", "flow.closed_by", "flow.inside_answer", "flow.outcome"),
            *("flow.outcome_evidence", "flow.refused_by", "flow.role_evidence"),
            *("flow.outer.answer", "flow.outer.wrapping", "peer_software"),
            *("ip.proto", "tcp", "udp", "udp.port", "udp.srcport", "udp.dstport"),
            *("eth.addr", "eth.src", "eth.dst", "eapol", "eap", "eap.identity", "eap.type"),
            *("radius", "radius.called_station_id", "radius.calling_station_id"),
            *("radius.nas_identifier", "dtls", "openvpn", "quic", _STATEMENTS),
        ),
    ),
    Group(lambda flow: flow.client.ip, ("ip", "ipv6", "ip.version", "ip.src", "ipv6.src")),
    Group(lambda flow: flow.server.ip, ("ip.dst", "ipv6.dst")),
    Group(_seen_as, ("flow.direction", "flow.vantage")),
    Group(
        lambda flow: (flow.file, flow.service, flow.transport, flow.server.port),
        ("flow.file", "flow.service", "tcp.dstport"),
    ),
    Group(
        _offered,
        (
            *("tls.alpn_offered", "tls.offered.version", "tls.offered.group"),
            *("tls.offered.signature_algorithm", "tls.offered.signature_algorithm_cert"),
            "tls.offered.trust_anchor",
        ),
    ),
    Group(_agreed, ("tls.cipher", "tls.alpn")),
    Group(lambda flow: flow.sni or "", ("tls.sni",)),
    Group(
        _judged,
        tuple(
            f"{whose}.{what}"
            for whose in ("tls", "tls.client", "tls.server")
            for what in ("verdict", "chain_length", "effective_eku", "broken_at")
        ),
    ),
    Group(_requested, ("tls.request.authority", "tls.handshake.cert_type", "tls.handshake.cert_types")),
)
"""What fields depend on, but for those of numbers, times and frames, which few flows have in common."""


PARTS = {
    "ip.addr": ("ip.src", "ip.dst"),
    "ipv6.addr": ("ipv6.src", "ipv6.dst"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"),
}
"""Fields that have the values of others, which are not kept twice."""


class _Column:
    """One field: distinct lists of values as JSON, by their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Value, ...], int] = {}
        # In one text: thousands of them take four times as much.
        self._text = bytearray()
        self._waiting: list[Sequence[Value]] = []
        self._count = 0

    def number_of(self, values: tuple[Value, ...]) -> int:
        """The number under which these values are kept."""
        number = self._numbers.get(values)
        if number is None:
            number = self._count
            self.extend((values,))
            if number < _KNOWN:
                self._numbers[values] = number
        return number

    def extend(self, lists: Sequence[Sequence[Value]]) -> None:
        """Keep lists of values that nobody asks for again."""
        self._waiting += lists
        self._count += len(lists)
        if len(self._waiting) >= _WRITTEN:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._text += f",{_json(_exact(self._waiting))[1:-1]}".encode("ascii")
            self._waiting.clear()

    def members(self, of: Sequence[int] = ()) -> str:
        """The values, and the number that each subject has, if there are several values and not one for each."""
        self._write()
        numbered = 1 < self._count < len(of)
        told = f',"of":[{",".join(map(str, of))}]' if numbered else ""
        return f'"values":[{self._text[1:].decode("ascii")}]{told}'


def _exact(lists: Sequence[Sequence[Value]]) -> Sequence[Sequence[Value]]:
    """The same, integers that JavaScript cannot have as text. A field has numbers or texts, and among these none is
    large."""
    values = list(chain.from_iterable(lists))
    numbers = [] if not values or isinstance(values[0], str) else cast("list[int]", values)
    if not numbers or (min(numbers) > -EXACT and max(numbers) < EXACT):
        return lists
    return [
        [one if isinstance(one, str) or -EXACT < one < EXACT else str(one) for one in values]
        for values in lists
    ]


class _Asked:
    """A group, the columns of its fields, its answers (for each column a number), and which of them each flow has."""

    def __init__(self, group: Group) -> None:
        self._key = group.key
        self._known: dict[Hashable, int] = {}
        self._answers: dict[tuple[int, ...], int] = {}
        self._of: array[int] = array("I")
        self._columns = {name: _Column() for name in group.fields}
        self._fields = [(KEPT_FLOW_FIELDS[name], column) for name, column in self._columns.items()]

    def add(self, subjects: Sequence[Subject], said: Sequence[Sequence[Statement]]) -> None:
        """Take flows, and what was ``said`` of each already."""
        key_of, known, numbers = self._key, self._known, self._of
        for subject, statements in zip(subjects, said, strict=True):
            key = key_of(subject.flow)
            number = None if key is None else known.get(key)
            if number is None:
                number = self._asked(subject, statements)
                if key is not None and len(known) < _KNOWN:
                    known[key] = number
            numbers.append(number)

    def _asked(self, subject: Subject, statements: Sequence[Statement]) -> int:
        answer = tuple(
            [column.number_of(_values(field, subject, statements)) for field, column in self._fields]
        )
        return self._answers.setdefault(answer, len(self._answers))

    def columns(self) -> Iterator[tuple[str, str]]:
        """The name of each field, and the members of its column, whose subjects are the answers."""
        for place, (name, column) in enumerate(self._columns.items()):
            yield name, column.members([answer[place] for answer in self._answers])

    def text(self) -> str:
        """Of each flow the number of its answer."""
        return f"[{','.join(map(str, self._of))}]"


def _values(field: Field, subject: Subject, statements: Sequence[Statement]) -> tuple[Value, ...]:
    if field.name == _STATEMENTS:
        return tuple([each.about for each in statements])
    return tuple(field.values(subject))


_GROUPED = frozenset(name for group in GROUPS for name in group.fields)
_ASKED_OF_EACH = tuple(
    field for name, field in KEPT_FLOW_FIELDS.items() if name not in _GROUPED and name not in PARTS
)
_ASKED_OF_CERTIFICATES = tuple(KEPT_CERTIFICATE_FIELDS.values())


class _OfChain(NamedTuple):
    """What is ``said`` of a chain, of which the ``numbers`` are those of certificates."""

    numbers: dict[str, int]
    said: Sequence[Value]


class FilterValues:
    """Takes flows one by one, in the order of their rows."""

    def __init__(self) -> None:
        self._groups = [_Asked(group) for group in GROUPS]
        self._each = [(field, _Column()) for field in _ASKED_OF_EACH]
        self._certificates = {name: (_Column(), array("I")) for name in KEPT_CERTIFICATE_FIELDS}
        self._numbers: dict[str, int] = {}
        self._chains = _Column(), array("I")
        self._ciphers: dict[int, str] = {}
        self._waiting: list[tuple[Subject, Sequence[Statement]]] = []

    def add(self, flow: Flow, statements: Sequence[Statement]) -> None:
        """Take a flow, and what was said of it already."""
        self._waiting.append((Subject(flow), statements))
        if len(self._waiting) == _TOGETHER:
            self._take()

    def _take(self) -> None:
        if not self._waiting:
            return
        subjects, said = zip(*self._waiting, strict=True)
        self._waiting.clear()
        for group in self._groups:
            group.add(subjects, said)
        for field, column in self._each:
            column.extend([list(field.values(subject)) for subject in subjects])
        for subject in subjects:
            flow = subject.flow
            cipher = flow.asked_once.cipher
            if cipher is not None and cipher not in self._ciphers:
                self._ciphers[cipher] = cipher_suite_name(cipher)
            chains: list[Value] = []
            for at, judged in enumerate(flow.judged):
                if judged.chain:
                    chains += self._chain(flow, at, judged)
            numbered, of = self._chains
            of.append(numbered.number_of(tuple(chains)))

    def _chain(self, flow: Flow, at: int, judged: Presented) -> Sequence[Value]:
        """The role, how many certificates, and which."""
        kept = flow.kept_with_chain(at)
        known = None if kept is None else cast("_OfChain | None", kept.get(_KEPT))
        if known is not None and known.numbers is self._numbers:
            return known.said
        found: list[Value] = [judged.role, len(judged.chain)]
        for certificate in judged.chain:
            number = self._numbers.get(certificate.sha256)
            if number is None:
                number = self._numbers[certificate.sha256] = len(self._numbers)
                of_certificate = Subject(flow, certificate)
                for field in _ASKED_OF_CERTIFICATES:
                    column, of = self._certificates[field.name]
                    of.append(column.number_of(tuple(field.values(of_certificate))))
            found.append(number)
        if kept is not None:
            kept[_KEPT] = _OfChain(self._numbers, found)
        return found

    def pieces(self) -> Iterator[str]:
        """All of it as a JSON object, in pieces: ``flows`` and ``certificates`` by field, ``chains`` of each flow, and
        ``ciphers``, the names of those that were seen, by number. Fields with ``parts`` have the values of these, those
        with a ``group`` have theirs by the number that each flow has in that one of ``groups``."""
        self._take()
        before = '{"flows":{'
        for field, column in self._each:
            yield f"{before}{json.dumps(field.name)}:{{{column.members()}}}"
            before = ","
        for name, parts in PARTS.items():
            yield f',{json.dumps(name)}:{{"parts":{json.dumps(parts)}}}'
        for number, group in enumerate(self._groups):
            for name, members in group.columns():
                yield f',{json.dumps(name)}:{{"group":{number},{members}}}'
        before = '},"groups":['
        for group in self._groups:
            yield f"{before}{group.text()}"
            before = ","
        before = '],"certificates":{'
        for name, (column, of) in self._certificates.items():
            yield f"{before}{json.dumps(name)}:{{{column.members(of)}}}"
            before = ","
        column, of = self._chains
        yield f'}},"chains":{{{column.members(of)}}},"ciphers":{json.dumps(self._ciphers)}}}'
