"""What a file is that may be given where bundles are looked at: a bundle, a capture, certificates or a log.

Knows first bytes; must not know how any of them is read.
"""

from __future__ import annotations

import gzip
import os
import zlib
from typing import Literal

from tlseku.capture.feed import describe_os_error
from tlseku.profiles.expressway.faults import BundleError

FileKind = Literal["bundle", "capture", "certificates", "log"]

_HEAD = 65_536
TAR_MAGIC = slice(257, 262)
"""Where ``ustar`` stands in a tar archive (POSIX.1-1988)."""
GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
ZIP = (b"PK\3\4", b"PK\5\6")


def kind_of_file(path: str) -> FileKind:
    """What a file or directory is, by its first bytes. Raises ``BundleError`` if it does not open."""
    if os.path.isdir(path):
        return "bundle"
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
        if head.startswith(GZIP):
            with gzip.open(path) as inner:
                head = inner.read(TAR_MAGIC.stop)
            return "bundle" if head[TAR_MAGIC] == b"ustar" else "capture"
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return "capture"
    except (OSError, ValueError) as error:
        raise BundleError(path, f"cannot open it: {describe_os_error(error)}") from error
    if head.startswith(ZIP) or head[TAR_MAGIC] == b"ustar":
        return "bundle"
    if head.startswith(b"\x30") or (b"-----BEGIN " in head and b"\0" not in head):
        return "certificates"
    return "capture" if b"\0" in head or head.startswith(_ZSTD) or not head else "log"
