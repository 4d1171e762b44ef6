"""From URLs to captures that can be read: local paths, ``s3://``, ``https://`` and what else fsspec knows.

Knows fsspec, which is imported here and nowhere else; must not know captures. A local path is opened as a file as ever.
What goes wrong with a remote one is an ``OSError`` whatever library raised it, so that a reading that breaks off ends
as one from a disk does.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from glob import glob
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from tlseku._objects import frozen
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

_CHANGED = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "created",
)
"""Under which names storages tell of a file what is another once its content is."""

_NOTHING = "there is nothing that it stands for"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_SECRET_OPTION = re.compile(r"secret|token|password|passwd|key|credential|signature", re.IGNORECASE)


def is_remote(url: str) -> bool:
    """Whether ``url`` has a scheme, and so is fsspec's business."""
    return "://" in url


def expanded(
    urls: Sequence[str],
    storage: Mapping[str, object] | None = None,
    on_error: Callable[[CaptureError], None] | None = None,
) -> list[str]:
    """The URLs and paths, with patterns (``s3://bucket/2026/*.pcap``, ``zip://*.pcap::https://…``) replaced by what
    they stand for, in order. The name of a file that is there is no pattern.

    Raises CaptureError for a pattern that stands for nothing or whose place cannot be listed, unless ``on_error`` takes
    it.
    """
    found: list[str] = []
    for url in urls:
        if not any(sign in url for sign in "*[") or (not is_remote(url) and os.path.exists(url)):
            found.append(url)
            continue
        try:
            found += _matching(url, storage) if is_remote(url) else _matching_here(url)
        except CaptureError as error:
            if on_error is None:
                raise
            on_error(error)
    return found


def places_of(
    urls: Sequence[str] | str,
    storage: Mapping[str, object] | None = None,
    on_error: Callable[[CaptureError], None] | None = None,
) -> list[Place]:
    """Where the captures lie that one or several URLs and paths stand for; as ``expanded``."""
    named = [urls] if isinstance(urls, str) else list(urls)
    return [Place(url, storage) for url in expanded(named, storage, on_error)]


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
        # Kept until all is read: with it an archive would be closed.
        opening = library.open(url, "rb", **(storage or {}))
        file = opening.open()
    except failures() as error:
        raise CaptureError(name, None, f"cannot open it: {words(error, url, storage)}") from None
    with file:
        yield _Remote(file, url, storage)


def sizes_of(places: Sequence[Place]) -> list[int]:
    """How many bytes each has where it lies; 0 where nobody tells."""
    return [size for size, _ in states_of(places)]


def states_of(places: Sequence[Place]) -> list[tuple[int, str]]:
    """Size in bytes, and a text that is another once the content is: etag, checksum or time of change; 0 and ``""``
    where nobody tells."""
    known: dict[tuple[str, int], tuple[int, str]] = {}
    found: list[tuple[int, str]] = []
    for place in places:
        if not is_remote(place.url):
            found.append(_state_here(place.url))
            continue
        # What lies in an archive changes with that, which is asked once for all of it.
        outermost = place.url.rpartition("::")[2]
        asked = outermost, id(place.storage)
        if asked not in known:
            known[asked] = _state_of(outermost, place.storage)
        found.append(known[asked])
    return found


def _state_here(path: str) -> tuple[int, str]:
    try:
        told = os.stat(path)
    except OSError:
        return 0, ""
    return told.st_size, str(told.st_mtime_ns)


def _state_of(url: str, storage: Mapping[str, object] | None) -> tuple[int, str]:
    try:
        system, path = file_system(url, storage)
        info = system.info(path)
    except failures():
        return 0, ""
    changed = next((info[name] for name in _CHANGED if info.get(name)), "")
    size = info.get("size")
    return size if isinstance(size, int) else 0, str(changed).strip('"')


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


@frozen
class Place:
    """Where a capture lies, to be handed to other processes whose logs print what they were given: its ``repr`` has
    neither the secrets of ``url`` nor ``storage``, which is for fsspec."""

    url: str
    storage: Mapping[str, object] | None = None

    @property
    def name(self) -> str:
        """What it is called in all that is said of it."""
        return shown(self.url)

    def __repr__(self) -> str:
        return f"<capture {self.name}>"


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
        except failures() as error:
            raise OSError(words(error, *self._opened_as)) from None
        return bytes(data)


def _matching(url: str, storage: Mapping[str, object] | None) -> list[str]:
    library = _fsspec()
    first, link, rest = url.partition("::")
    try:
        system, path = library.core.url_to_fs(url, **(storage or {}))
        # A directory that a pattern fits is no capture.
        paths = sorted(
            path for path, each in system.glob(path, detail=True).items() if each["type"] != "directory"
        )
    except failures() as error:
        raise CaptureError(shown(url), None, f"cannot list it: {words(error, url, storage)}") from None
    if not paths:
        raise CaptureError(shown(url), None, _NOTHING)
    if not link:
        return [system.unstrip_protocol(each) for each in paths]
    scheme = first.partition("://")[0]
    return [f"{scheme}://{each.lstrip('/')}{link}{rest}" for each in paths]


def _matching_here(path: str) -> list[str]:
    found = sorted(each for each in glob(path, recursive=True) if not os.path.isdir(each))
    if not found:
        raise CaptureError(path, None, _NOTHING)
    return found


def failures() -> tuple[type[Exception], ...]:
    """What fsspec and libraries below it raise; what is not loaded raises nothing, and is not imported for it."""
    modules = ((sys.modules.get(module), name) for module, name in _OTHERS)
    return (
        OSError,
        ValueError,
        ImportError,
        *(getattr(module, name) for module, name in modules if hasattr(module, name)),
    )


def words(error: BaseException, url: str, storage: Mapping[str, object] | None) -> str:
    """What went wrong, on one line and without secrets."""
    if isinstance(error, FileNotFoundError):
        # Libraries say so of whatever they could not open, and no more than the URL; behind it may stand why.
        error = _why_not_found(error)
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return without_secrets(f"the server answers {status} {getattr(error, 'message', '')}", url, storage)
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return without_secrets(" ".join(text.split()), url, storage) or type(error).__name__


def _why_not_found(error: BaseException) -> BaseException:
    why = error.__cause__
    while isinstance(why, FileNotFoundError):
        why = why.__cause__
    return why if isinstance(why, failures()) else error


def file_system(url: str, storage: Mapping[str, object] | None) -> tuple[fsspec.AbstractFileSystem, str]:
    """The storage of a URL, and the path in it. Raises one of ``failures``."""
    system, path = _fsspec().core.url_to_fs(url, **(storage or {}))
    return system, path.rstrip("/")


def _fsspec() -> fsspec:
    try:
        import fsspec
    except ImportError:
        raise MissingLibrary("fsspec", "fsspec") from None
    return fsspec
