"""What can be said of a line only when others are known: its number among all, and from where it is seen.

Knows where number, addresses and directions stand in a line of ``tlseku/flow/1``; must not know how it was made. Inside
strings of JSON every quotation mark has a backslash before it, so that no name in a certificate can look like a key.
"""

from __future__ import annotations

import re

from tlseku.handshake.vantage import Vantage
from tlseku.output.json.flow_json import json_string

_BEGIN = b'{"schema":"tlseku/flow/1","flow":'
_ENDS = re.compile(rb'"client":\{"ip":"([^"]*)","port":\d+\},"server":\{"ip":"([^"]*)"')
_UNSEEN = b'"direction":"unknown","vantage":[]'
_PRESENTED = b'{"role":"%s","direction":"'


def completed(line: bytes, before: int, vantage: Vantage) -> bytes:
    """The line of a flow that comes after ``before`` others, as seen from ``vantage``; its directions were unknown."""
    if not before and not vantage:
        return line
    comma = line.index(b",", len(_BEGIN))
    number = int(line[len(_BEGIN) : comma]) + before
    rest = line[comma:]
    if vantage:
        rest = _seen_from(rest, vantage)
    return b"%s%d%s" % (_BEGIN, number, rest)


def _seen_from(rest: bytes, vantage: Vantage) -> bytes:
    found = _ENDS.search(rest)
    if found is None:
        return rest
    client, server = found[1].decode("ascii"), found[2].decode("ascii")
    if not vantage.is_local(client) and not vantage.is_local(server):
        return rest
    sent, received = vantage.direction(client, server), vantage.direction(server, client)
    local = ",".join(json_string(ip) for ip in sorted({client, server}) if vantage.is_local(ip))
    rest = rest.replace(_UNSEEN, f'"direction":"{sent}","vantage":[{local}]'.encode("ascii"), 1)
    for role, direction in ((b"client", sent), (b"server", received)):
        begin = _PRESENTED % role
        rest = rest.replace(begin + b'unknown"', begin + direction.encode("ascii") + b'"')
    return rest
