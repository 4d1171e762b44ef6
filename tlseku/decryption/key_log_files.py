"""Session secrets from where users keep them: key log files, and the captures themselves.

Knows files of the SSLKEYLOGFILE format, which may grow while a capture is read, and the secrets blocks of a capture,
which may be given as a key log, too; must not know what secrets open. What is wrong with a log is a warning, never an
error, and repeats nothing of its bytes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence

from tlseku.capture.secret import Secret
from tlseku.capture.secrets_ahead import secrets_ahead
from tlseku.decryption import KeyLogReader, SecretStore, read_secrets_block
from tlseku.decryption.key_log import MAX_LINE

SecretSource = str | os.PathLike[str] | bytes
"""A key log: its path, or its bytes; or the path of a pcapng capture with secrets in it, compressed or not."""

MAX_LOG_BYTES = 1 << 30
"""Of one key log file. Lines of TLS 1.3 take some 900 bytes a connection."""

_PIECE = 1 << 20


class KeyLogs:
    """Key logs read into one ``store``. ``warnings`` are lines for a person."""

    def __init__(self, sources: Sequence[SecretSource] = ()) -> None:
        self.store = SecretStore()
        self.warnings: list[str] = []
        self._open: list[_LogFile] = []
        self._readers: list[KeyLogReader] = []
        self._blocks: set[Secret] = set()
        for source in sources:
            if isinstance(source, bytes):
                reader = KeyLogReader(self.store)
                reader.feed(source)
                reader.close()
                self._readers.append(reader)
            elif (path := os.fspath(source)) and (blocks := secrets_ahead(path, compressed=True)):
                self.add_blocks(blocks, path)
            else:
                file = _LogFile(path, self.store)
                self._open.append(file)
                self._readers.append(file.reader)
        self.refresh()

    @property
    def cannot_be_read(self) -> bool:
        """Whether one of the files could not be opened or read to its end; a warning names it."""
        return any(file.failed for file in self._open)

    def refresh(self) -> None:
        """Read what has been added to the files since."""
        for file in self._open:
            file.read_on(self.warnings)

    def add_blocks(self, secrets: Iterable[Secret], name: str) -> None:
        """Secrets blocks of the capture ``name``; the same one again is passed over."""
        for secret in secrets:
            if secret not in self._blocks:
                self._blocks.add(secret)
                warnings = read_secrets_block(self.store, secret.secrets_type, secret.data, name)
                self.warnings += map(str, warnings)

    def close(self) -> list[str]:
        """All warnings; the logs have ended."""
        for file in self._open:
            file.reader.close()
        for reader in self._readers:
            self.warnings += map(str, reader.warnings)
            unnamed = reader.malformed - len(reader.warnings)
            if unnamed:
                self.warnings.append(f"{reader.source}: {unnamed} more lines could not be read")
            if not reader.kept:
                self.warnings.append(f"{reader.source}: no secret in it")
        if self.store.evicted:
            self.warnings.append(f"too many secrets: those of {self.store.evicted} connections were given up")
        self._open = []
        self._readers = []
        self._blocks = set()
        warnings, self.warnings = self.warnings, []
        return warnings


class _LogFile:
    __slots__ = ("_at", "_path", "_rest", "_store", "failed", "reader")

    def __init__(self, path: str, store: SecretStore) -> None:
        self._path = path
        self._at = 0
        self.failed = False
        self._store = store
        self._rest = b""
        self.reader = KeyLogReader(store, path)

    def read_on(self, warnings: list[str]) -> None:
        if self.failed:
            return
        try:
            if self._at and not self._has_more():
                return
            with open(self._path, "rb") as file:
                if self._at:
                    file.seek(self._at)
                while self._at < MAX_LOG_BYTES and (piece := file.read(_PIECE)):
                    self._at += len(piece)
                    self.reader.feed(piece)
                    self._rest = (self._rest + piece).rpartition(b"\n")[2][-MAX_LINE:]
            # The last line may stay without its end. If it is only half there, the whole one will take its place.
            last = KeyLogReader(self._store)
            last.feed(self._rest)
            last.close()
        except (OSError, ValueError) as error:
            self.failed = True
            problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            warnings.append(f"{self._path}: cannot read the key log: {problem}")

    def _has_more(self) -> bool:
        status = os.stat(self._path)
        if not stat.S_ISREG(status.st_mode):
            return False
        if status.st_size < self._at:
            # Somebody has begun it anew.
            self._at = 0
            self._rest = b""
            self.reader.close()
        return status.st_size > self._at
