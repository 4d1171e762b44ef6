"""What a part of a capture writes of a flow, and how it is completed once its number is known.

Knows lines of JSON and flows; must not know parts. A part knows neither how many flows come before its own, nor, where
that is inferred, from where they are seen.
"""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.templates.cached_chains import Cards
from tlseku.output.json.templates.renumber import completed
from tlseku.output.json.templates.template_writer import Brief, BriefWriter
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_files import Encode
from tlseku.parallel.range_run import RangeRun
from tlseku.scanning import Ended


def lines_of(run: RangeRun) -> Encode:
    """Writes a line of ``tlseku/flow/1``, its verdicts and a tab before it."""
    writer = BriefWriter(run.conclude, Cards(run.judge))

    def line_of(ended: Ended) -> bytes:
        brief = writer.line(ended, run.vantage)
        return ",".join(brief.verdicts).encode("ascii") + b"\t" + brief.line

    return line_of


def line(joined: Joined, writer: BriefWriter, vantage: Vantage, inferred: bool) -> Brief:
    """The line of a flow; ``vantage`` was ``inferred`` or known to all parts."""
    if joined.ended is not None:
        return writer.line(_numbered(joined.ended, joined.number), vantage)
    verdicts, _, text = joined.text.partition(b"\t")
    words = tuple(verdicts.decode("ascii").split(",")) if verdicts else ()
    return Brief(completed(text, joined.number - joined.local, vantage if inferred else Vantage()), words)


def flows_of(run: RangeRun) -> Encode:
    """Writes a flow as processes hand objects to each other."""
    return lambda ended: bytes(ForkingPickler.dumps(run.conclude(ended)))


def flow(joined: Joined, run: RangeRun, vantage: Vantage) -> Flow:
    """A flow, as seen from ``vantage``."""
    if joined.ended is not None:
        return with_vantage(run.conclude(_numbered(joined.ended, joined.number)), vantage)
    there: Flow = ForkingPickler.loads(joined.text)
    return with_vantage(replace(there, number=joined.number), vantage)


def _numbered(ended: Ended, number: int) -> Ended:
    if isinstance(ended, Flow):
        return ended if ended.number == number else replace(ended, number=number)
    ended.number = number
    return ended
