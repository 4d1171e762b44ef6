"""Lines of the flows of one capture of which several processes read a part each.

Knows what became of a flow when the parts were joined; must not know how a line is completed (``completed_lines``).
"""

from __future__ import annotations

from tlseku.handshake.vantage import Vantage
from tlseku.parallel.completed_lines import Lines, read_line, single_lines
from tlseku.parallel.one_file import Joined


class LineWriter:
    """Writes the lines of flows, as seen from a vantage that no part knew."""

    def __init__(self) -> None:
        self._written = single_lines()

    def line(self, joined: Joined, vantage: Vantage) -> Lines:
        """The line of a flow, made here or completed."""
        written = joined.text if joined.flow is None else self._written(joined.flow)
        return read_line(written, joined.number, joined.tcp_stream, vantage)
