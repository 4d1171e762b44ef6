"""``tlseku.profiles.expressway.settings.xconf`` with ``xconf_text`` and ``xconf_xml``. No dump of the product is public: every one here
is synthetic."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles.expressway.archive.test_lines import Pieces
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.settings import xconf
from tlseku.profiles.expressway.settings.setting import Setting
from tlseku.profiles.expressway.settings.xconf import mode_settings, own_addresses, release_of, settings_in

TEXT = b"""\
*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: "Off"
*c xConfiguration Ethernet 1 IP V4 Address: "10.106.80.31"
*c xConfiguration Ethernet 1 IP V4 StaticNAT Address: "198.51.100.7"
*c xConfiguration Ethernet 2 IP V4 Address: "0.0.0.0"
*c xConfiguration Ethernet 2 IP V6 Address: "2001:DB8::31"
*c xConfiguration IP Gateway: "10.106.80.1"
"""
XML = b"""\
<?xml version="1.0" encoding="utf-8"?>
<Configuration item="1">
  <SIP item="1"><TLS item="1"><Certificate item="1"><ExtendedKeyUsage item="1"><Checking item="1">
    <Mode item="1">On</Mode></Checking></ExtendedKeyUsage></Certificate></TLS></SIP>
  <Ethernet item="1"><IP><V4><Address item="1">10.106.80.31</Address></V4></IP></Ethernet>
  <Ethernet item="2"><IP><V4><Address/></V4></IP></Ethernet>
  <Zones><Zone item="2"><Name>a &lt;&amp;&#x3e; b</Name></Zone></Zones>
</Configuration>
"""
STATUS = b"""\
*s SystemUnit:
  Product: "Expressway"
  Software:
    Version: "X15.5.0"
    Build: 7
  Hardware: /
    Version: "2"
 Uptime: 5
*s/end
*s Network 1 Ethernet IPv4 Address: 10.106.80.31
"""


def read(data: bytes) -> list[Setting]:
    return list(settings_in(io.BytesIO(data), "x"))


def paths(data: bytes) -> list[tuple[str, str]]:
    return [(setting.name, setting.value) for setting in read(data)]


def checking_mode(settings: Iterable[Setting]) -> Mode:
    """What the settings say of the checking mode: ``on``, ``off``, or ``unknown`` if nothing, something else, or two
    different things."""
    said = {setting.value.strip().casefold() for setting in mode_settings(settings)}
    if said == {"on"}:
        return "on"
    return "off" if said == {"off"} else "unknown"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('*c xConfiguration SIP TCP Mode: "On"', [("SIP TCP Mode", "On")]),
        ("*c xConfiguration SIP TCP Mode: On", [("SIP TCP Mode", "On")]),
        ("xConfiguration SIP TCP Mode: On", [("SIP TCP Mode", "On")]),
        ("xconfiguration sip tcp mode:on", [("sip tcp mode", "on")]),
        ("SIP TCP Mode : On ", [("SIP TCP Mode", "On")]),
        ('  *c xConfiguration A: "b"', [("A", "b")]),
        ('*c xConfiguration A: ""', [("A", "")]),
        ('*c xConfiguration A: "b: c"', [("A", "b: c")]),
        (r'*c xConfiguration A: "b \"c\" \\ d"', [("A", r'b "c" \ d')]),
        ('*c xConfiguration A: "never closed', [("A", "never closed")]),
        ('*c xConfiguration A: "', [("A", "")]),
        ('*s A/B/C: "d"', [("A B C", "d")]),
        ("*s A: 2001:db8::1", [("A", "2001:db8::1")]),
        ("A: b\r\n\r\nC: d", [("A", "b"), ("C", "d")]),
        ("\ufeffA: b", [("A", "b")]),
        ("*s A:\n B: c\n D: e\n*s F:\n B: g", [("A B", "c"), ("A D", "e"), ("F B", "g")]),
        ("*s A: /\n B:\n  C: d\n E: f\n*s/end\nG: h", [("A B C", "d"), ("A E", "f"), ("G", "h")]),
        ("*s A:\n xConfiguration B: c", [("B", "c")]),
        ('*c xConfiguration A: "b" *c xConfiguration C: "d"', [("A", "b"), ("C", "d")]),
        (r'*c xConfiguration A: "b\" *c xConfiguration C: d"', [("A", 'b" *c xConfiguration C: d')]),
        ('*c xConfiguration A: "b *c xConfiguration C: d"', [("A", "b *c xConfiguration C: d")]),
    ],
)
def test_lines_of_text(line: str, expected: list[tuple[str, str]]) -> None:
    assert paths(line.encode()) == expected


@pytest.mark.parametrize(
    "line",
    ["", "nothing here", "*c", "*c xConfiguration", ": x", '"a: b"', "*s/end", "*s A:", "xConfiguration: x"],
)
def test_lines_without_a_setting(line: str) -> None:
    assert paths(line.encode()) == []


def test_a_status() -> None:
    assert paths(STATUS) == [
        ("SystemUnit Product", "Expressway"),
        ("SystemUnit Software Version", "X15.5.0"),
        ("SystemUnit Software Build", "7"),
        ("SystemUnit Hardware Version", "2"),
        ("SystemUnit Uptime", "5"),
        ("Network 1 Ethernet IPv4 Address", "10.106.80.31"),
    ]
    assert release_of(read(STATUS)) == Release(15, 5)
    assert own_addresses(read(STATUS)) == ("10.106.80.31",)


def test_lines_are_numbered() -> None:
    assert [setting.line for setting in read(TEXT)] == [1, 2, 3, 4, 5, 6]
    assert [setting.line for setting in read(XML)] == [4, 5, 6, 7]


def test_xml() -> None:
    assert paths(XML) == [
        ("SIP 1 TLS 1 Certificate 1 ExtendedKeyUsage 1 Checking 1 Mode 1", "On"),
        ("Ethernet 1 IP V4 Address 1", "10.106.80.31"),
        ("Ethernet 2 IP V4 Address", ""),
        ("Zones Zone 2 Name", "a <&> b"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_xml_says_its_encoding(encoding: str) -> None:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    data = f'<?xml version="1.0" encoding="{name}"?>\n<a><b>gr\u00fc\u00df</b></a>'.encode(encoding)
    assert paths(data) == [("a b", "gr\u00fc\u00df")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<a>x<b/>y</a>", [("a b", ""), ("a", "xy")]),
        (b"<a><b> </b></a>", [("a b", "")]),
        (b"<Configuration><Status><a>1</a></Status></Configuration>", [("a", "1")]),
        (b"\n <a>1</a>", [("a", "1")]),
        (b"<a><![CDATA[<b>]]></a>", [("a", "<b>")]),
        (b"<!-- c --><a><?p i?>1</a>", [("a", "1")]),
    ],
)
def test_xml_forms(data: bytes, expected: list[tuple[str, str]]) -> None:
    assert paths(data) == expected


def test_long_values_of_xml_are_cut() -> None:
    ((_, value),) = paths(b"<a>" + b"x" * 100_000 + b"</a>")
    assert value == "x" * 65_536


def test_much_text_is_no_long_token() -> None:
    assert [len(value) for _, value in paths(b"<a>" + b"x" * 3_000_000 + b"<b/></a>")] == [0, 65_536]


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;&x;">]><a>&z;</a>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (BOMB, "x: has a document type (DOCTYPE), which may define entities: refused"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "x: has a document type (DOCTYPE), which"),
        (b"<!DOCTYPE a><a/>", "x: has a document type (DOCTYPE), which"),
        (b"<a>&x;</a>", "x: damaged XML: line 1: undefined entity"),
        (b"<a>", "x: damaged XML: line 1: no element found"),
        (b"<a></b>", "x: damaged XML: line 1: mismatched tag"),
        (b"<a/><b/>", "x: damaged XML: line 1: junk after document element"),
        (b"<", "x: damaged XML: line 1: "),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "x: damaged XML: "),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "x: damaged XML: "),
        (b"<a>\xff</a>", "x: damaged XML: line 1: not well-formed (invalid token)"),
        (
            b"<a>" + b"<!--" + b"x" * 2_000_000,
            "x: damaged XML: a tag or comment of more than 1,048,576 bytes",
        ),
        (b"<a b='" + b"x" * 2_000_000, "x: damaged XML: a tag or comment of more than 1,048,576 bytes"),
        (b"<a>" * 65, "x: elements are nested more than 64 deep"),
        (b"<a>" * 100_000, "x: elements are nested more than 64 deep"),
    ],
)
def test_xml_that_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(BundleError) as caught:
        read(data)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


def test_what_comes_before_the_damage_comes_out() -> None:
    settings = settings_in(Pieces([XML[:-20], b"\n\n<"]), "x")
    assert [next(settings).value for _ in range(4)] == ["On", "10.106.80.31", "", "a <&> b"]
    with pytest.raises(BundleError, match="damaged XML: line 9"):
        next(settings)


@pytest.mark.parametrize("data", [b"A: b\n" * 20, b"<a>" + b"<b>c</b>" * 20 + b"</a>"])
def test_limits(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xconf, "MOST_SETTINGS", 19)
    with pytest.raises(BundleError, match=r"^x: more than 19 settings$"):
        read(data)
    monkeypatch.setattr(xconf, "LARGEST_DUMP", len(data) - 1)
    with pytest.raises(BundleError, match=rf"^x: more than {len(data) - 1} bytes$"):
        read(data)


def test_an_endless_line_takes_no_memory() -> None:
    tracemalloc.start()
    assert list(settings_in(Pieces([b"x" * 65_536] * 200), "x")) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15_000_000


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        (TEXT, "off"),
        (XML, "on"),
        (b"xConfiguration SIP TLS Certificate ExtendedKeyUse Checking Mode: on", "on"),
        (b'*c xConfiguration sip tls certificate EXTENDEDKEYUSAGE checking mode: "OFF"', "off"),
        (
            b"<x><SIP><TLS><Certificate><ExtendedKeyUsage><CheckingMode>Off</CheckingMode></ExtendedKeyUsage></Certificate></TLS></SIP></x>",
            "off",
        ),
        (
            b"<Configuration><SIP><TLS><Certificate><ExtendedKeyUsage><CheckingMode>Off</CheckingMode></ExtendedKeyUsage></Certificate></TLS></SIP></Configuration>",
            "off",
        ),
        (TEXT + TEXT, "off"),
        (TEXT + TEXT.replace(b'"Off"', b'"On"'), "unknown"),
        (TEXT.replace(b'"Off"', b'"Maybe"'), "unknown"),
        (TEXT.replace(b'"Off"', b'""'), "unknown"),
        (TEXT.replace(b"ExtendedKeyUsage", b"KeyUsage"), "unknown"),
        (b"xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking: Off", "unknown"),
        (b"Checking Mode: Off", "unknown"),
        (STATUS, "unknown"),
        (b"", "unknown"),
    ],
)
def test_the_checking_mode(data: bytes, mode: Mode) -> None:
    assert checking_mode(read(data)) == mode


@pytest.mark.parametrize(
    ("data", "release"),
    [
        (b'*s SystemUnit Software Version: "X15.4.2"', Release(15, 4, 2)),
        (
            b"<Status><SystemUnit item='1'><Software item='1'><Version item='1'>X15.5.1</Version></Software></SystemUnit></Status>",
            Release(15, 5, 1),
        ),
        (b"Software Version: x15.5", Release(15, 5)),
        (b"Software Version: x15.5\nSystemUnit Software Version: x15.5.0", Release(15, 5)),
        (b"Software Version: x15.5\nSystemUnit Software Version: x15.4", None),
        (b"Software Version: new", None),
        (b"Hardware Version: 15.5", None),
        (b"", None),
    ],
)
def test_the_release(data: bytes, release: Release | None) -> None:
    assert release_of(read(data)) == release


@pytest.mark.parametrize(
    ("data", "addresses"),
    [
        (TEXT, ("10.106.80.31", "2001:db8::31")),
        (XML, ("10.106.80.31",)),
        (b"Ethernet 1 IP V4 Address: 10.0.0.1\nNetwork 1 Ethernet IPv4 Address: 10.0.0.1", ("10.0.0.1",)),
        (b"Ethernet 1 IP V4 Address: host.example", ()),
        (b"Ethernet 1 IP V4 StaticNAT Address: 198.51.100.7", ()),
        (b"IP DNS Server 1 Address: 10.0.0.9\nSIP Proxy Address: 10.0.0.8\nIP Gateway: 10.0.0.7", ()),
        (b'Ethernet 1 IP V6 Address: "::"', ()),
        (b"", ()),
    ],
)
def test_own_addresses(data: bytes, addresses: tuple[str, ...]) -> None:
    assert own_addresses(read(data)) == addresses


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"<a>{text}</a>".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(BundleError):
        read(data)


@given(st.sampled_from([TEXT, XML, STATUS]), st.lists(st.integers(0, 900), max_size=6))
def test_any_cut_gives_the_same_settings(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places) if start < end]
    assert list(settings_in(Pieces(pieces), "x")) == read(data)


def test_damaged_dumps(seeded: random.Random) -> None:
    tokens = [
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<!",
        b"\xff",
        b"\0",
        b"/>",
        b'"',
        b":",
        b"\n ",
        b"<a>",
        b"</a>",
        b"&#0;",
    ]
    for _ in range(1500):
        data = bytearray(seeded.choice([TEXT, XML, STATUS]))
        for _ in range(seeded.randint(1, 10)):
            place = seeded.randrange(len(data))
            data[place : place + seeded.randint(0, 5)] = seeded.choice(tokens)
        try:
            found = read(bytes(data))
        except BundleError:
            continue
        assert checking_mode(found) in ("on", "off", "unknown")
        own_addresses(found)
        release_of(found)


@pytest.mark.parametrize(
    "line", [" " * 60_000, "*c" + " " * 60_000, "a" + " " * 60_000 + '"', '"' + " " * 60_000 + "*c x"]
)
def test_runs_of_blanks_cost_little(line: str) -> None:
    # Where blanks were tried from each place on, this would not come back; how the work grows: tests/growth.py.
    assert list(settings_in(io.BytesIO(line.encode() + b"\n"), "x")) == []
