"""``tlseku.profiles.expressway.archive.archive``: what is packed once more. Every bundle here is synthetic."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest

from tests.profiles.expressway.archive.test_archive import content, dressed
from tests.profiles.expressway.bundles import TIME, bundle, tar, written, zipped
from tlseku.profiles.expressway.archive.archive import DEEPEST, Archive
from tlseku.profiles.expressway.archive.member import Limits
from tlseku.profiles.expressway.faults import BundleError

FILES = bundle()
MEMBERS = {name: data for name, data in FILES.items() if name != "SYNTHETIC.txt"}
DRESSES = ("directory", "tar", "tar.gz", "zip")
INNER = {"tar.gz": tar(FILES), "tgz": tar(FILES), "tar": tar(FILES, "w:"), "zip": zipped(FILES)}
READ = "peer.{}: is an archive in the bundle, read as a part of it"


def read(path: str) -> dict[str, bytes]:
    with Archive(path) as archive:
        return {member.path: content(member) for member in archive.members}


@pytest.mark.parametrize(("dress", "inner"), list(itertools.product(DRESSES, INNER)))
def test_an_archive_in_a_bundle_is_read(dress: str, inner: str, tmp_path: Path) -> None:
    path = dressed(dress, tmp_path, {f"peer.{inner}": INNER[inner]})
    assert read(path) == {f"peer.{inner}/{name}": data for name, data in MEMBERS.items()}
    with Archive(path) as archive:
        assert archive.warnings == (READ.format(inner),)
        assert archive.others == (f"peer.{inner}/SYNTHETIC.txt",)


@pytest.mark.parametrize("dress", DRESSES)
def test_members_under_gzip(dress: str, tmp_path: Path) -> None:
    packed = {f"{name}.gz": gzip.compress(data) for name, data in MEMBERS.items()}
    path = dressed(dress, tmp_path, {**packed, "other.txt.gz": b"\x1f\x8b"})
    assert read(path) == MEMBERS
    with Archive(path) as archive:
        assert (archive.warnings, archive.others) == ((), ("other.txt.gz",))
        assert {member.path: member.size for member in archive.members} == {
            name: len(data) for name, data in MEMBERS.items()
        }


def test_two_peers_in_one_archive_keep_apart(tmp_path: Path) -> None:
    files = {"one.tar.gz": tar(bundle("one")), "two.tar.gz": tar(bundle("two"))}
    paths = list(read(written(tmp_path, zipped(files))))
    assert len(paths) == 2 * len(MEMBERS)
    assert {path.partition("/")[0] for path in paths} == {"one.tar.gz", "two.tar.gz"}


def nested(depth: int) -> bytes:
    data = tar(FILES)
    for _ in range(depth):
        data = tar({"more.tar.gz": data})
    return data


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, DEEPEST + 20])
def test_how_deep(depth: int, tmp_path: Path) -> None:
    with Archive(written(tmp_path, nested(depth))) as archive:
        assert bool(archive.members) is (depth <= DEEPEST)
        too_deep = [text for text in archive.warnings if text.endswith("packed too deep, not looked into")]
        assert len(too_deep) == (depth > DEEPEST)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("bad.tar.gz", b"no archive", "is neither a directory nor a tar, tar.gz or zip archive"),
        ("bad.zip", b"PK\3\4 broken", "cannot be read as a zip archive"),
        ("bad.tar.gz", tar({"../out.pem": b""}), "leads out of the archive"),
        ("bad.zip", b"", "is neither a directory nor"),
    ],
    # What is packed now has the time in it, which must not be part of a test's name.
    ids=["no archive", "broken", "leads out", "empty"],
)
def test_a_bad_one_takes_nothing_else_with_it(name: str, data: bytes, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path, zipped({name: data, **FILES}))
    assert read(path) == MEMBERS
    with Archive(path) as archive:
        assert any(problem in text for text in archive.warnings)


def test_a_member_whose_gzip_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    name = f"loggingsnapshot_edge_{TIME}.txt"
    text = "".join(f"{number} line of text\n" for number in range(5000)).encode()
    packed = gzip.compress(text, 1)[:-4000]
    path = written(tmp_path, tar({f"{name}.gz": packed}))
    found = read(path)[name]
    assert found
    assert text.startswith(found)
    with Archive(path) as archive:
        assert any("breaks off" in warning for warning in archive.warnings)


@pytest.mark.parametrize("inner", ["tar.gz", "pem.gz"])
def test_bombs_end_at_the_limits(inner: str, tmp_path: Path) -> None:
    limits = Limits(member_bytes=1 << 20, total_bytes=4 << 20)
    name = f"server_edge_{TIME}.pem"
    data = gzip.compress(bytes(64 << 20)) if inner == "pem.gz" else tar({name: bytes(64 << 20)})
    files = {f"{name}.gz" if inner == "pem.gz" else "bomb.tar.gz": data}
    with Archive(written(tmp_path, zipped(files)), limits) as archive:
        assert archive.members == ()
        assert any("more than 1,048,576 bytes" in text for text in archive.warnings)


def test_an_archive_of_nothing_but_a_hostile_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="leads out"):
        Archive(written(tmp_path, tar({"../x.tar.gz": tar(FILES)})))
