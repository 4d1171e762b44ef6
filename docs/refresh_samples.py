"""Put the program's present output into the samples of README.md and ``docs/``, or say with --check that it is there.

Pages may be named, relative to the project; without names all are meant.

A sample is a fenced ``console`` block, whose lines after ``$ `` are run in a directory of their own, beside a link to
``captures``; or a fenced ``text`` block under a comment that says what it is the output of: a tlseku command, run in
the repository, or the Python program above it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

SAMPLE = re.compile(
    r"<!-- output of(?:: tlseku (?P<command>[^\n]+)| the program above) -->\n```text\n(?P<output>.*?)```",
    re.S,
)
CONSOLE = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.S | re.M)
PROGRAM = re.compile(r"```python\n(.*?)```", re.S)


def pages() -> list[str]:
    """The pages that may have samples, relative to the project."""
    found = sorted((PROJECT / "docs").rglob("*.md"))
    return ["README.md", *(path.relative_to(PROJECT).as_posix() for path in found)]


def refreshed(text: str) -> str:
    """``text`` with every sample made anew. A command that fails raises CalledProcessError."""

    def renew(sample: re.Match[str]) -> str:
        command = sample["command"]
        if command is None:
            arguments = ["-c", PROGRAM.findall(text, 0, sample.start())[-1]]
        else:
            arguments = ["-m", "tlseku", *shlex.split(command)]
        start, end = (place - sample.start() for place in sample.span("output"))
        return sample[0][:start] + _output([sys.executable, *arguments], PROJECT) + sample[0][end:]

    with tempfile.TemporaryDirectory() as desk:
        (Path(desk) / "captures").symlink_to(PROJECT / "captures")
        return CONSOLE.sub(lambda block: _played(block[0], Path(desk)), SAMPLE.sub(renew, text))


def _played(block: str, desk: Path) -> str:
    """A console block with what its commands print, one after the other, to either stream."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    shell = f'exec 2>&1\ntlseku() {{ "{sys.executable}" -m tlseku "$@"; }}\n'
    return "".join(f"$ {each}\n" + _output(["bash", "-c", shell + each], desk) for each in commands)


def _output(command: list[str], place: Path) -> str:
    run = subprocess.run(
        command,
        cwd=place,
        env={
            **os.environ,
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUTF8": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    code = 0
    for name in [each for each in arguments if each != "--check"] or pages():
        page = PROJECT / name
        before = page.read_text(encoding="utf-8")
        after = refreshed(before)
        if after == before:
            continue
        if check:
            sys.stderr.write(f"the samples in {name} are out of date: make docs\n")
            code = 1
        else:
            page.write_text(after, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
