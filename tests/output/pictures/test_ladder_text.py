"""A ladder on the terminal: exact, never wider than the page, and nothing hostile on it."""

from __future__ import annotations

import pytest

from tests.output.samples import EVERY, EVIL, REFUSED, TLS13
from tlseku.flow import Flow
from tlseku.output.pictures.ladder_text import ladder_lines, since
from tlseku.output.words.terminal_page import Page, plain, width_of

WANTED = """\
Flow 2 of edge.pcap
    frame     time 192.0.2.10:25010 client            server 198.51.100.20:5061
       17 +0.000 s │ ClientHello ────────────────────────────────────────────▶│
                   │   SNI far.example                                        │
       19 +0.000 s │◀──────────────────────────────────────────── ServerHello │
                   │   TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384         │
       21 +0.000 s │◀─────── Certificate, CertificateRequest, ServerHelloDone │
                   │   ✓ ok: leaf lists the purpose                           │
                   │   #0 CN=far.example                                      │
                   │      issuer CN=Example Issuing CA,O=Example,C=DE         │
                   │      serial 1a2b  EKU serverAuth                         │
                   │   asks for a client certificate from 2 CAs               │
                   │      CA CN=CA One,O=Example                              │
"""


def drawn(value: Flow, page: Page) -> list[str]:
    return [plain(line) for line in ladder_lines(value, page)]


def test_a_ladder() -> None:
    assert "\n".join(drawn(REFUSED, Page(79))[: WANTED.count("\n")]) + "\n" == WANTED


def test_hidden_looks_like_neither_an_arrow_nor_nothing() -> None:
    lines = [line for line in drawn(TLS13, Page(80)) if "░" in line]
    assert [line[19:] for line in lines] == [
        "│░░░ hidden: server certificate, certificate request and ░░░│",
        "│░░░░░░░░ client certificate: TLS 1.3 encrypts them ░░░░░░░░│",
    ]


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_it_fits_and_is_safe(value: Flow, width: int, ascii_only: bool) -> None:
    for line in ladder_lines(value, Page(width, ascii_only)):
        assert width_of(line) <= width
        assert plain(line).isprintable()
        assert not ascii_only or plain(line).isascii()


def test_hostile_text_is_spelled_out() -> None:
    text = "\n".join(drawn(EVIL, Page(160)))
    assert "\\x1b[31mred" in text
    assert "\\u202eevil" in text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "+0.000 s"),
        (999_999, "+0.000 s"),
        (21_000_000, "+0.021 s"),
        (-3_000_000, "-0.003 s"),
        (99_999_000_000, "+99.999 s"),
        (100_000_000_000, "+1:40"),
        (86_400_000_000_000, "+1440:00"),
        (864_000_000_000_000, "+10 d"),
    ],
)
def test_since(ns: int, text: str) -> None:
    assert since(ns) == text
