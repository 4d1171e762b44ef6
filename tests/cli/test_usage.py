"""Wrong usage: one line that says what is wrong, and exit code 2."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import Stage
from tlseku.cli.group import COMMANDS

WRONG = {
    ("nix",): "there is no command 'nix' (see tlseku --help)",
    ("--nix",): "No such option '--nix'",
    ("flows",): "name a capture file, or - for standard input (see tlseku flows --help)",
    ("certs",): "name a capture file, or - for standard input (see tlseku certs --help)",
    ("requests",): "name a capture file, or - for standard input (see tlseku requests --help)",
    ("flows", "-", "-r", "-"): "standard input (-) can be read only once",
    ("flows", "--local", "host", "x"): "'host' is neither an IP address nor a network such as 10.0.0.0/8",
    ("flows", "--local", "10.0.0.0/33", "x"): "'10.0.0.0/33' is neither an IP address nor a network",
    ("show", "--local", "", "x", "1"): "'' is neither an IP address nor a network",
    ("flows", "--fail-on", "wrong,nix", "x"): "'nix' is not one of wrong, empty, any",
    ("flows", "--fail-on", "ok", "x"): "'ok' is not one of",
    ("flows", "--fail-on", "", "x"): "'' is not one of",
    ("flows", "--width", "79", "x"): "79 is not in the range x>=80",
    ("flows", "-T", "xml", "x"): "'xml' is not one of 'table', 'json', 'ndjson', 'csv'",
    ("show",): "name a capture file, or - for standard input (see tlseku show --help)",
    ("show", "x", "0"): "0 is no number of a flow: they count from 1",
    ("flows", "-T", "sqlite", "x"): "-T sqlite is a database: name a file with -w",
}

NEEDED = {
    "show": ("1",),
    "ladder": ("1",),
    "chain": ("1",),
    "report": ("-o", "-"),
    "extract": ("-w", "/dev/null"),
    "annotate": ("-w", "/dev/null"),
}
"""What some commands want beside a capture."""


@pytest.mark.parametrize(("args", "said"), WRONG.items())
def test_one_line_and_code_2(stage: Stage, run: Run, args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("tlseku: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert stage.calls == []


@pytest.mark.parametrize(
    "command",
    [
        command
        for command in COMMANDS
        if command not in ("rules", "profiles", "predict", "stores", "compare", "explain", "match")
        and command
        not in ("ingest", "live", "fields", "wireshark", "extcap", "elastic", "completion", "doctor")
    ],
)
def test_a_file_that_is_not_there(run: Run, command: str) -> None:
    result = run(command, "not-here.pcap", *NEEDED.get(command, ()))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tlseku: not-here.pcap: cannot open it: No such file or directory\n"


def test_a_file_that_is_not_there_goes_into_no_dataset(run: Run, tmp_path: Path) -> None:
    result = run("ingest", "not-here.pcap", "-o", str(tmp_path / "dataset"), "-j", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "tlseku: not-here.pcap: cannot open it: No such file or directory\n"
        "tlseku: 0 captures read, 0 flows, 0 unchanged, 1 failed\n"
    )


@pytest.mark.parametrize(
    "args", [("rules",), ("flows",), ("flows", "nowhere.pcap")], ids=["fine", "usage", "failed"]
)
def test_the_collector_is_left_as_it_was(run: Run, args: tuple[str, ...]) -> None:
    before = gc.get_threshold()
    run(*args)
    assert gc.get_threshold() == before


def test_a_hostile_file_name_cannot_steer_the_terminal(run: Run) -> None:
    result = run("flows", "\x1b[2J\nx.pcap")
    assert result.stderr == "tlseku: \\x1b[2J\\x0ax.pcap: cannot open it: No such file or directory\n"
