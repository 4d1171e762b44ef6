"""Pages to test: made of the hand-made flows, and of flows whose every text is hostile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from tests.output.samples import (
    CLIENT_AUTH,
    EVERY,
    HOSTILE,
    SERVER_AUTH,
    SUMMARY,
    certificate,
    flow,
    message,
    presented,
    renumbered,
)
from tlseku.flow import Defect, Flow, Hidden, Request, Summary
from tlseku.output.reports.sunset_inventory import Terms
from tlseku.output.webpage.document import Material, Report
from tlseku.policy.finding import Finding
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.rule_books import load_rule_books
from tlseku.policy.timeline import shipped_timeline

EVIL_NAMES = (
    HOSTILE,
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "\"><svg/onload=window.pwned=1>'",
    "<!--<script>",
    "]]>{{ 7*7 }}{% raw %}",
    "\u202emoc.elpmaxe\u2066\u200f",
    "javascript:window.pwned=1",
    "CN=" + "a" * 50_000,
    "CN=" + "<b>" * 2_000,
    "שלום.example",
)
"""Names that a certificate, an SNI or a file can have."""


def evil(name: str, number: int = 1) -> Flow:
    """A flow with ``name`` wherever a text can stand."""
    leaf = replace(
        certificate(number, name, issuer=name, eku=(SERVER_AUTH,), defects=(name,)),
        key_algorithm=name,
        san=(("dns", name),),
    )
    return flow(
        number,
        file=name,
        sni=name,
        alpn=name,
        alpn_offered=(name,),
        service=None,
        starttls=name,
        presented=(
            presented(
                "client",
                5,
                (leaf, certificate(7, name, ca=True, eku=(CLIENT_AUTH,))),
                "wrong",
                name,
                broken_at=0,
                rule_books={name: Finding("refuse", name, name, 0)},
            ),
        ),
        requests=(Request("server", 4, (1,), None, (b"0\x00",), (name,), ((name, b"\x00"),), "presented"),),
        messages=(message(3, "client", "client_hello"), message(5, "client", "certificate")),
        outcome="refused",
        refused_by="server",
        outcome_basis=name,
        hidden=(Hidden(name, name),),
        defects=(Defect(name, name, 5),),
    )


EVIL_FLOWS = tuple(evil(name, number) for number, name in enumerate(EVIL_NAMES, 1))


def many(number: int) -> tuple[Flow, ...]:
    """The hand-made flows again and again, numbered from 1."""
    return tuple(renumbered(EVERY[index % len(EVERY)], index + 1) for index in range(number))


def material(**rest: object) -> Material:
    """What goes with them; no root data, all books that ship."""
    values: dict[str, object] = {
        "files": ("edge.pcap",),
        "summary": SUMMARY,
        "warnings": (),
        "rule_books": load_rule_books(),
        "terms": Terms(shipped_timeline(), PublicRoots(), on=date(2027, 4, 1)),
        "version": "1.2.3",
    }
    return Material(**{**values, **rest})  # type: ignore[arg-type]


def page(flows: Sequence[Flow] = EVERY, **rest: object) -> str:
    """The document for flows."""
    return report_page(flows, material(**rest))


def empty() -> str:
    """The document for captures without a TLS flow."""
    return report_page((), material(summary=Summary()))


def report_page(flows: Iterable[Flow], material: Material) -> str:
    """The HTML document."""
    report = Report(material.terms)
    for each in flows:
        report.add(each)
    return "".join(report.page(material))
