"""The capture that callers hold: batches, names, warnings, secrets and counts, whatever lies below.

Knows that a capture has one file or several; must not know formats. ``open_capture`` opens one source;
``merge.open_merged`` makes the same object of several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tlseku.capture.batch import Batch, Packet
from tlseku.capture.capture_file import CaptureFile
from tlseku.capture.feed import Closing
from tlseku.capture.secret import Secret, SecretList
from tlseku.capture.source import Source
from tlseku.capture.warning import CaptureWarning, WarningLog


class Batches(Protocol):
    """What a capture draws on: one file, or several merged."""

    def batches(self) -> Iterator[Batch]:
        """The batches that were not handed out yet."""
        ...

    def packets_per_file(self) -> tuple[int, ...]:
        """Packets handed out so far, by index of the file."""
        ...

    def total_bytes(self) -> int:
        """Bytes read so far, decompressed, of all files."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


class Capture(Closing):
    """A capture that is open for one pass. A context manager; leaving it closes what it opened."""

    def __init__(self, names: Sequence[str], origin: Batches, log: WarningLog, secrets: SecretList) -> None:
        self.names = tuple(names)
        self._origin = origin
        self._log = log
        self._secrets = secrets
        self._batches = origin.batches()

    @property
    def warnings(self) -> list[CaptureWarning]:
        """What could not be read so far, in the order in which it was met."""
        return self._log.entries

    @property
    def secrets(self) -> list[Secret]:
        """The decryption secrets found in the files so far."""
        return self._secrets.entries

    @property
    def packets_read(self) -> tuple[int, ...]:
        """Packets handed out so far, by index of the file (as ``names``)."""
        return self._origin.packets_per_file()

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, decompressed, of all files."""
        return self._origin.total_bytes()

    def batches(self) -> Iterator[Batch]:
        """The batches not handed out yet: there is one pass, and a second call goes on with it.

        Raises ``CaptureError`` if a file turns out to hold nothing that can be read; later damage is a warning.
        """
        return self._batches

    def close(self) -> None:
        """Close what was opened. An object that the caller gave stays open."""
        self._origin.close()

    def __repr__(self) -> str:
        return f"<Capture {', '.join(self.names)}: {sum(self.packets_read)} packets read>"


class _SingleFile:
    __slots__ = ("_file",)

    def __init__(self, file: CaptureFile) -> None:
        self._file = file

    def batches(self) -> Iterator[Batch]:
        return self._file.batches()

    def packets_per_file(self) -> tuple[int, ...]:
        return (self._file.packets_read,)

    def total_bytes(self) -> int:
        return self._file.bytes_read

    def close(self) -> None:
        self._file.close()


def open_capture(source: Source, name: str | None = None) -> Capture:
    """Open one capture: a path, ``-`` for standard input, or an object with ``read(n)``.

    pcap or pcapng, plain or compressed with gzip, zstd or lz4, by what the bytes say. ``name`` replaces the source's
    own name in messages. Raises ``CaptureError`` if it does not open or is not a capture, ``TypeError`` if
    ``source`` is something else.
    """
    log = WarningLog()
    secrets = SecretList()
    file = CaptureFile(source, log, secrets, name)
    return Capture((file.name,), _SingleFile(file), log, secrets)


def packets(source: Source) -> Iterator[Packet]:
    """The packets of one capture, an object each: convenient, not fast. Raises what ``open_capture`` raises.

    The capture is open while the iterator is in use; warnings are not to be seen here.
    """
    with open_capture(source) as capture:
        for batch in capture.batches():
            for index in range(len(batch.starts)):
                yield batch.packet(index)
