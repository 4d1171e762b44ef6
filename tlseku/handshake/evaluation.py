"""What was presented and asked, judged.

Joins the certificates of a conversation with ``x509`` and ``policy``: from a Certificate message to a ``Presented``,
from a CertificateRequest and its answer to a ``Request``. Must not know the rest of a handshake, which
``facts`` knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tlseku._objects import maker_of
from tlseku.errors import Malformed
from tlseku.flow import Answer, Presented, Request, Role
from tlseku.handshake.message_log import SaidCertificate, SaidRequest
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.peer_software.request_shape import PeerEvidence, RequestShape
from tlseku.policy.request_match import Asked, Match, match_request
from tlseku.policy.rule_books import Context, RuleBook, RuleBookSet
from tlseku.policy.rule_books.judgement import Judgement, Judgements
from tlseku.tls import extensions as ext
from tlseku.x509.cache import CertificateCache
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_text

_CUT = {
    "capture_ends": "the capture ends there",
    "connection_ended": "the connection ended there",
    "table_full": "it was given up there, since the table of connections was full",
    "segment_lost": "a segment is missing from the capture",
    "datagram_lost": "a datagram is missing from the capture",
    "fragment_lost": "an IP fragment of the datagram is missing from the capture",
    "snaplen_truncated": "the capture kept only the beginning of the packet",
    "starts_mid_handshake": "the capture starts in the middle",
}

_new_presented = maker_of(Presented)
_new_request = maker_of(Request)

ReadCertificate = Callable[[bytes], Certificate]
_T = TypeVar("_T")


class Judge:
    """``read_certificate`` gives the facts of a DER certificate, ``books`` holds the rule-books that judge,
    ``known_issuers`` complete the paths of chains."""

    __slots__ = ("_told", "judgements", "known_issuers", "read_certificate")

    def __init__(
        self, read_certificate: ReadCertificate, books: RuleBookSet, known_issuers: KnownIssuers | None = None
    ) -> None:
        self.read_certificate = read_certificate
        self.judgements = Judgements(books)
        self.known_issuers = known_issuers
        self._told = PeerEvidence(None, books.context.peer_software)

    def presented(
        self,
        said: SaidCertificate,
        role: Role,
        frame: int,
        frames: tuple[int, ...],
        file: str | None,
        renegotiation: bool,
    ) -> Presented:
        """The chain of a Certificate message, judged in its role."""
        return self.judged(said, role, frame, frames, file, renegotiation)[0]

    def judged(
        self,
        said: SaidCertificate,
        role: Role,
        frame: int,
        frames: tuple[int, ...],
        file: str | None,
        renegotiation: bool,
    ) -> tuple[Presented, Judgement]:
        """The same, and the judgement that chains like it share."""
        chain = tuple(self.read_certificate(der) for der in said.message.certificates)
        completed = None if self.known_issuers is None else self.known_issuers.completing(chain)
        more = tuple(each.certificate for each in completed or ())
        judgement = self.judgements.judge(chain, role, complete=said.message.whole, more=more)
        verdict = judgement.verdict
        presented = _new_presented(
            role=role,
            direction="unknown",
            frame=frame,
            frames=frames,
            chain=chain,
            verdict=verdict.verdict,
            reason=verdict.reason
            if said.cut is None
            else f"{verdict.reason} ({_CUT.get(said.cut, said.cut)})",
            effective_eku=verdict.effective_eku,
            broken_at=verdict.broken_at,
            rule_books=judgement.findings,
            entries_missing=not said.message.whole,
            ts=said.ts_ns,
            file=file,
            completed_with=completed,
            renegotiation=renegotiation,
        )
        return presented, judgement

    def request(
        self,
        said: SaidRequest,
        role: Role,
        frame: int,
        file: str | None,
        renegotiation: bool,
        answer: Answer,
        answered: SaidCertificate | None,
        version: int | None,
    ) -> Request:
        """A CertificateRequest, with the chain that ``answered`` held against it; ``version`` is the one agreed on."""
        request = said.request
        authorities = () if request is None else request.authorities
        return _new_request(
            role=role,
            frame=frame,
            certificate_types=None if request is None else request.certificate_types,
            signature_algorithms=None if request is None else request.signature_algorithms,
            authorities=authorities,
            authority_names=tuple(name_text(der) for der in authorities),
            oid_filters=() if request is None else request.oid_filters,
            answer=answer,
            matches=self._matches(said, answered, version),
            ts=said.ts_ns,
            file=file,
            renegotiation=renegotiation,
        )

    def peer_evidence(self, said: SaidRequest | None) -> PeerEvidence:
        """What speaks for the software of a server: the request that it sent, None for none, and what the user says."""
        request = None if said is None else said.request
        if request is None:
            return self._told
        extensions = None
        if request.certificate_types is None:
            extensions = tuple([kind for kind, _ in request.extensions])
        shape = RequestShape(request.certificate_types, request.signature_algorithms, extensions)
        return PeerEvidence(shape, self._told.told)

    def _matches(
        self, said: SaidRequest, answer: SaidCertificate | None, version: int | None
    ) -> Mapping[str, Match]:
        """What was presented, held against what was asked; empty where either cannot be read."""
        request = said.request
        if request is None or answer is None:
            return {}
        asked = Asked(
            certificate_types=request.certificate_types,
            signature_algorithms=request.signature_algorithms,
            authorities=request.authorities,
            oid_filters=request.oid_filters,
            signature_algorithms_cert=read_extension(
                request.extensions, ext.SIGNATURE_ALGORITHMS_CERT, _schemes
            ),
            version=version,
        )
        chain = tuple(self.read_certificate(der) for der in answer.message.certificates)
        return match_request(asked, chain, complete=answer.message.whole)


def new_judge(
    rule_books: Sequence[RuleBook] | None = None,
    context: Context | None = None,
    known_issuers: KnownIssuers | None = None,
) -> Judge:
    """A judge with a cache of certificates of its own, who applies all rule-books that ship unless told which.

    Raises UnknownSoftware if ``context`` names software that there is not.
    """
    if context is not None and context.peer_software is not None:
        from tlseku.policy.peer_software.recognition import told  # reads tables, which few runs need

        told(context.peer_software)
    return Judge(CertificateCache().read, RuleBookSet(rule_books, context), known_issuers)


def read_extension(extensions: ext.Extensions, kind: int, reader: Callable[[bytes], _T]) -> _T | None:
    """The content of an extension, None where it is absent or unreadable."""
    content = ext.find(extensions, kind)
    if content is None:
        return None
    try:
        return reader(content)
    except Malformed:
        return None


def _schemes(content: bytes) -> tuple[int, ...]:
    return ext.code_points(content, 2, "signature_algorithms_cert")
