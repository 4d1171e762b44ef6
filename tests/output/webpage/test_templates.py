"""The door to jinja2: escapes everything, and says which extra is missing where there is none."""

from __future__ import annotations

import pytest

from tests.output.webpage.pages import EVIL_NAMES
from tlseku.output.webpage.templates import environment, resource, shown, trusted


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_text_is_escaped(name: str) -> None:
    made = environment().from_string("<p>{{ name }}</p>").render(name=name)
    inside = made.removeprefix("<p>").removesuffix("</p>")
    assert not set("<>\"'") & set(inside)
    assert inside.isprintable()
    assert len(inside) < 20_000


def test_what_is_trusted_goes_in_as_it_is() -> None:
    assert environment().from_string("{{ one }}").render(one=trusted("<b>&amp;</b>")) == "<b>&amp;</b>"


@pytest.mark.parametrize(
    ("value", "text"), [(1, 1), (None, None), ("a\x1bb", "a\\x1bb"), ("x" * 2001, "x" * 2000 + "…")]
)
def test_shown(value: object, text: object) -> None:
    assert shown(value) == text


def test_a_missing_value_is_an_error() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()


def test_what_ships_names_nothing_outside() -> None:
    for name in ("page.html", "flow.html", "page.css", "page.js"):
        text = resource(name)
        assert "http:" not in text
        assert "https:" not in text
        assert "url(" not in text
        assert "@import" not in text
        assert "eval" not in text
