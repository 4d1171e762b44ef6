"""What opens below one flow: its facts, both pictures, what is said of it and what to do.

Knows flows, the pictures and the words; must not know templates. Out comes what ``flow.html`` is filled in with, text
*not yet escaped*, pictures as SVG documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from tlseku.correlation import Statement
from tlseku.flow import Endpoint, Flow
from tlseku.output.pictures import flow_chains_svg, flow_ladder_svg
from tlseku.output.words import wording
from tlseku.output.words.advice import advice
from tlseku.output.words.headlines import style_of
from tlseku.output.words.software import software_sentences
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.finding import Finding
from tlseku.registry.names import cipher_suite_name

SHOWN_DEFECTS = 50
"""Defects of one flow that are listed; JSON has them all."""


class Detail(TypedDict):
    """What the template of one flow is filled in with; ``books`` are what each says of a chain, ``findings`` is how
    many they say of all."""

    number: int
    facts: list[tuple[str, str]]
    wireshark: str
    ladder: str
    chains: str | None
    statements: list[tuple[str, Style]]
    advice: Sequence[str]
    hidden: Sequence[str]
    findings: int
    books: list[tuple[str, Mapping[str, Finding]]]
    defects: list[str]
    more_defects: int


def flow_detail(flow: Flow, statements: Sequence[Statement]) -> Detail:
    """Everything that the template of one flow needs."""
    return {
        "number": flow.number,
        "facts": list(_facts(flow)),
        "wireshark": display_filter(flow),
        "ladder": flow_ladder_svg(flow, standalone=False),
        "chains": flow_chains_svg(flow, standalone=False)
        if any(each.chain for each in flow.presented)
        else None,
        "statements": [
            (_sentence(f"hint, not certain: {each.text}" if each.hint else each.text), style_of(each))
            for each in statements
        ],
        "advice": advice(flow, statements),
        "hidden": wording.hidden(flow.hidden),
        "findings": sum(len(presented.rule_books) for presented in flow.presented if presented.chain),
        "books": [
            (f"{presented.role}, frame {presented.frame}", presented.rule_books)
            for presented in flow.presented
            if presented.chain and presented.rule_books
        ],
        "defects": [
            f"{each.layer}: {each.reason}{'' if each.frame is None else f' (frame {each.frame})'}"
            for each in flow.defects[:SHOWN_DEFECTS]
        ],
        "more_defects": max(len(flow.defects) - SHOWN_DEFECTS, 0),
    }


def display_filter(flow: Flow) -> str:
    """A Wireshark display filter for the packets of the flow's connection."""
    client, server = flow.client, flow.server
    ports = f"tcp.port == {client.port} and tcp.port == {server.port}"
    return f"{_address(client)} and {_address(server)} and {ports}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _address(end: Endpoint) -> str:
    return f"{'ipv6' if ':' in end.ip else 'ip'}.addr == {end.ip}"


def _facts(flow: Flow) -> Iterator[tuple[str, str]]:
    yield "file", flow.file
    yield "time", f"{rfc3339(flow.start) or 'unknown'} to {rfc3339(flow.end) or 'unknown'}"
    version = wording.version(flow)
    yield "version", version if flow.cipher is None else f"{version}, {cipher_suite_name(flow.cipher)}"
    if flow.starttls is not None:
        yield "before TLS", flow.starttls
    if flow.sni is not None:
        yield wording.sni_label(flow), flow.sni
    if flow.alpn is not None or flow.alpn_offered:
        chosen = "" if flow.alpn is None else f"{flow.alpn} chosen, "
        yield "ALPN", f"{chosen}offered {', '.join(flow.alpn_offered) or 'unknown'}"
    if flow.direction != "unknown":
        yield "direction", f"{flow.direction} as seen from {wording.listed(flow.vantage)}"
    if flow.role_evidence != "client_hello":
        yield "roles", f"known by {flow.role_evidence.replace('_', ' ')}"
    yield "outcome", f"{wording.outcome(flow)}: {flow.outcome_basis}"
    software = " ".join(software_sentences(flow))
    if software:
        yield "server software", software
