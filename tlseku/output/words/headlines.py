"""Statements in few words: the one line that a table has room for.

Knows the words of ``correlation.ABOUT`` and of ``policy.causes``; must not know how they are reached, nor any layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlseku.correlation import Statement
from tlseku.output.words.terminal_page import Style

CAUSE_WORDS: Mapping[str, str] = {
    "eku": "EKU",
    "key_usage": "key usage",
    "validity": "validity",
    "issuer": "issuer",
    "key_type": "key type",
    "signature_algorithm": "signature algorithm",
    "weak_key_or_hash": "weak key or hash",
    "name": "name",
    "encoding": "encoding",
    "ca_as_leaf": "a CA certificate as leaf",
    "revocation": "revocation",
    "no_certificate": "no certificate",
}
"""Each cause as people are told of it."""

_SHORT: Mapping[str, str] = {
    "refused_for_eku": "the refusal fits the EKU and nothing else in the chain",
    "refused_no_certificate": "refused for want of a client certificate",
    "refused_inside": "the handshake completed, and the certificate was refused inside",
    "closed_after": "the handshake completed, then nothing was sent: perhaps a refusal",
    "refused_message": "refused over a message that is malformed or too long",
    "ech_rejected": "Encrypted Client Hello was not accepted: an old configuration",
    "hello_refused": "the hello was refused: a certificate may be the reason",
    "protocol_rule": "products of this protocol judge its EKU by different rules",
    "default_trust_store": "the server names the CAs of a default trust store",
    "acceptance_unknown": "whether its EKU was accepted cannot be told",
    "accepted_despite_eku": "accepted despite its EKU: not enforced here",
    "accepted_by_other_rules": "accepted, though many verifiers would refuse it for its EKU",
    "ended_after_certificate": "ended without an alert right after a certificate",
    "declined": "the client may have no certificate, or none of a CA that is named",
    "unanswered": "the request for a client certificate was never answered",
    "hint_refused": "hint: it looks like a refusal, or a goodbye",
}
# The most telling first. What is not here is told elsewhere in the table, or is no news.
_ORDER = (
    "refused_for_eku",
    "refused_after_certificate",
    "refused_no_certificate",
    "refused_without_alert",
    "refused_inside",
    "closed_after",
    "refused_message",
    "ech_rejected",
    "hello_refused",
    "default_trust_store",
    "ended_after_certificate",
    "accepted_despite_eku",
    "accepted_by_other_rules",
    "protocol_rule",
    "acceptance_unknown",
    "expired",
    "not_yet_valid",
    "never_valid",
    "declined",
    "unanswered",
    "hint_refused",
)
_STYLES: Mapping[str, Style] = {
    "hint_refused": "dim",
    "declined": "unsure",
    "unanswered": "unsure",
    "acceptance_unknown": "unsure",
    "closed_after": "caution",
}


def headline(statements: Sequence[Statement]) -> Statement | None:
    """The one that tells most, None if none is worth a line."""
    worthy = [each for each in statements if each.about in _ORDER]
    return min(worthy, key=lambda each: _ORDER.index(each.about)) if worthy else None


def shortened(statement: Statement) -> str:
    """A statement in half a line, not yet escaped."""
    if statement.about in ("refused_after_certificate", "refused_without_alert"):
        # What the alert does not stand for is no explanation, however wrong it is.
        named = [CAUSE_WORDS.get(name, name) for name in statement.causes[: statement.fitting]]
        return (
            f"what may explain the refusal: {', '.join(named)}"
            if named
            else "nothing seen explains the refusal"
        )
    return _SHORT.get(statement.about, statement.text)


def style_of(statement: Statement) -> Style:
    """How a statement looks."""
    if statement.about.startswith("refused"):
        return "wrong"
    return _STYLES.get(statement.about, "dim" if statement.hint else "caution")
