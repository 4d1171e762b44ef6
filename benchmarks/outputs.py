"""Every way in which tlseku gives out what it found: formats, commands, and the library.

Knows their command lines; must not know how time is measured, nor what they print. ``{}`` is the capture, ``{out}``
stands for what is to be written: a file or a directory of the run's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"

SCAN, READ = "scan()", "read()"


@dataclass(frozen=True, slots=True)
class Output:
    """One way. ``needs`` is a package without which it cannot be; ``exits`` are the exit codes of success."""

    name: str
    words: tuple[str, ...]
    needs: str = ""
    exits: tuple[int, ...] = (0,)

    def command(self, python: str) -> tuple[str, ...]:
        """The whole command for an interpreter; the library's programs run in place of the command line."""
        if self.words[0].endswith(".py"):
            return (python, str(PROGRAMS / self.words[0]), *self.words[1:])
        return (python, "-m", "tlseku", *self.words)


def _format(name: str, needs: str = "", to_file: bool = False) -> Output:
    return Output(name, ("flows", "{}", "-T", name, *(("-w", "{out}") if to_file else ())), needs)


OUTPUTS = (
    *map(_format, ("table", "csv", "tsv", "json")),
    Output("ndjson --full", ("flows", "{}", "-T", "ndjson", "--full")),
    *map(_format, ("ecs", "eve", "mermaid", "junit", "sarif")),
    _format("zeek", to_file=True),
    _format("arrow", "pyarrow", to_file=True),
    _format("parquet", "pyarrow", to_file=True),
    Output("-Y", ("flows", "{}", "-T", "ndjson", "-Y", "tls.client.verdict == wrong")),
    Output("--fail-on", ("flows", "{}", "-T", "ndjson", "--fail-on", "wrong"), exits=(0, 1)),
    Output("--summary", ("flows", "{}", "--summary")),
    Output("certs", ("certs", "{}")),
    Output("requests", ("requests", "{}")),
    Output("sunset", ("sunset", "{}")),
    Output("diagnose", ("diagnose", "{}")),
    Output("report", ("report", "{}", "-o", "{out}")),
    Output("annotate", ("annotate", "{}", "-w", "{out}")),
    Output("extract", ("extract", "{}", "-w", "{out}")),
    Output(SCAN, ("scan.py", "{}")),
    Output(READ, ("read.py", "{}")),
    Output("-j 1", ("flows", "{}", "-T", "ndjson", "-j", "1")),
    Output("-j 2", ("flows", "{}", "-T", "ndjson", "-j", "2")),
)
