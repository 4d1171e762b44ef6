"""``tlseku wireshark``: verdicts as fields and columns of Wireshark and tshark, and an interface that has them.

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
from tlseku.cli.streams.wireshark_folders import extcap_folder as default_extcap_folder
from tlseku.cli.streams.wireshark_folders import open_capture_of, plugin_folder
from tlseku.output.captures.frame_rows import frame_line, frame_rows
from tlseku.scanning import ScanOptions

PLUGIN = "tlseku.lua"
EXTCAP = "tlseku-live.bat" if sys.platform == "win32" else "tlseku-live"
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
    "--extcap-folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of programs that capture (extcap). Default: your own, as tshark names it.",
)
@click.option(
    "--pid",
    type=click.IntRange(min=1),
    metavar="N",
    help="With frames: the capture that this process has open.",
)
def command(
    action: str,
    file: str | None,
    folder: Path | None,
    extcap_folder: Path | None,
    pid: int | None,
) -> None:
    """Show in Wireshark and tshark what tlseku says: the fields tlseku.verdict, .role, .serial, .eku, .outcome, .cause
    and .flow, at the frames where they show, for filters and columns; and an interface "tlseku live" to capture from.

    \b
    install    put the plugin, a Lua script, into your folder of plugins,
               and what captures into that of extcap
    uninstall  take both away
    path       print where it is in this package, for tshark -X lua_script:
    frames     print what it shows of FILE, a line for each frame: what the plugin asks for

    The plugin runs tlseku on the capture that is opened. Where it cannot, it reads the comments of tlseku annotate.
    Of a capture without TLS it shows nothing.
    """
    if action != "frames" and (file is not None or pid is not None):
        raise click.UsageError(f"FILE and --pid are for frames, not for {action}")
    if action == "frames":
        _frames(file, pid)
    elif action == "path":
        click.echo(_shipped())
    else:
        places = folder or plugin_folder(), extcap_folder or default_extcap_folder()
        if action == "install":
            _install(*places)
        else:
            _uninstall(places[0] / PLUGIN, places[1] / EXTCAP)


def _shipped() -> Path:
    return Path(str(resources.files("tlseku.output.captures") / PLUGIN))


def _install(plugins: Path, programs: Path) -> None:
    text = _shipped().read_text(encoding="utf-8")
    # Wireshark started from a menu does not have the PATH of a shell.
    how = _how_called()
    called = json.dumps(how, ensure_ascii=False)
    _put(plugins / PLUGIN, text.replace(_CALLED, f"local COMMAND = {called}"))
    if sys.platform == "win32":
        _put(programs / EXTCAP, f"@{how} extcap %*\r\n")
    else:
        _put(programs / EXTCAP, f'#!/bin/sh\nexec {how} extcap "$@"\n')
        (programs / EXTCAP).chmod(0o755)
    complain(
        "installed; restart Wireshark, or reload its plugins with Ctrl-Shift-L and its interfaces with F5"
    )


def _put(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{file}: cannot write it: {error.strerror}") from None
    click.echo(f"{file}")


def _how_called() -> str:
    script = shutil.which("tlseku")
    words = [sys.executable, "-m", "tlseku"] if script is None else [script]
    if sys.platform == "win32":
        return " ".join(f'"{word}"' for word in words)
    from shlex import join

    return join(words)


def _uninstall(*files: Path) -> None:
    for file in files:
        try:
            file.unlink()
        except FileNotFoundError:
            complain(f"{file}: there is none")
        except OSError as error:
            raise click.ClickException(f"{file}: cannot remove it: {error.strerror}") from None
        else:
            click.echo(f"{file}")


def _frames(file: str | None, pid: int | None) -> None:
    if (file is None) == (pid is None):
        raise click.UsageError("frames needs FILE or --pid")
    name = file if file is not None else open_capture_of(pid or 0)
    if name is None:
        return
    captures = Input([name], ScanOptions(rule_books=()))

    def lines() -> Iterator[str]:
        for flow in captures.flows():
            yield from map(frame_line, frame_rows(flow))

    write_text(lines())
