"""Predictions agree with every measured cell, of every book that models the software."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.policy.rule_books.measured import Cell, measured_cells
from tests.verifiers.cases import case_named
from tlseku.policy.rule_books import RuleBook, load_rule_books

CELLS = measured_cells()
BY_QUESTION: dict[tuple[str, str, str], set[str]] = defaultdict(set)
for cell in CELLS:
    BY_QUESTION[cell.name, cell.role, cell.chain].add(cell.outcome)

NEEDS_TLS13 = {
    ("erlang", "Ed25519 / absent"),
    ("erlang", "C+S / Ed25519 CA"),
    ("erlang", "Ed448 / absent"),
    ("erlang", "C+S / Ed448 CA"),
    ("boringssl", "Ed25519 / absent"),
    ("wolfssl", "keyUsage keyAgreement / absent"),
    ("wolfssl", "keyUsage keyEncipherment / absent"),
}
"""Cells of one version or one program, of which the book says that it depends."""


def predicted(book: RuleBook, cell: Cell) -> str:
    case = case_named(cell.chain)
    return book.judge(case.presented, cell.role, more=case.held).outcome


@pytest.mark.parametrize("name", sorted({cell.book for cell in CELLS}))
def test_every_cell_of_a_book(name: str) -> None:
    (book,) = load_rule_books([name])
    wrong = []
    for cell in CELLS:
        if cell.book != name:
            continue
        said = predicted(book, cell)
        open_to_both = len(BY_QUESTION[cell.name, cell.role, cell.chain]) == 2
        if said == "depends" and (
            open_to_both or (cell.name, cell.chain) in NEEDS_TLS13 or _by_program(cell)
        ):
            continue
        if said != cell.outcome:
            wrong.append(f"{cell.software} as measured {cell.outcome}, predicted {said}: {cell.chain}")
    assert wrong == []


def _by_program(cell: Cell) -> bool:
    """gRPC looks at no EKU of what it trusts, be it a root or a leaf; Bun was not asked of all of these."""
    return cell.name == "boringssl" and ("/ root " in cell.chain or cell.chain.startswith("self-signed"))


def test_what_depends_on_the_program_was_measured_both_ways() -> None:
    both = {question for question, outcomes in BY_QUESTION.items() if len(outcomes) == 2}
    assert both == {
        ("boringssl", "client", "C+S / absent / root S"),
        ("boringssl", "client", "C+S / absent / root any"),
        # By release: 1.26.6 and 1.27.3.
        ("go", "server", "C+S / ML-DSA-65 CA"),
    }


def test_every_stack_that_was_run_has_cells() -> None:
    assert {cell.name for cell in CELLS} == {
        *("openssl", "boringssl", "rustls", "go", "java", "gnutls", "gnutls-purpose"),
        *("mbedtls", "erlang", "wolfssl", "botan", "s2n"),
    }
    assert len(CELLS) > 600


def test_a_measured_cell_is_answered_by_a_rule_that_was_run() -> None:
    """A cell that says accept or refuse names whether it was run, and with which version."""
    for cell in CELLS:
        (book,) = load_rule_books([cell.book])
        rule = book.answering(case_named(cell.chain).presented, cell.role)
        assert rule.evidence == "run", (cell, rule.id)
        assert any(character.isdigit() for character in rule.versions), (cell, rule.id)
