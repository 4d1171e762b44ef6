"""GnuTLS, asked by ``certtool --verify``, with a purpose or without: one process a chain.

Knows the command and its output; must not know what is expected. certtool finds the issuer of the last certificate
of the chain that it is given among the trusted ones.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.builder import CLIENT_AUTH, SERVER_AUTH
from tests.verifiers.answer import ROLES, Answer, Answers
from tests.verifiers.cases import Case

COMMANDS = ("certtool",)

_PURPOSES = {"client": CLIENT_AUTH, "server": SERVER_AUTH}


def version() -> str:
    """Such as ``certtool 3.7.9``."""
    run = subprocess.run(["certtool", "--version"], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[0]


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case, naming no purpose: the answer holds for both roles. ``work`` is an empty directory."""
    answers: Answers = {}
    for case in cases:
        answer = _ask(case, work, [])
        answers.update({(case.name, role): answer for role in ROLES})
    return answers


def judge_with_purpose(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles, naming the purpose. ``work`` is an empty directory."""
    return {
        (case.name, role): _ask(case, work, [f"--verify-purpose={_PURPOSES[role]}"])
        for case in cases
        for role in ROLES
    }


def _ask(case: Case, work: Path, more: list[str]) -> Answer:
    roots, chain = work / "root.pem", work / "chain.pem"
    roots.write_bytes(case.root.pem)
    chain.write_bytes(b"".join(built.pem for built in (case.leaf, *case.issuers)))
    run = subprocess.run(
        ["certtool", "--verify", f"--load-ca-certificate={roots}", f"--infile={chain}", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = [line.strip() for line in run.stdout.splitlines() if "verified" in line.lower() or "error" in line]
    return Answer(run.returncode == 0, " ".join(said))
