"""Files that commands write: there only when they are whole.

Knows files and how a run ends; must not know what is written. A file is written beside its place, as
``NAME.<process>.part``, and moved there at the end of the run. Devices, pipes and what has its name below ``/dev`` or
``/proc`` (standard output, a descriptor) are written directly.

So whoever ran a command into a full disk, input that cannot be read or Ctrl-C still has the file of the run before.
What a run with unreadable input could write is worth something: it stays as ``NAME.part``, and a line says so; of a
run that was broken off nothing stays.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

import click

from tlseku.capture.feed import describe_os_error
from tlseku.cli.streams.standard_error import complain
from tlseku.errors import OutputError

FAILED = 2
"""The exit code of a run whose input could not be read."""

COMPRESSED = ".gz"
"""The end of the name of a file that is compressed."""

_OTHER_COMPRESSIONS = (".zst", ".zstd", ".lz4", ".xz", ".bz2", ".zip", ".7z", ".br")
_RUN = "tlseku.whole_files"
# Of a long name so much stands in that of the file beside it: names have at most 255 bytes, characters up to 4.
_NAME_KEPT = 40


@contextmanager
def files_of_run(ctx: click.Context) -> Iterator[None]:
    """What ``at_the_end`` opens in here is put in its place when this is left, unless that is by an error."""
    with ExitStack() as files:
        ctx.meta[_RUN] = files
        yield


def at_the_end(path: str) -> BinaryIO:
    """An open ``whole_file`` that is put in its place when the command has ended."""
    files: ExitStack = click.get_current_context().meta[_RUN]
    return files.enter_context(whole_file(path))


def text_at_the_end(path: str) -> io.TextIOWrapper:
    """The same for text in UTF-8, whose lines end as they are written."""
    files: ExitStack = click.get_current_context().meta[_RUN]
    return files.enter_context(_as_text(at_the_end(path)))


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A file to be written to, which is at ``path`` once this is left without an error.

    It is compressed if its name ends with ``.gz``. Raises OutputError, also from its ``write``, where it cannot be
    written, or has a name that asks for what nobody can give.
    """
    if not path.endswith(COMPRESSED):
        _refuse_misnamed(path)
        with _uncompressed(path) as plain:
            yield plain
        return
    import gzip

    # (neither name nor time of the file: the same content makes the same bytes)
    with (
        _uncompressed(path) as below,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=below, mtime=0) as packed,
    ):
        yield cast(BinaryIO, packed)


def _refuse_misnamed(path: str) -> None:
    ending = os.path.splitext(path)[1].lower()
    if ending in _OTHER_COMPRESSIONS:
        raise OutputError(f"{path}: nothing here writes {ending}; {COMPRESSED} is compressed")


@contextmanager
def _uncompressed(path: str) -> Iterator[BinaryIO]:
    if _is_written_directly(path):
        with io.BufferedWriter(_Named(path, path, "wb")) as direct:
            yield direct
        return
    place = os.path.realpath(path)
    directory, name = os.path.split(place)
    beside = os.path.join(directory, f"{name[:_NAME_KEPT]}.{os.getpid()}.part")
    file = _Named(path, beside, "xb")
    try:
        with io.BufferedWriter(file) as buffered:
            yield buffered
        _move(path, beside, place)
    except click.exceptions.Exit as leaving:
        if leaving.exit_code != FAILED:
            _move(path, beside, place)
        elif os.path.getsize(beside):
            _move(path, beside, f"{place}.part")
            complain(f"{path}: left as it was; what could be read is in {path}.part")
        raise
    finally:
        # Whatever went wrong goes on to the caller, without half a file.
        if os.path.exists(beside):
            os.unlink(beside)


class _Named(io.FileIO):
    """A file whose faults name it as the user did: OutputError. A pipe that breaks is the caller's to tell."""

    def __init__(self, shown: str, path: str, mode: str) -> None:
        self._shown = shown
        try:
            super().__init__(path, mode)
        except (OSError, ValueError) as error:
            raise _cannot_write(shown, error) from None

    def write(self, data: object, /) -> int:
        """Write bytes, as many as fit."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _cannot_write(self._shown, error) from None


@contextmanager
def _as_text(file: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
    try:
        yield text
    finally:
        text.detach()


def _is_written_directly(path: str) -> bool:
    if os.path.abspath(path).startswith(("/dev/", "/proc/")):
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _move(shown: str, beside: str, place: str) -> None:
    try:
        if os.path.exists(place):
            os.chmod(beside, stat.S_IMODE(os.stat(place).st_mode))
        os.replace(beside, place)
    except OSError as error:
        raise _cannot_write(shown, error) from None


def _cannot_write(shown: str, error: Exception) -> OutputError:
    return OutputError(f"{shown}: cannot write it: {describe_os_error(error)}")
