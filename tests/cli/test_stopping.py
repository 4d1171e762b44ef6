"""An end that somebody asks for: once, in time, and with an exit code of its own."""

from __future__ import annotations

import signal

import click
import pytest

from tlseku.cli.streams.stopping import GRACE_SECONDS, INTERRUPTED, Stopping, code_of, stopped_by_signals


def test_what_is_under_way_has_its_time() -> None:
    now = [100.0]
    stopping = Stopping(lambda: now[0])
    assert (stopping.asked, stopping.overdue) == (False, False)
    stopping.ask()
    assert (stopping.asked, stopping.overdue) == (True, False)
    now[0] += GRACE_SECONDS / 2
    stopping.ask()
    now[0] += GRACE_SECONDS / 2
    # The first time counts.
    assert stopping.overdue


def test_whoever_reads_is_told_once() -> None:
    told: list[str] = []
    stopping = Stopping()
    stopping.on_asked = lambda: told.append("stop")
    stopping.ask()
    stopping.ask()
    assert told == ["stop"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_and_says_so_in_the_exit_code(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with click.Context(click.Command("x")) as context:
        with stopped_by_signals() as stopping:
            assert signal.getsignal(number) not in (before, signal.SIG_IGN)
            signal.raise_signal(number)
            # The next one is for the program again.
            assert (stopping.asked, signal.getsignal(number)) == (True, before)
        assert (code_of(context, 0), code_of(context, 2)) == (INTERRUPTED, INTERRUPTED)


def test_without_a_signal_nothing_changes() -> None:
    before = signal.getsignal(signal.SIGINT)
    with click.Context(click.Command("x")) as context:
        with stopped_by_signals() as stopping:
            pass
        assert (stopping.asked, signal.getsignal(signal.SIGINT)) == (False, before)
        assert (code_of(context, 0), code_of(context, 1)) == (0, 1)


def test_a_signal_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stopped_by_signals() as stopping:
            signal.raise_signal(signal.SIGTERM)
            assert not stopping.asked
    finally:
        signal.signal(signal.SIGTERM, before)
