"""Whose request it is: each that was measured, and as many that must name nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.peer_software.shapes import ASKED, CONFIGURED, Asked
from tlseku.policy.peer_software.recognition import (
    PeerSoftware,
    UnknownSoftware,
    known_names,
    recognised,
    software_of,
    told,
)
from tlseku.policy.peer_software.request_shape import PeerEvidence, RequestShape
from tlseku.policy.peer_software.stack_names import STACK_NAMES
from tlseku.policy.peer_software.stacks import stacks
from tlseku.policy.rule_books import BUILT_IN


@pytest.mark.parametrize("asked", ASKED, ids=lambda each: f"{each.software} {each.extensions}")
def test_each_that_was_measured(asked: Asked) -> None:
    software = recognised(asked.shape)
    assert software is not None
    assert (software.stacks, software.title, software.basis) == ((asked.stack,), asked.title, "request")
    assert software.phrase == f"likely {asked.title}"
    assert software.product is None
    assert len(software.because) == 2


@pytest.mark.parametrize("asked", CONFIGURED, ids=lambda each: each.software)
def test_what_was_configured_names_nobody(asked: Asked) -> None:
    assert recognised(asked.shape) is None


@pytest.mark.parametrize("types", [(1, 2, 64), (64, 1, 2), (1, 64), (64,), (3, 4, 1, 2, 64), ()])
def test_without_signature_algorithms_nobody_can_tell(types: tuple[int, ...]) -> None:
    assert recognised(RequestShape(types, None, None)) is None


def test_a_measured_shape_with_one_thing_changed_names_nobody_else() -> None:
    for asked in ASKED:
        schemes = asked.shape.signature_algorithms or ()
        for at in range(len(schemes)):
            left: Sequence[int] = (*schemes[:at], *schemes[at + 1 :])
            for changed in (left, (*left, schemes[at]), (*schemes[:at], 0x0A0A, *schemes[at + 1 :])):
                if tuple(changed) == schemes:
                    continue
                software = recognised(asked.shape._replace(signature_algorithms=tuple(changed)))
                assert software is None or software.stacks == (asked.stack,), (asked, changed)


_CODES = st.lists(st.integers(0, 0xFFFF), max_size=20).map(tuple)


@given(st.none() | _CODES, st.none() | _CODES, st.none() | _CODES)
def test_no_shape_is_an_error(
    types: tuple[int, ...] | None, schemes: tuple[int, ...] | None, extensions: tuple[int, ...] | None
) -> None:
    recognised(RequestShape(types, schemes, extensions))


def test_no_two_libraries_ask_alike() -> None:
    for asked in ASKED:
        fitting = [
            stack.name for stack in stacks() if any(each.pattern.fits(asked.shape) for each in stack.shapes)
        ]
        assert fitting == [asked.stack]


def test_every_library_was_measured_in_each_of_its_ways() -> None:
    assert tuple(stack.name for stack in stacks()) == STACK_NAMES
    for stack in stacks():
        for shape in stack.shapes:
            assert any(each.stack == stack.name and shape.pattern.fits(each.shape) for each in ASKED), (
                stack.name
            )


def test_two_that_ask_alike_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = stacks()[0], stacks()[1]._replace(shapes=stacks()[0].shapes)
    monkeypatch.setattr("tlseku.policy.peer_software.recognition.stacks", lambda: (one, other))
    recognised.cache_clear()
    try:
        software = recognised(ASKED[0].shape)
    finally:
        monkeypatch.undo()
        recognised.cache_clear()
    assert software is not None
    assert software.stacks == ("openssl", "boringssl")
    assert software.title == "OpenSSL or BoringSSL"
    assert software.rule_book is None  # each has its own


def test_books_are_those_that_ship() -> None:
    for stack in stacks():
        book = told(stack.name).rule_book
        assert book is None or book in BUILT_IN
    software = recognised(ASKED[0].shape)
    assert software is not None
    assert software.rule_book == "openssl"
    assert software.exceptions == (
        "Mumble server and syslog-ng look at no EKU; Prosody (between servers) asks for serverAuth"
    )


def test_told_by_the_user() -> None:
    prosody = told(" Prosody ")
    assert prosody == PeerSoftware(
        ("openssl",),
        "Prosody (between servers) 0.12.3, with OpenSSL",
        "told",
        ("named by the user",),
        "openssl",
        "server",
        "prosody",
    )
    assert prosody.phrase == prosody.title
    assert prosody.exceptions is None
    assert told("nginx").rule_book == "openssl"
    assert told("syslog-ng").rule_book is None
    assert told("gnutls").stacks == ("gnutls",)
    assert told("go").title == "Go crypto/tls 1.27.3"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ngnix", "; did you mean nginx?"),
        ("postgres", "; did you mean postgresql?"),
        ("wolf", "wolfssl"),
        ("x" * 5000, "; tlseku rules --products lists them"),
        ("", "; tlseku rules --products lists them"),
        ("no\nsuch", "'no\\nsuch'"),
    ],
)
def test_a_name_that_nothing_has(name: str, near: str) -> None:
    with pytest.raises(UnknownSoftware) as error:
        told(name)
    assert near in str(error.value)
    assert "\n" not in str(error.value)


def test_every_name_is_known() -> None:
    assert len(known_names()) > 50
    for name in known_names():
        assert told(name).basis == "told"


def test_what_the_user_says_goes_before_the_request() -> None:
    shape = ASKED[0].shape
    assert software_of(PeerEvidence()) is None
    assert software_of(PeerEvidence(shape)) == recognised(shape)
    assert software_of(PeerEvidence(None, "nginx")) == told("nginx")
    assert software_of(PeerEvidence(shape, "nginx")) == told("nginx")
    against = software_of(PeerEvidence(shape, "caddy"))
    assert against is not None
    assert against.product == "caddy"
    assert against.because == ("named by the user", "the request looks otherwise: likely OpenSSL")
