"""``tlseku.profiles.expressway.node.client_certificates``: bundles and directories as sources of client certificates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.builder import build, ca
from tests.profiles.expressway.bundles import CA1, CLIENT, SERVER, TIME, as_directory, bundle, tar, written
from tlseku.errors import CertificateFileError
from tlseku.profiles.expressway.node.client_certificates import client_certificates, is_bundle_or_directory


def serials(path: str) -> dict[str, list[str | None]]:
    return {
        name[len(path) + 2 :] if name.startswith(f"{path}: ") else os.path.basename(name): [
            one.serial_hex for one in certificates
        ]
        for name, certificates in client_certificates(path)
    }


def test_the_client_store_of_a_bundle(tmp_path: Path) -> None:
    path = written(tmp_path, tar(bundle()))
    assert serials(path) == {f"client_edge_{TIME}.pem": ["c1"]}


def test_each_host_counts_by_its_latest_snapshot(tmp_path: Path) -> None:
    later = "2026-05-01_00_00_00"
    path = written(tmp_path, tar({**bundle(), **bundle(time=later), **bundle("core")}))
    assert sorted(serials(path)) == [f"client_core_{TIME}.pem", f"client_edge_{later}.pem"]


@pytest.mark.parametrize(("release", "found"), [("X15.4.0", ["51"]), ("X15.5.0", None)])
def test_before_x15_5_the_only_store(release: str, found: list[str] | None, tmp_path: Path) -> None:
    files = {name: data for name, data in bundle().items() if not name.startswith("client")}
    files = {name: data.replace(b"X15.5.0", release.encode()) for name, data in files.items()}
    path = as_directory(tmp_path / "b", files)
    if found is None:
        with pytest.raises(CertificateFileError, match="no certificate that a node would use as TLS client"):
            client_certificates(path)
    else:
        assert [each[:1] for each in serials(path).values()] == [found]


@pytest.mark.parametrize(("with_client", "serial"), [(True, "c1"), (False, "51")])
def test_a_copy_of_persistent_certs(with_client: bool, serial: str, tmp_path: Path) -> None:
    files = {"server.pem": SERVER.pem, "ca.pem": CA1.pem, "privkey.pem": b"-----BEGIN PRIVATE KEY-----\n"}
    if with_client:
        files["client.pem"] = CLIENT.pem
    found = serials(as_directory(tmp_path / "certs", files))
    assert found == {"client.pem" if with_client else "server.pem": [serial]}


def test_a_directory_of_certificates(tmp_path: Path) -> None:
    files = {
        "b.crt": build(serial=11).pem,
        "a.PEM": build(serial=10, issuer=ca("X")).pem + ca("X").pem,
        "key.pem": b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
        "notes.txt": build(serial=12).pem,
    }
    assert [each[0] for each in serials(as_directory(tmp_path / "d", files)).values()] == ["a", "b"]


def test_what_is_a_bundle_or_directory(tmp_path: Path) -> None:
    (tmp_path / "one.pem").write_bytes(SERVER.pem)
    os.mkfifo(tmp_path / "pipe")
    assert is_bundle_or_directory(str(tmp_path))
    assert is_bundle_or_directory(written(tmp_path, tar(bundle())))
    assert not is_bundle_or_directory(str(tmp_path / "one.pem"))
    assert not is_bundle_or_directory(str(tmp_path / "pipe"))
    assert not is_bundle_or_directory(str(tmp_path / "missing"))
