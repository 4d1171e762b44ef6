"""A diagnostic log bundle taken stock of: which node, which release and mode, which stores, captures and logs.

Knows what each kind of member holds and asks the readers; must not know archives, flows or predictions. Every member
is optional, and one that cannot be read is told in ``notes`` and takes nothing else with it. Members of different
hosts or times are different ``Snapshot`` values, since nobody knows that they belong together; names in the files
themselves are not compared with those of the members, so that a renamed host does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tlseku._objects import frozen, short
from tlseku.errors import CertificateFileError
from tlseku.policy.rule_books.context import Mode
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.archive.lines import as_utf8
from tlseku.profiles.expressway.archive.member import Member
from tlseku.profiles.expressway.archive.member_name import MemberKind
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.node.capture_set import CaptureSet, capture_sets
from tlseku.profiles.expressway.rules.release import X15_4, Release
from tlseku.profiles.expressway.rules.store import Store, store_of
from tlseku.profiles.expressway.settings.setting import Setting
from tlseku.profiles.expressway.settings.xconf import (
    mode_settings,
    nat_addresses,
    own_addresses,
    release_of,
    settings_in,
)
from tlseku.profiles.expressway.settings.zones import ZoneSetting, zones_in
from tlseku.x509.certificate import Certificate
from tlseku.x509.pem import LARGEST_FILE, read_certificates
from tlseku.x509.reading import read_certificate

NO_MODE = "no file says the checking mode"

MOST_CERTIFICATES = 20_000
"""Certificates of one member; the largest stores of roots have a thousand."""


@short
@frozen
class Snapshot:
    """What one node left at one time; ``host`` and ``time`` are those of the members' names, ``None`` for a bundle
    without members.

    ``release`` is ``None`` where no member says it. ``mode`` is the checking mode as a member says it (``mode_source``
    is its path), else ``unknown``, and ``mode_problem`` says why in a phrase: rule CM7 then takes it to be On.
    ``server``, ``client`` and ``trusted`` (ca.pem) are what is there. ``addresses`` are the node's own, where a member
    says them, ``nat_addresses`` those under which a NAT shows it to others. ``zones`` are those that are configured.
    ``notes``, one line each, say what is missing or wrong.
    """

    host: str | None
    time: str | None
    members: tuple[Member, ...]
    release: Release | None
    mode: Mode
    mode_source: str | None
    server: Store | None
    client: Store | None
    trusted: tuple[Certificate, ...] | None
    captures: tuple[CaptureSet, ...]
    logs: tuple[Member, ...]
    addresses: tuple[str, ...]
    notes: tuple[str, ...]
    mode_problem: str | None = NO_MODE
    nat_addresses: tuple[str, ...] = ()
    zones: tuple[ZoneSetting, ...] = ()

    @property
    def mode_assumed(self) -> bool:
        """Whether the checking mode is only taken to be On, because no member says it (rule CM7)."""
        return self.mode == "unknown" and self.has_mode

    @property
    def has_mode(self) -> bool:
        """Whether the node has a checking mode at all: none has before x15.5, and x15.5 is taken where nobody says."""
        return self.release is None or self.release.has_two_stores


def take_stock(archive: Archive) -> tuple[Snapshot, ...]:
    """Take stock of a bundle that is open: one snapshot for each host and time, the latest first.

    Never raises for what members hold. A bundle without any member gives one empty snapshot.
    """
    groups: dict[tuple[str, str], list[Member]] = {}
    for member in archive.members:
        groups.setdefault((member.what.time, member.what.host), []).append(member)
    # Files as they lie on the node itself make a snapshot of their own only where there is nothing else.
    bare = groups.pop(("", ""), [])
    if not groups:
        return (_bare(tuple(bare)),)
    return tuple(
        _snapshot(host, time, tuple(groups[time, host])) for time, host in sorted(groups, reverse=True)
    )


def _snapshot(host: str | None, time: str | None, members: tuple[Member, ...]) -> Snapshot:
    notes: list[str] = []
    if not members:
        notes.append("no file has a name of a diagnostic log bundle")
    configuration = _settings(members, "xconf", notes)
    status = _settings(members, "xstat", notes)
    release = _release(configuration, status, notes)
    mode, mode_source, mode_problem = _mode(configuration, notes)
    if release is not None and not release.has_two_stores:
        mode, mode_source, mode_problem = "unknown", None, None
    elif mode_problem is not None:
        notes.append(f"{mode_problem}: it is taken to be On, the default (CM7)")
    server = _certificates(members, "server store", notes)
    client = _certificates(members, "client store", notes)
    return Snapshot(
        host=host,
        time=time,
        members=members,
        release=release,
        mode=mode,
        mode_source=mode_source,
        server=None if server is None else store_of(server),
        client=None if client is None else store_of(client),
        trusted=_certificates(members, "trusted CAs", notes),
        captures=capture_sets(members),
        logs=_of_kind(members, "log"),
        addresses=_addresses(configuration, status),
        notes=tuple(notes),
        mode_problem=mode_problem,
        nat_addresses=tuple(
            dict.fromkeys(ip for dump in configuration for ip in nat_addresses(dump.settings))
        ),
        zones=next((found for dump in configuration if (found := zones_in(dump.settings))), ()),
    )


def _bare(members: tuple[Member, ...]) -> Snapshot:
    """A copy of a node's persistent/certs, or nothing at all."""
    found = _snapshot(None, None, members)
    if not members or found.client is not None or found.server is None:
        return found
    note = "there is no client.pem beside server.pem: x15.4 or earlier, which has one store (ST7)"
    return replace(found, release=X15_4, mode_problem=None, notes=(*found.notes[:-1], note))


class _Dump:
    def __init__(self, member: Member, settings: Sequence[Setting]) -> None:
        self.path = member.path
        self.settings = settings


def _settings(members: Sequence[Member], kind: MemberKind, notes: list[str]) -> list[_Dump]:
    dumps = []
    for member in _of_kind(members, kind):
        found: list[Setting] = []
        try:
            with member.open() as stream:
                # One by one, so that what comes before damage is kept.
                for setting in settings_in(stream, member.path):
                    found.append(setting)
        except BundleError as error:
            notes.append(str(error))
        dumps.append(_Dump(member, found))
    return dumps


def _mode(configuration: Sequence[_Dump], notes: list[str]) -> tuple[Mode, str | None, str | None]:
    """The mode, the member that says it, and why it is not known."""
    found = [(setting, dump.path) for dump in configuration for setting in mode_settings(dump.settings)]
    # A setting without a value says nothing.
    said = [(setting, path) for setting, path in found if setting.value.strip()]
    values = {setting.value.strip().casefold() for setting, _ in said}
    if not said:
        return "unknown", None, NO_MODE
    quoted = " and ".join(
        f'{path} line {setting.line} says "{setting.value}"' for setting, path in said[:_QUOTED]
    )
    if not values <= {"on", "off"}:
        return "unknown", None, f"the checking mode: {quoted}, which is neither On nor Off"
    if len(values) > 1:
        return "unknown", None, f"the files say different checking modes: {quoted}"
    if len(said) > len({path for _, path in said}):
        notes.append(f"the checking mode stands more than once: {quoted}")
    return ("on" if values == {"on"} else "off"), said[0][1], None


_QUOTED = 4
"""Lines that say the mode that are quoted."""


def _release(configuration: Sequence[_Dump], status: Sequence[_Dump], notes: list[str]) -> Release | None:
    found = {release_of(dump.settings) for dump in (*status, *configuration)} - {None}
    if len(found) > 1:
        notes.append(f"the files say different releases: {', '.join(sorted(map(str, found)))}")
    return found.pop() if len(found) == 1 else None


def _addresses(configuration: Sequence[_Dump], status: Sequence[_Dump]) -> tuple[str, ...]:
    found = (address for dump in (*configuration, *status) for address in own_addresses(dump.settings))
    return tuple(dict.fromkeys(found))


def _certificates(
    members: Sequence[Member], kind: MemberKind, notes: list[str]
) -> tuple[Certificate, ...] | None:
    there = _of_kind(members, kind)
    if not there:
        return None
    if len(there) > 1:
        notes.append(f"{len(there)} files for the {kind}: {there[0].path} counts")
    member = there[0]
    try:
        with member.open() as stream:
            found = read_certificates(b"".join(as_utf8([_whole(stream.read)])))
    except BundleError as error:
        notes.append(str(error))
    except (CertificateFileError, OSError) as error:
        notes.append(f"{member.path}: {error}")
    else:
        if len(found) <= MOST_CERTIFICATES:
            return tuple(read_certificate(der) for der in found)
        notes.append(f"{member.path}: {len(found):,} certificates are more than are read from one file")
    return None


def _whole(read: Callable[[int], bytes]) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size <= LARGEST_FILE and (piece := read(1 << 20)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _of_kind(members: Sequence[Member], kind: MemberKind) -> tuple[Member, ...]:
    return tuple(member for member in members if member.what.kind == kind)
