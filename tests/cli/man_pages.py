"""``docs/man``: a manual page for ``tlseku`` and for each command, made of click's help by click-man.

``python -m tests.cli.man_pages`` writes them anew; ``test_man_pages`` checks that they are current. They are part of the
source distribution, for those who package it.
"""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import click
from click_man.core import write_man_pages  # type: ignore[import-not-found,import-untyped]

from tlseku import __version__
from tlseku.cli import main
from tlseku.cli.group import COMMANDS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "man"


def pages() -> dict[str, str]:
    """Each page by the name of its file."""
    commands = {name: _command(name) for name in COMMANDS}
    whole = click.Group(
        "tlseku", commands=commands, params=_with_help(main), help=main.help, epilog=main.epilog
    )
    with tempfile.TemporaryDirectory() as place:
        # A date would make the pages differ from day to day.
        write_man_pages("tlseku", whole, version=__version__, target_dir=place, date=f"tlseku {__version__}")
        found = {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(place).iterdir())}
    examples = {"tlseku.1": main.epilog, **{f"tlseku-{name}.1": one.epilog for name, one in commands.items()}}
    return {name: _plain_lists(text) + _section(examples.get(name)) for name, text in found.items()}


def _command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    command = copy.copy(found)
    command.short_help = COMMANDS[name]
    command.params = _with_help(found)
    return command


def _with_help(command: click.Command) -> list[click.Parameter]:
    """The parameters and -h, which click adds when it is asked for them."""
    return command.get_params(click.Context(command, **main.context_settings))


def _plain_lists(text: str) -> str:
    """Without click's mark of a paragraph that is not to be wrapped."""
    return text.replace("\b\n", ".nf\n").replace("\b", "")


def _section(epilog: str | None) -> str:
    if not epilog:
        return ""
    lines = [line for line in epilog.replace("\b", "").strip().splitlines() if not line.startswith("Example")]
    spelt = (line.replace("\\", "\\e").replace("-", "\\-") for line in lines)
    return (
        "\n.SH EXAMPLES\n.nf\n"
        + "".join(f"\\&{line}\n" if line[:1] in ".'" else f"{line}\n" for line in spelt)
        + ".fi\n"
    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
