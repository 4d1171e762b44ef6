"""Packets that come twice, late or in a slightly other order: the same is shown as of those in order, or less, and never more."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from tests.carriers.kerberos import as_rep, as_req, signed
from tests.carriers.spoken import (
    PEAP,
    PEER,
    SERVER,
    Said,
    authentication,
    facts,
    flights,
    openvpn,
    over_link,
    over_udp,
    radius,
)
from tests.carriers.test_kerberos import CLIENT, KDC
from tests.dialogues import flows_in
from tests.wire import MILLISECOND, START, Frame

COMPLETED = flights("no-eku", 4)
REFUSED = flights("wrong-eku-refused", 3)
PKINIT = [(PEER, as_req(signed(CLIENT.der))), (SERVER, as_rep(signed(KDC.der)))]


def link(said: Sequence[Said]) -> list[Frame]:
    return over_link(authentication(said, size=400))


def link_alone(said: Sequence[Said]) -> list[Frame]:
    return over_link(authentication(said, size=400, method=PEAP), group=False)


def nas(said: Sequence[Said]) -> list[Frame]:
    return over_udp(radius(authentication(said, size=400)))


def tunnel(said: Sequence[Said]) -> list[Frame]:
    return over_udp(openvpn(said, size=300, hmac="sha1"))


def tickets(said: Sequence[Said]) -> list[Frame]:
    return over_udp(PKINIT, 88)


CARRIERS = [link, link_alone, nas, tunnel, tickets]
Carry = Callable[[Sequence[Said]], list[Frame]]


def in_time(frames: Sequence[Frame]) -> list[Frame]:
    return [Frame(START + index * MILLISECOND, frame.data) for index, frame in enumerate(frames)]


def chains(frames: Sequence[Frame]) -> set[tuple[str, str]]:
    return {
        (each.role, cert.sha256)
        for flow in flows_in(frames)
        for each in flow.presented
        for cert in each.chain
    }


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize("said", [COMPLETED, REFUSED])
@pytest.mark.parametrize("later", [0, 1, 2])
def test_each_packet_twice(carry: Carry, said: Sequence[Said], later: int) -> None:
    """Right behind itself, or behind one or two others, as where a capture has a packet from two places."""
    frames = carry(said)
    order = sorted(
        [(2 * n, n) for n in range(len(frames))] + [(2 * (n + later) + 1, n) for n in range(len(frames))]
    )
    twice = in_time([frames[n] for _, n in order])
    assert [facts(flow) for flow in flows_in(twice)] == [facts(flow) for flow in flows_in(frames)]


@pytest.mark.parametrize("carry", CARRIERS)
def test_any_order_shows_nothing_else(carry: Carry) -> None:
    chance = random.Random(802)
    frames = carry(COMPLETED)
    truth = chains(frames)
    for _ in range(40):
        shuffled = list(frames)
        for _ in range(chance.choice([1, 2, 3])):
            at = chance.randrange(len(shuffled) - 1)
            shuffled[at : at + 2] = shuffled[at : at + 2][::-1]
        del shuffled[chance.randrange(len(shuffled))]
        assert chains(in_time(shuffled)) <= truth


def _wholly(chance: random.Random, frames: list[Frame]) -> list[Frame]:
    return chance.sample(frames, len(frames))


def _ten_moves(chance: random.Random, frames: list[Frame]) -> list[Frame]:
    moved = list(frames)
    for _ in range(10):
        moved.insert(chance.randrange(len(moved)), moved.pop(chance.randrange(len(moved))))
    return moved


def _within_six(chance: random.Random, frames: list[Frame]) -> list[Frame]:
    return [frames[at] for at in sorted(range(len(frames)), key=lambda at: at + chance.uniform(0, 6))]


@pytest.mark.parametrize("order", [_wholly, _ten_moves, _within_six])
@pytest.mark.parametrize("lengths", ["first", "all", "none"])
@pytest.mark.parametrize("over", ["link", "radius"])
def test_no_order_joins_pieces_that_do_not_belong_together(
    over: str, lengths: str, order: Callable[[random.Random, list[Frame]], list[Frame]]
) -> None:
    """Identifiers tell in which order packets were sent: rather an incomplete message than a wrong certificate."""
    chance = random.Random(f"{over} {lengths} {order.__name__}")
    for size in (60, 150, 250, 400, 700) * 2:
        said = authentication(chance.choice((COMPLETED, REFUSED)), size=size, lengths=lengths)
        frames = over_link(said) if over == "link" else over_udp(radius(said))
        assert chains(in_time(order(chance, frames))) <= chains(frames)


def test_two_pieces_in_each_others_place_are_a_hole() -> None:
    said = authentication(COMPLETED, size=700)
    frames = over_link(said, group=False)
    (whole,) = flows_in(frames)
    assert whole.hidden == ()
    # The first two packets of the server's flight; the acknowledgement of the first is not there.
    at = next(number for number, frame in enumerate(frames) if len(frame.data) > 600)
    (flow,) = flows_in(in_time([*frames[:at], frames[at + 2], frames[at], *frames[at + 3 :]]))
    assert not any(cert.readable for each in flow.presented if each.role == "server" for cert in each.chain)
    assert {each.verdict for each in flow.presented if each.role == "server"} <= {"incomplete"}
