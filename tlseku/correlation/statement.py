"""One sentence about a flow, as plain data.

Knows the words that a statement can be about; must not know how one is reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from tlseku._objects import Short, frozen

ABOUT: Mapping[str, str] = {
    "expired": "a certificate had expired when it was presented",
    "not_yet_valid": "a certificate was not yet valid when it was presented",
    "never_valid": "a certificate ends before it begins",
    "not_requested": "the server asked for no client certificate",
    "resumed": "the certificates are those of an earlier connection",
    "declined": "asked for a certificate, the client sent an empty list",
    "unanswered": "asked for a certificate, the client sent neither one nor an empty list",
    "request_not_met": "what was presented is not what was asked for",
    "refused_for_eku": "refused with an alert for which only the EKU stands in this chain",
    "refused_after_certificate": "refused after a certificate, with the causes that fit",
    "refused_no_certificate": "refused because no certificate came",
    "refused_message": "refused over a message that is malformed or too long, not over a certificate",
    "refused_without_alert": "refused by closing or by an encrypted alert, with what is wrong with the certificate",
    "refused_inside": "the handshake completed, and the answer inside refuses the certificate",
    "closed_after": "the handshake completed, then the side that had to judge closed without a byte",
    "ech_rejected": "the client broke off because its Encrypted Client Hello was not accepted",
    "hello_refused": "refused in answer to the ClientHello, with what its offer leaves out",
    "refused": "refused, and a certificate that is seen is not the reason, or none is seen",
    "accepted_despite_eku": "accepted although the leaf's EKU lacks what the role needs",
    "accepted_by_other_rules": "accepted although many verifiers would refuse the chain for its EKU",
    "acceptance_unknown": "completed, and nothing tells whether the certificate that does not fit was accepted",
    "protocol_rule": "products of this protocol judge the certificate by different rules",
    "default_trust_store": "the request names the public CAs of a default trust store",
    "ended_after_certificate": "ended without an alert after a certificate",
    "hint_client_certificate": "what lengths tell of an encrypted client certificate",
    "hint_refused": "what lengths tell of an encrypted refusal",
}
"""Every word of ``Statement.about`` and what it says."""


@frozen
class Statement(Short):
    """One sentence about a flow.

    ``about`` names what it says, a word of ``ABOUT`` for machines; ``text`` says it. ``frames`` are the frames that it
    rests on, numbered in the flow's file. ``causes`` are the names of what may have caused it (``policy.causes``),
    those that fit best first; ``fitting`` says how many of them an alert can stand for. ``agree`` and ``disagree`` are
    the rule-books whose prediction is what was seen, or the opposite. ``hint`` marks an inference from what is
    encrypted or did not happen.
    """

    about: str
    text: str
    frames: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()
    disagree: tuple[str, ...] = ()
    hint: bool = False
    fitting: int = 0
