"""``tlseku wireshark``: verdicts as fields and columns of Wireshark and tshark.

Knows the plugin that ships with this program and where it goes; what it shows is made elsewhere.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import write_text
from tlseku.cli.streams.wireshark_folders import open_capture_of, plugin_folder
from tlseku.output.captures.frame_rows import frame_line, frame_rows
from tlseku.scanning import ScanOptions

PLUGIN = "tlseku.lua"
_CALLED = 'local COMMAND = "tlseku"'


@click.command(
    "wireshark",
    epilog="\b\nExamples:\n  tlseku wireshark install\n"
    '  tshark -X lua_script:"$(tlseku wireshark path)" -r capture.pcap -Y \'tlseku.verdict == "wrong"\'\n'
    "  tlseku wireshark uninstall",
)
@click.argument("action", type=click.Choice(["install", "uninstall", "path", "frames"]))
@click.argument("file", metavar="[FILE]", required=False, type=click.Path())
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of plugins. Default: your own, as tshark names it.",
)
@click.option(
    "--pid",
    type=click.IntRange(min=1),
    metavar="N",
    help="With frames: the capture that this process has open.",
)
@click.help_option("-h", "--help")
@click.pass_context
def command(ctx: click.Context, action: str, file: str | None, folder: Path | None, pid: int | None) -> None:
    """Show in Wireshark and tshark what tlseku says: the fields tlseku.verdict, .role, .serial, .eku, .outcome, .cause
    and .flow, at the frames where they show, for filters and columns.

    \b
    install    put the plugin, a Lua script, into your folder of plugins
    uninstall  take it away
    path       print where it is in this package, for tshark -X lua_script:
    frames     print what it shows of FILE, a line for each frame: what the plugin asks for

    The plugin runs tlseku on the capture that is opened. Where it cannot, it reads the comments of tlseku annotate.
    Of a capture without TLS it shows nothing.
    """
    if action != "frames" and (file is not None or pid is not None):
        raise click.UsageError(f"FILE and --pid are for frames, not for {action}", ctx)
    if action == "frames":
        _frames(ctx, file, pid)
    elif action == "path":
        click.echo(_shipped())
    elif action == "install":
        _install(folder or plugin_folder())
    else:
        _uninstall(ctx, folder or plugin_folder())


def _shipped() -> Path:
    return Path(str(resources.files("tlseku.output.captures") / PLUGIN))


def _install(folder: Path) -> None:
    text = _shipped().read_text(encoding="utf-8")
    # Wireshark started from a menu does not have the PATH of a shell.
    called = json.dumps(_how_called(), ensure_ascii=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PLUGIN).write_text(text.replace(_CALLED, f"local COMMAND = {called}"), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{folder / PLUGIN}: cannot write it: {error.strerror}") from None
    click.echo(f"{folder / PLUGIN}")
    complain("installed; restart Wireshark, or reload its plugins with Ctrl-Shift-L")


def _how_called() -> str:
    script = shutil.which("tlseku")
    words = [sys.executable, "-m", "tlseku"] if script is None else [script]
    if sys.platform == "win32":
        return " ".join(f'"{word}"' for word in words)
    from shlex import join

    return join(words)


def _uninstall(ctx: click.Context, folder: Path) -> None:
    try:
        (folder / PLUGIN).unlink()
    except FileNotFoundError:
        complain(f"{folder / PLUGIN}: there is none")
    except OSError as error:
        raise click.ClickException(f"{folder / PLUGIN}: cannot remove it: {error.strerror}") from None
    else:
        click.echo(f"{folder / PLUGIN}")


def _frames(ctx: click.Context, file: str | None, pid: int | None) -> None:
    if (file is None) == (pid is None):
        raise click.UsageError("frames needs FILE or --pid", ctx)
    name = file if file is not None else open_capture_of(pid or 0)
    if name is None:
        return
    captures = Input([name], ScanOptions(rule_books=()))

    def lines() -> Iterator[str]:
        for flow in captures.flows():
            yield from map(frame_line, frame_rows(flow))

    write_text(lines())
