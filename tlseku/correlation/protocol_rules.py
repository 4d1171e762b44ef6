"""Rules of the protocol inside TLS on whose purpose a certificate must have, beside the rule of the role.

Knows flows and the table of such rules (``policy.peer_software.protocol_rules``); must not know any protocol. Products
that contradict each other are all named: which of them answers no capture says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.causes import EKU, Cause
from tlseku.policy.peer_software.own_rules import protocol_with_rules
from tlseku.policy.purposes import in_words, needed_purpose

if TYPE_CHECKING:
    from tlseku.policy.peer_software.protocol_rules import ProtocolRule


def rules_for(flow: Flow, presented: Presented) -> tuple[ProtocolRule, ...]:
    """The rules for the certificate of this role; ``()`` in most flows."""
    protocol = protocol_with_rules(flow.starttls, flow.service, flow.alpn)
    if protocol is None or presented.role == "unknown":
        return ()
    from tlseku.policy.peer_software.protocol_rules import rules_of  # reads tables, which few flows need

    rules = rules_of(protocol, presented.role)
    software = flow.peer_software
    named = None if software is None else software.product
    return tuple(each for each in rules if each.product == named) or rules


def rules_in_words(rules: Sequence[ProtocolRule]) -> str:
    """``where an XMPP server calls, Prosody looks for serverAuth, ejabberd for clientAuth``, of at least one rule."""
    first, *more = rules
    others = "".join(f", {each.title} for {each.purpose}" for each in more)
    return f"{first.where}, {first.title} looks for {first.purpose}{others}"


def causes_by_protocol(flow: Flow, presented: Presented) -> Iterator[Cause]:
    """What a product of this protocol holds against a leaf that has the purpose of its role."""
    if not presented.chain or presented.role == "unknown":
        return
    eku = presented.chain[0].eku
    if not eku or needed_purpose(presented.role) not in eku:
        return
    for rule in rules_for(flow, presented):
        if not rule.fits(eku):
            yield Cause(
                EKU,
                f"the leaf lists {in_words(eku)}, not {rule.purpose}, for which {rule.title} looks {rule.where}",
            )


def protocol_statements(flow: Flow) -> Iterator[Statement]:
    """What each product says of a certificate that not all of them take."""
    for presented in flow.presented:
        if not presented.chain or presented.chain[0].eku is None or not presented.chain[0].eku_readable:
            continue
        eku = presented.chain[0].eku
        rules = rules_for(flow, presented)
        if not rules or all(rule.fits(eku) for rule in rules):
            continue
        said = "; ".join(
            f"{rule.title} looks for {rule.purpose} {rule.where} and {'takes' if rule.fits(eku) else 'refuses'} it"
            for rule in rules
        )
        text = f"products judge the {presented.role} certificate ({in_words(eku)}) by different rules: {said}"
        if len({rule.fits(eku) for rule in rules}) == 1:
            text = f"by no product's rule is the {presented.role} certificate ({in_words(eku)}) fit: {said}"
        yield Statement("protocol_rule", text, (presented.frame,), (EKU,))
