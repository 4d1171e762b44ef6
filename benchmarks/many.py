"""Many captures by one process, by two, and on a Dask cluster of two workers: CPU, wall time and memory of each way.

``python benchmarks/many.py CAPTURE... [--tlseku PYTHON[@DIRECTORY]] [--only WORDS]``. Each way is a run of its own
through ``measure.py``, which also counts the processes that it waits for. Prints a Markdown table, in which CPU and
wall time are also given as ratios to one process that makes the same, and the size of the dataset. Only ratios within
one run mean anything. ``--split N`` cuts a classic pcap into so many captures first.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent

PRELUDE = "import sys, tlseku\npaths = sys.argv[2:]\ntarget = sys.argv[1]\n"

CLUSTER = (
    "from distributed import Client, LocalCluster\n"
    "with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:\n"
    "    with Client(cluster) as client:\n"
)

WAYS: dict[str, tuple[str, str]] = {
    # Name: what it makes, and the program that makes it.
    "lines, one process": ("lines", "from tlseku.cli import main\nmain(['flows', '-T', 'ndjson', *paths])"),
    "lines, -j 2": (
        "lines",
        "from tlseku.cli import main\nmain(['flows', '-j', '2', '-T', 'ndjson', *paths])",
    ),
    "flows, one process": ("flows", "print(len(tlseku.read(*paths)))"),
    "flows, two processes": ("flows", "print(len(tlseku.read_many(paths, processes=2)))"),
    "table, one process": ("table", "print(tlseku.scan(*paths).to_arrow().num_rows)"),
    "table, two processes": ("table", "print(tlseku.scan_many(paths, processes=2).to_arrow().num_rows)"),
    "table, Dask, two workers": (
        "table",
        f"{CLUSTER}        print(len(tlseku.dask_frame(paths, partition_bytes=32 << 20)))",
    ),
    "dataset, one process": ("dataset", "print(tlseku.ingest(paths, target, processes=0))"),
    "dataset, two processes": ("dataset", "print(tlseku.ingest(paths, target, processes=2))"),
    "dataset, once more": ("dataset", "print(tlseku.ingest(paths, target, processes=2))"),
}


def main() -> None:
    """Run every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--tlseku", default=sys.executable, metavar="PYTHON[@DIRECTORY]")
    parser.add_argument("--split", type=int, default=0, metavar="N", help="cut the one capture into N first")
    parser.add_argument("--only", default="", metavar="WORDS")
    given = parser.parse_args()
    python, _, directory = given.tlseku.partition("@")
    with tempfile.TemporaryDirectory() as place:
        paths = split(given.captures[0], given.split, Path(place)) if given.split else given.captures
        read = sum(path.stat().st_size for path in paths)
        print(f"{len(paths)} captures, {read / 1e6:,.0f} MB\n")
        print("| way | CPU s | wall s | peak MB | CPU ÷ one | wall ÷ one |\n|---|---:|---:|---:|---:|---:|")
        first: dict[str, dict[str, float]] = {}
        for name, (makes, program) in WAYS.items():
            if not all(word in name for word in given.only.split()):
                continue
            target = Path(place, "two" if name.endswith(("two processes", "more")) else "one")
            script = Path(place, "way.py")
            body = "".join(f"    {line}\n" for line in program.splitlines())
            script.write_text(f"{PRELUDE}if __name__ == '__main__':\n{body}", encoding="utf-8")
            took = run([python, str(script), str(target), *map(str, paths)], directory, Path(place))
            one = first.setdefault(makes, took)
            print(
                f"| {name} | {took['cpu']:.1f} | {took['wall']:.1f} | {took['peak_kib'] / 1000:,.0f}"
                f" | {took['cpu'] / one['cpu']:.2f} | {took['wall'] / one['wall']:.2f} |",
                flush=True,
            )
            if name == "dataset, one process":
                size = sum(path.stat().st_size for path in target.rglob("*.parquet"))
                print(f"| its size: {size / 1e6:,.1f} MB, {size / read:.1%} of the captures | | | | | |")


def split(capture: Path, parts: int, place: Path) -> list[Path]:
    """A classic little-endian pcap cut between packets into so many of about the same size."""
    content = capture.read_bytes()
    made: list[Path] = []
    start = at = 24
    for number in range(parts):
        until = 24 + (len(content) - 24) * (number + 1) // parts
        while at < until:
            at += 16 + struct.unpack_from("<I", content, at + 8)[0]
        made.append(place / f"part-{number:04}.pcap")
        made[-1].write_bytes(content[:24] + content[start:at])
        start = at
    return made


def run(command: Sequence[str], directory: str, place: Path) -> dict[str, float]:
    """What a command cost, by ``measure.py``."""
    measured = [
        sys.executable,
        str(HERE / "measure.py"),
        "3600",
        str(place / "out"),
        str(place / "err"),
        *command,
    ]
    environment = {"PATH": "/usr/bin:/bin", **({"PYTHONPATH": directory} if directory else {})}
    done = subprocess.run(measured, capture_output=True, check=True, text=True, env=environment)
    took: dict[str, float] = json.loads(done.stdout)
    if took["exit"]:
        sys.exit((place / "err").read_text(encoding="utf-8", errors="replace"))
    return took


if __name__ == "__main__":
    main()
