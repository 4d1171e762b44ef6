"""Make the golden captures: ``python captures/make.py`` writes every file, byte for byte the same each time.

Knows the command line, where the files go and the table in the README; what is in a capture stands in
``scenes``, what is in a bundle in ``bundles``, who is in it in ``identities``, which connections to record in
``recipes``. With ``--record`` the recorded handshakes themselves are made anew first, with fresh keys, by the
``openssl`` command.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from bundles import BUNDLES, DIRECTORY
from carried_scenes import CARRIED_SCENES
from carried_scenes import DIRECTORY as CARRIED
from datagram_scenes import DATAGRAM_SCENES
from datagram_scenes import DIRECTORY as DATAGRAMS
from handshakes import load, record, save
from identities import Cast
from packets import capture, compressed
from recipes import RECIPES
from scenes import SCENES

HERE = Path(__file__).resolve().parent
KEY_LOG = "tls13.keys"

_TABLE_START = "<!-- table: written by make.py -->\n"
_TABLE_END = "<!-- end of table -->\n"

_ADD = """\
To add a capture: give its leaves a serial in identities.py, add a recipe to recipes.py (who, when, what the
server demands), run `make.py --record NAME`, add a scene to scenes.py (addresses, ports, times, what it proves),
run `make.py`, and commit the transcript, the capture and the README together.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives back the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_ADD, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--record",
        nargs="*",
        metavar="NAME",
        help="first run these connections again with fresh certificates (without a name: all of them);\n"
        "record test-case-1 and test-case-2 together, they show the same leaf",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=HERE,
        metavar="DIR",
        help="write the captures there and leave the README alone",
    )
    chosen = parser.parse_args(arguments)
    if chosen.record is not None:
        for unknown in sorted(set(chosen.record) - set(RECIPES)):
            parser.error(f"no recipe {unknown!r}; there are {', '.join(RECIPES)}")
        record_again(chosen.record or list(RECIPES))
    output: Path = chosen.output
    output.mkdir(parents=True, exist_ok=True)
    rows = write_all(output)
    if output.resolve() == HERE:
        refresh_readme(rows)
    return 0


def record_again(names: Sequence[str]) -> None:
    """Run the named connections, with one cast so that a node shows the same certificate in all of them."""
    cast = Cast()
    for name in names:
        transcript = record(RECIPES[name](cast))
        save(name, transcript)
        print(f"recorded {name}: {len(transcript.flights)} flights", *transcript.server_said, sep="\n    ")


def write_all(output: Path) -> list[str]:
    """Write every capture and the key log into ``output``; gives back the rows of the README's table."""
    rows = []
    for scene in SCENES:
        packets = scene.packets(load(scene.transcript))
        content = capture(packets, nanoseconds=scene.nanoseconds)
        stored = compressed(content) if scene.file.endswith(".gz") else content
        (output / scene.file).write_bytes(stored)
        digests = f"`{hashlib.sha256(stored).hexdigest()}`"
        if stored is not content:
            digests += f"<br>decompressed `{hashlib.sha256(content).hexdigest()}`"
        rows.append(f"| `{scene.file}` | {scene.proves} | {len(packets)} | {len(stored)} | {digests} |")
    keys = "".join(f"{line}\n" for line in load("tls13").key_log).encode("ascii")
    (output / KEY_LOG).write_bytes(keys)
    digest = hashlib.sha256(keys).hexdigest()
    rows.append(
        f"| `{KEY_LOG}` | The secrets of `tls13.pcap` (SSLKEYLOGFILE). | - | {len(keys)} | `{digest}` |"
    )
    return [*rows, *write_datagrams(output), *write_carried(output), *write_bundles(output)]


def write_carried(output: Path) -> list[str]:
    """Write every capture of EAP and OpenVPN into a folder of ``output``; gives back the rows of the README's table."""
    (output / CARRIED).mkdir(exist_ok=True)
    rows = []
    for scene in CARRIED_SCENES:
        packets = scene.packets(load(scene.transcript))
        stored = capture(packets, nanoseconds=scene.nanoseconds)
        (output / CARRIED / scene.file).write_bytes(stored)
        digest = hashlib.sha256(stored).hexdigest()
        name = f"`{CARRIED}/{scene.file}`"
        rows.append(f"| {name} | {scene.proves} | {len(packets)} | {len(stored)} | `{digest}` |")
    return rows


def write_datagrams(output: Path) -> list[str]:
    """Write every capture of datagrams into a folder of ``output``; gives back the rows of the README's table."""
    (output / DATAGRAMS).mkdir(exist_ok=True)
    rows = []
    for scene in DATAGRAM_SCENES:
        packets = scene.packets(load(scene.transcript))
        stored = scene.content(packets)
        (output / DATAGRAMS / scene.file).write_bytes(stored)
        digest = hashlib.sha256(stored).hexdigest()
        name = f"`{DATAGRAMS}/{scene.file}`"
        rows.append(f"| {name} | {scene.proves} | {len(packets)} | {len(stored)} | `{digest}` |")
    return rows


def write_bundles(output: Path) -> list[str]:
    """Write every pair of bundles into a folder of ``output``; gives back the rows of the README's table."""
    (output / DIRECTORY).mkdir(exist_ok=True)
    rows = []
    for bundle in BUNDLES:
        stored = bundle.archive()
        (output / bundle.file).write_bytes(stored)
        digests = f"`{hashlib.sha256(stored).hexdigest()}`"
        if bundle.file.endswith(".tar.gz"):
            digests += f"<br>decompressed `{hashlib.sha256(gzip.decompress(stored)).hexdigest()}`"
        rows.append(f"| `{bundle.file}` | Synthetic. {bundle.proves} | - | {len(stored)} | {digests} |")
    return rows


def refresh_readme(rows: Sequence[str]) -> None:
    """Put the rows between the two marks in the README."""
    readme = HERE / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(_TABLE_START)
    _, _, after = rest.partition(_TABLE_END)
    head = "| file | what it proves | packets | bytes | SHA-256 |\n|---|---|---|---|---|\n"
    table = head + "".join(f"{row}\n" for row in rows)
    readme.write_text(f"{before}{_TABLE_START}{table}{_TABLE_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
