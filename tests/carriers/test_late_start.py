"""TCP connections of which the capture begins in the middle: whatever cuts TLS in its own way, no bytes are shown as a
certificate that nobody sent as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.carriers.spoken import Said, flights, openvpn
from tests.dialogues import flows_in, flows_of
from tests.wire import Talk
from tlseku import Flow

COMPLETED = flights("no-eku", 4)
TRUE = {cert.sha256 for flow in flows_of(COMPLETED) for each in flow.presented for cert in each.chain}


def late(said: Sequence[Said], first: int, size: int = 1400) -> list[Flow]:
    """The flows of what is said, from segment ``first`` on and without the beginning of TCP."""
    talk = Talk()
    for side, data in said:
        talk.send_in(side, data, size)
    return flows_in(talk.frames()[first:])


def counted(size: int, width: int) -> Callable[[Sequence[Said]], list[Said]]:
    """Pieces of ``size`` bytes with their length in ``width`` bytes in front."""

    def wrap(said: Sequence[Said]) -> list[Said]:
        return [
            (side, len(data[at : at + size]).to_bytes(width, "big") + data[at : at + size])
            for side, data in said
            for at in range(0, len(data), size)
        ]

    return wrap


def over_tcp(size: int, hmac: str) -> list[Said]:
    return [
        (side, len(data).to_bytes(2, "big") + data) for side, data in openvpn(COMPLETED, size=size, hmac=hmac)
    ]


@pytest.mark.parametrize(("hmac", "size"), [("", 1100), ("sha1", 1100), ("sha256", 1100), ("sha512", 300)])
def test_openvpn(hmac: str, size: int) -> None:
    said = over_tcp(size, hmac)
    # The last packet is an acknowledgement: nothing of TLS.
    for first in range(1, len(said) - 1):
        (flow,) = late(said, first)
        assert flow.carrier == "openvpn"
        assert {cert.sha256 for each in flow.presented for cert in each.chain} <= TRUE
        assert flow.defects == ()
    # The ClientHello is the third packet.
    (flow,) = late(said, 2)
    assert [each.role for each in flow.presented] == ["server", "client"]
    assert (flow.outcome, flow.hidden) == ("completed", ())


@pytest.mark.parametrize("width", [1, 2, 3, 4, 8, 24])
@pytest.mark.parametrize("size", [200, 255])
def test_what_nobody_knows(width: int, size: int) -> None:
    said = counted(size, width)(COMPLETED)
    for first in range(len(said)):
        for flow in late(said, first):
            assert {cert.sha256 for each in flow.presented for cert in each.chain} <= TRUE, (first, width)
