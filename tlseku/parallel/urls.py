"""From URLs to captures that can be read: local paths, ``s3://``, ``https://`` and what else fsspec knows.

Knows fsspec, which is imported here and nowhere else; must not know captures. A local path is opened as a file as ever.
What goes wrong with a remote one is an ``OSError`` whatever library raised it, so that a reading that breaks off ends
as one from a disk does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from tlseku.capture.source import Source
from tlseku.errors import CaptureError, MissingLibrary
from tlseku.parallel.through_editcap import through_editcap

if TYPE_CHECKING:
    import fsspec

_OTHERS = (("aiohttp", "ClientError"), ("botocore.exceptions", "BotoCoreError"))
"""Errors of the libraries below fsspec that it lets through."""


def is_remote(url: str) -> bool:
    """Whether ``url`` has a scheme, and so is fsspec's business."""
    return "://" in url


def expanded(urls: Sequence[str], storage: Mapping[str, object] | None = None) -> list[str]:
    """The URLs, with patterns (``s3://bucket/2026/*.pcap``) replaced by what they stand for, in order.

    Raises CaptureError for a pattern that stands for nothing or whose place cannot be listed.
    """
    found: list[str] = []
    for url in urls:
        found += _matching(url, storage) if is_remote(url) and any(sign in url for sign in "*[") else [url]
    return found


@contextmanager
def opened(url: str, storage: Mapping[str, object] | None = None) -> Iterator[Source]:
    """What ``tlseku.scan`` takes for ``url``. Raises CaptureError if it does not open."""
    if not is_remote(url):
        converted = through_editcap(url)
        with nullcontext(url) if converted is None else converted as source:
            yield source
        return
    name = shown(url)
    library = _fsspec()
    try:
        file = library.open(url, "rb", **(storage or {})).open()
    except _failures() as error:
        raise CaptureError(name, None, f"cannot open it: {_words(error)}") from None
    with file:
        yield _Remote(file, name)


def shown(url: str) -> str:
    """A URL without the user and password that may stand in it, and without the query, which may hold a token."""
    if not is_remote(url):
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


class _Remote:
    """A remote file whose faults are ``OSError``."""

    def __init__(self, file: fsspec.spec.AbstractBufferedFile, name: str) -> None:
        self.name = name
        self._file = file

    def read(self, size: int, /) -> bytes:
        try:
            data = self._file.read(size)
        except _failures() as error:
            raise OSError(_words(error)) from None
        return bytes(data)


def _matching(url: str, storage: Mapping[str, object] | None) -> list[str]:
    library = _fsspec()
    try:
        system, path = library.core.url_to_fs(url, **(storage or {}))
        paths = sorted(system.glob(path))
    except _failures() as error:
        raise CaptureError(shown(url), None, f"cannot list it: {_words(error)}") from None
    if not paths:
        raise CaptureError(shown(url), None, "there is nothing that it stands for")
    return [system.unstrip_protocol(each) for each in paths]


def _failures() -> tuple[type[Exception], ...]:
    """What fsspec and the libraries below it raise; what is not loaded raises nothing, and is not imported for it."""
    modules = ((sys.modules.get(module), name) for module, name in _OTHERS)
    return OSError, ValueError, ImportError, *(getattr(module, name) for module, name in modules if module)


def _words(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def _fsspec() -> fsspec:
    try:
        import fsspec
    except ImportError:
        raise MissingLibrary("fsspec", "fsspec") from None
    return fsspec
