"""Lines of ``tlseku/flow/2`` made in other processes, and how they are completed once their numbers are known.

Knows where the numbers and directions of a flow stand in its line; must not know processes, nor how captures are shared
among them. A line is less to hand on from one process to another than a flow. Inside strings of JSON every quotation
mark has a backslash before it, so that no name of a file can look like a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.line_text import LineTexts
from tlseku.output.json.value_text import json_string

_LINE = re.compile(
    rb'(\{"schema":"[^"]*","flow":)(\d+)(,.*?,"tcp_stream":)(\d+|null)'
    rb'(,.*?,"client":\{"ip":"([^"]*)".*?,"server":\{"ip":"([^"]*)".*?,"direction":)"unknown","vantage":\[\](,)'
)
_FLOW = b'","flow":'


class Line(NamedTuple):
    """The line of a flow with its end, in ASCII, and what is counted of it (``Flow.verdicts``)."""

    text: bytes
    verdicts: tuple[str, ...]


def lines_with_verdicts() -> Callable[[Flow], bytes]:
    """Writes the verdicts of a flow, a tab and its line."""
    texts = LineTexts()
    return lambda flow: f"{','.join(flow.verdicts)}\t{texts.line(flow)}\n".encode("ascii")


@lru_cache
def _verdicts(words: bytes) -> tuple[str, ...]:
    return tuple(words.decode("ascii").split(",")) if words else ()


def read_line(written: bytes) -> Line:
    """What ``lines_with_verdicts`` wrote."""
    verdicts, _, text = written.partition(b"\t")
    return Line(text, _verdicts(verdicts))


def counted_on(text: bytes, before: int, vantage: Vantage) -> bytes:
    """The line of a flow that comes after ``before`` others, as seen from ``vantage``, if there is one: then its
    directions were unknown."""
    if vantage:
        return _completed(text, None, None, before, vantage)
    if before == 0:
        return text
    begin = text.index(_FLOW) + len(_FLOW)
    end = text.index(b",", begin)
    return b"%s%d%s" % (text[:begin], int(text[begin:end]) + before, text[end:])


def completed(text: bytes, number: int, tcp_stream: int, vantage: Vantage) -> bytes:
    """The line of a flow with its numbers, as seen from ``vantage``; its directions were unknown."""
    return _completed(text, number, tcp_stream, 0, vantage)


def _completed(
    text: bytes, number: int | None, tcp_stream: int | None, before: int, vantage: Vantage
) -> bytes:
    found = _LINE.match(text)
    if found is None:
        raise ValueError("a line of tlseku/flow/2 begins otherwise")
    begin, old_number, before_stream, old_stream, before_direction, client, server, _ = found.groups()
    ends = client.decode("ascii"), server.decode("ascii")
    direction = vantage.direction(*ends) if vantage else "unknown"
    local = ",".join(json_string(ip) for ip in sorted(set(ends)) if vantage and vantage.is_local(ip))
    return b'%s%d%s%s%s"%s","vantage":[%s]%s' % (
        begin,
        int(old_number) + before if number is None else number,
        before_stream,
        old_stream if tcp_stream is None else b"%d" % tcp_stream,
        before_direction,
        direction.encode("ascii"),
        local.encode("ascii"),
        text[found.start(8) :],
    )
