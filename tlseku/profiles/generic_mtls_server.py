"""The profile ``generic-mtls-server``: which clients of a server would break if it applied a rule-book.

Knows the statements of ``data/generic-mtls-server.toml`` by id and what a flow shows; must not know products, ports or
packets. A client is known by its address, the server it calls, and what it presents; its connections are one finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tlseku.correlation.judging_software import by_own_book
from tlseku.correlation.protocol_rules import (
    ProtocolPrediction,
    protocol_predictions,
    purposes_in_words,
    rules_for,
    rules_in_words,
)
from tlseku.flow import Flow, Presented, Request
from tlseku.output.words import wording
from tlseku.policy.rule_books import RuleBook
from tlseku.profiles.findings import FindingLevel, Place, ProfileFinding, client_of
from tlseku.profiles.gathered_findings import GatheredFindings

if TYPE_CHECKING:
    from tlseku.policy.peer_software.protocol_rules import ProtocolRule

_REFUSED = ("refused", "refused_inside")
_ASKS_NOBODY = ("GM6",)
"""Of a server that asked in no flow at all, which is known at the end."""

_RENEW = "issue this client a certificate that the rule-book accepts, from a private CA where public ones have none"


def diagnose(flows: Iterable[Flow], book: RuleBook) -> tuple[ProfileFinding, ...]:
    """What the flows tell of the clients of servers that ask for certificates. Never raises.

    A server that asked in one of the flows and not in another is asked about in both.
    """
    together = GatheredFindings()
    asking: set[str] = set()
    for flow in flows:
        if _asked(flow) is not None:
            asking.add(_server(flow))
        for one in _findings(flow, book):
            together.add(one)
    return tuple(one for one in together.take_all() if one.rules != _ASKS_NOBODY or one.who not in asking)


def _findings(flow: Flow, book: RuleBook) -> Iterator[ProfileFinding]:
    presented = [one for one in flow.presented if one.role == "client"]
    request = _asked(flow)
    for one in presented:
        yield _judged(flow, one, book) if one.chain or one.entries_missing else _declined(flow, one)
    if presented:
        return
    hidden = [one for one in flow.hidden if one.what in ("client_certificate", "certificate_request")]
    if hidden:
        why = ", ".join(sorted({one.reason for one in hidden}))
        text = f"what the client presents is not visible ({why})"
        to_do = "capture again with the session's secrets, or look at the server's log"
        yield ProfileFinding("open", ("GM3",), client_of(flow), text, to_do, (Place.first(flow),))
    elif request is not None:
        place = Place.of(flow, request)
        yield ProfileFinding(
            "open", ("GM5",), client_of(flow), "the request was not answered", None, (place,)
        )
    else:
        text = "the server does not ask for a certificate"
        yield ProfileFinding("fine", _ASKS_NOBODY, _server(flow), text, None, (Place.first(flow),))


def _judged(flow: Flow, one: Presented, book: RuleBook) -> ProfileFinding:
    """What the book says, and beside it what the server's likely software and the protocol's own rules say."""
    finding = _by_book(flow, one, book)
    own = by_own_book(flow, one)
    if own is not None and own.book != book.name:
        verb = {"accept": "accepts it", "refuse": "refuses it"}.get(own.finding.outcome, "does not decide")
        text = f"{finding.text}; the server is {own.phrase}, whose rule-book {own.book} {verb}"
        finding = replace(finding, text=text, rules=(*finding.rules, "GM8"))
    for own_rules in protocol_predictions(flow):
        if own_rules.presented is one and own_rules.refusing:
            return _by_protocol(flow, own_rules, finding)
    return finding


def _by_protocol(flow: Flow, own_rules: ProtocolPrediction, finding: ProfileFinding) -> ProfileFinding:
    """The same with what the protocol's own rules say: what one product takes by its rule breaks with another only."""
    rules = rules_for(flow, own_rules.presented)
    taken = bool(own_rules.taking) and flow.client_certificate_accepted is True
    by_whom = f"; accepted, as by the rule of {_products(own_rules.taking)}" if taken else ""
    if not flow.client_certificate_accepted and flow.outcome in _REFUSED and flow.refused_by == "server":
        by_whom = f"; refused, as by the rule of {_products(own_rules.refusing)}"
    return replace(
        finding,
        level="caution" if finding.level == "fine" or taken else finding.level,
        rules=(*finding.rules, "GM7"),
        text=f"{finding.text}; {rules_in_words(rules)}{by_whom}",
        to_do=f"issue this client a certificate that lists {purposes_in_words(rules)}, or has no extended key usage",
    )


def _products(rules: Iterable[ProtocolRule]) -> str:
    return wording.listed([rule.title for rule in rules])


def _by_book(flow: Flow, one: Presented, book: RuleBook) -> ProfileFinding:
    finding = one.rule_books.get(book.name)
    leaf = "" if not one.chain else f"serial {wording.serial(one.chain[0])}: "
    place = (Place.of(flow, one),)
    if finding is None or finding.outcome in ("unknown", "depends"):
        why = "was not asked" if finding is None else f"says {finding.outcome}: {finding.reason}"
        return ProfileFinding("open", ("GM5",), client_of(flow), f"{leaf}{book.name} {why}", None, place)
    if finding.outcome == "accept":
        level: FindingLevel = "caution" if flow.outcome in _REFUSED else "fine"
        text = f"{leaf}{book.name} accepts it"
        if level == "caution":
            text += ", and yet the handshake was refused: for another reason, or by other rules"
        return ProfileFinding(level, ("GM1",), client_of(flow), text, None, place)
    text = f"{leaf}{book.name} refuses it: {finding.reason}"
    rules: tuple[str, ...] = ("GM1",)
    if flow.outcome in _REFUSED and flow.refused_by == "server":
        text += "; the server refused it"
    elif flow.client_certificate_accepted:
        text += "; accepted today, it breaks when the server applies this"
        rules = ("GM1", "GM4")
    else:
        text += _untold(flow)
    return ProfileFinding("wrong", rules, client_of(flow), text, _RENEW, place)


def _declined(flow: Flow, one: Presented) -> ProfileFinding:
    text = "the client answers the request with an empty list"
    if flow.client_certificate_accepted:
        text += "; accepted today, it breaks where the server requires a certificate"
    else:
        text += _untold(flow)
    to_do = "give the client a certificate that suits the request; some withhold one that lacks clientAuth"
    level: FindingLevel = "wrong" if flow.outcome in _REFUSED else "caution"
    return ProfileFinding(level, ("GM2",), client_of(flow), text, to_do, (Place.of(flow, one),))


def _untold(flow: Flow) -> str:
    """What a handshake that completed leaves open: many servers refuse inside, or close."""
    if flow.outcome == "closed_after" and flow.closed_by == "server":
        return "; the handshake completed, then the server closed without a byte"
    return "; the handshake completed, which alone accepts nothing" if flow.outcome == "completed" else ""


def _asked(flow: Flow) -> Request | None:
    return next((request for request in flow.requests if request.role == "server"), None)


def _server(flow: Flow) -> str:
    return f"server {wording.endpoint(flow.server)}"
