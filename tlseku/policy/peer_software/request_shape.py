"""The shape of a CertificateRequest: what a library decides in it, and no configuration does.

Knows certificate types, signature algorithms and extensions as code points (RFC 5246 section 7.4.4, RFC 8446 section
4.3.2); must not know any library. CA names are what a server was told to ask for, and are no part of it. A pattern fits
a list that is in its order, has all that it demands and nothing beside it: one that was configured fits none.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tlseku._objects import in_short

JudgedAs = Literal["client", "server"]
"""The role for whose purpose somebody looks in a client's certificate."""

LONGEST = 64
"""Code points of a list that are compared; no library sends so many."""


class RequestShape(NamedTuple):
    """``certificate_types`` are None in TLS 1.3, ``extensions`` (their types, in order) before it;
    ``signature_algorithms`` None where there are none (before TLS 1.2)."""

    certificate_types: tuple[int, ...] | None
    signature_algorithms: tuple[int, ...] | None
    extensions: tuple[int, ...] | None

    def __repr__(self) -> str:
        return in_short(
            f"RequestShape(certificate_types={self.certificate_types}, extensions={self.extensions},"
            f" signature_algorithms={self.signature_algorithms})"
        )


class PeerEvidence(NamedTuple):
    """What speaks for the software that judges a client's certificate: the ``shape`` of its request, None where none
    was read, and what the user ``told`` (the name of a product or a stack), None for nothing."""

    shape: RequestShape | None = None
    told: str | None = None

    def __repr__(self) -> str:
        return in_short(f"PeerEvidence(told={self.told!r}, shape={self.shape!r})")


NO_EVIDENCE = PeerEvidence()
"""Nobody says anything."""


class CodeSequence(NamedTuple):
    """Code points in one order; those of ``optional`` may be left out."""

    codes: tuple[int, ...]
    optional: frozenset[int]

    def fits(self, seen: tuple[int, ...]) -> bool:
        """Whether ``seen`` is this sequence, but for what may be left out."""
        if len(seen) > LONGEST:
            return False
        rest = iter(seen)
        ahead = next(rest, None)
        for code in self.codes:
            if code == ahead:
                ahead = next(rest, None)
            elif code not in self.optional:
                return False
        return ahead is None


def read_sequence(text: str, base: int) -> CodeSequence:
    """The sequence that a table writes: code points in that base, ``?`` behind those that may be left out.

    Raises ValueError for what is no number, and for one that is there twice.
    """
    words = text.split()
    codes = tuple(int(word.rstrip("?"), base) for word in words)
    if len(set(codes)) != len(codes):
        raise ValueError("a code point is there twice")
    return CodeSequence(codes, frozenset(int(word[:-1], base) for word in words if word.endswith("?")))


class ShapePattern(NamedTuple):
    """What requests of one library have in common: ``types`` are the lists that it sends before TLS 1.3, ``extensions``
    those of TLS 1.3; one of both is empty or None."""

    types: tuple[tuple[int, ...], ...]
    extensions: CodeSequence | None
    signature_algorithms: CodeSequence

    def fits(self, shape: RequestShape) -> bool:
        """Whether a request looks so."""
        if shape.signature_algorithms is None or not self.signature_algorithms.fits(
            shape.signature_algorithms
        ):
            return False
        if self.extensions is None:
            return shape.certificate_types in self.types
        return shape.extensions is not None and self.extensions.fits(shape.extensions)
