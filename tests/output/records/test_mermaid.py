"""Mermaid: every line is one of the few that a sequence diagram has, whatever the capture says."""

from __future__ import annotations

import re

import pytest

from tests.output.records import real
from tests.output.samples import EVERY, EVIL, REFUSED, flow, message
from tlseku.flow import Flow
from tlseku.output.records.mermaid import SHOWN_MESSAGES, diagram, escaped, writer

TEXT = r"(?:[A-Za-z0-9 ,./()\-_=+*'!]|#\d+;)+"
LINES = [
    re.compile(pattern)
    for pattern in (
        rf"### Flow \d+: {TEXT}",
        "",
        "```mermaid",
        "sequenceDiagram",
        rf"    participant [CS] as {TEXT} \((client|server)\)",
        rf"    [CS](->>|-->>|-x)[CS]: {TEXT}",
        rf"    Note (over C,S|left of C|right of S): {TEXT}",
        "```",
    )
]
"""The grammar of https://mermaid.js.org/syntax/sequenceDiagram.html, as far as it is used."""


@pytest.mark.parametrize("sample", [*EVERY, *real.flows()], ids=repr)
def test_every_line_is_of_the_grammar(sample: Flow) -> None:
    found = list(diagram(sample))
    assert [line for line in found if not any(pattern.fullmatch(line) for pattern in LINES)] == []
    assert found.count("```") == 1
    assert sum("participant" in line for line in found) == 2


def test_a_refusal() -> None:
    assert list(diagram(REFUSED)) == [
        "### Flow 2: refused by server",
        "",
        "```mermaid",
        "sequenceDiagram",
        "    participant C as 192.0.2.10#58;25010 (client)",
        "    participant S as 198.51.100.20#58;5061 (server)",
        "    C->>S: ClientHello (frame 17)",
        "    S->>C: ServerHello (frame 19)",
        "    S->>C: Certificate (frame 21)",
        "    Note right of S: ok, EKU serverAuth, serial 1a2b",
        "    S->>C: CertificateRequest (frame 21)",
        "    S->>C: ServerHelloDone (frame 21)",
        "    C->>S: Certificate (frame 23)",
        "    Note left of C: wrong, EKU serverAuth, serial 9c",
        "    S-xC: fatal alert unsupported_certificate (43) (frame 25)",
        "    Note over C,S: refused by server#58; fatal alert unsupported_certificate after the client's Certificate",
        "```",
        "",
    ]


def test_a_flood_is_cut() -> None:
    flood = flow(messages=tuple(message(frame, "client", "hello_request") for frame in range(1, 1001)))
    found = list(diagram(flood))
    assert sum("->>" in line for line in found) == SHOWN_MESSAGES
    assert "    Note over C,S: 800 more messages" in found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain (1)", "plain (1)"),
        ("a;b", "a#59;b"),
        ("a#b", "a#35;b"),
        ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
        ("a\nb", "a#92;x0ab"),
        ("<script>", "#60;script#62;"),
        ("é", "#233;"),
        ("`", "#96;"),
    ],
)
def test_escapes(text: str, written: str) -> None:
    assert escaped(text) == written


def test_hostile_text_is_inert() -> None:
    text = writer()(EVIL)
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    assert text.count("```") == 2
