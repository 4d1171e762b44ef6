"""Where the stacks of a machine are: those of PyPI and npm in an environment of their own, the others in the PATH.

Knows the layout of what ``tests/run`` installs (``.venv-stacks`` or $TLSEKU_TEST_STACKS); must not know what a stack
does. What is not there is said in words that a skipped test shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from tests.conftest import PROJECT

PEERS = Path(__file__).with_name("peers")
PINS = Path(__file__).with_name("pins.txt")
MADE = PROJECT / "build" / "peers"
_making = Lock()


class Missing(Exception):
    """A stack, or what builds its peer, is not on this machine. ``required`` says that the test command installs it
    everywhere; what a registry may lack is not."""

    def __init__(self, reason: str, *, required: bool = True) -> None:
        super().__init__(reason)
        self.required = required


def stacks() -> Path:
    """The environment of the stacks. Raises Missing."""
    place = Path(os.environ.get("TLSEKU_TEST_STACKS") or PROJECT / ".venv-stacks")
    if not place.is_dir():
        raise Missing("the stacks of PyPI are not installed: run tests/run --prepare")
    return place.resolve()


def python_of(*modules: str) -> str:
    """The interpreter of that environment, which has these modules. Raises Missing."""
    for module in modules:
        in_packages(module)
    return str(stacks() / "bin" / "python")


def in_packages(path: str) -> str:
    """A file or folder among the installed packages. Raises Missing."""
    found = sorted(stacks().glob(f"lib/python3*/site-packages/{path}"))
    if not found:
        raise Missing(
            f"{path.partition('/')[0]} is not installed: the package index has none for this machine",
            required=False,
        )
    return str(found[0])


def in_npm(pattern: str) -> str:
    """A file of npm's packages. Raises Missing."""
    found = sorted(stacks().glob(f"npm/node_modules/{pattern}"))
    if not found:
        raise Missing(f"npm has not brought {pattern}", required=False)
    return str(found[0])


def command(name: str, *, required: bool = True) -> str:
    """A program of the machine. Raises Missing."""
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed", required=required)
    return found


def compiled(source: str, *libraries: str) -> str:
    """The program that is made of a peer in C or C++. Raises Missing without compiler, headers or libraries."""
    compiler = [command("g++" if source.endswith(".cpp") else "gcc"), "-O1"]
    # Debian keeps the headers of Botan in a folder of their own.
    where = [str(PEERS / source), "-I/usr/include/botan-2"]
    return made(source, compiler, "-o", "{}", *where, *(f"-l{name}" for name in libraries))


def made(
    source: str, compiler: Sequence[str], *arguments: str, into: str = "peer", **environment: str
) -> str:
    """What a compiler makes of a peer, once: the path of ``into``, ``{}`` in the arguments. Raises Missing.

    It is made anew when a source, the compiler or a pin changes.
    """
    known = hashlib.sha256(repr((compiler, arguments)).encode())
    for file in (PEERS / source, PEERS / "peer.h", PINS):
        known.update(file.read_bytes())
    target = MADE / known.hexdigest()[:16] / into
    with _making:
        return _made(source, target, compiler, arguments, environment)


def _made(
    source: str,
    target: Path,
    compiler: Sequence[str],
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> str:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Another process may look for it, too, and must not find half of it.
        making = target.with_name(f"{target.name}-{os.getpid()}")
        command_line = [*compiler, *(argument.format(making) for argument in arguments)]
        run = subprocess.run(
            command_line, capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )
        if run.returncode:
            raise Missing(f"{source} cannot be compiled: {(run.stderr or run.stdout).splitlines()[:1]}")
        # A folder cannot take the place of one that another process has made meanwhile, which is as good.
        with contextlib.suppress(OSError):
            making.replace(target)
    return str(target)
