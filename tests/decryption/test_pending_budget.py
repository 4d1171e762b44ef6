"""Ciphertext held by all connections together: who has to give up, and when."""

from __future__ import annotations

from tlseku.decryption.pending_budget import PendingBudget


class One:
    """Holds bytes and gives them up when told, as an opener does."""

    def __init__(self, awaiting: PendingBudget, told: list[str], name: str) -> None:
        self.awaiting = awaiting
        self.told = told
        self.name = name

    def retry(self) -> None:
        self.told.append(f"{self.name} looks")

    def let_go(self) -> None:
        self.told.append(f"{self.name} goes")
        self.awaiting.holds(self, 0)


class Stubborn(One):
    def let_go(self) -> None:
        self.told.append(f"{self.name} goes")


def test_the_oldest_goes_first() -> None:
    awaiting, told = PendingBudget(limit=100), list[str]()
    a, b, c = (One(awaiting, told, name) for name in "abc")
    awaiting.holds(a, 40)
    awaiting.holds(b, 40)
    awaiting.holds(a, 60)
    assert (awaiting.held, told, awaiting.limits) == (100, [], {})
    awaiting.holds(c, 1)
    assert (awaiting.held, told, len(awaiting)) == (41, ["a goes"], 2)
    assert awaiting.limits == {"MAX_HELD_IN_ALL": 1}


def test_one_that_holds_too_much_alone_goes() -> None:
    awaiting, told = PendingBudget(limit=100), list[str]()
    awaiting.holds(One(awaiting, told, "a"), 101)
    assert (awaiting.held, told, len(awaiting)) == (0, ["a goes"], 0)


def test_one_that_does_not_let_go_is_forgotten() -> None:
    awaiting, told = PendingBudget(limit=100), list[str]()
    awaiting.holds(Stubborn(awaiting, told, "a"), 101)
    assert (awaiting.held, told, len(awaiting)) == (0, ["a goes"], 0)


def test_nothing_held_is_no_holder() -> None:
    awaiting, told = PendingBudget(limit=100), list[str]()
    a, b = One(awaiting, told, "a"), One(awaiting, told, "b")
    awaiting.holds(a, 10)
    awaiting.holds(b, 20)
    awaiting.secrets_came()
    awaiting.holds(a, 0)
    awaiting.holds(a, 0)
    awaiting.secrets_came()
    assert told == ["a looks", "b looks", "b looks"]
    assert (awaiting.held, awaiting.limits) == (20, {})
