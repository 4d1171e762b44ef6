"""What a reader should know of the make-up of a presented chain: order, completeness, and what does not belong.

Knows issuing paths and what completes them; must not know purposes, packets or what any verifier makes of it. Out
come notes, each a stable word for machines and a plain sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tlseku._objects import in_short
from tlseku.policy.issuing_path import IssuingPath, folded, issuing_path
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import names_nobody

NAMED = 6
"""Certificates that a sentence names before it says how many more there are."""

WORDS: Mapping[str, str] = {
    "in_order": "two or more certificates, each followed by the one that issued it",
    "out_of_order": "the certificates of the path are in another order, or others stand between them",
    "unrelated": "certificates that issued nothing in the path",
    "not_needed": "certificates of another path to a CA that is in this one under the same name and key",
    "repeated": "certificates that were presented before in the same chain",
    "unreadable_entry": "certificates above the leaf that cannot be read and may belong to the path",
    "root_included": "the self-issued certificate at the top was sent along",
    "completed": "a certificate that was not presented completes the path",
    "self_issued_leaf": "the leaf is its own issuer",
    "issuer_missing": "the issuer of the topmost certificate is not there",
    "issuer_unknown": "the topmost certificate does not say who issued it, or cannot be read",
    "issuer_loop": "the topmost certificate was issued by one below it",
    "path_cut": "the path is longer than is followed",
}
"""Every word and when it is said."""


class ChainNote(NamedTuple):
    """One fact about a chain: its ``word``, one of ``WORDS``, and a plain sentence, not yet escaped."""

    word: str
    text: str

    def __repr__(self) -> str:
        return in_short(f"ChainNote(word={self.word!r}, text={self.text!r})")


def chain_notes(
    chain: Sequence[Certificate],
    completed_with: Sequence[KnownIssuer] | None = None,
    *,
    complete: bool = True,
    among: str = "the presented certificates",
) -> tuple[ChainNote, ...]:
    """The notes on a chain, leaf first: order, what does not belong, then how the path ends. Never raises.

    ``completed_with`` are the certificates that complete it, ``None`` where nobody looked for any; ``complete`` is
    False where the certificate_list was cut; ``among`` says what the chain is. An empty chain has no notes.
    """
    if not chain:
        return ()
    if not chain[0].readable:
        return (ChainNote("issuer_unknown", "the leaf cannot be read, so that its issuer is not known"),)
    more = [each.certificate for each in completed_with or ()]
    path, known = issuing_path(chain, more), [*chain, *more]
    seen = among if complete else f"{among} that were seen, for the list is cut"
    return (
        *_order(chain, path),
        *_strangers(chain, path, known),
        *_completion(chain, path, completed_with or ()),
        *_end(known, path, len(chain), seen, completed_with is not None),
    )


def _order(chain: Sequence[Certificate], path: IssuingPath) -> Iterator[ChainNote]:
    presented = [index for index in path.indexes if index < len(chain)]
    if not path.in_order:
        text = (
            f"the certificates are not in issuing order: from the leaf upwards they are {_numbers(presented)}"
        )
        yield ChainNote("out_of_order", text)
    elif len(presented) > 1:
        yield ChainNote("in_order", f"{len(presented)} certificates in issuing order")


def _strangers(
    chain: Sequence[Certificate], path: IssuingPath, known: Sequence[Certificate]
) -> Iterator[ChainNote]:
    first: dict[bytes, int] = {}
    for index, certificate in enumerate(chain):
        first.setdefault(certificate.der, index)
    repeated = [index for index in path.strangers if first[chain[index].der] != index]
    once = sorted(set(path.strangers).difference(repeated))
    unreadable = [index for index in once if not chain[index].readable]
    others = [index for index in once if chain[index].readable]
    in_path = {
        _entity(known[index]): index for index in path.indexes[1:] if _entity(known[index]) is not None
    }
    doubles = [index for index in others if _entity(chain[index]) in in_path]
    spare = _with_issuers(chain, doubles, others)
    unrelated = sorted(set(others).difference(spare))
    if unrelated:
        yield ChainNote("unrelated", f"{_numbers(unrelated)} issued nothing in the path")
    if spare:
        there = sorted({in_path[_entity(chain[index])] for index in doubles})
        same = f"{_numbers(there)} {_verb(there, 'has', 'have')} the name and key of {_numbers(doubles)}"
        differing = any(known[in_path[_entity(chain[index])]].eku != chain[index].eku for index in doubles)
        # What another EKU allows may be what lets a verifier that tries every path accept the chain.
        which = "another path" if differing else "not needed"
        else_ = ", but another EKU" if differing else ""
        yield ChainNote("not_needed", f"{_numbers(spare)} {_verb(spare, 'is', 'are')} {which}: {same}{else_}")
    if repeated:
        originals = list(dict.fromkeys(first[chain[index].der] for index in repeated))
        yield ChainNote(
            "repeated", f"{_numbers(repeated)} {_verb(repeated, 'repeats', 'repeat')} {_numbers(originals)}"
        )
    if unreadable:
        yield ChainNote(
            "unreadable_entry", f"{_numbers(unreadable)} cannot be read and may belong to the path"
        )


def _with_issuers(chain: Sequence[Certificate], lowest: Sequence[int], others: Sequence[int]) -> list[int]:
    """What was sent for another path: the lowest of it, and what stands above one of these."""
    reached: set[int] = set()
    for index in lowest[:NAMED]:
        places = [index, *(other for other in others if other != index)]
        reached.update(places[at] for at in issuing_path([chain[place] for place in places]).indexes)
    return sorted({*reached, *lowest})


def _completion(
    chain: Sequence[Certificate], path: IssuingPath, completed_with: Sequence[KnownIssuer]
) -> Iterator[ChainNote]:
    for index, issuer in enumerate(completed_with, len(chain)):
        what = "the trust anchor " if index == path.anchor else ""
        name = issuer.certificate.subject
        yield ChainNote(
            "completed", f"completed with {what}#{index} {name} from {issuer.file}, not presented"
        )


def _end(
    known: Sequence[Certificate], path: IssuingPath, presented: int, among: str, looked: bool
) -> Iterator[ChainNote]:
    top = path.indexes[-1]
    if path.cut:
        text = f"the path goes on above #{top}; no more than {len(path.indexes)} certificates are followed"
        yield ChainNote("path_cut", text)
    elif path.anchor is not None:
        if top < presented:
            yield ChainNote("root_included", f"#{top} is the root; a peer trusts its own copy of it, or none")
    elif known[top].self_issued:
        yield ChainNote("self_issued_leaf", "the leaf is its own issuer")
    elif names_nobody(known[top].issuer_der):
        yield ChainNote("issuer_unknown", f"#{top} does not say who issued it")
    else:
        yield _missing(known, path, presented, among, looked)


def _missing(
    known: Sequence[Certificate], path: IssuingPath, presented: int, among: str, looked: bool
) -> ChainNote:
    top = path.indexes[-1]
    namesakes = [index for index, one in enumerate(known) if _is_named(one, known[top].issuer)]
    below = [index for index in namesakes if index in path.indexes and _has_key(known[index], known[top])]
    if below:
        text = f"the issuers form a circle: #{top} was issued by {_numbers(below[:1])}, which stands below it"
        return ChainNote("issuer_loop", text)
    text = f"the issuer of #{top}, {known[top].issuer}, is not among {among}"
    if looked:
        text += ", nor among the CA certificates given"
    text += "; what stands above may restrict it further"
    others = [index for index in namesakes if index < presented]
    if others:
        text += f"; {_numbers(others)} {_verb(others, 'has', 'have')} its name, but another key"
    return ChainNote("issuer_missing", text)


def _is_named(certificate: Certificate, name: str | None) -> bool:
    return not names_nobody(certificate.subject_der) and folded(certificate.subject) == folded(name)


def _entity(certificate: Certificate) -> tuple[str, str] | None:
    """Whom a CA certificate is for: its name and its key; None where either cannot be told."""
    if certificate.spki_sha256 is None or names_nobody(certificate.subject_der):
        return None
    return folded(certificate.subject), certificate.spki_sha256


def _has_key(issuer: Certificate, issued: Certificate) -> bool:
    wanted, offered = issued.authority_key_id, issuer.subject_key_id
    return wanted is None or offered is None or wanted == offered


def _numbers(indexes: Sequence[int]) -> str:
    shown = [f"#{index}" for index in indexes[:NAMED]]
    if len(indexes) > NAMED:
        return f"{', '.join(shown)} and {len(indexes) - NAMED:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _verb(indexes: Sequence[int], one: str, several: str) -> str:
    return one if len(indexes) == 1 else several
