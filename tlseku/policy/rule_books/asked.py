"""The chain that a rule-book is asked about, in the words that rules use.

Knows how an EKU is put into words in view of what a role needs; must not know any rule. Out comes an ``Asked``,
made once for all rules. Presence is never truthiness here: absent, empty and unreadable are words of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlseku.policy.issuing_path import IssuingPath, issuing_path
from tlseku.policy.issuing_paths import issuing_paths
from tlseku.policy.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH, Role, needed_purpose
from tlseku.policy.rule_books.algorithms import used_by
from tlseku.policy.rule_books.context import Context
from tlseku.x509.certificate import Certificate
from tlseku.x509.serial_encoding import serial_oddities

EKU_WORDS = {
    "absent": "there is no EKU extension",
    "empty": "the extension lists nothing",
    "need": "it lists the purpose that the role needs",
    "only-need": "it lists that purpose and nothing else",
    "any": "it does not list the needed purpose, but lists anyExtendedKeyUsage",
    "other": "it lists purposes, but neither the needed one nor anyExtendedKeyUsage",
    "serverAuth": "it lists serverAuth, whatever the role",
    "clientAuth": "it lists clientAuth, whatever the role",
    "anyExtendedKeyUsage": "it lists anyExtendedKeyUsage, whatever else it lists",
}
"""Each word that holds for an EKU, and when."""

_NOTHING_ODD: frozenset[str] = frozenset()

UNREADABLE = "unreadable"
"""The only word for an EKU that cannot be read. No rule can name it: nobody knows what such an EKU says."""

_NOTHING_KNOWN = frozenset({UNREADABLE})
_NAMED = {SERVER_AUTH: "serverAuth", CLIENT_AUTH: "clientAuth", ANY_PURPOSE: "anyExtendedKeyUsage"}


class Above(NamedTuple):
    """A CA certificate in the issuing path: its ``depth`` in the chain (0 is the leaf), the certificate, and the words
    for its EKU, for its key and signature (``policy.rule_books.algorithms``), and for what is odd about its serial."""

    depth: int
    certificate: Certificate
    eku: frozenset[str]
    uses: frozenset[str]
    serial: frozenset[str]


class Asked(NamedTuple):
    """A chain in a role. ``issuers`` are those between leaf and trust anchor, from the leaf upwards; ``anchor`` is
    the self-issued certificate at the top of the path, ``None`` where none is known. ``unread`` is the index of the
    lowest certificate above the leaf whose EKU cannot be read, ``None`` if all can."""

    leaf: Certificate
    role: Literal["client", "server"]
    need: str
    context: Context
    leaf_eku: frozenset[str]
    leaf_uses: frozenset[str]
    leaf_serial: frozenset[str]
    issuers: tuple[Above, ...]
    anchor: Above | None
    unread: int | None


def asked_about(
    chain: Sequence[Certificate],
    role: Literal["client", "server"],
    context: Context,
    more: Sequence[Certificate] = (),
    path: IssuingPath | None = None,
) -> Asked:
    """Put a chain of at least one certificate into words. Never raises for any certificate.

    ``more`` completes the path with certificates that were not presented, as in ``issuing_path``; their depths go on
    behind the chain. ``path`` is the path that is asked about, that of ``issuing_path`` unless it is given.
    """
    need = needed_purpose(role)
    if path is None:
        path = issuing_path(chain, more)
    known = (*chain, *more)

    def above(index: int) -> Above:
        certificate = known[index]
        return Above(
            index,
            certificate,
            eku_words(certificate, need),
            used_words(certificate),
            serial_words(certificate),
        )

    issuers = tuple(above(index) for index in path.constraining)
    anchor = None if path.anchor is None else above(path.anchor)
    unread = [
        each.depth for each in (*issuers, *([] if anchor is None else [anchor])) if UNREADABLE in each.eku
    ]
    # What is not readable at all has no names, and may be the missing issuer.
    unread += [index for index in path.strangers if not chain[index].readable]
    return Asked(
        leaf=chain[0],
        role=role,
        need=need,
        context=context,
        leaf_eku=eku_words(chain[0], need),
        leaf_uses=used_words(chain[0]),
        leaf_serial=serial_words(chain[0]),
        issuers=issuers,
        anchor=anchor,
        unread=min(unread, default=None),
    )


def eku_words(certificate: Certificate, need: str) -> frozenset[str]:
    """All words of ``EKU_WORDS`` that hold for a certificate's EKU where ``need`` is the dotted OID of the needed
    purpose."""
    if not certificate.readable or not certificate.eku_readable:
        return frozenset({UNREADABLE})
    if certificate.eku is None:
        return frozenset({"absent"})
    listed = set(certificate.eku)
    if not listed:
        return frozenset({"empty"})
    words = {_NAMED[oid] for oid in listed if oid in _NAMED}
    if need in listed:
        words.add("need")
        if listed == {need}:
            words.add("only-need")
    else:
        words.add("any" if ANY_PURPOSE in listed else "other")
    return frozenset(words)


def used_words(certificate: Certificate) -> frozenset[str]:
    """The words for its key and signature; of a certificate that cannot be read nobody knows any."""
    return used_by(certificate) if certificate.readable else _NOTHING_KNOWN


def serial_words(certificate: Certificate) -> frozenset[str]:
    """What is odd about its serial number."""
    # A certificate without any defect is encoded as it should be, and is not read again.
    return serial_oddities(certificate.der) if certificate.defects else _NOTHING_ODD


class Question:
    """A chain of at least one certificate in a role, put to several books: what they all look at is found once."""

    __slots__ = ("_asked", "_paths", "chain", "complete", "context", "more", "role")

    def __init__(
        self,
        chain: Sequence[Certificate],
        role: Role,
        complete: bool,
        context: Context,
        more: Sequence[Certificate] = (),
    ) -> None:
        self.chain = chain
        self.more = more
        self.role = role
        self.complete = complete
        self.context = context
        self._asked: dict[str, tuple[Asked, ...]] = {}
        self._paths: tuple[IssuingPath, ...] | None = None

    @property
    def paths(self) -> tuple[IssuingPath, ...]:
        """Every path of the chain, the first one first."""
        if self._paths is None:
            self._paths = issuing_paths(self.chain, self.more)
        return self._paths

    def asked(self, role: Literal["client", "server"]) -> tuple[Asked, ...]:
        """The chain in the words of the rules, for one role, by path."""
        found = self._asked.get(role)
        if found is None:
            found = tuple(
                [asked_about(self.chain, role, self.context, self.more, path) for path in self.paths]
            )
            self._asked[role] = found
        return found
