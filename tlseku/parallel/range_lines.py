"""Lines of ``tlseku/flow/2`` that a part of a capture writes, and how they are completed once their numbers are known.

Knows where the numbers and directions of a flow stand in its line; must not know parts. A line is less to hand on from
one process to another than a flow. Inside strings of JSON every quotation mark has a backslash before it, so that no
name of a file can look like a key.
"""

from __future__ import annotations

import re

from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.flow_json import json_string, to_json
from tlseku.output.json.flow_line import flow_line
from tlseku.output.words.summary import verdicts_of
from tlseku.parallel.lines import Line
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_files import Encode
from tlseku.parallel.range_flows import flow

_LINE = re.compile(
    rb'(\{"schema":"[^"]*","flow":)\d+(,.*?,"tcp_stream":)\d+'
    rb'(,.*?,"client":\{"ip":"([^"]*)".*?,"server":\{"ip":"([^"]*)".*?,"direction":)"unknown","vantage":\[\](,)'
)


def lines_of() -> Encode:
    """Writes the verdicts of a flow, a tab and its line."""
    return lambda flow: f"{','.join(verdicts_of(flow))}\t{_text(flow)}".encode("ascii")


def line(joined: Joined, vantage: Vantage) -> Line:
    """The line of a flow, as seen from ``vantage``, which no part knew."""
    if joined.flow is not None:
        here = flow(joined, vantage)
        return Line(_text(here).encode("ascii"), tuple(verdicts_of(here)))
    verdicts, _, text = joined.text.partition(b"\t")
    words = tuple(verdicts.decode("ascii").split(",")) if verdicts else ()
    return Line(completed(text, joined.number, joined.tcp_stream, vantage), words)


def completed(text: bytes, number: int, tcp_stream: int, vantage: Vantage) -> bytes:
    """The line of a flow with its numbers, as seen from ``vantage``; its directions were unknown."""
    found = _LINE.match(text)
    if found is None:
        raise ValueError("a line of tlseku/flow/2 begins otherwise")
    begin, before_stream, before_direction, client, server, _ = found.groups()
    ends = client.decode("ascii"), server.decode("ascii")
    direction = vantage.direction(*ends) if vantage else "unknown"
    local = ",".join(json_string(ip) for ip in sorted(set(ends)) if vantage and vantage.is_local(ip))
    return b'%s%d%s%d%s"%s","vantage":[%s]%s' % (
        begin,
        number,
        before_stream,
        tcp_stream,
        before_direction,
        direction.encode("ascii"),
        local.encode("ascii"),
        text[found.start(6) :],
    )


def _text(flow: Flow) -> str:
    return f"{to_json(flow_line(flow))}\n"
