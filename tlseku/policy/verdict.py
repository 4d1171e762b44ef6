"""The verdict on a presented chain: does the leaf fit its role, and what does the chain do to it?

Knows the verdicts of the contract ``tlseku/flow/1``; must not know what any particular verifier would do
(rule-books) nor what the peer did. The verdict is a fact about leaf and role; issuers appear in ``broken_at``,
``effective_eku`` and the reason, never in the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from tlseku.policy.effective import Effective, broken_at, effective_eku, numbered, way_around
from tlseku.policy.issuing_path import IssuingPath
from tlseku.policy.purposes import (
    ANY_PURPOSE,
    CLIENT_AUTH,
    NAMED,
    SERVER_AUTH,
    Role,
    in_words,
    needed_purpose,
)
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

VerdictWord = Literal[
    "ok", "fingerprint", "unrestricted", "any", "wrong", "empty", "declined", "incomplete", "unreadable"
]

FINGERPRINT: Final = "fingerprint"
"""The verdict on a certificate of which the peer compares the fingerprint alone: no purpose is looked at."""

BY_FINGERPRINT: Final = (
    "self-signed, for DTLS-SRTP: a fingerprint in the signalling decides, no purpose (RFC 8827 section 6.5)"
)


class Verdict(NamedTuple):
    """The judgement of one chain in one role.

    ``verdict`` is ``ok`` (the leaf lists what the role needs), ``unrestricted`` (no EKU extension), ``any`` (only
    through anyExtendedKeyUsage), ``wrong`` (EKU present, need not listed), ``empty`` (present, lists nothing),
    ``fingerprint`` (WebRTC's: nobody looks at a purpose), ``declined`` (an empty list was sent), ``incomplete`` (the
    list was cut, or the role that decides is not known) or ``unreadable``. ``reason`` is one plain sentence.
    ``effective_eku`` and ``broken_at`` are those of ``effective``, over the certificates that are there: of an
    incomplete chain they are an upper bound.
    """

    verdict: VerdictWord
    reason: str
    effective_eku: tuple[str, ...] | None
    broken_at: int | None


def judge(
    chain: Sequence[Certificate], role: Role, *, complete: bool = True, more: Sequence[Certificate] = ()
) -> Verdict:
    """Judge a presented chain, leaf first, for the role in which it was presented. Never raises.

    ``complete`` is False where the certificate_list was cut: the verdict is then ``incomplete`` whatever is there,
    and the reason says what a whole leaf shows. In an unknown role the verdict is the one that holds in both
    roles, ``incomplete`` if they differ. ``more`` completes the path with certificates that were not presented, as in
    ``issuing_path``; ``broken_at`` then goes on behind the chain.
    """
    effective = effective_eku(chain, more)
    breaks = _broken_at((*chain, *more), role, effective.path)
    if not complete:
        return Verdict("incomplete", _cut_reason(chain, role), effective.purposes, breaks)
    if not chain:
        return Verdict("declined", "an empty certificate list was sent", None, None)
    leaf = chain[0]
    word = _word(leaf, role)
    reason = f"{_leaf_reason(leaf, role, word)}{_issuer_reason(chain, more, role, effective, breaks)}"
    return Verdict(word, reason, effective.purposes, breaks)


def _word(leaf: Certificate, role: Role) -> VerdictWord:
    if role == "unknown":
        as_client = _word(leaf, "client")
        return as_client if as_client == _word(leaf, "server") else "incomplete"
    if not leaf.readable or not leaf.eku_readable:
        return "unreadable"
    if leaf.eku is None:
        return "unrestricted"
    if leaf.eku == ():
        return "empty"
    if needed_purpose(role) in leaf.eku:
        return "ok"
    return "any" if ANY_PURPOSE in leaf.eku else "wrong"


def _broken_at(chain: Sequence[Certificate], role: Role, path: IssuingPath) -> int | None:
    if role == "unknown":
        as_client = _broken_at(chain, "client", path)
        return as_client if as_client == _broken_at(chain, "server", path) else None
    return broken_at(chain, needed_purpose(role), path)


def _cut_reason(chain: Sequence[Certificate], role: Role) -> str:
    if not chain:
        return "the certificate list was cut before its leaf was whole"
    return f"the certificate list was cut after {len(chain)} of its entries; {_leaf_reason(chain[0], role, None)}"


def _leaf_reason(leaf: Certificate, role: Role, word: VerdictWord | None) -> str:
    if not leaf.readable:
        return "leaf cannot be read"
    if not leaf.eku_readable:
        return "the extended key usage of the leaf cannot be read"
    if leaf.eku is None:
        return "leaf has no extended key usage, so every purpose is allowed"
    if leaf.eku == ():
        return "leaf has an extended key usage that lists nothing"
    twice = " (the extension appears twice, the first counts)" if leaf.eku_duplicate else ""
    said = f"leaf lists {in_words(leaf.eku)}{twice}"
    if word is None or word == "ok":
        return said
    if word == "incomplete":
        return f"{said}, and whether that fits depends on the role, which is not known"
    if role == "unknown":
        return f"{said} but neither {eku_name(CLIENT_AUTH)} nor {eku_name(SERVER_AUTH)}"
    need = eku_name(needed_purpose(role))
    if word == "any":
        return f"{said} but not {need}, so that verifiers disagree about it in a TLS {role}"
    return f"{said} but not {need}, which a TLS {role} needs"


def _issuer_reason(
    chain: Sequence[Certificate],
    more: Sequence[Certificate],
    role: Role,
    effective: Effective,
    breaks: int | None,
) -> str:
    said = ""
    if breaks is not None and breaks > 0:
        known = (*chain, *more)
        absent = ", which was not presented," if breaks >= len(chain) else ""
        said = f"; issuer #{breaks}{absent} {_restriction(known[breaks])}, so "
        other = None if role == "unknown" else way_around(chain, needed_purpose(role), more)
        said += (
            "verifiers that nest EKUs refuse it"
            if other is None
            else f"verifiers that nest EKUs refuse it unless they try the path over {numbered(other)} as well"
        )
    unread = [f"#{index}" for index in effective.unread if index > 0]
    if unread:
        rest = f" and {len(unread) - NAMED} more" if len(unread) > NAMED else ""
        said += f"; {', '.join(unread[:NAMED])}{rest} of the chain cannot be read and may restrict it"
    return said


def _restriction(issuer: Certificate) -> str:
    purposes = issuer.eku or ()
    if not purposes:
        return "has an extended key usage that lists nothing"
    if len(set(purposes)) == 1:
        return f"is {in_words(purposes)}-only"
    return f"allows only {in_words(purposes)}"
