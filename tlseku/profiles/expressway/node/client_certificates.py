"""What the nodes of a bundle present as TLS client, and the certificates of a directory that is no bundle.

Knows stores and which of them is the client's (ST1, ST2); must not know what becomes of a certificate. Private keys
that lie beside certificates are stepped over.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tlseku.capture.feed import describe_os_error
from tlseku.errors import CertificateFileError
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.archive.file_kind import kind_of_file
from tlseku.profiles.expressway.archive.member_name import MemberKind
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.node.snapshot import Snapshot, take_stock
from tlseku.x509.certificate import Certificate
from tlseku.x509.pem import LARGEST_FILE, read_certificates
from tlseku.x509.reading import read_certificate

_ENDS = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")
MOST_FILES = 4000
"""Files of a directory that are looked at."""

Named = tuple[str, tuple[Certificate, ...]]
"""Where certificates come from, and the certificates."""


def is_bundle_or_directory(path: str) -> bool:
    """Whether a path is a directory or an archive of a bundle; False for what is no regular file, such as a pipe."""
    try:
        mode = os.stat(path).st_mode
        return stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and kind_of_file(path) == "bundle")
    except (OSError, ValueError, BundleError):
        return False


def client_certificates(path: str) -> list[Named]:
    """The certificates that each node of a bundle presents as TLS client, by its latest snapshot; those of every file
    of a directory that is no bundle.

    Raises ``BundleError`` for what cannot be read, and ``CertificateFileError`` where no certificate is found.
    """
    with Archive(path) as archive:
        snapshots = {
            snapshot.host: snapshot for snapshot in reversed(take_stock(archive)) if snapshot.members
        }
        found = [named for one in snapshots.values() if (named := _of_node(path, one)) is not None]
    if not found and not snapshots and os.path.isdir(path):
        found = _of_directory(path)
    if not found:
        raise CertificateFileError(f"{path}: no certificate that a node would use as TLS client")
    return found


def _of_node(path: str, snapshot: Snapshot) -> Named | None:
    # Before x15.5 there is one store, which serves both roles.
    kind: MemberKind = "client store" if snapshot.client is not None else "server store"
    store = snapshot.client if snapshot.client is not None else snapshot.server
    if store is None or (kind == "server store" and snapshot.has_mode and snapshot.release is not None):
        return None
    member = next(one for one in snapshot.members if one.what.kind == kind)
    return f"{path}: {member.path}", (store.leaf, *store.others)


def _of_directory(path: str) -> list[Named]:
    found: list[Named] = []
    for file in sorted(Path(path).iterdir())[:MOST_FILES]:
        if file.suffix.lower() not in _ENDS or not file.is_file():
            continue
        certificates = _certificates(file)
        if certificates:
            found.append((str(file), certificates))
    return found


def _certificates(file: Path) -> tuple[Certificate, ...]:
    try:
        with file.open("rb") as stream:
            return tuple(read_certificate(der) for der in read_certificates(stream.read(LARGEST_FILE + 1)))
    except CertificateFileError:
        # A key or a revocation list lies there too.
        return ()
    except OSError as error:
        raise CertificateFileError(f"{file}: cannot open it: {describe_os_error(error)}") from error
