"""Times tlseku and its peers on the generated captures, in turn, and compares what each one found with the truth.

Knows the course of a benchmark; commands (``contenders``), figures (``outcome``) and tables live elsewhere. A first
run of each tool warms the cache and is judged, then come the counted rounds, A B C A B C. Only ratios within one run
mean anything. The exit code is 0 whatever the figures are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import machine
import tables
import targets
from answers import Found, agreement, of_truth
from contenders import Contender, before, environment, peers, tlseku
from generate import generate
from outcome import NOT_THERE, Capture, Outcome, Run

WRONG_USAGE = 2
"""tlseku's exit code for an option or a format that it does not have."""

MEASURE = Path(__file__).resolve().parent / "measure.py"


def measure(
    contender: Contender, argv: Sequence[str], timeout: float, output: Path | str = os.devnull
) -> Run:
    """Run one command; its standard output goes to ``output``, its standard error nowhere."""
    command = [sys.executable, "-I", "-S", str(MEASURE), str(timeout), str(output), os.devnull, *argv]
    done = subprocess.run(
        command, cwd="/", env=environment(contender.python_path), capture_output=True, text=True, check=True
    )
    return Run(**json.loads(done.stdout))


def compete(
    path: Path, contenders: Sequence[Contender], rounds: int, timeout: float, scratch: Path
) -> Capture:
    """All contenders on one capture."""
    facts = json.loads(path.with_suffix(".json").read_text("ascii"))
    capture = Capture(
        name=path.stem,
        kind=facts["kind"],
        size=facts["size"],
        packets=facts["packets"],
        bytes=facts["bytes"],
        certificates=facts["certificates"],
        distinct_certificates=facts["distinct_certificates"],
    )
    with path.with_suffix(".truth.ndjson").open(encoding="ascii") as lines:
        truth = of_truth(lines)
    running = [one for one in contenders if _first(one, path, capture, truth, timeout, scratch)]
    for number in range(rounds):
        for contender in running:
            run = _measured(contender, path, timeout, scratch)
            capture.outcomes[contender.name].runs.append(run)
            _tell(f"{capture.name}, round {number + 1}, {contender.name}: {run.cpu:.2f} s")
    return capture


def _first(
    contender: Contender, path: Path, capture: Capture, truth: Found, timeout: float, scratch: Path
) -> bool:
    """The judged run; whether counted runs shall follow."""
    outcome = Outcome(contender.name, contender.kind)
    capture.outcomes[contender.name] = outcome
    output = scratch / "output"
    run = _measured(contender, path, timeout, scratch, output if contender.read else os.devnull)
    _tell(f"{capture.name}, judged run, {contender.name}: {run.cpu:.2f} s")
    if not run.good(contender.exits):
        outcome.problem = f"timeout after {timeout:g} s" if run.timed_out else f"exit code {run.exit}"
        if contender.kind == "output" and run.exit == WRONG_USAGE:
            outcome.problem = NOT_THERE
        return False
    if contender.read is not None:
        with output.open(encoding="utf-8", errors="replace") as lines:
            outcome.agreement = agreement(truth, contender.read(lines))
        output.unlink()
    if contender.slow:
        outcome.runs.append(run)
    return not contender.slow


def _measured(
    contender: Contender, path: Path, timeout: float, scratch: Path, output: Path | str = os.devnull
) -> Run:
    """One run; what it writes beside standard output is gone after it."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        return measure(contender, contender.argv(path, Path(folder, "written")), timeout, output)


def start(contenders: Sequence[Contender], rounds: int, timeout: float, scratch: Path) -> list[Outcome]:
    """``--help`` and a capture of some 200 packets."""
    generate("handshake", 0.0005, 1, scratch)
    tiny = scratch / "handshake-0.0005.pcap"
    tasks = []
    for contender in contenders:
        if contender.slow:
            continue
        if contender.kind.startswith("tlseku"):
            tasks.append((contender, f"{contender.name} --help", (*contender.command[:3], "--help")))
        if contender.read is not None:
            tiny_run = contender.argv(tiny, scratch / "written")
            tasks.append((contender, f"{contender.name}, 200 packets", tuple(tiny_run)))
    outcomes = [Outcome(what, contender.kind) for contender, what, _ in tasks]
    for number in range(rounds + 1):
        for (contender, _, argv), outcome in zip(tasks, outcomes, strict=True):
            run = measure(contender, argv, timeout)
            if number:
                outcome.runs.append(run)
    return outcomes


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time tlseku and other tools on captures of generate.py.")
    parser.add_argument(
        "captures", nargs="+", type=Path, metavar="CAPTURE", help="a .pcap that generate.py made"
    )
    parser.add_argument(
        "--tlseku",
        action="append",
        metavar="PYTHON[@DIRECTORY]",
        help="an interpreter that has tlseku, or one and the directory to take it from (default: this one)",
    )
    parser.add_argument(
        "--before",
        action="append",
        default=[],
        metavar="PYTHON[@DIRECTORY]",
        help="an earlier build, to divide by: its flows -T ndjson alone; pure and compiled may both be given",
    )
    parser.add_argument(
        "--outputs", action="store_true", help="every format, command and the library, not ndjson alone"
    )
    parser.add_argument(
        "--peer-python", default=sys.executable, help="interpreter that may have scapy, pyshark"
    )
    parser.add_argument(
        "--only", metavar="WORDS", help="only tools whose names contain one of these, by commas"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--start-rounds",
        type=int,
        default=5,
        metavar="N",
        help="of --help and of a tiny capture, at least as --rounds",
    )
    parser.add_argument("--timeout", type=float, default=600, help="seconds a run (default: %(default)s)")
    parser.add_argument("--targets", action="store_true", help="compare with the project's targets")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--date", help="in place of today")
    parser.add_argument("--machine", help="in place of the processor's model")
    return parser.parse_args()


def main() -> None:
    """Read the arguments, run, print."""
    arguments = _arguments()
    contenders: list[Contender] = []
    try:
        for where in arguments.tlseku or [sys.executable]:
            contenders += tlseku(where, every_output=arguments.outputs)
        contenders += map(before, arguments.before)
    except ValueError as error:
        _tell(f"run.py: {error}")
        sys.exit(2)
    contenders += peers(arguments.peer_python)
    if arguments.only:
        words = arguments.only.split(",")
        contenders = [one for one in contenders if any(word in one.name for word in words)]
    paths = [path.resolve() for path in arguments.captures]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        started = start(contenders, max(arguments.rounds, arguments.start_rounds), arguments.timeout, scratch)
        captures = [compete(path, contenders, arguments.rounds, arguments.timeout, scratch) for path in paths]
    shape = machine.describe(arguments.date, arguments.machine)
    judged = targets.judge(captures, started) if arguments.targets else []
    parts = [f"Measured on {shape}. Medians of {arguments.rounds} rounds, warm cache.\n"]
    parts += [tables.of_capture(capture) for capture in captures]
    parts += [tables.of_growth(captures), tables.of_start(started)]
    parts.append(tables.of_targets(judged) if judged else "")
    print("\n".join(part for part in parts if part))
    if arguments.json:
        result = {
            "machine": asdict(shape),
            "rounds": arguments.rounds,
            "captures": [capture.as_dict() for capture in captures],
            "start": [asdict(one) for one in started],
            "targets": [{**asdict(one), "word": one.word} for one in judged],
        }
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
