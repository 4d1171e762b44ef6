"""Lines of ``tlseku/flow/2`` made in other processes, and how they are completed once their numbers are known.

Knows what of a line is known only where all processes are: numbers, and from where a flow is seen; must not know
processes, nor how captures are shared among them. A line is less to hand on from one process to another than a flow.
It comes as a template, many in a block, so that whoever completes them does next to nothing for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from tlseku.encoding.trees import from_bytes, to_bytes
from tlseku.flow import Flow
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.line_text import LineTexts, seen_from

_LENGTH = 4
"""Bytes that say how long the part in front of the templates is."""

_Told = tuple[tuple[int, ...], int, tuple[tuple[str, ...] | int, ...], bytes]
_UNSEEN = seen_from("unknown", ()).encode("ascii")


class Lines(NamedTuple):
    """Lines of flows with their ends, in ASCII, and what is counted of them: how many have which verdicts
    (``Flow.verdicts``)."""

    text: bytes
    verdicts: Mapping[tuple[str, ...], int]


class Block(NamedTuple):
    """What is told of several flows: their numbers; how many of them come behind one with a larger number; how many
    have which verdicts, in turn; client and server of each, packed; templates of their lines, one behind the other."""

    numbers: tuple[int, ...]
    late: int
    verdicts: tuple[tuple[str, ...] | int, ...]
    ends: bytes
    template: bytes

    def lines(self, before: int, vantage: Vantage) -> Lines:
        """The lines of these flows, which come after ``before`` others and are seen from ``vantage``."""
        numbers = self.numbers
        values: list[object] = [_UNSEEN] * (2 * len(numbers))
        values[::2] = [number + before for number in numbers] if before else numbers
        if vantage:
            ends = cast("tuple[tuple[str, str], ...]", from_bytes(self.ends))
            values[1::2] = [_seen(vantage, client, server) for client, server in ends]
        counts = dict(zip(self.verdicts[::2], self.verdicts[1::2], strict=True))
        return Lines(self.template % tuple(values), cast("dict[tuple[str, ...], int]", counts))

    def packed(self) -> bytes:
        """As bytes, which ``read_block`` reads. The templates are most of it, and are copied no more than they must."""
        told = to_bytes((self.numbers, self.late, self.verdicts, self.ends))
        return b"".join((len(told).to_bytes(_LENGTH, "little"), told, self.template))


def read_block(data: bytes) -> Block:
    """What ``Block.packed`` gave."""
    begin = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    numbers, late, verdicts, ends = cast(_Told, from_bytes(data[_LENGTH:begin]))
    return Block(numbers, late, verdicts, ends, data[begin:])


class BlockWriter:
    """Makes blocks of flows as they come from one capture after the other."""

    def __init__(self) -> None:
        self._texts = LineTexts()

    def block(self, flows: Sequence[Flow], late: int) -> Block:
        """The block of these flows, of which so many are ``late``."""
        template = self._texts.template
        templates: list[str] = []
        ends: list[tuple[str, str]] = []
        counts: dict[tuple[str, ...], int] = {}
        for flow in flows:
            text, client, server = template(flow)
            templates.append(text)
            ends.append((client, server))
            view = flow.view
            verdicts = view.verdicts if isinstance(view, FlowOfKind) else flow.verdicts
            counts[verdicts] = counts.get(verdicts, 0) + 1
        templates.append("")
        told = tuple([each for item in counts.items() for each in item])
        return Block(
            tuple([flow.number for flow in flows]),
            late,
            told,
            to_bytes(tuple(ends)),
            "\n".join(templates).encode("ascii"),
        )


def single_lines() -> Callable[[Flow], bytes]:
    """Writes flows of a part of a capture, each by itself, for ``read_line``."""
    texts = LineTexts()

    def written(flow: Flow) -> bytes:
        text, client, server = texts.template(flow, whole=False)
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
