"""The texts of chains and requests, each written once.

Knows that the same Certificate message in the same role says the same in every flow, but for frames and directions, and
that the same answer to the same CertificateRequest matches it alike; must not know flows. A card is *calm* if nothing
that is concluded from a flow depends on its certificates: they can be read, were valid when presented, and no rule-book
or peer needs explaining. Whatever is not calm is concluded in full.

Limits: ``MAX_CARDS`` of both kinds and ``MAX_TEXT`` bytes; reaching one gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

from tlseku.conversation import SaidCertificate, SaidRequest
from tlseku.errors import Malformed
from tlseku.flow import Presented, Request, Role
from tlseku.judging import Judge
from tlseku.policy.causes import EKU, causes
from tlseku.policy.chain_notes import chain_notes
from tlseku.policy.judgement import Judgement
from tlseku.policy.validity import SECOND
from tlseku.report.flow_json import (
    certificate_to_dict,
    completion_to_dict,
    judgement_to_dict,
    notes_to_dict,
    request_to_dict,
    to_json,
)
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.certificate_request import read_certificate_request
from tlseku.x509.certificate import Certificate

# Chains and requests whose texts are kept: more than the servers and clients of most networks have.
MAX_CARDS = 4096
# What the texts of leafs and requests may take together.
MAX_TEXT = 8 * 1024 * 1024
# Texts that many chains share, and the longest that is kept: most are some kilobytes.
MAX_SHARED = 512
LONGEST_SHARED = 32 * 1024
# Chains whose match with one request is remembered; each keeps its card alive.
MAX_MATCHES = 256

_HEADS: Mapping[Role, str] = {
    role: f'{{"role":"{role}","direction":"' for role in ("client", "server", "unknown")
}
_K = TypeVar("_K")
_V = TypeVar("_V")


class ChainCard:
    """``head`` is the JSON before the direction; ``leaf``, ``issuers`` and ``rest`` that after the file, in turn, of
    which only the first is this chain's own. ``calm`` if times from ``valid_from`` to ``valid_until`` (nanoseconds)
    need no explanation."""

    __slots__ = ("calm", "head", "issuers", "leaf", "rest", "size", "valid_from", "valid_until", "verdict")

    def __init__(self, role: Role, presented: Presented, leaf: str, issuers: str, rest: str) -> None:
        self.head = _HEADS[role]
        self.leaf = leaf
        self.issuers = issuers
        self.rest = rest
        self.verdict = presented.verdict
        self.valid_from = 0
        self.valid_until = 1 << 80
        self.calm = not presented.entries_missing
        for certificate in presented.chain:
            if certificate.not_before is None or certificate.not_after is None or certificate.defects:
                self.calm = False
                break
            self.valid_from = max(self.valid_from, certificate.not_before)
            self.valid_until = min(self.valid_until, certificate.not_after + SECOND - 1)
        self.size = len(leaf)


class RequestCard:
    """``head`` and ``rest`` are the JSON around the frame, up to the answer. ``traits`` are what statements on an empty
    answer depend on; ``matches`` are, for each chain that answered, its text, or None if it is not what was asked
    for."""

    __slots__ = ("head", "matches", "rest", "size", "traits")

    def __init__(self, request: Request) -> None:
        said = request_to_dict(request)
        for name in ("role", "frame", "file", "answer", "matches"):
            del said[name]
        self.head = f'{{"role":"{request.role}","frame":'
        self.rest = f',"file":null,{to_json(said)[1:-1]},"answer":"'
        self.traits = bool(request.authorities) * 2 + (
            request.certificate_types is not None or request.signature_algorithms is not None
        )
        self.matches: dict[ChainCard, str | None] = {}
        self.size = len(self.rest)


class Cards:
    """Makes and keeps cards; ``judge`` is that of the full conclusion."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._chains: dict[bytes, ChainCard] = {}
        self._requests: dict[bytes, RequestCard] = {}
        self._size = 0
        # What many chains share: the texts of their issuers, of their make-up and judgement, and whether a peer
        # that accepts such a chain needs explaining.
        self._issuers: dict[tuple[str, ...], str] = {}
        self._rests: dict[tuple[str, Judgement], str] = {}
        self._explained: dict[Judgement, bool] = {}

    def chain(self, side: int, body: bytes) -> ChainCard:
        """The card of a Certificate message of TLS 1.2 or before; ``side`` 0 is the client."""
        key = sha256(body).digest() if side else sha256(body).digest() + b"c"
        card = self._chains.get(key)
        if card is None:
            card = self._chain_card("server" if side else "client", _said_certificate(side, body))
            self._make_room(card.size)
            self._chains[key] = card
        return card

    def _chain_card(self, role: Role, said: SaidCertificate) -> ChainCard:
        presented = self._judge.presented(said, role, 0, (), None, False)
        chain = presented.chain
        more = [each.certificate for each in presented.completed_with or ()]
        judgement = self._judge.judgements.judge(chain, role, complete=said.message.whole, more=more)
        leaf = ',"file":null,"renegotiation":false,"chain":['
        if chain:
            leaf += _certificate_text(0, chain[0])
        card = ChainCard(role, presented, leaf, self._issuers_text(chain), self._rest(presented, judgement))
        if said.message.problem is not None:
            card.calm = False
        if card.calm and chain:
            card.calm = not self._needs_explaining(presented, judgement)
        return card

    def _issuers_text(self, chain: Sequence[Certificate]) -> str:
        key = tuple([each.sha256 for each in chain[1:]])
        text = self._issuers.get(key)
        if text is None:
            text = "".join(
                [f",{_certificate_text(index, each)}" for index, each in enumerate(chain) if index]
            )
            if len(text) <= LONGEST_SHARED:
                _keep(self._issuers, key, text)
        return text

    def _rest(self, presented: Presented, judgement: Judgement) -> str:
        """What follows the chain: most of it the findings of rule-books."""
        notes = chain_notes(presented.chain, presented.completed_with, complete=not presented.entries_missing)
        first = to_json(
            {
                "entries_missing": presented.entries_missing,
                "completed_with": completion_to_dict(presented.chain, presented.completed_with),
                "chain_notes": notes_to_dict(notes),
            }
        )
        key = first, judgement
        text = self._rests.get(key)
        if text is None:
            text = f"],{first[1:-1]},{to_json(judgement_to_dict(presented))[1:]}"
            if len(text) <= LONGEST_SHARED:
                _keep(self._rests, key, text)
        return text

    def _needs_explaining(self, presented: Presented, judgement: Judgement) -> bool:
        answer = self._explained.get(judgement)
        if answer is None:
            found = causes(presented.chain, presented.role, 0, complete=not presented.entries_missing)
            answer = any(cause.name == EKU for cause in found)
            _keep(self._explained, judgement, answer)
        return answer

    def request(self, body: bytes, version: int) -> RequestCard | None:
        """The card of a CertificateRequest of the server; None if it cannot be read."""
        key = sha256(body).digest() + version.to_bytes(2, "big")
        card = self._requests.get(key)
        if card is None:
            said = _said_request(body, version)
            if said is None:
                return None
            card = RequestCard(self._asked(said, None, version))
            self._make_room(card.size)
            self._requests[key] = card
        return card

    def matches(
        self, request: RequestCard, chain: ChainCard, request_body: bytes, chain_body: bytes, version: int
    ) -> str | None:
        """The JSON of how the chain meets the request; None if it does not, which needs explaining."""
        if chain in request.matches:
            return request.matches[chain]
        said = _said_request(request_body, version)
        text: str | None = None
        if said is not None:
            asked = self._asked(said, _said_certificate(0, chain_body), version)
            if all(match.ok is not False for match in asked.matches.values()):
                matches = request_to_dict(asked)["matches"]
                text = to_json({"matches": matches})[len('{"matches":') : -1]
        if len(request.matches) >= MAX_MATCHES:
            request.matches.clear()
        request.matches[chain] = text
        return text

    def _asked(self, said: SaidRequest, answered: SaidCertificate | None, version: int) -> Request:
        return self._judge.request(said, "server", 0, None, False, "none", answered, version)

    def _make_room(self, size: int) -> None:
        self._size += size
        while len(self._chains) + len(self._requests) >= MAX_CARDS or self._size > MAX_TEXT:
            if self._chains:
                self._size -= self._chains.pop(next(iter(self._chains))).size
            elif self._requests:
                self._size -= self._requests.pop(next(iter(self._requests))).size
            else:
                return


def _certificate_text(index: int, certificate: Certificate) -> str:
    return f'{{"index":{index},{to_json(certificate_to_dict(certificate))[1:]}'


def _keep(kept: dict[_K, _V], key: _K, value: _V) -> None:
    if len(kept) >= MAX_SHARED:
        del kept[next(iter(kept))]
    kept[key] = value


def _said_certificate(side: int, body: bytes) -> SaidCertificate:
    return SaidCertificate(side, read_certificate_message(body, tls13=False), 0, (), 0, None)


def _said_request(body: bytes, version: int) -> SaidRequest | None:
    try:
        return SaidRequest(1, read_certificate_request(body, version), 0, 0)
    except Malformed:
        return None
