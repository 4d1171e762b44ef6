"""The committed synthetic bundles, opened, changed and examined for tests.

Knows where they are; every one of them is synthetic and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.profiles.expressway.bundles import as_directory
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.findings.diagnosis import NodeRole
from tlseku.profiles.expressway.findings.pair import Pair, pair_of, roles_of
from tlseku.profiles.expressway.findings.roles import RoleError, role_of
from tlseku.profiles.expressway.node.node_record import NodeRecord, read_node
from tlseku.profiles.expressway.node.snapshot import take_stock

BUNDLES = Path(__file__).resolve().parents[3] / "captures" / "bundles"
CAPTURES = BUNDLES.parent


def committed(story: str, node: str) -> str:
    """The path of a bundle, such as ``test-case-1`` and ``core``."""
    (found,) = BUNDLES.glob(f"{story}-{node}.*")
    return str(found)


def files_of(story: str, node: str) -> dict[str, bytes]:
    """The members of a bundle that have the product's names, by path."""
    with Archive(committed(story, node)) as archive:
        files = {}
        for member in archive.members:
            with member.open() as stream:
                pieces = []
                while piece := stream.read(1 << 16):
                    pieces.append(piece)
                files[member.path] = b"".join(pieces)
        return files


def only(files: Mapping[str, bytes], *beginnings: str) -> dict[str, bytes]:
    """The files whose names begin so."""
    return {name: data for name, data in files.items() if name.startswith(beginnings)}


def without(files: Mapping[str, bytes], *beginnings: str) -> dict[str, bytes]:
    """The files whose names do not begin so."""
    return {name: data for name, data in files.items() if not name.startswith(beginnings)}


def record_of(path: str) -> NodeRecord:
    """The record of the latest snapshot of a bundle."""
    with Archive(path) as archive:
        return read_node(take_stock(archive)[0])


def record(directory: Path, files: Mapping[str, bytes]) -> NodeRecord:
    """The record of a bundle made of files."""
    directory.mkdir(parents=True, exist_ok=True)
    return record_of(as_directory(directory, files))


def make_pair(
    first: NodeRecord, second: NodeRecord, role: NodeRole | None = None, time: int | None = None
) -> Pair:
    """Put two nodes together; ``role`` is what the first one is, ``None``: find out. Raises ``RoleError``.

    ``time``, in nanoseconds since 1970-01-01 UTC, is when dates are judged, by default when the later bundle was made.
    """
    roles, told_by = roles_of((first, second), role)
    if roles[0] == roles[1]:
        why, why_other = role_of(first)[1], role_of(second)[1]
        raise RoleError(f"both nodes look like the {roles[0].capitalize()}: {why}; {why_other}; say --role")
    core, edge = (first, second) if roles[0] == "core" else (second, first)
    return pair_of(core, edge, told_by, time)
