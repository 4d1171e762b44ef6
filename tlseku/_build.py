"""Which tlseku this is, how it was built, and what stands in for mypyc where nothing is compiled.

Knows ``mypyc_attr``, and the names and meanings of ``librt.vecs`` and ``librt.strings`` (mypyc's run-time library,
written in C); must not know who uses them, nor be compiled itself. A class that is ``acyclic`` is never looked through
for cycles: its instances hold bytes, numbers and each other's parts, never whoever holds them. Compiled modules need
the real librt, pure ones work with either, and ``provide`` makes the choice: an interpreter without a wheel of librt
(PyPy, ARM of 32 bits, some free-threaded ones) needs no compiler to run this.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, SupportsIndex, TypeVar, overload

__version__ = "0.2.0"

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr
else:
    _T = TypeVar("_T")

    def mypyc_attr(**_: bool) -> Callable[[_T], _T]:
        """Leave a class as it is."""
        return lambda decorated: decorated


def how_built() -> str:
    """``compiled`` where the hot modules are C extensions made by mypyc, ``pure Python`` where they are not."""
    spec = find_spec("tlseku.network.tcp.fast_path")
    origin = "" if spec is None or spec.origin is None else spec.origin
    return "pure Python" if origin.endswith(".py") else "compiled"


_MASK = (1 << 64) - 1


class vec(list[int]):
    """A vector of integers of 64 bits: a list that is made as ``vec[i64](…)`` and grown with ``append``."""

    __slots__ = ()

    def __class_getitem__(cls, item: object, /) -> type[vec]:  # type: ignore[override]
        """``vec[i64]``, which makes the same vector."""
        return cls

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, index: slice, /) -> vec: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> int | vec:
        """An item, or a vector of those in a slice."""
        return vec(super().__getitem__(index)) if isinstance(index, slice) else super().__getitem__(index)


def append(items: vec, item: int, /) -> vec:
    """The vector with one more item."""
    items.append(item)
    return items


class BytesWriter:
    """A buffer of bytes that grows at its end."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes = b"", /) -> None:
        self._data = bytearray(data)

    def write(self, data: bytes | bytearray, /) -> None:
        """Add bytes."""
        self._data += data

    def append(self, byte: int, /) -> None:
        """Add one byte."""
        self._data.append(byte)

    def getvalue(self) -> bytes:
        """All bytes so far."""
        return bytes(self._data)

    def truncate(self, size: int, /) -> None:
        """Drop what lies behind the first ``size`` bytes. Raises ValueError for more than there are."""
        if not 0 <= size <= len(self._data):
            raise ValueError("no such size")
        del self._data[size:]

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: int, /) -> int:
        return self._data[index]

    def __setitem__(self, index: int, byte: int, /) -> None:
        self._data[index] = byte


def read_i64_le(data: bytes | BytesWriter, at: int, /) -> int:
    """The signed integer of 64 bits, low byte first. Raises IndexError beyond the end."""
    return int.from_bytes(_eight(data, at), "little", signed=True)


def read_i64_be(data: bytes | BytesWriter, at: int, /) -> int:
    """The signed integer of 64 bits, high byte first. Raises IndexError beyond the end."""
    return int.from_bytes(_eight(data, at), "big", signed=True)


def write_i64_le(writer: BytesWriter, value: int, /) -> None:
    """Add an integer as 64 bits, low byte first."""
    writer.write((value & _MASK).to_bytes(8, "little"))


def _eight(data: bytes | BytesWriter, at: int) -> bytes:
    whole: bytes | bytearray = data._data if isinstance(data, BytesWriter) else data
    if at < 0 or at + 8 > len(whole):
        raise IndexError("index out of range")
    return bytes(whole[at : at + 8])


_NAMES = {
    "librt": (),
    "librt.vecs": (vec, append),
    "librt.strings": (BytesWriter, read_i64_le, read_i64_be, write_i64_le),
}


def _spec(name: str) -> ModuleSpec:
    return ModuleSpec(name, _LastResort(), is_package=name == "librt")  # type: ignore[arg-type]


class _LastResort:
    """Finds and makes the modules of librt for who finds them nowhere else."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return _spec(name) if name in _NAMES else None

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Let the import system make an empty one."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        for thing in _NAMES[module.__name__]:
            setattr(module, thing.__name__, thing)


def provide() -> None:
    """Put these in the place of librt where there is none: asked last, so that they cost nothing where there is."""
    if _LastResort not in sys.meta_path:
        sys.meta_path.append(_LastResort)
