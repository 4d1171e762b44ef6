"""The Expressway's profile on captures alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.profile import load_profile
from tlseku.scanning import read

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
PROFILE = load_profile("cisco-expressway")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test-case-1.pcap", {("CM2", "SV1", "ST2"): {10, 11}, ("SV2", "ST2"): {10}}),
        ("test-case-2.pcap", {("SV2", "ST2"): {10}}),
        ("scenario1.pcap.gz", {}),
        ("scenario2.pcap.gz", {}),
    ],
)
def test_refusals(name: str, expected: dict[tuple[str, ...], set[int]]) -> None:
    (book,) = load_rule_books((PROFILE.rule_book,))
    found = PROFILE.run(read(str(CAPTURES / name), local=("10.106.80.16",), rule_books=(book,)), book)
    wrong = [one for one in found if one.level == "wrong"]
    assert {one.rules: {place.frame for place in one.evidence} for one in wrong} == expected
    assert all(one.who == "node 10.106.80.16" and one.to_do for one in wrong)


def test_one_finding_for_each_alert_and_cause() -> None:
    (book,) = load_rule_books((PROFILE.rule_book,))
    flows = list(read(str(CAPTURES / "wrong-eku-refused.pcap"), rule_books=(book,)))
    (refused,) = [flow for flow in flows if flow.outcome == "refused"]
    late = replace(refused, alerts=tuple(replace(alert, code=45) for alert in refused.alerts))
    other = replace(refused, number=9, file="other.pcap")
    found = [one for one in PROFILE.run([refused, late, other], book) if "refused" in one.text]
    assert all(len(set(one.evidence)) == len(one.evidence) for one in found)
    assert {place.file for one in found for place in one.evidence} == {refused.file, "other.pcap"}
    assert len({one.text for one in found}) == len(found)


def test_whose_capture_it_is_may_not_be_known() -> None:
    (book,) = load_rule_books((PROFILE.rule_book,))
    found = PROFILE.run(read(str(CAPTURES / "test-case-1.pcap"), rule_books=(book,)), book)
    assert {one.who for one in found} == {"node whose address is not known"}


def test_every_cited_rule_has_a_sentence() -> None:
    assert {"EX1", "CM2", "SV1", "ST2", "SV4"} <= set(PROFILE.statements)
