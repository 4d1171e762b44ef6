"""The whole document, without a browser: what stands in it, and the policy that goes with it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.output.samples import EVERY, REFUSED, SCENARIO_1, SUMMARY, renumbered
from tests.output.webpage.pages import EVIL_FLOWS, EVIL_NAMES, empty, many, material, page, report_page
from tlseku.flow import Endpoint, Summary
from tlseku.output.webpage.embedding import source_digest


class Elements(HTMLParser):
    """Every element with its attributes, and the text of script and style."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside][-1] += data


@pytest.mark.parametrize(
    "document", [page(), page(EVIL_FLOWS, files=EVIL_NAMES, warnings=EVIL_NAMES), empty()]
)
def test_the_policy_lets_through_the_page_itself_and_nothing_else(document: str) -> None:
    elements = Elements(document)
    policy = next(
        one["content"] for tag, one in elements.found if one.get("http-equiv") == "Content-Security-Policy"
    )
    assert [tag for tag, _ in elements.found].count("script") == 4
    script, style = elements.raw["script"][3], elements.raw["style"][0]
    assert policy == (
        f"default-src 'none'; script-src {source_digest(script)}; style-src {source_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    for tag, attributes in elements.found:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")
        ], tag
        assert str(attributes.get("href", "#")).startswith(("#", "data:,"))


def test_the_same_flows_make_the_same_page() -> None:
    assert page() == page()


def test_the_data() -> None:
    data = json.loads(Elements(page()).raw["script"][0])
    assert [row[0] for row in data["flows"]] == [1, 2, 3, 4, 5, 6, 7]
    assert len(data["certificates"]) == 12
    assert sorted(data["kinds"]) == sorted({word for row in data["flows"] for word in row[9]})


def test_what_is_said() -> None:
    text = page(warnings=("edge.pcap: offset 4711: the last record is cut",))
    for said in (
        "7 TLS flows in 9 TCP connections",
        "How the handshakes ended: 5 completed, 1 refused by server, 1 incomplete.",
        "Warning: edge.pcap: offset 4711: the last record is cut",
        "TLS 1.3 encrypts it (<code>tls13_encrypted</code>)",
        "Packets passed over: 311 not TCP, 12 not IP.",
        "Limits reached: 3 half-open handshakes.",
        "Chrome Root Program Policy",
        "Made by tlseku 1.2.3.",
    ):
        assert said in text


def test_nothing_is_found_and_nothing_hidden_where_nothing_is() -> None:
    text = empty()
    assert "Nothing was found that asks for action" in text
    assert "Nothing of the flows in these captures is hidden." in text
    assert "No client certificate is seen." in text


def test_the_names_of_many_captures_fold() -> None:
    text = page(files=("a.pcap", "b.pcap"))
    assert "<title>TLS certificates in 2 captures</title>" in text
    assert re.search(r"<summary>2 captures</summary><ul>\s*<li>a.pcap</li>", text)


def test_no_rule_book_is_said() -> None:
    assert "No rule-book was chosen." in page(rule_books=())


def test_the_samples_are_all_there() -> None:
    assert SUMMARY.flows == len(EVERY)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ({"summary": Summary(skipped={"QUIC": 2, "not TCP": 9})}, "not seen: 2 packets: QUIC"),
        ({"summary": Summary(damage=("a damaged or cut capture",))}, "not seen: a damaged or cut capture"),
        ({"hidden_left_out": 3}, "not seen: 3 flows hide something"),
    ],
)
def test_nothing_found_is_said_only_of_what_was_read(rest: dict[str, object], said: str) -> None:
    text = report_page((), material(**{"summary": Summary(), **rest}))
    assert f'That is said only of what was read; <a href="#unseen">{said}</a>.' in text
    assert ("Seen and not read: " in text) == ("summary" in rest)


def test_nothing_more_is_said_where_all_was_read() -> None:
    text = report_page((), material(summary=Summary(skipped={"not TCP": 9})))
    assert "Nothing was found that asks for action" in text
    assert "That is said only of what was read" not in text
    assert "Seen and not read" not in text


def test_of_very_many_flows_the_first_and_those_of_findings_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, number in (("MOST_ROWS", 3), ("FIRST_DETAILS", 1), ("MOST_DETAILS", 2)):
        monkeypatch.setattr(f"tlseku.output.webpage.document.{name}", number)
    flows = [*(renumbered(SCENARIO_1, number) for number in range(1, 6)), renumbered(REFUSED, 6)]
    text = page(flows)
    # The last has a finding; of the others two are only counted.
    assert [(row[0], row[12]) for row in json.loads(Elements(text).raw["script"][0])["flows"]] == [
        (1, 0),
        (2, -1),
        (3, -1),
        (6, 1),
    ]
    assert "2 more flows are counted above and not listed." in text
    assert "The first flows open, and those named beside findings." in text


def test_small_captures_need_no_roll_up() -> None:
    assert "roll-up" not in page(many(20)).split("</style>")[1].split("<script")[0]
    assert page(many(21)).count('<details class="roll-up">') == 7


def test_certificates_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.webpage.document.MOST_CERTIFICATES", 1)
    text = page([SCENARIO_1])
    assert len(json.loads(Elements(text).raw["script"][0])["certificates"]) == 1
    assert "2 more certificates are not listed: tlseku certs lists them." in text


def test_a_renewal_on_many_hosts_is_one_row() -> None:
    flows = [
        replace(SCENARIO_1, number=number, client=Endpoint(f"192.0.2.{number}", 1)) for number in range(1, 7)
    ]
    text = page(flows)
    assert "<td>192.0.2.1, 192.0.2.2, 192.0.2.3 and 3 more</td>" in text
    assert text.count("serial 2f0000004c869c77c8981becde00000000004c") == 1
