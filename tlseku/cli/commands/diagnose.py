"""``tlseku diagnose``: captures looked at with the eyes of a product profile.

Knows the options and exit codes of this command; profiles, wording and layout are done elsewhere.
"""

from __future__ import annotations

import click

from tlseku.cli.options import choosing, shared, store_files
from tlseku.cli.options.given import Given, with_given
from tlseku.cli.streams.answers_out import write_answer
from tlseku.cli.streams.captures_in import FlowsRead, Input
from tlseku.cli.streams.tally import exit_code
from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.diagnosis import diagnose
from tlseku.profiles.profile import load_profile, profile_names


@click.command(
    "diagnose",
    epilog="\b\nExample:\n  tlseku diagnose --profile generic-mtls-server --rule-book openssl capture.pcap",
)
@shared.captures
@choosing.display_filter
@click.option(
    "--profile",
    "name",
    type=click.Choice(profile_names()),
    default="generic-mtls-server",
    show_default=True,
    help="The profile of the product.",
)
@click.option(
    "--rule-book",
    "book_name",
    metavar="NAME",
    help="The rule-book that the server is to apply (see tlseku rules). Default: that of --peer-software, else that"
    " of the profile.",
)
@shared.peer_software
@shared.reading()
@shared.fail_on_unseen
@store_files.form
@shared.width
@with_given
def command(
    given: Given,
    name: str,
    book_name: str | None,
    fail_on: frozenset[str],
    form: str,
    width: int | None,
) -> int:
    """Look at captures with the eyes of a product profile and say what is wrong or will be, worst first.

    generic-mtls-server: a server that requires client certificates; which of its clients would break if it applied a
    rule-book, and which cannot be told. cisco-expressway: what captures alone tell of the node that took them; its
    diagnostic log bundle tells more, see tlseku bundle. The others are what vendors state of their connections, which
    are recognised by port or name as a hint only; tlseku profiles lists them all.
    """
    profile = load_profile(name)
    (book,) = load_rule_books((book_name or _book_of(given) or profile.rule_book,))
    captures = Input(given.sources(), given.scan_options((book,)), given.wanted)
    found = diagnose(FlowsRead(captures.flows(), captures), profile, rule_book=book)
    write_answer(found, form, width=width)
    holds = ("hidden",) if found.hidden_flows else ()
    return exit_code(fail_on, holds, [found.read], failed=captures.failed)


def _book_of(given: Given) -> str | None:
    """The rule-book of the software that the user named; None without, and where no book models it."""
    if given.peer_software is None:
        return None
    from tlseku.policy.peer_software.recognition import told  # reads tables

    return told(given.peer_software).rule_book
