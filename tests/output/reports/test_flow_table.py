"""The table of flows: exact pages at 80, 100 and 160 columns, in Unicode and in ASCII, and nothing too wide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output import of_kinds
from tests.output.records import real
from tests.output.samples import (
    DAMAGED,
    DECLINED,
    EVERY,
    EVIL,
    HOSTILE,
    ODD_PURPOSES,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    flow,
    presented,
    renumbered,
)
from tlseku.flow import Alert, Flow
from tlseku.output.reports.flow_table import FlowText, flow_lines, one_flow, plain_flows, total_line
from tlseku.output.words.terminal_page import Page, plain, width_of

PAGE_80 = """\
scenario-1.pcap.gz  2026-03-24 UTC
  1  11:55:20.900  10.106.80.31:25003 -> 163.129.37.32:5061  completed  outbound
     sip-tls  TLS 1.2  SNI l2sip-cfa-01.example.com
     frame 13711  + server  inbound   ok            EKU serverAuth, clientAuth
                    serial 46df76aa000000000029  CN=l2sip-cfa-01.example.com,...
     frame 13715  . server asks for a client certificate from any CA: presented
     frame 13718  + client  outbound  ok            EKU serverAuth, clientAuth
                    serial 2f0000004c869c77c8981becde00000000004c
                    CN=smartslave.bgluclab.com

edge.pcap  2026-03-24 UTC
  2  11:55:20.900  192.0.2.10:25010 -> 198.51.100.20:5061  refused by server
     outbound  sip-tls  TLS 1.2  SNI far.example
     frame 21  + server  inbound   ok            EKU serverAuth
                 serial 1a2b  CN=far.example
     frame 21  . server asks for a client certificate from 2 CAs: presented
     frame 23  x client  outbound  wrong         EKU serverAuth
                 serial 9c  CN=edge.example
                 a TLS client needs clientAuth; the leaf lists serverAuth
     frame 25  x server sends fatal alert unsupported_certificate (43) after
                 Certificate
     -> the refusal fits the EKU and nothing else in the chain
  3  11:55:20.900  [2001:db8:1111:2222:3333:4444:5555:6666]:55000 ->
     [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443  completed  https  TLS 1.3
     SNI www.example.org
     ~ hidden: server certificate, certificate request and client certificate:
       TLS 1.3 encrypts them
  4  11:55:20.900  192.0.2.10:25003 -> 198.51.100.20:5061  completed  inbound
     after smtp  TLS 1.2
     frame 31  ! server  inbound   unrestricted  EKU none
                 serial 0  CN=mail.example
                 no EKU extension
     frame 31  . server asks for a client certificate from any CA: declined with
                 an empty list
     frame 33  - client  outbound  declined
                 asked for a certificate and sent an empty list
     -> the client may have no certificate, or none of a CA that is named
  5  11:55:20.900  192.0.2.10:25003 -> 198.51.100.20:5061  incomplete  outbound
     TLS version unknown
     frame 41  ? server  inbound   incomplete    EKU serverAuth, clientAuth
                 serial 46df76aa000000000029  CN=l2sip-cfa-01.example.com,O=E...
                 a segment is missing
     frame 43  ? client  outbound  unreadable    EKU unreadable
                 serial unreadable  (unreadable name)
                 the leaf is not DER
     ~ hidden: client hello: the capture starts in mid-handshake
     ~ hidden: client certificate: a segment is missing from the capture
     ! network: gap of 1 bytes (frame 41)
     ! network: gap of 2 bytes (frame 42)
     ! network: gap of 3 bytes (frame 43)
     ! network: gap of 4 bytes (frame 44)
     ! network: gap of 5 bytes (frame 45)
     ! network: gap of 6 bytes (frame 46)
     ! network: gap of 7 bytes (frame 47)
     ! network: gap of 8 bytes (frame 48)
     ... and 3 more defects
  6  11:55:20.900  192.0.2.10:25003 -> 198.51.100.20:5061  completed  local
     sip-tls  TLS 1.2
     frame 51  ! server  inbound   any           EKU anyExtendedKeyUsage,
                 msSmartcardLogon, 1.2.3.4.5.6.7.8.9.10.11.12.13
                 serial -5  CN=any.example
                 only through anyExtendedKeyUsage
     frame 53  x client  outbound  empty         EKU empty
                 serial 7  server.example, 192.0.2.7 (no subject)
                 the EKU lists nothing
     frame 55  ! client  outbound  ok            EKU clientAuth
                 serial 8  CN=fits
                 leaf fits; issuer #1 is serverAuth-only
                 in edge-2.pcap
     -> accepted, though many verifiers would refuse it for its EKU
"""

PAGE_100 = """\
scenario-1.pcap.gz  2026-03-24 UTC
  1  11:55:20.900  10.106.80.31:25003 → 163.129.37.32:5061  completed  outbound  sip-tls  TLS 1.2
     SNI l2sip-cfa-01.example.com
     frame 13711  ✓ server  inbound   ok            EKU serverAuth, clientAuth
                    serial 46df76aa000000000029  CN=l2sip-cfa-01.example.com,O=Example Calling Serv…
     frame 13715  · server asks for a client certificate from any CA: presented
     frame 13718  ✓ client  outbound  ok            EKU serverAuth, clientAuth
                    serial 2f0000004c869c77c8981becde00000000004c  CN=smartslave.bgluclab.com

edge.pcap  2026-03-24 UTC
  2  11:55:20.900  192.0.2.10:25010 → 198.51.100.20:5061  refused by server  outbound  sip-tls
     TLS 1.2  SNI far.example
     frame 21  ✓ server  inbound   ok            EKU serverAuth
                 serial 1a2b  CN=far.example
     frame 21  · server asks for a client certificate from 2 CAs: presented
     frame 23  ✗ client  outbound  wrong         EKU serverAuth
                 serial 9c  CN=edge.example
                 a TLS client needs clientAuth; the leaf lists serverAuth
     frame 25  ✗ server sends fatal alert unsupported_certificate (43) after Certificate
     → the refusal fits the EKU and nothing else in the chain
  3  11:55:20.900  [2001:db8:1111:2222:3333:4444:5555:6666]:55000 →
     [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443  completed  https  TLS 1.3  SNI www.example.org
     ░ hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them
  4  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  completed  inbound  after smtp  TLS 1.2
     frame 31  ! server  inbound   unrestricted  EKU none
                 serial 0  CN=mail.example
                 no EKU extension
     frame 31  · server asks for a client certificate from any CA: declined with an empty list
     frame 33  – client  outbound  declined
                 asked for a certificate and sent an empty list
     → the client may have no certificate, or none of a CA that is named
  5  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  incomplete  outbound  TLS version unknown
     frame 41  ? server  inbound   incomplete    EKU serverAuth, clientAuth
                 serial 46df76aa000000000029  CN=l2sip-cfa-01.example.com,O=Example Calling Service…
                 a segment is missing
     frame 43  ? client  outbound  unreadable    EKU unreadable
                 serial unreadable  (unreadable name)
                 the leaf is not DER
     ░ hidden: client hello: the capture starts in mid-handshake
     ░ hidden: client certificate: a segment is missing from the capture
     ! network: gap of 1 bytes (frame 41)
     ! network: gap of 2 bytes (frame 42)
     ! network: gap of 3 bytes (frame 43)
     ! network: gap of 4 bytes (frame 44)
     ! network: gap of 5 bytes (frame 45)
     ! network: gap of 6 bytes (frame 46)
     ! network: gap of 7 bytes (frame 47)
     ! network: gap of 8 bytes (frame 48)
     … and 3 more defects
  6  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  completed  local  sip-tls  TLS 1.2
     frame 51  ! server  inbound   any           EKU anyExtendedKeyUsage, msSmartcardLogon,
                 1.2.3.4.5.6.7.8.9.10.11.12.13
                 serial -5  CN=any.example
                 only through anyExtendedKeyUsage
     frame 53  ✗ client  outbound  empty         EKU empty
                 serial 7  server.example, 192.0.2.7 (no subject)
                 the EKU lists nothing
     frame 55  ! client  outbound  ok            EKU clientAuth
                 serial 8  CN=fits
                 leaf fits; issuer #1 is serverAuth-only
                 in edge-2.pcap
     → accepted, though many verifiers would refuse it for its EKU
"""

PAGE_160 = """\
scenario-1.pcap.gz  2026-03-24 UTC
  1  11:55:20.900  10.106.80.31:25003 → 163.129.37.32:5061  completed  outbound  sip-tls  TLS 1.2  SNI l2sip-cfa-01.example.com
     frame 13711  ✓ server  inbound   ok            EKU serverAuth, clientAuth  serial 46df76aa000000000029                      CN=l2sip-cfa-01.example.com,O=…
     frame 13715  · server asks for a client certificate from any CA: presented
     frame 13718  ✓ client  outbound  ok            EKU serverAuth, clientAuth  serial 2f0000004c869c77c8981becde00000000004c    CN=smartslave.bgluclab.com

edge.pcap  2026-03-24 UTC
  2  11:55:20.900  192.0.2.10:25010 → 198.51.100.20:5061  refused by server  outbound  sip-tls  TLS 1.2  SNI far.example
     frame 21  ✓ server  inbound   ok            EKU serverAuth              serial 1a2b                                      CN=far.example
     frame 21  · server asks for a client certificate from 2 CAs: presented
     frame 23  ✗ client  outbound  wrong         EKU serverAuth              serial 9c                                        CN=edge.example
                 a TLS client needs clientAuth; the leaf lists serverAuth
     frame 25  ✗ server sends fatal alert unsupported_certificate (43) after Certificate
     → the refusal fits the EKU and nothing else in the chain
  3  11:55:20.900  [2001:db8:1111:2222:3333:4444:5555:6666]:55000 → [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443  completed  https  TLS 1.3  SNI www.example.org
     ░ hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them
  4  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  completed  inbound  after smtp  TLS 1.2
     frame 31  ! server  inbound   unrestricted  EKU none                    serial 0                                         CN=mail.example
                 no EKU extension
     frame 31  · server asks for a client certificate from any CA: declined with an empty list
     frame 33  – client  outbound  declined
                 asked for a certificate and sent an empty list
     → the client may have no certificate, or none of a CA that is named
  5  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  incomplete  outbound  TLS version unknown
     frame 41  ? server  inbound   incomplete    EKU serverAuth, clientAuth  serial 46df76aa000000000029                      CN=l2sip-cfa-01.example.com,O=Exa…
                 a segment is missing
     frame 43  ? client  outbound  unreadable    EKU unreadable              serial unreadable                                (unreadable name)
                 the leaf is not DER
     ░ hidden: client hello: the capture starts in mid-handshake
     ░ hidden: client certificate: a segment is missing from the capture
     ! network: gap of 1 bytes (frame 41)
     ! network: gap of 2 bytes (frame 42)
     ! network: gap of 3 bytes (frame 43)
     ! network: gap of 4 bytes (frame 44)
     ! network: gap of 5 bytes (frame 45)
     ! network: gap of 6 bytes (frame 46)
     ! network: gap of 7 bytes (frame 47)
     ! network: gap of 8 bytes (frame 48)
     … and 3 more defects
  6  11:55:20.900  192.0.2.10:25003 → 198.51.100.20:5061  completed  local  sip-tls  TLS 1.2
     frame 51  ! server  inbound   any           EKU anyExtendedKeyUsage, msSmartcardLogon, 1.2.3.4.5.6.7.8.9.10.11.12.13
                 serial -5  CN=any.example
                 only through anyExtendedKeyUsage
     frame 53  ✗ client  outbound  empty         EKU empty                   serial 7                                         server.example, 192.0.2.7 (no sub…
                 the EKU lists nothing
     frame 55  ! client  outbound  ok            EKU clientAuth              serial 8                                         CN=fits
                 leaf fits; issuer #1 is serverAuth-only
                 in edge-2.pcap
     → accepted, though many verifiers would refuse it for its EKU
"""


def page_of(flows: tuple[Flow, ...], width: int, *, ascii_only: bool = False) -> str:
    return "".join(f"{plain(line)}\n" for line in flow_lines(flows, Page(width, ascii_only)))


def test_page_of_80_columns_in_ascii() -> None:
    assert page_of(EVERY[:6], 80, ascii_only=True) == PAGE_80


def test_page_of_100_columns() -> None:
    assert page_of(EVERY[:6], 100) == PAGE_100


def test_page_of_160_columns() -> None:
    assert page_of(EVERY[:6], 160) == PAGE_160


@pytest.mark.parametrize("width", [80, 81, 99, 100, 120, 149, 150, 151, 160, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_is_wider_than_the_page(width: int, ascii_only: bool) -> None:
    for line in flow_lines(EVERY, Page(width, ascii_only)):
        assert width_of(line) <= width, plain(line)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_serials_and_addresses_are_never_broken(width: int) -> None:
    text = page_of(EVERY, width)
    for sample in EVERY:
        assert str(sample.client.port) in text
        for ip in (sample.client.ip, sample.server.ip):
            assert ip in text
        for chain in sample.presented:
            if chain.chain:
                assert chain.chain[0].serial_hex is None or f"serial {chain.chain[0].serial_hex}" in text


def test_hidden_looks_like_neither_failure_nor_absence() -> None:
    styles = {segment.style for line in one_flow(TLS13, Page()) for segment in line}
    assert "hidden" in styles
    assert styles & {"wrong", "caution", "unsure"} == set()
    text = page_of((TLS13,), 100)
    assert (
        "hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them"
        in text
    )
    assert "no certificate" not in text


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (flow(), "no certificate was presented"),
        (flow(outcome="incomplete"), "no certificate seen"),
        (flow(outcome="unknown"), "no certificate seen"),
    ],
)
def test_an_absent_certificate_is_said(sample: Flow, words: str) -> None:
    assert words in page_of((sample,), 100)


@pytest.mark.parametrize("sample", [SCENARIO_1, REFUSED, TLS13, DECLINED, DAMAGED, ODD_PURPOSES])
def test_absence_is_said_of_no_other(sample: Flow) -> None:
    assert "no certificate was" not in page_of((sample,), 100)


def test_hostile_text_is_escaped_once() -> None:
    text = page_of((EVIL,), 160)
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "\\x1b[31mred" in text
    assert "\\\\x1b" not in text
    assert HOSTILE not in text


def test_a_monstrous_name_is_shown_in_part() -> None:
    sample = flow(
        sni="a" * 5000,
        presented=(presented("server", 3, (certificate(1, "例" * 9000),), reason="x" * 10**6),),
    )
    lines = list(flow_lines((sample,), Page(80)))
    assert len(lines) < 60
    assert all(width_of(line) <= 80 for line in lines)


def test_quiet_alerts_share_a_line_and_loud_ones_do_not() -> None:
    quiet = tuple(Alert(frame, "client", -1, -1, None, frame, encrypted=True) for frame in (9, 10, 11))
    assert "frame 9  · alerts: client encrypted, client encrypted (frame 10), 1 more" in page_of(
        (flow(alerts=quiet),), 100
    )
    notify = (Alert(9, "server", 1, 0, "finished", 9),)
    assert "frame 9  · alerts: server close_notify\n" in page_of((flow(alerts=notify),), 100)
    loud = tuple(Alert(frame, "server", 2, 40, "client_hello", frame) for frame in range(1, 12))
    text = page_of((flow(alerts=loud),), 100)
    assert text.count("✗ server sends fatal alert handshake_failure (40) after ClientHello") == 8
    assert "… and 3 more alerts" in text


def test_a_page_heading_comes_with_each_file_and_day() -> None:
    day = 86_400 * 10**9
    flows = (
        flow(1),
        flow(2),
        flow(3, start=flow().start + day),
        flow(4, file="b.pcap"),
        flow(5, start=1 << 80),
    )
    headings = [line for line in page_of(flows, 100).split("\n") if line and not line.startswith(" ")]
    assert headings == [
        "edge.pcap  2026-03-24 UTC",
        "edge.pcap  2026-03-25 UTC",
        "b.pcap  2026-03-24 UTC",
        "edge.pcap",
    ]


def test_the_total_stands_below_a_blank_line() -> None:
    assert [plain(line) for line in total_line("3 flows", Page(), below=True)] == ["", "3 flows"]
    assert [plain(line) for line in total_line("3 flows", Page(), below=False)] == ["3 flows"]


@given(st.text(st.characters(exclude_categories=())), st.integers(80, 200))
def test_any_name_fits_any_page(name: str, width: int) -> None:
    sample = flow(
        sni=name, file=name, presented=(presented("client", 5, (certificate(1, name),), "wrong", name),)
    )
    assert all(width_of(line) <= width for line in flow_lines((sample,), Page(width)))


SECOND_TIMES = (*EVERY, *(renumbered(flow, flow.number + 1000) for flow in EVERY), *real.flows())
"""Flows of which most was said before, with other numbers of frames and flows."""


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [40, 80, 100, 150, 200])
def test_text_without_styles_is_the_same(width: int, ascii_only: bool) -> None:
    page = Page(width, ascii_only)
    text = "".join(f"{plain(line)}\n" for line in flow_lines(SECOND_TIMES, page))
    assert "".join(plain_flows(SECOND_TIMES, page)) == text
    # What is known from one flow is right for the next, in whichever order they come.
    assert "".join(plain_flows(SECOND_TIMES[::-1], page)) == "".join(
        f"{plain(line)}\n" for line in flow_lines(SECOND_TIMES[::-1], page)
    )


@given(st.text(max_size=120), st.integers(40, 160))
def test_text_without_styles_is_the_same_whatever_the_name(name: str, width: int) -> None:
    flows = [replace(SCENARIO_1, sni=name), replace(SCENARIO_1, sni=name, number=12345, service=name)]
    lines = flow_lines(flows, Page(width))
    assert "".join(plain_flows(flows, Page(width))) == "".join(f"{plain(line)}\n" for line in lines)


@pytest.mark.parametrize("width", [20, 40, 100, 160])
def test_text_of_flows_that_share_a_kind(width: int) -> None:
    for flows in (of_kinds.flows(), of_kinds.flows()[::-1]):
        text = "".join(f"{plain(line)}\n" for line in flow_lines(flows, Page(width)))
        assert "".join(plain_flows(flows, Page(width))) == text


@pytest.mark.parametrize("width", [20, 25, 40, 60, *range(76, 104), 130, 150, 200])
def test_text_whose_number_comes_later(width: int) -> None:
    page = Page(width)
    text = FlowText(page)
    for each in (*SECOND_TIMES, *of_kinds.flows(), replace(SCENARIO_1, sni="é" * 30)):
        tops, below = text.behind_number(each)
        assert [until for until, _ in tops] == sorted({until for until, _ in tops})
        for number in (1, 99, 999, 1000, 12_345, 678_901, 10**11):
            top = next(top for until, top in tops if len(str(number)) <= until)
            assert f"{number:>3}{top}{below}" == text.text(replace(each, number=number))
