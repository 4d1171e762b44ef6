"""Which tlseku this is and how it was built, and what mypyc is told of a class: where nothing is compiled, nothing.

Knows ``mypyc_attr``; must not be compiled itself. A class that is ``acyclic`` is never looked through for cycles: its
instances hold bytes, numbers and each other's parts, never whoever holds them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

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
