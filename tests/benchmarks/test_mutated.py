"""``benchmarks/mutated.py``: the same cases everywhere, of eighteen kinds, and what is counted."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import mutated
import pytest

PROGRAM = Path(mutated.__file__)


def test_there_are_eighteen_kinds_and_each_comes() -> None:
    captures = mutated.sources()
    kinds = Counter(mutated.mutated(seed, captures)[0] for seed in range(500))
    assert len(mutated.KINDS) == 18
    assert kinds.keys() == set(mutated.KINDS)


def test_a_seed_makes_the_same_file() -> None:
    captures = mutated.sources()
    for seed in range(50):
        assert mutated.mutated(seed, captures) == mutated.mutated(seed, captures)


@pytest.mark.parametrize("change", mutated.OF_PACKETS, ids=lambda each: each.__name__)
def test_each_kind_changes_something(change: object) -> None:
    (_, frames), *_ = mutated.sources()
    assert callable(change)
    changed = []
    for seed in range(20):
        other, chance = list(frames), random.Random(seed)
        change(chance, other, chance.randrange(len(other)))
        changed.append(other != frames)
        assert all(data and length >= 0 for _, data, length in other)
    assert any(changed)


def test_two_builds_are_compared_and_the_figure_is_printed() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--count", "30", "--seed", "7", "--against", sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    *_, compared, figure = done.stdout.splitlines()
    assert compared == "0 of 1 hundreds differ between the builds"
    assert figure.startswith("30 mutated captures, ")
    assert " a minute, " in figure
    assert figure.endswith(": 0 undocumented errors or hangs")
    assert done.returncode == 0


def test_an_undocumented_error_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(contents: list[bytes]) -> str:
        raise IndexError(len(contents))

    monkeypatch.setattr(mutated, "answer", fail)
    monkeypatch.setattr(sys, "argv", ["mutated.py", "--count", "3"])
    assert mutated.main() == 1
    assert ": 3 undocumented errors or hangs" in capsys.readouterr().out


def test_a_run_that_was_stopped_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    seen: list[int] = []

    def answer(contents: list[bytes]) -> str:
        seen.append(len(contents))
        return ""

    monkeypatch.setattr(mutated, "answer", answer)
    monkeypatch.setattr(mutated, "STRETCH", 10)
    kept = tmp_path / "new" / "mutated.json"
    for count, read in (("20", [10, 10]), ("20", []), ("25", [5])):
        monkeypatch.setattr(
            sys, "argv", ["mutated.py", "--count", count, "--seed", "3", "--progress", str(kept)]
        )
        seen.clear()
        assert mutated.main() == 0
        assert seen == read
    tally = mutated.Tally.kept(kept, 99)
    assert (tally.seed, tally.done, tally.kinds.total(), tally.errors) == (3, 25, 25, [])
    assert capsys.readouterr().out.splitlines()[-1].startswith("25 mutated captures")


def test_another_build_that_says_something_else_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutated, "answer", lambda contents: "")
    monkeypatch.setattr(mutated, "of_another", lambda python, seed, count: ["something else"])
    monkeypatch.setattr(sys, "argv", ["mutated.py", "--count", "5", "--seed", "4", "--against", "x"])
    assert mutated.main() == 1
    assert "1 of 1 hundreds differ between the builds" in capsys.readouterr().out
