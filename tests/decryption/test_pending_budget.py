"""Ciphertext held by all connections together: who has to give up, and when."""

from __future__ import annotations

from tlseku.decryption.pending_budget import PendingBudget


class One:
    """Holds bytes and gives them up when told, as a record decryptor does."""

    def __init__(self, budget: PendingBudget, told: list[str], name: str) -> None:
        self.budget = budget
        self.told = told
        self.name = name

    def retry(self) -> None:
        self.told.append(f"{self.name} looks")

    def let_go(self) -> None:
        self.told.append(f"{self.name} goes")
        self.budget.holds(self, 0)


class Stubborn(One):
    def let_go(self) -> None:
        self.told.append(f"{self.name} goes")


def test_the_oldest_goes_first() -> None:
    budget, told = PendingBudget(limit=100), list[str]()
    a, b, c = (One(budget, told, name) for name in "abc")
    budget.holds(a, 40)
    budget.holds(b, 40)
    budget.holds(a, 60)
    assert (budget.held, told, budget.limits) == (100, [], {})
    budget.holds(c, 1)
    assert (budget.held, told, len(budget)) == (41, ["a goes"], 2)
    assert budget.limits == {"MAX_HELD_IN_ALL": 1}


def test_one_that_holds_too_much_alone_goes() -> None:
    budget, told = PendingBudget(limit=100), list[str]()
    budget.holds(One(budget, told, "a"), 101)
    assert (budget.held, told, len(budget)) == (0, ["a goes"], 0)


def test_one_that_does_not_let_go_is_forgotten() -> None:
    budget, told = PendingBudget(limit=100), list[str]()
    budget.holds(Stubborn(budget, told, "a"), 101)
    assert (budget.held, told, len(budget)) == (0, ["a goes"], 0)


def test_nothing_held_is_no_holder() -> None:
    budget, told = PendingBudget(limit=100), list[str]()
    a, b = One(budget, told, "a"), One(budget, told, "b")
    budget.holds(a, 10)
    budget.holds(b, 20)
    budget.secrets_came()
    budget.holds(a, 0)
    budget.holds(a, 0)
    budget.secrets_came()
    assert told == ["a looks", "b looks", "b looks"]
    assert (budget.held, budget.limits) == (20, {})
