"""What the name of a file says of the format, and what must not be written over."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tlseku.cli.streams.write_option import NEVER_WRITTEN, ending_of, form_for, spare, write_to

OFFERED = ("table", "json", "csv", "sqlite")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("flows.csv", ".csv"),
        ("flows.CSV.gz", ".csv"),
        ("a.b/flows", ""),
        (".csv", ""),
        ("flows.csv.bak", ".bak"),
        ("flows.gz", ""),
    ],
)
def test_the_ending_of_a_name(name: str, ending: str) -> None:
    assert ending_of(name) == ending


def said(*args: str) -> tuple[int, str]:
    """What a command with -T and -w makes of its options."""

    @click.command()
    @click.option("-T", "form", default="table")
    @write_to
    def command(form: str, target: str | None) -> None:
        click.echo(f"{form_for(form, target, OFFERED)} {target}")

    result = CliRunner().invoke(command, args)
    return result.exit_code, result.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("args", "printed"),
    [
        ([], "table None"),
        (["-w", "-"], "table None"),
        (["-w", "x.csv"], "csv x.csv"),
        (["-w", "x.json.gz"], "json x.json.gz"),
        (["-w", "x.db"], "sqlite x.db"),
        (["-w", "x.txt"], "table x.txt"),
        (["-w", "x"], "table x"),
        # -T counts more than a name.
        (["-w", "x.csv", "-T", "json"], "json x.csv"),
        (["-w", "x.parquet", "-T", "csv"], "csv x.parquet"),
        # What is there and no file has a name for other reasons.
        (["-w", "/dev/null"], "table /dev/null"),
    ],
)
def test_the_format_that_a_name_asks_for(args: list[str], printed: str) -> None:
    assert said(*args) == (0, printed)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["-w", "x.parquet"], "-w x.parquet: this command has no format parquet; -T says another one"),
        *((["-w", f"x{each}"], f"-w x{each}: nothing here writes {each}") for each in sorted(NEVER_WRITTEN)),
        (["-w", "x.xlsx", "-T", "csv"], "-w x.xlsx: nothing here writes .xlsx"),
    ],
)
def test_what_cannot_be_written(args: list[str], problem: str) -> None:
    assert said(*args) == (2, f"Error: {problem}")


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    read, other, link = tmp_path / "a.pcap", tmp_path / "b.pcap", tmp_path / "c.pcap"
    read.touch()
    other.touch()
    link.symlink_to(read)
    for target in (other, tmp_path / "new", Path("-")):
        spare(str(target), ["-", str(read), str(tmp_path / "missing")])
    for target in (read, link):
        with pytest.raises(click.UsageError, match="would overwrite what is to be read"):
            spare(str(target), ["-", str(read)])
