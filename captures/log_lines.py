"""The logs of the synthetic bundles: what each node of a story says of the connections in its capture.

Knows the form of the few log lines that are public; must not know archives or packets. Times, addresses and ports are
those of the connections; the reasons that x15.5 gives for a refusal are not public, so that they are guessed after
OpenSSL's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple


class Node(NamedTuple):
    """A node by its name and address."""

    host: str
    ip: str


NODES: Mapping[str, Node] = {
    "core": Node("vcs8c", "10.106.80.16"),
    "edge": Node("smartslave", "10.106.80.31"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """What happens between Core and Edge: the zone's connection to 7001 from ``zone_port`` at ``start`` (UTC), then
    the tunnel's to 2222 from ``tunnel_port``. ``mode`` is the Edge's checking mode."""

    name: str
    transcript: str
    start: str
    zone_port: int
    tunnel_port: int
    mode: Literal["On", "Off"]
    zone: Literal["accepted", "refused"]
    tunnel_lasts: bool = False

    @property
    def modes(self) -> Mapping[str, str]:
        """The checking mode of each node; a Core that nobody touched has the default."""
        return {"core": "On", "edge": self.mode}

    @property
    def taken(self) -> str:
        """The time in the members' names: three minutes later."""
        return (datetime.fromisoformat(self.start) + timedelta(minutes=3)).strftime("%Y-%m-%d_%H_%M_%S")


def log_of(story: Story, node: str) -> str:
    """The whole log of one node."""
    log = _Log(NODES[node].host, datetime.fromisoformat(story.start))
    log.add(
        -60_000,
        "tvcs",
        'Event="Synthetic Log" Detail="made by captures/make.py, no node wrote this" Level="1"',
    )
    if node == "core":
        # A message to somebody else, whose connection is in no capture.
        log.add(-55_000, "tvcs", _sip("Sent", "10.106.80.16", 25090, "163.129.37.33", 5061), *_OPTIONS)
        _zone_of_core(log, story)
        _tunnel_of_core(log, story)
    else:
        _zone_of_edge(log, story)
        _tunnel_of_edge(log, story)
    return "".join(f"{line}\n" for line in log.lines)


class _Log:
    def __init__(self, host: str, start: datetime) -> None:
        self.lines: list[str] = []
        self._host = host
        self._start = start

    def add(self, milliseconds: float, process: str, said: str, *body: str) -> None:
        """A line this long after the story's start; ``UTC`` in it becomes the field UTCTime."""
        time = self._start + timedelta(milliseconds=milliseconds)
        thousandth = time.microsecond // 1000
        prefix = f"{time:%Y-%m-%dT%H:%M:%S}.{thousandth:03}+00:00 {self._host} {process}:"
        utc = f'UTCTime="{time:%Y-%m-%d %H:%M:%S},{thousandth:03}"'
        self.lines.append(
            f"{prefix} {said.replace('UTC', utc)}" if "UTC" in said else f"{prefix} {said} {utc}"
        )
        self.lines += [f"  {line}" for line in body]


_OPTIONS = ("SIPMSG:", "|OPTIONS sip:far-end.example;transport=tls SIP/2.0", "Content-Length: 0", "|")
_OK = ("SIPMSG:", "|SIP/2.0 200 OK", "Content-Length: 0", "|")


def _zone_of_core(log: _Log, story: Story) -> None:
    here, there, port = NODES["core"].ip, NODES["edge"].ip, story.zone_port
    if story.zone == "refused":
        log.add(7, "tvcs", _library(False, f"{here}:{port}", f"{there}:7001", _ALERT))
        detail = "sslv3 alert unsupported certificate"
        log.add(8, "tvcs", _error("Outbound", here, port, there, 7001, detail))
    else:
        log.add(9, "tvcs", _sip("Sent", here, port, there, 7001), *_OPTIONS)
        log.add(12, "tvcs", _sip("Received", here, port, there, 7001), *_OK)


def _zone_of_edge(log: _Log, story: Story) -> None:
    core, here, port = NODES["core"].ip, NODES["edge"].ip, story.zone_port
    if story.zone == "refused":
        log.add(6, "tvcs", _library(True, f"{here}:7001", f"{core}:{port}", _VERIFY))
        log.add(7, "tvcs", _error("Inbound", core, port, here, 7001, "unsupported certificate purpose"))
    else:
        log.add(10, "tvcs", _sip("Received", here, 7001, core, port), *_OPTIONS)
        log.add(11, "tvcs", _sip("Sent", here, 7001, core, port), *_OK)


def _tunnel_of_core(log: _Log, story: Story) -> None:
    if story.tunnel_lasts:
        log.add(945, "ssh", 'Detail="Authenticated to smartslave.ricky200.example port 2222" Level="INFO"')
    else:
        refused = "tunnel@smartslave.ricky200.example port 2222: Permission denied (publickey)."
        log.add(932, "ssh", f'Detail="{refused}" Level="ERROR"')


def _tunnel_of_edge(log: _Log, story: Story) -> None:
    core, port = NODES["core"].ip, story.tunnel_port
    if story.tunnel_lasts:
        log.add(
            944, "sshd", f'Detail="Accepted publickey for tunnel from {core} port {port} ssh2" Level="INFO"'
        )
    else:
        log.add(
            931, "sshd", f'Detail="Failed publickey for tunnel from {core} port {port} ssh2" Level="ERROR"'
        )


_VERIFY = "error:0A000086:SSL routines::certificate verify failed: unsupported certificate purpose"
_ALERT = "error:0A000413:SSL routines::sslv3 alert unsupported certificate"


def _error(direction: str, source: str, source_port: int, target: str, target_port: int, detail: str) -> str:
    return (
        f'Event="{direction} TLS Negotiation Error" Service="SIP" Src-ip="{source}" Src-port="{source_port}" '
        f'Dst-ip="{target}" Dst-port="{target_port}" Detail="{detail}" Protocol="TLS" Level="1"'
    )


def _library(serves: bool, local: str, remote: str, reason: str) -> str:
    return (
        'UTC Module="developer.ssl" Level="ERROR" CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(68)" '
        'Method="::TTSSLErrorOutput" Thread="0x7f3c9a1d2700":  TTSSL_continueHandshake: Failed to establish SSL '
        f'connection iResult="-1" error="1" bServer="{"true" if serves else "false"}" '
        f"localAddress=\"['IPv4''TCP''{local}']\" remoteAddress=\"['IPv4''TCP''{remote}']\" "
        f'ssl_error_reason="{reason}"'
    )


def _sip(action: str, local: str, local_port: int, other: str, other_port: int) -> str:
    end = "Dst" if action == "Sent" else "Src"
    return (
        f'UTC Module="network.sip" Level="DEBUG":  Action="{action}" Local-ip="{local}" '
        f'Local-port="{local_port}" {end}-ip="{other}" {end}-port="{other_port}"'
    )
