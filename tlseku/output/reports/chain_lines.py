"""A presented chain in full, for the story of a flow and for the list of certificates.

Knows certificates, verdicts and the width of a page; must not know where the lines go. Out come lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlseku.flow import Presented
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, fill_words, words
from tlseku.output.words.timestamps import day_or_unknown
from tlseku.output.words.verdict_style import look
from tlseku.policy.chain_notes import ChainNote, chain_notes
from tlseku.x509.certificate import Certificate

SHOWN_CERTIFICATES = 20
"""Certificates shown of one chain; real ones have one to five."""

_UNTIDY = frozenset({"out_of_order", "unrelated", "unreadable_entry", "issuer_loop", "path_cut"})


def chain_lines(presented: Presented, page: Page, indent: int) -> Iterator[Line]:
    """Verdict and reason, the certificates leaf first, how they hang together, then what the rule-books say."""
    yield from verdict_lines(presented, page, indent)
    for index, certificate in enumerate(presented.chain[:SHOWN_CERTIFICATES]):
        yield from _numbered(index, certificate, page, indent)
    if len(presented.chain) > SHOWN_CERTIFICATES:
        rest = wording.counted(len(presented.chain) - SHOWN_CERTIFICATES, "more certificate")
        yield (Segment(" " * indent), Segment(f"{page.signs.ellipsis} and {rest}", "dim"))
    if presented.entries_missing:
        yield (Segment(" " * indent), Segment("the list is cut: more certificates followed", "unsure"))
    notes = chain_notes(presented.chain, presented.completed_with, complete=not presented.entries_missing)
    yield from note_lines(notes, page, indent)
    yield from judgement_lines(presented, page, indent)


def note_lines(notes: Iterable[ChainNote], page: Page, indent: int) -> Iterator[Line]:
    """Notes on the make-up of a chain, a line each or more."""
    for note in notes:
        style: Style = "caution" if note.word in _UNTIDY else "dim"
        yield from fill((Segment(" " * indent),), words(page.clean(note.text), style), page.width, indent + 2)


def verdict_lines(presented: Presented, page: Page, indent: int) -> Iterator[Line]:
    """The verdict in its role, and the reason."""
    looks = look(presented)
    as_whom = f"as TLS {presented.role}" if presented.role != "unknown" else "in an unknown role"
    sent = "" if presented.direction == "unknown" else f", {presented.direction}"
    start: Line = (
        Segment(" " * indent),
        Segment(f"{looks.mark(page.signs)} {page.clean(presented.verdict)}", looks.style),
        Segment(" "),
    )
    text = page.clean(f"{as_whom}{sent}: {presented.reason}")
    yield from fill(start, words(text), page.width, indent + 2)


def judgement_lines(presented: Presented, page: Page, indent: int) -> Iterator[Line]:
    """What an issuer takes away, and what each rule-book says."""
    if presented.broken_at is not None and presented.broken_at > 0:
        left = ", ".join(wording.purpose_names(presented.effective_eku))
        text = page.clean(f"certificate {presented.broken_at} takes the purpose away; effective EKU: {left}")
        yield from fill((Segment(" " * indent),), words(text, "caution"), page.width, indent + 2)
    for name, finding in presented.rule_books.items():
        where = "" if finding.depth is None else f" at certificate {finding.depth}"
        text = page.clean(f"{name}: {finding.outcome}{where} ({finding.rule}): {finding.reason}")
        style: Style = "wrong" if finding.outcome == "refuse" else "dim"
        yield from fill((Segment(" " * indent),), words(text, style), page.width, indent + 2)


def certificate_facts(certificate: Certificate) -> Iterator[tuple[str, str]]:
    """Label and text of what a certificate says, not yet escaped; without its subject."""
    yield "serial", wording.serial(certificate)
    yield "issuer", wording.name_or_state(certificate.issuer) + wording.kind_of_issuer(certificate)
    yield (
        "EKU",
        ", ".join(wording.purposes(certificate)) + (" (critical)" if certificate.eku_critical else ""),
    )
    if certificate.readable:
        yield "valid", f"{day_or_unknown(certificate.not_before)} to {day_or_unknown(certificate.not_after)}"
        yield "key", f"{certificate.key_algorithm}, signed {certificate.signature_algorithm}"
        if certificate.key_usage is not None:
            yield "key usage", ", ".join(certificate.key_usage) or "empty"
    for defect in certificate.defects:
        yield "odd", defect


def fact_lines(certificate: Certificate, page: Page, indent: int) -> Iterator[Line]:
    """The facts of a certificate, a line each or more."""
    for label, text in certificate_facts(certificate):
        start: Line = (Segment(" " * indent), Segment(f"{label:<10}", "dim"))
        style: Style = "caution" if label == "odd" else ""
        yield from fill_words(start, page.clean(text), style, page.width, indent + 10)


def _numbered(index: int, certificate: Certificate, page: Page, indent: int) -> Iterator[Line]:
    start: Line = (Segment(" " * indent), Segment(f"{index:<3}", "link"))
    subject = page.clean(wording.subject(certificate))
    yield from fill(start, words(subject, "strong"), page.width, indent + 3)
    yield from fact_lines(certificate, page, indent + 3)
