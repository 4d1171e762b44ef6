"""What protects QUIC's packets, on the samples of RFC 9001 appendix A and RFC 9369 appendix A."""

from __future__ import annotations

import pytest

from tlseku.decryption.plaintext import DoesNotFit
from tlseku.decryption.quic_packets import (
    PacketContent,
    PacketProtection,
    initial_protection,
    packet_protection,
    whole_number,
)

ORIGINAL = bytes.fromhex("8394c8f03e515708")
V2 = 0x6B3343CF
SERVER_INITIAL = {
    1: "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede"
    "4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aa"
    "f2f58891850abbdca3d20398c276456cbc42158407dd074ee",
    V2: "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf872630179153582300"
    "35f7fd3945d88965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf2"
    "1ceda98f4bd23f6fe1a3e2c43edd9ce7ca84bed8521e2e140",
}
SERVER_PAYLOAD = bytes.fromhex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e0033002"
    "4001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)
CHACHA20_SECRET = bytes.fromhex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b")
CHACHA20_PACKET = bytes.fromhex("4cfe4189655e5cd55c41f69080575d7999c25a5bfb")
NUMBER_AT = 18


@pytest.mark.parametrize("version", [1, V2])
def test_the_initial_packet_of_a_server(version: int) -> None:
    data = bytes.fromhex(SERVER_INITIAL[version])
    client, server = initial_protection(ORIGINAL, version)
    assert server.open(data, 0, NUMBER_AT, len(data)) == PacketContent(1, SERVER_PAYLOAD)
    assert server.open(b"xx" + data + b"xx", 2, 2 + NUMBER_AT, 2 + len(data)).number == 1
    for wrong in (client, *initial_protection(ORIGINAL[::-1], version)):
        with pytest.raises(DoesNotFit):
            wrong.open(data, 0, NUMBER_AT, len(data))


def test_versions_have_keys_of_their_own() -> None:
    data = bytes.fromhex(SERVER_INITIAL[1])
    for version in (V2, 0xFF00001D, 0xFF000020):
        with pytest.raises(DoesNotFit):
            initial_protection(ORIGINAL, version)[1].open(data, 0, NUMBER_AT, len(data))
    # The last drafts have the keys of the standard.
    assert initial_protection(ORIGINAL, 0xFF000021)[1].open(data, 0, NUMBER_AT, len(data)).number == 1


def test_a_short_header_under_chacha20() -> None:
    protection = PacketProtection(CHACHA20_SECRET, 0x1303, 1)
    protection.largest = 654360563
    assert protection.open(CHACHA20_PACKET, 0, 1, len(CHACHA20_PACKET)) == PacketContent(654360564, b"\x01")
    assert protection.largest == 654360564


def test_nothing_changes_where_a_packet_does_not_open() -> None:
    protection = PacketProtection(CHACHA20_SECRET, 0x1303, 1)
    protection.largest = 654360563
    for end in range(len(CHACHA20_PACKET)):
        with pytest.raises(DoesNotFit):
            protection.open(CHACHA20_PACKET, 0, 1, end)
    with pytest.raises(DoesNotFit):
        protection.updated(0x1303).open(CHACHA20_PACKET, 0, 1, len(CHACHA20_PACKET))
    assert protection.open(CHACHA20_PACKET, 0, 1, len(CHACHA20_PACKET)).payload == b"\x01"


@pytest.mark.parametrize("suite", [0, 0x1306, 0xC02F])
def test_a_suite_that_cannot_be_opened(suite: int) -> None:
    assert packet_protection(CHACHA20_SECRET, suite, 1) is None


@pytest.mark.parametrize(
    ("truncated", "bits", "largest", "number"),
    [
        (0x9B32, 16, 0xA82F30EA, 0xA82F9B32),
        (0, 8, -1, 0),
        (3, 8, -1, 3),
        (0, 8, 255, 256),
        (255, 8, 256, 255),
        (0xFF, 8, 0x300, 0x2FF),
        (1, 32, 0, 1),
    ],
)
def test_whole_numbers(truncated: int, bits: int, largest: int, number: int) -> None:
    """The sample of RFC 9000 appendix A.3, and its edges."""
    assert whole_number(truncated, bits, largest) == number
