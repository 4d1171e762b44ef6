"""What a part of a capture writes of a flow, and how it is completed once its number is known.

Knows lines of JSON and flows; must not know parts. A part knows neither how many flows come before its own, nor, where
that is inferred, from where they are seen.
"""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.full_text import FlowTexts
from tlseku.output.words.summary import verdicts_of
from tlseku.parallel.lines import Line
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_files import Encode
from tlseku.parallel.renumber import completed


def lines_of() -> Encode:
    """Writes the verdicts of a flow, a tab and its line."""
    texts = FlowTexts()

    def line_of(flow: Flow) -> bytes:
        return f"{','.join(verdicts_of(flow))}\t{texts.line(flow)}\n".encode("ascii")

    return line_of


class LineWriter:
    """Completes what ``lines_of`` wrote. Whether the vantage is ``inferred``, or all parts knew it."""

    def __init__(self, *, inferred: bool) -> None:
        self._inferred = inferred
        self._texts = FlowTexts()

    def line(self, joined: Joined, vantage: Vantage) -> Line:
        """The line of a flow, as seen from ``vantage``."""
        if joined.flow is not None:
            here = flow(joined, vantage)
            return Line(f"{self._texts.line(here)}\n".encode("ascii"), tuple(verdicts_of(here)))
        verdicts, _, text = joined.text.partition(b"\t")
        words = tuple(verdicts.decode("ascii").split(",")) if verdicts else ()
        return Line(
            completed(text, joined.number - joined.local, vantage if self._inferred else Vantage()), words
        )


def flows_of() -> Encode:
    """Writes a flow as processes hand objects to each other."""
    return lambda flow: bytes(ForkingPickler.dumps(flow))


def flow(joined: Joined, vantage: Vantage) -> Flow:
    """A flow, as seen from ``vantage``."""
    found: Flow = ForkingPickler.loads(joined.text) if joined.flow is None else joined.flow
    if found.number != joined.number:
        found = replace(found, number=joined.number)
    return with_vantage(found, vantage)
