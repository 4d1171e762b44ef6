"""Packets of an interface, through dumpcap or tcpdump: whichever is there.

Knows these two programs; must not know packets or flows. tlseku itself needs no privilege: dumpcap, which does nothing
but capture, is asked first, and has what it needs where Wireshark may capture without being root; tcpdump gives up what
it has as soon as the interface is open. What they complain of is one line.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile

import click

from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.standard_error import complain, warn
from tlseku.cli.streams.stopping import Stopping
from tlseku.errors import CaptureError
from tlseku.flow import Flow
from tlseku.output.words.wording import counted
from tlseku.scanning import ScanOptions

PATIENCE_SECONDS = 3.0
"""So long a program that was told to end may take; then it is killed."""

_DROPPED = (
    re.compile(r"(\d+) packets? dropped by kernel"),
    re.compile(r"received/dropped on interface .*: \d+/(\d+)"),
)
_LISTED = re.compile(r"\d+\. ?(\S+)(?: \(([^)]*)\))?(?: \[.*\])?")
_CHATTER = re.compile(
    r"Capturing on|File: |Packets captured|Packets received|listening on|verbose output|data link type|"
    r"\d+ packets? (captured|received|dropped)"
)


def command_of(interfaces: Sequence[str], filter_: str, *, promiscuous: bool) -> list[str]:
    """The command that captures from these interfaces, none for the first, and writes to standard output.

    Raises a usage error where there is no program for it.
    """
    quiet = [] if promiscuous else ["-p"]
    chosen = [word for name in interfaces for word in ("-i", name)]
    if dumpcap := shutil.which("dumpcap"):
        # Before the first interface a filter is that of all.
        return [dumpcap, "-q", *(["-f", filter_] if filter_ else []), *quiet, *chosen, "-w", "-"]
    tcpdump = shutil.which("tcpdump")
    if tcpdump is None:
        raise click.UsageError("live needs dumpcap (of Wireshark) or tcpdump, and neither is on the PATH")
    if len(interfaces) > 1:
        raise click.UsageError("tcpdump takes one -i; dumpcap, which is not on the PATH, takes several")
    said = ["--", filter_] if filter_ else []
    return [tcpdump, "--immediate-mode", "-n", "-U", *quiet, *chosen, "-w", "-", *said]


def interfaces() -> list[tuple[str, str]]:
    """The interfaces that can be captured from, each with what people call it: what dumpcap lists, or tcpdump."""
    for name in ("dumpcap", "tcpdump"):
        program = shutil.which(name)
        if program is None:
            continue
        try:
            said = subprocess.run(
                [program, "-D"], capture_output=True, timeout=PATIENCE_SECONDS, check=False
            ).stdout.decode(errors="replace")
        except (OSError, subprocess.TimeoutExpired):
            continue
        found = [each.groups("") for each in map(_LISTED.fullmatch, said.splitlines()) if each]
        if found:
            return [(name, said or name) for name, said in found]
    return []


def filter_problem(filter_: str) -> str | None:
    """Why a capture filter is none, "" if it is one; None where nobody can tell.

    That is where there is no tcpdump: dumpcap compiles only what it may capture.
    """
    tcpdump = shutil.which("tcpdump")
    if tcpdump is None:
        return None
    try:
        done = subprocess.run(
            [tcpdump, "-d", "-y", "EN10MB", "--", filter_],
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return "" if done.returncode == 0 else (said or ["no capture filter"])[-1].removeprefix("tcpdump: ")


class Capturing:
    """A run of ``command``, which captures and writes to a pipe, in a session of its own: Ctrl-C reaches it through
    here, once. ``failed`` says, behind it, that the program ended by itself and complained."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.failed = False

    @property
    def program(self) -> str:
        """What captures, by its name."""
        return self._command[0].rpartition("/")[2]

    @property
    def descriptor(self) -> int | None:
        """Where packets come from; None while nothing runs."""
        return None if self.process is None or self.process.stdout is None else self.process.stdout.fileno()

    def stop(self) -> None:
        """Tell it to end."""
        if self.process is not None:
            self.process.terminate()

    @contextmanager
    def running(self, brought_none: Callable[[], bool]) -> Iterator[subprocess.Popen[bytes]]:
        """Run it in here. What it complained of is told behind; raises CaptureError if it failed and
        ``brought_none`` says that no packet came."""
        with TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    start_new_session=True,
                )
            except OSError as error:
                raise click.ClickException(f"{self._command[0]}: {error.strerror}") from None
            self.process = process
            try:
                yield process
            finally:
                ended_by_itself = process.poll() is not None
                self._end(process)
            said.seek(0)
            code = process.returncode if ended_by_itself else 0
            self._tell_of(code, said.read().decode(errors="replace"), brought_none)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        if process.stdout is not None:
            process.stdout.close()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _tell_of(self, code: int, said: str, brought_none: Callable[[], bool]) -> None:
        for pattern in _DROPPED:
            dropped = sum(int(found[1]) for found in pattern.finditer(said))
            if dropped:
                warn([f"{counted(dropped, 'packet')} dropped by the capture before tlseku could read"])
        if code > 0:
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            telling = [line for line in lines if _CHATTER.search(line) is None]
            why = (telling or lines or [f"ended with {code}"])[0].removeprefix(f"{self.program}: ")
            if brought_none():
                raise CaptureError(self.program, None, why)
            complain(f"{self.program}: {why}")
            self.failed = True


class LiveInput(Input):
    """An ``Input`` of what ``command`` captures, called ``name``, until that or the run is stopped."""

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        options: ScanOptions,
        wanted: Callable[[Flow], bool] | None = None,
    ) -> None:
        super().__init__(["-"], options, wanted)
        self._live_name = name
        self._capturing = Capturing(command)

    def _ended(self, *, in_order: bool) -> Iterator[Sequence[Flow]]:
        with self._capturing.running(lambda: self.summary.packets == 0) as process:
            try:
                yield from super()._ended(in_order=in_order)
            except CaptureError:
                # It has ended without a packet: what it says tells more.
                if process.wait(PATIENCE_SECONDS) == 0:
                    raise
        self.failed = self.failed or self._capturing.failed

    def _live_descriptor(self) -> int | None:
        return self._capturing.descriptor

    def _taken(self, descriptor: int) -> bytes:
        return b""

    def _will_be_read(self, stopping: Stopping, held: ExitStack) -> None:
        stopping.on_asked = self._capturing.stop

    def _has_begun(self) -> None:
        complain(f"capturing on {self._live_name} ({self._capturing.program}); Ctrl-C ends it")
