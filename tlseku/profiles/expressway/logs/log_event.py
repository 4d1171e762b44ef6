"""What an event of the log says: when, which node in which role, between which addresses, and why it failed.

Knows the keys of the events that matter for TLS; must not know files or how a line is cut. A detail that is not
known is kept as it is. Out comes a ``LogEvent``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from operator import itemgetter
from typing import Literal, NamedTuple

from tlseku.flow import Endpoint
from tlseku.profiles.expressway.logs.failure_words import Failure, failure_of
from tlseku.profiles.expressway.logs.log_fields import Piece, moment

EventKind = Literal["tls_error", "ssl", "tcp", "ssh", "sip_sent", "sip_received", "other"]
KINDS: Mapping[EventKind, str] = {
    "tls_error": "inbound or outbound TLS negotiation error",
    "ssl": "a message of the TLS library (developer.ssl)",
    "tcp": "a TCP connection opened, established or closed",
    "ssh": "a message of the SSH tunnels",
    "sip_sent": "a SIP message sent",
    "sip_received": "a SIP message received",
    "other": "anything else",
}
"""The kinds of events and what they are."""

TimeSource = Literal["UTCTime", "prefix", "none"]

_PURPOSE = re.compile(r"(?:unsupported|unsuitable) certificate purpose", re.I)
_TLS_ERROR = re.compile(r"\s*(inbound|outbound) TLS negotiation error\b", re.I)
_PORT = re.compile(r"\s*\d{1,5}\s*", re.A)
_SSH_TARGET = re.compile(r"connect to host (\S{1,255}) port (\d{1,5})\b")
_LONGEST_ADDRESS = 64
_VALUE: Callable[[tuple[str, str]], str] = itemgetter(1)
_TRUTH: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}


class LogEvent(NamedTuple):
    """One event of the log.

    ``line`` counts from 1. ``time`` is in nanoseconds since 1970-01-01 UTC, from ``UTCTime`` if there is one, else
    from the prefix and its offset. ``fields`` are (key, value) as written. ``source`` sent or began, ``destination``
    received or was called, as the event says; ``node_is`` tells which of the two the logging node is, and ``role`` its
    TLS (or SSH) role. ``ssh_target`` is the host and port that a tunnel was to reach. ``detail`` is the reason as the
    product words it, ``refusal`` is ``eku`` if that says that a certificate's purpose does not fit. ``failure`` is
    what the words of the detail say: who refused, with which alert, for what. ``keys`` are those of ``fields`` in
    lower case.
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
    failure: Failure | None = None
    keys: tuple[str, ...] = ()

    def get(self, key: str) -> str | None:
        """The first value of a key, in whatever case it is written; None if there is none."""
        low = key.lower()
        return self.fields[self.keys.index(low)][1] if low in self.keys else None

    def __repr__(self) -> str:
        return f"<LogEvent line {self.line} {self.kind} {self.detail!r}>"


def event_of(piece: Piece, line: int, cut: bool = False, continuation_lines: int = 0) -> LogEvent:
    """Make an event of a piece of a line. Never raises."""
    # The first value of a key counts.
    said = dict(zip(reversed(piece.keys), map(_VALUE, reversed(piece.pairs)), strict=True))
    told = said.get("utctime")
    time = None if told is None else moment(told)
    time_source: TimeSource = "UTCTime"
    if time is None:
        time, time_source = piece.time, "none" if piece.time is None else "prefix"
    kind, role = _kind(piece, said)
    source, destination, node_is = _ends(kind, role, said)
    detail = said.get("detail")
    if detail is None:
        detail = said.get("ssl_error_reason")
    return LogEvent(
        line,
        time,
        time_source,
        piece.host,
        piece.process,
        kind,
        role,
        source,
        destination,
        node_is,
        _ssh_target(detail if detail is not None else piece.text) if kind == "ssh" else None,
        detail,
        "eku" if _is_about_purpose(kind, said, piece.text) else None,
        piece.pairs,
        piece.text,
        continuation_lines,
        cut or piece.unclosed,
        _failure(kind, detail),
        piece.keys,
    )


def _kind(piece: Piece, said: Mapping[str, str]) -> tuple[EventKind, Literal["client", "server"] | None]:
    event = said.get("event")
    error = None if event is None else _TLS_ERROR.match(event)
    if error is not None:
        return "tls_error", "server" if error[1].lower() == "inbound" else "client"
    module = said.get("module", "").strip().lower()
    if module == "developer.ssl":
        serves = _TRUTH.get(said.get("bserver", "").strip().lower())
        return "ssl", None if serves is None else "server" if serves else "client"
    process = "" if piece.process is None else piece.process.lower()
    if process in ("ssh", "sshd"):
        return "ssh", "client" if process == "ssh" else "server"
    if module == "network.sip":
        action = said.get("action", "").strip().lower()
        if action == "sent":
            return "sip_sent", None
        if action == "received":
            return "sip_received", None
        # Old releases name the far end only.
        if not action and ("src-ip" in said) is not ("dst-ip" in said):
            return "sip_sent" if "dst-ip" in said else "sip_received", None
    if module == "network.tcp":
        return "tcp", None
    return "other", None


def _ends(
    kind: EventKind, role: str | None, said: Mapping[str, str]
) -> tuple[Endpoint | None, Endpoint | None, Literal["source", "destination"] | None]:
    if kind == "ssl":
        local, remote = _address(said.get("localaddress")), _address(said.get("remoteaddress"))
        # Without a role nobody knows who began; the pair is told all the same, own end first.
        return (remote, local, "destination") if role == "server" else (local, remote, "source")
    if kind == "sip_sent":
        return _end(said, "local"), _end(said, "dst"), "source"
    if kind == "sip_received":
        return _end(said, "src"), _end(said, "local"), "destination"
    if kind == "other" and "src-ip" not in said and "dst-ip" not in said:
        return None, None, None
    source, destination = _end(said, "src"), _end(said, "dst")
    if kind == "tls_error":
        return source, destination, "destination" if role == "server" else "source"
    return source, destination, None


def _end(said: Mapping[str, str], name: str) -> Endpoint | None:
    return _endpoint(said.get(f"{name}-ip"), said.get(f"{name}-port"))


def _address(text: str | None) -> Endpoint | None:
    # "['IPv4''TCP''172.16.2.2:5062']"
    # What may stand behind it is taken off by hand: two runs of blanks in a pattern can be parted in many ways.
    if text is None:
        return None
    rest = text.rstrip().removesuffix("]").rstrip()
    before, _, port = rest.rpartition(":")
    ip = before.rpartition("'")[2]
    if rest[-1:] != "'" or len(ip) == len(before) or len(ip) > _LONGEST_ADDRESS or not port[:-1].isdigit():
        return None
    return _endpoint(ip, port[:-1])


def _endpoint(ip: str | None, port: str | None) -> Endpoint | None:
    if ip is None or port is None:
        return None
    # What is longer than any address is not remembered: hostile values could be megabytes.
    if len(ip) > _LONGEST_ADDRESS or len(port) > _LONGEST_ADDRESS:
        number, address = _port_of(port), _address_text(ip)
    else:
        number, address = _known_port(port), _known_address(ip)
    return None if number is None or address is None else Endpoint(address, number)


def _port_of(text: str) -> int | None:
    return None if _PORT.fullmatch(text) is None or int(text) > 65535 else int(text)


def _address_text(text: str) -> str | None:
    try:
        return str(ip_address(text.strip().strip("[]")))
    except ValueError:
        return None


_known_port = functools.lru_cache(maxsize=4096)(_port_of)
_known_address = functools.lru_cache(maxsize=1024)(_address_text)


def _ssh_target(text: str) -> tuple[str, int] | None:
    found = _SSH_TARGET.search(text)
    return None if found is None or int(found[2]) > 65535 else (found[1], int(found[2]))


def _failure(kind: EventKind, detail: str | None) -> Failure | None:
    return failure_of(detail) if kind in ("tls_error", "ssl") and detail is not None else None


def _is_about_purpose(kind: EventKind, said: Mapping[str, str], text: str) -> bool:
    if kind in ("sip_sent", "sip_received"):
        # What a SIP message says is the far end's, not the node's.
        return False
    for key in ("detail", "reason", "ssl_error_reason"):
        reason = said.get(key)
        if reason is not None and _may_name_purpose(reason) and _PURPOSE.search(reason):
            return True
    return bool(text and _may_name_purpose(text) and _PURPOSE.search(text))


def _may_name_purpose(text: str) -> bool:
    # Letters beyond ASCII have cases of their own.
    return "certificate purpose" in text.lower() or not text.isascii()
