"""``tlseku.profiles.expressway.node.capture_set``: the captures of each interface in their order."""

from __future__ import annotations

import io

import pytest

from tests.profiles.expressway.bundles import TIME
from tlseku.profiles.expressway.archive.member import Member
from tlseku.profiles.expressway.archive.member_name import read_member_name
from tlseku.profiles.expressway.node.capture_set import capture_sets


def member(name: str, folder: str = "") -> Member:
    what = read_member_name(name)
    assert what is not None
    return Member(f"{folder}{name}", 0, what, io.BytesIO)


def capture(nic: int, number: int, folder: str = "") -> Member:
    return member(f"eth{nic}_diagnostic_logging_tcpdump{number:02}_edge_{TIME}.pcap", folder)


@pytest.mark.parametrize(
    ("numbers", "order", "missing"),
    [
        ([0], [0], ()),
        ([1, 0], [0, 1], ()),
        ([10, 2, 1], [1, 2, 10], (3, 4, 5, 6, 7, 8, 9)),
        (list(range(19, -1, -1)), list(range(20)), ()),
        ([5, 7], [5, 7], (6,)),
    ],
)
def test_the_files_of_an_interface(numbers: list[int], order: list[int], missing: tuple[int, ...]) -> None:
    (found,) = capture_sets([capture(0, number) for number in numbers])
    assert found == (0, tuple(capture(0, number) for number in order), missing)


def test_interfaces_are_apart() -> None:
    found = capture_sets([capture(1, 0), capture(0, 1), member(f"ca_edge_{TIME}.pem"), capture(0, 0)])
    assert [(one.nic, [file.what.number for file in one.files]) for one in found] == [(0, [0, 1]), (1, [0])]


def test_the_same_number_twice() -> None:
    (found,) = capture_sets([capture(0, 0, "b/"), capture(0, 0, "a/")])
    assert [file.path[:2] for file in found.files] == ["a/", "b/"]


def test_no_captures() -> None:
    assert capture_sets([member(f"ca_edge_{TIME}.pem")]) == ()
