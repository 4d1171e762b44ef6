"""Lines of the flows of one capture of which several processes read a part each.

Knows what became of a flow when the parts were joined; must not know how a line is completed (``completed_lines``).
"""

from __future__ import annotations

from tlseku.handshake.vantage import Vantage
from tlseku.parallel.completed_lines import Line, completed, lines_with_verdicts, read_line
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_flows import flow


class LineWriter:
    """Writes the lines of flows, as seen from a vantage that no part knew."""

    def __init__(self) -> None:
        self._written = lines_with_verdicts()

    def line(self, joined: Joined, vantage: Vantage) -> Line:
        """The line of a flow, made here or completed."""
        if joined.flow is not None:
            return read_line(self._written(flow(joined, vantage)))
        line = read_line(joined.text)
        return line._replace(text=completed(line.text, joined.number, joined.tcp_stream, vantage))
