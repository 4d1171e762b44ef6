"""Releases, days and stores as options name them."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tlseku.cli.options import store_files
from tlseku.policy.public_issuer import PublicRoots


def said(*args: str) -> tuple[int, str]:
    @click.command()
    @store_files.release
    @store_files.on_day
    def command(release: object, on: int | None) -> None:
        click.echo(f"{release} {on}")

    result = CliRunner().invoke(command, args)
    return result.exit_code, result.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("args", "printed"),
    [
        ([], "X15.5 None"),
        (["--release", "15.4"], "X15.4 None"),
        (["--release", "X15.5.1", "--on", "1970-01-02"], "X15.5.1 86400000000000"),
        (["--on", "1969-12-31"], "X15.5 -86400000000000"),
        (["--on", "9999-12-31"], "X15.5 253402214400000000000"),
    ],
)
def test_what_is_told(args: list[str], printed: str) -> None:
    code, words = said(*args)
    assert (code, words.casefold()) == (0, printed.casefold())


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--release", "new"], "'new' is not a release such as 15.5 or X15.4.2"),
        (["--on", "tomorrow"], "'tomorrow' does not match the format '%Y-%m-%d'."),
    ],
)
def test_what_is_none(args: list[str], problem: str) -> None:
    code, words = said(*args)
    assert code == 2
    assert words.endswith(problem)


def test_no_file_is_no_store() -> None:
    assert store_files.store_from(None, PublicRoots(()), None) is None
    assert store_files.trusted_from(None) is None
