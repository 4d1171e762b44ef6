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
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._failed = False

    def _ended(self, *, in_order: bool) -> Iterator[Flow]:
        with self._running() as process:
            try:
                yield from super()._ended(in_order=in_order)
            except CaptureError:
                # It has ended without a packet: what it says tells more.
                if process.wait(PATIENCE_SECONDS) == 0:
                    raise
        self.failed = self.failed or self._failed

    def _live_descriptor(self) -> int | None:
        return (
            None if self._process is None or self._process.stdout is None else self._process.stdout.fileno()
        )

    def _taken(self, descriptor: int) -> bytes:
        return b""

    def _will_be_read(self, stopping: Stopping, held: ExitStack) -> None:
        stopping.on_asked = self._process.terminate if self._process is not None else None

    def _has_begun(self) -> None:
        complain(f"capturing on {self._live_name} ({_program(self._command)}); Ctrl-C ends it")

    @contextmanager
    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        with TemporaryFile() as said:
            try:
                # In a session of its own, Ctrl-C reaches it through here, once.
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    start_new_session=True,
                )
            except OSError as error:
                raise click.ClickException(f"{self._command[0]}: {error.strerror}") from None
            self._process = process
            try:
                yield process
            finally:
                ended_by_itself = process.poll() is not None
                self._end(process)
            said.seek(0)
            self._tell_of(process.returncode if ended_by_itself else 0, said.read().decode(errors="replace"))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        if process.stdout is not None:
            process.stdout.close()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _tell_of(self, code: int, said: str) -> None:
        for pattern in _DROPPED:
            dropped = sum(int(found[1]) for found in pattern.finditer(said))
            if dropped:
                warn([f"{counted(dropped, 'packet')} dropped by the capture before tlseku could read"])
        if code > 0:
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            telling = [line for line in lines if _CHATTER.search(line) is None]
            program = _program(self._command)
            why = (telling or lines or [f"ended with {code}"])[0].removeprefix(f"{program}: ")
            if self.summary.packets == 0:
                raise CaptureError(program, None, why)
            complain(f"{program}: {why}")
            self._failed = True


def _program(command: Sequence[str]) -> str:
    return command[0].rpartition("/")[2]
