"""The SSLKEYLOGFILE format: lines of a label, what names the connection, and a secret.

Knows the labels of RFC 9850 (draft-ietf-tls-keylogfile) and of NSS before it; must not know files, or what a secret is
good for. What it reads goes into a ``SecretStore``; a line that cannot be read is counted, the first few are named with
their number, and nothing of the line's bytes is repeated, since they may be a secret. Lines end with LF, CR LF or CR.

Limits: a line longer than ``MAX_LINE`` is passed over; ``MAX_NAMED`` warnings are kept, the rest counted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tlseku.decryption import secret_store as labels
from tlseku.decryption.secret_store import SecretStore

TLS_KEY_LOG = 0x544C534B
"""The secrets type of a Decryption Secrets Block that holds lines of this format (pcapng section 4.7)."""

OTHER_SECRETS = {
    0x5353484B: "SSH key log",
    0x57474B4C: "WireGuard key log",
    0x5A4E574B: "ZigBee network key",
    0x5A415053: "ZigBee APS key",
}

MAX_LINE = 16384
"""The longest lines are ECH configurations, of some hundred bytes."""

MAX_NAMED = 10

_MASTER = frozenset({48})
_TRAFFIC = frozenset({32, 48})
_ANY_SIZE = frozenset(range(1, 4097))

_KEPT = {
    labels.CLIENT_RANDOM: _MASTER,
    labels.PMS_CLIENT_RANDOM: _ANY_SIZE,
    labels.CLIENT_EARLY: _TRAFFIC,
    labels.CLIENT_HANDSHAKE: _TRAFFIC,
    labels.SERVER_HANDSHAKE: _TRAFFIC,
    labels.ECH_SECRET: _ANY_SIZE,
    labels.ECH_CONFIG: _ANY_SIZE,
}
"""Labels followed by a client random, and how long their secrets may be in bytes."""

_PASSED_OVER = frozenset({"EXPORTER_SECRET", "EARLY_EXPORTER_SECRET"})
"""Known, and of no use for reading a handshake."""

_NUMBERED = re.compile(r"(CLIENT|SERVER)_TRAFFIC_SECRET_(0|[1-9][0-9]{0,5})")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_ENDS = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"


class KeyLogWarning(NamedTuple):
    """A line of a key log that could not be read: ``line`` counts from 1, None where none applies."""

    source: str
    line: int | None
    problem: str

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}: line {self.line}"
        return f"{where}: {self.problem}"


class KeyLogReader:
    """Reads one key log into a store, in pieces as they come.

    ``source`` is the name for warnings. ``lines`` counts lines, ``kept`` those whose secret was kept, ``malformed``
    those that could not be read, ``unknown`` those with a label of no meaning here. ``warnings`` names the first
    ``MAX_NAMED`` malformed lines.
    """

    __slots__ = (
        "_store",
        "_tail",
        "_too_long",
        "kept",
        "lines",
        "malformed",
        "source",
        "unknown",
        "warnings",
    )

    def __init__(self, store: SecretStore, source: str = "key log") -> None:
        self._store = store
        self._tail = b""
        self._too_long = False
        self.source = source
        self.lines = 0
        self.kept = 0
        self.malformed = 0
        self.unknown = 0
        self.warnings: list[KeyLogWarning] = []

    def __repr__(self) -> str:
        return f"<KeyLogReader of {self.source!r}: {self.kept} secrets in {self.lines} lines>"

    def feed(self, data: bytes) -> None:
        """The next bytes of the log. What follows the last end of line waits for more."""
        if not data:
            return
        lines = _ENDS.split(self._tail + data)
        self._tail = lines.pop()
        if not self._tail and data.endswith(b"\r"):
            # Half of a CR LF, maybe: the line waits for the byte that tells.
            self._tail = lines.pop() + b"\r"
        for line in lines:
            self._take(line)
        if len(self._tail) > MAX_LINE:
            self._too_long = True
            self._tail = self._tail[-1:] if self._tail.endswith(b"\r") else b""

    def close(self) -> None:
        """The log ends: what waits is its last line."""
        tail, self._tail = self._tail.rstrip(b"\r"), b""
        if tail or self._too_long:
            self._take(tail)

    def _take(self, line: bytes) -> None:
        self.lines += 1
        if self.lines == 1 and line.startswith(_BOM):
            line = line[len(_BOM) :]
        if self._too_long or len(line) > MAX_LINE:
            self._too_long = False
            self._complain(f"longer than {MAX_LINE} bytes")
            return
        line = line.strip(b" \t")
        if not line or line.startswith(b"#"):
            return
        problem = self._read(line)
        if problem is not None:
            self._complain(problem)

    def _read(self, line: bytes) -> str | None:
        words = line.split()
        if not words:
            # Form feeds and vertical tabs, which separate words, too, but do not make a blank line.
            return "white space other than blanks and tabs"
        label = words[0].decode("ascii", "replace").upper()
        sizes = _KEPT.get(label)
        if sizes is None and _NUMBERED.fullmatch(label):
            sizes = _TRAFFIC
        if sizes is None and label != labels.RSA:
            return self._pass_over(label)
        if len(words) != 3:
            return f"{label} is not followed by two words"
        if words[1].lower().startswith(b"session-id:"):
            self.unknown += 1
            return None
        key, secret = _bytes(words[1]), _bytes(words[2])
        if key is None or secret is None:
            return f"{label} is not followed by hexadecimal digits"
        if sizes is None:
            return self._keep_rsa(key, secret)
        if len(key) != 32:
            return f"the client random has {len(key)} bytes, not 32"
        if len(secret) not in sizes:
            return f"a secret of {len(secret)} bytes does not fit {label}"
        if not self._store.add(label, key, secret):
            return f"more than {labels.MAX_PER_CONNECTION} secrets of one connection"
        self.kept += 1
        return None

    def _keep_rsa(self, start: bytes, secret: bytes) -> str | None:
        if len(start) != 8 or len(secret) != 48:
            return f"{labels.RSA} takes 8 and 48 bytes, not {len(start)} and {len(secret)}"
        self._store.add_rsa(start, secret)
        self.kept += 1
        return None

    def _pass_over(self, label: str) -> str | None:
        if label in _PASSED_OVER:
            return None
        if not _LABEL.fullmatch(label):
            return "does not begin with a label"
        self.unknown += 1
        return None

    def _complain(self, problem: str) -> None:
        self.malformed += 1
        if len(self.warnings) < MAX_NAMED:
            self.warnings.append(KeyLogWarning(self.source, self.lines, problem))


def read_secrets_block(
    store: SecretStore, secrets_type: int, data: bytes, source: str
) -> list[KeyLogWarning]:
    """Read a Decryption Secrets Block of pcapng into ``store``; what could not be used comes back as warnings.

    ``data`` is the block's Secrets Data without padding (pcapng section 4.7). The last line need not end.
    """
    if secrets_type != TLS_KEY_LOG:
        kind = OTHER_SECRETS.get(secrets_type, f"secrets of type {secrets_type:#010x}")
        return [KeyLogWarning(source, None, f"{kind}: not a TLS key log")]
    reader = KeyLogReader(store, source)
    # In pieces, so that a block of 64 MiB is not held once more as lines.
    for at in range(0, len(data), 1 << 16):
        reader.feed(data[at : at + (1 << 16)])
    reader.close()
    unnamed = reader.malformed - len(reader.warnings)
    if unnamed:
        reader.warnings.append(KeyLogWarning(source, None, f"{unnamed} more lines could not be read"))
    return reader.warnings


def _bytes(word: bytes) -> bytes | None:
    try:
        return bytes.fromhex(word.decode("ascii"))
    except ValueError:
        return None
