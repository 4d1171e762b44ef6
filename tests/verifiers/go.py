"""``crypto/x509`` of Go, asked in one process by ``verify.go``.

Knows how to build and run the program without a network; must not know what is expected. Standard library only.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import Answers
from tests.verifiers.cases import Case
from tests.verifiers.listing import read_answers, write_listing

COMMANDS = ("go",)

_PROGRAM = Path(__file__).with_name("verify.go")


def version() -> str:
    """Such as ``go version go1.19.8 linux/amd64``."""
    return subprocess.run(["go", "version"], capture_output=True, text=True, check=True).stdout.strip()


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles. ``work`` is an empty directory."""
    listing = write_listing(cases, work)
    offline = {"GOFLAGS": "", "GOPROXY": "off", "GO111MODULE": "off", "GOPATH": str(work / "go")}
    environment = {"GOCACHE": str(work / "cache"), **os.environ, **offline}
    run = subprocess.run(
        ["go", "run", str(_PROGRAM), str(listing)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return read_answers(run.stdout, cases)
