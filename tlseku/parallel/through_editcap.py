"""Captures of other programs, as Wireshark's editcap hands them over.

Knows editcap and how to start it; must not know formats, which ``capture.formats`` tells by their first bytes. Out
comes an object with ``read`` that gives pcapng while editcap writes it: nothing is put on disk, and memory is a pipe.

This is the only door to another program. It is here and not in ``capture`` because the core takes bytes and starts
nothing, and because a capture may be read in a process of its own, which then starts its own editcap.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from tlseku.capture.capture_file import sample_of_unread
from tlseku.capture.feed import Closing
from tlseku.capture.formats import convertible, describe_foreign
from tlseku.errors import CaptureError

if TYPE_CHECKING:
    import subprocess

PROGRAM = "editcap"

_LOOK_AHEAD = 4096
"""How much is waited for before anything is handed on: enough to know that editcap can read the file."""

_UNWRITABLE = "can't be written as"
"""What editcap says of formats that name the link layer packet by packet; it must be told one."""

_NO_CAPTURE = "isn't a capture file"


def through_editcap(path: str) -> Converted | None:
    """A capture that has to be converted, and can be here; None for any other, which is read as it is.

    Nothing is started before the first ``read``.
    """
    sample = sample_of_unread(path)
    if sample is None:
        return None
    from shutil import which  # hardly any capture comes this far

    program = which(PROGRAM)
    return None if program is None else Converted(program, path, sample)


class Converted(Closing):
    """What editcap makes of the file ``name``. A context manager; leaving it ends the program.

    ``note`` says what was converted, once that has begun. ``read`` raises CaptureError if editcap reads nothing of it,
    OSError if it stops amid the packets.
    """

    def __init__(self, program: str, path: str, sample: bytes) -> None:
        self.name = path
        self.note: str | None = None
        self._program = program
        self._sample = sample
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._ahead = b""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes of pcapng, ``b""`` at the end."""
        if self._process is None:
            self._begin()
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        piece = self._more(size)
        if not piece and (problem := self._problem()):
            raise OSError(f"{PROGRAM}: {problem}")
        return piece

    def close(self) -> None:
        """End the program, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        if self._said is not None:
            self._said.close()

    def _begin(self) -> None:
        known = convertible(self._sample)
        what = known or "a capture of another program"
        note = f"{what}, read through {PROGRAM}"
        self._start()
        if len(self._ahead) < _LOOK_AHEAD and _UNWRITABLE in self._problem():
            if known is None:
                # Wireshark opens pictures, films, JSON and more as one packet that is none.
                raise CaptureError(self.name, 0, describe_foreign(self._sample, self.name))
            self.close()
            self._start("-T", "ether")
            note += ", as Ethernet"
        if len(self._ahead) < _LOOK_AHEAD and (problem := self._problem()):
            if _NO_CAPTURE in problem:
                raise CaptureError(self.name, 0, describe_foreign(self._sample, self.name))
            if not self._ahead or _UNWRITABLE in problem:
                raise CaptureError(self.name, 0, f"looks like {what}; {PROGRAM}: {problem}")
        self.note = note

    def _start(self, *options: str) -> None:
        import subprocess
        import tempfile

        # An absolute path is never taken for an option, nor for standard input.
        command = [self._program, *options, "-F", "pcapng", os.path.abspath(self.name), "-"]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._said
            )
        except OSError as error:
            raise CaptureError(self.name, None, f"cannot start {PROGRAM}: {error.strerror}") from None
        self._ahead = b""
        while len(self._ahead) < _LOOK_AHEAD and (piece := self._more(_LOOK_AHEAD)):
            self._ahead += piece

    def _more(self, size: int) -> bytes:
        if self._process is None or self._process.stdout is None:
            return b""
        return os.read(self._process.stdout.fileno(), size)

    def _problem(self) -> str:
        """What the program complained of, now that it has written everything; empty if it did not.

        A damaged file is complained of, and the exit code is 0 all the same (seen in editcap 4.0.17).
        """
        if self._process is None or self._said is None:
            return ""
        code = self._process.wait()
        self._said.seek(0)
        lines = self._said.read(_LOOK_AHEAD).decode("utf-8", "replace").splitlines()
        told = [line.removeprefix(f"{PROGRAM}: ") for line in lines if line.startswith(PROGRAM)]
        return told[-1] if told else "" if code == 0 else f"ended with {code}"
