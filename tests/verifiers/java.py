"""The X509TrustManager of Java, asked in one JVM by ``Verify.java``.

Knows how to run the program; must not know what is expected.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import Answers
from tests.verifiers.cases import Case
from tests.verifiers.listing import read_answers, write_listing

COMMANDS = ("java", "javac")

_PROGRAM = Path(__file__).with_name("Verify.java")


def version() -> str:
    """Such as ``openjdk version "17.0.15" 2025-04-15``."""
    run = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    return run.stderr.splitlines()[0]


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles. ``work`` is an empty directory."""
    listing = write_listing(cases, work)
    run = subprocess.run(
        ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", str(_PROGRAM), str(listing)],
        capture_output=True,
        text=True,
        check=True,
    )
    return read_answers(run.stdout, cases)
