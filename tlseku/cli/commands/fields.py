"""``tlseku fields``: what ``-Y`` can ask for and ``-e`` can print.

Knows the options of this command; the fields are ``filter``'s, layout is done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.records.field_list import field_lines, field_text, found


@click.command(
    "fields",
    epilog="\b\nExamples:\n  tlseku fields serial\n  tlseku fields x509ce.KeyPurposeId\n  tlseku fields -T csv",
)
@click.argument("word", metavar="[WORD]", default="")
@shared.output_formats("table", "json", "ndjson", "csv", "tsv")
@shared.width
def command(word: str, form: str, width: int | None) -> int:
    """List the fields of filters (-Y) and columns (-e): name, type, what they hold, and Wireshark's names for them,
    which answer as well.

    WORD chooses those in whose names or meaning it stands. Names that begin with ssl. or dtls. answer, too.
    """
    listed = found(word)
    if form == "table":
        write_lines(field_lines(listed, page_for(width)))
    else:
        write_text(field_text(form, listed))
    if not listed:
        complain(f"no field has {word!r} in its name or its meaning")
        return 2
    return 0
