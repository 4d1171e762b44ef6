"""What all nouns have in common: that they stay as they are, and what they answer when Python asks.

Knows ``dataclasses`` and the methods that Jupyter, Python and pickle ask for; must not know HTML, nor any noun, nor how
it is encoded. ``tlseku`` itself puts in functions that import the renderer of HTML and the encoder when they are first
asked.

``@frozen`` gives what ``@dataclass(frozen=True, slots=True)`` gives, quickly. That compiles seven functions for each
class, which was a quarter of what tlseku does before it reads the first packet; here one is, and what can be the same
for all classes is. And it sets each field of an object through ``object.__setattr__``, since its own refuses; a flow
concluded by itself has some two hundred of them. Here an object is of a class with the same slots that may be written
until it has its values, as CPython allows (``__class__`` of two classes with the same base and slots), and of the
frozen one from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import Repr, recursive_repr
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
elif sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:

    def dataclass_transform(**_of_no_use: object) -> Callable[[_T], _T]:
        """What only type checkers look at, and Python 3.10 lacks."""
        return lambda decorator: decorator


_T = TypeVar("_T")


LONGEST = 200
"""Characters of a short line: what a person takes in, and a debugger shows, of one of a hundred objects."""

_values = Repr()
_values.maxstring = _values.maxother = 60
_values.maxtuple = _values.maxlist = _values.maxdict = _values.maxfrozenset = 3

_renderers: list[Callable[[object], str]] = []


def show_with(renderer: Callable[[object], str]) -> None:
    """Let ``renderer`` make the HTML of every noun, in place of any before."""
    _renderers[:] = [renderer]


def in_short(text: str) -> str:
    """The text, cut where it is longer than anybody reads."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


class Displayed:
    """A mixin for what shows as HTML in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        return _renderers[0](self) if _renderers else None


Reduced = tuple[Callable[..., object], tuple[object, ...]]
"""What makes a noun anew, and of what."""

_reducers: list[Callable[[object], Reduced]] = []


def pickle_with(reducer: Callable[[object], Reduced]) -> None:
    """Let ``reducer`` say what every noun that is ``Pickled`` is made of, in place of any before."""
    _reducers[:] = [reducer]


class Pickled:
    """A mixin for what shares most of what it says with others, which pickle would tell each time."""

    __slots__ = ()

    def __reduce__(self) -> Reduced:
        return _reducers[0](self)


class Short:
    """A mixin for dataclasses: ``frozen`` ones, or those made with ``repr=False``. Their ``repr`` has the fields that
    are not as usual, each cut, and is no longer than ``LONGEST``."""

    __slots__ = ()

    __dataclass_fields__: dict[str, Field[object]]

    def __repr__(self) -> str:
        told: list[str] = []
        for name, each in self.__dataclass_fields__.items():
            if not each.repr:
                continue
            value = getattr(self, name)
            usual = each.default_factory() if each.default_factory is not MISSING else each.default
            if value != usual:
                told.append(f"{name}={_values.repr(value)}")
        return in_short(f"{type(self).__name__}({', '.join(told)})")


def short(cls: type[_T]) -> type[_T]:
    """Give a dataclass or a named tuple the ``repr`` of ``Short``, where it cannot have the mixin or has parts that are
    told at length."""
    told = Short.__repr__ if hasattr(cls, "__dataclass_fields__") else _repr_of_tuple
    cls.__repr__ = told  # type: ignore[assignment]
    return cls


def _repr_of_tuple(self: NamedTuple) -> str:
    usual = self._field_defaults
    told = (
        f"{name}={_values.repr(value)}"
        for name, value in zip(self._fields, self, strict=True)
        if name not in usual or value != usual[name]
    )
    return in_short(f"{type(self).__name__}({', '.join(told)})")


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
        if name not in own:
            setattr(made, name, method)
    return made


_P = ParamSpec("_P")
_writable: dict[type, type] = {}
"""Classes of the same slots as frozen ones, whose objects may be written."""


def maker_of(cls: Callable[_P, _T]) -> Callable[_P, _T]:
    """A function that makes objects of a ``frozen`` class as the class does, in half the time: for who makes thousands.

    What calls a class packs its arguments into a tuple and a dictionary before ``__init__`` sees them.
    """
    return _compiled("make_one", [], ["self = _new(_writable)"], cls, "return self")  # type: ignore[arg-type]


def _init(cls: type) -> object:
    _writable[cls] = type(cls.__name__, cls.__bases__, {"__slots__": cls.__slots__})  # type: ignore[attr-defined]
    init = _compiled("__init__", ["self"], ["_change(self, '__class__', _writable)"], cls)
    init.__annotations__ = {**{each.name: each.type for each in fields(cls) if each.init}, "return": None}
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _compiled(name: str, parameters: list[str], lines: list[str], cls: type, *end: str) -> FunctionType:
    """The function ``name`` with ``parameters`` and one for each field: ``lines``, then the fields take their values,
    then what is to be done at the ``end``."""
    known: dict[str, object] = {
        "_change": object.__setattr__,
        "_new": object.__new__,
        "_frozen": cls,
        "_writable": _writable[cls],
        "_missing": _FROM_FACTORY,
    }
    by_name_only: list[str] = []
    for each in fields(cls):
        field_name = value = each.name
        if not each.init:
            # Its own ``__post_init__`` gives it a value.
            continue
        told = by_name_only if each.kw_only else parameters
        if each.default_factory is not MISSING:
            known[f"_make_{field_name}"] = each.default_factory
            told.append(f"{field_name}=_missing")
            value = f"_make_{field_name}() if {field_name} is _missing else {field_name}"
        elif each.default is not MISSING:
            known[f"_default_{field_name}"] = each.default
            told.append(f"{field_name}=_default_{field_name}")
        else:
            told.append(field_name)
        lines.append(f"self.{field_name} = {value}")
    if by_name_only:
        parameters += ["*", *by_name_only]
    lines.append("self.__class__ = _frozen")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    # As dataclasses themselves do; in the module's own names, so that those in annotations are found.
    made: dict[str, Callable[..., FunctionType]] = {}
    text = "\n  ".join((f" def {name}({', '.join(parameters)}):", *lines, *end))
    exec(f"def make({', '.join(known)}):\n{text}\n return {name}", vars(sys.modules[cls.__module__]), made)
    return made["make"](**known)


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
