"""How a noun shows in a notebook: a place where somebody who knows HTML is put in.

Knows the method that Jupyter asks for; must not know HTML, nor any noun. ``tlseku`` itself puts in a function that
imports the renderer when it is first asked.
"""

from __future__ import annotations

from collections.abc import Callable

_renderers: list[Callable[[object], str]] = []


def show_with(renderer: Callable[[object], str]) -> None:
    """Let ``renderer`` make the HTML of every noun, in place of any before."""
    _renderers[:] = [renderer]


class Displayed:
    """A mixin for what shows as HTML in a notebook."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        return _renderers[0](self) if _renderers else None
