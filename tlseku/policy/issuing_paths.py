"""Every way from a leaf up through the certificates that are known.

Knows how one path is followed (``policy.issuing_path``); must not know what a purpose is. A CA that has two
certificates (a cross-certificate, a renewal with another EKU) gives more than one path, and verifiers differ in whether
they go back and try another: Go, cryptography and rustls try every issuer, OpenSSL and GnuTLS take the first that fits.
Most chains have one path, and finding that out costs a set of names.

Limits: ``MOST_PATHS`` paths; what a hostile list could give beyond them is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlseku.policy.issuing_path import (
    LONGEST_PATH,
    IssuingPath,
    folded,
    indexes_by_subject,
    is_self_signed,
    issuers_of,
    issuing_path,
)
from tlseku.x509.certificate import Certificate

MOST_PATHS = 8
"""Paths of one chain; a CA with two certificates below another with two has four."""


def issuing_paths(chain: Sequence[Certificate], more: Sequence[Certificate] = ()) -> tuple[IssuingPath, ...]:
    """All paths from ``chain[0]``, that of ``issuing_path`` first. Never raises.

    ``more`` completes them as it does there. A certificate that was sent twice counts once.
    """
    first = issuing_path(chain, more)
    known = (*chain, *more) if more else chain
    if len(known) < 3:
        return (first,)
    names = [folded(each.subject) for each in known[1:]]
    if len({*names}) == len(names):
        return (first,)
    found = [first]
    for path in _walk(known, len(chain), indexes_by_subject(known, len(chain)), (0,)):
        if path.indexes != first.indexes:
            found.append(path)
        if len(found) == MOST_PATHS:
            break
    return tuple(found)


def top_of(chain: Sequence[Certificate], path: IssuingPath, more: Sequence[Certificate] = ()) -> object:
    """What the path hangs on: the subject and the key of its anchor, or the name of the issuer that is missing. Paths
    with the same top need the same trust."""
    known = (*chain, *more)
    last = known[path.indexes[-1]]
    return folded(last.issuer), None if path.anchor is None else last.spki_sha256


def _walk(
    known: Sequence[Certificate], presented: int, by_subject: dict[str, list[int]], indexes: tuple[int, ...]
) -> Iterator[IssuingPath]:
    last = indexes[-1]
    cut = len(indexes) == LONGEST_PATH
    issuers = [] if is_self_signed(known[last]) else issuers_of(known, last, by_subject, indexes)
    if cut or not issuers:
        yield _path(known, presented, indexes, cut and issuers != [])
        return
    seen = {known[index].der for index in indexes}
    for issuer in issuers:
        if known[issuer].der not in seen:
            seen.add(known[issuer].der)
            yield from _walk(known, presented, by_subject, (*indexes, issuer))


def _path(known: Sequence[Certificate], presented: int, indexes: tuple[int, ...], cut: bool) -> IssuingPath:
    top = indexes[-1]
    sent = [index for index in indexes if index < presented]
    return IssuingPath(
        indexes=indexes,
        anchor=top if top != 0 and not cut and known[top].self_issued else None,
        strangers=tuple(index for index in range(presented) if index not in indexes),
        in_order=sent == list(range(len(sent))),
        cut=cut,
    )
