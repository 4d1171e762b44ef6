"""How long tlseku takes for captures, as a ratio to tshark on the same file in the same run.

    python benchmarks/against_tshark.py [CAPTURE…]        default: captures/scenario1.pcap.gz

Both run as commands, start-up included, and tshark decodes what tlseku reports: handshakes with certificates, with
out-of-order reassembly. The best of five counts. Absolute times depend on the machine and are not worth keeping.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

PROJECT = Path(__file__).resolve().parent.parent
ROUNDS = 5

TLSEKU = [sys.executable, "-m", "tlseku", "flows", "-T", "ndjson"]
TSHARK = [
    "tshark",
    "-n",
    "-2",
    "-o",
    "tcp.reassemble_out_of_order:TRUE",
    "-Y",
    "tls.handshake",
    "-T",
    "fields",
]
TSHARK += ["-e", "frame.number", "-e", "tls.handshake.type", "-e", "tls.handshake.certificate", "-r"]


def seconds(command: list[str]) -> float:
    """The time of the fastest of some runs of a command."""
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append(perf_counter() - begin)
    return min(times)


def main(captures: list[str]) -> None:
    for capture in captures or [str(PROJECT / "captures" / "scenario1.pcap.gz")]:
        ratio = seconds([*TLSEKU, capture]) / seconds([*TSHARK, capture])
        print(f"{Path(capture).name}: tlseku takes {ratio:.2f} times as long as tshark")


if __name__ == "__main__":
    main(sys.argv[1:])
