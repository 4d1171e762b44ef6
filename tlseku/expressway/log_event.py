"""What an event of the log says: when, which node in which role, between which addresses, and why it failed.

Knows the keys of the events that matter for TLS; must not know files or how a line is cut. A detail that is not
known is kept as it is. Out comes a ``LogEvent``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from tlseku.expressway.log_fields import Piece, moment
from tlseku.flow import Endpoint

EventKind = Literal["tls_error", "ssl", "ssh", "sip_sent", "sip_received", "other"]
KINDS: Mapping[EventKind, str] = {
    "tls_error": "inbound or outbound TLS negotiation error",
    "ssl": "a message of the TLS library (developer.ssl)",
    "ssh": "a message of the SSH tunnels",
    "sip_sent": "a SIP message sent",
    "sip_received": "a SIP message received",
    "other": "anything else",
}
"""The kinds of events and what they are."""

TimeSource = Literal["UTCTime", "prefix", "none"]

_PURPOSE = re.compile(r"(?:unsupported|unsuitable) certificate purpose", re.I)
_TLS_ERROR = re.compile(r"\s*(inbound|outbound) TLS negotiation error\b", re.I)
_ADDRESS = re.compile(r"'([^']{1,64}):(\d{1,5})'\s*\]?\s*\Z")
_SSH_TARGET = re.compile(r"connect to host (\S{1,255}) port (\d{1,5})\b")
_TRUTH: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of the log.

    ``line`` counts from 1. ``time`` is in nanoseconds since 1970-01-01 UTC, from ``UTCTime`` if there is one, else
    from the prefix and its offset. ``fields`` are (key, value) as written. ``source`` sent or began, ``destination``
    received or was called, as the event says; ``node_is`` tells which of the two the logging node is, and ``role`` its
    TLS (or SSH) role. ``ssh_target`` is the host and port that a tunnel was to reach. ``detail`` is the reason as the
    product words it, ``refusal`` is ``eku`` if that says that a certificate's purpose does not fit.
    ``continuation_lines`` counts the lines (SIP bodies) that follow and belong to it; they are not kept. ``cut`` says
    that the line was too long to be read whole, or a quote in it never closed.
    """

    line: int
    time: int | None
    time_source: TimeSource
    host: str | None
    process: str | None
    kind: EventKind
    role: Literal["client", "server"] | None
    source: Endpoint | None
    destination: Endpoint | None
    node_is: Literal["source", "destination"] | None
    ssh_target: tuple[str, int] | None
    detail: str | None
    refusal: Literal["eku"] | None
    fields: tuple[tuple[str, str], ...]
    text: str
    continuation_lines: int = 0
    cut: bool = False

    def get(self, key: str) -> str | None:
        """The first value of a key, in whatever case it is written; None if there is none."""
        return _first(self.fields, key)

    def __repr__(self) -> str:
        return f"<LogEvent line {self.line} {self.kind} {self.detail!r}>"


def event_of(piece: Piece, line: int, cut: bool = False) -> LogEvent:
    """Make an event of a piece of a line. Never raises."""
    pairs = piece.pairs
    told = _first(pairs, "UTCTime")
    time = None if told is None else moment(told)
    time_source: TimeSource = "UTCTime"
    if time is None:
        time, time_source = piece.time, "none" if piece.time is None else "prefix"
    kind, role = _kind(piece)
    source, destination, node_is = _ends(kind, role, pairs)
    detail = _first(pairs, "Detail")
    if detail is None:
        detail = _first(pairs, "ssl_error_reason")
    return LogEvent(
        line=line,
        time=time,
        time_source=time_source,
        host=piece.host,
        process=piece.process,
        kind=kind,
        role=role,
        source=source,
        destination=destination,
        node_is=node_is,
        ssh_target=_ssh_target(detail if detail is not None else piece.text) if kind == "ssh" else None,
        detail=detail,
        refusal="eku" if _is_about_purpose(kind, detail, piece) else None,
        fields=pairs,
        text=piece.text,
        cut=cut or piece.unclosed,
    )


def _kind(piece: Piece) -> tuple[EventKind, Literal["client", "server"] | None]:
    event = _TLS_ERROR.match(_first(piece.pairs, "Event") or "")
    if event is not None:
        return "tls_error", "server" if event[1].lower() == "inbound" else "client"
    module = (_first(piece.pairs, "Module") or "").strip().lower()
    if module == "developer.ssl":
        serves = _TRUTH.get((_first(piece.pairs, "bServer") or "").strip().lower())
        return "ssl", None if serves is None else "server" if serves else "client"
    process = (piece.process or "").lower()
    if process in ("ssh", "sshd"):
        return "ssh", "client" if process == "ssh" else "server"
    if module == "network.sip":
        action = (_first(piece.pairs, "Action") or "").strip().lower()
        if action == "sent":
            return "sip_sent", None
        if action == "received":
            return "sip_received", None
    return "other", None


def _ends(
    kind: EventKind, role: str | None, pairs: tuple[tuple[str, str], ...]
) -> tuple[Endpoint | None, Endpoint | None, Literal["source", "destination"] | None]:
    if kind == "ssl":
        local, remote = _address(_first(pairs, "localAddress")), _address(_first(pairs, "remoteAddress"))
        # Without a role nobody knows who began; the pair is told all the same, own end first.
        return (remote, local, "destination") if role == "server" else (local, remote, "source")
    if kind == "sip_sent":
        return _end(pairs, "Local"), _end(pairs, "Dst"), "source"
    if kind == "sip_received":
        return _end(pairs, "Src"), _end(pairs, "Local"), "destination"
    source, destination = _end(pairs, "Src"), _end(pairs, "Dst")
    if kind == "tls_error":
        return source, destination, "destination" if role == "server" else "source"
    return source, destination, None


def _end(pairs: tuple[tuple[str, str], ...], name: str) -> Endpoint | None:
    return _endpoint(_first(pairs, f"{name}-ip"), _first(pairs, f"{name}-port"))


def _address(text: str | None) -> Endpoint | None:
    # "['IPv4''TCP''172.16.2.2:5062']"
    found = None if text is None else _ADDRESS.search(text)
    return None if found is None else _endpoint(found[1], found[2])


def _endpoint(ip: str | None, port: str | None) -> Endpoint | None:
    if ip is None or port is None or not port.strip().isascii() or not port.strip().isdigit():
        return None
    if len(port.strip()) > 5 or int(port) > 65535:
        return None
    try:
        return Endpoint(str(ip_address(ip.strip().strip("[]"))), int(port))
    except ValueError:
        return None


def _ssh_target(text: str) -> tuple[str, int] | None:
    found = _SSH_TARGET.search(text)
    return None if found is None or int(found[2]) > 65535 else (found[1], int(found[2]))


def _is_about_purpose(kind: EventKind, detail: str | None, piece: Piece) -> bool:
    if kind in ("sip_sent", "sip_received"):
        # What a SIP message says is the far end's, not the node's.
        return False
    reason = _first(piece.pairs, "ssl_error_reason") or ""
    return any(_PURPOSE.search(text) is not None for text in (detail or "", reason, piece.text))


def _first(pairs: tuple[tuple[str, str], ...], key: str) -> str | None:
    low = key.lower()
    return next((value for name, value in pairs if name.lower() == low), None)
