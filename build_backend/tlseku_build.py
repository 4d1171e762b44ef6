"""The build backend (PEP 517): that of setuptools, asking for the compiler of Python only where it will be used.

Knows what the environment wishes and whether a C compiler works here; must not know what is compiled (``setup.py``,
which asks here too). Out come the hooks that pip and build call. mypy is five times the size of tlseku with all that
it needs at run time: who builds pure Python, by wish or without a C compiler, shall not wait for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from setuptools import Distribution, Extension, build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from setuptools.command.build_ext import build_ext

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

COMPILER = "mypy[mypyc]==2.4.*"

Settings = Mapping[str, "str | list[str] | None"]


def get_requires_for_build_wheel(config_settings: Settings | None = None) -> list[str]:
    """What building a wheel needs besides setuptools."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_compiler_if_used()]


def get_requires_for_build_editable(config_settings: Settings | None = None) -> list[str]:
    """What an editable installation needs besides setuptools."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *_compiler_if_used()]


def _compiler_if_used() -> list[str]:
    return [COMPILER] if wants_compiled() and has_compiler() else []


def wants_compiled() -> bool:
    """Whether the environment leaves compiling on (``TLSEKU_PURE`` turns it off)."""
    return os.environ.get("TLSEKU_PURE", "") in ("", "0")


def has_compiler() -> bool:
    """Whether a C extension for this Python can be built here."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place, "probe.c")
        source.write_text("#include <Python.h>\nPyMODINIT_FUNC PyInit_probe(void) { return 0; }\n")
        probe = Distribution({"name": "probe", "ext_modules": [Extension("probe", [str(source)])]})
        command = build_ext(probe)
        command.build_temp = command.build_lib = place
        command.ensure_finalized()
        try:
            command.run()
        except Exception as problem:  # noqa: BLE001  whatever keeps a compiler from working here, pure Python goes on
            say(f"no C compiler that works ({problem}): building as pure Python")
            return False
    return True


def say(text: str) -> None:
    """One line for whoever watches the build."""
    sys.stderr.write(f"tlseku: {text}\n")
