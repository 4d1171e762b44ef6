"""Certificate files judged without a capture: lines, dictionaries (``tlseku/cert/1``) and CSV rows.

Knows chains, verdicts and the width of a page; must not know streams, colours or who judged. Out come the facts of
each certificate, leaf first, and the verdict in each role that was asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlseku._objects import frozen
from tlseku.flow import Presented
from tlseku.output.json.flow_json import (
    certificate_to_dict,
    completion_to_dict,
    judgement_to_dict,
    notes_to_dict,
)
from tlseku.output.reports.chain_lines import fact_lines, judgement_lines, note_lines, verdict_lines
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_lines, csv_serial, joined
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.bundle import FileChain
from tlseku.policy.chain_notes import ChainNote, chain_notes
from tlseku.policy.known_issuers import KnownIssuer

CERT_SCHEMA = "tlseku/cert/1"

_INDENT = 2

COLUMNS: dict[str, str] = {
    "file": "",
    "serial": "of the leaf, 0x and lower-case hex",
    "sha256": "of the leaf",
    "subject": "of the leaf",
    "issuer": "of the leaf",
    "not_before": "of the leaf",
    "not_after": "of the leaf",
    "eku": "of the leaf: names; none: no extension; empty: nothing listed",
    "chain_length": "",
    "in_order": "whether the file has the chain as TLS sends it",
    "ends_in_root": "whether the topmost certificate is self-issued",
    "role": "judged",
    "verdict": "",
    "reason": "",
    "effective_eku": "what the CA certificates leave of it; none: unrestricted",
    "broken_at": "chain index that takes the needed purpose away; behind the chain, of a CA certificate from --ca",
}
"""Name and meaning of each CSV column, in order. One row a chain and role."""


@frozen
class JudgedChain:
    """A chain of a file and what is said of it: ``judged`` has one ``Presented`` for each role asked about, as if
    the chain had been presented in it (frames and times are 0 and mean nothing). ``completed_with`` is that of each
    ``Presented``."""

    file: str
    found: FileChain
    judged: tuple[Presented, ...]
    completed_with: tuple[KnownIssuer, ...] | None = None


def cert_lines(chains: Iterable[JudgedChain], page: Page) -> Iterator[Line]:
    """Each chain with its facts and verdicts, a blank line between two."""
    for index, one in enumerate(chains):
        if index:
            yield ()
        yield from fill((), words(page.clean(one.file), "strong"), page.width, _INDENT)
        for number, certificate in enumerate(one.found.chain):
            start: Line = (Segment(" " * _INDENT), Segment(f"{number:<3}", "link"))
            subject = page.clean(wording.subject(certificate))
            yield from fill(start, words(subject, "strong"), page.width, _INDENT + 3)
            yield from fact_lines(certificate, page, _INDENT + 3)
        yield from note_lines(_notes(one), page, _INDENT)
        for presented in one.judged:
            yield from verdict_lines(presented, page, _INDENT)
            yield from judgement_lines(presented, page, _INDENT + 2)


def cert_to_dict(one: JudgedChain) -> dict[str, object]:
    """The object ``tlseku/cert/1``, valid against its JSON Schema."""
    return {
        "schema": CERT_SCHEMA,
        "file": one.file,
        "chain": [
            {"index": index, "place": place, **certificate_to_dict(certificate)}
            for index, (place, certificate) in enumerate(zip(one.found.places, one.found.chain, strict=True))
        ],
        "in_order": one.found.in_order,
        "ends_in_root": one.found.ends_in_root,
        "completed_with": completion_to_dict(one.found.chain, one.completed_with),
        "chain_notes": notes_to_dict(_notes(one)),
        "roles": [{"role": presented.role, **judgement_to_dict(presented)} for presented in one.judged],
    }


def cert_csv_lines(chains: Iterable[JudgedChain]) -> Iterator[str]:
    """Header and rows, a line each."""
    return csv_lines(list(COLUMNS), (row for one in chains for row in _rows(one)))


def _notes(one: JudgedChain) -> Iterator[ChainNote]:
    notes = chain_notes(one.found.chain, one.completed_with, among="the certificates of the file")
    if not one.found.in_order:
        order = ", ".join(str(place + 1) for place in one.found.places)
        text = f"not in the order in which TLS sends a chain: places {order} of the file"
        yield ChainNote("out_of_order", text)
    # The chain was put in order when it was found; whether the file has it so is said above.
    yield from (note for note in notes if note.word != "in_order" or one.found.in_order)


def _rows(one: JudgedChain) -> Iterator[list[Cell]]:
    leaf = one.found.chain[0]
    for presented in one.judged:
        yield [
            one.file,
            csv_serial(leaf.serial_hex),
            leaf.sha256,
            leaf.subject,
            leaf.issuer,
            None if leaf.not_before is None else rfc3339(leaf.not_before, digits=0),
            None if leaf.not_after is None else rfc3339(leaf.not_after, digits=0),
            joined(wording.purposes(leaf)),
            len(one.found.chain),
            one.found.in_order,
            one.found.ends_in_root,
            presented.role,
            presented.verdict,
            presented.reason,
            joined(wording.purpose_names(presented.effective_eku)),
            presented.broken_at,
        ]
