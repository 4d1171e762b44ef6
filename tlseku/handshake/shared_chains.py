"""Chains and requests that many flows have in common, each judged once.

Knows that the same Certificate message in the same role says the same in every flow, but for frames and directions, and
that the same answer to the same CertificateRequest matches it alike; must not know flows. A chain is *plain* if its
certificates can be read and are not cut: then, as long as they are valid, what is concluded from a flow depends on them
by no more than ``against`` says. A flow with any other is concluded by itself.

Limits: ``MAX_KEPT`` of both kinds and ``MAX_BYTES``; reaching one gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final, Literal, TypeVar

from tlseku.errors import Malformed
from tlseku.flow import Presented, Request
from tlseku.handshake.chain_likeness import likeness
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.message_log import SaidCertificate, SaidRequest
from tlseku.policy.causes import EKU, causes, purposes_fit
from tlseku.policy.peer_software.default_store import names_of_default_store
from tlseku.policy.peer_software.request_shape import NO_EVIDENCE, PeerEvidence
from tlseku.policy.request_match import Match
from tlseku.policy.rule_books.judgement import Judgement
from tlseku.policy.validity import SECOND
from tlseku.policy.verdict import Verdict, VerdictWord
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.certificate_request import read_certificate_request
from tlseku.tls.handshake_types import CERTIFICATE, CERTIFICATE_REQUEST
from tlseku.tls.message import Message
from tlseku.x509.cache import FACTS
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name, names_nobody

MAX_KEPT = 4096
"""Chains and requests that are kept: more than the servers and clients of most networks have."""

MAX_BYTES = 8 * 1024 * 1024
"""What is kept of leafs, and of requests, may take so much together: some 2,900. Where chains come round in turn, a
bound below their number loses all of them."""

MAX_SHARED: Final = 512
"""Issuers and objections that many chains share, and kinds of chains that are told apart."""

LONGEST_SHARED: Final = 32 * 1024
"""Bytes of issuers above a leaf that are kept once for all leafs below them."""

MAX_ISSUERS: Final = 128
"""Different issuers above leafs that are kept so."""

MAX_MATCHES: Final = 256
"""Kinds of chains whose match with one request is remembered."""

MAX_EQUAL: Final = 8192
"""Names of CAs and lists of code points of which one object stands for all equal ones."""

FEW_NAMES: Final = 32
"""Names that are looked through as quickly as found in a set, which takes three times the room."""

LONGEST_KEY: Final = 512
"""Requests that are looked for by all of their bytes; longer ones by their digest."""

# Length of the list and of the leaf (RFC 5246 section 7.4.2). Certificates are looked for by the beginning of the leaf,
# which holds the serial number, and the end of its signature; then all bytes are compared.
_LENGTHS: Final = 6
_BEGINNING: Final = _LENGTHS + 44
_END: Final = 12

_K = TypeVar("_K")
_V = TypeVar("_V")
_H = TypeVar("_H", bound=Hashable)

_NO_MATCHES: Final[Mapping[str, Match]] = {}


class SharedChain:
    """``presented`` is what every flow says of the chain, but for where and when; ``verdict`` is that of it.
    ``is_plain`` if times from ``valid_from`` to ``valid_until`` (nanoseconds) need no explanation.

    ``judgement`` is that of all chains that look alike. ``against_purpose`` is the number of what may be objected to
    (``SharedChains.against``) where the purpose is among it, else 0. Those with the same number ``alike`` answer
    requests alike, but for the name of the leaf, ``leaf_name``. ``kept`` is what others keep with the chain."""

    __slots__ = (
        "_body",
        "_issuers_der",
        "_leaf_der",
        "_leaf_name",
        "against_purpose",
        "alike",
        "is_plain",
        "judgement",
        "kept",
        "presented",
        "size",
        "valid_from",
        "valid_until",
        "verdict",
    )

    def __init__(self, presented: Presented, judgement: Judgement) -> None:
        self.presented = presented
        self.kept: dict[str, object] = {}
        self.verdict: str = presented.verdict
        self.judgement = judgement
        self.against_purpose = self.alike = 0
        self._leaf_name: str | None = None
        self.valid_from = 0
        self.valid_until = 1 << 80
        self.is_plain = not presented.entries_missing
        for certificate in (*presented.chain, *[each.certificate for each in presented.completed_with or ()]):
            if certificate.not_before is None or certificate.not_after is None or certificate.defects:
                self.is_plain = False
                break
            self.valid_from = max(self.valid_from, certificate.not_before)
            self.valid_until = min(self.valid_until, certificate.not_after + SECOND - 1)
        self._body = b""
        self._leaf_der = b""
        self._issuers_der = b""
        self.size = FACTS

    @property
    def leaf_name(self) -> str:
        """The name of the leaf, folded, ``""`` without one."""
        if self._leaf_name is None:
            chain = self.presented.chain
            self._leaf_name = folded_name(chain[0].subject_der) if chain else ""
        return self._leaf_name

    def made_of(self, body: bytes, leaf_der: bytes, issuers_der: bytes) -> None:
        """Remember the Certificate message, in parts that other chains share."""
        plain = len(body) == _LENGTHS + len(leaf_der) + len(issuers_der)
        if plain and body.startswith(leaf_der, _LENGTHS) and body.endswith(issuers_der):
            self._body, self._leaf_der, self._issuers_der = body[:_LENGTHS], leaf_der, issuers_der
            self.size += len(leaf_der)
        else:
            self._body, self._leaf_der, self._issuers_der = body, b"", b""
            self.size += len(body)

    def is_of(self, body: bytes) -> bool:
        """Whether a Certificate message is that of this chain."""
        if len(body) != len(self._body) + len(self._leaf_der) + len(self._issuers_der):
            return False
        if not body.startswith(self._body) or not body.endswith(self._issuers_der):
            return False
        return not self._leaf_der or body.startswith(self._leaf_der, _LENGTHS)


def chain_of(presented: Presented) -> SharedChain:
    """The chain of which flows say this, for flows that were concluded elsewhere."""
    word: VerdictWord = presented.verdict  # type: ignore[assignment]  # of which a flow has no others
    verdict = Verdict(word, presented.reason, presented.effective_eku, presented.broken_at)
    chain = SharedChain(presented, Judgement(verdict, presented.rule_books))
    chain.size += sum([len(each.der) for each in presented.chain])
    return chain


class SharedRequest:
    """``request`` is what every flow says of a CertificateRequest, but for where, when and what answered it. ``traits``
    are what statements on an empty answer depend on, ``tells`` is a number that requests share which tell the same of
    the server's software and of its trust store; ``matches`` are, for each kind of chain that answered, how it
    meets what was asked, or None if it does not (None before any did). ``names`` are the names of CAs asked for, to
    compare by."""

    __slots__ = ("evidence", "matches", "names", "request", "size", "tells", "traits")

    def __init__(self, request: Request, evidence: PeerEvidence, tells: int, size: int) -> None:
        self.request = request
        self.evidence = evidence
        self.tells = tells
        self.traits = bool(request.authorities) * 2 + (
            request.certificate_types is not None or request.signature_algorithms is not None
        )
        self.matches: dict[SharedChain | int, Mapping[str, Match] | None] | None = None
        self.names: Container[str] | None = None
        # Names of CAs are kept encoded, as text, and folded.
        self.size = FACTS + 4 * size


def request_of(request: Request) -> SharedRequest:
    """The request of which flows say this, for flows that were concluded elsewhere."""
    return SharedRequest(request, NO_EVIDENCE, 0, sum([len(each) for each in request.authorities]))


class SharedChains:
    """Makes and keeps chains and requests; ``judge`` is that of flows that are concluded by themselves."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._servers: dict[bytes, SharedChain] = {}
        self._clients: dict[bytes, SharedChain] = {}
        self._requests: dict[bytes, SharedRequest] = {}
        # Bytes of all, and of requests among them.
        self._size = 0
        self._asked_size = 0
        # What many chains share: the bytes of their issuers, what may be held against them, and the numbers of kinds.
        self._issuers: dict[tuple[str, ...], bytes] = {}
        self._objections: dict[tuple[Judgement, int], tuple[int, bool]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._numbered = 0
        # One object for all that are equal.
        self._equal: dict[Hashable, Hashable] = {}
        self._met: dict[tuple[tuple[str, Match], ...], Mapping[str, Match]] = {}

    def chain(self, side: int, body: bytes) -> SharedChain:
        """The chain of a Certificate message of TLS 1.2 or before; ``side`` 0 is the client."""
        chains = self._servers if side else self._clients
        mark = body
        if len(body) > _LENGTHS:
            leaf_end = _LENGTHS + (body[3] << 16 | body[4] << 8 | body[5])
            if leaf_end > _BEGINNING:
                mark = body[:_BEGINNING] + body[leaf_end - _END : leaf_end]
        chain = chains.get(mark)
        if chain is None or not chain.is_of(body):
            chain = self._judged("server" if side else "client", body)
            self._make_room(chain.size)
            if mark in chains:
                self._size -= chains[mark].size
            chains[mark] = chain
        return chain

    def _judged(self, role: Literal["client", "server"], body: bytes) -> SharedChain:
        said = _said_certificate(0 if role == "client" else 1, body)
        presented, judgement = self._judge.judged(said, role, 0, (), None, False)
        certificates = presented.chain
        chain = SharedChain(presented, judgement)
        chain.made_of(body, certificates[0].der if certificates else b"", self._issuers_of(certificates))
        if said.message.problem is not None:
            chain.is_plain = False
        if not chain.is_plain or not certificates:
            return chain
        chain.alike = self._number(likeness(certificates))
        above = [each.certificate for each in presented.completed_with or ()]
        if not purposes_fit(certificates, role, above):
            number, by_purpose = self._objected(chain)
            chain.against_purpose = number if by_purpose else 0
        return chain

    def against(self, chain: SharedChain) -> int:
        """A number that is the same for all chains that may be objected to for the same reasons, as long as the reasons
        are remembered; 0 for one that is not plain or has no certificate."""
        return self._objected(chain)[0] if chain.alike else 0

    def _objected(self, chain: SharedChain) -> tuple[int, bool]:
        """The number of what may be held against a chain, and whether its purpose is among it."""
        key = chain.judgement, chain.alike
        objections = self._objections.get(key)
        if objections is None:
            found = _objections(chain.presented, chain.valid_from)
            number = self._number((chain.judgement, *found))
            objections = number, any(name == EKU for name, _ in found)
            _keep(self._objections, key, objections)
        return objections

    def _issuers_of(self, chain: Sequence[Certificate]) -> bytes:
        """What stands above the leaf in the Certificate message."""
        key = tuple([each.sha256 for each in chain[1:]])
        found = self._issuers.get(key)
        if found is None:
            parts: list[bytes] = []
            for each in chain[1:]:
                parts.append(len(each.der).to_bytes(3, "big"))
                parts.append(each.der)
            found = b"".join(parts)
            if len(found) <= LONGEST_SHARED:
                _keep(self._issuers, key, found, MAX_ISSUERS)
        return found

    def _number(self, kind: Hashable) -> int:
        """A number above 0 that no other kind has, the same as long as the kind is remembered."""
        number = self._numbers.get(kind)
        if number is None:
            self._numbered = number = self._numbered + 1
            _keep(self._numbers, kind, number)
        return number

    def request(self, body: bytes, version: int) -> SharedRequest | None:
        """A CertificateRequest of the server; None if it cannot be read."""
        key = (body if len(body) <= LONGEST_KEY else sha256(body).digest()) + version.to_bytes(2, "big")
        kept = self._requests.get(key)
        if kept is None:
            said = _said_request(body, version)
            if said is None:
                return None
            asked = self._shared(self._asked(said, None, version))
            evidence = self._same(self._judge.peer_evidence(said))
            tells = self._number((evidence, names_of_default_store(asked.authorities)))
            kept = SharedRequest(asked, evidence, tells, len(body))
            self._make_room(kept.size)
            self._asked_size += kept.size
            self._requests[key] = kept
        return kept

    def matches(
        self,
        request: SharedRequest,
        chain: SharedChain,
        request_body: bytes,
        chain_body: bytes,
        version: int,
    ) -> Mapping[str, Match] | None:
        """How the chain meets the request; None if it does not, which needs explaining."""
        key: SharedChain | int = chain.alike
        if request.traits & 2 and chain.leaf_name in self._names_of(request):
            key = chain
        known = request.matches
        if known is None:
            known = request.matches = {}
        if key in known:
            return known[key]
        said = _said_request(request_body, version)
        matches: Mapping[str, Match] | None = None
        if said is not None:
            asked = self._asked(said, _said_certificate(0, chain_body), version)
            if False not in [match.ok for match in asked.matches.values()]:
                met = tuple(asked.matches.items())
                matches = self._met.get(met)
                if matches is None:
                    matches = asked.matches
                    _keep(self._met, met, matches)
        if len(known) >= MAX_MATCHES:
            known.clear()
        known[key] = matches
        return matches

    def _names_of(self, request: SharedRequest) -> Container[str]:
        names = request.names
        if names is None:
            folded = [
                self._same(folded_name(der)) for der in request.request.authorities if not names_nobody(der)
            ]
            names = request.names = tuple(folded) if len(folded) <= FEW_NAMES else frozenset(folded)
        return names

    def _shared(self, request: Request) -> Request:
        """The request, made of what others are made of: servers ask for the same names in one way or another."""
        types, schemes = request.certificate_types, request.signature_algorithms
        return replace(
            request,
            certificate_types=None if types is None else self._same(types),
            signature_algorithms=None if schemes is None else self._same(schemes),
            authorities=tuple([self._same(der) for der in request.authorities]),
            authority_names=tuple([self._same(name) for name in request.authority_names]),
            matches=_NO_MATCHES,
        )

    def _same(self, value: _H) -> _H:
        """The first object that was equal to the value, as long as that is remembered."""
        same = self._equal.get(value)
        if same is not None:
            return same  # type: ignore[return-value]  # what is equal is of the same type
        if len(self._equal) >= MAX_EQUAL:
            self._equal.clear()
        self._equal[value] = value
        return value

    def _asked(self, said: SaidRequest, answered: SaidCertificate | None, version: int) -> Request:
        return self._judge.request(said, "server", 0, None, False, "none", answered, version)

    def _make_room(self, size: int) -> None:
        self._size += size
        tables: list[dict[bytes, SharedChain]] = [self._clients, self._servers]
        while len(self._requests) + len(tables[0]) + len(tables[1]) >= MAX_KEPT or self._size > MAX_BYTES:
            fuller = tables[0] if len(tables[0]) > len(tables[1]) else tables[1]
            # Whichever takes more gives up its oldest, so that neither drives out the other.
            if self._requests and (not fuller or 2 * self._asked_size > self._size):
                size = self._requests.pop(next(iter(self._requests))).size
                self._asked_size -= size
                self._size -= size
            elif fuller:
                self._size -= fuller.pop(next(iter(fuller))).size
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


def _keep(kept: dict[_K, _V], key: _K, value: _V, most: int = MAX_SHARED) -> None:
    if len(kept) >= most:
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
