"""The zones that a configuration defines: their type, SIP port, peers, and the name that they look for.

Knows settings under ``Zones Zone n`` in text and XML; must not know rules or flows. The port of a Unified
Communications zone is free to choose, so that only the configuration tells which connections are the zone's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.profiles.expressway.settings.setting import Setting, folded

ZoneSide = Literal["client", "server"]

MOST_ZONES = 1000
"""Zones of one configuration; the product has no more (document of ``xConfiguration Zones Zone [1..1000]``)."""

_UNIFIED = "unifiedcommunicationstraversal"
_WHOSE = re.compile(r"(?P<kind>traversalclient|traversalserver|neighbou?r|.{0})(?P<what>.+)")


@short
@frozen
class ZoneSetting:
    """One zone. ``type`` is as configured. ``side`` says whether the node begins the connections of a traversal zone
    (``client``: the Core) or takes them (``server``: the Edge), ``None`` for other zones. ``peers`` are names or
    addresses, ``subject_name`` is the name looked for in the peer's certificate. ``verify`` is TLS Verify Mode,
    ``None`` where it is not there. ``line`` is that of its type, or of its first setting."""

    number: int
    name: str
    type: str
    side: ZoneSide | None
    is_unified_communications: bool
    port: int | None
    peers: tuple[str, ...]
    subject_name: str | None
    verify: bool | None
    line: int


@dataclass(slots=True)
class _Zone:
    line: int
    name: str = ""
    type: str = ""
    # By the kind of zone that they are about: a zone keeps the settings of kinds that it had before.
    ports: dict[str, int] = field(default_factory=dict)
    peers: dict[str, list[str]] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    verifies: dict[str, bool] = field(default_factory=dict)


def zones_in(settings: Iterable[Setting]) -> tuple[ZoneSetting, ...]:
    """The zones of a configuration, by number. Never raises."""
    found: dict[int, _Zone] = {}
    for setting in settings:
        place = _place(setting)
        if place is None:
            continue
        number, rest = place
        if number not in found and len(found) >= MOST_ZONES:
            continue
        _take(found.setdefault(number, _Zone(setting.line)), rest, setting)
    return tuple(_zone(number, found[number]) for number in sorted(found))


def _place(setting: Setting) -> tuple[int, str] | None:
    path = setting.path
    # In XML every element may have an item number; here only that of the zone counts.
    for index in range(len(path) - 2):
        if path[index].casefold() == "zone" and path[index + 1].isdecimal() and len(path[index + 1]) < 9:
            rest = tuple(word for word in path[index + 2 :] if not word.isdecimal())
            return int(path[index + 1]), folded(rest)
    return None


def _take(zone: _Zone, rest: str, setting: Setting) -> None:
    value = setting.value.strip()
    if rest == "name":
        zone.name = value
    elif rest == "type":
        zone.type, zone.line = value, setting.line
    else:
        found = _WHOSE.fullmatch(rest)
        if found is not None and value:
            _take_of_kind(zone, found["kind"], found["what"], value)


def _take_of_kind(zone: _Zone, kind: str, what: str, value: str) -> None:
    if what == "sipport" and value.isdecimal() and len(value) <= 5 and 0 < int(value) < 65536:
        zone.ports[kind] = int(value)
    elif what == "peeraddress":
        zone.peers.setdefault(kind, []).append(value)
    elif what.endswith("tlsverifysubjectname"):
        zone.subjects[kind] = value
    elif what.endswith("tlsverifymode"):
        zone.verifies[kind] = value.casefold() == "on"


def _zone(number: int, zone: _Zone) -> ZoneSetting:
    kind = folded((zone.type,))
    side: ZoneSide | None = None
    if kind.endswith("traversalclient"):
        side = "client"
    elif kind.endswith("traversalserver"):
        side = "server"
    about = {"client": "traversalclient", "server": "traversalserver"}.get(side or "", kind)
    return ZoneSetting(
        number=number,
        name=zone.name,
        type=zone.type,
        side=side,
        is_unified_communications=kind.startswith(_UNIFIED),
        port=zone.ports.get(about, zone.ports.get("")),
        peers=tuple(dict.fromkeys([*zone.peers.get(about, ()), *zone.peers.get("", ())])),
        subject_name=zone.subjects.get(about, zone.subjects.get("")),
        verify=zone.verifies.get(about, zone.verifies.get("")),
        line=zone.line,
    )
