"""A flow as a record: a few values of its own, and the numbers of parts that it shares with other flows.

Knows what flows of a kind share (``handshake.conclusion``); must not know what becomes of records. Parts are told once,
before the first record that needs them: certificates, the findings of rule-books on a chain, requests, offers, and what
was concluded of a kind. None needs another, so that each can be kept, packed and unpacked by itself, but for chains,
which name certificates and findings by their numbers. A certificate is its DER: whoever reads a record reads it again,
which costs microseconds, unless its facts were changed after it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, TypeVar, cast

from tlseku.encoding.message_columns import MESSAGES, read_messages, told_messages
from tlseku.encoding.trees import (
    Tree,
    UnknownTree,
    from_tree,
    names_of_fields,
    tree_of,
    tree_of_part_number,
    tree_with,
)
from tlseku.flow import Flow, Presented, Request, Role
from tlseku.handshake.conclusion import Conclusion, ConclusionState, FlowOfKind
from tlseku.handshake.hello_facts import ClientFacts, ServerFacts
from tlseku.handshake.shared_chains import SharedChain, SharedRequest, chain_of, request_of
from tlseku.handshake.vantage import Vantage, VantageError
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.policy.offer import Offer
from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

Record = tuple[Tree, ...]

BY_ITSELF: Final = 0
OF_KIND: Final = 1

_PLACE_OF_MESSAGES: Final = names_of_fields(Flow).index("messages")

_T = TypeVar("_T")

_Chain = tuple[
    Role,
    str,
    str,
    "Sequence[str] | None",
    "int | None",
    int,
    bool,
    "Sequence[int]",
    "Tree",
]
"""What all flows say of a chain, but for frames and directions; its certificates and findings are parts."""

_OfKind = tuple[
    int,
    int,
    int,
    str,
    int,
    int,
    bytes,
    "int | None",
    "str | None",
    "Sequence[str]",
    int,
    "Sequence[Tree] | None",
    bytes,
    "Sequence[Sequence[Tree]] | None",
    "Sequence[int]",
    "Sequence[int]",
    "int | None",
    int,
    "int | None",
    "Sequence[str]",
]
"""A record of a flow over a conclusion, in the order of ``RecordWriter``."""

MAX_PARTS: Final = 8192
"""Parts that a ``RecordWriter`` remembers; beyond that all are told anew. Most captures have some hundreds."""

_read = lru_cache(2048)(read_certificate)
"""Safe for several threads, as pickles may be read in any."""


class NewPart:
    """A part that no earlier record has needed: its ``number``, the ``noun`` itself, and its tree when it is asked for.

    ``told`` is the tree of a chain, which names certificates and findings by the numbers of parts before it."""

    __slots__ = ("noun", "number", "told")

    def __init__(self, number: int, noun: object, told: Tree = None) -> None:
        self.number = number
        self.noun = noun
        self.told = told

    def tree(self, *, as_read: bool = False) -> Tree:
        """What can be kept of it; ``as_read`` says that nobody has changed a certificate since it was read."""
        return tree_of_part(self.noun, as_read=as_read) if self.told is None else self.told


def tree_of_part(noun: object, *, as_read: bool = False) -> Tree:
    """The tree of a part; of a certificate as it was read its DER. ``as_read`` says that all are."""
    if isinstance(noun, Certificate) and (as_read or _read(noun.der) == noun):
        return noun.der
    if isinstance(noun, Conclusion):
        return tree_of(tuple(noun.state), _none)
    return tree_of(noun, _none)


def part_from_tree(tree: Tree) -> object:
    """A part that ``tree_of_part`` made a tree of, a conclusion as its state. Raises UnknownTree for anything else."""
    if isinstance(tree, bytes):
        return _read(tree)
    return from_tree(tree, _no_part)


def _none(noun: object) -> None:
    """A part has no parts."""


def _no_part(number: int) -> object:
    raise UnknownTree(number)


class RecordWriter:
    """Makes records of flows; ``new`` are the parts that the records since the last ``take_new`` need for the first
    time. Keeps at most ``MAX_PARTS``; ``begins`` says that those before count no more."""

    def __init__(self) -> None:
        self.new: list[NewPart] = []
        self.begins = True
        # By identity, which only what is kept alive has for itself.
        self._numbers: dict[int, tuple[int, object]] = {}

    def take_new(self) -> tuple[bool, list[NewPart]]:
        """Whether all parts before are forgotten, and those that are new."""
        taken = self.begins, self.new
        self.begins, self.new = False, []
        return taken

    def make_room(self) -> None:
        """Forget all parts if there are too many: between records that are handed on together."""
        if len(self._numbers) > MAX_PARTS:
            self.begin()

    def begin(self) -> None:
        """Forget all parts."""
        self._numbers.clear()
        self.begins = True

    def part(self, noun: object) -> int:
        """The number of a part."""
        known = self._numbers.get(id(noun))
        return self._numbered(noun) if known is None else known[0]

    def _numbered(self, noun: object, told: Tree = None) -> int:
        number = len(self._numbers)
        self._numbers[id(noun)] = number, noun
        self.new.append(NewPart(number, noun, told))
        return number

    def record(self, flow: Flow) -> Record:
        """The record of a flow. Raises TypeError for one that holds what no flow of a capture does."""
        view = flow.view
        if isinstance(view, FlowOfKind):
            return self._of_kind(view, flow.number)
        outline, numbers = told_messages(flow.messages)
        messages = tree_of_part_number(MESSAGES)
        return (
            BY_ITSELF,
            tree_with(flow, _PLACE_OF_MESSAGES, messages, self.part),
            self.part(outline),
            numbers,
        )

    def _of_kind(self, view: FlowOfKind, number: int) -> Record:
        state = view.state()
        client, server, vantage = state.client, state.server, state.vantage
        return (
            OF_KIND,
            number,
            self.part(state.conclusion),
            state.file,
            state.start,
            state.end,
            state.key,
            state.tcp_stream,
            client.sni,
            client.alpn_offered,
            self.part(client.offered),
            None if server is None else (server.version, server.cipher_suite, server.alpn),
            state.arrivals,
            None if state.carried is None else tuple(state.carried.items()),
            tuple([self._chain(each.presented) for each in state.chains]),
            state.places,
            None if state.request is None else self.part(state.request.request),
            state.request_place,
            self.part(state.matches) if state.matches else None,
            vantage.words,
        )

    def _chain(self, judged: Presented) -> int:
        """The number of what all flows say of a chain, but for frames and directions."""
        known = self._numbers.get(id(judged))
        if known is not None:
            return known[0]
        more = judged.completed_with
        told: Tree = (
            judged.role,
            judged.verdict,
            judged.reason,
            judged.effective_eku,
            judged.broken_at,
            self.part(judged.rule_books),
            judged.entries_missing,
            tuple([self.part(each) for each in judged.chain]),
            None if more is None else tree_of(more, self.part),
        )
        return self._numbered(judged, told)


def _server(told: Sequence[Tree]) -> ServerFacts:
    version, cipher_suite, alpn = cast("tuple[int, int, str | None]", tuple(told))
    return ServerFacts(version, cipher_suite, b"", alpn, False, False)


def _carried(told: Sequence[Tree]) -> tuple[int, tuple[int, ...]]:
    place, frames = told
    return cast(int, place), tuple(cast("Sequence[int]", frames))


class RecordReader:
    """Makes flows of records, once it was given the parts that they need, or ``ask`` gives the tree of a number (and
    raises KeyError if there is none). Where a ``RecordWriter`` begins anew, so does its reader, with another one of
    these."""

    def __init__(self, ask: Callable[[int], Tree] | None = None) -> None:
        self._ask = ask
        self._trees: dict[int, Tree] = {}
        self._parts: dict[int, object] = {}
        self._conclusions: dict[int, Conclusion] = {}
        self._offers: dict[int, Offer] = {}
        self._chains: dict[int, SharedChain] = {}
        self._requests: dict[int, SharedRequest] = {}
        self._seen_from = Vantage()

    def add(self, number: int, tree: Tree) -> None:
        """A part, as ``tree_of_part`` made it."""
        self._trees[number] = tree

    def part(self, number: int) -> object:
        """A part, made when it is first asked for. Raises UnknownTree for one that was not told."""
        found = self._parts.get(number)
        if found is None:
            found = self._parts[number] = part_from_tree(self._tree(number))
        return found

    def _tree(self, number: int) -> Tree:
        if number not in self._trees:
            if self._ask is None:
                raise UnknownTree(number)
            self._trees[number] = self._ask(number)
        return self._trees[number]

    def flow(self, record: Sequence[Tree], before: int = 0) -> Flow:
        """The flow of a record, numbered behind ``before`` others. Raises UnknownTree for what is none."""
        try:
            if record[0] == OF_KIND:
                return self._of_kind(record, before)
            flow = self._by_itself(*record[1:])
        except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError, VantageError):
            raise UnknownTree(record) from None
        if record[0] != BY_ITSELF or not isinstance(flow, Flow):
            raise UnknownTree(record)
        return replace(flow, number=flow.number + before) if before else flow

    def _by_itself(self, tree: Tree, outline: Tree, numbers: Tree) -> object:
        messages = read_messages(self._made(cast(int, outline), tuple), numbers)
        return from_tree(tree, lambda number: messages if number == MESSAGES else self.part(number))

    def _of_kind(self, record: Sequence[Tree], before: int) -> Flow:
        (
            _,
            number,
            conclusion,
            file,
            start,
            end,
            key,
            tcp_stream,
            sni,
            alpn_offered,
            offered,
            server,
            arrivals,
            carried,
            chains,
            places,
            request,
            request_place,
            matches,
            local,
        ) = cast(_OfKind, tuple(record))
        local = tuple(local)
        if self._seen_from.words != local:
            self._seen_from = Vantage(local)
        view = FlowOfKind(
            self._conclusions.get(conclusion) or self._conclusion(conclusion),
            number + before,
            file,
            start,
            end,
            key,
            tcp_stream,
            ClientFacts(b"", sni, tuple(alpn_offered), 0, self._offers.get(offered) or self._offer(offered)),
            None if server is None else _server(server),
            arrivals,
            None if carried is None else dict(map(_carried, carried)),
            tuple([self._chains.get(each) or self._chain(each) for each in chains]),
            tuple(places),
            None if request is None else self._requests.get(request) or self._request(request),
            request_place,
            {} if matches is None else self._made(matches, dict),
            self._seen_from,
        )
        return Flow.over(view, number + before)

    def _made(self, number: int, kind: type[_T]) -> _T:
        found = self.part(number)
        if not isinstance(found, kind):
            raise UnknownTree(number)
        return found

    def _conclusion(self, number: int) -> Conclusion:
        made = self._conclusions[number] = Conclusion(ConclusionState(*self._made(number, tuple)))
        return made

    def _offer(self, number: int) -> Offer:
        made = self._offers[number] = self._made(number, Offer)
        return made

    def _chain(self, number: int) -> SharedChain:
        told = self._tree(number)
        if not isinstance(told, tuple | list):
            raise UnknownTree(number)
        role, verdict, reason, effective, broken_at, findings, missing, certificates, more = cast(
            _Chain, tuple(told)
        )
        presented = Presented(
            role=role,
            direction="unknown",
            frame=0,
            frames=(),
            chain=tuple([self._made(each, Certificate) for each in certificates]),
            verdict=verdict,
            reason=reason,
            effective_eku=None if effective is None else tuple(effective),
            broken_at=broken_at,
            rule_books=self._made(findings, dict),
            entries_missing=missing,
            completed_with=None
            if more is None
            else cast("tuple[KnownIssuer, ...]", from_tree(more, self.part)),
        )
        made = self._chains[number] = chain_of(presented)
        return made

    def _request(self, number: int) -> SharedRequest:
        made = self._requests[number] = request_of(self._made(number, Request))
        return made
