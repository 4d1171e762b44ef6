"""The only place that knows jinja2: templates of this package, filled in with autoescape.

Knows where the templates lie and that every text is hostile; must not know what they say. Text is made visible first
(no control or bidirectional character reaches the page) and then escaped as HTML; only what is ``trusted``
goes in as it is. jinja2 is imported when a page is made.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from tlseku.output.words.hostile_text import visible
from tlseku.output.words.terminal_page import MAX_TEXT, UNICODE_SIGNS

if TYPE_CHECKING:
    from jinja2 import Environment


def resource(name: str) -> str:
    """The text of a file beside the templates."""
    return files("tlseku.output.webpage").joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def environment() -> Environment:
    """Where the templates are found, filled in strictly: a value that is missing is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(resource),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def trusted(text: str) -> str:
    """Markup that this package made itself and that has its escaping behind it: it goes into a template as it is."""
    from markupsafe import Markup

    return Markup(text)


def shown(value: object) -> object:
    """A value as it goes into a template: plain text without anything that steers, giants cut."""
    if type(value) is not str:
        return value
    text = visible(value[:MAX_TEXT])
    return text if len(value) <= MAX_TEXT else f"{text}{UNICODE_SIGNS.ellipsis}"
