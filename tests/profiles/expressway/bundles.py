"""Synthetic diagnostic log bundles: members by name, and the archives that hold them.

Knows the names that the product gives; the contents are made up, since no bundle is public. A dictionary from path to
bytes is a bundle; it can be written as a directory, a tar archive or a zip archive.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.builder import build, ca
from tests.profiles.expressway.leafs import BOTH, S_ONLY

TIME = "2026-03-24_11_57_01"
CA1, CA2 = ca("Synthetic Internal CA"), ca("Synthetic Public CA")
SERVER = build(subject="edge.example", issuer=CA2, eku=S_ONLY, serial=0x51)
CLIENT = build(subject="edge.example", issuer=CA1, eku=BOTH, serial=0xC1)
PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
LOG = b'2026-03-24T11:54:26.106+00:00 edge tvcs: Event="System Start" UTCTime="2026-03-24 11:54:26,106"\n'
XCONF = b"""\
*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: "Off"
*c xConfiguration Ethernet 1 IP V4 Address: "10.106.80.31"
"""
XSTAT = b'*s SystemUnit Software Version: "X15.5.0"\n'

Files = dict[str, bytes]


def bundle(host: str = "edge", time: str = TIME, captures: int = 2, folder: str = "") -> Files:
    """A whole bundle, which names itself synthetic."""
    files = {
        f"server_{host}_{time}.pem": SERVER.pem + CA2.pem,
        f"client_{host}_{time}.pem": CLIENT.pem,
        f"ca_{host}_{time}.pem": CA1.pem + CA2.pem,
        f"loggingsnapshot_{host}_{time}.txt": LOG,
        f"xconf_dump_{host}_{time}.txt": XCONF,
        f"xstat_dump_{host}_{time}.txt": XSTAT,
        "SYNTHETIC.txt": b"made by tests\n",
    }
    for number in range(captures):
        files[f"eth0_diagnostic_logging_tcpdump{number:02}_{host}_{time}.pcap"] = PCAP + bytes([number])
    return {f"{folder}{name}": data for name, data in files.items()}


def as_directory(directory: Path, files: Mapping[str, bytes]) -> str:
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
    return str(directory)


def tar(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_of(*entries: tarfile.TarInfo, mode: str = "w:gz") -> bytes:
    """A tar archive of entries whose content is zeros."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for info in entries:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return out.getvalue()


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def written(directory: Path, data: bytes, name: str = "bundle") -> str:
    path = directory / name
    path.write_bytes(data)
    return str(path)
