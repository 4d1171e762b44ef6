"""Files of any kind searched for a serial number: captures, certificate files, logs and whole bundles.

Knows how to tell these apart by their first bytes and who reads them; must not know what counts as a match. A bundle's
captures of one interface are read as one. What cannot be read is told and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tlseku._objects import frozen, short
from tlseku.capture.feed import describe_os_error
from tlseku.errors import CaptureError, CertificateFileError, TlsekuError
from tlseku.flow import Flow, Summary
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.archive.file_kind import kind_of_file
from tlseku.profiles.expressway.archive.lines import as_utf8
from tlseku.profiles.expressway.archive.member import Member, MemberStream
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.node.capture_set import capture_sets
from tlseku.profiles.expressway.node.snapshot import take_stock
from tlseku.profiles.expressway.serials.serial_match import Sighting, in_flows, in_host_keys, in_log, in_store
from tlseku.profiles.expressway.ssh.ssh_connections import ssh_connections
from tlseku.scanning import add_summaries, scan
from tlseku.x509.certificate import Certificate
from tlseku.x509.certificate_files import read_certificates
from tlseku.x509.pem import LARGEST_FILE
from tlseku.x509.serial import Serial


@short
@frozen
class Searched:
    """What was found in some files: ``matches`` are equal as integers, ``hints`` nearly agree and are
    given only where nothing matches. ``problems`` are files that could not be read, ``notes`` what else is to be known,
    a line each. ``hidden_flows`` are flows of captures that hide a certificate, ``summary`` says what was read
    of captures."""

    wanted: Serial
    matches: tuple[Sighting, ...]
    hints: tuple[Sighting, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    hidden_flows: int = 0
    summary: Summary = field(default_factory=Summary)


@dataclass(slots=True)
class _Captures:
    """What captures were read with, and what they did not show."""

    secrets: Sequence[str]
    hidden_flows: int = 0
    summary: Summary = field(default_factory=Summary)

    def watch(self, flows: Iterable[Flow]) -> Iterator[Flow]:
        """The same flows, counted where they hide a certificate."""
        for flow in flows:
            self.hidden_flows += any(hidden.what in _CERTIFICATES for hidden in flow.hidden)
            yield flow


_CERTIFICATES = ("server_certificate", "client_certificate")


def search(wanted: Serial, files: Iterable[str], secrets: Sequence[str] = ()) -> Searched:
    """Search files for a serial number, one after the other; ``secrets`` are key logs that open captures. Never raises
    for what is in them."""
    read = _Captures(secrets)
    found: list[Sighting] = []
    problems: list[str] = []
    notes: list[str] = []
    for file in files:
        try:
            kind = kind_of_file(file)
            if kind == "bundle":
                found += _in_bundle(wanted, file, problems, notes, read)
            elif kind == "certificates":
                found += in_store(wanted, _certificates_of(file), file)
            elif kind == "log":
                with open(file, "rb") as stream:
                    found += in_log(wanted, LogReader(stream, file), file)
            else:
                found += _in_captures(wanted, partial(_itself, file), notes, read)
        except OSError as error:
            problems.append(f"{file}: cannot open it: {describe_os_error(error)}")
        except CertificateFileError as error:
            problems.append(f"{file}: {error}")
        except TlsekuError as error:
            problems.append(str(error))
    matches = tuple(one for one in found if one.hint is None)
    return Searched(
        wanted,
        matches,
        # A serial that is found is not misspelt, and a CA's next ones are all near to it.
        () if matches else tuple(found),
        tuple(problems),
        tuple(dict.fromkeys(notes)),
        read.hidden_flows,
        read.summary,
    )


def _in_bundle(
    wanted: Serial, path: str, problems: list[str], notes: list[str], read: _Captures
) -> list[Sighting]:
    found: list[Sighting] = []
    with Archive(path) as archive:
        notes += archive.warnings
        for snapshot in take_stock(archive):
            notes += (f"{path}: {note}" for note in snapshot.notes)
            for member in snapshot.members:
                if member.what.kind in ("server store", "client store", "trusted CAs"):
                    try:
                        with member.open() as stream:
                            certificates = _read_all(stream.read)
                    except (BundleError, CertificateFileError, OSError) as error:
                        problems.append(f"{member.path}: {error}")
                    else:
                        found += in_store(wanted, certificates, member.path)
                elif member.what.kind == "log":
                    try:
                        with member.open() as stream:
                            found += in_log(wanted, LogReader(stream, member.path), member.path)
                    except BundleError as error:
                        problems.append(str(error))
            for captures in capture_sets(snapshot.members):
                try:
                    found += _in_captures(wanted, partial(_streams, captures.files), notes, read)
                except (BundleError, CaptureError) as error:
                    problems.append(str(error))
    return [replace(one, file=f"{path}: {one.file}") for one in found]


def _in_captures(
    wanted: Serial, sources: Callable[[], tuple[str | MemberStream, ...]], notes: list[str], read: _Captures
) -> list[Sighting]:
    # Twice over the bytes: once for TLS, once for SSH, which the analyzer does not follow.
    opened: list[str | MemberStream] = []
    try:
        first = sources()
        opened += first
        running = scan(*first, merge=True, rule_books=(), secrets=read.secrets)
        found = list(in_flows(wanted, read.watch(running)))
        read.summary = add_summaries(read.summary, running.summary)
        notes += running.warnings
        second = sources()
        opened += second
        found += in_host_keys(wanted, ssh_connections(*second, merge=True))
    finally:
        for one in opened:
            if isinstance(one, MemberStream):
                one.close()
    return found


def _itself(file: str) -> tuple[str]:
    return (file,)


def _streams(members: Iterable[Member]) -> tuple[MemberStream, ...]:
    return tuple(member.open() for member in members)


def _certificates_of(file: str) -> list[Certificate]:
    with open(file, "rb") as stream:
        return _read_all(stream.read)


def _read_all(read: Callable[[int], bytes]) -> list[Certificate]:
    data = bytearray()
    while len(data) <= LARGEST_FILE and (piece := read(1 << 20)):
        data += piece
    return read_certificates(b"".join(as_utf8([bytes(data)])))
