"""``tlseku.profiles.gathered_findings``: what is found again is one finding, with the places of both."""

from __future__ import annotations

from dataclasses import replace

from tlseku.profiles.findings import Place, ProfileFinding
from tlseku.profiles.gathered_findings import MOST_EVIDENCE, GatheredFindings

ONE = ProfileFinding(
    "wrong", ("GM1",), "client 192.0.2.1", "says\0\udc80", "mend it", (Place("a", 1 << 40, 1),)
)
OTHERS = (
    replace(ONE, level="open"),
    replace(ONE, rules=("GM1", "GM4")),
    replace(ONE, who="client 192.0.2.2"),
    replace(ONE, text="says", to_do=None),
)


def test_others_are_told_apart_and_come_in_their_order() -> None:
    gathered = GatheredFindings()
    for one in (ONE, *OTHERS):
        gathered.add(one)
    gathered.add(replace(ONE, to_do=None, evidence=(Place("b", 7, 2),)))
    assert gathered.take_all() == [replace(ONE, evidence=(*ONE.evidence, Place("b", 7, 2))), *OTHERS]
    assert gathered.take_all() == []


def test_places_beyond_the_first_are_left_out() -> None:
    gathered = GatheredFindings()
    for number in range(20):
        gathered.add(replace(ONE, evidence=(Place("a", number, number),)))
    (one,) = gathered.take_all()
    assert [place.frame for place in one.evidence] == list(range(MOST_EVIDENCE))
