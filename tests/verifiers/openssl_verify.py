"""OpenSSL, asked by ``openssl verify -purpose``: one process a role.

Knows the command and its output; must not know what is expected. It prints ``FILE: OK``, or
``error N at D depth lookup: words`` before ``error FILE: verification failed``.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import ROLES, Answer, Answers
from tests.verifiers.cases import SEVERAL_PATHS, Case

COMMANDS = ("openssl",)

_PURPOSES = {"client": "sslclient", "server": "sslserver"}


def version() -> str:
    """Such as ``OpenSSL 3.0.19 27 Jan 2026``."""
    run = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    return run.stdout.partition(" (")[0].strip()


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles. ``work`` is an empty directory."""
    answers: Answers = {}
    together = [case for case in cases if case.name not in SEVERAL_PATHS]
    # Where the order of issuers decides, they must not stand among those of other cases.
    for part in (together, *([case] for case in cases if case.name in SEVERAL_PATHS)):
        answers.update(_ask(part, work))
    return answers


def _ask(cases: Sequence[Case], work: Path) -> Answers:
    files = {str(work / f"{index}.pem"): case for index, case in enumerate(cases)}
    for file, case in files.items():
        Path(file).write_bytes(case.leaf.pem)
    bundles = {
        "roots": dict.fromkeys(case.root for case in cases),
        "issuers": dict.fromkeys(each for case in cases for each in case.issuers),
    }
    for name, certificates in bundles.items():
        (work / name).write_bytes(b"".join(built.pem for built in certificates))
    answers: Answers = {}
    for role in ROLES:
        run = subprocess.run(
            ["openssl", "verify", "-no-CApath", "-no-CAstore", "-purpose", _PURPOSES[role]]
            + ["-CAfile", str(work / "roots"), "-untrusted", str(work / "issuers"), *files],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said: list[str] = []
        for line in run.stdout.splitlines():
            done = re.fullmatch(r"(?:error )?(.*): (OK|verification failed)", line)
            if done is None:
                said.append(line)
            else:
                problems = [text for text in said if text.startswith("error ")]
                answers[files[done[1]].name, role] = Answer(done[2] == "OK", "; ".join(problems))
                said = []
        for case in cases:
            # One that it cannot load it does not name in a line of its own.
            answers.setdefault((case.name, role), Answer(False, "cannot be loaded"))
    return answers
