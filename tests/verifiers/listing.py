"""The cases written to a directory for a verifier that is another program, and its answers read back.

Knows the two little text formats between us; must not know any verifier. ``cases.txt`` has a line a case: its index,
the file of the root, then the files of leaf and issuers, all DER, parted by tabs. The answers have a line a case and
role: index, role, ``accept`` or ``refuse``, and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import Answer, Answers
from tests.verifiers.cases import Case


def write_listing(cases: Sequence[Case], work: Path) -> Path:
    """Write every certificate once, and ``cases.txt``, whose path is returned."""
    lines = []
    for index, case in enumerate(cases):
        names = []
        for built in (case.root, case.leaf, *case.issuers):
            file = work / f"{built.certificate().sha256[:16]}.der"
            file.write_bytes(built.der)
            names.append(str(file))
        lines.append("\t".join([str(index), *names]))
    listing = work / "cases.txt"
    listing.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return listing


def read_answers(text: str, cases: Sequence[Case]) -> Answers:
    """Read what the program printed. Raises ValueError for a line that is no answer."""
    answers: Answers = {}
    for line in text.splitlines():
        index, role, outcome, said = line.split("\t")
        if role not in ("client", "server") or outcome not in ("accept", "refuse"):
            raise ValueError(line)
        answers[cases[int(index)].name, "client" if role == "client" else "server"] = Answer(
            outcome == "accept", said
        )
    return answers
