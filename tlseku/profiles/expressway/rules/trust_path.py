"""Whether the trusted CAs of one node reach up to what another node presents.

Knows names, key identifiers and signatures of certificates; must not know rules, dates or files. Out comes a
``TrustPath``: where the search ended, and the name of the CA that is missing. A candidate whose key did not make the
signature is no issuer, whatever its name; where a signature cannot be checked, name and key identifier decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name, names_nobody
from tlseku.x509.signature import signed_by

LONGEST_PATH = 16
"""Certificates of a path; real ones have five at most."""

MOST_STEPS = 400
"""Candidates that are tried, so that a file of look-alikes costs little."""

Reach = Literal["root", "intermediate", "missing", "forged"]


class TrustPath(NamedTuple):
    """``reach``: the path ends in a trusted ``root``; in a trusted CA above which no root is trusted
    (``intermediate``); an issuer is ``missing``; or one of its name is there and did not sign (``forged``).
    ``path`` is what was followed, leaf first; ``wanted`` the name of the issuer that is missing, or did not sign, or
    would be the root. ``signatures_checked`` says that each step of the path was proven by its signature."""

    reach: Reach
    path: tuple[Certificate, ...]
    wanted: str | None
    signatures_checked: bool


_ORDER: tuple[Reach, ...] = ("root", "intermediate", "forged", "missing")


def trust_path(leaf: Certificate, above: Sequence[Certificate], trusted: Sequence[Certificate]) -> TrustPath:
    """Follow the issuers of ``leaf`` through ``above`` (what comes with it) up to one of the ``trusted``. Never raises.

    Of several paths the one that reaches farthest is told. A self-signed leaf must be trusted itself.
    """
    known = tuple({one.der: one for one in (*trusted, *above)}.values())
    anchors = frozenset(one.der for one in trusted)
    best: TrustPath | None = None
    for found in _paths(leaf, known, anchors):
        if best is None or _rank(found) < _rank(best):
            best = found
        if best.reach == "root":
            break
    return TrustPath("missing", (leaf,), leaf.issuer, False) if best is None else best


def _rank(found: TrustPath) -> tuple[int, int]:
    return _ORDER.index(found.reach), -len(found.path)


def _paths(leaf: Certificate, known: Sequence[Certificate], anchors: frozenset[bytes]) -> Iterator[TrustPath]:
    waiting: list[tuple[tuple[Certificate, ...], bool]] = [((leaf,), True)]
    steps = 0
    while waiting and steps < MOST_STEPS:
        path, proven = waiting.pop()
        top = path[-1]
        # A trusted CA below an untrusted root is enough only where partial chains are allowed.
        short: Reach = "intermediate" if any(one.der in anchors for one in path) else "missing"
        if top.self_issued and signed_by(top.der, top.der) is not False:
            yield TrustPath("root" if top.der in anchors else short, path, top.subject, proven)
            continue
        forged = False
        nexts: list[tuple[tuple[Certificate, ...], bool]] = []
        for candidate in known:
            if candidate in path or not _may_have_issued(candidate, top):
                continue
            steps += 1
            signed = signed_by(top.der, candidate.der)
            if signed is False:
                forged = True
            elif len(path) < LONGEST_PATH:
                nexts.append(((*path, candidate), proven and signed is True))
        if not nexts:
            reach: Reach = "forged" if forged and short == "missing" else short
            yield TrustPath(reach, path, top.issuer, proven)
        # The first of the trusted ones is tried first.
        waiting += reversed(nexts)


def _may_have_issued(candidate: Certificate, below: Certificate) -> bool:
    if names_nobody(below.issuer_der) or names_nobody(candidate.subject_der):
        return False
    if folded_name(candidate.subject_der) != folded_name(below.issuer_der):
        return False
    wanted, own = below.authority_key_id, candidate.subject_key_id
    return wanted is None or own is None or wanted == own
