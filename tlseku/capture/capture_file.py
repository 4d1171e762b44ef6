"""One file of a capture: open it, find its format, read its batches and count.

Knows which reader goes with which magic; must not know that a capture may have several files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from tlseku.capture.batch import Batch
from tlseku.capture.feed import BLOCK_SIZE
from tlseku.capture.formats import SAMPLE_LENGTH, describe_foreign, is_foreign, kind_of
from tlseku.capture.pcap import read_pcap
from tlseku.capture.secret import SecretList
from tlseku.capture.source import STANDARD_INPUT, ByteStream, Source, open_source
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError


class CaptureFile:
    """An open capture file. ``packets_read`` counts the packets handed out.

    ``index`` becomes ``Batch.file``; ``log`` and ``secrets`` take what the file gives rise to. Raises
    ``CaptureError`` if the file does not open or is not a capture.
    """

    def __init__(
        self,
        source: Source,
        log: WarningLog,
        secrets: SecretList,
        name: str | None = None,
        index: int = 0,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        self.packets_read = 0
        self._stream = open_source(source, log, name, block_size)
        try:
            self._batches = _read(self._stream, log, secrets, index)
        except BaseException:  # whatever it is goes on to the caller, without the open file
            self._stream.close()
            raise

    @property
    def name(self) -> str:
        """The file's name as the caller gave it."""
        return self._stream.name

    @property
    def bytes_read(self) -> int:
        """Bytes of the (decompressed) file that were read so far."""
        return self._stream.bytes_read

    @property
    def offset(self) -> int:
        """Where in the (decompressed) file the bytes begin that the last batch was made of."""
        return self._stream.offset

    def batches(self) -> Iterator[Batch]:
        """The batches that were not handed out yet. Raises ``CaptureError`` if no packet can be read at all."""
        for batch in self._batches:
            self.packets_read += len(batch.starts)
            yield batch

    def park(self) -> None:
        """Give back the file descriptor until it is needed again, where the source allows it."""
        self._stream.park()

    def close(self) -> None:
        """Close what was opened. An object that the caller gave stays open."""
        self._stream.close()


def sample_of_unread(path: str) -> bytes | None:
    """The first bytes of a regular file that may be a capture of another program; None for any other.

    That is one that opens, also compressed, and is neither pcap nor pcapng nor surely no capture at all. Never raises.
    """
    if path == STANDARD_INPUT or not os.path.isfile(path):
        return None
    try:
        stream = open_source(path, WarningLog(), block_size=SAMPLE_LENGTH)
    except CaptureError:
        return None
    sample = stream.window(0, SAMPLE_LENGTH)[:SAMPLE_LENGTH]
    stream.close()
    if stream.problem is not None or kind_of(sample[:4]) is not None or is_foreign(sample):
        return None
    return sample


def _read(stream: ByteStream, log: WarningLog, secrets: SecretList, index: int) -> Iterator[Batch]:
    head = stream.window(0, 4)
    kind = kind_of(head[:4])
    if kind == "pcap":
        return read_pcap(stream, log, index)
    if kind == "pcapng":
        from tlseku.capture.pcapng import PcapngReader  # not needed for the other format

        return PcapngReader(stream, log, secrets, index).batches()
    sample = stream.window(0, SAMPLE_LENGTH)[:SAMPLE_LENGTH]
    if stream.problem is not None:  # the reason why there is nothing better than this to look at
        raise CaptureError(stream.name, len(sample), stream.problem)
    name = stream.name if os.path.isfile(stream.name) else "FILE"
    raise CaptureError(stream.name, 0, describe_foreign(sample, name))
