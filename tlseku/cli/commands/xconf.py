"""``tlseku xconf``: the settings of an Expressway dump by path.

Knows the options of this command; reading and looking up are done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from tlseku.cli.options import store_files
from tlseku.cli.streams.standard_error import complain
from tlseku.cli.streams.standard_output import write_text
from tlseku.cli.streams.text_files import opened
from tlseku.output.json.flow_json import json_array
from tlseku.output.words.hostile_text import visible
from tlseku.profiles.expressway.settings.setting import Setting
from tlseku.profiles.expressway.settings.xconf import settings_in


@click.command(
    "xconf",
    epilog="\b\nExamples:\n  tlseku xconf xconf_dump_edge_2026-03-24_11_57_01.txt\n"
    '  tlseku xconf xconf_dump_edge_2026-03-24_11_57_01.xml "checking mode" "Ethernet 1"',
)
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@click.argument("keys", metavar="[KEY...]", nargs=-1)
@store_files.form
def command(file: str, keys: tuple[str, ...], form: str) -> int:
    """Show the settings of a configuration or status dump of a Cisco Expressway, text or XML, by path.

    KEY is one or more words that stand side by side in a path, in any case; without KEY all are shown. FILE may be -
    for standard input. A document type or entities in XML are refused. Exit code 2 also if no setting is under KEY.
    """
    seen = 0
    with opened(file) as stream:

        def wanted() -> Iterable[Setting]:
            nonlocal seen
            for setting in settings_in(stream, file):
                if not keys or any(setting.is_under(key) for key in keys):
                    seen += 1
                    yield setting

        if form == "json":
            write_text(json_array(_object(setting) for setting in wanted()))
        else:
            write_text(f"{visible(setting.name)}: {visible(setting.value)}\n" for setting in wanted())
    if not seen:
        complain(f"{file}: no setting{' under ' + ', '.join(map(repr, keys)) if keys else ''}")
        return 2
    return 0


def _object(setting: Setting) -> dict[str, object]:
    return {"path": list(setting.path), "value": setting.value, "line": setting.line}
