"""Where Wireshark looks for plugins and capture programs of a user, and which capture a running one has open.

Knows tshark's folders, ``/proc`` and lsof; must not know what is in a plugin.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tlseku.capture import gzip, lz4, zstd
from tlseku.capture.formats import PCAP_MAGICS, PCAPNG_MAGIC

PATIENCE_SECONDS = 20.0
_COMPRESSED = (gzip.MAGIC, zstd.MAGIC, lz4.MAGIC)


def plugin_folder() -> Path:
    """The folder of a user's own Lua plugins: what tshark says, else where it is by default."""
    folders = _folders()
    for name in ("Personal Lua Plugins", "Personal Plugins"):
        if name in folders:
            return Path(folders[name])
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home()))) / "Wireshark" / "plugins"
    return Path.home() / ".local" / "lib" / "wireshark" / "plugins"


def extcap_folder() -> Path:
    """The folder of a user's own programs that capture (extcap): what tshark says, else where it is by default."""
    folders = _folders()
    if "Personal Extcap path" in folders:
        return Path(folders["Personal Extcap path"])
    # Up to 4.0 tshark names the one of all users only, and looks into that of the user too.
    if "Personal configuration" in folders:
        return Path(folders["Personal configuration"]) / "extcap"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home()))) / "Wireshark" / "extcap"
    return Path.home() / ".local" / "lib" / "wireshark" / "extcap"


def open_capture_of(process: int) -> str | None:
    """The capture that a process has open; None if there is none, or nobody can tell. Of several it is the last."""
    found = None
    for path in _open_files(process):
        if _is_capture(path):
            found = path
    return found


def _folders() -> dict[str, str]:
    pairs = (line.partition(":") for line in _said_by("tshark", "-G", "folders"))
    return {name.strip(): path.strip() for name, _, path in pairs if path.strip()}


def _open_files(process: int) -> list[str]:
    folder = Path(f"/proc/{process}/fd")
    try:
        return [os.readlink(folder / name) for name in sorted(os.listdir(folder), key=int)]
    except (OSError, ValueError):
        pass
    said = _said_by("lsof", "-a", "-p", str(process), "-d", "0-9999", "-Fn")
    return [line[1:] for line in said if line.startswith("n/")]


def _said_by(program: str, *arguments: str) -> list[str]:
    """The lines of what a program says; none where it is not there or does not come to an end."""
    path = shutil.which(program)
    if path is None:
        return []
    try:
        return subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=PATIENCE_SECONDS,
            check=False,
        ).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []


def _is_capture(path: str) -> bool:
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            magic = file.read(4)
    except (OSError, ValueError):
        return False
    return magic == PCAPNG_MAGIC or magic in PCAP_MAGICS or magic.startswith(_COMPRESSED)
