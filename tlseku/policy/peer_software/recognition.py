"""Whose software asks: the TLS library that a CertificateRequest speaks for, or what a user says it is.

Knows the tables of this folder; must not know flows. A request names a library only if it looks exactly as that library
makes it; where two ask alike both are named, and one that was configured names nobody. What is recognised is always
*likely*: anybody can send the same bytes.

Limits: what was recognised of ``KEPT`` shapes is remembered.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlseku.errors import TableError
from tlseku.policy.peer_software.request_shape import JudgedAs, PeerEvidence, RequestShape
from tlseku.policy.peer_software.stacks import Stack, StackShape, stacks
from tlseku.policy.rule_books.library import BUILT_IN
from tlseku.registry.names import certificate_type_name, signature_scheme_name

if TYPE_CHECKING:
    from tlseku.policy.peer_software.products import Product

KEPT = 1024
"""Shapes of requests; there are some dozen in a large network."""

_SHOWN = 3
_NEAR = 3
_NAMED = ("named by the user",)

SoftwareBasis = Literal["request", "told"]


class UnknownSoftware(TableError):
    """No product and no stack has that name. ``str()`` names those that are near, on one line."""


class PeerSoftware(NamedTuple):
    """What judges the client's certificate, as far as is known.

    ``stacks`` are names of TLS libraries (``stacks.toml``), several where they ask alike; ``title`` says them for
    people, with the release where that is told. ``basis`` is ``request`` where the CertificateRequest speaks for them
    (then it is likely, no more), ``told`` where the user says so; ``because`` what speaks for it, and what against.
    ``rule_book`` is the one that models how it judges, None where none does, and ``judges_as`` the role for whose
    purpose it looks. ``product`` is the product that the user named.
    """

    stacks: tuple[str, ...]
    title: str
    basis: SoftwareBasis
    because: tuple[str, ...]
    rule_book: str | None
    judges_as: JudgedAs = "client"
    product: str | None = None

    @property
    def phrase(self) -> str:
        """``likely OpenSSL before 3.5``, or what the user said without a doubt."""
        return f"likely {self.title}" if self.basis == "request" else self.title

    @property
    def exceptions(self) -> str | None:
        """The products with these libraries that judge otherwise, in one phrase; None where a product was named, and
        where none is known."""
        if self.product is not None:
            return None
        from tlseku.policy.peer_software.products import (
            exceptions_in_words,
        )  # reads a table that few flows need

        phrases = [exceptions_in_words(stack) for stack in self.stacks]
        return "; ".join(phrase for phrase in phrases if phrase is not None) or None


@functools.lru_cache(KEPT)
def recognised(shape: RequestShape) -> PeerSoftware | None:
    """The libraries that ask so; None where none does, or nobody can tell."""
    found = [(stack, _first(stack, shape)) for stack in stacks()]
    fitting = [(stack, each) for stack, each in found if each is not None]
    if not fitting:
        return None
    books = {stack.rule_book for stack, _ in fitting}
    title = " or ".join(
        stack.title if each.release is None else f"{stack.title} {each.release}" for stack, each in fitting
    )
    return PeerSoftware(
        tuple(stack.name for stack, _ in fitting),
        title,
        "request",
        (_types(shape), _schemes(shape, title)),
        _shipped(books.pop()) if len(books) == 1 else None,
    )


def told(name: str) -> PeerSoftware:
    """What the user calls by the name of a product or a stack. Raises UnknownSoftware, which names near ones."""
    from tlseku.policy.peer_software.products import products

    word = name.strip().casefold()
    product = next((each for each in products() if each.name == word), None)
    if product is not None:
        return _told_product(product)
    stack = next((each for each in stacks() if each.name == word), None)
    if stack is not None:
        return PeerSoftware((stack.name,), stack.title, "told", _NAMED, _shipped(stack.rule_book))
    raise UnknownSoftware(f"there is no product or stack {name!r}{_nearest(word)}")


def known_names() -> tuple[str, ...]:
    """The names of all products and stacks, in alphabetical order."""
    from tlseku.policy.peer_software.products import products

    return tuple(sorted({*(each.name for each in products()), *(each.name for each in stacks())}))


@functools.lru_cache(KEPT)
def software_of(evidence: PeerEvidence) -> PeerSoftware | None:
    """What the evidence speaks for; what the user says goes before what a request looks like. None: nobody knows.

    Raises UnknownSoftware for a name that nothing has.
    """
    seen = None if evidence.shape is None else recognised(evidence.shape)
    if evidence.told is None:
        return seen
    said = told(evidence.told)
    if seen is None or set(seen.stacks) & set(said.stacks):
        return said
    return said._replace(because=(*said.because, f"the request looks otherwise: {seen.phrase}"))


def _told_product(product: Product) -> PeerSoftware:
    stack = next(each for each in stacks() if each.name == product.stack)
    title = f"{product.title} {product.version}"
    if product.name != stack.name:
        title += f", with {stack.title}"
    return PeerSoftware(
        (stack.name,),
        title,
        "told",
        _NAMED,
        _shipped(product.rule_book),
        product.judges_as,
        product.name,
    )


def _nearest(word: str) -> str:
    from difflib import get_close_matches  # needed for mistakes alone

    near = get_close_matches(word, known_names(), _NEAR, 0.6)
    if not near and word:
        near = [name for name in known_names() if word in name][:_NEAR]
    return f"; did you mean {' or '.join(near)}?" if near else "; tlseku rules --products lists them"


def _shipped(book: str | None) -> str | None:
    return book if book in BUILT_IN else None


def _first(stack: Stack, shape: RequestShape) -> StackShape | None:
    return next((each for each in stack.shapes if each.pattern.fits(shape)), None)


def _types(shape: RequestShape) -> str:
    if shape.certificate_types is not None:
        names = [certificate_type_name(code) for code in shape.certificate_types]
        return f"the request lists the certificate types {', '.join(names)}"
    return f"the request has the extensions {', '.join(str(code) for code in shape.extensions or ())}"


def _schemes(shape: RequestShape, title: str) -> str:
    schemes = shape.signature_algorithms or ()
    begin = ", ".join(signature_scheme_name(code) for code in schemes[:_SHOWN])
    return f"its {len(schemes)} signature algorithms, {begin} first, are those of {title} in its order"
