"""What mypyc is told of a class, and what that is where nothing is compiled: nothing.

Knows ``mypyc_attr``; must not be compiled itself. A class that is ``acyclic`` is never looked through for cycles: its
instances hold bytes, numbers and each other's parts, never whoever holds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr
else:
    _T = TypeVar("_T")

    def mypyc_attr(**_: bool) -> Callable[[_T], _T]:
        """Leave a class as it is."""
        return lambda decorated: decorated
