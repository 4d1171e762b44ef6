"""``tlseku._objects.frozen``: dataclasses that are made quickly are like all others."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import KW_ONLY, FrozenInstanceError, dataclass, field, fields, replace
from typing import get_type_hints

import pytest

from tlseku._objects import frozen


class _Base:
    __slots__ = ("view",)


@frozen
class Quick(_Base):
    one: int
    two: tuple[int, ...] = ()
    three: dict[str, int] = field(default_factory=dict)
    four: str | None = None


@dataclass(frozen=True, slots=True)
class Usual(_Base):
    one: int
    two: tuple[int, ...] = ()
    three: dict[str, int] = field(default_factory=dict)
    four: str | None = None


def test_values_and_defaults_are_the_same() -> None:
    quick, usual = Quick(1, four="four"), Usual(1, four="four")
    assert type(quick) is Quick
    assert [getattr(quick, each.name) for each in fields(quick)] == [1, (), {}, "four"]
    assert repr(quick) == repr(usual).replace("Usual", "Quick")
    assert quick == Quick(1, (), {}, "four") != Quick(2, (), {}, "four")
    assert str(inspect.signature(Quick)) == str(inspect.signature(Usual))


def test_annotations_are_found_where_the_class_stands() -> None:
    assert get_type_hints(Quick.__init__) == get_type_hints(Usual.__init__)


def test_what_a_class_has_itself_stays() -> None:
    @frozen
    class Own:
        one: int
        two: int = field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "two", self.one + 1)

        def __hash__(self) -> int:
            return 7

    own = Own(1)
    assert (repr(own).rpartition(".")[2], hash(own), own == Own(1), own != Own(2)) == (
        "Own(one=1, two=2)",
        7,
        True,
        True,
    )


def test_each_has_a_value_of_its_own_where_a_factory_makes_it() -> None:
    first, second = Quick(1), Quick(1)
    assert first.three == second.three == {}
    assert first.three is not second.three


def test_nothing_can_be_changed() -> None:
    quick = Quick(1)
    with pytest.raises(FrozenInstanceError):
        quick.one = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del quick.one  # type: ignore[misc]
    assert hash(Quick(1, three=None)) == hash(Quick(1, three=None))  # type: ignore[arg-type]


def test_copies() -> None:
    quick = Quick(1, (2, 3))
    assert copy.copy(quick) == copy.deepcopy(quick) == pickle.loads(pickle.dumps(quick)) == quick
    changed = replace(quick, one=4)
    assert (type(changed), changed.one, changed.two) == (Quick, 4, (2, 3))


@pytest.mark.parametrize("given", [(), (1, 2, 3, 4, 5)])
def test_as_many_values_as_fields(given: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        Quick(*given)  # type: ignore[arg-type]


def test_fields_that_are_given_by_name_alone() -> None:
    @frozen
    class Named:
        first: int
        _: KW_ONLY
        second: int
        third: tuple[int, ...] = field(default_factory=tuple)

    assert (
        str(inspect.signature(Named))
        == "(first: 'int', *, second: 'int', third: 'tuple[int, ...]' = <factory>) -> None"
    )
    assert Named(1, second=2) == replace(Named(1, second=3), second=2)
    with pytest.raises(TypeError, match="positional"):
        Named(1, 2)  # type: ignore[misc]
