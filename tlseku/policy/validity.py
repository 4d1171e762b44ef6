"""Whether the certificates of a chain were valid at a given time, which is the packet's and never today's.

Knows notBefore and notAfter (RFC 5280 section 4.1.2.5) as nanoseconds since 1970; must not know a clock. Out comes
one ``Validity`` a certificate. Both dates belong to the period, and they name whole seconds: a packet in the middle
of the second of notAfter is still inside, as the Baseline Requirements of the CA/Browser Forum count too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlseku.x509.certificate import Certificate

ValidityWord = Literal["valid", "expired", "not_yet_valid", "never_valid", "unreadable"]

SECOND = 1_000_000_000
DAY = 86_400 * SECOND

NO_EXPIRY = 253_402_300_799 * SECOND
"""99991231235959Z, which stands for no well-defined expiration date (RFC 5280 section 4.1.2.5)."""


class Validity(NamedTuple):
    """One certificate at one time.

    ``outcome`` is ``valid``, ``expired``, ``not_yet_valid``, ``never_valid`` (it ends before it begins) or
    ``unreadable`` (a date that decides cannot be read). ``days`` are whole days, rounded down: left if valid,
    since the end if expired, until the beginning if not yet valid; ``None`` otherwise, and where a valid
    certificate has no end. ``reason`` is one plain phrase.
    """

    outcome: ValidityWord
    days: int | None
    reason: str


class ChainValidity(NamedTuple):
    """A chain at one time: ``each`` certificate in its order, ``offending`` the lowest index (0 is the leaf) that is
    expired, not yet valid or never valid, ``unread`` the indexes of which nobody can tell."""

    each: tuple[Validity, ...]
    offending: int | None
    unread: tuple[int, ...]


def validity_at(certificate: Certificate, time: int) -> Validity:
    """Judge one certificate at ``time``, in nanoseconds since 1970-01-01 UTC. Never raises."""
    begin, end = certificate.not_before, certificate.not_after
    now = time // SECOND * SECOND
    if begin is not None and end is not None and end < begin:
        return Validity("never_valid", None, "never valid: its validity ends before it begins")
    if end is not None and now > end:
        days = (now - end) // DAY
        return Validity("expired", days, f"expired {_days(days)} earlier")
    if begin is not None and now < begin:
        days = (begin - now) // DAY
        return Validity("not_yet_valid", days, f"not valid for another {_days(days)}")
    if begin is None or end is None:
        what = "start" if end is not None else "end" if begin is not None else "start and end"
        return Validity("unreadable", None, f"the {what} of its validity cannot be read")
    if end == NO_EXPIRY:
        return Validity("valid", None, "valid, without an end")
    days = (end - now) // DAY
    return Validity("valid", days, f"valid, {_days(days)} left")


def all_in_time(chain: Sequence[Certificate], time: int) -> bool:
    """Whether each certificate has readable dates and is valid at ``time``, in nanoseconds since 1970-01-01 UTC."""
    now = time // SECOND * SECOND
    for each in chain:
        begin, end = each.not_before, each.not_after
        if begin is None or end is None or not begin <= now <= end:
            return False
    return True


def chain_validity(chain: Sequence[Certificate], time: int) -> ChainValidity:
    """Judge every certificate of a chain, leaf first, at ``time`` in nanoseconds since 1970-01-01 UTC. Never raises."""
    each = tuple(validity_at(certificate, time) for certificate in chain)
    offending = next((i for i, one in enumerate(each) if one.outcome not in ("valid", "unreadable")), None)
    unread = tuple(i for i, one in enumerate(each) if one.outcome == "unreadable")
    return ChainValidity(each, offending, unread)


def _days(number: int) -> str:
    if number == 0:
        return "less than a day"
    return "1 day" if number == 1 else f"{number:,} days"
