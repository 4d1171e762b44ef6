"""Where a certificate with a given serial number shows: in flows, SSH host keys, stores and logs.

Knows that serial numbers are equal as integers or not at all (``serial``); must not know files. Out come ``Sighting``
values; what nearly agrees is one with a ``hint`` and never a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.flow import Endpoint, Flow, Role
from tlseku.profiles.expressway.logs.log_event import LogEvent
from tlseku.profiles.expressway.ssh.ssh_connections import SshConnection
from tlseku.x509.certificate import Certificate
from tlseku.x509.serial import Serial, near_miss, read_serial

SightingKind = Literal["presented", "ssh host key", "store", "log"]

_IN_TEXT = re.compile(
    r"\bserial(?:[ _-]?(?:number|no))?\b[\s:=#'\"]{1,4}((?:0x)?[0-9A-F]{2}(?:[:-]?[0-9A-F]){0,80})(?![\w:-])",
    re.I | re.A,
)

_BARE = re.compile(r"(?<![\w:])0x[0-9a-f]{12,64}(?![\w:])", re.I | re.A)


@short
@frozen
class Sighting:
    """One place. ``at`` is the frame in ``file`` (presented, ssh host key), the number of the certificate in it
    (store), or the line (log), each from 1. ``role`` is who presented it. ``depth`` is the index in what was presented
    or stored (0 is the leaf). ``hint`` says how the serial number, ``serial``, nearly agrees; None: it is equal."""

    kind: SightingKind
    file: str
    at: int
    role: Role | None
    client: Endpoint | None
    server: Endpoint | None
    time: int | None
    depth: int | None
    serial: int
    subject: str | None
    issuer: str | None
    sha256: str | None
    hint: str | None


def in_flows(wanted: Serial, flows: Iterable[Flow]) -> Iterator[Sighting]:
    """Every certificate presented in TLS, CA certificates of the chains included."""
    for flow in flows:
        for presented in flow.presented:
            file = flow.file if presented.file is None else presented.file
            for depth, one in enumerate(presented.chain):
                yield from _sighting(
                    wanted,
                    one,
                    "presented",
                    file,
                    presented.frame,
                    depth,
                    presented.role,
                    (flow.client, flow.server),
                    presented.ts,
                )


def in_host_keys(wanted: Serial, connections: Iterable[SshConnection]) -> Iterator[Sighting]:
    """The certificates that SSH servers show as host keys (RFC 6187); a client's is in no capture."""
    for connection in connections:
        key, piece = connection.opening.host_key, connection.host_key_frame
        if key is not None and piece is not None:
            ends = connection.client, connection.server
            for depth, one in enumerate(key.chain):
                yield from _sighting(
                    wanted, one, "ssh host key", piece.file, piece.frame, depth, "server", ends, piece.ts
                )


def issuers_of(sightings: Iterable[Sighting]) -> tuple[str, ...]:
    """The issuers of the certificates that were seen, each once: a serial number is one issuer's (RFC 5280 section
    4.1.2.2), so that two issuers are two certificates."""
    found = (one.issuer for one in sightings if one.sha256 is not None)
    return tuple(dict.fromkeys("an unreadable issuer" if issuer is None else issuer for issuer in found))


def in_store(wanted: Serial, certificates: Sequence[Certificate], file: str) -> Iterator[Sighting]:
    """The certificates of a file, in its order."""
    for depth, one in enumerate(certificates):
        yield from _sighting(wanted, one, "store", file, depth + 1, depth)


def in_log(wanted: Serial, events: Iterable[LogEvent], file: str) -> Iterator[Sighting]:
    """The serial numbers that events name: values of keys with ``serial``, and what follows that word in a text.

    Lines that go on with an event (SIP bodies) are not looked at: what they say is the far end's.
    """
    for event in events:
        named = dict.fromkeys(_named(event))
        for value in (*named, *(value for value in dict.fromkeys(_bare(event)) if value not in named)):
            hint = near_miss(wanted.value, value)
            if value == wanted.value and value not in named:
                hint = "written as 0x… without the word serial, so that it may be another number"
            if value == wanted.value or hint is not None:
                yield Sighting(
                    "log",
                    file,
                    event.line,
                    event.role,
                    event.source,
                    event.destination,
                    event.time,
                    None,
                    value,
                    None,
                    None,
                    None,
                    hint,
                )


def _named(event: LogEvent) -> Iterator[int]:
    texts = [event.text]
    for key, value in event.fields:
        texts.append(value)
        if "serial" in key.lower() and (found := read_serial(value)) is not None:
            yield found.value
    for text in texts:
        for match in _IN_TEXT.finditer(text):
            if (found := read_serial(match[1])) is not None:
                yield found.value


def _bare(event: LogEvent) -> Iterator[int]:
    """Numbers written as documents write serials, ``0x…``, that nothing calls a serial."""
    for text in (event.text, *(value for _, value in event.fields)):
        for match in _BARE.finditer(text):
            yield int(match[0], 16)


def _sighting(
    wanted: Serial,
    one: Certificate,
    kind: SightingKind,
    file: str,
    at: int,
    depth: int,
    role: Role | None = None,
    ends: tuple[Endpoint, Endpoint] | None = None,
    time: int | None = None,
) -> Iterator[Sighting]:
    if one.serial is None:
        return
    hint = near_miss(wanted.value, one.serial)
    if one.serial != wanted.value and hint is None:
        return
    client, server = (None, None) if ends is None else ends
    subject, issuer = (one.subject, one.issuer) if one.readable else (None, None)
    yield Sighting(
        kind, file, at, role, client, server, time, depth, one.serial, subject, issuer, one.sha256, hint
    )
