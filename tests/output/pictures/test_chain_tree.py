"""The layout of a chain: who stands above whom, who narrows, who takes the purpose away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.output.samples import ANY, CLIENT_AUTH, DECLINED, SERVER_AUTH, TLS13, certificate, flow, presented
from tlseku.flow import Flow
from tlseku.output.pictures.chain_tree import SHOWN_STRANGERS, ChainTree, chain_tree, flow_trees
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.x509.certificate import Certificate

BOTH = (SERVER_AUTH, CLIENT_AUTH)


def above(eku: tuple[str, ...] | None, number: int, top: bool = False) -> Certificate:
    name = f"CN=CA {number}"
    made = certificate(number, name, issuer=name if top else f"CN=CA {number + 1}", eku=eku, ca=True)
    return replace(made, self_issued=top)


def leaf(eku: tuple[str, ...] | None = BOTH) -> Certificate:
    return certificate(100, "CN=leaf", issuer="CN=CA 1", eku=eku)


def tree(chain: tuple[Certificate, ...], **rest: object) -> ChainTree:
    return chain_tree(presented("client", 5, chain, **rest), flow())  # type: ignore[arg-type]


def rows(laid: ChainTree) -> list[tuple[int, str, bool, bool, str]]:
    return [(node.index, node.place, node.breaks, node.narrows, node.effect) for node in laid.path]


ANCHOR = "trust anchor: its EKU does not count"


@pytest.mark.parametrize(
    ("chain", "broken_at", "wanted"),
    [
        (
            (leaf(), above(None, 1), above(None, 2, top=True)),
            None,
            [
                (2, "anchor", False, False, ANCHOR),
                (1, "issuer", False, False, ""),
                (0, "leaf", False, False, ""),
            ],
        ),
        (
            (leaf(), above((SERVER_AUTH,), 1), above(None, 2, top=True)),
            1,
            [
                (2, "anchor", False, False, ANCHOR),
                (1, "issuer", True, True, "takes clientAuth away; leaves serverAuth"),
                (0, "leaf", False, False, ""),
            ],
        ),
        (
            (leaf(None), above(BOTH, 1)),
            None,
            [(1, "issuer", False, True, "leaves serverAuth, clientAuth"), (0, "leaf", False, False, "")],
        ),
        (
            (leaf((CLIENT_AUTH,)), above((ANY,), 1)),
            None,
            [(1, "issuer", False, False, ""), (0, "leaf", False, False, "")],
        ),
        (
            (leaf((CLIENT_AUTH,)), above(BOTH, 1), above((SERVER_AUTH,), 2)),
            2,
            [
                (2, "issuer", True, True, "takes clientAuth away; leaves empty"),
                (1, "issuer", False, False, ""),
                (0, "leaf", False, False, ""),
            ],
        ),
        # A trust anchor that lists only serverAuth takes nothing away.
        (
            (leaf(), above((SERVER_AUTH,), 1, top=True)),
            None,
            [(1, "anchor", False, False, ANCHOR), (0, "leaf", False, False, "")],
        ),
    ],
)
def test_the_path(
    chain: tuple[Certificate, ...], broken_at: int | None, wanted: list[tuple[int, str, bool, bool, str]]
) -> None:
    assert rows(tree(chain, broken_at=broken_at)) == wanted


def test_a_leaf_that_does_not_fit_is_the_one_that_breaks() -> None:
    laid = tree((leaf((SERVER_AUTH,)),), verdict="wrong", reason="no", broken_at=0)
    assert rows(laid) == [(0, "leaf", True, False, "does not list clientAuth")]
    assert laid.path[0].style == "wrong"


@pytest.mark.parametrize(
    ("verdict", "style"),
    [("ok", "ok"), ("unrestricted", "caution"), ("any", "caution"), ("unreadable", "unsure")],
)
def test_a_leaf_that_does_not_break_looks_like_its_verdict(verdict: str, style: str) -> None:
    assert tree((leaf(),), verdict=verdict).path[0].style == style


def test_the_missing_issuer_is_named() -> None:
    assert tree((leaf(),)).missing == "CN=CA 1"
    assert tree((leaf(), above(None, 1, top=True))).missing is None


def test_strangers_stand_beside() -> None:
    laid = tree((leaf(), above(None, 7), above(None, 1, top=True)))
    assert [node.index for node in laid.path] == [2, 0]
    assert [(node.index, node.place) for node in laid.beside] == [(1, "beside")]
    many = tree((leaf(), *(above(None, n) for n in range(50, 50 + 3 * SHOWN_STRANGERS))))
    assert (len(many.beside), many.beside_left_out) == (SHOWN_STRANGERS, 2 * SHOWN_STRANGERS)


def test_what_was_not_presented_is_marked() -> None:
    known = KnownIssuer(above((SERVER_AUTH,), 1), "ca.pem")
    laid = tree((leaf(),), completed_with=(known,), broken_at=1)
    assert [(node.index, node.presented) for node in laid.path] == [(1, False), (0, True)]
    assert laid.path[0].facts[-1] == "not presented, from ca.pem"
    assert laid.path[0].breaks


def test_effective() -> None:
    assert tree((leaf(),), effective_eku=(SERVER_AUTH,)).effective == "serverAuth"
    assert tree((leaf(),), effective_eku=()).effective == "empty"
    assert tree((leaf(None),), effective_eku=None).effective == "no restriction"


@pytest.mark.parametrize("value", [TLS13, flow()])
def test_no_chain_no_tree(value: Flow) -> None:
    assert flow_trees(value) == []


def test_an_empty_list_has_no_tree() -> None:
    assert [laid.title for laid in flow_trees(DECLINED)] == [
        "Server's chain, frame 31, sent by 198.51.100.20"
    ]
