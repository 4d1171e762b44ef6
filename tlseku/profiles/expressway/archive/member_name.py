"""The names of a diagnostic log bundle's members, and what each holds.

Knows how the product names them, and by their ends those of what is packed once more; must not know archives or
contents. ``<ts>`` is ``YYYY-MM-DD_HH_MM_SS`` in the
node's local time. Out comes a ``MemberName``, or nothing for a file of another name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

MemberKind = Literal["capture", "server store", "client store", "trusted CAs", "log", "xconf", "xstat"]

_TAIL = r"_(?P<host>.{1,255})_(?P<time>\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d)\."
_NAMES: tuple[tuple[MemberKind, re.Pattern[str]], ...] = (
    (
        "capture",
        re.compile(
            rf"eth(?P<nic>\d{{1,2}})_diagnostic_logging_tcpdump(?P<number>\d{{1,3}}){_TAIL}pcap", re.I | re.S
        ),
    ),
    ("server store", re.compile(rf"server{_TAIL}pem", re.I | re.S)),
    ("client store", re.compile(rf"client{_TAIL}pem", re.I | re.S)),
    ("trusted CAs", re.compile(rf"ca{_TAIL}pem", re.I | re.S)),
    ("log", re.compile(rf"loggingsnapshot{_TAIL}txt", re.I | re.S)),
    ("xconf", re.compile(rf"xconf_dump{_TAIL}(?:txt|xml)", re.I | re.S)),
    ("xstat", re.compile(rf"xstat_dump{_TAIL}(?:txt|xml)", re.I | re.S)),
)

_BARE: Mapping[str, MemberKind] = {
    "server.pem": "server store",
    "client.pem": "client store",
    "ca.pem": "trusted CAs",
}
"""As the files are called on the node itself, in persistent/certs (rule ST7)."""


class MemberName(NamedTuple):
    """What a member's name says. ``time`` is the text of ``<ts>``; it and ``host`` are empty for files as they are
    called on the node itself. ``nic`` and ``number`` are those of a capture (``eth1`` is 1, files count from 0),
    ``None`` for everything else."""

    kind: MemberKind
    host: str
    time: str
    nic: int | None = None
    number: int | None = None


Packing = Literal["gzip", "archive"]

_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".zip")


def packing_of(name: str) -> Packing | None:
    """How a file whose name is none of the product's is packed: a member under ``gzip``, or an ``archive`` that may
    hold bundles of its own; ``None`` for everything else."""
    low = name.lower()
    if low.endswith(".gz") and read_member_name(name[:-3]) is not None:
        return "gzip"
    return "archive" if low.endswith(_ARCHIVES) else None


def read_member_name(name: str) -> MemberName | None:
    """Read the last part of a member's path; None if the product names nothing so."""
    bare = _BARE.get(name.lower())
    if bare is not None:
        return MemberName(bare, "", "")
    for kind, pattern in _NAMES:
        found = pattern.fullmatch(name)
        if found is None:
            continue
        if kind == "capture":
            return MemberName(kind, found["host"], found["time"], int(found["nic"]), int(found["number"]))
        return MemberName(kind, found["host"], found["time"])
    return None
