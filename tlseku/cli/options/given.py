"""What the options that commands share say, as one object: which captures, how they are read, what judges them.

Knows what each value means, and reads the files that options name when a command asks for what is in them, so that a
command decides which mistake is told first. Must not know how options are written, nor what commands do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from tlseku.flow import Flow
from tlseku.policy.known_issuers import KnownIssuers, load_known_issuers
from tlseku.policy.rule_books import BUILT_IN, Context, Mode, RuleBook, load_rule_books

if TYPE_CHECKING:
    from tlseku.scanning import ScanOptions

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


@dataclass(slots=True)
class Given:
    """The values of shared options, each under the name of its parameter; what a command does not have is not given."""

    files: tuple[str, ...] = ()
    more_files: tuple[str, ...] = ()
    wanted: Callable[[Flow], bool] | None = None
    max_packets: int | None = None
    local: tuple[str, ...] = ()
    merge: bool = False
    book_names: tuple[str, ...] = ()
    book_files: tuple[str, ...] = ()
    expressway_mode: Mode = "unknown"
    peer_software: str | None = None
    ca_files: tuple[str, ...] = ()
    key_log_files: tuple[str, ...] = ()
    keylog_env: bool = False

    def sources(self) -> tuple[str, ...]:
        """All captures named, in the order FILE..., then -r. Raises a usage error if there are none."""
        together = (*self.files, *self.more_files)
        if not together:
            raise click.UsageError("name a capture file, or - for standard input")
        if together.count("-") > 1:
            raise click.UsageError("standard input (-) can be read only once")
        return together

    def rule_books(self, default: Sequence[str] | None) -> tuple[RuleBook, ...]:
        """The books of --rule-books, else those of ``default`` (None: all that ship) and of --rules.

        Raises RuleBookError for a name that no book has and a file that is none.
        """
        words = [word.strip() for value in self.book_names for word in value.split(",")]
        if not words:
            # (the books that ship are read only where they are asked for: it is a tenth of a short run)
            own = load_rule_books(None, self.book_files)[len(BUILT_IN) :] if self.book_files else ()
            return (*load_rule_books(default), *own)
        if "all" in words:
            return load_rule_books(None, self.book_files)
        return load_rule_books([word for word in words if word != "none"], self.book_files)

    @property
    def context(self) -> Context:
        """What is known of those who judge."""
        return Context(self.expressway_mode, self.peer_software)

    def known_issuers(self) -> KnownIssuers | None:
        """The certificates of --ca, ``None`` without. Raises CertificateFileError, which names the file."""
        return load_known_issuers(self.ca_files) if self.ca_files else None

    def secrets(self) -> tuple[str, ...]:
        """The key logs of --keylog and --keylog-env. Raises a usage error if the variable is asked for and not set."""
        if not self.keylog_env:
            return self.key_log_files
        named = os.environ.get("SSLKEYLOGFILE")
        if not named:
            raise click.UsageError("--keylog-env: SSLKEYLOGFILE is not set in the environment")
        return (*self.key_log_files, named)

    def scan_options(self, rule_books: Sequence[RuleBook] = ()) -> ScanOptions:
        """How to read, judged by these ``rule_books``. Raises what ``known_issuers`` and ``secrets`` raise."""
        from tlseku.scanning import ScanOptions  # commands that read no capture share options, too

        return ScanOptions(
            local=self.local,
            merge=self.merge,
            rule_books=rule_books,
            context=self.context,
            known_issuers=self.known_issuers(),
            secrets=self.secrets(),
            max_packets=self.max_packets,
        )


def keep(ctx: click.Context, param: click.Parameter, value: T) -> T:
    """The callback of a shared option: its value goes into the ``Given`` of this run."""
    setattr(ctx.ensure_object(Given), str(param.name), value)
    return value


def kept(*names: str, callback: Callable[..., object] = keep, **attributes: object) -> Callable[[F], F]:
    """A shared option, kept in the ``Given`` of this run: no parameter of the command."""
    return click.option(*names, expose_value=False, callback=callback, **attributes)  # type: ignore[arg-type]


with_given = click.make_pass_decorator(Given, ensure=True)
"""A command with shared options takes a ``Given`` in front of its other parameters."""
