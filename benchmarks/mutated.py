"""Reads mutated captures and says how many of them brought up anything but a flow, a warning or a CaptureError.

    python benchmarks/mutated.py --count 20000 --seed 1
    python benchmarks/mutated.py --count 20000 --seed 1 --against /path/to/python@/directory/of/another/build
    python benchmarks/mutated.py --count 1000000 --progress build/mutated.json     stopped and begun again at will

Eighteen kinds of mutation over the captures of this project: of bytes, of the fields of packets, of times, of order, of
the file. Each case has a seed, so that two builds read the same; with ``--against`` the other one reads them too, and
what both say is compared, a hundred cases at a time. Exit code 1 where there was an error or a difference. All is done
in one process, without a file: 4 ms of processor time a case interpreted, half of that compiled.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import tlseku
from tlseku.capture import packets
from tlseku.errors import CaptureError
from tlseku.output.json.flow_object import flow_to_dict

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
GROUP = 100
"""Cases that one scan reads, since what is found once (judgements of rule-books) then serves all of them."""

STRETCH = 10_000
"""Cases after which progress is kept, and the other build is asked."""

SLOWEST = 2.0
"""Seconds of processor time of so many small captures, or one, that count as a hang."""

Frame = tuple[int, bytes, int]
Frames = list[Frame]


def _payload(data: bytes) -> int:
    """Where the payload of TCP begins in a plain frame; the frame's end where it is none."""
    if len(data) < 54 or data[12:15] != b"\x08\x00\x45" or data[23] != 6:
        return len(data)
    return min(34 + (data[46] >> 4) * 4, len(data))


def _with(frames: Frames, at: int, data: bytes) -> None:
    frames[at] = (frames[at][0], data, max(frames[at][2], len(data)))


def flip_bits(chance: random.Random, frames: Frames, at: int) -> None:
    data = bytearray(frames[at][1])
    for _ in range(chance.choice((1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    _with(frames, at, bytes(data))


def set_bytes(chance: random.Random, frames: Frames, at: int) -> None:
    data = bytearray(frames[at][1])
    begin = chance.randrange(len(data))
    for index in range(begin, min(begin + chance.choice((1, 2, 4)), len(data))):
        data[index] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    _with(frames, at, bytes(data))


def payload_bytes(chance: random.Random, frames: Frames, at: int) -> None:
    data = bytearray(frames[at][1])
    begin = _payload(bytes(data))
    if begin < len(data):
        # Lengths of records and messages stand in front.
        data[begin + min(int(chance.expovariate(0.1)), len(data) - begin - 1)] = chance.randrange(256)
    _with(frames, at, bytes(data))


def insert_bytes(chance: random.Random, frames: Frames, at: int) -> None:
    data = frames[at][1]
    place = chance.randrange(len(data) + 1)
    _with(frames, at, data[:place] + chance.randbytes(chance.choice((1, 3, 40))) + data[place:])


def remove_bytes(chance: random.Random, frames: Frames, at: int) -> None:
    data = frames[at][1]
    place = chance.randrange(len(data))
    _with(frames, at, data[:place] + data[place + chance.choice((1, 3, 40)) :] or b"\0")


def cut(chance: random.Random, frames: Frames, at: int) -> None:
    ts_ns, data, length = frames[at]
    frames[at] = ts_ns, data[: chance.randrange(len(data)) or 1], length


def snaplen(chance: random.Random, frames: Frames, at: int) -> None:
    kept = chance.choice((20, 54, 60, 65, 68, 96, 128, 256))
    frames[:] = [(ts_ns, data[:kept], length) for ts_ns, data, length in frames]


def lose(chance: random.Random, frames: Frames, at: int) -> None:
    del frames[at]


def lose_a_side(chance: random.Random, frames: Frames, at: int) -> None:
    source = frames[at][1][26:30]
    frames[:] = [each for each in frames if each[1][26:30] != source] or frames[:1]


def double(chance: random.Random, frames: Frames, at: int) -> None:
    frames.insert(at + chance.choice((1, 3, 10)), frames[at])


def late(chance: random.Random, frames: Frames, at: int) -> None:
    frames.insert(chance.randrange(len(frames)), frames.pop(at))


def swap(chance: random.Random, frames: Frames, at: int) -> None:
    other = chance.randrange(len(frames))
    frames[at], frames[other] = frames[other], frames[at]


def far_time(chance: random.Random, frames: Frames, at: int) -> None:
    ts_ns, data, length = frames[at]
    there = chance.choice(
        (0, 1 << 62, (1 << 64) - 1, ts_ns + 3_660_000_000_000, ts_ns + (1 << 31) * 1_000_000_000)
    )
    frames[at] = there, data, length


def shift_times(chance: random.Random, frames: Frames, at: int) -> None:
    by = chance.choice((-7_200_000_000_000, 7_200_000_000_000, 1_000_000))
    frames[at:] = [(max(ts_ns + by, 0), data, length) for ts_ns, data, length in frames[at:]]


def sequence_number(chance: random.Random, frames: Frames, at: int) -> None:
    data = bytearray(frames[at][1])
    if _payload(bytes(data)) >= 54:
        struct.pack_into(
            ">I", data, chance.choice((38, 42)), chance.choice((0, 1, chance.getrandbits(32), 1 << 31))
        )
    _with(frames, at, bytes(data))


def overlap(chance: random.Random, frames: Frames, at: int) -> None:
    data = frames[at][1]
    begin = _payload(data)
    if len(data) - begin > 2:
        skipped = chance.randrange(1, len(data) - begin)
        again = bytearray(data[:begin] + data[begin + skipped :])
        (seq,) = struct.unpack_from(">I", data, 38)
        struct.pack_into(">I", again, 38, (seq + skipped) & 0xFFFFFFFF)
        struct.pack_into(">H", again, 16, (len(again) - 14) & 0xFFFF)
        frames.insert(at + 1, (frames[at][0], bytes(again), len(again)))


def splice(chance: random.Random, frames: Frames, at: int) -> None:
    """The payload of another packet in this one."""
    data, other = frames[at][1], chance.choice(frames)[1]
    _with(frames, at, data[: _payload(data)] + other[_payload(other) :] or b"\0")


OF_PACKETS: tuple[Callable[[random.Random, Frames, int], None], ...] = (
    *(flip_bits, set_bytes, payload_bytes, insert_bytes, remove_bytes, cut, snaplen, lose, lose_a_side),
    *(double, late, swap, far_time, shift_times, sequence_number, overlap, splice),
)
FILE_BYTES = "file_bytes"
"""The eighteenth kind: bytes of the file itself, headers of records and compression included."""

KINDS = (*(each.__name__ for each in OF_PACKETS), FILE_BYTES)


CLOCK = 9, 0
RESOLUTIONS = (*(9,) * 6, 0, 6, 18, 19, 63, 127, 0x80, 0x9E, 0xBF, 0xC0, 0xFF)
OFFSETS = (*(0,) * 6, 1, -1, 1 << 31, -(1 << 40), (1 << 63) - 1, -(1 << 63))
"""What an interface of pcapng may say of its times (if_tsresol, if_tsoffset): nanoseconds, and what is odd."""


def sources() -> list[tuple[int, Frames]]:
    """The packets of the project's captures, with their link type; what is no plain capture stays out."""
    found = []
    for path in sorted(CAPTURES.glob("*.pcap*")):
        try:
            read = [each for each in packets(str(path)) if each[3]]
        except CaptureError:
            continue
        if 0 < len(read) <= 200:
            found.append((read[0][2], [(each[1], bytes(each[3]), each[4]) for each in read]))
    return found


def mutated(seed: int, captures: list[tuple[int, Frames]]) -> tuple[str, bytes]:
    """The kind of a case and its file."""
    chance = random.Random(seed)
    linktype, packets_of_it = chance.choice(captures)
    frames, kind = list(packets_of_it), chance.choice(KINDS)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if kind != FILE_BYTES and frames:
            OF_PACKETS[KINDS.index(kind)](chance, frames, chance.randrange(len(frames)))
    clock = CLOCK if kind != far_time.__name__ else (chance.choice(RESOLUTIONS), chance.choice(OFFSETS))
    content = _file(linktype, frames, chance.random() < 0.5, clock)
    if kind == FILE_BYTES:
        damaged = bytearray(gzip.compress(content, 1, mtime=0) if chance.random() < 0.2 else content)
        for _ in range(chance.choice((1, 2, 8))):
            damaged[min(int(chance.expovariate(0.01)), len(damaged) - 1)] = chance.randrange(256)
        content = bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged)) or 1))])
    return kind, content


def _file(linktype: int, frames: Frames, ng: bool, clock_of_it: tuple[int, int]) -> bytes:
    if not ng:
        records = [
            struct.pack("<IIII", (ts_ns // 10**9) & 0xFFFFFFFF, ts_ns % 10**9, len(data), length) + data
            for ts_ns, data, length in frames
        ]
        return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, linktype) + b"".join(records)
    blocks = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    options = struct.pack("<HHBxxxHHqHH", 9, 1, clock_of_it[0], 14, 8, clock_of_it[1], 0, 0)
    blocks.append(_block(1, struct.pack("<HHI", linktype, 0, 0) + options))
    for ts_ns, data, length in frames:
        clock = ts_ns & ((1 << 64) - 1)
        head = struct.pack("<IIIII", 0, clock >> 32, clock & 0xFFFFFFFF, len(data), length)
        blocks.append(_block(6, head + data + b"\0" * (-len(data) % 4)))
    return b"".join(blocks)


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def answer(contents: list[bytes]) -> str:
    """What is said of files that are read one after the other: flows, warnings, and the errors that a user may see."""
    errors: list[str] = []
    scan = tlseku.scan(*map(io.BytesIO, contents), on_error=lambda error: errors.append(str(error)))
    flows = [flow_to_dict(flow, full=True) for flow in scan]
    return repr((flows, errors, scan.warnings, scan.summary))


def faults_of(contents: list[bytes]) -> tuple[str, str]:
    """What is said of files, and the traceback or the time that nobody documented; empty where there is none."""
    begun = time.process_time()
    try:
        said = answer(contents)
    except Exception:  # noqa: BLE001  counting what nobody documented is what this is for
        return "", traceback.format_exc()
    seconds = time.process_time() - begun
    return said, f"{seconds:.1f} s" if seconds > SLOWEST else ""


@dataclass
class Tally:
    """What came of the cases from ``seed`` on, ``done`` of them: ``kinds`` of mutation, ``errors``, and in how many
    hundreds another build ``differs``. ``seconds`` is the processor time that they took."""

    seed: int
    done: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    differs: int = 0
    seconds: float = 0.0

    @classmethod
    def kept(cls, path: Path | None, seed: int) -> Tally:
        """The one of an earlier run, whose seed counts, or a new one."""
        if path is None or not path.exists():
            return cls(seed)
        found = json.loads(path.read_text("utf-8"))
        return cls(**{**found, "kinds": Counter(found["kinds"])})

    def keep(self, path: Path | None) -> None:
        """Write it beside and rename, so that a run that is stopped at any time goes on from here."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part")
            beside.write_text(json.dumps(vars(self)), "utf-8")
            beside.replace(path)

    @property
    def figure(self) -> str:
        """One line for people."""
        pace = f", {self.done / self.seconds * 60:,.0f} a minute" if self.seconds else ""
        return (
            f"{self.done:,} mutated captures{pace}, {len(self.kinds)} kinds of mutation, {tlseku.how_built()}:"
            f" {len(self.errors)} undocumented errors or hangs"
        )


def digests(seed: int, count: int, tally: Tally, captures: list[tuple[int, Frames]]) -> list[str]:
    """A digest of what is said of each ``GROUP`` cases; what came of them is added to the tally."""
    found = []
    begun = time.process_time()
    for begin in range(seed, seed + count, GROUP):
        cases = [mutated(case, captures) for case in range(begin, min(begin + GROUP, seed + count))]
        tally.kinds.update(kind for kind, _ in cases)
        said, fault = faults_of([content for _, content in cases])
        if fault:
            # Each by itself: which one it was, and what the others say.
            alone = [faults_of([content]) for _, content in cases]
            said = "".join(each for each, _ in alone)
            tally.errors += [
                f"case {begin + at} ({cases[at][0]}):\n{problem}"
                for at, (_, problem) in enumerate(alone)
                if problem
            ] or [f"cases {begin} to {begin + len(cases) - 1} together:\n{fault}"]
        found.append(hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest())
    tally.done += count
    tally.seconds += time.process_time() - begun
    return found


def of_another(python: str, seed: int, count: int) -> list[str]:
    """The digests of another build: its interpreter, and behind an ``@`` the directory to take it from."""
    interpreter, _, directory = python.partition("@")
    command = [interpreter, __file__, "--digests", "--count", str(count), "--seed", str(seed)]
    environment = {**os.environ, **({"PYTHONPATH": directory} if directory else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.split()


def main() -> int:
    """Read the cases, and say what came of them."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument(
        "--against", help="the PYTHON[@DIRECTORY] of another build, which reads the same cases"
    )
    options.add_argument(
        "--progress", type=Path, help="a file that is written all along; another run goes on from it"
    )
    options.add_argument("--digests", action="store_true", help="print nothing but a digest of each hundred")
    given = options.parse_args()
    tally, captures = Tally.kept(given.progress, given.seed), sources()
    if given.digests:
        print("\n".join(digests(given.seed, given.count, tally, captures)))
        return 0
    while tally.done < given.count:
        begin, size = tally.seed + tally.done, min(STRETCH, given.count - tally.done)
        ours = digests(begin, size, tally, captures)
        if given.against:
            theirs = of_another(given.against, begin, size)
            different = [
                begin + at * GROUP
                for at, (one, other) in enumerate(zip_longest(ours, theirs))
                if one != other
            ]
            tally.differs += len(different)
            for each in different[:5]:
                print(f"the builds differ among the hundred cases from {each} on")
        tally.keep(given.progress)
        print(tally.figure, flush=True)
    for error in tally.errors[:20]:
        print(error)
    if given.against:
        print(f"{tally.differs} of {-(-tally.done // GROUP)} hundreds differ between the builds")
    print(tally.figure)
    return 1 if tally.errors or tally.differs else 0


if __name__ == "__main__":
    sys.exit(main())
