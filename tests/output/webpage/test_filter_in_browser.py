"""The report's reader of filters against that of ``-Y``: the same flows, or the same complaint at the same column.

Every expression goes to both. Most are made at random, of fields, operators and values that flows have and of what is
none; ``matches`` is left out, which the page has not.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.output.samples import EVERY, EVIL, renumbered
from tests.output.webpage.conftest import Open
from tests.output.webpage.pages import page
from tlseku import read
from tlseku.correlation import correlate
from tlseku.errors import FilterError
from tlseku.filter import FIELDS, Subject, compile
from tlseku.filter.fields import NAMES
from tlseku.filter.language import ABSENT, KEPT_FLOW_FIELDS, language
from tlseku.filter.tokens import SPACES
from tlseku.flow import Flow
from tlseku.output.webpage.filter_values import FilterValues

pytestmark = pytest.mark.xdist_group("browser")

CAPTURES = Path(__file__).resolve().parents[3] / "captures"
SEEDS = 4000

WRITTEN = (
    "",
    "   ",
    "tls.client.verdict == wrong",
    'tls.client.verdict == "wrong" and ip.addr == 192.0.2.0/24',
    "tls.client.verdict in {wrong, ok} || tls.client.verdict == declined",
    "not tls.client.verdict",
    "!tls.client.verdict && !(tls.alert)",
    "((tls))",
    "tls.server.x509.san.dns == SERVER.example",
    'tls.sni contains "SERVER"',
    "tls.sni in {server.example far.example}",
    "any x509.eku == clientAuth",
    "all x509.eku == serverAuth",
    "x509.eku != clientAuth",
    "any x509.eku != clientAuth",
    "any tls",
    "x509.serial == 5a:17:c0:de:00:00:00:21",
    'x509.serial == "serial=0x5A17C0DE00000021"',
    "x509.serial >= 0 and x509.serial < 100",
    "x509.serial == -1",
    "x509.serial == xyz",
    "tls.client.x509.not_after < 2027-01-01",
    "tls.client.x509.not_after in {2026-01-01..2027-12-31}",
    "flow.start == 1",
    "flow.start > 1700000000.5",
    "flow.start > 2026-02-30",
    "flow.start > 0000-01-01",
    'flow.start > "2026-04-01T08:20:00,1+02:00"',
    "flow.start > 2026-4-1",
    "ip.addr == 192.0.2.10/33",
    "ip.addr == 192.0.2.10/255.255.255.0",
    "ip.addr == 192.0.2.10/0.0.0.255",
    "ip.addr == 192.0.2.10/255.0.255.0",
    "ip.addr == 2001:db8::/32",
    "ip.addr == ::ffff:192.0.2.10",
    "ip.addr in {192.0.2.0..192.0.2.255}",
    "ip.addr in {192.0.2.0..2001:db8::1}",
    "ip.addr in {10.0.0.0/8..198.51.100.0/24}",
    "ip.addr == 1.2.3",
    "ip.addr == 01.2.3.4",
    "ip.addr == fe80::1%eth0",
    "ip.addr == :::",
    "ip.addr < 10.0.0.1",
    "tcp.port == 0x1f90",
    "tcp.port == 010",
    "tcp.port == 1_000",
    "tcp.port in {1..1023 5061, 8443}",
    "tcp.port == x",
    "tls.version == 1.2",
    'tls.version == "TLS 1.3"',
    "tls.version == TLSv1.2",
    "tls.version >= 0x0303",
    "tls.version == 3",
    "tls.version == 0xzz",
    "tls.cipher == 0xc030",
    "tls.cipher == 49200",
    "tls.cipher == 70000",
    "tls.cipher == 0xffff",
    "tls.cipher contains GCM",
    "tls.alert == unsupported_certificate",
    "tls.alert == 43",
    "tls.alert == nonsense",
    "tls.alert > 40",
    "tls.handshake.type == 11",
    "ssl.handshake.type == certificate",
    "dtls.handshake.type == 1",
    "dtls",
    "ssl",
    "x509ce.KeyPurposeId == 1.3.6.1.5.5.7.3.2",
    "x509ce.KeyPurposeId == nonsense",
    "x509.sha256 == D2:07",
    "x509.sha256 contains d207",
    "x509.sha256 contains 0x",
    "flow.outcome == refused",
    "flow.outcome == gone",
    "flow.outcome contains fus",
    "flow.outcome > 3",
    "tls.resumed == no",
    "tls.resumed == maybe",
    "x509.path_len",
    "x509.is_ca == 1 and not x509.self_issued == 1",
    "flow.nothing",
    "tls.client.x509.nothing == 1",
    "ssl.nothing",
    "a = 1",
    "a & b",
    "a | b",
    'a "b',
    "a ; b",
    "a \u00a7 b",
    "tls and",
    "and tls",
    "tls tls",
    "(tls",
    "tls)",
    "tls.sni in server",
    "tls.sni in {}",
    "tls.sni in {a",
    "tls.sni == ",
    "tls.sni == and",
    'tls.sni == "and"',
    "all",
    "any any == 1",
    "tls.sni in {a..b}",
    r'tls.sni == "\x73\u0065rver.example"',
    r'tls.sni == r"server.example"',
    r'tls.sni == "a\qb"',
    "\U0001f600 == 1",
    'tls.sni == "\U0001f600" oops',
    "(" * 101 + "tls" + ")" * 101,
    "(" * 100 + "tls" + ")" * 100,
    "!" * 99 + "tls",
    "x" * 10_001,
    "tls\u00a0and\u2003ip",
    "communityid",
    "x509sat.CountryName == NO",
)


@pytest.fixture(scope="module")
def flows() -> tuple[Flow, ...]:
    found = [flow for name in sorted(CAPTURES.glob("*.pcap*")) for flow in read(name)]
    every = [*found, *EVERY, replace(EVIL, number=1)]
    return tuple(renumbered(flow, number) for number, flow in enumerate(every, 1))


def spelt(rng: random.Random, value: object, name: str) -> str:
    """A value of a flow as somebody might write it, or something near."""
    kind = FIELDS[name].kind if name in FIELDS else KEPT_FLOW_FIELDS[name].kind
    text = str(value)
    if isinstance(value, int) and kind.name == "time":
        text = rng.choice(
            (f"{value // 10**9}", f"{value // 10**9}.{value % 10**9:09}", "2026-04-01", "2026-13-01")
        )
    elif isinstance(value, int) and kind.name == "serial":
        text = rng.choice((f"{value:x}", f"0x{value:X}", ":".join(re.findall("..?", f"{value:x}"))))
    elif isinstance(value, int) and kind.name in ("number", "version", "code"):
        text = rng.choice(
            (str(value), hex(value), *[name for code, name in kind.names.items() if code == value])
        )
    elif kind.name == "address" and rng.random() < 0.5:
        text = f"{text}/{rng.choice((8, 24, 32, 33, 64, '255.255.0.0'))}"
    if rng.random() < 0.1:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(("x", "0", ".", " ", "\u00e9", "-")) + text[at + rng.randrange(2) :]
    if rng.random() < 0.4 or re.search(r'[\s"!<>~=&|(){},]|\.\.|^$', text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def made(rng: random.Random, pool: dict[str, list[object]], depth: int = 0) -> str:
    """An expression."""
    if depth < 3 and rng.random() < 0.45:
        left, right = made(rng, pool, depth + 1), made(rng, pool, depth + 1)
        return rng.choice(
            (
                f"{left} and {right}",
                f"{left} || {right}",
                f"({left}) or not ({right})",
                f"!({left})",
                f"{left} && {right}",
            )
        )
    name = rng.choice(sorted(pool)) if rng.random() < 0.9 else rng.choice(NAMES)
    if name not in pool:
        return name if rng.random() < 0.5 else f"{name} == 1"
    values = pool[name] or ["1"]

    def value() -> str:
        return spelt(rng, rng.choice(values), name)

    kind = rng.random()
    if kind < 0.1:
        return name
    if kind < 0.25:
        return f"{name} in {{{value()}, {value()} {value()}..{value()}}}"
    operator = rng.choice(("==", "!=", "==", "eq", "<", ">=", "gt", "contains", "ne"))
    return f"{rng.choice(('', '', '', 'any ', 'all '))}{name} {operator} {value()}"


def expressions(flows: tuple[Flow, ...]) -> Iterator[str]:
    pool: dict[str, list[object]] = {}
    for name, field in FIELDS.items():
        if name not in ABSENT:
            values: dict[object, None] = dict.fromkeys(
                one for flow in flows for one in field.values(Subject(flow))
            )
            pool[name] = [*values][:40]
    yield from WRITTEN
    rng = random.Random(20)
    for _ in range(SEEDS):
        text = made(rng, pool)
        if rng.random() < 0.05:
            at = rng.randrange(len(text) + 1)
            text = (
                text[:at] + rng.choice(("(", ")", "{", "&", "=", '"', " ", "!", "..", ",", "~")) + text[at:]
            )
        yield text


def answered(text: str, flows: tuple[Flow, ...]) -> list[object]:
    """What ``-Y`` does: the places of the flows that fit, or the column and the problem."""
    try:
        judge = compile(text)
    except FilterError as error:
        problem = re.sub(r"; did you mean .*|; tlseku fields lists them$", "", error.problem)
        return [error.column, re.sub(r"(no such time): .*", r"\1", problem)]
    return [place for place, flow in enumerate(flows) if judge(flow)]


ASK = """([source, language, values, texts, count]) => {
    const filter = new Function(`${source}; return makeFilter;`)()(language, JSON.parse(values));
    return texts.map((text) => {
        let judge;
        try { judge = filter.compile(text); }
        catch (mistake) { return [mistake.column ?? null, mistake.message]; }
        return [...Array(count).keys()].filter((row) => judge(row));
    });
}"""


def asked(browser: Browser, flows: tuple[Flow, ...], texts: list[str]) -> list[Any]:
    values = FilterValues()
    for flow in flows:
        values.add(flow, correlate(flow))
    source = (
        files("tlseku.output.webpage").joinpath("templates").joinpath("filter.js").read_text(encoding="utf-8")
    )
    shown = browser.new_page()
    try:
        found = shown.evaluate(ASK, [source, language(), "".join(values.pieces()), texts, len(flows)])
    finally:
        shown.close()
    assert isinstance(found, list)
    return found


def test_it_reads_what_the_command_line_reads(browser: Browser, flows: tuple[Flow, ...]) -> None:
    texts = [text for text in expressions(flows) if "matches" not in text and "~" not in text]
    answers = asked(browser, flows, texts)
    wrong = []
    fits = complaints = 0
    for text, answer in zip(texts, answers, strict=True):
        if len(answer) == 2 and "is not kept on this page" in str(answer[1]):
            continue
        expected = answered(text, flows)
        if answer != expected:
            wrong.append((text[:300], answer, expected))
        complaints += bool(expected) and isinstance(expected[-1], str)
        fits += bool(expected) and isinstance(expected[-1], int)
    assert wrong[:5] == []
    # Both ways are tried often.
    assert min(fits, complaints) > 500


def test_what_the_page_has_not_says_so(browser: Browser, flows: tuple[Flow, ...]) -> None:
    texts = ["communityid", "x509sat.CountryName == NO", 'tls.sni matches "a"', "tls.sni ~ a"]
    kept = "is not kept on this page; tlseku report -Y and tlseku flows -Y take it"
    matches = "matches is for the command line (tlseku report -Y), here there are contains and =="
    assert asked(browser, flows, texts) == [
        [1, f"communityid {kept}"],
        [1, f"x509sat.CountryName {kept}"],
        [9, matches],
        [9, matches],
    ]


def test_the_spaces_are_those_of_python() -> None:
    space = re.compile(f"[{SPACES}]")
    for code in range(sys.maxunicode + 1):
        assert (space.fullmatch(chr(code)) is not None) == chr(code).isspace(), hex(code)


@pytest.mark.parametrize(
    ("typed", "rows", "said", "invalid"),
    [
        ("tls.client.verdict == wrong", ["2"], "Read as a display filter.", "false"),
        ("tls.alert or tls.client.verdict in {empty any}", None, "Read as a display filter.", "false"),
        ("ip.addr == 2001:db8::/32", ["3"], "Read as a display filter.", "false"),
        ("quic", [], "Read as a display filter.", "false"),
        ("far.example refused", ["2"], "", "false"),
        ('"refused by server"', ["2"], "", "false"),
        ("tls.client.verdict == wrnog", None, "Column 23: tls.client.verdict: 'wrnog' is not one of", "true"),
        ("tls.client.verdict ==", None, "Column 22: expected a value.", "true"),
        ("refused and wrong", None, "Column 1: there is no field 'refused'.", "true"),
    ],
)
def test_the_box_takes_both_and_says_which(
    opened: Open, typed: str, rows: list[str] | None, said: str, invalid: str
) -> None:
    shown = opened(page())
    shown.fill("#flow-filter", typed)
    expect(shown.locator("#flow-filter-said")).to_contain_text(said)
    expect(shown.locator("#flow-filter")).to_have_attribute("aria-invalid", invalid)
    if rows is not None:
        expect(shown.locator("#flow-table tr.row")).to_have_count(len(rows))
        found = shown.locator("#flow-table tr.row > td:nth-child(1)").all_inner_texts()
        assert found == rows
    elif invalid == "true":
        # What is shown stays until it can be read.
        expect(shown.locator("#flow-table tr.row")).to_have_count(len(EVERY))
    shown.click("#flow-reset")
    expect(shown.locator("#flow-table tr.row")).to_have_count(len(EVERY))
    expect(shown.locator("#flow-filter-said")).to_have_text("")


def test_the_help_lists_every_field(opened: Open) -> None:
    shown = opened(page())
    shown.click("#flow-filter-help summary")
    told = set(shown.locator("#flow-filter-fields code").all_inner_texts())
    assert set(FIELDS) - set(ABSENT) <= told
