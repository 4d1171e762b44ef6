"""NSS, asked by ``certutil -V``: one process a question.

Knows the command, its batch mode, which fills the store but stops at the first refusal, and its output; must not know
what is expected. This is the verifier that NSS itself applies in a handshake; Firefox uses another one (mozilla::pkix).
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.builder import Built
from tests.verifiers.answer import Answer, Answers, Role
from tests.verifiers.cases import Case

COMMANDS = ("certutil",)

_USAGES: tuple[tuple[Role, str], ...] = (("client", "C"), ("server", "V"))


def version() -> str:
    """certutil does not tell its version; the package that brings it does."""
    run = subprocess.run(
        ["dpkg-query", "-W", "-f=NSS ${Version}", "libnss3-tools"],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout or "NSS of unknown version"


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Ask for every case in both roles. ``work`` is an empty directory, which becomes the certificate store."""
    store = f"sql:{work}"
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True, capture_output=True)
    roots = {case.root for case in cases}
    trusted = {
        built: ("CTP,," if built in roots else ",,") for case in cases for built in _certificates(case)
    }
    readable = {built: _decodes(built, store, work) for built in trusted if _is_odd(built)}
    adding = [
        f"-A -d {store} -n {_nickname(built)} -t {trust} -i {_file(built, work)}"
        for built, trust in trusted.items()
        if readable.get(built, True)
    ]
    (work / "batch").write_text("\n".join(adding) + "\n", encoding="utf-8")
    subprocess.run(
        ["certutil", "-B", "-d", store, "-i", str(work / "batch")], check=True, capture_output=True
    )
    return {
        (case.name, role): _ask(["-d", store, "-n", _nickname(case.leaf), "-u", usage])
        if all(readable.get(built, True) for built in _certificates(case))
        else Answer(False, "cannot be decoded")
        for case in cases
        for role, usage in _USAGES
    }


def _is_odd(built: Built) -> bool:
    certificate = built.certificate()
    return certificate.defects != () or certificate.key_type not in ("ec", "rsa")


def _decodes(built: Built, store: str, work: Path) -> bool:
    """A batch stops at the first certificate that cannot be decoded, so that odd ones are tried before."""
    arguments = ["-A", "-d", store, "-n", _nickname(built), "-t", ",,", "-i", str(_file(built, work))]
    return subprocess.run(["certutil", *arguments], check=False, capture_output=True).returncode == 0


def _certificates(case: Case) -> tuple[Built, ...]:
    return (case.root, *case.issuers, case.leaf)


def _nickname(built: Built) -> str:
    return f"n{built.certificate().sha256[:16]}"


def _file(built: Built, work: Path) -> Path:
    file = work / f"{_nickname(built)}.der"
    file.write_bytes(built.der)
    return file


def _ask(arguments: Sequence[str]) -> Answer:
    run = subprocess.run(
        ["certutil", "-V", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    accepts = run.stdout == "certutil: certificate is valid\n"
    if not accepts and not run.stdout.startswith("certutil: certificate is invalid"):
        raise ValueError(run.stdout)
    return Answer(accepts, run.stdout.partition(": ")[2].strip())
