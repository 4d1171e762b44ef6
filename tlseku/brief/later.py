"""What can be said of a line only when others are known: its number among all, and from where it is seen.

Knows where number, addresses and directions stand in a line of ``tlseku/flow/1``; must not know how it was made. Inside
strings of JSON every quotation mark has a backslash before it, so that no name in a certificate can look like a key.
"""

from __future__ import annotations

import re

from tlseku.brief.hello import json_string
from tlseku.vantage import Vantage

_BEGIN = '{"schema":"tlseku/flow/1","flow":'
_ENDS = re.compile(r'"client":\{"ip":"([^"]*)","port":\d+\},"server":\{"ip":"([^"]*)"')
_UNSEEN = '"direction":"unknown","vantage":[]'
_PRESENTED = '{{"role":"{role}","direction":"'


def completed(line: str, before: int, vantage: Vantage) -> str:
    """The line of a flow that comes after ``before`` others, as seen from ``vantage``; its directions were unknown."""
    comma = line.index(",", len(_BEGIN))
    number = int(line[len(_BEGIN) : comma]) + before
    rest = line[comma:]
    if vantage:
        rest = _seen_from(rest, vantage)
    return f"{_BEGIN}{number}{rest}"


def _seen_from(rest: str, vantage: Vantage) -> str:
    found = _ENDS.search(rest)
    if found is None:
        return rest
    client, server = found.groups()
    if not vantage.is_local(client) and not vantage.is_local(server):
        return rest
    local = ",".join(json_string(ip) for ip in sorted({client, server}) if vantage.is_local(ip))
    sent = {"client": vantage.direction(client, server), "server": vantage.direction(server, client)}
    rest = rest.replace(_UNSEEN, f'"direction":"{sent["client"]}","vantage":[{local}]', 1)
    for role, direction in sent.items():
        begin = _PRESENTED.format(role=role)
        rest = rest.replace(f'{begin}unknown"', f'{begin}{direction}"')
    return rest
