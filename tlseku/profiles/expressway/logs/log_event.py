"""What an event of the log says: when, which node in which role, between which addresses, and why it failed.

Knows the keys of the events that matter for TLS; must not know files or how a line is cut. A detail that is not
known is kept as it is. Out comes a ``LogEvent``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

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
_BLANKS: Final = " \t\n\r\x0b\x0c"
_SSH_TARGET = re.compile(r"connect to host (\S{1,255}) port (\d{1,5})\b")
_LONGEST_ADDRESS: Final = 64
_ADDRESSES: Final[dict[str, str]] = {}
_MOST_ADDRESSES: Final = 4096
"""Addresses as lines write them, and as they are told."""

_TELLING = ("event", "module", "bserver", "action")
"""The keys whose values tell the kind of an event."""

_REASONS = ("detail", "reason", "ssl_error_reason")
_MOST_REMEMBERED = 32
_LONGEST_TOLD = 200
"""How many of these values are remembered of the same keys, and of how many characters."""

_MOST_KEYS = 64
_LONGEST_KEYS = 1000
"""Keys of a line, and their characters, up to which it is remembered where they stand."""
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
    values = [value for _, value in piece.pairs]
    return layout_of(piece).event(values, piece.time, line, cut or piece.unclosed, continuation_lines)


def layout_of(piece: Piece) -> Layout:
    """What lines have in common that differ from this piece in time and values only."""
    names = [name for name, _ in piece.pairs]
    return Layout(piece.host, piece.process, names, piece.keys, piece.text)


def _places_of(keys: tuple[str, ...], process: str | None) -> KeyPlaces:
    """Where the keys stand; one for all lines that have the same."""
    if len(keys) > _MOST_KEYS or sum([len(key) for key in keys]) > _LONGEST_KEYS:
        return KeyPlaces(keys, process)
    return _known_places(keys, process)


class Layout:
    """What an event says but for its time and its values."""

    __slots__ = ("_is_about_purpose", "_names", "host", "keys", "places", "process", "text")

    def __init__(
        self, host: str | None, process: str | None, names: list[str], keys: tuple[str, ...], text: str
    ) -> None:
        self.host = host
        self.process = process
        self.keys = keys
        self.text = text
        self.places: KeyPlaces = _places_of(keys, process)
        self._names = names
        self._is_about_purpose = bool(text) and _names_purpose(text)

    def event(
        self, values: list[str], stamp: int | None, line: int, cut: bool, continuation_lines: int
    ) -> LogEvent:
        """The event of a line with these values, ``stamp`` being the time of its prefix."""
        places = self.places
        time = moment(values[places.utc]) if places.utc >= 0 else None
        time_source: TimeSource = "UTCTime"
        if time is None:
            time, time_source = stamp, "none" if stamp is None else "prefix"
        facts = places.facts(values)
        kind = facts.kind
        detail = values[places.detail] if places.detail >= 0 else None
        source = destination = None
        if kind == "ssl":
            source, destination = (
                _address(_value(values, facts.source)),
                _address(_value(values, facts.destination)),
            )
        else:
            if facts.source >= 0 and facts.source_port >= 0:
                source = _endpoint(values[facts.source], values[facts.source_port])
            if facts.destination >= 0 and facts.destination_port >= 0:
                destination = _endpoint(values[facts.destination], values[facts.destination_port])
        # What a SIP message says is the far end's, not the node's.
        is_refusal = not facts.is_sip and (self._is_about_purpose or places.name_purpose(values))
        told: tuple[object, ...] = (
            line,
            time,
            time_source,
            self.host,
            self.process,
            kind,
            facts.role,
            source,
            destination,
            facts.node_is,
            _ssh_target(detail if detail is not None else self.text) if kind == "ssh" else None,
            detail,
            "eku" if is_refusal else None,
            tuple([(name, values[at]) for at, name in enumerate(self._names)]),
            self.text,
            continuation_lines,
            cut,
            failure_of(detail) if detail is not None and facts.is_failure else None,
            self.keys,
        )
        # The fields of LogEvent in their order, without a step of Python for each event.
        return tuple.__new__(LogEvent, told)


class KindFacts:
    """What events of a kind have in common: who is who, and at which places of the values the ends stand, -1 for none.
    Of the TLS library's messages ``source`` and ``destination`` are whole addresses and the ports -1."""

    __slots__ = (
        *("destination", "destination_port", "is_failure", "is_sip", "kind", "node_is", "role"),
        *("source", "source_port"),
    )

    def __init__(
        self,
        kind: EventKind,
        role: Literal["client", "server"] | None,
        node_is: Literal["source", "destination"] | None,
        source: int,
        source_port: int,
        destination: int,
        destination_port: int,
    ) -> None:
        self.kind = kind
        self.role = role
        self.node_is = node_is
        self.source = source
        self.source_port = source_port
        self.destination = destination
        self.destination_port = destination_port
        self.is_sip = kind in ("sip_sent", "sip_received")
        self.is_failure = kind in ("tls_error", "ssl")


class KeyPlaces:
    """The keys of an event, and at which place of its values each stands that matters: the first of its name counts.

    Lines with the same keys share one, which remembers what their telling values amount to.
    """

    __slots__ = ("_at", "_kinds", "_process", "_reasons", "_telling", "detail", "utc")

    def __init__(self, keys: Sequence[str], process: str | None) -> None:
        self._at = {key: place for place, key in reversed(list(enumerate(keys)))}
        self._process = "" if process is None else process.lower()
        self.utc = self._place("utctime")
        self.detail = self._at.get("detail", self._place("ssl_error_reason"))
        self._telling = tuple([self._place(key) for key in _TELLING])
        self._reasons = tuple([self._at[key] for key in _REASONS if key in self._at])
        self._kinds: dict[tuple[str | None, ...], KindFacts] = {}

    def _place(self, key: str) -> int:
        return self._at.get(key, -1)

    def facts(self, values: list[str]) -> KindFacts:
        """What the values that tell the kind amount to."""
        event, module, serves, action = self._telling
        told = (
            values[event] if event >= 0 else None,
            values[module] if module >= 0 else None,
            values[serves] if serves >= 0 else None,
            values[action] if action >= 0 else None,
        )
        known = self._kinds.get(told)
        if known is None:
            known = self._facts(*told)
            if len(self._kinds) < _MOST_REMEMBERED and sum([len(one or "") for one in told]) <= _LONGEST_TOLD:
                self._kinds[told] = known
        return known

    def _facts(
        self, event: str | None, module: str | None, serves: str | None, action: str | None
    ) -> KindFacts:
        kind, role = self._kind(event, module, serves, action)
        source, source_port = self._place("src-ip"), self._place("src-port")
        destination, destination_port = self._place("dst-ip"), self._place("dst-port")
        local, local_port = self._place("local-ip"), self._place("local-port")
        if kind == "ssl":
            local, remote = self._place("localaddress"), self._place("remoteaddress")
            # Without a role nobody knows who began; the pair is told all the same, own end first.
            if role == "server":
                return KindFacts(kind, role, "destination", remote, -1, local, -1)
            return KindFacts(kind, role, "source", local, -1, remote, -1)
        if kind == "sip_sent":
            return KindFacts(kind, role, "source", local, local_port, destination, destination_port)
        if kind == "sip_received":
            return KindFacts(kind, role, "destination", source, source_port, local, local_port)
        node_is: Literal["source", "destination"] | None = None
        if kind == "tls_error":
            node_is = "destination" if role == "server" else "source"
        return KindFacts(kind, role, node_is, source, source_port, destination, destination_port)

    def _kind(
        self, event: str | None, module: str | None, serves: str | None, action: str | None
    ) -> tuple[EventKind, Literal["client", "server"] | None]:
        error = None if event is None else _TLS_ERROR.match(event)
        if error is not None:
            return "tls_error", "server" if error[1].lower() == "inbound" else "client"
        module = (module or "").strip().lower()
        if module == "developer.ssl":
            is_server = _TRUTH.get((serves or "").strip().lower())
            return "ssl", None if is_server is None else "server" if is_server else "client"
        if self._process in ("ssh", "sshd"):
            return "ssh", "client" if self._process == "ssh" else "server"
        if module == "network.sip":
            action = (action or "").strip().lower()
            if action == "sent":
                return "sip_sent", None
            if action == "received":
                return "sip_received", None
            # Old releases name the far end only.
            if not action and ("src-ip" in self._at) is not ("dst-ip" in self._at):
                return "sip_sent" if "dst-ip" in self._at else "sip_received", None
        if module == "network.tcp":
            return "tcp", None
        return "other", None

    def name_purpose(self, values: list[str]) -> bool:
        """Whether a reason is that a certificate's purpose does not fit."""
        for place in self._reasons:
            text = values[place]
            if _known_purpose(text) if len(text) <= _LONGEST_TOLD else _names_purpose(text):
                return True
        return False


_known_places = functools.lru_cache(maxsize=512)(KeyPlaces)


def _value(values: list[str], place: int) -> str | None:
    return None if place < 0 else values[place]


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
    number, address = _port_of(port), _ADDRESSES.get(ip)
    if address is None:
        address = _address_text(ip)
        # What is longer than any address is not remembered: hostile values could be megabytes.
        if address is not None and len(ip) <= _LONGEST_ADDRESS:
            if len(_ADDRESSES) >= _MOST_ADDRESSES:
                _ADDRESSES.clear()
            _ADDRESSES[ip] = address
    # The fields of Endpoint, without a step of Python.
    return None if number < 0 or address is None else tuple.__new__(Endpoint, (address, number))


def _port_of(text: str) -> int:
    """The number of a port, blanks around it or not; -1 for none."""
    digits = text if text.isdigit() else text.strip(_BLANKS)
    if not digits.isdigit() or not digits.isascii() or len(digits) > 5:
        return -1
    number = int(digits)
    return number if number <= 65535 else -1


def _address_text(text: str) -> str | None:
    try:
        return str(ip_address(text.strip().strip("[]")))
    except ValueError:
        return None


def _ssh_target(text: str) -> tuple[str, int] | None:
    return _known_target(text) if len(text) <= _LONGEST_TOLD else _target_of(text)


def _target_of(text: str) -> tuple[str, int] | None:
    found = _SSH_TARGET.search(text)
    return None if found is None or int(found[2]) > 65535 else (found[1], int(found[2]))


def _names_purpose(text: str) -> bool:
    # Letters beyond ASCII have cases of their own.
    if "certificate purpose" not in text.lower() and text.isascii():
        return False
    return _PURPOSE.search(text) is not None


_known_target = functools.lru_cache(maxsize=512)(_target_of)
_known_purpose = functools.lru_cache(maxsize=1024)(_names_purpose)
