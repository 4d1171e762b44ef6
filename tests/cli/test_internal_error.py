"""What nobody expected: exit code 70, one line that asks for a report, and nothing of what was being read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

CAPTURE = str(Path(__file__).resolve().parents[2] / "captures" / "wrong-eku-refused.pcap")
SECRET = "c0ffee" * 8


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise IndexError(f"a secret: {SECRET}")

    monkeypatch.setattr("tlseku.cli.commands.flows.summary_line", fail)


@pytest.mark.usefixtures("broken")
def test_one_line(run: Run) -> None:
    result = run("flows", "-T", "csv", CAPTURE)
    assert result.exit_code == 70
    assert re.fullmatch(
        r"tlseku: internal error: IndexError at tlseku/cli/commands/flows\.py:\d+ in tlseku [\d.a-z+]+;"
        r" please report it \(TLSEKU_DEBUG=1 shows more\)\n",
        result.stderr,
    )


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False)])
def test_more_is_shown_to_who_asks(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str, shown: bool
) -> None:
    monkeypatch.setenv("TLSEKU_DEBUG", value)
    result = run("flows", "-T", "csv", CAPTURE)
    assert result.exit_code == 70
    assert ("Traceback" in result.stderr) is shown
    assert (SECRET in result.stderr) is shown
    assert all(line.startswith("tlseku: ") for line in result.stderr.splitlines())


@pytest.mark.parametrize("error", [MemoryError, RecursionError, AssertionError, KeyError, TypeError])
def test_no_kind_of_it_counts_as_findings(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr("tlseku.cli.commands.flows.summary_line", fail)
    result = run("flows", "--fail-on", "wrong", CAPTURE)
    assert (result.exit_code, result.stderr.count("\n")) == (70, 1)
    assert f"internal error: {error.__name__} at tlseku/cli/" in result.stderr
