"""A folder on this machine or in a storage, whose files are written whole or not at all.

Knows the file system and fsspec (through ``urls``); must not know what is in the files. Names are relative, with
slashes. A file that is there is complete: on a disk it is written beside its name and then renamed, and a storage shows
no object before all of it has come.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tlseku._objects import frozen
from tlseku.errors import CaptureError, OutputError
from tlseku.parallel import urls

UNFINISHED = ".unfinished-"
"""Begins the name of what is being written; other programs pass over names that begin with a dot."""


@frozen
class Folder:
    """The folder at ``url``, a path or a URL that fsspec knows; ``storage`` is for fsspec.

    Raises OutputError where it cannot be read or written.
    """

    url: str
    storage: Mapping[str, object] | None = None

    def __repr__(self) -> str:
        return f"<folder {self.name}>"

    @property
    def name(self) -> str:
        """What it is called in all that is said of it."""
        return urls.shown(self.url)

    def names(self, within: str = "") -> list[str]:
        """Every file in it or in its folder ``within``, in order; none where there is no such."""
        if not urls.is_remote(self.url):
            return sorted(self._names_here(within))
        with self._problems():
            system, root = urls.file_system(self.url, self.storage)
            found = system.find(f"{root}/{within}") if system.exists(f"{root}/{within}") else []
            return sorted(str(each).removeprefix(root).lstrip("/") for each in found)

    def write(self, name: str, made: str) -> None:
        """Put the local file ``made`` there, which is then gone from here."""
        with self._problems():
            if urls.is_remote(self.url):
                system, root = urls.file_system(self.url, self.storage)
                system.put_file(made, f"{root}/{name}")
                os.unlink(made)
                return
            target = Path(self.url, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f"{UNFINISHED}{os.getpid()}-{target.name}")
            shutil.copyfile(made, beside)
            os.replace(beside, target)
            os.unlink(made)

    def remove(self, names: Sequence[str]) -> None:
        """Remove files; those that are not there any more are no matter."""
        with self._problems():
            if urls.is_remote(self.url):
                system, root = urls.file_system(self.url, self.storage)
                for name in names:
                    system.rm_file(f"{root}/{name}")
                return
            for name in names:
                path = Path(self.url, name)
                path.unlink(missing_ok=True)
                if path.parent != Path(self.url) and not any(path.parent.iterdir()):
                    path.parent.rmdir()

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file, to be read. Raises CaptureError where it cannot be."""
        with self._problems(name):
            if urls.is_remote(self.url):
                system, root = urls.file_system(self.url, self.storage)
                with system.open(f"{root}/{name}", "rb") as file:
                    yield file
                return
            with open(Path(self.url, name), "rb") as file:
                yield file

    def _names_here(self, within: str) -> Iterator[str]:
        for folder, _, files in os.walk(os.path.join(self.url, within)):
            for file in files:
                yield Path(folder, file).relative_to(self.url).as_posix()

    @contextmanager
    def _problems(self, name: str | None = None) -> Iterator[None]:
        """What goes wrong, told as a problem of writing, or of reading a file with that ``name``."""
        try:
            yield
        except urls.failures() as error:
            said = urls.words(error, self.url, self.storage)
            if name is None:
                raise OutputError(f"{self.name}: {said}") from None
            raise CaptureError(f"{self.name}/{name}", None, said) from None
