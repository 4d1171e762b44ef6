"""Exit codes, and what is counted as flows pass."""

from __future__ import annotations

import pytest

from tests.output.samples import DAMAGED, DECLINED, EVERY, REFUSED, SCENARIO_1, TLS13
from tlseku.cli.streams.tally import Tally, exit_code
from tlseku.flow import Summary

WHOLE = Summary()
CUT = Summary(damage=("a.pcap: cut",))
QUIC = Summary(skipped={"QUIC": 17})


@pytest.mark.parametrize(
    ("asked", "holds", "read", "failed", "code"),
    [
        ("", (), [], False, 0),
        ("", ("wrong",), [WHOLE], False, 0),
        ("wrong", (), [WHOLE], False, 0),
        ("wrong", ("hidden",), [WHOLE], False, 0),
        ("wrong", ("wrong", "hidden"), [WHOLE], False, 1),
        ("unread", (), [WHOLE], False, 0),
        ("unread", (), [WHOLE, QUIC], False, 1),
        ("hidden", (), [QUIC], False, 0),
        # Damage is no finding, and nobody who asked for one is told that there is none.
        ("", (), [CUT], False, 0),
        ("wrong", (), [WHOLE, CUT], False, 2),
        ("wrong", ("wrong",), [CUT], False, 1),
        ("", (), [WHOLE], True, 2),
        ("wrong", ("wrong",), [WHOLE], True, 2),
    ],
)
def test_exit_codes(asked: str, holds: tuple[str, ...], read: list[Summary], failed: bool, code: int) -> None:
    assert exit_code(frozenset(asked.split()), holds, read, failed=failed) == code


def test_flows_are_counted_on_their_way() -> None:
    tally = Tally()
    assert list(tally.watch(EVERY)) == list(EVERY)
    assert (tally.flows, tally.found, tally.exit_code(WHOLE, failed=False)) == (7, False, 0)
    alone = Tally()
    list(alone.watch([SCENARIO_1, SCENARIO_1]))
    assert alone.counts() == {"ok": 4}


@pytest.mark.parametrize(
    ("words", "flows", "code"),
    [
        ({"wrong"}, [SCENARIO_1, DECLINED, TLS13], 0),
        ({"wrong"}, [SCENARIO_1, REFUSED], 1),
        ({"refused"}, [REFUSED, SCENARIO_1], 1),
        ({"hidden"}, [SCENARIO_1], 0),
        ({"hidden"}, [TLS13], 1),
        ({"wrong", "declined"}, [DECLINED], 1),
        ({"wrong"}, [DAMAGED], 0),
        (set(), [REFUSED], 0),
    ],
)
def test_findings(words: set[str], flows: list[object], code: int) -> None:
    tally = Tally(frozenset(words))
    list(tally.watch(flows))  # type: ignore[arg-type]
    assert tally.exit_code(WHOLE, failed=False) == code
