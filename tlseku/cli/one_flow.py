"""The commands about one flow of captures, which a user names by its number or leaves to be chosen.

Knows the arguments and options that they share, ``Input`` and standard error; must not know what is said of the flow.
Without a number the only flow is meant, else the worst (``output.reports.findings``), which a line then says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

import click

from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import DEFAULT_WIDTH, page_for, write_document, write_lines
from tlseku.cli.streams.write_option import ending_of
from tlseku.flow import Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import full_flow
from tlseku.output.reports.findings import severity, worst_word
from tlseku.output.words.terminal_page import Line, Page, plain
from tlseku.output.words.wording import counted

SHOWN_BOOKS = ("rfc5280", "openssl", "go", "java", "expressway-15.5")
"""The books that speak unless others are chosen: the text, three verifiers that disagree, and the product."""

_FORMS = {".svg": "svg", ".json": "json", ".txt": "table"}


def flow_of(captures: Input, number: int | None) -> Flow | None:
    """The flow with that number, of those that are wanted; without a number the only one or the worst. None if there is
    none, which is then said on standard error."""
    found: Flow | None = None
    worst = -1
    flows = 0
    for flow in captures.flows():
        flows += 1
        if number is None:
            rank = severity(flow)
            if rank > worst:
                found, worst = flow, rank
        elif flow.number == number:
            found = flow
    if found is None:
        there = f"the captures have {counted(flows, 'flow')}" if flows else "the captures have no TLS flow"
        if captures.chooses:
            there = f"{counted(flows, 'flow')} that fit" if flows else "no flow fits"
        complain(there if number is None else f"there is no flow {number}: {there}")
    elif number is None and flows == 1:
        complain(f"flow {found.number}, the only one{' that fits' if captures.chooses else ''}")
    elif number is None:
        word = worst_word(found)
        why = f"the worst ({word})" if word else "the first, and nothing is wrong with any"
        complain(f"flow {found.number} of {flows:,}: {why}; add a number for another one")
    return found


def command_about_one_flow(
    name: str,
    said: Callable[[Flow, Page], Iterable[Line]],
    text: str,
    epilog: str,
    drawn: Callable[[Flow], str] | None = None,
    data: Callable[[Flow], Mapping[str, object]] = full_flow,
) -> click.Command:
    """The command ``name``, which prints what ``said`` makes of the flow; ``text`` and ``epilog`` are its help.

    ``drawn`` makes an SVG document of the flow: the command then has --svg. ``data`` makes what -T json prints.
    """

    @click.command(name, help=text, epilog=epilog)
    @click.argument("words", metavar="FILE... [FLOW]", nargs=-1, type=click.Path(allow_dash=True))
    @shared.more_captures
    @choosing.display_filter
    @shared.output_formats("table", "json", help=" json is all that is said of the flow (docs/json.md).")
    @shared.reading(judged_by=", ".join(SHOWN_BOOKS))
    @shared.width
    @shared.output_file("Write to this file, - for standard output; its name says which format.")
    @shared.picture(drawn is not None)
    @with_given
    def command(
        given: Given,
        words: tuple[str, ...],
        form: str,
        width: int | None,
        output: str | None,
        svg: bool = False,
    ) -> int:
        number = _take_words(given, words)
        wanted = _form(form, svg, output, can_draw=drawn is not None)
        sources = given.sources()
        books = given.rule_books(SHOWN_BOOKS)
        captures = Input(sources, given.scan_options(books), given.wanted)
        found = flow_of(captures, number)
        if found is not None:
            if wanted == "svg" and drawn is not None:
                write_document((drawn(found),), output)
            elif wanted == "json":
                write_document((f"{to_json(data(found))}\n",), output)
            elif output is not None:
                page = Page(width or DEFAULT_WIDTH)
                write_document((f"{plain(line)}\n" for line in said(found, page)), output)
            else:
                write_lines(said(found, page_for(width, prose=drawn is None)))
        return 0 if found is not None and not captures.failed else 2

    return command


def _take_words(given: Given, words: tuple[str, ...]) -> int | None:
    """What stands behind the command is files, and perhaps a number behind them."""
    number = None
    if words and words[-1].isascii() and words[-1].isdigit() and (len(words) > 1 or given.more_files):
        number = int(words[-1])
        words = words[:-1]
        if number < 1:
            raise click.UsageError(f"{number} is no number of a flow: they count from 1")
    elif len(words) == 1 and words[0].isdigit() and not os.path.exists(words[0]):
        raise click.UsageError(f"{words[0]} is the number of a flow, but of which file?")
    given.files = words
    return number


def _form(form: str, svg: bool, output: str | None, *, can_draw: bool) -> str:
    """``table``, ``json`` or ``svg``, by what was asked for and the name of the file."""
    if svg:
        return "svg"
    if form == "json" or output is None:
        return form
    ending = ending_of(output)
    if ending == "":
        return "svg" if can_draw else "table"
    if ending not in _FORMS or (_FORMS[ending] == "svg" and not can_draw):
        offered = [each for each, what in _FORMS.items() if can_draw or what != "svg"]
        raise click.UsageError(f"-o {output}: what can be written ends with {', '.join(offered)}")
    return _FORMS[ending]
