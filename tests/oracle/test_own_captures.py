"""tlseku and a live tshark on the same files: the project's captures, and many variants of them and of real ones.

A variant (``variants``) holds the same TCP bytes in another link layer, file format, cut or order. Both readers must
find in it what tshark finds in the original, and must agree with each other frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests.oracle import tshark as reference
from tests.oracle import variants
from tests.oracle.facts import FlowFacts, differences, of_flow
from tests.oracle.variants import IpPacket

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared" / "captures"

OWN = sorted(p for p in (PROJECT / "captures").iterdir() if ".pcap" in p.name)
REAL = [
    SHARED / name
    for name in (
        "arkime-openssl-tls1_1.pcap",
        "arkime-ssl-selfsign.pcap",
        "cve-2022-3602-spookyssl-merged.pcap",
        "suricata-verify-tls-alpn-log-detect-02-input.pcap",
        "zeek-certificate-request-failed.pcap",
        "zeek-client-certificate.pcap",
        "zeek-google-duplicate.pcap",
        "zeek-hrr.pcap",
    )
    if (SHARED / name).is_file()
]

TAILORS_DUMMIES = [
    p for p in OWN + REAL if p.name in ("declined.pcap", "zeek-certificate-request-failed.pcap")
]
"""One conversation over IPv4 and one over IPv6."""

Write = Callable[[Path, Sequence[IpPacket]], None]


def as_pcap(link: str, **options: object) -> Write:
    return lambda path, packets: variants.write_pcap(path, packets, link, **options)  # type: ignore[arg-type]


def as_pcapng(*links: str, **options: object) -> Write:
    return lambda path, packets: variants.write_pcapng(path, packets, links, **options)  # type: ignore[arg-type]


CLOTHES: dict[str, Write] = {
    **{f"pcap {link}": as_pcap(link) for link in variants.LINKS},
    "pcap big-endian": as_pcap("ethernet", order=">"),
    "pcap nano": as_pcap("ethernet", nano=True),
    "pcap nano big-endian": as_pcap("raw", nano=True, order=">"),
    "pcapng nano": as_pcapng("ethernet"),
    "pcapng big-endian": as_pcapng("sll", order=">"),
    "pcapng of two links": as_pcapng("ethernet", "raw"),
}

CHANGES: dict[str, Callable[[Sequence[IpPacket]], list[IpPacket]]] = {
    "recut at 100 bytes": variants.recut,
    "recut at 17 bytes": variants.recut_finely,
    "overlapping": variants.overlapped,
    "neighbours swapped": variants.swapped,
    "half of it twice": variants.duplicated,
}


def without_frames(flows: Sequence[FlowFacts]) -> list[FlowFacts]:
    """The facts that must not change when the same bytes travel in other packets: all but the frame numbers."""
    return [
        replace(
            flow,
            client_hellos=tuple(0 for _ in flow.client_hellos),
            server_hellos=tuple(0 for _ in flow.server_hellos),
            certificates=tuple((0, *rest) for _, *rest in flow.certificates),  # type: ignore[misc]
            requests=tuple((0, *rest) for _, *rest in flow.requests),  # type: ignore[misc]
            alerts=tuple((0, *rest) for _, *rest in flow.alerts),  # type: ignore[misc]
            encrypted_alerts=tuple((0, *rest) for _, *rest in flow.encrypted_alerts),  # type: ignore[misc]
        )
        for flow in flows
    ]


def ours(path: Path) -> list[FlowFacts]:
    return [of_flow(flow) for flow in tlseku.read(path)]


@pytest.fixture(scope="module")
def original() -> Callable[[Path], list[FlowFacts]]:
    known: dict[Path, list[FlowFacts]] = {}

    def read(path: Path) -> list[FlowFacts]:
        if path not in known:
            known[path] = reference.read(path)
        return known[path]

    return read


def conversations(source: Path, flows: Sequence[FlowFacts]) -> list[IpPacket]:
    """The packets of the TLS connections of a capture, without the traffic around them."""
    ends = {frozenset((flow.client, flow.server)) for flow in flows}
    return [p for p in variants.read_ip(source) if p.ends in ends]


def check(variant: Path, expected: Sequence[FlowFacts]) -> None:
    theirs = reference.read(variant)
    assert differences(without_frames(theirs), without_frames(expected)) == {}, (
        "tshark does not follow this variant"
    )
    assert differences(ours(variant), theirs) == {}


every_source = pytest.mark.parametrize("source", OWN + REAL, ids=lambda p: p.name)


@pytest.mark.usefixtures("tshark")
@pytest.mark.parametrize("capture", OWN, ids=lambda p: p.name)
def test_own_capture(capture: Path) -> None:
    theirs = reference.read(capture)
    assert theirs != []
    assert differences(ours(capture), theirs) == {}


@pytest.mark.usefixtures("tshark")
@every_source
def test_in_other_clothes(source: Path, original: Callable[[Path], list[FlowFacts]], tmp_path: Path) -> None:
    """The packets are the same in all clothes, so one run of tshark gives the frame numbers for all."""
    packets = conversations(source, original(source))
    plain = tmp_path / "plain.pcap"
    variants.write_pcap(plain, packets, "ethernet")
    theirs = reference.read(plain)
    assert differences(without_frames(theirs), without_frames(original(source))) == {}
    for name, write in CLOTHES.items():
        variant = tmp_path / name.replace(" ", "-")
        write(variant, packets)
        assert differences(ours(variant), theirs) == {}, name


@pytest.mark.usefixtures("tshark")
@pytest.mark.parametrize("clothes", CLOTHES)
@pytest.mark.parametrize("source", TAILORS_DUMMIES, ids=lambda p: p.name)
def test_tshark_knows_the_clothes(
    source: Path, clothes: str, original: Callable[[Path], list[FlowFacts]], tmp_path: Path
) -> None:
    """That the writer of the variants follows the formats, so that tlseku is not tested against its own mistakes."""
    CLOTHES[clothes](tmp_path / "variant", conversations(source, original(source)))
    check(tmp_path / "variant", original(source))


@pytest.mark.usefixtures("tshark")
@every_source
@pytest.mark.parametrize("change", CHANGES)
def test_cut_and_ordered_another_way(
    source: Path, change: str, original: Callable[[Path], list[FlowFacts]], tmp_path: Path
) -> None:
    variant = tmp_path / "variant.pcap"
    packets = conversations(source, original(source))
    changed = CHANGES[change](packets)
    assert changed != packets
    variants.write_pcap(variant, changed, "ethernet")
    check(variant, original(source))
