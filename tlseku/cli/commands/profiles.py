"""``tlseku profiles``: the product profiles that ship.

Knows the options of this command; profiles and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import shared, store_files
from tlseku.cli.streams.standard_output import page_for, write_lines, write_text
from tlseku.output.json.flow_json import json_array
from tlseku.profiles.profile import load_profile, profile_names
from tlseku.profiles.report import profile_lines, profile_to_dict


@click.command("profiles", epilog="\b\nExample:\n  tlseku profiles cisco-cube")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@store_files.form
@shared.width
def command(names: tuple[str, ...], form: str, width: int | None) -> None:
    """List the product profiles of tlseku diagnose --profile: what each is about, who says so and as of when, and its
    statements. A NAME chooses one; without any, all are listed.
    """
    profiles = [load_profile(name) for name in names or profile_names()]
    if form == "json":
        write_text(json_array(profile_to_dict(one) for one in profiles))
    else:
        write_lines(line for one in profiles for line in profile_lines(one, page_for(width)))
