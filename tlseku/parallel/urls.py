"""From URLs to captures that can be read: local paths, ``s3://``, ``https://`` and what else fsspec knows.

Knows fsspec, which is imported here and nowhere else; must not know captures. A local path is opened as a file as ever.
What goes wrong with a remote one is an ``OSError`` whatever library raised it, so that a reading that breaks off ends
as one from a disk does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from tlseku.capture.source import Source
from tlseku.errors import CaptureError, MissingLibrary
from tlseku.parallel.through_editcap import through_editcap

if TYPE_CHECKING:
    import fsspec

_OTHERS = (
    ("aiohttp", "ClientError"),
    ("asyncio", "TimeoutError"),
    ("azure.core.exceptions", "AzureError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("paramiko", "SSHException"),
    ("tarfile", "TarError"),
    ("zipfile", "BadZipFile"),
)
"""Errors of the libraries below fsspec that it lets through."""

SHORTEST_SECRET = 4
"""Characters from which on a part of a URL is looked for in what libraries say."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_SECRET_OPTION = re.compile(r"secret|token|password|passwd|key|credential|signature", re.IGNORECASE)


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
        raise CaptureError(name, None, f"cannot open it: {_words(error, url, storage)}") from None
    with file:
        yield _Remote(file, url, storage)


def shown(url: str) -> str:
    """A URL, or a chain of them (``zip://a.pcap::https://…``), without the user and password that may stand in it, and
    without the query, which may hold a token."""
    return "::".join([_shown(each) for each in url.split("::")])


def _shown(url: str) -> str:
    if not is_remote(url):
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not slash:
        host = host.partition("?")[0]
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def without_secrets(text: str, url: str, storage: Mapping[str, object] | None = None) -> str:
    """What a library said of ``url``, without what only those may know who can open it: users, passwords and queries of
    every URL in the text, and any such part that stands by itself."""
    text = _URL.sub(lambda found: shown(found[0]), text)
    for secret in sorted(_secrets_of(url, storage), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets_of(url: str, storage: Mapping[str, object] | None) -> set[str]:
    found: set[str] = set()
    for each in url.split("::"):
        if not is_remote(each):
            continue
        host, _, path = each.partition("://")[2].partition("/")
        found.update(host.rpartition("@")[0].split(":", 1))
        for pair in f"{host}/{path}".partition("?")[2].split("&"):
            found.update((pair, pair.partition("=")[2]))
    for name, value in (storage or {}).items():
        if isinstance(value, str) and _SECRET_OPTION.search(name):
            found.add(value)
    # What is shorter is part of many words, and no secret.
    return {
        text for secret in found for text in (secret, unquote_plus(secret)) if len(text) >= SHORTEST_SECRET
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capture lies, to be handed to other processes whose logs print what they were given: its ``repr`` has
    neither the secrets of ``url`` nor ``storage``, which is for fsspec."""

    url: str
    storage: Mapping[str, object] | None = None

    def __repr__(self) -> str:
        return f"<capture {shown(self.url)}>"


class _Remote:
    """A remote file whose faults are ``OSError``."""

    def __init__(
        self, file: fsspec.spec.AbstractBufferedFile, url: str, storage: Mapping[str, object] | None
    ) -> None:
        self.name = shown(url)
        self._file = file
        self._opened_as = url, storage

    def read(self, size: int, /) -> bytes:
        try:
            data = self._file.read(size)
        except _failures() as error:
            raise OSError(_words(error, *self._opened_as)) from None
        return bytes(data)


def _matching(url: str, storage: Mapping[str, object] | None) -> list[str]:
    library = _fsspec()
    try:
        system, path = library.core.url_to_fs(url, **(storage or {}))
        paths = sorted(system.glob(path))
    except _failures() as error:
        raise CaptureError(shown(url), None, f"cannot list it: {_words(error, url, storage)}") from None
    if not paths:
        raise CaptureError(shown(url), None, "there is nothing that it stands for")
    return [system.unstrip_protocol(each) for each in paths]


def _failures() -> tuple[type[Exception], ...]:
    """What fsspec and libraries below it raise; what is not loaded raises nothing, and is not imported for it."""
    modules = ((sys.modules.get(module), name) for module, name in _OTHERS)
    return (
        OSError,
        ValueError,
        ImportError,
        *(getattr(module, name) for module, name in modules if hasattr(module, name)),
    )


def _words(error: Exception, url: str, storage: Mapping[str, object] | None) -> str:
    if isinstance(error, FileNotFoundError):
        # All that most of the libraries say then is the URL.
        return "there is no such file"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return without_secrets(" ".join(text.split()), url, storage) or type(error).__name__


def _fsspec() -> fsspec:
    try:
        import fsspec
    except ImportError:
        raise MissingLibrary("fsspec", "fsspec") from None
    return fsspec
