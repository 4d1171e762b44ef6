"""``tlseku.profiles.expressway.archive.archive``: bundles in every dress, and hostile ones. Every bundle here is synthetic."""

from __future__ import annotations

import gzip
import io
import os
import random
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles.expressway.bundles import (
    LOG,
    PCAP,
    TIME,
    Files,
    as_directory,
    bundle,
    entry,
    tar,
    tar_of,
    written,
    zipped,
)
from tlseku.capture import open_capture
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.archive.member import Limits, Member
from tlseku.profiles.expressway.faults import BundleError

DRESSES = ("directory", "tar", "tar.gz", "tar.gz in pax", "zip", "zip stored")
NAME = f"server_edge_{TIME}.pem"


def dressed(dress: str, directory: Path, files: Files) -> str:
    if dress == "directory":
        return as_directory(directory / "unpacked", files)
    data = {
        "tar": lambda: tar(files, "w:"),
        "tar.gz": lambda: tar(files),
        "tar.gz in pax": lambda: tar({f"{'long/' * 3}{name}": data for name, data in files.items()}),
        "zip": lambda: zipped(files),
        "zip stored": lambda: zipped(files, zipfile.ZIP_STORED),
    }[dress]()
    return written(directory, data)


def content(member: Member) -> bytes:
    with member.open() as stream:
        return b"".join(iter(lambda: stream.read(7), b""))


def refused(path: str, limits: Limits = Limits()) -> str:  # noqa: B008  a NamedTuple never changes
    with pytest.raises(BundleError) as caught:
        Archive(path, limits)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return caught.value.problem


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("folder", ["", "diagnostic_log/"])
def test_every_dress_gives_the_same_members(dress: str, folder: str, tmp_path: Path) -> None:
    files = bundle(folder=folder)
    with Archive(dressed(dress, tmp_path, files)) as archive:
        found = {member.path.removeprefix("long/long/long/"): content(member) for member in archive.members}
        again = [content(member) for member in archive.members]
        sizes = [member.size for member in archive.members]
    assert found == {path: data for path, data in files.items() if not path.endswith("SYNTHETIC.txt")}
    assert again == list(found.values())
    assert sizes == [len(data) for data in found.values()]
    assert [path.rpartition("/")[2] for path in archive.others] == ["SYNTHETIC.txt"]
    assert archive.warnings == ()


@pytest.mark.parametrize("dress", DRESSES)
def test_streams_are_read_side_by_side(dress: str, tmp_path: Path) -> None:
    with Archive(dressed(dress, tmp_path, bundle())) as archive:
        captures = [member for member in archive.members if member.what.kind == "capture"]
        first, second, again = captures[0].open(), captures[1].open(), captures[0].open()
        pieces = [b"", b"", b""]
        for _ in range(len(PCAP) + 1):
            for number, stream in enumerate((first, second, again)):
                pieces[number] += stream.read(1)
        assert pieces == [PCAP + b"\0", PCAP + b"\1", PCAP + b"\0"]
        assert (first.read(1), second.read(1), first.name) == (b"", b"", captures[0].path)
        for stream in (first, second, again):
            stream.close()


@pytest.mark.parametrize("dress", DRESSES)
def test_members_can_be_read_as_captures(dress: str, tmp_path: Path, own_captures: Path) -> None:
    name = f"eth0_diagnostic_logging_tcpdump00_core_{TIME}.pcap"
    with Archive(
        dressed(dress, tmp_path, {name: (own_captures / "test-case-1.pcap").read_bytes()})
    ) as archive:
        (member,) = archive.members
        with member.open() as stream, open_capture(stream) as capture:
            for _ in capture.batches():
                pass
            assert capture.packets_read == (14,)
            assert capture.names == (member.path,)


@pytest.mark.parametrize("dress", DRESSES)
def test_an_empty_bundle(dress: str, tmp_path: Path) -> None:
    (tmp_path / "unpacked").mkdir()
    if dress in ("tar.gz", "tar.gz in pax", "tar"):
        path = written(tmp_path, tar({"other.txt": b""}, "w:" if dress == "tar" else "w:gz"))
    else:
        path = dressed(dress, tmp_path, {})
    with Archive(path) as archive:
        assert (archive.members, archive.warnings) == ((), ())


@pytest.mark.parametrize(
    "name",
    [
        f"../{NAME}",
        f"a/../../{NAME}",
        f"/etc/{NAME}",
        f"a\\..\\..\\{NAME}",
        f"C:\\{NAME}",
        f"\\\\host\\{NAME}",
        "../other",
        "..",
    ],
)
@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip"])
def test_no_path_leads_out(name: str, form: str, tmp_path: Path) -> None:
    data = zipped({name: b"x"}) if form == "zip" else tar({name: b"x"}, "w:" if form == "tar" else "w:gz")
    assert refused(written(tmp_path, data)).endswith(": leads out of the archive")
    assert sorted(os.listdir(tmp_path)) == ["bundle"]


@pytest.mark.parametrize("name", [f"./{NAME}", f"a//{NAME}", f"a/./{NAME}", f"..a/{NAME}", f"a../{NAME}"])
@pytest.mark.parametrize("form", ["tar.gz", "zip"])
def test_odd_paths_that_stay_inside(name: str, form: str, tmp_path: Path) -> None:
    data = zipped({name: b"x"}) if form == "zip" else tar({name: b"x"})
    with Archive(written(tmp_path, data)) as archive:
        assert [content(member) for member in archive.members] == [b"x"]


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
    ],
)
@pytest.mark.parametrize("mode", ["w:", "w:gz"])
def test_links_and_devices_in_tar(kind: bytes, mode: str, tmp_path: Path) -> None:
    data = tar_of(entry(NAME, kind=kind, link="/etc/passwd"), mode=mode)
    assert refused(written(tmp_path, data)) == f"{NAME!r}: is a link, a device or a sparse file"


def test_folders_in_tar(tmp_path: Path) -> None:
    data = tar_of(entry("a", kind=tarfile.DIRTYPE), entry(f"a/{NAME}", 3))
    with Archive(written(tmp_path, data)) as archive:
        assert [content(member) for member in archive.members] == [bytes(3)]


def zip_entry(change: dict[str, int]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(NAME)
        for name, value in change.items():
            setattr(info, name, value)
        archive.writestr(info, b"x" * 1000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (zip_entry({"external_attr": (stat.S_IFLNK | 0o777) << 16}), f"{NAME!r}: is a link or a device"),
        (zip_entry({"external_attr": stat.S_IFIFO << 16}), f"{NAME!r}: is a link or a device"),
        (zip_entry({"compress_type": zipfile.ZIP_BZIP2}), f"{NAME!r}: is compressed in an unusual way"),
        (zip_entry({"compress_type": zipfile.ZIP_LZMA}), f"{NAME!r}: is compressed in an unusual way"),
        (
            zipped({NAME: b"x"})[:-22],
            "cannot be read as a zip archive: its directory is missing, as when it is cut short",
        ),
        (
            zipped({NAME: b"x"})[:-10] + struct.pack("<L", 5 << 20) + b"\0" * 6,
            "the directory of the zip archive is larger than any real one",
        ),
        (b"PK\5\6" + b"\0" * 18 + b"x", "cannot be read as a zip archive"),
        (b"PK\3\4", "cannot be read as a zip archive: its directory is missing, as when it is cut short"),
        (b"", "is neither a directory nor a tar, tar.gz or zip archive"),
        (b"x" * 1000, "is neither a directory nor a tar, tar.gz or zip archive"),
        (PCAP, "is neither a directory nor a tar, tar.gz or zip archive"),
        (gzip.compress(b"x" * 1000, mtime=0), "cannot be read as a tar archive: "),
        (gzip.compress(b"", mtime=0), "cannot be read as a tar archive: "),
        (b"\x1f\x8b", "cannot be read as a tar archive: "),
        (b"\x1f\x8b\x08\0" + b"x" * 100, "cannot be read as a tar archive: "),
    ],
)
def test_other_files(data: bytes, problem: str, tmp_path: Path) -> None:
    path = written(tmp_path, data)
    if data.startswith(b"PK\5\6"):
        # A comment that is not told: zipfile reads such an archive, which is empty.
        with Archive(path) as archive:
            assert archive.members == ()
        return
    assert refused(path).startswith(problem)


def test_encrypted_members(tmp_path: Path) -> None:
    data = bytearray(zipped({NAME: b"x"}))
    for place in (6, data.index(b"PK\1\2") + 8):
        data[place] |= 1
    assert refused(written(tmp_path, bytes(data))) == f"{NAME!r}: is encrypted"


def test_no_such_file(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none")) == "cannot open it: No such file or directory"
    assert refused("a\0b") == "cannot open it: embedded null byte"


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(members=8), "more than 8 entries"),
        (Limits(member_bytes=10), ": more than 10 bytes"),
        (Limits(total_bytes=500), "more than 500 bytes in all"),
    ],
)
def test_limits(dress: str, limits: Limits, problem: str, tmp_path: Path) -> None:
    assert refused(dressed(dress, tmp_path, bundle()), limits).endswith(problem)


@pytest.mark.parametrize("name", [NAME, "other.bin"])
def test_a_gzip_bomb(name: str, tmp_path: Path) -> None:
    bomb = tar_of(entry(name, 64 << 20))
    assert len(bomb) < 100_000
    tracemalloc.start()
    problem = refused(written(tmp_path, bomb), Limits(total_bytes=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert problem == "more than 1,048,576 bytes in all"
    assert peak < 8_000_000


def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = zipped({f"{number}": bytes(1 << 20) for number in range(32)})
    assert len(bomb) < 100_000
    assert (
        refused(written(tmp_path, bomb), Limits(total_bytes=16 << 20)) == "more than 16,777,216 bytes in all"
    )


def test_a_zip_member_that_is_longer_than_it_tells(tmp_path: Path) -> None:
    data = bytearray(zipped({NAME: bytes(100_000)}))
    directory = data.index(b"PK\1\2")
    data[directory + 24 : directory + 28] = struct.pack("<L", 10)
    with Archive(written(tmp_path, bytes(data)), Limits(total_bytes=1000)) as archive:
        stream = archive.members[0].open()
        with pytest.raises(OSError, match="Bad CRC-32"):
            stream.read(1000)
        stream.close()


def test_a_header_that_is_a_bomb(tmp_path: Path) -> None:
    # A long name of 64 MB, which tarfile would read at once.
    bomb = tar_of(entry("././@LongLink", 64 << 20, tarfile.GNUTYPE_LONGNAME), entry(NAME))
    tracemalloc.start()
    problem = refused(written(tmp_path, bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert problem == "a header is larger than any real one"
    assert peak < 8_000_000


def test_headers_upon_headers(tmp_path: Path) -> None:
    # tarfile goes one call deeper for each.
    bomb = tar_of(*[entry("././@PaxHeader", 0, tarfile.XHDTYPE) for _ in range(5000)], entry(NAME))
    assert refused(written(tmp_path, bomb)) == "a header is larger than any real one"


def test_many_entries(tmp_path: Path) -> None:
    bomb = tar_of(*[entry(str(number)) for number in range(20_000)])
    assert refused(written(tmp_path, bomb)) == "more than 4,000 entries"


def test_a_path_that_is_there_twice(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for data in (b"first", b"later"):
            archive.addfile(entry(NAME, 5), io.BytesIO(data))
    with Archive(written(tmp_path, out.getvalue())) as found:
        assert [content(member) for member in found.members] == [b"first"]
        assert found.warnings == (f"{NAME!r}: is there twice; the first counts",)


def test_what_an_archive_that_breaks_off_still_gives(tmp_path: Path) -> None:
    body = os.urandom(50_000)
    data = tar({f"ca_edge_{TIME}.pem": b"x", f"loggingsnapshot_edge_{TIME}.txt": body})
    with Archive(written(tmp_path, data[: len(data) // 2])) as archive:
        first, second = archive.members
        assert content(first) == b"x"
        assert body.startswith(content(second))
        assert 0 < second.size < 50_000
        (warning,) = archive.warnings
    assert ": breaks off: " in warning


def test_a_plain_tar_that_breaks_off(tmp_path: Path) -> None:
    data = tar({f"ca_edge_{TIME}.pem": b"x", f"loggingsnapshot_edge_{TIME}.txt": bytes(5000)}, "w:")
    with Archive(written(tmp_path, data[:3000])) as archive:
        with archive.members[1].open() as stream:
            assert stream.read(9999) == bytes(3000 - 2 * 512 - 512)
            with pytest.raises(OSError, match="the archive ends within it"):
                stream.read(1)
        assert ": breaks off: " in archive.warnings[0]


def test_a_damaged_header_in_the_middle(tmp_path: Path) -> None:
    data = bytearray(tar({f"ca_edge_{TIME}.pem": b"x", f"loggingsnapshot_edge_{TIME}.txt": b"y"}, "w:"))
    data[1024 + 148] ^= 1
    with Archive(written(tmp_path, bytes(data))) as archive:
        assert [member.what.kind for member in archive.members] == ["trusted CAs"]
        assert archive.warnings[0].endswith("breaks off: a damaged header at byte 1,024")


def test_links_in_a_directory_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    as_directory(folder, {f"ca_edge_{TIME}.pem": b"x"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / f"server_edge_{TIME}.pem").write_bytes(b"secret")
    (folder / f"server_edge_{TIME}.pem").symlink_to(tmp_path / "outside" / f"server_edge_{TIME}.pem")
    (folder / "more").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / f"client_edge_{TIME}.pem")
    with Archive(str(folder)) as archive:
        assert [member.what.kind for member in archive.members] == ["trusted CAs"]
        assert archive.warnings == (
            f"'client_edge_{TIME}.pem': is no regular file",
            "'more': is a symbolic link, not followed",
            f"'server_edge_{TIME}.pem': is a symbolic link, not followed",
        )


def test_folders_too_deep(tmp_path: Path) -> None:
    path = as_directory(
        tmp_path, {f"a/b/c/ca_edge_{TIME}.pem": b"x", f"a/b/c/d/server_edge_{TIME}.pem": b"y"}
    )
    with Archive(path) as archive:
        assert [member.path for member in archive.members] == [f"a/b/c/ca_edge_{TIME}.pem"]
        assert archive.warnings == ("'a/b/c/d': too deep, not looked into",)


def test_a_member_that_is_gone(tmp_path: Path) -> None:
    with Archive(as_directory(tmp_path, {NAME: b"x"})) as archive:
        (tmp_path / NAME).unlink()
        with pytest.raises(BundleError, match=rf"^{NAME}: cannot open it: No such file or directory$"):
            archive.members[0].open()


def survive(path: str) -> None:
    """A damaged archive is read as far as it goes or refused; its streams end or fail as streams do."""
    try:
        archive = Archive(path, Limits(200, 1 << 20, 4 << 20))
    except BundleError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    with archive:
        for member in archive.members:
            try:
                with member.open() as stream:
                    while stream.read(65_536):
                        pass
            except (OSError, BundleError):
                continue


@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip", "zip stored"])
def test_damaged_archives(form: str, tmp_path: Path, seeded: random.Random) -> None:
    path = Path(dressed(form, tmp_path, {name: data[:300] for name, data in bundle().items()}))
    whole = path.read_bytes()
    plain = gzip.decompress(whole) if form == "tar.gz" else whole
    for _ in range(250):
        data = bytearray(plain)
        for _ in range(seeded.randint(1, 8)):
            place = seeded.randrange(len(data))
            data[place : place + seeded.randint(0, 3)] = seeded.randbytes(seeded.randint(0, 3))
        damaged = bytes(data)
        if form == "tar.gz":
            damaged = gzip.compress(damaged, 1, mtime=0) if seeded.random() < 0.7 else damaged
        path.write_bytes(damaged[: seeded.randint(0, len(damaged))] if seeded.random() < 0.3 else damaged)
        survive(str(path))


def test_damaged_tar_headers(tmp_path: Path, seeded: random.Random) -> None:
    kinds = [b"0", b"1", b"2", b"5", b"L", b"K", b"x", b"g", b"S", b"X", b"D", b"V", b"\0", b"7", b"\xff"]
    path = tmp_path / "bundle"
    for _ in range(300):
        data = bytearray(tar({NAME: b"20 path=a\n" * 20, f"log/{NAME}": LOG * 5}, "w:"))
        for header in (0, 1024):
            data[header + 156 : header + 157] = seeded.choice(kinds)
            if seeded.random() < 0.5:
                field = seeded.choice([(0, 100), (124, 12), (136, 12), (345, 155), (386, 24)])
                data[header + field[0] : header + sum(field)] = seeded.randbytes(field[1])
            block = data[header : header + 512]
            block[148:156] = b" " * 8
            data[header + 148 : header + 156] = b"%06o\0 " % sum(block)
        path.write_bytes(bytes(data) if seeded.random() < 0.5 else gzip.compress(bytes(data), 1, mtime=0))
        survive(str(path))


@given(st.binary(max_size=600), st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08\0\0\0\0\0\0\3"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    survive(written(tmp_path_factory.mktemp("any"), head + data))
