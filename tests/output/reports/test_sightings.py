"""Where something was seen: how many are kept, and that the rest is counted."""

from __future__ import annotations

from tlseku.output.reports.sightings import Sighting, SightingBudget, Sightings


def test_all_of_them_in_their_order() -> None:
    seen = Sightings(SightingBudget())
    seen.add(1, "scenario-1.pcap.gz", 13711)
    seen.add(9, "second.pcap", 7)
    assert list(seen) == [Sighting(1, "scenario-1.pcap.gz", 13711), Sighting(9, "second.pcap", 7)]
    assert (len(seen), seen.left_out) == (2, 0)


def test_the_first_of_each_is_kept_and_others_as_far_as_all_may_be() -> None:
    budget = SightingBudget(1)
    one, other = Sightings(budget), Sightings(budget)
    for number in range(1, 4):
        one.add(number, "one.pcap", 5)
        other.add(number, "one.pcap", 5)
    assert [sighting.flow for sighting in one] == [1, 2]
    assert [sighting.flow for sighting in other] == [1]
    assert (one.left_out, other.left_out, budget.left_out) == (1, 2, 3)
