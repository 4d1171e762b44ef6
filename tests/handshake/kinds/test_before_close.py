"""``tlseku.output.json.templates.leaving``: flows that end in different ways are of different kinds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from tests import wire
from tests.handshake.sealed import LEAF, C, Connection, S
from tests.output.json.templates.test_template_writer import Written
from tlseku.decryption.cipher_parameters import TLS12, TLS13
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage

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


def equal_to_the_whole(made: list[Connection]) -> int:
    """How many of all lines were written from a template, each of which must be that of the whole conclusion."""
    frames = []
    for number, each in enumerate(made):
        frames += each.frames(start=wire.START + number * 1000 * wire.SECOND)
    written = Written(wire.pcap(frames))
    count = 0
    for recorded in written.ended:
        if not isinstance(recorded, RecordedMessages):
            continue
        brief = written.writer.write(recorded, Vantage())
        if brief is not None:
            count += 1
            assert brief.line == written.in_full(recorded)
    assert count
    return count


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_any_two_steps_after_each_start(version: int) -> None:
    made: list[Connection] = []
    for start in STARTS.values():
        for first, second in itertools.permutations(STEPS.values(), 2):
            each = Connection(version, source_port=10_000 + len(made))
            made.append(second(first(start(each))))
    assert equal_to_the_whole(made) > 100


def test_any_steps_at_random(seeded: random.Random) -> None:
    made: list[Connection] = []
    for _ in range(150):
        each = Connection(seeded.choice([TLS12, TLS13]), source_port=10_000 + len(made))
        each.hello().flight().answer(LEAF)
        for step in seeded.choices(list(STEPS.values()), k=seeded.randrange(6)):
            each = step(each)
        made.append(each)
    assert equal_to_the_whole(made) > 30
