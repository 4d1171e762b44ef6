"""Words of ``--fail-on``: when each holds, and when not."""

from __future__ import annotations

import pytest

from tests.output.samples import (
    DAMAGED,
    DECLINED,
    EVERY,
    EVIL,
    ODD_PURPOSES,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    flow,
    presented,
)
from tlseku.flow import Flow
from tlseku.output.reports.findings import FINDINGS, findings_of, has_finding
from tlseku.output.words.verdict_style import VERDICTS


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (SCENARIO_1, set()),
        (flow(), set()),
        (flow(outcome="incomplete"), set()),
        (flow(outcome="unknown"), set()),
        (REFUSED, {"wrong", "refused"}),
        (TLS13, {"hidden"}),
        (DECLINED, {"unrestricted", "declined"}),
        (DAMAGED, {"incomplete", "unreadable", "hidden", "defect"}),
        (ODD_PURPOSES, {"any", "empty", "broken"}),
        (EVIL, {"defect"}),
        (flow(outcome="aborted"), {"aborted"}),
        (
            flow(presented=(presented("server", 1, (certificate(), certificate(defects=("odd",)))),)),
            {"defect"},
        ),
    ],
)
def test_findings(sample: Flow, words: set[str]) -> None:
    assert findings_of(sample) == words
    assert all(has_finding(sample, [word]) is (word in words) for word in FINDINGS)
    assert not has_finding(sample, [])


def test_every_verdict_that_is_not_good_is_a_word() -> None:
    assert set(VERDICTS) - {"ok", "fingerprint"} <= set(FINDINGS)
    assert not {"ok", "fingerprint"} & set(FINDINGS)


ENDS = ("aborted", "refused_inside", "closed_after")


def test_every_word_is_met_somewhere() -> None:
    met = set().union(*(findings_of(sample) for sample in (*EVERY, *(flow(outcome=each) for each in ENDS))))
    assert met == set(FINDINGS)
