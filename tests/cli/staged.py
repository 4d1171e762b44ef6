"""The command line with hand-made flows in place of captures, in this process or as ``python -m tests.cli.staged``.

``stage`` replaces ``read`` and ``scan`` of ``tlseku.scanning``; every name of a capture then stands for the sample flows,
except names that contain ``bad``, which cannot be read. ``TLSEKU_STAGED_TIMES`` repeats the samples.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from tests.output.samples import EVERY, SUMMARY
from tlseku import scanning
from tlseku.cli import main
from tlseku.errors import CaptureError
from tlseku.flow import Flow
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.vantage import Vantage, VantageFinder
from tlseku.policy.known_issuers import KnownIssuers
from tlseku.policy.rule_books import Context, RuleBookSet
from tlseku.scanning import ScanOptions
from tlseku.x509.reading import read_certificate

WARNING = "edge.pcap: offset 4711: the last record is cut"


class StagedFlows(Sequence[Flow]):
    """What ``tlseku.read`` gives, and what ``tlseku.scan`` gives, at once."""

    def __init__(self, flows: Sequence[Flow]) -> None:
        self._flows = flows
        self.summary = SUMMARY
        self.finder = VantageFinder()
        self.vantage = Vantage()
        self.judge = Judge(read_certificate, RuleBookSet(()))
        self.warnings = [WARNING]

    def ended(self) -> Iterator[Sequence[Flow]]:
        """The flows, all at once."""
        return iter((self._flows,))

    def __len__(self) -> int:
        return len(self._flows)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._flows[index]

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows)


class Stage:
    """The calls that the command line made, as (name, sources, local, merge), and the rule-books of the last."""

    def __init__(self, flows: Sequence[Flow] = EVERY) -> None:
        self.flows = flows
        self.books: tuple[str, ...] | None = None
        self.context: Context | None = None
        self.known_issuers: KnownIssuers | None = None
        self.secrets: object = ()
        self.max_packets: int | None = None
        self.calls: list[tuple[str, tuple[object, ...], tuple[str, ...], bool]] = []

    def named(self, name: str) -> Callable[..., StagedFlows]:
        """A function to stand in for ``tlseku.<name>``."""

        def call(
            *sources: object,
            options: ScanOptions,
            on_error: Callable[[CaptureError], None] | None = None,
        ) -> StagedFlows:
            books = options.rule_books
            self.books = None if books is None else tuple(book.name for book in books)
            self.context = options.context
            self.known_issuers = options.known_issuers
            self.secrets = options.secrets
            self.max_packets = options.max_packets
            self.calls.append((name, sources, tuple(options.local), options.merge))
            for source in sources:
                if "bad" in str(source):
                    error = CaptureError(str(source), 24, "not a capture")
                    if on_error is None:
                        raise error
                    on_error(error)
            return StagedFlows(self.flows)

        return call


if __name__ == "__main__":
    stage = Stage(EVERY * int(os.environ.get("TLSEKU_STAGED_TIMES", "1")))
    scanning.read = stage.named("read")  # type: ignore[assignment]
    scanning.scan = stage.named("scan")  # type: ignore[assignment]
    main(prog_name="tlseku")
