"""``tlseku.policy.effective``: what a chain is good for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.chains import ANY, CERTIFICATES, CHAINS, CLIENT, EKUS, EMAIL, SERVER, UNREADABLE, facts
from tlseku.policy.effective import broken_at, effective_eku
from tlseku.policy.purposes import permits
from tlseku.x509.certificate import Certificate

Eku = tuple[str, ...] | None


def chain_of(*ekus: Eku, root: bool = False) -> list[Certificate]:
    """Leaf first; ``root`` makes the last one self-issued."""
    last = len(ekus) - 1
    return [
        facts(f"c{index}", f"c{index}" if root and index == last else f"c{index + 1}", eku)
        for index, eku in enumerate(ekus)
    ]


@pytest.mark.parametrize(
    ("chain", "purposes", "client_broken_at"),
    [
        (chain_of((SERVER,)), (SERVER,), 0),
        (chain_of(()), (), 0),
        (chain_of((CLIENT,), (SERVER,)), (), 1),
        (chain_of((CLIENT, SERVER), (SERVER,)), (SERVER,), 1),
        (chain_of(None, (SERVER,)), (SERVER,), 1),
        (chain_of((ANY,), (SERVER,)), (SERVER,), 1),
        (chain_of((ANY, EMAIL), (SERVER, EMAIL)), (EMAIL, SERVER), 1),
        (chain_of((CLIENT,), ()), (), 1),
        (chain_of((CLIENT,), None, (SERVER,)), (), 2),
        (chain_of((SERVER,), (SERVER,)), (SERVER,), 0),
        (chain_of((CLIENT,), (SERVER,), (EMAIL,)), (), 1),
        ([facts("leaf", "I", (CLIENT,)), facts("X", "Y"), facts("I", "R", (SERVER,))], (), 2),
    ],
)
def test_broken(chain: list[Certificate], purposes: Eku, client_broken_at: int) -> None:
    assert effective_eku(chain).purposes == purposes
    assert broken_at(chain, CLIENT) == client_broken_at


@pytest.mark.parametrize(
    ("chain", "purposes"),
    [
        ([], None),
        (chain_of(None), None),
        (chain_of((CLIENT,)), (CLIENT,)),
        (chain_of((ANY,)), (ANY,)),
        (chain_of((CLIENT, SERVER), None), (CLIENT, SERVER)),
        (chain_of((CLIENT, SERVER), (SERVER, CLIENT)), (CLIENT, SERVER)),
        (chain_of((CLIENT, SERVER), (ANY,)), (CLIENT, SERVER)),
        (chain_of(None, (ANY, SERVER)), None),
        (chain_of((ANY, SERVER), (CLIENT,)), (CLIENT,)),
        (chain_of((CLIENT,), (SERVER,), root=True), (CLIENT,)),
        (chain_of((CLIENT,), None, (), root=True), (CLIENT,)),
        (chain_of((CLIENT,), root=True), (CLIENT,)),
        ([facts("leaf", "I", (CLIENT,)), facts("X", "Y", (SERVER,))], (CLIENT,)),
        ([facts("leaf", "I", (CLIENT,)), facts("I", "R", None, eku_readable=False)], (CLIENT,)),
        ([facts("leaf", "I", (CLIENT,)), UNREADABLE], (CLIENT,)),
    ],
)
def test_not_broken(chain: list[Certificate], purposes: Eku) -> None:
    assert effective_eku(chain).purposes == purposes
    assert broken_at(chain, CLIENT) is None


@pytest.mark.parametrize(
    ("more", "purposes", "client_broken_at"),
    [
        ([facts("c1", "c2", (SERVER,))], (SERVER,), 1),
        ([facts("c1", "c2"), facts("c2", "c3", (SERVER,))], (SERVER,), 2),
        # Anchors do not constrain, wherever they come from.
        ([facts("c1", "c1", (SERVER,))], (CLIENT, SERVER), None),
        ([facts("c1", "c2"), facts("c2", "c2", (EMAIL,))], (CLIENT, SERVER), None),
        ([facts("c1", "c2", (SERVER, CLIENT))], (CLIENT, SERVER), None),
        ([facts("x", "y", (SERVER,))], (CLIENT, SERVER), None),
        ([], (CLIENT, SERVER), None),
    ],
)
def test_what_was_not_presented_has_its_say(
    more: list[Certificate], purposes: Eku, client_broken_at: int | None
) -> None:
    chain = chain_of((CLIENT, SERVER))
    assert effective_eku(chain, more).purposes == purposes
    assert broken_at(chain, CLIENT, more=more) == client_broken_at


def test_what_was_not_presented_and_cannot_be_read_is_named() -> None:
    more = [facts("c1", "c2", None, eku_readable=False)]
    assert effective_eku(chain_of((CLIENT,)), more).unread == (1,)


def test_a_self_issued_leaf_still_counts_itself() -> None:
    assert broken_at(chain_of((SERVER,), root=True), CLIENT) == 0


@pytest.mark.parametrize(
    ("chain", "unread"),
    [
        ([facts("leaf", "I", None, eku_readable=False), facts("I", "R")], (0,)),
        ([facts("leaf", "I"), facts("I", "R", None, eku_readable=False)], (1,)),
        ([facts("leaf", "I"), UNREADABLE], (1,)),
        ([facts("leaf", "I"), facts("X", "Y", None, eku_readable=False)], ()),
        ([facts("leaf", "I"), facts("I", "I", None, eku_readable=False)], ()),
        ([facts("leaf", "I"), facts("I", "R", ())], ()),
    ],
)
def test_unread(chain: list[Certificate], unread: tuple[int, ...]) -> None:
    assert effective_eku(chain).unread == unread


PURPOSES = st.sampled_from([SERVER, CLIENT, EMAIL])


@given(CHAINS, PURPOSES)
def test_broken_exactly_where_the_effective_eku_does_not_permit(
    chain: list[Certificate], purpose: str
) -> None:
    assert (broken_at(chain, purpose) is None) == permits(effective_eku(chain).purposes, purpose)


@given(CHAINS.filter(len), PURPOSES)
def test_effective_is_within_the_leaf(chain: list[Certificate], purpose: str) -> None:
    effective = effective_eku(chain).purposes
    if permits(effective, purpose):
        assert permits(chain[0].eku, purpose)
    if chain[0].eku is not None and ANY not in chain[0].eku:
        assert effective is not None
        assert set(effective) <= set(chain[0].eku)


@given(st.lists(EKUS, min_size=1, max_size=4), EKUS, PURPOSES)
def test_an_issuer_above_never_widens(ekus: list[Eku], above: Eku, purpose: str) -> None:
    if permits(effective_eku(chain_of(*ekus, above)).purposes, purpose):
        assert permits(effective_eku(chain_of(*ekus)).purposes, purpose)


@given(st.lists(EKUS, min_size=1, max_size=4), st.randoms())
def test_the_order_of_issuers_does_not_matter(ekus: list[Eku], random: st.DataObject) -> None:
    chain = chain_of(*ekus)
    shuffled = chain[1:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert effective_eku([chain[0], *shuffled]).purposes == effective_eku(chain).purposes


@given(st.lists(EKUS, min_size=1, max_size=3), CERTIFICATES)
def test_strangers_do_not_count(ekus: list[Eku], stranger: Certificate) -> None:
    assert effective_eku([*chain_of(*ekus), stranger]).purposes == effective_eku(chain_of(*ekus)).purposes


@given(CHAINS, EKUS)
def test_a_leaf_without_extension_and_one_that_lists_nothing_differ(
    chain: list[Certificate], eku: Eku
) -> None:
    above = [facts("I", "R", eku)]
    assert effective_eku([facts("leaf", "I", ()), *above]).purposes == ()
    open_leaf = effective_eku([facts("leaf", "I", None), *above]).purposes
    assert (open_leaf is None) == (eku is None or ANY in eku)
