"""Data inside an HTML file, where nothing in it can be taken for markup, and packed small where there is much of it.

Knows JSON, HTML's rules for script elements and zlib; must not know what the data says. Out comes text that may stand
between ``<script type="application/json">`` and ``</script>``, and the digests by which a Content-Security-Policy
lets through the page's own script and style and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator

CHUNK = 50
"""Details packed together. A page unpacks one chunk to open one flow, which must not be felt; more pack better."""

TOGETHER = 100
"""Values that are written at once, which is quicker than each by itself."""

_json = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def safe_json(value: object) -> str:
    """JSON in which no ``<``, ``>`` or ``&`` stands and nothing beyond ASCII: inert inside a script element."""
    text = _json(value)
    # Quicker than a table, since few texts have any of them.
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return text.replace("&", "\\u0026").replace("\x7f", "\\u007f")


class Written:
    """Takes values one by one and keeps them as the JSON of a list, of which thousands take a fifth of what they do."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._waiting: list[object] = []
        self._count = 0

    def add(self, value: object) -> None:
        """Take one more."""
        self._count += 1
        self._waiting.append(value)
        if len(self._waiting) == TOGETHER:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._texts.append(safe_json(self._waiting)[1:-1])
            self._waiting.clear()

    def __len__(self) -> int:
        return self._count

    def pieces(self) -> Iterator[str]:
        """The list, without its brackets, in pieces."""
        self._write()
        comma = ""
        for text in self._texts:
            yield f"{comma}{text}"
            comma = ","


class Packed:
    """Takes texts one by one and keeps them as zlib streams in base64, ``CHUNK`` of them as a JSON array in each."""

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self._waiting: list[str] = []

    def add(self, text: str) -> int:
        """Take one more; answers its number, from 0."""
        self._waiting.append(text)
        if len(self._waiting) == CHUNK:
            self._chunks.append(_pack(self._waiting))
            self._waiting = []
        return len(self) - 1

    def __len__(self) -> int:
        return len(self._chunks) * CHUNK + len(self._waiting)

    def chunks(self) -> list[str]:
        """All of them."""
        return [*self._chunks, *([_pack(self._waiting)] if self._waiting else [])]


def source_digest(text: str) -> str:
    """``'sha256-…'`` of a script or style element's text, as CSP Level 3 section 2.3.1 has it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def packed(pieces: Iterable[str]) -> str:
    """A text in pieces as a zlib stream in base64."""
    packer = zlib.compressobj(6)
    stream = b"".join([*(packer.compress(piece.encode()) for piece in pieces), packer.flush()])
    return base64.b64encode(stream).decode()


def _pack(chunk: list[str]) -> str:
    return packed((json.dumps(chunk, ensure_ascii=True),))
