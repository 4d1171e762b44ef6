"""The files of certificate stores that a user names, and the options that the commands on stores share.

Knows files, days and click; must not know rules. A file that cannot be read raises ``CertificateFileError`` with its
name in the message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import TypeVar

import click

from tlseku.cli.options import shared
from tlseku.cli.streams.certificate_files import certificates_in
from tlseku.policy.public_issuer import PublicRoots
from tlseku.profiles.expressway.rules.release import Release, read_release
from tlseku.profiles.expressway.rules.store import Store, store_of
from tlseku.x509.certificate import Certificate

F = TypeVar("F", bound=Callable[..., object])

_SECOND = 1_000_000_000


def store_from(file: str | None, roots: PublicRoots, trusted: tuple[Certificate, ...] | None) -> Store | None:
    """The store that a file holds, its leaf told whether its issuer is public; ``None`` if no file was named."""
    if file is None:
        return None
    store = store_of(certificates_in(file))
    kind = roots.standing((store.leaf, *store.others, *(trusted or ()))).kind
    public = {"public": True, "private": False}.get(kind)
    return replace(store, leaf=replace(store.leaf, public_issuer=public))


def trusted_from(file: str | None) -> tuple[Certificate, ...] | None:
    """The certificates of a ca.pem; ``None`` if no file was named."""
    return None if file is None else tuple(certificates_in(file))


def pem(name: str, help_text: str, required: bool = False) -> Callable[[F], F]:
    """An option that names a file of certificates."""
    return click.option(
        name, metavar="PEM", type=click.Path(allow_dash=True), required=required, help=help_text
    )


def release(command: F) -> F:
    """--release."""
    return click.option(
        "--release",
        metavar="RELEASE",
        default="15.5",
        show_default=True,
        callback=told_release,
        help="The release that the nodes run, such as 15.4 or X15.5.1. Rules differ up to 15.3, on 15.4, from 15.5.",
    )(command)


def on_day(command: F) -> F:
    """--on."""
    return click.option(
        "--on",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=_nanoseconds,
        help="Say which certificates are valid at the start of this day (UTC). No clock is looked at.",
    )(command)


form = shared.format_option("table", "json")
"""-T, for a result that is one object."""


def told_release(ctx: click.Context, param: click.Parameter, value: str | None) -> Release | None:
    """The release that an option names, None without. Raises BadParameter."""
    found = None if value is None else read_release(value)
    if found is None and value is not None:
        raise click.BadParameter(f"{value!r} is not a release such as 15.5 or X15.4.2", ctx, param)
    return found


def _nanoseconds(ctx: click.Context, param: click.Parameter, value: datetime | None) -> int | None:
    if value is None:
        return None
    return (
        int((value.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
        * _SECOND
    )
