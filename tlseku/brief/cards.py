"""The texts of chains and requests, each written once.

Knows that the same Certificate message in the same role says the same in every flow, but for frames and directions, and
that the same answer to the same CertificateRequest matches it alike; must not know flows. A card is *calm* if nothing
that is concluded from a flow depends on its certificates: they can be read, were valid when presented, and no rule-book
or peer needs explaining. Whatever is not calm is concluded in full.

Limits: ``MAX_CARDS`` of both kinds and ``MAX_TEXT`` bytes; reaching one gives up the oldest.
"""

from __future__ import annotations

from tlseku.conversation import SaidCertificate, SaidRequest
from tlseku.errors import Malformed
from tlseku.flow import Presented, Request, Role
from tlseku.judging import Judge
from tlseku.policy.causes import EKU, causes
from tlseku.policy.validity import SECOND
from tlseku.report.flow_json import presented_to_dict, request_to_dict, to_json
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.certificate_request import read_certificate_request

# Chains and requests whose texts are kept: more than the servers and clients of most networks have.
MAX_CARDS = 4096
# What the texts may take together.
MAX_TEXT = 8 * 1024 * 1024


class ChainCard:
    """``head`` and ``rest`` are the JSON before the direction and after the file. ``calm`` if times from ``valid_from`` to
    ``valid_until`` (nanoseconds) need no explanation."""

    __slots__ = ("calm", "head", "rest", "size", "valid_from", "valid_until", "verdict")

    def __init__(self, role: Role, presented: Presented) -> None:
        said = presented_to_dict(presented)
        for name in ("role", "direction", "frame", "frames", "file"):
            del said[name]
        self.head = f'{{"role":"{role}","direction":"'
        self.rest = f',"file":null,{to_json(said)[1:]}'
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
        if self.calm and presented.chain:
            found = causes(presented.chain, role, self.valid_from, complete=True)
            self.calm = all(cause.name != EKU for cause in found)
        self.size = len(self.rest)


class RequestCard:
    """``head`` and ``rest`` are the JSON around the frame, up to the answer. ``traits`` are what statements on an empty
    answer depend on; ``matches`` are, for each chain that answered, its text, or None if it is not what was asked for."""

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
        self._chains: dict[tuple[int, bytes], ChainCard] = {}
        self._requests: dict[tuple[int, bytes], RequestCard] = {}
        self._size = 0

    def chain(self, side: int, body: bytes) -> ChainCard:
        """The card of a Certificate message of TLS 1.2 or before; ``side`` 0 is the client."""
        key = side, body
        card = self._chains.get(key)
        if card is None:
            said = _said_certificate(side, body)
            role: Role = "server" if side else "client"
            card = ChainCard(role, self._judge.presented(said, role, 0, (), None, False))
            if said.message.problem is not None:
                card.calm = False
            self._make_room(self._chains, card.size + len(body))
            self._chains[key] = card
        return card

    def request(self, body: bytes, version: int) -> RequestCard | None:
        """The card of a CertificateRequest of the server; None if it cannot be read."""
        key = version, body
        card = self._requests.get(key)
        if card is None:
            said = _said_request(body, version)
            if said is None:
                return None
            card = RequestCard(self._asked(said, None, version))
            self._make_room(self._requests, card.size + len(body))
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
        if len(request.matches) >= MAX_CARDS:
            request.matches.clear()
        request.matches[chain] = text
        return text

    def _asked(self, said: SaidRequest, answered: SaidCertificate | None, version: int) -> Request:
        return self._judge.request(said, "server", 0, None, False, "none", answered, version)

    def _make_room(self, cards: dict[tuple[int, bytes], ChainCard] | dict[tuple[int, bytes], RequestCard], size: int) -> None:
        self._size += size
        while cards and (len(cards) >= MAX_CARDS or self._size > MAX_TEXT):
            oldest = next(iter(cards))
            self._size -= cards.pop(oldest).size + len(oldest[1])


def _said_certificate(side: int, body: bytes) -> SaidCertificate:
    return SaidCertificate(side, read_certificate_message(body, tls13=False), 0, (), 0, None)


def _said_request(body: bytes, version: int) -> SaidRequest | None:
    try:
        return SaidRequest(1, read_certificate_request(body, version), 0, 0)
    except Malformed:
        return None
