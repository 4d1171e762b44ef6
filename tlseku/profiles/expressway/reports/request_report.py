"""A certification request, judged before it goes to the CA: the object ``tlseku/signing-request/1`` and lines.

Knows what a request asks for, remarks and the width of a page; must not know streams or how stores are judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words
from tlseku.profiles.expressway.reports.stores_report import LOOKS
from tlseku.profiles.expressway.rules.rules import sentences
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.rules.store_check import Remark, check_stores
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

REQUEST_SCHEMA = "tlseku/signing-request/1"


def request_remarks(asked: Certificate) -> tuple[Remark, ...]:
    """What becomes of the certificate in either store of an Expressway, if the CA issues what is asked (UP1, CM8)."""
    store = Store(asked)
    return (*check_stores(None, store), *check_stores(store, None))


def request_to_dict(file: str, asked: Certificate) -> dict[str, object]:
    """The object ``tlseku/signing-request/1``, valid against its JSON Schema."""
    remarks = request_remarks(asked)
    return {
        "schema": REQUEST_SCHEMA,
        "file": file,
        "subject": asked.subject,
        "san": None if asked.san is None else [list(name) for name in asked.san],
        "eku": None if asked.eku is None else list(asked.eku),
        "eku_names": None if asked.eku is None else [eku_name(oid) for oid in asked.eku],
        "key_algorithm": asked.key_algorithm,
        "remarks": [
            {
                "level": one.level,
                "rule": one.rule,
                "store": one.place,
                "text": one.text,
                "to_do": one.to_do,
            }
            for one in remarks
        ],
        "rules": sentences(one.rule for one in remarks if one.rule is not None),
    }


def request_lines(file: str, asked: Certificate, page: Page) -> Iterator[Line]:
    """What is asked for, then what becomes of it in either store."""
    yield from fill((), words(page.clean(file), "strong"), page.width, 2)
    said = f"certificate request: {wording.name_or_state(asked.subject)}; {asked.key_algorithm}; asks for EKU"
    said += f" {', '.join(wording.purposes(asked))}"
    names = [value for _, value in asked.san or ()]
    said += f"; names {', '.join(names)}" if names else "; no subjectAltName"
    yield from fill((Segment("  "),), words(page.clean(said)), page.width, 4)
    yield from _remark_lines(request_remarks(asked), page)


def _remark_lines(remarks: Sequence[Remark], page: Page) -> Iterator[Line]:
    for one in remarks:
        sign, style = LOOKS[one.level]
        rule = "" if one.rule is None else f"[{one.rule}] "
        start: Line = (Segment(f"  {getattr(page.signs, sign)} ", style), Segment(rule, "link"))
        text = f"Expressway {one.place} store: {one.text}"
        yield from fill(start, words(page.clean(text), style), page.width, 4)
        if one.to_do is not None:
            yield from fill((Segment("    do: ", "dim"),), words(page.clean(one.to_do)), page.width, 8)
