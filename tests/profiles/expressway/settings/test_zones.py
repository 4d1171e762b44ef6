"""``tlseku.profiles.expressway.settings.zones``: zones of configurations in text and XML. Every sample is synthetic."""

from __future__ import annotations

import io

import pytest

from tlseku.profiles.expressway.settings.xconf import nat_addresses, settings_in
from tlseku.profiles.expressway.settings.zones import ZoneSetting, zones_in

TEXT = """\
*c xConfiguration Zones Zone 1 Name: "DefaultZone"
*c xConfiguration Zones Zone 1 Type: "DefaultZone"
*c xConfiguration Zones Zone 3 Name: "uc"
*c xConfiguration Zones Zone 3 Neighbor SIP Port: "5061"
*c xConfiguration Zones Zone 3 TraversalClient Peer 1 Address: "edge1.example"
*c xConfiguration Zones Zone 3 TraversalClient Peer 2 Address: "edge2.example"
*c xConfiguration Zones Zone 3 TraversalClient SIP Port: "6001"
*c xConfiguration Zones Zone 3 TraversalClient SIP TLS Verify Mode: "On"
*c xConfiguration Zones Zone 3 Type: "UnifiedCommunicationsTraversalClient"
"""
XML = """<?xml version="1.0"?><Configuration><Zones><Zone item="3"><Name>uc</Name>
<Type>UnifiedCommunicationsTraversalServer</Type><TraversalServer><SIP><Port>7003</Port><TLS><Verify><Mode>Off</Mode>
<Subject><Name>core.example</Name></Subject></Verify></TLS></SIP></TraversalServer></Zone></Zones></Configuration>"""


def zones(text: str) -> tuple[ZoneSetting, ...]:
    return zones_in(settings_in(io.BytesIO(text.encode()), "x"))


def test_text() -> None:
    default, zone = zones(TEXT)
    assert (default.number, default.side, default.is_unified_communications) == (1, None, False)
    assert zone == ZoneSetting(
        number=3,
        name="uc",
        type="UnifiedCommunicationsTraversalClient",
        side="client",
        is_unified_communications=True,
        port=6001,
        peers=("edge1.example", "edge2.example"),
        subject_name=None,
        verify=True,
        line=9,
    )


def test_xml() -> None:
    (zone,) = zones(XML)
    assert (zone.side, zone.port, zone.subject_name, zone.verify) == ("server", 7003, "core.example", False)


@pytest.mark.parametrize(
    ("kind", "side", "unified"),
    [
        ("TraversalClient", "client", False),
        ("TraversalServer", "server", False),
        ("Neighbor", None, False),
        ("Unified Communications Traversal Server", "server", True),
    ],
)
def test_types(kind: str, side: str | None, unified: bool) -> None:
    (zone,) = zones(f"xConfiguration Zones Zone 2 Type: {kind}\n")
    assert (zone.side, zone.is_unified_communications, zone.port) == (side, unified, None)


@pytest.mark.parametrize("value", ["0", "65536", "many", "-1", ""])
def test_ports_that_are_none(value: str) -> None:
    text = f'xConfiguration Zones Zone 2 Type: TraversalServer\nxConfiguration Zones Zone 2 TraversalServer SIP Port: "{value}"\n'
    assert [zone.port for zone in zones(text)] == [None]


def test_other_settings_make_no_zone() -> None:
    assert zones("xConfiguration Zones Policy Mode: SearchRules\nxConfiguration Zone: x\n") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Ethernet 2 IP V4 StaticNAT Address: "203.0.113.31"\n', ("203.0.113.31",)),
        (
            'Ethernet 2 IP V4 StaticNAT Address: "203.0.113.31"\nxConfiguration Ethernet 2 IP V4 StaticNAT Mode: On\n',
            ("203.0.113.31",),
        ),
        (
            'Ethernet 2 IP V4 StaticNAT Address: "203.0.113.31"\nxConfiguration Ethernet 2 IP V4 StaticNAT Mode: Off\n',
            (),
        ),
        (
            'Ethernet 2 IP V4 StaticNAT Mode: Off\nxConfiguration Ethernet 1 IP V4 StaticNAT Address: "203.0.113.1"\n',
            ("203.0.113.1",),
        ),
        ('Ethernet 2 IP V4 StaticNAT Address: ""\n', ()),
        ('Ethernet 2 IP V4 Address: "203.0.113.31"\n', ()),
    ],
)
def test_nat_addresses(text: str, expected: tuple[str, ...]) -> None:
    assert nat_addresses(settings_in(io.BytesIO(f"xConfiguration {text}".encode()), "x")) == expected


EVERY_ITEM = """<Configuration><Zones item="1"><Zone item="4"><Type item="1">UnifiedCommunicationsTraversalClient</Type>
<TraversalClient item="1"><SIP item="1"><Port item="1">6001</Port></SIP><Peer item="1"><Address item="1">a.example</Address>
</Peer><Peer item="2"><Address item="1">b.example</Address></Peer></TraversalClient></Zone></Zones>
<Ethernet item="1"><IP item="1"><V4 item="1"><StaticNAT item="1"><Address item="1">203.0.113.1</Address>
<Mode item="1">Off</Mode></StaticNAT></V4></IP></Ethernet>
<Ethernet item="2"><IP item="1"><V4 item="1"><StaticNAT item="1"><Address item="1">203.0.113.2</Address>
<Mode item="1">On</Mode></StaticNAT></V4></IP></Ethernet></Configuration>"""


def test_xml_with_an_item_number_on_every_element() -> None:
    (zone,) = zones(EVERY_ITEM)
    assert (zone.number, zone.side, zone.port, zone.peers) == (4, "client", 6001, ("a.example", "b.example"))
    assert nat_addresses(settings_in(io.BytesIO(EVERY_ITEM.encode()), "x")) == ("203.0.113.2",)
