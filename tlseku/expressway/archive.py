"""A bundle as its members, whether it is a directory, a tar archive (plain or gzip) or a zip archive.

Knows archives and what a hostile one may try; must not know what members hold. Nothing is ever written under a name
that an archive chose: members are read as streams, those of a tar archive from temporary files without a name. Out
come ``Member`` values for the names of section "diagnostic log bundle" (``member_name``) and the names of the rest.

Refused with ``BundleError``: a path that leads out of the archive, links and devices, encrypted members, unusual
compression, and whatever passes ``Limits``. An archive that breaks off gives what came before, and says so.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, BinaryIO, NamedTuple, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from tlseku.capture.feed import describe_os_error
from tlseku.expressway.faults import BundleError
from tlseku.expressway.member_name import MemberName, read_member_name
