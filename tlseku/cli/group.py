"""The command ``tlseku``: finds its subcommands and turns what goes wrong into a line and an exit code.

Knows click, the names of the commands and the exit codes; must not know what a command does. Every error is
one line on standard error that begins with ``tlseku:``.

What nobody expected is a fault of tlseku and not a finding in a capture: it has an exit code of its own, and the line
asks for a report. The line holds no words of the exception, which may quote a secret; ``TLSEKU_DEBUG`` shows all.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType
from typing import NoReturn

import click

from tlseku._build import __version__, how_built
from tlseku.cli.streams.closed_streams import open_what_is_closed, silence
from tlseku.cli.streams.standard_error import complain, point_at
from tlseku.cli.streams.stopping import INTERRUPTED, code_of
from tlseku.cli.streams.whole_file import files_of_run
from tlseku.errors import FilterError, TlsekuError

FAILED = 2
INTERNAL_ERROR = 70
"""EX_SOFTWARE of sysexits.h."""
BROKEN_PIPE = 141
"""128 and SIGPIPE: whoever read the output has gone, which is nobody's mistake."""

COMMANDS = {
    "flows": "Who presented which certificate, in which role, flow by flow.",
    "live": "The same of an interface, while packets come.",
    "fields": "What filters and columns can name, with Wireshark's names.",
    "certs": "The distinct certificates, and where each was seen.",
    "requests": "Who asked whom for a certificate, and what came.",
    "show": "One flow step by step, with frame numbers.",
    "explain": "One flow on a page of plain English, and what to do next.",
    "ladder": "One handshake drawn between its two hosts, as text or SVG.",
    "chain": "The chains of one flow drawn as nested EKUs, as text or SVG.",
    "compare": "Two captures, flow against flow.",
    "extract": "Just the packets of chosen handshakes, as a capture.",
    "annotate": "The capture with comments on its packets, for Wireshark.",
    "wireshark": "Verdicts as fields and columns in Wireshark and tshark.",
    "extcap": "What Wireshark calls to capture with tlseku.",
    "sunset": "Which client certificates lose clientAuth at renewal, and when.",
    "ingest": "Many captures into a dataset of Parquet files, by day.",
    "report": "Everything as one HTML file, findings first.",
    "cert": "Certificate files judged without a capture.",
    "diagnose": "Captures looked at with a product profile: which clients break.",
    "profiles": "The product profiles, their statements and sources.",
    "rules": "The rule-books, their rules, sources and dates.",
    "bundle": "What is wrong with an Expressway, from its diagnostic log bundle.",
    "predict": "What two Expressways will do together, from their certificates.",
    "stores": "The certificate stores of one Expressway, checked.",
    "match": "Where the certificate of a serial number was presented or is kept.",
    "logs": "An Expressway log as events: TLS errors, SSH, SIP with addresses.",
    "xconf": "An Expressway configuration or status dump, by path.",
    "elastic": "An index template and a Kibana dashboard for flows -T ecs.",
    "completion": "What makes bash, zsh or fish complete words.",
    "doctor": "What is there: build, libraries, programs, dates of data.",
}
"""Name and short help of each command; the command ``name`` is ``tlseku.cli.commands.<name>.command``."""


_ALSO = {
    "read": "flows",
    "analyze": "flows",
    "connections": "flows",
    "sessions": "flows",
    "capture": "live",
    "certificates": "certs",
    "filters": "fields",
    "columns": "fields",
    "why": "explain",
    "export": "extract",
    "comment": "annotate",
    "diff": "compare",
    "html": "report",
    "renewals": "sunset",
}
"""Words that others have for commands."""


# Nobody needs to look for circles in all that ends with the process.
atexit.register(gc.freeze)


class LazyGroup(click.Group):
    """A group that imports a command when it is run or asked for help."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word; ``flows`` if that is a file. Raises a usage error that says what is near."""
        word = args[0]
        if word in COMMANDS or (word.startswith("-") and word != "-"):
            return super().resolve_command(ctx, args)
        if word == "-" or os.path.exists(word):
            return "flows", self.get_command(ctx, "flows"), args
        from difflib import get_close_matches  # for those who err

        near = get_close_matches(word.lower(), [*COMMANDS, *_ALSO], n=1, cutoff=0.6)
        if near:
            raise click.UsageError(
                f"there is no command {word!r}; did you mean {_ALSO.get(near[0], near[0])}?", ctx
            )
        if "." in word or os.sep in word:
            raise click.UsageError(f"{word}: there is no such file, and no such command", ctx)
        raise click.UsageError(f"there is no command {word!r}", ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"tlseku.cli.commands.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command and write out all that it printed. A broken pipe ends it quietly."""
        # What a reading keeps has next to no cycles: looking for them after every 700 objects costs, and finds nothing.
        thresholds = gc.get_threshold()
        gc.set_threshold(50_000, 20, 100)
        try:
            try:
                with files_of_run(ctx):
                    # The code that a command gives back also says whether its files are whole.
                    ctx.exit(super().invoke(ctx) or 0)
            except click.exceptions.Exit as leaving:
                raise click.exceptions.Exit(code_of(ctx, leaving.exit_code)) from None
            finally:
                # Others may live in this process.
                gc.set_threshold(*thresholds)
                sys.stdout.flush()
        except BrokenPipeError:
            silence(sys.stdout)
            return BROKEN_PIPE
        except click.UsageError as error:
            if error.ctx is None and ctx.invoked_subcommand is not None:
                error.ctx = click.Context(self, parent=ctx, info_name=ctx.invoked_subcommand)
            raise

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: object,
    ) -> NoReturn:
        """Run and exit: 0 fine, 1 findings, 2 usage or unreadable input, 70 a fault of tlseku."""
        open_what_is_closed()
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.UsageError as error:
            where = "tlseku" if error.ctx is None else error.ctx.command_path
            complain(f"{error.format_message()} (see {where} --help)")
            code = FAILED
        except click.ClickException as error:
            complain(error.format_message())
            code = FAILED
        except FilterError as error:
            complain(str(error))
            point_at(error.expression, error.column)
            code = FAILED
        except TlsekuError as error:
            complain(str(error))
            code = FAILED
        except (click.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except OSError as error:
            silence(sys.stdout)
            complain(f"cannot write: {error.strerror or type(error).__name__}")
            _show_if_asked(error)
            code = FAILED
        except Exception as error:  # noqa: BLE001  the outermost place: Python would end with 1, as if there were findings
            silence(sys.stdout)
            complain(
                f"internal error: {_kind_and_place(error)}; please report it (TLSEKU_DEBUG=1 shows more)"
            )
            _show_if_asked(error)
            code = INTERNAL_ERROR
        sys.exit(code)


def _kind_and_place(error: Exception) -> str:
    """The exception's type, and the innermost line of tlseku that it passed; not its words."""
    place = "tlseku"
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        if "tlseku/" in file:
            place = f"tlseku/{file.rpartition('tlseku/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place} in tlseku {__version__}"


def _show_if_asked(error: Exception) -> None:
    if os.environ.get("TLSEKU_DEBUG", "") not in ("", "0"):
        import traceback

        for line in "".join(traceback.format_exception(error)).splitlines():
            complain(line)


def _say_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        click.echo(f"tlseku {__version__} ({how_built()})")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
    epilog="Example: tlseku flows capture.pcap",
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Who presented which TLS certificate, in which role, and does its Extended Key Usage fit?

    Reads packet captures (pcap, pcapng, plain or compressed) and reports every TLS handshake in them.

    \b
    Exit codes:
      0  fine
      1  something named by --fail-on was found
      2  wrong usage, or a capture that cannot be read
      70 a fault of tlseku itself, to be reported
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
