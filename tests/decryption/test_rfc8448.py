"""The traces of RFC 8448, opened record by record; every Finished agrees with its transcript."""

from __future__ import annotations

import pytest

from tests.decryption.observer import Observer
from tests.decryption.rfc8448 import TRACES, Trace
from tlseku.decryption.secret_store import CLIENT_EARLY, SecretStore

BY_NUMBER = {trace.name[0]: trace for trace in TRACES}
NUMBERS = bytes(range(50))


@pytest.mark.parametrize(
    ("number", "client", "server"),
    [
        ("3", [1, 20], [2, 8, 11, 15, 20, 4]),
        ("4", [1, 5, 20], [2, 8, 20]),
        ("5", [1, 1, 20], [2, 2, 8, 11, 15, 20]),
        ("6", [1, 11, 15, 20], [2, 8, 13, 11, 15, 20]),
        ("7", [1, 20], [2, 8, 11, 15, 20]),
    ],
)
def test_the_messages_of_a_trace(number: str, client: list[int], server: list[int]) -> None:
    trace = BY_NUMBER[number]
    seen = Observer(trace.store()).run(trace.turns)
    assert (seen.types(0), seen.types(1)) == (client, server)
    assert (seen.finished, seen.unfit, seen.sealed) == (2, [], 0)
    assert seen.alerts == [(0, 1, 0, True), (1, 1, 0, True)]
    assert all(encrypted == (kind not in (1, 2)) for _, kind, encrypted in seen.messages)


@pytest.mark.parametrize("number", ["3", "4"])
def test_the_application_data_of_a_trace(number: str) -> None:
    trace = BY_NUMBER[number]
    assert Observer(trace.store()).run(trace.turns).data == [NUMBERS, NUMBERS]


def test_the_early_data() -> None:
    trace = BY_NUMBER["4"]
    assert Observer(trace.store()).run(trace.turns).early == b"ABCDEF"


def test_early_data_that_nobody_can_read_does_no_harm() -> None:
    trace = BY_NUMBER["4"]
    store = SecretStore()
    for label, secret in trace.secrets.items():
        if label != CLIENT_EARLY:
            store.add(label, trace.client_random, secret)
    hello, early, server_hello, flight, end, *rest = trace.turns
    # In the order of a capture in which the ServerHello crossed the early data.
    seen = Observer(store).run([hello, server_hello, flight, early, end])
    assert (seen.unfit, seen.finished) == ([0, 0], 1)
    seen._transcript += bytes.fromhex("05000000")  # The EndOfEarlyData, which stayed shut and belongs to it.
    seen.run(rest)
    assert (seen.unfit, seen.finished, seen.data) == ([0, 0], 2, [NUMBERS, NUMBERS])


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_without_secrets_nothing_opens(trace: Trace) -> None:
    seen = Observer(SecretStore()).run(trace.turns)
    assert {kind for _, kind, _ in seen.messages} == {1, 2}
    assert (seen.data, seen.alerts, seen.finished) == ([b"", b""], [], 0)


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_with_the_secrets_of_another_connection_nothing_opens(trace: Trace) -> None:
    store = SecretStore()
    for label in trace.secrets:
        store.add(label, trace.client_random, b"\x01" * 32)
    seen = Observer(store).run(trace.turns)
    assert {kind for _, kind, _ in seen.messages} == {1, 2}
    assert (seen.data, seen.alerts, seen.finished) == ([b"", b""], [], 0)
    assert len(seen.unfit) == sum(record[0] == 23 for _, record in trace.turns)
