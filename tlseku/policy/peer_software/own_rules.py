"""Where protocols have rules of their own, in words that cost nothing to look at.

Knows names of protocols only; ``protocol_rules`` has the rules. Most flows are of none of these, and read no table.
"""

from __future__ import annotations

OWN_RULES = frozenset({"xmpp", "xmpp-server"})
"""Words of ``Flow.starttls``, ``Flow.alpn`` and ``Flow.service`` of protocols with rules of their own."""

WITHOUT = frozenset({"xmpp-client"})
"""Words of ``Flow.alpn`` and ``Flow.service`` that say that it is another protocol, spoken alike before TLS."""


def protocol_with_rules(starttls: str | None, service: str | None, alpn: str | None) -> str | None:
    """The protocol whose rules hold, None where there are none."""
    if service in WITHOUT or alpn in WITHOUT:
        return None
    return next((each for each in (starttls, alpn, service) if each in OWN_RULES), None)
