"""Compressed certificates (RFC 8879).

Knows the CompressedCertificate message and its three algorithms; must not know certificates. zlib is always there,
brotli and zstd where a package is. The declared length bounds what is decompressed, ``MAX_CERTIFICATE`` bounds that. An
algorithm that nothing here can undo is None, a value (``UNSUPPORTED_COMPRESSION``), not an error.
"""

from __future__ import annotations

import importlib
import io
import zlib
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Protocol, cast

from tlseku._objects import frozen
from tlseku.errors import Malformed

UNSUPPORTED_COMPRESSION = "unsupported_compression"
"""Why a certificate stays hidden whose ``decompress`` is None."""

MAX_CERTIFICATE = 1024 * 1024
"""As long as a handshake message may be that is not compressed."""

ZLIB = 1
BROTLI = 2
ZSTD = 3

NAMES = {ZLIB: "zlib", BROTLI: "brotli", ZSTD: "zstd"}
"""IANA TLS Certificate Compression Algorithm IDs."""

_HEADER = 8
_MAX_WINDOW = (
    8 << 20
)  # RFC 8878 section 3.1.1.1.2: what every decoder should take, and no more is needed for 1 MiB.


class _Damaged(Exception):
    """A library cannot decompress the bytes."""


class _Brotli(Protocol):
    def process(self, data: bytes, output_buffer_limit: int) -> bytes: ...


class _ZstdFrame(Protocol):
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _ZstdReader(Protocol):
    def stream_reader(self, source: io.BytesIO) -> io.RawIOBase: ...


@frozen
class CompressedCertificate:
    """``algorithm`` as in IANA's registry, ``length`` of the Certificate message's body when decompressed, ``data``."""

    algorithm: int
    length: int
    data: bytes


def read_compressed_certificate(body: bytes) -> CompressedCertificate:
    """The body of a compressed_certificate message, type 25 (RFC 8879 section 4). Raises Malformed."""
    if len(body) < _HEADER:
        raise Malformed(len(body), "algorithm, uncompressed_length and the length of the data")
    length = int.from_bytes(body[2:5], "big")
    size = int.from_bytes(body[5:8], "big")
    if size != len(body) - _HEADER:
        raise Malformed(5, f"{len(body) - _HEADER} bytes of data, not {size}")
    return CompressedCertificate(int.from_bytes(body[:2], "big"), length, body[_HEADER:])


def decompress(compressed: CompressedCertificate) -> bytes | None:
    """The body of the Certificate message, None if the algorithm is unknown or its package not installed.

    Raises Malformed where the data is damaged, does not have the declared length, or is declared longer than
    ``MAX_CERTIFICATE``.
    """
    undo = _undoing(compressed.algorithm)
    if undo is None:
        return None
    if compressed.length > MAX_CERTIFICATE:
        raise Malformed(2, f"at most {MAX_CERTIFICATE} bytes of certificates")
    try:
        # One byte more than declared is enough to see that it is too long.
        body = undo(compressed.data, compressed.length + 1)
    except _Damaged as damaged:
        raise Malformed(_HEADER, f"{NAMES[compressed.algorithm]} data") from damaged
    if len(body) != compressed.length:
        raise Malformed(_HEADER, f"{compressed.length} bytes when decompressed")
    return body


def _undoing(algorithm: int) -> Callable[[bytes, int], bytes] | None:
    if algorithm == ZLIB:
        return _undo_zlib
    if algorithm == BROTLI:
        return _load_brotli()
    return _load_zstd() if algorithm == ZSTD else None


def _undo_zlib(data: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        body = stream.decompress(data, limit)
    except zlib.error as error:
        raise _Damaged from error
    if not stream.eof and len(body) < limit:
        raise _Damaged
    return body


def _load_brotli() -> Callable[[bytes, int], bytes] | None:
    for module in (_imported("brotli"), _imported("brotlicffi")):
        if module is None:
            continue
        new = cast("Callable[[], _Brotli]", module.Decompressor)
        # Packages before 1.2 have no limit, and a few bytes of brotli can say gigabytes.
        try:
            new().process(b"", output_buffer_limit=1)
        except TypeError:
            continue
        return partial(_undo_brotli, new(), cast("type[Exception]", module.error))
    return None


def _undo_brotli(stream: _Brotli, error: type[Exception], data: bytes, limit: int) -> bytes:
    body = b""
    try:
        # The limit is a hint: a call may stop below it, and go a little beyond it.
        body = stream.process(data, output_buffer_limit=limit)
        while len(body) < limit:
            more = stream.process(b"", output_buffer_limit=limit - len(body))
            if not more:
                break
            body += more
    except error as problem:
        raise _Damaged from problem
    return body


def _load_zstd() -> Callable[[bytes, int], bytes] | None:
    module = _imported("compression.zstd")
    if module is not None:
        options = {module.DecompressionParameter.window_log_max: _MAX_WINDOW.bit_length() - 1}
        frame = cast(_ZstdFrame, module.ZstdDecompressor(options=options))
        return partial(_undo_zstd, frame.decompress, cast("type[Exception]", module.ZstdError))
    module = _imported("zstandard")
    if module is not None:
        codec = cast(_ZstdReader, module.ZstdDecompressor(max_window_size=_MAX_WINDOW))
        return partial(_undo_zstd, partial(_read_zstd, codec), cast("type[Exception]", module.ZstdError))
    return None


def _undo_zstd(undo: Callable[[bytes, int], bytes], error: type[Exception], data: bytes, limit: int) -> bytes:
    try:
        return undo(data, limit)
    except error as problem:
        raise _Damaged from problem


def _read_zstd(codec: _ZstdReader, data: bytes, limit: int) -> bytes:
    return codec.stream_reader(io.BytesIO(data)).read(limit) or b""


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
