"""What is written below the arrow of a Certificate or a CertificateRequest: a few short lines.

Knows what was presented and asked, and the words for it; must not know where the lines go or how they are drawn. All
text is *not yet escaped*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tlseku.flow import Presented, Request
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.verdict_style import look

SHOWN_CERTIFICATES = 5
"""Certificates of one chain named below its arrow; the tree of the chain shows more."""

SHOWN_AUTHORITIES = 3
"""CAs of one request named below its arrow; ``tlseku show`` names more."""


class Note(NamedTuple):
    """One line below an arrow. ``sign`` is a field name of ``report.page.Signs``, empty for none."""

    text: str
    style: Style = ""
    sign: str = ""


def certificate_notes(presented: Presented) -> Iterator[Note]:
    """The verdict, then each certificate, leaf first."""
    looks = look(presented)
    yield Note(f"{presented.verdict}: {presented.reason}", looks.style, looks.sign)
    for index, one in enumerate(presented.chain[:SHOWN_CERTIFICATES]):
        style: Style = "strong" if index == 0 else ""
        yield Note(f"#{index} {wording.subject(one)}", style)
        if index == 0:
            yield Note(f"   issuer {wording.name_or_state(one.issuer)}{wording.kind_of_issuer(one)}", "dim")
        broken: Style = "caution" if presented.broken_at == index and index > 0 else "dim"
        taken = " - takes the purpose away" if broken == "caution" else ""
        eku = ", ".join(wording.purposes(one))
        yield Note(f"   serial {wording.serial(one)}  EKU {eku}{taken}", broken)
    if len(presented.chain) > SHOWN_CERTIFICATES:
        rest = wording.counted(len(presented.chain) - SHOWN_CERTIFICATES, "more certificate")
        yield Note(f"and {rest}", "dim")
    if presented.entries_missing:
        yield Note("the list is cut: more certificates followed", "unsure")


def request_notes(request: Request) -> Iterator[Note]:
    """What is asked for, of which CAs, and what came."""
    yield Note(wording.asked(request), "strong")
    for name in request.authority_names[:SHOWN_AUTHORITIES]:
        yield Note(f"   CA {wording.name_or_state(name)}", "dim")
    if len(request.authority_names) > SHOWN_AUTHORITIES:
        yield Note(
            f"   and {wording.counted(len(request.authority_names) - SHOWN_AUTHORITIES, 'more CA')}", "dim"
        )
    style: Style = "unsure" if request.answer in ("empty", "none") else "dim"
    yield Note(f"answer: {wording.answered(request)}", style)
    for name, match in request.matches.items():
        if match.ok is False:
            yield Note(f"{name.replace('_', ' ')}: {match.reason}", "caution", "caution")
