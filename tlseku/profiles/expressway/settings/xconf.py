"""Configuration and status dumps (``xconf_dump_…``, ``xstat_dump_…``): settings by path, and the few that matter.

Knows which settings say the checking mode, the release and the node's own addresses; must not know how a dump is
written (``xconf_text``, ``xconf_xml``). What is not there is unknown, never off or empty.

Limits: a dump has at most ``LARGEST_DUMP`` bytes and ``MOST_SETTINGS`` settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from tlseku.capture.feed import Readable
from tlseku.profiles.expressway.archive.lines import pieces_of_stream, text_lines
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.rules.release import Release, read_release
from tlseku.profiles.expressway.settings.setting import Setting, folded
from tlseku.profiles.expressway.settings.xconf_text import settings_of_text
from tlseku.profiles.expressway.settings.xconf_xml import settings_of_xml

LARGEST_DUMP = 32 << 20
"""Bytes of a dump; real ones have a few megabytes at most."""

MOST_SETTINGS = 200_000

LONGEST_LINE = 64 << 10

MODE_KEY = "SIP TLS Certificate ExtendedKeyUsage Checking Mode"
"""The setting of the checking mode (rules CM1 to CM7)."""

_RELEASE_KEYS = ("SystemUnit Software Version", "Software Version")
_OWN_ADDRESS = re.compile(r"(?:network)?(?:ethernet|lan)[12]?ip(?:v[46])?address")
_NAT = re.compile(r"(?:network)?(?:ethernet|lan)[12]?ip(?:v[46])?staticnat(address|mode)")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def settings_in(stream: Readable, name: str) -> Iterator[Setting]:
    """The settings of a dump, text or XML by what its first character says, in the order in which they stand.

    Raises ``BundleError`` when a limit is passed, when the stream cannot be read on, and for XML that is refused or
    damaged; everything before that has come out then.
    """
    pieces = _Bounded(pieces_of_stream(stream, name), name)
    head = pieces.head()
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    if head[len(mark) :].lstrip(b"\0 \t\r\n").startswith(b"<"):
        found = settings_of_xml(pieces, name)
    else:
        found = settings_of_text(text_lines(pieces, name, LONGEST_LINE))
    for number, setting in enumerate(found, 1):
        if number > MOST_SETTINGS:
            raise BundleError(name, f"more than {MOST_SETTINGS:,} settings")
        yield setting


def mode_settings(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """The settings that say the checking mode, whatever they say: it may stand twice, or say neither On nor Off."""
    # No sample of the XML is public, so that words before the known ones do not count.
    return tuple(setting for setting in settings if setting.ends_at(MODE_KEY))


def release_of(settings: Iterable[Setting]) -> Release | None:
    """The release that a status says; None if it says none, or different ones."""
    found = {
        read_release(setting.value)
        for setting in settings
        if any(setting.is_at(key) for key in _RELEASE_KEYS)
    }
    return found.pop() if len(found) == 1 else None


def own_addresses(settings: Iterable[Setting]) -> tuple[str, ...]:
    """The addresses of the node's network interfaces, each once; addresses behind a NAT are none of its own."""
    found: dict[str, None] = {}
    for setting in settings:
        if _OWN_ADDRESS.fullmatch(folded(setting.path_without_numbers)):
            address = _address_of(setting)
            if address is not None:
                found[address] = None
    return tuple(found)


def nat_addresses(settings: Iterable[Setting]) -> tuple[str, ...]:
    """The addresses under which a NAT shows the node's interfaces to others (StaticNAT), where that is not off."""
    found: dict[str, str] = {}
    off: set[str] = set()
    for setting in settings:
        place = _NAT.fullmatch(folded(setting.path_without_numbers))
        if place is None:
            continue
        nic = _nic_of(setting.path)
        if place[1] == "mode":
            off |= {nic} if setting.value.strip().casefold() == "off" else set()
            continue
        address = _address_of(setting)
        if address is not None:
            found[nic] = address
    return tuple(dict.fromkeys(address for nic, address in found.items() if nic not in off))


def _address_of(setting: Setting) -> str | None:
    try:
        address = ip_address(setting.value.strip())
    except ValueError:
        return None
    return None if address.is_unspecified else str(address)


def _nic_of(path: tuple[str, ...]) -> str:
    """The number of the interface: ``2`` of ``Ethernet 2`` and of ``LAN2``."""
    for word, following in zip(path, (*path[1:], ""), strict=True):
        if word.casefold().startswith(("ethernet", "lan")):
            return following if following.isdecimal() else word[-1]
    return ""


class _Bounded:
    """Pieces of a stream that can be looked at before they are used, and end at the limit with an error."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self._pieces = pieces
        self._name = name
        self._waiting: list[bytes] = []
        self._count = 0

    def head(self) -> bytes:
        while sum(map(len, self._waiting)) < 64 and (piece := self._next()):
            self._waiting.append(piece)
        return b"".join(self._waiting)[:4096]

    def read(self, size: int, /) -> bytes:
        return self._waiting.pop(0) if self._waiting else self._next()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(0):
            yield piece

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        self._count += len(piece)
        if self._count > LARGEST_DUMP:
            raise BundleError(self._name, f"more than {LARGEST_DUMP:,} bytes")
        return piece
