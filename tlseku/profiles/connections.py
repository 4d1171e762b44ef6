"""Profiles that are data: the connections of a product by port and name, and what its vendor states of each.

Knows tables of connections and what a flow shows; must not know any product. A port or a name only suggests whose
connection it is ("looks like"), so that no finding rests on it alone: it rests on what was presented and how that
ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.policy.purposes import CLIENT_AUTH, SERVER_AUTH
from tlseku.policy.rule_books import RuleBook
from tlseku.profiles.findings import FindingLevel, Place, ProfileFinding, client_of
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes

Checks = Literal["yes", "no", "depends", "open"]
"""Whether the server of the connection looks for clientAuth in the client's certificate, as far as somebody says."""


@short
@frozen
class Connection:
    """One kind of connection. ``ports`` are the server's, ``names`` ends of names of either side's certificate; a flow
    must fit one of both, or each that is given. ``statements`` are ids of the profile, ``to_do`` is the cure where a
    client certificate lacks clientAuth."""

    what: str
    ports: frozenset[int]
    names: tuple[str, ...]
    checks: Checks
    statements: tuple[str, ...]
    to_do: str


def diagnosing(
    connections: Sequence[Connection],
) -> Callable[[Iterable[Flow], RuleBook], list[ProfileFinding]]:
    """The function of a profile over these connections."""

    def diagnose(flows: Iterable[Flow], book: RuleBook) -> list[ProfileFinding]:
        together: dict[tuple[object, ...], ProfileFinding] = {}
        for flow in flows:
            for connection in connections:
                if not _fits(flow, connection):
                    continue
                for found in _findings(flow, connection):
                    key = found.level, found.rules, found.who, found.text
                    known = together.get(key)
                    evidence = found.evidence if known is None else (*known.evidence, *found.evidence)
                    together[key] = ProfileFinding(*key, found.to_do, tuple(dict.fromkeys(evidence))[:10])
                break
        return list(together.values())

    return diagnose


def _fits(flow: Flow, connection: Connection) -> bool:
    by_port = flow.server.port in connection.ports
    if not connection.names:
        return by_port
    named = any(
        name.endswith(wanted) and (name == wanted or name[: -len(wanted)].endswith("."))
        for shown in flow.presented
        for name in (_names(shown.chain[0]) if shown.chain else ())
        for wanted in connection.names
    )
    return named and (by_port or not connection.ports)


def _names(leaf: Certificate) -> list[str]:
    names = [value for kind, value in leaf.san or () if kind == "dns"]
    names += [text for kind, text in name_attributes(leaf.subject_der) if kind == "CN"]
    return [name.casefold() for name in names]


def _findings(flow: Flow, connection: Connection) -> Iterator[ProfileFinding]:
    for shown in flow.presented:
        if shown.role == "unknown" or not shown.chain or not shown.chain[0].eku_readable:
            continue
        leaf = shown.chain[0]
        needed = CLIENT_AUTH if shown.role == "client" else SERVER_AUTH
        if leaf.eku is None or needed in leaf.eku:
            continue
        yield _without_purpose(flow, shown, leaf, connection)
    hidden = sorted({one.reason for one in flow.hidden if one.what == "client_certificate"})
    if hidden:
        text = f"looks like {connection.what}: what the client presents is not visible ({', '.join(hidden)})"
        to_do = "capture with the session's secrets, or look at the server's log"
        yield ProfileFinding(
            "open", connection.statements, client_of(flow), text, to_do, (Place.first(flow),)
        )


def _without_purpose(
    flow: Flow, shown: Presented, leaf: Certificate, connection: Connection
) -> ProfileFinding:
    lacks = "clientAuth" if shown.role == "client" else "serverAuth"
    text = (
        f"looks like {connection.what}: the {shown.role} presents serial {wording.serial(leaf)}, EKU"
        f" {', '.join(wording.purposes(leaf))}, without {lacks}"
    )
    level: FindingLevel = "caution"
    refused = flow.outcome == "refused" and flow.refused_by not in (None, shown.role)
    if refused:
        level, text = "wrong", f"{text}; the other side refused"
    elif shown.role == "client":
        level = _LEVELS[connection.checks]
        text = f"{text}; {_CHECKS[connection.checks]}"
    cure = (
        connection.to_do if shown.role == "client" else "give the server a certificate that lists serverAuth"
    )
    place = Place.of(flow, shown)
    return ProfileFinding(level, connection.statements, client_of(flow), text, cure, (place,))


_LEVELS: Mapping[Checks, FindingLevel] = {"yes": "wrong", "no": "fine", "depends": "caution", "open": "open"}
_CHECKS: Mapping[Checks, str] = {
    "yes": "the server is stated to check it",
    "no": "the server is stated not to check it",
    "depends": "whether the server checks it depends on its release and settings",
    "open": "nobody states whether the server checks it",
}
