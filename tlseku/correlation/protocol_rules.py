"""Rules of the protocol inside TLS on whose purpose a certificate must have, beside the rule of the role.

Knows flows and the table of such rules (``policy.peer_software.protocol_rules``); must not know any protocol. Products
that contradict each other are all named: which of them answers no capture says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tlseku.correlation.statement import Statement
from tlseku.flow import Flow, Presented
from tlseku.policy.causes import EKU, Cause, causes
from tlseku.policy.peer_software.own_rules import protocol_with_rules
from tlseku.policy.purposes import Role, in_words, needed_purpose

if TYPE_CHECKING:
    from tlseku.policy.peer_software.protocol_rules import ProtocolRule


def rules_for(flow: Flow, presented: Presented) -> tuple[ProtocolRule, ...]:
    """The rules for what was presented; ``()`` in most flows."""
    return rules_of_role(flow, presented.role)


def rules_of_role(flow: Flow, role: Role) -> tuple[ProtocolRule, ...]:
    """The rules for the certificate of this role, be one presented or not; that of a product alone that the user
    names."""
    protocol = protocol_with_rules(flow.starttls, flow.service, flow.alpn)
    if protocol is None or role == "unknown":
        return ()
    from tlseku.policy.peer_software.protocol_rules import rules_of  # reads tables, which few flows need

    rules = rules_of(protocol, role)
    software = flow.peer_software
    named = None if software is None else software.product
    return tuple(each for each in rules if each.product == named) or rules


def purposes_in_words(rules: Sequence[ProtocolRule]) -> str:
    """``serverAuth and clientAuth``: what a certificate must list to be taken by every rule."""
    return " and ".join(dict.fromkeys(each.purpose for each in rules))


def _held_against(presented: Presented, role: Role) -> list[Cause]:
    """What speaks against the purposes of a chain in a role: the leaf's and those of its issuers."""
    above = tuple(each.certificate for each in presented.completed_with or ())
    return [cause for cause in causes(presented.chain, role, presented.ts, above=above) if cause.name == EKU]


def _judged_as(rule: ProtocolRule) -> Role:
    return "client" if rule.oid == needed_purpose("client") else "server"


class ProtocolPrediction(NamedTuple):
    """What the rules of a protocol predict of a chain: ``taking`` are those whose products take it, ``refusing`` the
    others."""

    presented: Presented
    taking: tuple[ProtocolRule, ...]
    refusing: tuple[ProtocolRule, ...]


def protocol_predictions(flow: Flow) -> list[ProtocolPrediction]:
    """What each chain of the flow is worth by the protocol's own rules; empty in most flows."""
    found = []
    for presented in flow.presented:
        rules = rules_for(flow, presented) if presented.chain and presented.chain[0].eku_readable else ()
        if rules:
            taking = tuple(rule for rule in rules if not _held_against(presented, _judged_as(rule)))
            found.append(
                ProtocolPrediction(presented, taking, tuple(each for each in rules if each not in taking))
            )
    return found


def rules_in_words(rules: Sequence[ProtocolRule]) -> str:
    """``where an XMPP server calls, Prosody looks for serverAuth, ejabberd for clientAuth``, of at least one rule."""
    first, *more = rules
    others = "".join(f", {each.title} for {each.purpose}" for each in more)
    return f"{first.where}, {first.title} looks for {first.purpose}{others}"


def causes_by_protocol(flow: Flow, presented: Presented) -> Iterator[Cause]:
    """What a product of this protocol holds against a certificate that has the purpose of its role."""
    rules = rules_for(flow, presented) if presented.chain else ()
    if not rules:
        return
    known = {cause.at for cause in _held_against(presented, presented.role)}
    for rule in rules:
        for cause in _held_against(presented, _judged_as(rule)):
            if cause.at not in known:
                yield Cause(EKU, f"{cause.reason}, for which {rule.title} looks {rule.where}", cause.at)


def protocol_statements(flow: Flow) -> Iterator[Statement]:
    """What each product says of a certificate that not all of them take."""
    for presented, taking, refusing in protocol_predictions(flow):
        eku = presented.chain[0].eku
        if eku is None or not refusing:
            continue
        said = "; ".join(
            f"{rule.title} looks for {rule.purpose} {rule.where} and {'takes' if rule in taking else 'refuses'} it"
            for rule in rules_for(flow, presented)
        )
        text = f"products judge the {presented.role} certificate ({in_words(eku)}) by different rules: {said}"
        if not taking:
            text = f"by no product's rule is the {presented.role} certificate ({in_words(eku)}) fit: {said}"
        yield Statement("protocol_rule", text, (presented.frame,), (EKU,))
