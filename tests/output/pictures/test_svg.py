"""SVG pictures: well-formed whatever the names, closed in themselves, told to those who do not see them, legible."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.samples import (
    EVERY,
    HOSTILE,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    flow,
    message,
    presented,
)
from tlseku.flow import Flow
from tlseku.output.pictures import flow_chains_svg, flow_ladder_svg
from tlseku.output.pictures.svg import COLOURS, Canvas, safe

SVG = "{http://www.w3.org/2000/svg}"
PICTURES: list[Callable[[Flow], str]] = [flow_ladder_svg, flow_chains_svg]
SHAPES = {"svg", "title", "desc", "style", "rect", "line", "path", "text"}
EVIL_NAMES = [
    HOSTILE,
    "</text><script>alert(1)</script>",
    '"><svg onload="alert(1)">',
    "]]><!-- --><![CDATA[",
    "&amp;&lt;&#x3c;script&#x3e;",
    "\u202emoc.elpmaxe\u2066\u200f",
    "\x00\ud800\ufffe\uffff",
    "CN=" + "a" * 1_000_000,
    "&" * 10_000,
    "url(https://example.com/x) @import 'https://example.com/y';",
]


def named(name: str) -> Flow:
    chain = (certificate(1, name, issuer=name, defects=(name,)), certificate(2, name, ca=True))
    return flow(
        file=name,
        sni=name,
        presented=(presented("client", 5, chain, "wrong", name),),
        messages=(message(4, "client", "client_hello"), message(5, "client", "certificate")),
        outcome_basis=name,
    )


def texts(document: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(document).iter(f"{SVG}text")]


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("name", EVIL_NAMES, ids=range(len(EVIL_NAMES)))
def test_hostile_names_are_text_and_nothing_else(picture: Callable[[Flow], str], name: str) -> None:
    document = picture(named(name))
    root = ET.fromstring(document)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= SHAPES
    names = {attribute for element in root.iter() for attribute in element.attrib}
    assert [each for each in names if each.startswith("on") or "href" in each] == []
    assert "".join(root.itertext()).replace("\n", "").isprintable()
    assert len(document) < 200_000


@pytest.mark.parametrize("picture", PICTURES)
@given(name=st.text(max_size=60))
def test_any_name_is_well_formed(picture: Callable[[Flow], str], name: str) -> None:
    ET.fromstring(picture(named(name)))


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_every_kind_of_flow(picture: Callable[[Flow], str], value: Flow) -> None:
    root = ET.fromstring(picture(value))
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    described = root[1].text
    assert described is not None
    assert len(described) > 20
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x", "-1")) <= width
        assert 0 < float(element.get("y", "-1")) < height


@pytest.mark.parametrize("picture", PICTURES)
def test_nothing_outside_is_named(picture: Callable[[Flow], str]) -> None:
    document = picture(SCENARIO_1).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in document
    assert "url(" not in document


def test_without_its_style_for_pages() -> None:
    document = flow_ladder_svg(SCENARIO_1, standalone=False)
    assert "<style" not in document
    assert "<style" in flow_ladder_svg(SCENARIO_1)


def test_what_the_ladder_says() -> None:
    said = texts(flow_ladder_svg(REFUSED))
    assert "fatal alert unsupported_certificate (43)" in said
    assert "✗ wrong: a TLS client needs clientAuth; the leaf lists serverAuth" in said
    assert "   serial 9c  EKU serverAuth" in said
    assert ["░░░ hidden" in text for text in texts(flow_ladder_svg(TLS13))].count(True) == 1
    assert not any("hidden" in text for text in said)


def test_what_is_cut_shows_whole_when_pointed_at() -> None:
    long = "CN=" + "x" * 300
    root = ET.fromstring(flow_ladder_svg(named(long)))
    cut = [each for each in root.iter(f"{SVG}text") if (each.find(f"{SVG}title")) is not None]
    assert cut
    assert long in (cut[0].findtext(f"{SVG}title") or "") or long in (cut[1].findtext(f"{SVG}title") or "")


def test_what_fits_is_not_cut() -> None:
    canvas = Canvas(100)
    canvas.text(0, 10, "x" * 10, room=73)
    canvas.text(0, 10, "x" * 11, room=73)
    document = canvas.picture(20, "t", "d", standalone=False)
    assert ">xxxxxxxxxx<" in document
    assert "<title>xxxxxxxxxxx</title>xxxxxxxxx…<" in document


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("<&>\"'", "&lt;&amp;&gt;&quot;&#x27;"),
        ("\x1b[0m", "\\x1b[0m"),
        ("\u202e", "\\u202e"),
        ("שלום", "שלום"),
    ],
)
def test_safe(text: str, wanted: str) -> None:
    assert safe(text) == wanted


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("name", [name for name in COLOURS if name not in ("paper", "raised", "edge")])
def test_text_can_be_read_in_both_schemes(name: str, ground: str, scheme: int) -> None:
    one, other = sorted((luminance(COLOURS[name][scheme]), luminance(COLOURS[ground][scheme])))
    assert (other + 0.05) / (one + 0.05) >= 4.5
    assert re.fullmatch("#[0-9a-f]{6}", COLOURS[name][scheme])


def test_a_flow_is_not_changed_by_drawing() -> None:
    before = replace(SCENARIO_1)
    flow_ladder_svg(SCENARIO_1)
    flow_chains_svg(SCENARIO_1)
    assert before == SCENARIO_1
