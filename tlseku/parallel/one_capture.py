"""One capture in one process: what is sent there, and what comes back.

Knows ``scan`` and URLs; must not know who runs it. Everything here can be pickled: an error comes back as data, because
an exception may not survive the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tlseku.errors import CaptureError
from tlseku.flow import Flow, Summary
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.urls import opened
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBook
from tlseku.scanning import Scan, scan


@dataclass(frozen=True, slots=True)
class How:
    """How captures are read: the parameters of ``scan`` that make sense for each by itself.

    ``storage`` is what the storage needs to know (keys, endpoints), for fsspec.
    """

    local: tuple[str, ...] = ()
    rule_books: tuple[RuleBook, ...] | None = None
    context: Context | None = None
    known_issuers: KnownIssuers | None = None
    secrets: tuple[str | bytes, ...] = ()
    storage: Mapping[str, object] = field(default_factory=dict)

    def scan(self, source: object) -> Scan:
        """A scan of one capture in this way."""
        return scan(
            source,  # type: ignore[arg-type]
            local=self.local,
            rule_books=self.rule_books,
            context=self.context,
            known_issuers=self.known_issuers,
            secrets=self.secrets,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a capture gave: ``flows`` numbered from 1, or the ``failure`` as the arguments of a CaptureError.
    ``finder`` was told of all its hosts."""

    flows: tuple[Flow, ...] = ()
    summary: Summary = field(default_factory=Summary)
    warnings: tuple[str, ...] = ()
    failure: tuple[str, int | None, str] | None = None
    finder: VantageFinder = field(default_factory=VantageFinder, compare=False)


def read_one(url: str, how: How) -> Outcome:
    """Read one capture to its end. Raises no CaptureError: it is in the outcome."""
    try:
        with opened(url, how.storage) as source:
            running = how.scan(source)
            flows = tuple(running)
    except CaptureError as error:
        return Outcome(failure=(error.file, error.offset, error.problem))
    return Outcome(flows, running.summary, tuple(running.warnings), finder=running.finder)
