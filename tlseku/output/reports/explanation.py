"""One flow explained on a page: what was presented, what the books say, what the peer did, and what to do next.

Knows flows, statements and the width of a page; must not know colours or streams. Out come lines under five headings.
Prediction and observation stand apart, and then side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku.correlation import Statement, client_certificate_state, correlate
from tlseku.correlation.acceptance import answer_to, was_accepted
from tlseku.correlation.judging_software import by_own_book
from tlseku.correlation.protocol_rules import (
    ProtocolPrediction,
    protocol_predictions,
    rules_for,
    rules_in_words,
)
from tlseku.flow import WITHOUT_TLS, Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.advice import advice
from tlseku.output.words.carrier import carrier_words, outer_words
from tlseku.output.words.headlines import style_of
from tlseku.output.words.key_log_advice import how_to_open
from tlseku.output.words.software import software_sentences
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.output.words.timestamps import clock, date
from tlseku.output.words.verdict_style import look, outcome_style
from tlseku.policy.validity import validity_at

if TYPE_CHECKING:
    from tlseku.policy.peer_software.protocol_rules import ProtocolRule

SHOWN_CHAINS = 20
"""Chains explained of one flow; a handshake has two."""

_INDENT = 2
_DONE = {True: "accepted", False: "refused"}
_LABELS = {"schemes": "signature schemes", "in chains": "signature schemes in certificates"}
_STATES = {
    "not_requested": "The server asked for no client certificate.",
    "unanswered": "The server asked for a client certificate and got no answer.",
    "resumed": "The session was resumed, which needs no certificates: those of the earlier connection count.",
    "hidden": "Whether a client certificate was asked for or sent cannot be seen.",
    "unknown": "The handshake did not get as far as a client certificate, as far as is seen.",
}


def explanation_lines(flow: Flow, page: Page) -> Iterator[Line]:
    """The page about one flow, line by line."""
    statements = correlate(flow)
    yield from _opening(flow, page)
    yield from _heading("What was presented")
    yield from _presented(flow, page)
    yield from _heading("What the rule-books say")
    yield from _software(flow, page)
    yield from _books(flow, page)
    yield from _heading("What happened")
    yield from _happened(flow, statements, page)
    yield from _heading("Do prediction and observation agree?")
    yield from _agreement(flow, statements, page)
    yield from _heading("What to do next")
    for number, text in enumerate(advice(flow, statements), 1):
        start: Line = (Segment(f"{number:>3}. ", "dim"),)
        yield from fill(start, words(page.clean(text)), page.width, 5)


def _opening(flow: Flow, page: Page) -> Iterator[Line]:
    ends = f"{wording.endpoint(flow.client)} {page.signs.arrow} {wording.endpoint(flow.server)}"
    start: Line = (Segment(f"Flow {flow.number}", "link"), Segment(" of "))
    yield from fill(start, words(page.clean(f"{flow.file}: {ends}"), "strong"), page.width, _INDENT)
    facts = [f"{date(flow.start)} {clock(flow.start)} UTC"] if clock(flow.start) is not None else []
    carrier = carrier_words(flow)
    facts += [] if carrier is None else [carrier]
    facts += [] if flow.service is None else [flow.service]
    facts += [] if flow.carrier in WITHOUT_TLS else [wording.version(flow)]
    facts += [] if flow.sni is None else [f"{wording.sni_label(flow)} {flow.sni}"]
    yield from fill((), words(page.clean(", ".join(facts)), "dim"), page.width, _INDENT)
    around = ", ".join(f"{label} {text}" for label, text in outer_words(flow))
    if around:
        yield from fill((), words(page.clean(around), "dim"), page.width, _INDENT)


def _state(flow: Flow) -> str | None:
    state = client_certificate_state(flow)
    if state != "hidden" or not flow.requests:
        return _STATES.get(state)
    reasons = [each.reason for each in flow.hidden if each.what == "client_certificate"]
    why = "the answer is hidden"
    if reasons == ["one_direction_only"]:
        why = "the client's direction was not captured"
    elif reasons:
        why = f"the answer: {wording.HIDDEN_BECAUSE.get(reasons[0], reasons[0])}"
    return f"A client certificate was asked for in frame {flow.requests[-1].frame}; {why}."


def _offers(flow: Flow, page: Page) -> Iterator[Line]:
    """What the client offers, where the server had to choose a certificate by it and none is seen."""
    if any(each.role == "server" and each.chain for each in flow.presented):
        return
    parts = [f"{_LABELS.get(label, label)} {text}" for label, text in wording.offered(flow)]
    if parts:
        yield from _paragraph(f"The client offered {'; '.join(parts)}.", page)


def _heading(text: str) -> Iterator[Line]:
    yield ()
    yield (Segment(text, "strong"),)


def _presented(flow: Flow, page: Page) -> Iterator[Line]:
    for presented in flow.presented[:SHOWN_CHAINS]:
        yield from _chain(flow, presented, page)
        yield from _own_rules(flow, presented, page)
    if len(flow.presented) > SHOWN_CHAINS:
        rest = wording.counted(len(flow.presented) - SHOWN_CHAINS, "more chain")
        yield _said(f"{page.signs.ellipsis} and {rest}", "dim")
    yield from _offers(flow, page)
    text = _state(flow)
    if text is not None:
        yield from _paragraph(text, page)
    for phrase in wording.hidden(flow.hidden):
        yield from _paragraph(f"Hidden: {phrase}.", page, "hidden")
    way = how_to_open(flow)
    if way is not None:
        yield from _paragraph(way, page)


def _chain(flow: Flow, presented: Presented, page: Page) -> Iterator[Line]:
    looks = look(presented)
    who = f"The {presented.role}" if presented.role != "unknown" else "One side"
    who += f" ({wording.sender(flow, presented.role)})" if presented.role != "unknown" else ""
    start: Line = (Segment(f"  {looks.mark(page.signs)} ", looks.style),)
    if not presented.chain:
        what = "an empty list" if presented.verdict == "declined" else "a list of which nothing whole is seen"
        text = f"{who} sent {what} in frame {presented.frame}."
        yield from fill(start, words(page.clean(text)), page.width, 4)
        return
    leaf = presented.chain[0]
    many = wording.counted(len(presented.chain), "certificate")
    text = (
        f"{who} sent {many} in frame {presented.frame}: {wording.subject(leaf)}, serial "
        f"{wording.serial(leaf)}, issued by {wording.name_or_state(leaf.issuer)}{wording.kind_of_issuer(leaf)}, "
        f"EKU {', '.join(wording.purposes(leaf))}."
    )
    yield from fill(start, words(page.clean(text)), page.width, 4)
    as_whom = f"as TLS {presented.role}" if presented.role != "unknown" else "in an unknown role"
    text = f"Verdict {as_whom}: {presented.verdict}, {presented.reason}."
    yield from fill((Segment("    "),), words(page.clean(text), looks.style), page.width, 4)
    validity = validity_at(leaf, presented.ts)
    span = "" if leaf.not_after is None else f" (until {date(leaf.not_after) or 'an unknown day'})"
    style: Style = "" if validity.outcome == "valid" else "caution"
    text = f"When it was presented the leaf was {_was(validity.reason)}{span}."
    yield from fill((Segment("    "),), words(page.clean(text), style), page.width, 4)


def _own_rules(flow: Flow, presented: Presented, page: Page) -> Iterator[Line]:
    """A verdict is about the role in TLS; the protocol inside may ask for another purpose."""
    rules = rules_for(flow, presented)
    if rules and presented.chain:
        text = f"This protocol has rules of its own: {rules_in_words(rules)}."
        yield from fill((Segment("    "),), words(page.clean(text)), page.width, 4)


def _was(reason: str) -> str:
    return f"not readable in its dates: {reason}" if reason.startswith("the ") else reason


def _software(flow: Flow, page: Page) -> Iterator[Line]:
    """Whose software the server likely is, and what its rule-book says of the client's chain if it was not chosen."""
    for text in software_sentences(flow):
        yield from _paragraph(text, page)
    for presented in flow.presented[:SHOWN_CHAINS]:
        own = by_own_book(flow, presented)
        if own is not None and presented.rule_books.get(own.book) != own.finding:
            said = f"{own.finding.outcome} ({own.finding.rule}): {own.finding.reason}"
            text = f"Its rule-book, {own.book}, on the client's chain (frame {presented.frame}): {said}."
            yield from _paragraph(text, page, "wrong" if own.finding.outcome == "refuse" else "")


def _books(flow: Flow, page: Page) -> Iterator[Line]:
    judged = [each for each in flow.presented[:SHOWN_CHAINS] if each.rule_books and each.chain]
    if not judged:
        nothing = "no chain is seen" if not any(each.chain for each in flow.presented) else "none was chosen"
        yield _said(f"Nothing: {nothing}.")
    for presented in judged:
        whose = (
            f"the {presented.role}'s chain" if presented.role != "unknown" else "the chain in an unknown role"
        )
        yield _said(f"Of {whose} (frame {presented.frame}):")
        width = max(len(page.clean(name)) for name in presented.rule_books)
        for name, finding in presented.rule_books.items():
            style: Style = "wrong" if finding.outcome == "refuse" else ""
            start: Line = (Segment(f"    {page.clean(name):<{width}}  ", "dim"),)
            text = page.clean(f"{finding.outcome} ({finding.rule}): {finding.reason}")
            yield from fill(start, words(text, style), page.width, width + 6)


def _happened(flow: Flow, statements: Sequence[Statement], page: Page) -> Iterator[Line]:
    outcome = f"{wording.outcome(flow)[:1].upper()}{wording.outcome(flow)[1:]}"
    start: Line = (Segment("  "), Segment(outcome, outcome_style(flow)), Segment(": "))
    yield from fill(start, words(page.clean(f"{flow.outcome_basis}.")), page.width, _INDENT)
    for statement in statements:
        if statement.about not in ("not_requested", "resumed"):
            text = f"{statement.text[:1].upper()}{statement.text[1:]}."
            text = f"Hint, not certain: {text}" if statement.hint else text
            yield from _paragraph(text, page, style_of(statement))


def _agreement(flow: Flow, statements: Sequence[Statement], page: Page) -> Iterator[Line]:
    held = [each for each in statements if each.agree or each.disagree]
    own_rules = [text for each in protocol_predictions(flow) for text in _by_protocol(flow, each)]
    for text, style in own_rules:
        yield from _paragraph(text, page, style)
    for statement in held:
        seen = "that it is accepted" if statement.about.startswith("accepted") else "the refusal"
        if statement.agree:
            verb = "predicts" if len(statement.agree) == 1 else "predict"
            yield from _paragraph(f"Yes: {wording.listed(statement.agree)} {verb} {seen}.", page)
        if statement.disagree:
            verb = "predicts" if len(statement.disagree) == 1 else "predict"
            role = " by the role in TLS alone" if own_rules else ""
            text = f"No: {wording.listed(statement.disagree)} {verb} the opposite{role}."
            yield from _paragraph(text, page, "caution")
    if held or own_rules:
        return
    judged = [each for each in flow.presented if each.rule_books and each.chain]
    if flow.outcome != "completed":
        yield _said("Nothing seen here can be held against a rule-book's prediction.")
    elif not judged:
        yield _said("There is no prediction to compare with.")
    elif unknown := [each for each in judged if was_accepted(flow, each) is None]:
        whose = wording.listed(list(dict.fromkeys(f"the {each.role}'s" for each in unknown)))
        text = f"It cannot be told: nothing that can be read shows whether {whose} certificate was accepted."
        yield from _paragraph(text, page)
    elif any(each.verdict == "declined" and not flow.client_certificate_accepted for each in flow.presented):
        text = "It cannot be told: nothing that can be read shows whether the server goes on without a certificate."
        yield from _paragraph(text, page)
    else:
        yield from _accepted(judged, page)


def _by_protocol(flow: Flow, prediction: ProtocolPrediction) -> Iterator[tuple[str, Style]]:
    """What rules of the protocol inside say beside what the peer did, where one of them speaks against a chain."""
    presented, taking, refusing = prediction
    accepted = answer_to(flow, presented)
    if not refusing or accepted is None:
        return
    whose = f"the {presented.role} certificate"
    agreeing, others = (taking, refusing) if accepted else (refusing, taking)
    if agreeing:
        yield f"Yes: by the rule of {_products(agreeing)}, {whose} is {_DONE[accepted]}.", ""
        if others:
            yield f"It would be {_DONE[not accepted]} by the rule of {_products(others)}.", ""
    else:
        yield f"No: by the rule of {_products(others)}, {whose} is {_DONE[not accepted]}.", "caution"


def _products(rules: Sequence[ProtocolRule]) -> str:
    """``Prosody (serverAuth where an XMPP server calls)``."""
    return wording.listed([f"{rule.title} ({rule.purpose} {rule.where})" for rule in rules])


def _accepted(judged: Sequence[Presented], page: Page) -> Iterator[Line]:
    refusing = [
        name for each in judged for name, finding in each.rule_books.items() if finding.outcome == "refuse"
    ]
    if refusing:
        listed = wording.listed(list(dict.fromkeys(refusing)))
        yield from _paragraph(f"No: it was accepted, and {listed} would have refused.", page, "caution")
    else:
        yield _said("Yes: it was accepted, and no chosen rule-book predicts a refusal.")


def _paragraph(text: str, page: Page, style: Style = "") -> Iterator[Line]:
    yield from fill((Segment("  "),), words(page.clean(text), style), page.width, _INDENT)


def _said(text: str, style: Style = "") -> Line:
    return (Segment(f"  {text}", style),)
