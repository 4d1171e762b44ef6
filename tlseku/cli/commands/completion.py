"""``tlseku completion``: what makes a shell complete commands, options and their values.

Knows the shells that click knows; the values are told by each option.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tlseku.cli.streams.standard_output import write_text

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    epilog="\b\nExamples:\n"
    "  tlseku completion bash > ~/.local/share/bash-completion/completions/tlseku\n"
    "  tlseku completion zsh > ~/.zfunc/_tlseku  # with fpath+=~/.zfunc before compinit in ~/.zshrc\n"
    "  tlseku completion fish > ~/.config/fish/completions/tlseku.fish",
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print what makes a shell complete the words of tlseku: commands, options, formats, the words of --fail-on,
    rule-books, interfaces, the fields of -Y and -e.
    """
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    assert kind is not None, "click knows the three"
    # (the name is that under which the program is installed, also where it runs as a module)
    text = kind(root.command, {}, "tlseku", "_TLSEKU_COMPLETE").source_template % {
        "complete_func": "_tlseku_completion",
        "complete_var": "_TLSEKU_COMPLETE",
        "prog_name": "tlseku",
    }
    write_text([text.strip() + "\n"])
