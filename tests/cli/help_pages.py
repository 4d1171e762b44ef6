"""``docs/commands.md``: the help of every command, as the program prints it.

``python -m tests.cli.help_pages`` writes the file anew; ``test_help`` checks that it is current.
"""

from __future__ import annotations

from pathlib import Path

import click

from tlseku.cli import main
from tlseku.cli.group import COMMANDS

PATH = Path(__file__).resolve().parents[2] / "docs" / "commands.md"

INTRODUCTION = """\
# Commands

What `tlseku` and each of its commands print for `--help`. This file is made by
`python -m tests.cli.help_pages`, and a test checks that it is current.

Every JSON key is described in the JSON Schemas `tlseku/output/json/*-1.schema.json`, every CSV column in the
`COLUMNS` of `tlseku/output/records/flow_csv.py`, `certificates.py`, `requests.py`, `sunset.py` and `cert_files.py`.

Output goes to standard output, warnings and errors to standard error, one line each, beginning with `tlseku:`.
With `-T json`, `ndjson` and `csv` the summary line goes to standard error too. Colours appear on a
terminal, or where `--color always` or `FORCE_COLOR` asks for them, and never when `NO_COLOR` is set. A broken pipe (`tlseku flows … | head`) ends with 141, what
Ctrl-C ended with 130.
"""


def help_of(command: str | None) -> str:
    """The help text of a command at 80 columns, of ``tlseku`` itself for None."""
    with click.Context(
        main, info_name="tlseku", **{**main.context_settings, "terminal_width": 80}
    ) as context:
        if command is None:
            return main.get_help(context)
        found = main.get_command(context, command)
        assert found is not None
        with click.Context(found, info_name=command, parent=context, terminal_width=80) as inner:
            return found.get_help(inner)


def page() -> str:
    """The whole file."""
    sections = [("tlseku", help_of(None)), *((f"tlseku {name}", help_of(name)) for name in COMMANDS)]
    return INTRODUCTION + "".join(f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in sections)


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(page(), encoding="utf-8")
