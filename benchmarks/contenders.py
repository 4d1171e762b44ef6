"""The tools that are compared: their command lines, who is installed, and how each one's output is read.

Knows every tool by its command; must not know how time is measured. Each does the same work as nearly as it can:
name every certificate with its flow. ``tcpdump`` and ``cat`` only read the file: they are the floor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import answers
from answers import TSHARK_FIELDS, Found
from outputs import OUTPUTS

PEERS = Path(__file__).resolve().parent / "peers"

FLOOR_CAT = "cat"
FLOOR_TCPDUMP = "tcpdump"
TSHARK = "tshark"
TSHARK_ORDERED = "tshark, reordering on"

Kind = Literal[
    "tlseku pure", "tlseku compiled", "before pure", "before compiled", "output", "twice", "peer", "floor"
]


@dataclass(frozen=True, slots=True)
class Contender:
    """A tool. ``{}`` in ``command`` stands for the capture, ``{out}`` for what it writes beside standard output.

    ``python_path`` is the PYTHONPATH that it gets. ``slow`` ones run once and not once a round. ``read`` turns the
    lines of the output into what was found. ``exits`` are the exit codes of success.
    """

    name: str
    kind: Kind
    command: tuple[str, ...]
    read: Callable[[Iterable[str]], Found] | None = None
    python_path: str = ""
    slow: bool = False
    exits: tuple[int, ...] = (0,)

    def argv(self, capture: Path, out: Path) -> list[str]:
        """The command for this capture, writing to ``out``."""
        places = {"{}": str(capture), "{out}": str(out)}
        return [places.get(word, word) for word in self.command]


def peers(python: str) -> list[Contender]:
    """The other tools that are installed; ``python`` is the interpreter that may have scapy and pyshark."""
    found: list[Contender] = []
    if shutil.which("tshark"):
        fields = [word for field in TSHARK_FIELDS for word in ("-e", field)]
        wanted = "tls.handshake.type == 1 || tls.handshake.type == 11"
        common = ("tshark", "-n", "-r", "{}", "-Y", wanted, "-T", "fields", *fields)
        ordered = (*common, "-o", "tcp.reassemble_out_of_order:TRUE")
        found.append(Contender(TSHARK_ORDERED, "peer", ordered, answers.of_tshark))
        found.append(Contender(TSHARK, "peer", common, answers.of_tshark))
    if shutil.which("ssldump"):
        found.append(
            Contender("ssldump", "peer", ("ssldump", "-j", "-n", "-N", "-r", "{}"), answers.of_ssldump)
        )
    if shutil.which("tcpdump"):
        found.append(
            Contender(FLOOR_TCPDUMP, "floor", ("tcpdump", "-Z", "root", "-r", "{}", "-w", os.devnull))
            if os.geteuid() == 0
            else Contender(FLOOR_TCPDUMP, "floor", ("tcpdump", "-r", "{}", "-w", os.devnull))
        )
    found.append(Contender(FLOOR_CAT, "floor", ("cat", "{}")))
    for package in ("scapy", "pyshark"):
        if _runs([python, "-c", f"import {package}"]):
            script = str(PEERS / f"with_{package}.py")
            found.append(Contender(package, "peer", (python, script, "{}"), answers.of_peer, slow=True))
    return found


def tlseku(where: str, *, every_output: bool = False) -> list[Contender]:
    """tlseku under one interpreter: ``PYTHON``, or ``PYTHON@DIRECTORY`` to take the package from a directory.

    ``-j`` with several captures is timed with the same one twice, beside one process that reads it twice.
    ``every_output`` adds all of ``outputs``. ``ValueError`` if it does not run.
    """
    python, directory, compiled = _installed(where)
    kind: Kind = "tlseku compiled" if compiled else "tlseku pure"
    command = (python, "-m", "tlseku", "flows", "{}", "-T", "ndjson")
    found = [Contender(kind, kind, command, answers.of_tlseku, directory)]
    for output in OUTPUTS if every_output else ():
        if output.needs and _output([python, "-c", f"import {output.needs}"], directory) is None:
            continue
        words = output.command(python)
        found.append(
            Contender(f"{kind}: {output.name}", "output", words, None, directory, exits=output.exits)
        )
    for processes in ("1", "2"):
        twice = (python, "-m", "tlseku", "flows", "{}", "{}", "-T", "ndjson", "-j", processes)
        found.append(Contender(f"{kind}, it twice, -j {processes}", "twice", twice, None, directory))
    return found


def before(where: str) -> Contender:
    """An earlier build, named as in ``tlseku``: what targets that ask for progress divide by."""
    python, directory, compiled = _installed(where)
    kind: Kind = "before compiled" if compiled else "before pure"
    command = (python, "-m", "tlseku", "flows", "{}", "-T", "ndjson")
    return Contender(kind, kind, command, answers.of_tlseku, directory)


def _installed(where: str) -> tuple[str, str, bool]:
    """Interpreter, directory, and whether tlseku is compiled there."""
    python, _, directory = where.partition("@")
    python = shutil.which(python) or python
    directory = str(Path(directory).resolve()) if directory else ""
    version = _output([python, "-m", "tlseku", "--version"], directory)
    if version is None:
        raise ValueError(f"{where}: tlseku does not run there")
    return python, directory, _is_compiled(version, python, directory)


def environment(python_path: str) -> dict[str, str]:
    """This process's environment with that PYTHONPATH, or none."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**kept, "PYTHONPATH": python_path} if python_path else kept


def _is_compiled(version: str, python: str, directory: str) -> bool:
    words = version.lower()
    if "compiled" in words or "pure" in words:
        return "compiled" in words and "pure" not in words and "not compiled" not in words
    # A version that does not say: a compiled package holds extension modules.
    look = "import pathlib, tlseku; print(len(list(pathlib.Path(tlseku.__file__).parent.rglob('*.so'))))"
    return (_output([python, "-c", look], directory) or "0").strip() != "0"


def _runs(command: list[str]) -> bool:
    return _output(command, "") is not None


def _output(command: list[str], python_path: str) -> str | None:
    # The root directory holds no package that could be imported by accident in place of the installed one.
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env=environment(python_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
