"""``tlseku.handshake.after_handshake``: what came after the client's last flight, with secrets and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import wire
from tests.handshake.sealed import LEAF, C, Connection, S, opened
from tlseku import Analyzer, how_built
from tlseku.decryption.cipher_parameters import TLS12, TLS13
from tlseku.handshake.after_handshake import AfterHandshake, after_handshake, close_of, is_prompt
from tlseku.handshake.facts import HandshakeFacts, read_facts
from tlseku.handshake.message_log import MessageLog

pytestmark = pytest.mark.skipif(how_built() == "compiled", reason="nobody can look into what is compiled")


def facts_of(made: Connection, keys: bool, monkeypatch: pytest.MonkeyPatch) -> HandshakeFacts:
    """The facts of a connection as the flow builder has them."""
    seen: list[HandshakeFacts] = []

    def note(log: MessageLog) -> HandshakeFacts:
        seen.append(read_facts(log))
        return seen[-1]

    monkeypatch.setattr("tlseku.handshake.flow_builder.read_facts", note)
    analyzer = Analyzer(only_ends=True)
    if keys:
        analyzer.add_secrets(made.key_log)
    for frame in made.frames():
        analyzer.feed(frame.ts_ns, 1, frame.data, frame.original_length)
    analyzer.close()
    return seen[-1]


def counted(after: AfterHandshake | None) -> tuple[object, ...] | None:
    if after is None:
        return None
    return (
        after.asked,
        len(after.client_data),
        len(after.server_data),
        after.server_spoke,
        after.alert_like is not None,
    )


CASES: dict[str, tuple[Callable[[], Connection], tuple[object, ...] | None, tuple[object, ...] | None]] = {
    "12 no answer yet": (lambda: opened(TLS12, LEAF), None, None),
    "12 finished": (
        lambda: opened(TLS12, LEAF).finish(),
        (True, 0, 0, True, False),
        (True, 0, 0, True, False),
    ),
    "12 data": (
        lambda: opened(TLS12, LEAF).finish().data(C).data(S).data(S),
        (True, 1, 2, True, False),
        (True, 1, 2, True, False),
    ),
    "12 not asked": (
        lambda: opened(TLS12, request=False).finish(),
        (False, 0, 0, True, False),
        (False, 0, 0, True, False),
    ),
    "13 no flight yet": (lambda: Connection(TLS13).hello().flight(), None, None),
    "13 the client refuses": (lambda: Connection(TLS13).hello().flight().alert(C, 2, 42), None, None),
    "13 a flight": (lambda: opened(TLS13, LEAF), (None, 0, 0, False, False), (True, 0, 0, False, False)),
    "13 a flight without a certificate": (
        lambda: opened(TLS13, request=False),
        (False, 0, 0, False, False),
        (False, 0, 0, False, False),
    ),
    "13 tickets": (
        lambda: opened(TLS13, LEAF).finish().data(C),
        (None, 1, 0, True, False),
        (True, 1, 0, True, False),
    ),
    "13 tickets in the first flight are none behind the client's": (
        lambda: Connection(TLS13).hello().flight(tickets=2).answer(LEAF),
        (None, 0, 0, False, False),
        (True, 0, 0, False, False),
    ),
    "13 an answer": (
        lambda: opened(TLS13, LEAF).finish().data(C).data(S),
        (None, 1, 1, True, False),
        (True, 1, 1, True, False),
    ),
    "13 as long as an alert": (
        lambda: opened(TLS13, LEAF).alert(S, 2, 42),
        (None, 0, 0, False, True),
        (True, 0, 0, False, False),
    ),
    "13 as long as an alert, behind the client's goodbye": (
        lambda: opened(TLS13, LEAF).alert(C, 1, 0).alert(S, 1, 0),
        (None, 0, 0, False, False),
        (True, 0, 0, False, False),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_after_the_last_flight(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, without, with_keys = CASES[case]
    assert counted(after_handshake(facts_of(make(), False, monkeypatch))) == without
    assert counted(after_handshake(facts_of(make(), True, monkeypatch))) == with_keys


@pytest.mark.parametrize(
    ("steps", "side", "reset"),
    [
        (lambda each: each.fin(S).rst(S), S, False),
        (lambda each: each.rst(S), S, True),
        (lambda each: each.fin(C).rst(S), C, False),
        (lambda each: each.rst(C), C, True),
    ],
)
def test_fin_and_rst_are_told_apart_by_who_sent_which_first(
    steps: Callable[[Connection], Connection], side: int, reset: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for keys in (False, True):
        close = close_of(facts_of(steps(opened(TLS12, LEAF)), keys, monkeypatch))
        assert close is not None
        assert (close.side, close.reset, close.moment) == (side, reset, 7)


@pytest.mark.parametrize(("seconds", "prompt"), [(0, True), (4, True), (5, False), (60, False)])
def test_who_waits_leaves_for_another_reason(
    seconds: int, prompt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(opened(TLS12, LEAF).wait(seconds).fin(S), False, monkeypatch)
    close = close_of(facts)
    assert close is not None
    assert is_prompt(facts, close) is prompt
    assert close.ts_ns - facts.said[-1].ts_ns == seconds * wire.SECOND + wire.MILLISECOND


def test_nobody_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert close_of(facts_of(opened(TLS12, LEAF), False, monkeypatch)) is None
