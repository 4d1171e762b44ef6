"""Frozen dataclasses, made quickly: the classes when a program starts, their objects ever after.

Knows only ``dataclasses``; must not know what the values are. ``@frozen`` gives what ``@dataclass(frozen=True,
slots=True)`` gives. That compiles seven functions for each class, which was a quarter of what tlseku does before it
reads the first packet; here one is, and what can be the same for all classes is. And it sets each field of an object
through ``object.__setattr__``, since its own refuses; a flow concluded by itself has some two hundred of them. Here an
object is of a class with the same slots that may be written until it has its values, as CPython allows (``__class__``
of two classes with the same base and slots), and of the frozen one from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
elif sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:

    def dataclass_transform(**_of_no_use: object) -> Callable[[_T], _T]:
        """What only type checkers look at, and Python 3.10 lacks."""
        return lambda decorator: decorator


_T = TypeVar("_T")


class _FromFactory:
    """Stands in a signature for a value that each object gets anew; ``dataclasses`` shows it so."""

    def __repr__(self) -> str:
        return "<factory>"


_FROM_FACTORY = _FromFactory()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """Make a class that nobody derives from a frozen dataclass with slots.

    What the class defines itself stays, and so does the ``__repr__`` of a mixin.
    """
    own = frozenset(vars(cls))
    told = cls.__repr__ is not object.__repr__
    made = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    parameters = made.__dataclass_params__  # type: ignore[attr-defined]
    parameters.frozen = parameters.eq = True
    methods: dict[str, object] = {
        "__init__": _init(made),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    if "__eq__" not in own:
        methods["__eq__"], methods["__hash__"] = _equality(made)
    if not told:
        methods["__repr__"] = _repr
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and vars(made)["__hash__"] is None):
            setattr(made, name, method)
    return made


def _init(cls: type) -> object:
    known: dict[str, object] = {
        "_change": object.__setattr__,
        "_frozen": cls,
        "_writable": type(cls.__name__, cls.__bases__, {"__slots__": cls.__slots__}),  # type: ignore[attr-defined]
        "_missing": _FROM_FACTORY,
    }
    parameters: list[str] = []
    annotations: dict[str, object] = {}
    lines = ["_change(self, '__class__', _writable)"]
    for each in fields(cls):
        name, value = each.name, each.name
        if not each.init:
            # Its own ``__post_init__`` gives it a value.
            continue
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif each.default is not MISSING:
            known[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        annotations[name] = each.type
        lines.append(f"self.{name} = {value}")
    lines.append("self.__class__ = _frozen")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    # As dataclasses themselves do; in the module's own names, so that those in annotations are found.
    made: dict[str, Callable[..., object]] = {}
    text = "\n  ".join((f" def __init__(self, {', '.join(parameters)}):", *lines))
    exec(f"def make({', '.join(known)}):\n{text}\n return __init__", vars(sys.modules[cls.__module__]), made)
    init = made["make"](**known)
    init.__annotations__ = {**annotations, "return": None}
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # type: ignore[attr-defined]
    return init


def _equality(cls: type) -> tuple[object, object]:
    values = attrgetter(*(each.name for each in fields(cls) if each.compare))

    def __eq__(self: object, other: object) -> bool:
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    return __eq__, __hash__


@recursive_repr()
def _repr(self: object) -> str:
    told = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(told)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: object) -> list[object]:
    return [getattr(self, each.name) for each in fields(self)]  # type: ignore[arg-type]


def _setstate(self: object, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):  # type: ignore[arg-type]
        object.__setattr__(self, each.name, value)
