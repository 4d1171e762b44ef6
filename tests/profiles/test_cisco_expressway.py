"""The Expressway's profile on captures alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.profile import load_profile
from tlseku.scanning import read

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
PROFILE = load_profile("cisco-expressway")


@pytest.mark.parametrize(
    ("name", "level", "rules", "frames"),
    [
        ("test-case-1.pcap", "wrong", ("CM2", "SV1", "ST2"), {10, 11}),
        ("test-case-2.pcap", None, (), set()),
        ("scenario1.pcap.gz", None, (), set()),
        ("scenario2.pcap.gz", None, (), set()),
    ],
)
def test_refusals(name: str, level: str | None, rules: tuple[str, ...], frames: set[int]) -> None:
    (book,) = load_rule_books((PROFILE.rule_book,))
    found = PROFILE.run(read(str(CAPTURES / name), local=("10.106.80.16",), rule_books=(book,)), book)
    wrong = [one for one in found if one.level == "wrong"]
    if level is None:
        assert wrong == []
        return
    (one,) = wrong
    assert (one.level, one.rules) == (level, rules)
    assert {place.frame for place in one.evidence} == frames
    assert one.who == "node 10.106.80.16"


def test_whose_capture_it_is_may_not_be_known() -> None:
    (book,) = load_rule_books((PROFILE.rule_book,))
    found = PROFILE.run(read(str(CAPTURES / "test-case-1.pcap"), rule_books=(book,)), book)
    assert {one.who for one in found} == {"node whose address is not known"}


def test_every_cited_rule_has_a_sentence() -> None:
    assert {"EX1", "CM2", "SV1", "ST2", "SV4"} <= set(PROFILE.statements)
