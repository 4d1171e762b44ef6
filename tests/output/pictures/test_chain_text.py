"""The trees of chains on the terminal: exact, within the page, safe."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from tests.output.pictures.test_chain_tree import BOTH, above, leaf
from tests.output.samples import EVERY, SERVER_AUTH, TLS13, certificate, flow, presented
from tlseku.flow import Flow
from tlseku.output.pictures.chain_svg import flow_chains_svg
from tlseku.output.pictures.chain_text import chain_tree_lines
from tlseku.output.words.terminal_page import Page, plain, width_of
from tlseku.policy.issuing_path import LONGEST_PATH

BROKEN = flow(
    presented=(
        presented(
            "client",
            5,
            (leaf(), above((SERVER_AUTH,), 1), above(BOTH, 2, top=True)),
            broken_at=1,
            effective_eku=(SERVER_AUTH,),
        ),
    )
)
WANTED = """\
Flow 1 of edge.pcap

Client's chain, frame 5, sent by 192.0.2.10
! ok: leaf lists the purpose
2  CN=CA 2 (self-issued)
   EKU serverAuth, clientAuth  trust anchor: its EKU does not count
   serial 2; valid to 2026-11-01, RSA 2048
└─ 1  CN=CA 1
      EKU serverAuth  ✗ takes clientAuth away; leaves serverAuth
      serial 1; valid to 2026-11-01, RSA 2048
   └─ 0  CN=leaf
         EKU serverAuth, clientAuth
         serial 64; valid to 2026-11-01, RSA 2048
effective EKU: serverAuth
"""


def test_a_tree() -> None:
    assert "".join(f"{plain(line)}\n" for line in chain_tree_lines(BROKEN, Page())) == WANTED


def test_a_hidden_chain_is_said_to_be_hidden() -> None:
    assert [plain(line) for line in chain_tree_lines(TLS13, Page(60))] == [
        "Flow 3 of edge.pcap",
        "No chain with a certificate is seen.",
        "░ hidden: server certificate, certificate request and client",
        "  certificate: TLS 1.3 encrypts them",
    ]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_it_fits_and_is_safe(value: Flow, ascii_only: bool) -> None:
    for line in chain_tree_lines(value, Page(80, ascii_only)):
        assert width_of(line) <= 80
        assert plain(line).isprintable()
        assert not ascii_only or plain(line).isascii()


def test_a_path_of_thirty_leaves_room_for_names() -> None:
    chain = (leaf(), *(above(None, n) for n in range(1, 30)))
    lines = [
        plain(line) for line in chain_tree_lines(flow(presented=(presented("client", 5, chain),)), Page(80))
    ]
    assert max(len(line) for line in lines) <= 80
    assert any(line.strip() == "└─ 0  CN=leaf" for line in lines)


@pytest.mark.parametrize("depth", [1, 6, 9, LONGEST_PATH - 1])
def test_whatever_the_depth_each_lies_within_the_one_above(depth: int) -> None:
    names = [f"CN=ca{number}" for number in range(1, depth + 1)]
    cas = [
        certificate(number + 1, name, issuer=names[min(number, depth - 1)], ca=True, eku=None)
        for number, name in enumerate(names, 1)
    ]
    chain = (certificate(1, "CN=leaf", issuer="CN=ca1"), *cas)
    deep = flow(presented=(presented("client", 5, chain),))
    lines = [plain(line) for line in chain_tree_lines(deep, Page(80))]
    places = [line.index("└") for line in lines if "└" in line]
    assert len(places) >= depth
    assert all(below > above for above, below in pairwise(places))
    assert max(map(width_of, chain_tree_lines(deep, Page(80)))) <= 80
    boxes = [
        (float(one["x"]), float(one["width"]))
        for element in ET.fromstring(flow_chains_svg(deep)).iter("{http://www.w3.org/2000/svg}rect")
        if "x" in (one := element.attrib)
    ]
    assert len(boxes) == depth + 1
    for (left, width), (inner, narrower) in pairwise(boxes):
        assert left < inner
        assert inner + narrower < left + width
