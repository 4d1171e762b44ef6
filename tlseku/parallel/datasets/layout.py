"""Where everything stands in a dataset, and by what it is known that a capture is in it.

Knows names and digests; must not know how files are written. ``TABLE/day=2026-04-01/capture=ID/VERSION.parquet``: the
day (UTC) is that of a flow's first packet, ``ID`` is made from the name of the capture, and ``VERSION`` from all that
makes its rows what they are: its size, what its storage says of its content, the version of tlseku, the schema, and how
it was read. The row of the table ``captures`` is written last, so that its name says that all others are there: what is
done is known from a list of names, and no file is opened for it. A folder whose name begins with ``_`` is nobody's but
tlseku's, and programs that read Parquet pass over it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime, timezone
from typing import Final, NamedTuple

from tlseku._build import __version__
from tlseku.data_frames.columns import CAPTURES, TABLES, Column, What
from tlseku.decryption.key_log_files import SecretSource
from tlseku.encoding.trees import SCHEMA as RECORDS_SCHEMA
from tlseku.scanning import ScanOptions

LAYOUT: Final = 1
"""Of what this module says."""

WHATS: Final[tuple[What, ...]] = ("flows", "certificates", "requests", "statements")
"""Tables of a dataset, beside ``captures``."""

RECORDS: Final = "_flows"
"""The folder of the flows themselves, for tlseku."""

RECORD_COLUMNS = (
    Column("number", "integer", "of a flow, or of a part that flows share (negative: -1 - number)"),
    Column("tree", "text"),
)
"""A row a part or flow, parts before the flows that need them (``encoding``)."""

CAPTURE_COLUMNS = (
    *CAPTURES,
    Column("size", "integer", "where it lies, maybe compressed"),
    Column("state", "text", "etag, or time of the last change, as its storage says"),
    Column("tlseku", "text", "version that read it"),
    Column("schema", "text", "of all tables"),
    Column("summary", "text", "all that was counted, as JSON"),
)
"""The manifest: one row a capture."""

NO_DAY: Final = "__HIVE_DEFAULT_PARTITION__"
"""The day of what has no time, as Hive and those after it have null."""

FAILED: Final = "-failed"
"""Behind the version of a capture that could not be read: it is tried again."""

_DIGITS: Final = 16
_NAME = re.compile(
    r"([^/]+)/(?:day=([^/]+)/)?capture=([0-9a-f]{16})/([0-9a-f]{16})(?:-\d+)?(-failed)?\.parquet"
)


class Stored(NamedTuple):
    """What the name of a file in a dataset says."""

    table: str
    capture: str
    version: str
    failed: bool


def read_name(name: str) -> Stored | None:
    """What the name of a file says; None for one that is no part of a dataset."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    table, _, capture, version, failed = found.groups()
    return Stored(table, capture, version, failed is not None)


def name_of(
    table: str, day: str | None, capture: str, version: str, *, further: int = 0, failed: bool = False
) -> str:
    """The name of a file; without ``day`` for what is not parted by days, ``further`` than the first of that name."""
    of_day = "" if day is None else f"day={day}/"
    behind = f"{f'-{further}' if further else ''}{FAILED if failed else ''}"
    return f"{table}/{of_day}capture={capture}/{version}{behind}.parquet"


def capture_id(name: str) -> str:
    """The digest of the name of a capture, in hexadecimal."""
    return _digest(name)


def version_of(size: int, state: str, options: ScanOptions) -> str:
    """The digest of all that makes the rows of a capture what they are."""
    return _digest(json.dumps([size, state, __version__, schema(), _told(options)]))


def schema() -> str:
    """The digest of all tables and records: another one where a column is added."""
    tables = [*(TABLES[what] for what in WHATS), CAPTURE_COLUMNS]
    columns = [[each.name, each.kind] for table in tables for each in table]
    return _digest(json.dumps([LAYOUT, RECORDS_SCHEMA, columns]))


def day_of(ns: int | None) -> str:
    """The day of a time in nanoseconds since 1970-01-01 UTC."""
    if ns is None:
        return NO_DAY
    try:
        return datetime.fromtimestamp(ns // 1_000_000_000, timezone.utc).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return NO_DAY


def _told(options: ScanOptions) -> object:
    issuers, secrets = options.known_issuers, options.secrets
    books = None
    if options.rule_books is not None:
        books = [
            [book.name, book.as_of.isoformat(), [[rule.id, rule.outcome, rule.reason] for rule in book.rules]]
            for book in options.rule_books
        ]
    return [
        list(options.local),
        books,
        None if options.context is None else [options.context.mode, options.context.peer_software],
        None if issuers is None else sorted(each.certificate.sha256 for each in issuers),
        [_secret(each) for each in secrets] if isinstance(secrets, tuple) else [],
        *([] if options.max_bytes is None else [options.max_bytes]),
    ]


def _secret(source: SecretSource) -> str:
    """What is another text once a key log is another, or has grown."""
    if isinstance(source, bytes):
        return _digest(source)
    try:
        told = os.stat(source)
    except OSError:
        return str(source)
    return f"{source}: {told.st_size} {told.st_mtime_ns}"


def _digest(content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
