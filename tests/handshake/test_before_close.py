"""``tlseku.handshake.before_close``: flows that end in different ways are of different kinds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from tests import wire
from tests.handshake.made import Made
from tests.handshake.sealed import LEAF, C, Connection, S
from tlseku.decryption.cipher_parameters import TLS12, TLS13

Step = Callable[[Connection], Connection]
STEPS: dict[str, Step] = {
    "fin of the client": lambda each: each.fin(C),
    "fin of the server": lambda each: each.fin(S),
    "rst of the client": lambda each: each.rst(C),
    "rst of the server": lambda each: each.rst(S),
    "data of the client": lambda each: each.data(C),
    "data of the server": lambda each: each.data(S),
    "alert of the client": lambda each: each.alert(C, 2, 50),
    "alert of the server": lambda each: each.alert(S, 2, 50),
    "a pause": lambda each: each.wait(20),
    "tickets": lambda each: each.finish() if each.version == TLS13 else each,
}
STARTS: dict[str, Step] = {
    "hello": lambda each: each.hello(),
    "flight": lambda each: each.hello().flight(),
    "not asked": lambda each: each.hello().flight(request=False).answer(certificate=False),
    "answered": lambda each: each.hello().flight().answer(LEAF),
    "finished": lambda each: each.hello().flight().answer(LEAF).finish(),
}


def shared(made: list[Connection]) -> int:
    """How many flows share a conclusion; each must be the one that is concluded by itself."""
    frames = []
    for number, each in enumerate(made):
        frames += each.frames(start=wire.START + number * 1000 * wire.SECOND)
    return Made(wire.pcap(frames)).check()


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_any_two_steps_after_each_start(version: int) -> None:
    made: list[Connection] = []
    for start in STARTS.values():
        for first, second in itertools.permutations(STEPS.values(), 2):
            each = Connection(version, source_port=10_000 + len(made))
            made.append(second(first(start(each))))
    assert shared(made) > 100


def test_any_steps_at_random(seeded: random.Random) -> None:
    made: list[Connection] = []
    for _ in range(150):
        each = Connection(seeded.choice([TLS12, TLS13]), source_port=10_000 + len(made))
        each.hello().flight().answer(LEAF)
        for step in seeded.choices(list(STEPS.values()), k=seeded.randrange(6)):
            each = step(each)
        made.append(each)
    assert shared(made) > 30
