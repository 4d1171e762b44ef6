"""Put the program's present output into the samples of README.md, or say with --check that it stands there already.

A sample is a fenced ``text`` block under a comment that says what it is the output of: a tlseku command, run in the
repository, or the Python program above it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

SAMPLE = re.compile(
    r"<!-- output of(?:: tlseku (?P<command>[^\n]+)| the program above) -->\n```text\n(?P<output>.*?)```",
    re.S,
)
PROGRAM = re.compile(r"```python\n(.*?)```", re.S)


def refreshed(text: str) -> str:
    """``text`` with every sample made anew. A command that fails raises CalledProcessError."""

    def renew(sample: re.Match[str]) -> str:
        command = sample["command"]
        if command is None:
            arguments = ["-c", PROGRAM.findall(text, 0, sample.start())[-1]]
        else:
            arguments = ["-m", "tlseku", *shlex.split(command)]
        start, end = (place - sample.start() for place in sample.span("output"))
        return sample[0][:start] + _output(arguments) + sample[0][end:]

    return SAMPLE.sub(renew, text)


def _output(arguments: list[str]) -> str:
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())


def main(arguments: list[str]) -> int:
    readme = PROJECT / "README.md"
    before = readme.read_text(encoding="utf-8")
    after = refreshed(before)
    if arguments == ["--check"]:
        if after != before:
            sys.stderr.write("the samples in README.md are out of date: make docs\n")
        return int(after != before)
    readme.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
