from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import tlseku
from tests.output.samples import EVERY, EVIL, HOSTILE, certificate
from tlseku.output.notebook.capture_table import SHOWN_CAPTURES
from tlseku.output.notebook.flow_table import SHOWN_FLOWS
from tlseku.output.notebook.shown import html_of

ATTACK = '<script>alert(1)</script><img src=x onerror="alert(1)">\'"&'


class Reader(HTMLParser):
    """The elements and the text of HTML; complains of what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def flows_of(*flows: tlseku.Flow) -> tlseku.Flows:
    return tlseku.Flows(flows, tlseku.Summary(flows=len(flows)), ())


@pytest.mark.parametrize(
    "noun", [EVIL, *EVERY, flows_of(EVIL, *EVERY), certificate(1, HOSTILE, issuer=ATTACK)]
)
def test_nothing_hostile_gets_out(noun: object) -> None:
    html = html_of(noun)
    read = Reader(html)
    assert set(read.seen) <= {
        *("table", "thead", "tbody", "tr", "th", "td", "p", "pre", "span", "strong", "code", "br", "div"),
        *("svg", "title", "desc", "style", "text", "line", "path", "rect"),
    }
    assert read.attributes <= {
        *("style", "colspan", "xmlns", "class", "role", "width", "height", "viewbox", "stroke-width"),
        *("x", "y", "x1", "y1", "x2", "y2", "d", "rx", "text-anchor"),
    }
    assert all(character.isprintable() or character == "\n" for character in html)


def test_markup_in_a_name_is_text() -> None:
    html = html_of(certificate(1, ATTACK, issuer=ATTACK))
    assert "<script" not in html
    assert "<img" not in html
    assert ATTACK in Reader(html).words


def test_a_flow_is_a_card(own_captures: Path) -> None:
    (flow,) = tlseku.read(own_captures / "wrong-eku-refused.pcap")
    html = flow._repr_html_()
    assert html is not None
    words = Reader(html).words
    for said in (
        "192.0.2.10:51852 → 198.51.100.20:8443",
        "refused by server",
        "✗ client  wrong",
        "server sends fatal alert unsupported_certificate (43)",
        "the refusal fits the EKU and nothing else in the chain",
    ):
        assert said in words
    assert words.count("\n") < 20
    assert html.index("</svg>") < html.index("<pre")
    picture = html.partition("</svg>")[0]
    for said in ("ClientHello", "CertificateRequest", "unsupported_certificate", "51852"):
        assert said in picture


def test_a_certificate_is_a_card(own_captures: Path) -> None:
    (flow,) = tlseku.read(own_captures / "no-eku.pcap")
    html = flow.presented[1].chain[0]._repr_html_()
    assert html is not None
    words = Reader(html).words
    for said in ("serial5a17c0de00000022", "EKUno extension: any purpose", "CN=client.example"):
        assert said in words


def test_flows_are_a_table(own_captures: Path) -> None:
    flows = tlseku.read(
        *(own_captures / name for name in ("wrong-eku-refused.pcap", "declined.pcap", "tls13.pcap"))
    )
    html = flows._repr_html_()
    assert html is not None
    read = Reader(html)
    assert read.seen.count("tr") == 6
    for said in (
        "✗ wrong serverAuth5a17c0de00000021",
        "– declined",
        "░ hidden: TLS 1.3 encrypts it",
        "the refusal fits the EKU and nothing else in the chain",
        "3 TLS flows in 3 TCP connections (2 ok, 1 wrong, 1 declined, 1 hidden)",
    ):
        assert said in read.words


def test_many_flows_are_cut() -> None:
    read = Reader(html_of(flows_of(*[EVERY[0]] * 5000)))
    assert read.seen.count("tr") == SHOWN_FLOWS + 1
    assert f"{SHOWN_FLOWS} of 5,000 flows shown." in read.words


def test_no_flows() -> None:
    assert "0 TLS flows" in Reader(html_of(flows_of())).words


def test_a_long_name_is_cut() -> None:
    assert len(html_of(certificate(1, "CN=" + "a" * 1_000_000))) < 5000


def test_nothing_else_has_a_card() -> None:
    with pytest.raises(TypeError, match="int has no card"):
        html_of(1)


def test_a_scan_tells_what_it_has_read(own_captures: Path, tmp_path: Path) -> None:
    (tmp_path / "cut <b>.pcap").write_bytes((own_captures / "declined.pcap").read_bytes()[:-7])
    paths = [str(tmp_path / "cut <b>.pcap"), str(own_captures / "tls13.pcap")]
    for running in (tlseku.scan(*paths), tlseku.scan_many(paths, processes=0)):
        html = running._repr_html_() or ""
        assert Reader(html).words == "so far 0 TLS flows in 0 TCP connections; 0 packets read from 0 files"
        assert len(list(running)) == 2
        said = Reader(running._repr_html_() or "").words
        assert said.startswith("so far 2 TLS flows in 2 TCP connections; ")
        (warning,) = running.warnings
        assert said.endswith(f"warning: {warning}")


def test_captures_are_a_table(own_captures: Path, tmp_path: Path) -> None:
    (tmp_path / "cut <b>.pcap").write_bytes((own_captures / "declined.pcap").read_bytes()[:-7])
    errors: list[tlseku.CaptureError] = []
    paths = [str(own_captures / "tls13.pcap"), "<i>.pcap", str(tmp_path / "cut <b>.pcap")]
    running = tlseku.scan_many(paths, processes=0, on_error=errors.append)
    assert len(list(running)) == 2
    read = Reader(running.captures._repr_html_())
    assert read.seen.count("tr") == 4
    for said in (
        "tls13.pcap",
        "<i>.pcap: cannot open it",
        "3 captures, of which 1 could not be read",
        f"warning: {running.warnings[0]}",
    ):
        assert said in read.words
    many = Reader(tlseku.CapturesRead([*running.captures] * 500)._repr_html_())
    assert many.seen.count("tr") == SHOWN_CAPTURES + 1
    for said in (f"{SHOWN_CAPTURES} of 1,500 captures, of which 500 could not be read", "495 more warnings"):
        assert said in many.words
