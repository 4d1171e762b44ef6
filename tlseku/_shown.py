"""What a noun answers when Python asks: HTML in a notebook, a short line everywhere else, its parts when it is pickled.

Knows the methods that Jupyter, Python and pickle ask for; must not know HTML, nor any noun, nor how it is encoded.
``tlseku`` itself puts in functions that import the renderer of HTML and the encoder when they are first asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field
from reprlib import Repr

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
    """A mixin for dataclasses made with ``repr=False``: their ``repr`` has the fields that are not as usual, each cut,
    and is no longer than ``LONGEST``."""

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
