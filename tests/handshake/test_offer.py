"""What a ClientHello offers: present, absent, empty and unreadable are four things."""

from __future__ import annotations

import pytest

from tests.dialogues import C, S, flow_of
from tests.tls.written import alert, client_hello, extension, vector
from tlseku.handshake.offer import read_offer
from tlseku.policy.offer import Offer
from tlseku.tls.extensions import Extensions

GROUPS = (10, vector(2, bytes.fromhex("0a0a11ec001d")))
SCHEMES = (13, vector(2, bytes.fromhex("09040403")))
VERSIONS = (43, vector(1, bytes.fromhex("03040303")))
CERT_SCHEMES = (50, vector(2, bytes.fromhex("0401")))

ANCHORS = (
    0xCA34,
    vector(2, vector(1, bytes.fromhex("82df13 02 01")) + vector(1, bytes.fromhex("d679 09 0d"))),
)

READ: list[tuple[Extensions, Offer]] = [
    ((), Offer()),
    ((GROUPS,), Offer(groups=(0x0A0A, 0x11EC, 0x001D))),
    ((SCHEMES,), Offer(signature_algorithms=(0x0904, 0x0403))),
    ((VERSIONS,), Offer(versions=(0x0304, 0x0303))),
    ((CERT_SCHEMES,), Offer(signature_algorithms_cert=(0x0401,))),
    (
        (CERT_SCHEMES, VERSIONS, SCHEMES, GROUPS),
        Offer((0x0304, 0x0303), (0x0A0A, 0x11EC, 0x001D), (0x0904, 0x0403), (0x0401,)),
    ),
    ((ANCHORS,), Offer(trust_anchors=("44947.2.1", "11129.9.13"))),
    (((0xCA34, b"\0\0"),), Offer(trust_anchors=())),
    (((0xCA34, b"\0\1"),), Offer()),
    (((13, b"\0\0"),), Offer(signature_algorithms=())),
    (((13, b""), VERSIONS), Offer(versions=(0x0304, 0x0303))),
    (((13, b"\0\4\4\3"),), Offer()),
    (((13, b"\0\3\4\3\4"),), Offer()),
    ((SCHEMES, (13, vector(2, b"\4\1"))), Offer(signature_algorithms=(0x0904, 0x0403))),
]


@pytest.mark.parametrize(("extensions", "offer"), READ)
def test_read(extensions: Extensions, offer: Offer) -> None:
    assert read_offer(extensions) == offer


def test_the_offer_of_a_flow() -> None:
    hello = client_hello(extension(*SCHEMES), extension(*VERSIONS))
    assert flow_of((C, hello), (S, alert(2, 40))).offered == Offer((0x0304, 0x0303), None, (0x0904, 0x0403))
    assert flow_of((S, alert(2, 40)), (C, hello)).offered is not None
    trusting = client_hello(extension(*SCHEMES), extension(*ANCHORS))
    assert flow_of((C, trusting), (S, alert(2, 40))).offered == Offer(
        signature_algorithms=(0x0904, 0x0403), trust_anchors=("44947.2.1", "11129.9.13")
    )


def test_without_a_client_hello_nothing_is_known() -> None:
    from tests.tls.written import server_hello

    assert flow_of((S, server_hello()), (S, alert(2, 40))).offered is None
