"""How fast ``tlseku logs`` reads: megabytes a second of processor time, for each kind of event and for all mixed.

    python benchmarks/logs.py                                         this interpreter's tlseku
    python benchmarks/logs.py --tlseku PYTHON@DIRECTORY --size 50     another build, logs of 50 MB

Every log is made anew, the same bytes on every machine: lines as the few public samples have them, with times, ports,
addresses, call identifiers and reasons that vary as those of a busy node do. What is said of SIP goes on with a
message in indented lines. ``mixed`` has them interleaved in the proportions of a node in diagnostic logging;
``--kind`` asks for few of its events; from a pipe it comes out of gzip. Processes are run in turn, and the least of
their times counts: what else runs on a machine only adds to it. Starting the program is in the figures.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

AIM = 30.0
"""Megabytes a second."""

START = datetime(2026, 3, 24, 9, tzinfo=timezone.utc)
REASONS = (
    *("unsupported certificate purpose", "self signed certificate in certificate chain"),
    *(
        "sslv3 alert certificate expired",
        "certificate has expired",
        "No SSL error available, probably remote disconnect",
    ),
    *(
        "sslv3 alert unsupported certificate",
        "unable to get local issuer certificate",
        "wrong version number",
    ),
)
MODULES = (
    "developer.b2bua",
    "developer.calls",
    "network.dns",
    "network.h323",
    "developer.edgeconfigprovisioning",
)


class Moment(NamedTuple):
    """A time as the prefix and as UTCTime have it."""

    prefix: str
    utc: str


class Node:
    """What a node has to say, one event at a time; each method gives the lines of one."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.passed = 0

    def now(self) -> Moment:
        self.passed += self.chance.randrange(40)
        time = START + timedelta(milliseconds=self.passed)
        thousandth = f"{time.microsecond // 1000:03}"
        return Moment(
            f"{time:%Y-%m-%dT%H:%M:%S}.{thousandth}+00:00", f"{time:%Y-%m-%d %H:%M:%S},{thousandth}"
        )

    def far(self) -> str:
        return f"198.51.{self.chance.randrange(100, 104)}.{self.chance.randrange(256)}"

    def port(self) -> int:
        return self.chance.randrange(25_000, 30_000)

    def tls_error(self) -> str:
        at, direction = self.now(), self.chance.choice(("Inbound", "Outbound"))
        return (
            f'{at.prefix} edge tvcs: Event="{direction} TLS Negotiation Error" Service="SIP" Src-ip="{self.far()}" '
            f'Src-port="{self.port()}" Dst-ip="10.106.80.31" Dst-port="5061" Detail="{self.chance.choice(REASONS)}" '
            f'Protocol="TLS" Level="1" UTCTime="{at.utc}"\n'
        )

    def ssl(self) -> str:
        at, serves = self.now(), self.chance.choice(("true", "false"))
        return (
            f'{at.prefix} edge tvcs: UTCTime="{at.utc}" Module="developer.ssl" Level="ERROR" '
            'CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(68)" Method="::TTSSLErrorOutput" '
            'Thread="0x7f3c9a1d2700":  TTSSL_continueHandshake: Failed to establish SSL connection iResult="-1" '
            f"error=\"1\" bServer=\"{serves}\" localAddress=\"['IPv4''TCP''10.106.80.31:5061']\" "
            f"remoteAddress=\"['IPv4''TCP''{self.far()}:{self.port()}']\" "
            f'ssl_error_reason="error:0A000086:SSL routines::{self.chance.choice(REASONS)}"\n'
        )

    def tcp(self) -> str:
        at, what = (
            self.now(),
            self.chance.choice(("Connecting", "Connection Established", "Connection Closed")),
        )
        return (
            f'{at.prefix} edge tvcs: UTCTime="{at.utc}" Module="network.tcp" Level="DEBUG":  Src-ip="10.106.80.31" '
            f'Src-port="{self.port()}" Dst-ip="{self.far()}" Dst-port="5061" Detail="TCP {what}"\n'
        )

    def ssh(self) -> str:
        at = self.now()
        said = self.chance.choice(
            (
                "ssh: connect to host edge.example.com port 2222: Connection timed out",
                "tunnel@edge.example.com: Permission denied (publickey).",
                "Authenticated to edge.example.com port 2222",
            )
        )
        return f'{at.prefix} core ssh: Detail="{said}" Level="ERROR"\n'

    def other(self) -> str:
        at, chance = self.now(), self.chance
        if chance.random() < 0.3:
            return (
                f"{at.prefix} edge httpd[{chance.randrange(1000, 30_000)}]: web: 10.106.80.9 - - "
                f'"GET /api/provisioning/common/tms?{chance.getrandbits(64):x} HTTP/1.1" 200 {chance.randrange(9000)}\n'
            )
        return (
            f'{at.prefix} edge tvcs: UTCTime="{at.utc}" Module="{chance.choice(MODULES)}" Level="DEBUG" '
            f'CodeLocation="ppcmains/sip/b2bua/call.cpp({chance.randrange(100, 140)})" Method="Call::onState" '
            f'Thread="0x7f3c9a1d2700":  this="0x55d0{chance.getrandbits(32):08x}" Type="B2BUA" '
            f'Global-CallId="{chance.getrandbits(64):016x}-{chance.getrandbits(32):08x}" '
            f'Dialog="{chance.randrange(9)}"\n'
        )

    def sip(self) -> str:
        at, chance = self.now(), self.chance
        action, end = chance.choice((("Sent", "Dst"), ("Received", "Src")))
        call, far = f"{chance.getrandbits(64):016x}", self.far()
        head = (
            f'{at.prefix} edge tvcs: UTCTime="{at.utc}" Module="network.sip" Level="DEBUG":  Action="{action}" '
            f'Local-ip="10.106.80.31" Local-port="{self.port()}" {end}-ip="{far}" {end}-port="5061" '
            f'Msg-Hash="{chance.getrandbits(64)}"\n'
        )
        body = [
            "SIPMSG:",
            "|INVITE sip:room@far-end.example.com;transport=tls SIP/2.0",
            *(
                f"Via: SIP/2.0/TLS {self.far()}:5061;branch=z9hG4bK{chance.getrandbits(96):024x};rport"
                for _ in range(chance.randrange(1, 5))
            ),
            f"Call-ID: {call}@{far}",
            f"CSeq: {chance.randrange(1000)} INVITE",
            f'Contact: <sip:{far}:5061;transport=tls>;+sip.instance="<urn:uuid:{call}>"',
            f'From: "Room {chance.randrange(99)}" <sip:room@example.com>;tag={chance.getrandbits(32):08x}',
            "To: <sip:room@far-end.example.com>",
            "Max-Forwards: 15",
            "Allow: INVITE,ACK,CANCEL,BYE,INFO,OPTIONS,REFER,NOTIFY,UPDATE",
            "User-Agent: TANDBERG/4137 (X15.5)",
            "Content-Type: application/sdp",
            *(f"a=rtpmap:{96 + at} H264/90000" for at in range(chance.randrange(12))),
            "|",
        ]
        return head + "".join(f" {line}\n" for line in body)

    def wrapped(self) -> str:
        """As documents print it, on three lines."""
        first, second = self.sip().partition("\n")[0].split(" Level=")
        return (
            first.replace(" Module=", "  \nModule=")
            + " Level="
            + second.replace(" Msg-Hash=", "  \nMsg-Hash=")
            + "\n"
        )

    def mixed(self) -> str:
        said = self.chance.choices(
            (self.other, self.sip, self.tcp, self.ssl, self.tls_error, self.ssh), (50, 25, 18, 3, 3, 1)
        )
        return said[0]()


KINDS: dict[str, Callable[[Node], str]] = {
    "tls_error": Node.tls_error,
    "ssl": Node.ssl,
    "tcp": Node.tcp,
    "ssh": Node.ssh,
    "sip": Node.sip,
    "other": Node.other,
    "wrapped": Node.wrapped,
    "mixed": Node.mixed,
}


def log_of(kind: str, size: int, seed: int = 1) -> bytes:
    """A log of at least ``size`` bytes. What is longer than two megabytes repeats itself, times included: nothing is
    remembered for so long."""
    node, parts, length = Node(random.Random(seed)), [], 0
    for piece in _pieces(KINDS[kind], node):
        parts.append(piece)
        length += len(piece)
        if length >= min(size, 2 << 20):
            break
    once = "".join(parts).encode()
    return once * -(-size // len(once))


def _pieces(say: Callable[[Node], str], node: Node) -> Iterator[str]:
    while True:
        yield say(node)


class Case(NamedTuple):
    """What is measured: the log of a kind, options, and whether it comes out of gzip through a pipe."""

    name: str
    kind: str
    options: tuple[str, ...] = ()
    piped: bool = False


CASES = (
    *(Case(kind, kind) for kind in KINDS),
    Case("mixed, -T ndjson", "mixed", ("-T", "ndjson")),
    Case("mixed, --kind tls_error", "mixed", ("--kind", "tls_error")),
    Case("sip, --kind tls_error", "sip", ("--kind", "tls_error")),
    Case("mixed, out of gzip", "mixed", (), True),
)


class Build(NamedTuple):
    """An interpreter, and the directory from which it takes tlseku; empty for what it has installed."""

    python: str
    directory: str = ""

    @classmethod
    def named(cls, text: str) -> Build:
        """``PYTHON`` or ``PYTHON@DIRECTORY``."""
        python, _, directory = text.partition("@")
        return cls(python, directory)

    @property
    def environment(self) -> dict[str, str]:
        more = {"PYTHONPATH": self.directory} if self.directory else {}
        # As users run it: what was compiled to bytecode once is not compiled again.
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return {**inherited, "LC_ALL": "C.UTF-8", **more}

    def how_built(self) -> str:
        """``compiled`` or ``pure``."""
        program = "import tlseku; print(tlseku.how_built())"
        done = subprocess.run(
            [self.python, "-c", program],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


def cpu_of(build: Build, case: Case, path: Path) -> float:
    """Seconds of processor time of one process; those of gzip are not in it."""
    command = [build.python, "-m", "tlseku", "logs", *case.options, "-" if case.piped else str(path)]
    unpacking = subprocess.Popen(["gzip", "-dc", path], stdout=subprocess.PIPE) if case.piped else None
    reading = subprocess.Popen(
        command,
        env=build.environment,
        cwd="/",
        stdin=subprocess.DEVNULL if unpacking is None else unpacking.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if unpacking is not None and unpacking.stdout is not None:
        unpacking.stdout.close()
    _, status, usage = os.wait4(reading.pid, 0)
    reading.returncode = os.waitstatus_to_exitcode(status)
    if unpacking is not None:
        unpacking.wait()
    if reading.returncode:
        raise SystemExit(f"{case.name}: exit code {reading.returncode}")
    return usage.ru_utime + usage.ru_stime


def speeds(
    builds: list[Build], cases: list[Case], size: int, rounds: int, scratch: Path
) -> dict[tuple[str, Build], float]:
    """Megabytes a second of each case and build."""
    found = {}
    for case in cases:
        path, content = scratch / "log.txt", log_of(case.kind, size)
        path.write_bytes(gzip.compress(content, 1) if case.piped else content)
        times: dict[Build, list[float]] = {build: [] for build in builds}
        for _ in range(rounds):
            for build in builds:
                times[build].append(cpu_of(build, case, path))
        for build in builds:
            found[case.name, build] = len(content) / 1e6 / min(times[build])
    return found


def main() -> int:
    """Make the logs, read them in turn, and print a table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--tlseku", action="append", metavar="PYTHON[@DIRECTORY]", help="may be repeated")
    options.add_argument("--size", type=float, default=20, help="megabytes of a log (20)")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default="", help="only cases whose names contain this")
    given = options.parse_args()
    builds = [Build.named(text) for text in given.tlseku or [sys.executable]]
    names = {build: f"{build.how_built()} {build.directory}".strip() for build in builds}
    cases = [case for case in CASES if given.only in case.name]
    print(f"| MB/s, {given.size:g} MB each | {' | '.join(names.values())} |")
    print(f"|---|{'---:|' * len(builds)}")
    with tempfile.TemporaryDirectory() as scratch:
        for case in cases:
            found = speeds(builds, [case], int(given.size * 1e6), given.rounds, Path(scratch))
            figures = [f"{found[case.name, build]:.3g}" for build in builds]
            print(f"| {case.name} | {' | '.join(figures)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
