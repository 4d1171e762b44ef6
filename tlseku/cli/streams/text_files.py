"""Text files that a user names, as streams: logs and dumps.

Knows files and standard input; must not know what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tlseku.capture import gzip, lz4, zstd
from tlseku.capture.feed import Readable, describe_os_error, standard_input
from tlseku.capture.formats import BZIP2_MAGIC, XZ_MAGIC, kind_of
from tlseku.profiles.expressway.faults import BundleError

_MAGIC = len(XZ_MAGIC)
_COMPRESSED = (
    (gzip.MAGIC, "gzip", "gzip -dc"),
    (zstd.MAGIC, "zstd", "zstd -dc"),
    (lz4.MAGIC, "lz4", "lz4 -dc"),
    (XZ_MAGIC, "xz", "xz -dc"),
    (BZIP2_MAGIC, "bzip2", "bzip2 -dc"),
)


@contextmanager
def opened(name: str) -> Iterator[Readable]:
    """The bytes of a file; ``-`` is standard input, which stays open. Raises ``BundleError`` if it does not open, or
    holds no text."""
    if name == "-":
        stream = standard_input()
        peek = getattr(stream, "peek", None)
        if peek is not None:
            _refuse_what_is_no_text(name, peek(_MAGIC)[:_MAGIC])
        yield stream
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  the next statement closes it
    except (OSError, ValueError) as error:
        raise BundleError(name, f"cannot open it: {describe_os_error(error)}") from error
    with file:
        if file.seekable():
            _refuse_what_is_no_text(name, file.read(_MAGIC))
            file.seek(0)
        yield file


def _refuse_what_is_no_text(name: str, magic: bytes) -> None:
    if kind_of(magic[:4]) is not None:
        raise BundleError(name, f"is a capture, not text: tlseku flows {name}")
    for begin, what, tool in _COMPRESSED:
        if magic.startswith(begin):
            raise BundleError(name, f"is compressed with {what}: {tool} {name} | tlseku … -")
