"""Which of the presented certificates issued which, from the leaf upwards.

Knows issuer and subject names and key identifiers (RFC 5280 sections 6.1, 4.2.1.1, 4.2.1.2); must not know what a
purpose is, nor check signatures or dates. Out comes the path as chain indexes, and what does not belong to it: a
chain may be in any order, hold strangers, or carry the root along. Certificates that were not presented but are known
otherwise (``policy.known_issuers``) may complete the path; their indexes go on behind those of the chain.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from tlseku.x509.certificate import Certificate

LONGEST_PATH = 32
"""Certificates of a path that are followed, so that a hostile list costs little; real paths have five at most."""

EMPTY_NAME = b"\x30\x00"


class IssuingPath(NamedTuple):
    """The path of one presented chain, as indexes into it (0 is the leaf) and on into what completes it.

    ``indexes`` run from the leaf to the topmost issuer known; empty only for an empty chain. ``anchor`` is the
    index of a self-issued certificate at the top, above the leaf, which is taken as the trust anchor, ``None`` if
    the path ends before one. ``strangers`` were presented and issued nothing in the path. ``in_order`` says
    whether each presented certificate directly follows the one below it, as RFC 5246 section 7.4.2 demands.
    ``cut`` says that the path goes on beyond ``LONGEST_PATH``.
    """

    indexes: tuple[int, ...]
    anchor: int | None
    strangers: tuple[int, ...]
    in_order: bool
    cut: bool = False

    @property
    def constraining(self) -> tuple[int, ...]:
        """The issuers whose own EKU has a say: the path without the leaf and without the trust anchor."""
        return tuple(index for index in self.indexes[1:] if index != self.anchor)


def issuing_path(chain: Sequence[Certificate], more: Sequence[Certificate] = ()) -> IssuingPath:
    """Follow the issuers from ``chain[0]`` through the presented certificates, whatever their order. Never raises.

    An issuer is a certificate whose subject is the issuer name (the same bytes, or the same text but for case and
    runs of blanks), and whose subject key identifier equals the authority key identifier where both are there. Of
    several, the first in the chain that is not yet in the path is taken; one whose key identifier is confirmed is
    preferred. Cycles end where they close.

    ``more`` are certificates that were not presented: those that are self-issued come before what was presented, as
    verifiers look among their anchors first, the others after it.
    """
    if not more:
        # A chain that has just been presented is asked for several times in a row; nobody can change a tuple.
        last, path = _last[0]
        if chain is not last:
            path = _follow(chain, more)
            if isinstance(chain, tuple):
                _last[0] = chain, path
        return path
    return _follow(chain, more)


def _follow(chain: Sequence[Certificate], more: Sequence[Certificate]) -> IssuingPath:
    if not chain:
        return IssuingPath((), None, (), True)
    known = [*chain, *more] if more else chain
    by_subject: dict[str, list[int]] | None = None
    indexes = [0]
    taken = {0}
    cut = False
    while not is_self_signed(known[indexes[-1]]):
        following = len(indexes)
        issuer: int | None = following
        if following == len(known):
            break
        if more or not _surely_issued(chain[following - 1], chain[following], indexes):
            if by_subject is None:
                by_subject = indexes_by_subject(known, len(chain))
            issuers = issuers_of(known, indexes[-1], by_subject, taken)
            issuer = issuers[0] if issuers else None
        if issuer is None:
            break
        if len(indexes) == LONGEST_PATH:
            cut = True
            break
        indexes.append(issuer)
        taken.add(issuer)
    top = indexes[-1]
    presented = [index for index in indexes if index < len(chain)]
    return IssuingPath(
        indexes=tuple(indexes),
        anchor=top if top != 0 and not cut and known[top].self_issued else None,
        strangers=tuple(index for index in range(len(chain)) if index not in taken),
        in_order=presented == list(range(len(presented))),
        cut=cut,
    )


_last: list[tuple[Sequence[Certificate], IssuingPath]] = [((), IssuingPath((), None, (), True))]
"""The last chain that was followed."""


def folded(name: str | None) -> str:
    """The text of a name without its accidents, case and runs of blanks, to compare it by."""
    return " ".join((name or "").casefold().split())


def indexes_by_subject(known: Sequence[Certificate], presented: int) -> dict[str, list[int]]:
    """The certificates of each folded subject name, in the order in which verifiers look; the first ``presented`` were
    presented."""
    by_subject: dict[str, list[int]] = {}
    for index in _in_order_of_trust(known, presented):
        # Leaves with nothing but alternative names have an empty subject; it identifies nobody.
        if known[index].subject_der not in (b"", EMPTY_NAME):
            by_subject.setdefault(folded(known[index].subject), []).append(index)
    return by_subject


def _in_order_of_trust(known: Sequence[Certificate], presented: int) -> Iterable[int]:
    more = range(presented, len(known))
    if not more:
        return range(presented)
    anchors = [index for index in more if known[index].self_issued]
    return [*anchors, *range(presented), *(index for index in more if not known[index].self_issued)]


def issuers_of(
    chain: Sequence[Certificate], index: int, by_subject: dict[str, list[int]], taken: Container[int]
) -> list[int]:
    """Every certificate that may have issued ``chain[index]`` and is not ``taken``, the preferred one first."""
    certificate = chain[index]
    wanted = certificate.authority_key_id
    if certificate.issuer_der in (b"", EMPTY_NAME):
        return []
    confirmed: list[int] = []
    possible: list[int] = []
    # RFC 5280 section 7.1 compares names by value, so that a name re-encoded in another string type still matches.
    for candidate in by_subject.get(folded(certificate.issuer), ()):
        if candidate in taken:
            continue
        offered = chain[candidate].subject_key_id
        if wanted is None or offered is None:
            possible.append(candidate)
        elif wanted == offered:
            confirmed.append(candidate)
    return confirmed + possible


def _surely_issued(certificate: Certificate, following: Certificate, indexes: list[int]) -> bool:
    """Whether the path is in order up to a certificate and the following one its issuer, by name and key: then no
    other comes before it."""
    wanted, name = certificate.authority_key_id, certificate.issuer_der
    if wanted is None or wanted != following.subject_key_id or name != following.subject_der:
        return False
    return name not in (b"", EMPTY_NAME) and indexes[-1] == len(indexes) - 1


def is_self_signed(certificate: Certificate) -> bool:
    """Whether a certificate is self-issued, and by the key that it holds as far as key identifiers tell."""
    # A self-issued certificate that names another key was made for a change of keys (RFC 5280 section 3.2).
    if not certificate.self_issued:
        return False
    wanted, own = certificate.authority_key_id, certificate.subject_key_id
    return wanted is None or own is None or wanted == own
