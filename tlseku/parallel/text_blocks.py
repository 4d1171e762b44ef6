"""Text of flows made in other processes, in whatever form, and how it is completed once their numbers are known.

Knows that of the text of a flow nothing but its number is known only where all processes are; must not know processes,
nor forms. Text is less to hand on from one process to another than flows. It comes as a template, hundreds of flows in
a block, so that whoever completes it does next to nothing for each.

Where the number stands in a text nobody says: flows are numbered from ``new_base`` on, and their numbers looked for.
These have 18 digits that whoever made a capture cannot know, as the boundary of RFC 2046 section 5.1.1 that nobody has
in his text. A form that is laid out by the width of numbers makes its own templates.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import groupby
from secrets import randbelow
from typing import NamedTuple, cast

from tlseku.encoding.trees import from_bytes, to_bytes
from tlseku.flow import Flow

_LENGTH = 4
"""Bytes that say how long the part in front of the templates is."""

_LEAST_BASE = 10**17

Wide = tuple[tuple[int, str], ...]
"""What stands behind a number, as a template without places, by the width of that: each up to so many digits."""

Place = int | Wide
"""What a place of a template is for: the number of a flow, or what its width decides behind that."""

Template = tuple[str, tuple[Place, ...]]
"""A template for ``%`` with a place for each of these, ``%d`` or ``%b``."""

Section = tuple[Hashable, ...] | None
"""What flows have in common that stand below one heading."""

_Told = tuple[tuple[Section, tuple[Place, ...], int], ...]


class Text(NamedTuple):
    """Text of several flows below one heading."""

    section: Section
    text: bytes


def new_base() -> int:
    """A number from which flows are counted until it is known how many came before."""
    return _LEAST_BASE + randbelow(8 * _LEAST_BASE)


def with_places(text_of: Callable[[Flow], str]) -> Callable[[Flow], Template]:
    """Makes templates of what is text with the number of a flow in it, wherever."""

    def template(flow: Flow) -> Template:
        number = flow.number
        pieces = escaped(text_of(flow)).split(str(number))
        return "%d".join(pieces), (number,) * (len(pieces) - 1)

    return template


def escaped(text: str) -> str:
    """Text as a template without places."""
    # To look for a sign takes a tenth of the time in which Python counts how often to replace it.
    return text.replace("%", "%%") if "%" in text else text


class BlockWriter:
    """Makes blocks of flows that ``template`` makes the templates of; ``section`` says below which heading each stands,
    if there are any."""

    def __init__(
        self, template: Callable[[Flow], Template], section: Callable[[Flow], Section] | None = None
    ) -> None:
        self._template = template
        self._section = section

    def made(self, flows: Sequence[Flow]) -> Sequence[bytes]:
        """The block of these flows in parts, for ``completed``."""
        told: list[tuple[Section, tuple[Place, ...], int]] = []
        texts: list[bytes] = []
        section_of = self._section
        # Whoever has no headings has one section.
        parts: Iterable[tuple[Section, Iterable[Flow]]]
        parts = [(None, flows)] if section_of is None else groupby(flows, section_of)
        for section, some in parts:
            templates, places = self._templates(some)
            if templates:
                texts.append("".join(templates).encode())
                told.append((section, tuple(places), len(texts[-1])))
        head = to_bytes(cast("tuple[int, ...]", tuple(told)))
        return (len(head).to_bytes(_LENGTH, "little"), head, *texts)

    def _templates(self, flows: Iterable[Flow]) -> tuple[list[str], list[Place]]:
        template = self._template
        texts: list[str] = []
        places: list[Place] = []
        for flow in flows:
            text, those = template(flow)
            texts.append(text)
            places += those
        return texts, places


def completed(block: memoryview, before: int) -> list[Text]:
    """The text of a block whose numbers are to be larger by ``before``, which may be negative."""
    begin = _LENGTH + int.from_bytes(block[:_LENGTH], "little")
    told = cast(_Told, from_bytes(bytes(block[_LENGTH:begin])))
    found: list[Text] = []
    for section, places, size in told:
        template = bytes(block[begin : begin + size])
        begin += size
        found.append(Text(section, template % _values(places, before)))
    return found


def _values(places: Sequence[Place], before: int) -> tuple[object, ...]:
    values: list[object] = []
    number = 0
    for place in places:
        if isinstance(place, tuple):
            values.append(_of_width(place, len(str(number))))
        else:
            number = place + before
            values.append(number)
    return tuple(values)


def _of_width(wide: Wide, width: int) -> bytes:
    for until, text in wide:
        if width <= until:
            return text.encode()
    return wide[-1][1].encode()
