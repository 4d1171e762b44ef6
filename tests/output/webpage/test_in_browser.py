"""The page in headless Chromium: it opens, filters, sorts, expands and prints, for everybody, whatever the names are.

``opened`` fails a test after which the console is not empty or anything but the file itself was asked for.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.output.samples import certificate, flow, presented
from tests.output.webpage.conftest import Open
from tests.output.webpage.pages import EVIL_FLOWS, EVIL_NAMES, empty, many, page
from tlseku.output.words.hostile_text import visible

pytestmark = pytest.mark.xdist_group("browser")

SCHEMES = ["light", "dark"]
LARGE = many(700)


@pytest.fixture(scope="module")
def plain_page() -> str:
    return page()


@pytest.fixture(scope="module")
def large_page() -> str:
    return page(LARGE)


@pytest.fixture(scope="module")
def evil_page() -> str:
    return page(EVIL_FLOWS, files=EVIL_NAMES, warnings=EVIL_NAMES)


def column(shown: Page, number: int, table: str = "flow") -> list[str]:
    return shown.locator(f"#{table}-table tr.row > td:nth-child({number})").all_inner_texts()


def count(shown: Page, table: str = "flow") -> str:
    return shown.locator(f"#{table}-count").inner_text()


def test_it_opens_with_findings_first(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    assert shown.title() == "TLS certificates in edge.pcap"
    headings = shown.locator("h2").all_inner_texts()
    assert headings[:3] == ["Summary", "Findings", "Flows"]
    assert shown.locator("#findings h3 > span:first-child").all_inner_texts() == [
        "Handshakes refused",
        "Certificates whose EKU does not fit their role",
        "Certificates with an empty EKU",
        "Chains in which an issuer takes the purpose away",
        "Certificates that fit only through anyExtendedKeyUsage",
        "Certificates asked for and not sent",
        "Certificates that cannot be read",
        "Chains that were cut",
        "Certificates without an EKU extension",
    ]
    assert count(shown) == "7 flows."
    assert count(shown, "certificate") == "12 certificates."


@pytest.mark.parametrize(
    ("words", "flows"),
    [
        ("wrong", ["2"]),
        ("WRONG", ["2"]),
        ("far.example refused", ["2"]),
        ("198.51.100.20 incomplete", ["5"]),
        ("2001:db8", ["3"]),
        ("nothing at all", []),
        ("", ["1", "2", "3", "4", "5", "6", "7"]),
    ],
)
def test_it_filters(opened: Open, plain_page: str, words: str, flows: list[str]) -> None:
    shown = opened(plain_page)
    shown.fill("#flow-filter", words)
    expect(shown.locator("#flow-table tr.row")).to_have_count(len(flows))
    assert column(shown, 1) == flows


def test_it_filters_by_finding_and_outcome(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    shown.select_option("#flow-kind", "broken")
    assert column(shown, 1) == ["6"]
    shown.select_option("#flow-outcome", "refused by server")
    assert column(shown, 1) == []
    shown.click("#flow-reset")
    assert len(column(shown, 1)) == 7


def test_it_sorts_both_ways_and_says_so(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    head = shown.locator("#flow-table th").nth(3)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    ascending = column(shown, 4)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert set(ascending) == {"[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443"}
    assert set(column(shown, 4)) == {"198.51.100.20:5061"}
    shown.locator("#flow-table th").nth(0).locator("button").click()
    assert column(shown, 1)[:12] == [str(number) for number in range(1, 13)]


def test_it_shows_a_hundred_at_a_time(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    assert len(column(shown, 1)) == 100
    assert count(shown) == "700 flows, the first 100 are shown."
    shown.get_by_role("button", name="Show 100 more").first.click()
    assert len(column(shown, 1)) == 200
    assert shown.evaluate("document.activeElement.textContent") == "101"
    shown.get_by_role("button", name="Show all 700").click()
    assert column(shown, 1) == [str(number) for number in range(1, 701)]


def test_it_opens_a_flow_and_closes_it(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    button = shown.get_by_role("button", name="Flow 2: details")
    button.click()
    detail = shown.locator(".detail")
    expect(detail.locator("svg")).to_have_count(2)
    assert "fatal alert unsupported_certificate (43)" in (detail.locator("svg").first.text_content() or "")
    wireshark = (
        "ip.addr == 192.0.2.10 and ip.addr == 198.51.100.20 and tcp.port == 25010 and tcp.port == 5061"
    )
    assert detail.locator("code.copy").inner_text() == wireshark
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    assert shown.locator(".detail").count() == 0
    assert button.get_attribute("aria-expanded") == "false"


def test_every_flow_opens_as_itself(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    for number in (1, 50, 51, 99, 100):
        shown.get_by_role("button", name=f"Flow {number}: details", exact=True).click()
        title = shown.locator(f"#flow-{number} + tr svg > title").first.text_content()
        assert title == f"Handshake ladder. Flow {number} of {LARGE[number - 1].file}".replace(
            LARGE[number - 1].file, visible(LARGE[number - 1].file)
        )


def test_a_link_leads_to_a_flow_far_down(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    shown.fill("#flow-filter", "no such thing")
    expect(shown.locator("#flow-table tr.row")).to_have_count(0)
    shown.evaluate("() => { location.hash = '#flow-655'; }")
    expect(shown.locator("#flow-655 + tr .detail")).to_be_visible()
    assert shown.evaluate("document.activeElement.textContent") == "655"


def test_a_finding_leads_to_its_flows(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    shown.locator("#findings .group").first.get_by_role("button", name="Show in the table").click()
    assert count(shown) == "100 of 700 flows (Handshakes refused)."
    assert column(shown, 1)[:3] == ["2", "9", "16"]


def test_long_lists_show_their_first_entries(opened: Open) -> None:
    flows = [
        flow(
            number,
            presented=(
                presented(
                    "client", 5, (certificate(number, f"CN=c{number}", eku=None),), "unrestricted", "no EKU"
                ),
            ),
        )
        for number in range(1, 61)
    ]
    shown = opened(page(flows))
    findings = shown.locator("#findings .group").first.locator("details")
    assert (findings.count(), findings.filter(visible=True).count()) == (60, 10)
    shown.locator("#findings").get_by_role("button", name="Show 10 more").click()
    assert findings.filter(visible=True).count() == 20
    assert (shown.evaluate("document.activeElement.textContent") or "").count("CN=c11,") == 1
    shown.locator("#findings").get_by_role("button", name="Show all 60").click()
    assert findings.filter(visible=True).count() == 60
    renewals = shown.locator("#renewals details.renewals tbody tr")
    assert (renewals.count(), renewals.filter(visible=True).count()) == (60, 25)
    shown.locator("#renewals").get_by_role("button", name="Show 25 more").click()
    assert renewals.filter(visible=True).count() == 50
    shown.emulate_media(media="print")
    assert renewals.filter(visible=True).count() == 60


def test_what_is_hidden_leads_to_its_flows(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    assert "TLS 1.3 encrypts it (tls13_encrypted), in 1 flow" in shown.locator("#unseen").inner_text()
    shown.locator("#unseen button").first.click()
    assert column(shown, 1) == ["3"]


def test_certificates_filter_and_lead_to_their_flows(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    shown.fill("#certificate-filter", "smartslave")
    expect(shown.locator("#certificate-table tr.row")).to_have_count(1)
    assert count(shown, "certificate") == "1 of 12 certificates."
    shown.get_by_role("button", name="Show the 1 flow with the certificate").click()
    assert column(shown, 1) == ["1"]


def test_the_keyboard_is_enough(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    shown.focus("#flow-filter")
    # At once, so that the rows are made anew once only: where keys come slowly, each would take the focus away again.
    shown.keyboard.insert_text("wrong")
    expect(shown.locator("#flow-table tr.row")).to_have_count(1)
    shown.focus("#flow-table .open-row")
    shown.keyboard.press("Enter")
    expect(shown.locator(".detail")).to_be_visible()
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "picture"


def test_the_switch_of_colours(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page)
    button = shown.locator("#scheme")
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = [(button.inner_text(), shown.evaluate(ground))]
    for _ in range(3):
        button.click()
        seen.append((button.inner_text(), shown.evaluate(ground)))
    white, black = "rgb(255, 255, 255)", "rgb(20, 23, 28)"
    assert seen == [
        ("Colours: as the system", white),
        ("Colours: light", white),
        ("Colours: dark", black),
        ("Colours: as the system", white),
    ]
    assert opened(plain_page, scheme="dark").evaluate(ground) == black


def test_hostile_names_are_inert(opened: Open, evil_page: str) -> None:
    shown = opened(evil_page)
    for table in ("flow", "certificate"):
        shown.locator(f"#{table}-table th button").nth(1).click()
    for number, name in enumerate(EVIL_NAMES, 1):
        shown.get_by_role("button", name=f"Flow {number}: details", exact=True).click()
        detail = shown.locator(f"#flow-{number} + tr .detail")
        expect(detail).to_be_visible()
        assert visible(name)[:80] in detail.locator("dl").inner_text()
    shown.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert shown.evaluate("typeof window.pwned") == "undefined"
    assert shown.locator("img, b, object, iframe, [onload], [onerror], [style], svg script").count() == 0
    assert shown.locator("script").count() == 2
    assert shown.locator("a:not([href^='#'])").count() == 0
    text = shown.locator("body").inner_text()
    assert not {"\u202e", "\u2066", "\u200f", "\u200b", "\x1b"} & set(text)


def test_nothing_sticks_out(opened: Open, plain_page: str, evil_page: str) -> None:
    for document in (plain_page, evil_page):
        shown = opened(document)
        shown.locator(".open-row").nth(1).click()
        expect(shown.locator(".detail")).to_be_visible()
        for width in (320, 390, 768, 1280):
            shown.set_viewport_size({"width": width, "height": 900})
            assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing(opened: Open, plain_page: str, scheme: str, width: int) -> None:
    shown = opened(plain_page, scheme=scheme, width=width)
    for number in (2, 3, 5):
        shown.get_by_role("button", name=f"Flow {number}: details", exact=True).click()
        expect(shown.locator(f"#flow-{number} + tr .detail")).to_be_visible()
    shown.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(shown) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_an_empty_report(opened: Open, scheme: str) -> None:
    shown = opened(empty(), scheme=scheme)
    assert count(shown) == "0 flows."
    assert violations(shown) == []


def violations(shown: Page) -> list[str]:
    """What axe-core finds, rule and element."""
    shown.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = shown.evaluate("() => axe.run()")
    assert len(found["passes"]) > 20
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def test_axe_would_find_something(opened: Open, plain_page: str) -> None:
    broken = plain_page.replace('<html lang="en">', "<html>").replace("<label>Filter ", "<label>", 1)
    assert any(one.startswith("html-has-lang") for one in violations(opened(broken)))


def test_it_prints(opened: Open, plain_page: str, tmp_path: Path) -> None:
    shown = opened(plain_page, scheme="dark")
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert not shown.locator("nav").is_visible()
    assert not shown.locator("#flow-filter").is_visible()
    out = tmp_path / "report.pdf"
    shown.pdf(path=out)
    assert out.read_bytes().startswith(b"%PDF-")


def test_the_policy_keeps_strangers_out(opened: Open, plain_page: str) -> None:
    # What would get into the page all the same must not run: the policy knows the page's own script only.
    shown = opened(plain_page, may_complain=True)
    run = shown.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1';"
        " document.body.append(s); return typeof window.pwned; }"
    )
    assert run == "undefined"


def test_without_script_the_findings_stand(opened: Open, plain_page: str) -> None:
    shown = opened(plain_page.replace('id="data"', 'id="gone"').replace("<script>", '<script type="off">'))
    assert shown.locator("#findings .group").count() == 9
    assert not shown.locator("form.controls").first.is_visible()
    assert not shown.locator("button.lists").first.is_visible()


def test_five_thousand_rows_are_quick(opened: Open) -> None:
    document = page(many(5_000))
    assert len(document) < 10_000_000
    shown = opened(document)
    assert count(shown) == "5,000 flows, the first 100 are shown."
    took = shown.evaluate(
        """() => new Promise((done) => {
            const began = performance.now(), filter = document.getElementById('flow-filter');
            new MutationObserver(() => done(performance.now() - began))
                .observe(document.getElementById('flow-count'), {childList: true});
            filter.value = 'wrong';
            filter.dispatchEvent(new Event('input'));
        })"""
    )
    # It takes some 120 ms, 80 of which wait for the next key; the bound is for machines with much else to do.
    assert took < 2_000
    assert count(shown) == "715 of 5,000 flows, the first 100 are shown."


def test_a_flow_beyond_those_that_open_says_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.webpage.document.FIRST_DETAILS", 1)
    monkeypatch.setattr("tlseku.output.webpage.document.MOST_DETAILS", 1)
    shown = opened(page())
    shown.get_by_role("button", name="Flow 3: details").click()
    expect(shown.locator(".detail-row")).to_have_text(
        "There are too many flows for all of them to open here. tlseku explain edge.pcap 3 tells of this one."
    )


def test_roll_ups_come_first_where_there_are_many_flows(opened: Open, large_page: str) -> None:
    shown = opened(large_page)
    section = shown.locator("main > section").first
    assert section.locator("details.roll-up summary").all_inner_texts()[:3] == [
        "Servers 3",
        "Services, by the server's port 3",
        "Outcomes 3",
    ]
    section.locator("details.roll-up summary").first.click()
    assert (
        section.locator("details.roll-up tbody tr").first.inner_text().split("\t")[1] == "198.51.100.20:5061"
    )
