"""Makes the captures of the benchmark, byte for byte the same from the same seed and size.

Knows how sessions that run at once are woven into one file, and how files are named; must not know what is in them
(``scenes``). Out come, for each kind, ``<kind>-<size>.pcap``, the truth about its TLS flows as ``.truth.ndjson``, and
``.json`` with what was counted. Memory depends on what goes on at once, not on the size, but for the digests of the
certificates, which are counted.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from frames import FILE_HEADER
from scenes import SCENES, Start, world

BLOCK = 1 << 22


def weave(starts: Iterator[Start]) -> Iterator[bytes | Start]:
    """The records of all sessions in the order of time; a session itself comes just before its first record."""
    running: list[tuple[int, int, bytes, Iterator[tuple[int, bytes]]]] = []
    push, replace, pop = heapq.heappush, heapq.heapreplace, heapq.heappop
    pending: Start | None = next(starts, None)
    number = 0
    while pending is not None or running:
        if pending is not None and (not running or pending.ts <= running[0][0]):
            yield pending
            number += 1
            first = next(pending.packets, None)
            if first is not None:
                push(running, (first[0], number, first[1], pending.packets))
            pending = next(starts, None)
            continue
        _, rank, record, packets = running[0]
        yield record
        after = next(packets, None)
        if after is None:
            pop(running)
        else:
            replace(running, (after[0], rank, after[1], packets))


def generate(kind: str, size: float, seed: int, folder: Path) -> dict[str, object]:
    """Write one capture with its truth and return what was counted."""
    stem = f"{kind}-{size:g}"
    scene = world(seed)
    digest = hashlib.sha256(FILE_HEADER)
    packets = flows = entries = 0
    seen: set[bytes] = set()
    with (
        (folder / f"{stem}.pcap").open("wb") as capture,
        (folder / f"{stem}.truth.ndjson").open("w", encoding="ascii", buffering=BLOCK) as truth,
    ):
        capture.write(FILE_HEADER)
        block: list[bytes] = []
        waiting = 0
        length = len(FILE_HEADER)
        for item in weave(SCENES[kind](scene, size)):
            if isinstance(item, bytes):
                block.append(item)
                waiting += len(item)
                packets += 1
                if waiting >= BLOCK:
                    length += _write(capture, digest, block)
                    waiting = 0
                continue
            for known in item.truth:
                flows += 1
                for chain in known["presented"]:  # type: ignore[attr-defined]
                    entries += len(chain["sha256"])
                    seen.update(map(bytes.fromhex, chain["sha256"]))
                truth.write(json.dumps({"flow": flows, **known}, separators=(",", ":")) + "\n")
        length += _write(capture, digest, block)
    disorder = scene.disorder
    facts: dict[str, object] = {
        "kind": kind,
        "size": size,
        "seed": seed,
        "packets": packets,
        "bytes": length,
        "tls_flows": flows,
        "certificates": entries,
        "distinct_certificates": len(seen),
        "data_segments": disorder.segments,
        "reordered": disorder.late,
        "repeated": disorder.repeated,
        "sha256": digest.hexdigest(),
    }
    (folder / f"{stem}.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="ascii")
    return facts


def _write(capture: BinaryIO, digest: hashlib._Hash, block: list[bytes]) -> int:
    data = b"".join(block)
    capture.write(data)
    digest.update(data)
    block.clear()
    return len(data)


def main() -> None:
    """Read the arguments and make what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(SCENES)} (default: all)")
    parser.add_argument("--size", type=float, default=1.0, help="0.0005 to 16 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="folder, made if need be")
    arguments = parser.parse_args()
    kinds: list[str] = arguments.kinds or list(SCENES)
    for kind in kinds:
        if kind not in SCENES:
            parser.error(f"{kind!r} is not one of {', '.join(SCENES)}")
    if not 0.0005 <= arguments.size <= 16:
        parser.error("--size must lie between 0.0005 and 16")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        began = time.perf_counter()
        facts = generate(kind, arguments.size, arguments.seed, arguments.output)
        took = time.perf_counter() - began
        print(
            f"{kind}: {facts['packets']:,} packets, {facts['bytes']:,} bytes, {facts['tls_flows']:,} TLS flows, "
            f"{facts['certificates']:,} certificates ({facts['distinct_certificates']:,} distinct), {took:.1f} s"
        )


if __name__ == "__main__":
    main()
