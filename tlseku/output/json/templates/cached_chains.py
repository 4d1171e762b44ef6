"""The texts of chains and requests in ASCII, each written once.

Knows that the same Certificate message in the same role says the same in every flow, but for frames and directions, and
that the same answer to the same CertificateRequest matches it alike; must not know flows. A card is *calm* if its
certificates can be read and are not cut: then, as long as they are valid, what is concluded from a flow depends on them
by no more than ``against`` says. Whatever is not calm is concluded in full.

Limits: ``MAX_CARDS`` of both kinds and ``MAX_TEXT`` bytes; reaching one gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from librt.strings import BytesWriter

from tlseku.errors import Malformed
from tlseku.flow import Presented, Request, Role
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.message_log import SaidCertificate, SaidRequest
from tlseku.output.json.flow_json import request_to_dict, to_json
from tlseku.output.json.templates.certificate_text import certificate_text
from tlseku.output.json.templates.chain_likeness import likeness
from tlseku.output.json.templates.digits import write_frames, write_number
from tlseku.output.json.templates.flow_line import FlowTexts
from tlseku.policy.causes import EKU, causes
from tlseku.policy.rule_books.judgement import Judgement
from tlseku.policy.validity import SECOND
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.certificate_request import read_certificate_request
from tlseku.tls.handshake_types import CERTIFICATE, CERTIFICATE_REQUEST
from tlseku.tls.message import Message
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name, names_nobody

if TYPE_CHECKING:
    from mypy_extensions import i64

# Chains and requests whose texts are kept: more than the servers and clients of most networks have.
MAX_CARDS = 4096
# What the texts and encoded certificates of leafs, and the texts of requests, may take together.
MAX_TEXT = 8 * 1024 * 1024
# Texts that many chains share, and the longest that is kept: most are some kilobytes.
MAX_SHARED = 512
LONGEST_SHARED = 32 * 1024
# Kinds of chains whose match with one request is remembered.
MAX_MATCHES = 256
# Requests that are looked for by all of their bytes; longer ones by their digest.
LONGEST_KEY = 512

# Length of the list and of the leaf (RFC 5246 section 7.4.2). Certificates are looked for by the beginning of the leaf,
# which holds the serial number, and the end of its signature; then all bytes are compared.
_LENGTHS: Final = 6
_BEGINNING: Final = _LENGTHS + 44
_END: Final = 12

_HEADS: Mapping[Role, bytes] = {
    role: f'{{"role":"{role}","direction":"'.encode() for role in ("client", "server", "unknown")
}
_K = TypeVar("_K")
_V = TypeVar("_V")


class ChainCard:
    """``head`` is the JSON before the direction; ``leaf``, ``issuers`` and ``rest`` that after its frames, in turn, of
    which only the first is this chain's own. ``calm`` if times from ``valid_from`` to ``valid_until`` (nanoseconds)
    need no explanation.

    Chains with the same number ``against`` may be objected to for the same reasons; ``against_purpose`` is the same
    where their purpose is among these, else 0. Those with the same number ``alike`` answer requests alike, but for the
    name of the leaf, ``leaf_name``."""

    __slots__ = (
        "_body",
        "_issuers_der",
        "_leaf_der",
        "_leaf_name",
        "_subject",
        "against",
        "against_purpose",
        "alike",
        "calm",
        "head",
        "issuers",
        "leaf",
        "rest",
        "size",
        "valid_from",
        "valid_until",
        "verdict",
    )

    def __init__(self, role: Role, presented: Presented, leaf: bytes, issuers: bytes) -> None:
        self.head = _HEADS[role]
        self.leaf = leaf
        self.issuers = issuers
        self.rest = b""
        self.verdict = presented.verdict
        self.against = self.against_purpose = self.alike = 0
        self._subject = presented.chain[0].subject_der if presented.chain else None
        self._leaf_name: str | None = None
        self.valid_from = 0
        self.valid_until = 1 << 80
        self.calm = not presented.entries_missing
        for certificate in (*presented.chain, *[each.certificate for each in presented.completed_with or ()]):
            if certificate.not_before is None or certificate.not_after is None or certificate.defects:
                self.calm = False
                break
            self.valid_from = max(self.valid_from, certificate.not_before)
            self.valid_until = min(self.valid_until, certificate.not_after + SECOND - 1)
        self._body = b""
        self._leaf_der = b""
        self._issuers_der = b""
        self.size = len(leaf)

    @property
    def leaf_name(self) -> str:
        """The name of the leaf, folded, ``""`` without one."""
        if self._leaf_name is None:
            self._leaf_name = "" if self._subject is None else folded_name(self._subject)
        return self._leaf_name

    def made_of(self, body: bytes, leaf_der: bytes, issuers_der: bytes) -> None:
        """Remember the Certificate message, in parts that other cards share."""
        plain = len(body) == _LENGTHS + len(leaf_der) + len(issuers_der)
        if plain and body.startswith(leaf_der, _LENGTHS) and body.endswith(issuers_der):
            self._body, self._leaf_der, self._issuers_der = body[:_LENGTHS], leaf_der, issuers_der
            self.size += len(leaf_der)
        else:
            self._body, self._leaf_der, self._issuers_der = body, b"", b""
            self.size += len(body)

    def is_of(self, body: bytes) -> bool:
        """Whether this is the card of a Certificate message."""
        if len(body) != len(self._body) + len(self._leaf_der) + len(self._issuers_der):
            return False
        if not body.startswith(self._body) or not body.endswith(self._issuers_der):
            return False
        return not self._leaf_der or body.startswith(self._leaf_der, _LENGTHS)

    def write(self, out: BytesWriter, direction: bytes, reference: i64, frames: tuple[int, ...]) -> None:
        """Append the JSON of the chain, of which the last byte came in ``reference``, and all in ``frames``."""
        out.write(self.head)
        out.write(direction)
        out.write(b'","frame":')
        write_number(out, reference & FRAME_MASK)
        out.write(b',"frames":[')
        write_frames(out, frames)
        out.write(self.leaf)
        out.write(self.issuers)
        out.write(self.rest)


class RequestCard:
    """``head`` and ``rest`` are the JSON around the frame, up to the answer. ``traits`` are what statements on an empty
    answer depend on; ``matches`` are, for each kind of chain that answered, its text, or None if it is not what was
    asked for. ``names`` are the names of CAs asked for, to compare by."""

    __slots__ = ("_authorities", "_names", "head", "matches", "rest", "size", "traits")

    def __init__(self, request: Request) -> None:
        said = request_to_dict(request)
        for name in ("role", "frame", "file", "answer", "matches"):
            del said[name]
        self.head = f'{{"role":"{request.role}","frame":'.encode()
        self.rest = f',"file":null,{to_json(said)[1:-1]},"answer":"'.encode("ascii")
        self.traits = bool(request.authorities) * 2 + (
            request.certificate_types is not None or request.signature_algorithms is not None
        )
        self.matches: dict[ChainCard | int, bytes | None] = {}
        self._authorities = request.authorities
        self._names: frozenset[str] | None = None
        self.size = len(self.rest)

    @property
    def names(self) -> frozenset[str]:
        """The names of the CAs asked for, folded."""
        if self._names is None:
            self._names = frozenset([folded_name(der) for der in self._authorities if not names_nobody(der)])
        return self._names


class Cards:
    """Makes and keeps cards; ``judge`` is that of the full conclusion, ``texts`` those of flows concluded in full."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.texts = FlowTexts()
        self._servers: dict[bytes, ChainCard] = {}
        self._clients: dict[bytes, ChainCard] = {}
        self._requests: dict[bytes, RequestCard] = {}
        self._size = 0
        # What many chains share: the texts and bytes of their issuers, the texts of their make-up and judgement,
        # with what may be held against them, and the numbers of kinds.
        self._issuers: dict[tuple[str, ...], tuple[bytes, bytes]] = {}
        self._words: dict[tuple[Judgement, int], tuple[bytes, int, int]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._numbered = 0

    def chain(self, side: int, body: bytes) -> ChainCard:
        """The card of a Certificate message of TLS 1.2 or before; ``side`` 0 is the client."""
        cards = self._servers if side else self._clients
        mark = body
        if len(body) > _LENGTHS:
            leaf_end = _LENGTHS + (body[3] << 16 | body[4] << 8 | body[5])
            if leaf_end > _BEGINNING:
                mark = body[:_BEGINNING] + body[leaf_end - _END : leaf_end]
        card = cards.get(mark)
        if card is None or not card.is_of(body):
            card = self._chain_card("server" if side else "client", body)
            self._make_room(card.size)
            if mark in cards:
                self._size -= cards[mark].size
            cards[mark] = card
        return card

    def _chain_card(self, role: Role, body: bytes) -> ChainCard:
        said = _said_certificate(0 if role == "client" else 1, body)
        presented, judgement = self._judge.judged(said, role, 0, (), None, False)
        chain = presented.chain
        leaf = '],"file":null,"renegotiation":false,"chain":['
        if chain:
            leaf += certificate_text(0, chain[0])
        issuers, issuers_der = self._issuers_of(chain)
        card = ChainCard(role, presented, leaf.encode("ascii"), issuers)
        card.made_of(body, chain[0].der if chain else b"", issuers_der)
        if said.message.problem is not None:
            card.calm = False
        if not card.calm or not chain:
            card.rest = self.texts.rest(presented).encode("ascii")
            return card
        card.alike = self._number(likeness(chain))
        key = judgement, card.alike
        words = self._words.get(key)
        if words is None:
            found = _objections(presented, card.valid_from)
            against = self._number((judgement, *found))
            by_purpose = any(name == EKU for name, _ in found)
            words = self.texts.rest(presented).encode("ascii"), against, against if by_purpose else 0
            if len(words[0]) <= LONGEST_SHARED:
                _keep(self._words, key, words)
        card.rest, card.against, card.against_purpose = words
        return card

    def _issuers_of(self, chain: Sequence[Certificate]) -> tuple[bytes, bytes]:
        """The JSON of what stands above the leaf, and its bytes in the Certificate message."""
        key = tuple([each.sha256 for each in chain[1:]])
        found = self._issuers.get(key)
        if found is None:
            texts: list[str] = []
            ders: list[bytes] = []
            for index, each in enumerate(chain):
                if index:
                    texts.append(f",{certificate_text(index, each)}")
                    ders.append(len(each.der).to_bytes(3, "big"))
                    ders.append(each.der)
            found = "".join(texts).encode("ascii"), b"".join(ders)
            if len(found[0]) <= LONGEST_SHARED and len(found[1]) <= LONGEST_SHARED:
                _keep(self._issuers, key, found)
        return found

    def _number(self, kind: Hashable) -> int:
        """A number above 0 that no other kind has, the same as long as the kind is remembered."""
        number = self._numbers.get(kind)
        if number is None:
            self._numbered = number = self._numbered + 1
            _keep(self._numbers, kind, number)
        return number

    def request(self, body: bytes, version: int) -> RequestCard | None:
        """The card of a CertificateRequest of the server; None if it cannot be read."""
        key = (body if len(body) <= LONGEST_KEY else sha256(body).digest()) + version.to_bytes(2, "big")
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
    ) -> bytes | None:
        """The JSON of how the chain meets the request; None if it does not, which needs explaining."""
        key: ChainCard | int = chain.alike
        if request.traits & 2 and chain.leaf_name in request.names:
            key = chain
        if key in request.matches:
            return request.matches[key]
        said = _said_request(request_body, version)
        text: bytes | None = None
        if said is not None:
            asked = self._asked(said, _said_certificate(0, chain_body), version)
            if False not in [match.ok for match in asked.matches.values()]:
                matches = request_to_dict(asked)["matches"]
                text = to_json({"matches": matches})[len('{"matches":') : -1].encode("ascii")
        if len(request.matches) >= MAX_MATCHES:
            request.matches.clear()
        request.matches[key] = text
        return text

    def _asked(self, said: SaidRequest, answered: SaidCertificate | None, version: int) -> Request:
        return self._judge.request(said, "server", 0, None, False, "none", answered, version)

    def _make_room(self, size: int) -> None:
        self._size += size
        tables: list[dict[bytes, ChainCard]] = [self._clients, self._servers]
        while len(self._requests) + len(tables[0]) + len(tables[1]) >= MAX_CARDS or self._size > MAX_TEXT:
            fuller = tables[0] if len(tables[0]) > len(tables[1]) else tables[1]
            if fuller:
                self._size -= fuller.pop(next(iter(fuller))).size
            elif self._requests:
                self._size -= self._requests.pop(next(iter(self._requests))).size
            else:
                return


def _objections(presented: Presented, time: int) -> tuple[tuple[str, str], ...]:
    """What may be held against a chain at a time when it is valid, apart from the name of a server."""
    found = causes(
        presented.chain,
        presented.role,
        time,
        complete=not presented.entries_missing,
        above=[each.certificate for each in presented.completed_with or ()],
    )
    return tuple([(cause.name, cause.reason) for cause in found])


def _keep(kept: dict[_K, _V], key: _K, value: _V) -> None:
    if len(kept) >= MAX_SHARED:
        del kept[next(iter(kept))]
    kept[key] = value


def _said_certificate(side: int, body: bytes) -> SaidCertificate:
    of = Message(side, CERTIFICATE, 0, 0, b"", 0, None, None, False)
    return SaidCertificate(of, read_certificate_message(body, tls13=False))


def _said_request(body: bytes, version: int) -> SaidRequest | None:
    try:
        of = Message(1, CERTIFICATE_REQUEST, 0, 0, b"", 0, None, None, False)
        return SaidRequest(of, read_certificate_request(body, version))
    except Malformed:
        return None
