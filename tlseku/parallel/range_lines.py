"""Lines of ``tlseku/flow/2`` of the flows of one capture of which several processes read a part each.

Knows what of a line is known only when the parts were joined: numbers, and from where a flow is seen; must not know
parts. A line is less to hand on from one process to another than a flow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from tlseku.encoding.trees import from_bytes, to_bytes
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.line_text import LineTexts, seen_from
from tlseku.parallel.one_file import Joined

_UNSEEN = seen_from("unknown", ()).encode("ascii")


class Lines(NamedTuple):
    """Lines of flows with their ends, in ASCII, and what is counted of them: how many have which verdicts
    (``Flow.verdicts``)."""

    text: bytes
    verdicts: Mapping[tuple[str, ...], int]


def single_lines() -> Callable[[Flow], bytes]:
    """Writes flows of a part of a capture, each by itself, for ``read_line``."""
    texts = LineTexts()

    def written(flow: Flow) -> bytes:
        text, client, server = texts.template(flow)
        return to_bytes((flow.verdicts, client, server, f"{text}\n".encode("ascii")))

    return written


def read_line(written: bytes, number: int, tcp_stream: int, vantage: Vantage) -> Lines:
    """The line of a flow of which ``single_lines`` wrote, with its numbers and as seen from ``vantage``."""
    verdicts, client, server, template = cast("tuple[tuple[str, ...], str, str, bytes]", from_bytes(written))
    seen = _seen(vantage, client, server) if vantage else _UNSEEN
    return Lines(template % (number, tcp_stream, seen), {verdicts: 1})


def _seen(vantage: Vantage, client: str, server: str) -> bytes:
    hosts = sorted({ip for ip in (client, server) if vantage.is_local(ip)})
    return seen_from(vantage.direction(client, server), hosts).encode("ascii")


class LineWriter:
    """Writes the lines of flows, as seen from a vantage that no part knew."""

    def __init__(self) -> None:
        self._written = single_lines()

    def line(self, joined: Joined, vantage: Vantage) -> Lines:
        """The line of a flow, made here or completed."""
        written = joined.text if joined.flow is None else self._written(joined.flow)
        return read_line(written, joined.number, joined.tcp_stream, vantage)
