"""Files of certificates that a user names: which files are such, and what is in them.

Knows files, standard input and ``x509``; must not know what certificates are read for. A file that cannot be read
raises ``CertificateFileError`` with its name in the message.
"""

from __future__ import annotations

import os
import stat

from tlseku.capture.feed import describe_os_error, standard_input
from tlseku.errors import CaptureError, CertificateFileError
from tlseku.x509.certificate import Certificate
from tlseku.x509.pem import LARGEST_FILE, read_certificates
from tlseku.x509.reading import read_certificate
from tlseku.x509.signing_request import as_asked, signing_requests

MOST_CERTIFICATES = 20_000
"""Certificates of one file; the largest stores of roots have a thousand."""

_HEAD = 65_536
_DER = b"\x30"
_PEM = b"-----BEGIN "


def certificates_in(name: str) -> list[Certificate]:
    """Read every certificate of a file, in its order; ``-`` is standard input. Raises CertificateFileError."""
    try:
        found = read_certificates(_content(name))
    except CertificateFileError as error:
        raise CertificateFileError(f"{name}: {error}") from error
    if len(found) > MOST_CERTIFICATES:
        raise CertificateFileError(
            f"{name}: {len(found):,} certificates are more than are read from one file"
        )
    return [read_certificate(der) for der in found]


def requests_in(name: str) -> list[Certificate]:
    """The certificates that the certification requests of a file ask for; none where it has none, or is standard
    input. Raises CertificateFileError."""
    if name == "-":
        return []
    try:
        return [as_asked(der) for der in signing_requests(_content(name))]
    except CertificateFileError as error:
        raise CertificateFileError(f"{name}: {error}") from error


def holds_certificates(name: str) -> bool:
    """Whether a file looks like one of certificates and not like a capture; standard input is looked at, not read.

    False for a file that cannot be opened: whoever reads it as a capture says why. A pipe that has a name cannot be
    looked at and counts as a capture.
    """
    try:
        if name == "-":
            peek = getattr(standard_input(), "peek", None)
            head = b"" if peek is None else peek(_HEAD)[:_HEAD]
        elif not stat.S_ISREG(os.stat(name).st_mode):
            return False
        else:
            with open(name, "rb") as file:
                head = file.read(_HEAD)
    except (OSError, ValueError, CaptureError):
        return False
    # Captures begin with a magic number and are full of zeros; PEM may have any text before its first block.
    return head.startswith(_DER) or (_PEM in head and b"\0" not in head)


def _content(name: str) -> bytes:
    try:
        if name == "-":
            return standard_input().read(LARGEST_FILE + 1)
        with open(name, "rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise CertificateFileError(f"cannot open it: {describe_os_error(error)}") from error
