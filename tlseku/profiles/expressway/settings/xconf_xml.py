"""A configuration or status dump as XML, read without trusting it.

Knows XML; must not know what a setting means. Names of elements are the words of the path, an ``item`` attribute is a
word more; text of an element is its value. A document type is refused, and with it every entity but XML's own five:
nothing is expanded and nothing fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.settings.setting import Setting, words_of

DEEPEST = 64
"""Elements within elements; real dumps have about ten."""

LONGEST_PATH = 4096
"""Characters of the names from the outermost element on, which every element within carries; real ones have some
hundred."""

LONGEST_TOKEN = 1 << 20
"""Bytes of one tag or comment, which the parser reads over and over until it is whole."""

LONGEST_VALUE = 64 << 10
"""Characters of a value; the rest is left away."""


def settings_of_xml(pieces: Iterable[bytes], name: str) -> Iterator[Setting]:
    """The settings in the order of the document, each when its element ends.

    Raises ``BundleError`` for a document type, for elements nested too deeply, and where the XML is damaged, then
    after everything that came before the damage.
    """
    reader = _Reader(name)
    for piece in pieces:
        yield from reader.feed(piece, last=False)
    yield from reader.feed(b"", last=True)


class _Element:
    __slots__ = ("has_children", "length", "path", "text")

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.text: list[str] = []
        self.length = 0
        self.has_children = False


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Element] = []
        self._found: list[Setting] = []
        self._fed = 0
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def feed(self, piece: bytes, last: bool) -> Iterator[Setting]:
        problem: str | None = None
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, last)
            if self._fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
                problem = f"a tag or comment of more than {LONGEST_TOKEN:,} bytes"
        except expat.ExpatError as error:
            problem = f"line {error.lineno}: {expat.ErrorString(error.code)}"
        except (ValueError, LookupError) as error:
            # What Python says of an encoding that it does not have.
            problem = " ".join(str(error).split())
        found, self._found = self._found, []
        yield from found
        if problem is not None:
            raise BundleError(self._name, f"damaged XML: {problem}")

    def _refuse_doctype(self, *_: object) -> None:
        raise BundleError(self._name, "has a document type (DOCTYPE), which may define entities: refused")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise BundleError(self._name, f"elements are nested more than {DEEPEST} deep")
        if not self._open or not self._open[-1].path:
            path = words_of(tag)
        else:
            path = (*self._open[-1].path, tag)
        if self._open:
            self._open[-1].has_children = True
        item = attributes.get("item")
        if item is not None and path:
            path = (*path, item[:64])
        if sum(map(len, path)) > LONGEST_PATH:
            raise BundleError(self._name, f"a path of more than {LONGEST_PATH:,} characters")
        self._open.append(_Element(path))

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        room = LONGEST_VALUE - element.length
        if room > 0:
            element.text.append(text[:room])
            element.length += len(text)

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        value = "".join(element.text).strip()
        if element.path and (value or not element.has_children):
            self._found.append(Setting(element.path, value, self._parser.CurrentLineNumber))
