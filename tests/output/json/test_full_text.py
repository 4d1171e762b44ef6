"""Lines of flows concluded in full against their dictionaries."""

from __future__ import annotations

from pathlib import Path

import pytest

import tlseku
from tlseku.output.json.flow_json import flow_to_dict, to_json
from tlseku.output.json.full_text import MAX_FINDINGS, FlowTexts
from tlseku.policy.known_issuers import load_known_issuers

CAPTURES = sorted(Path(__file__).resolve().parents[3].joinpath("captures").glob("*.pcap*"))
SHARED = sorted(Path(__file__).resolve().parents[4].joinpath("shared", "captures").glob("*.pcap*"))


@pytest.mark.parametrize("path", CAPTURES + SHARED, ids=lambda path: path.name)
def test_every_capture(path: Path) -> None:
    texts = FlowTexts()
    for flow in tlseku.read(str(path)):
        assert texts.line(flow) == to_json(flow_to_dict(flow))


def test_with_issuers_that_were_not_presented(tmp_path: Path) -> None:
    capture = str(CAPTURES[0].with_name("scenario1.pcap.gz"))
    (flow,) = tlseku.read(capture)
    authority = tmp_path / "ca.der"
    authority.write_bytes(flow.presented[-1].chain[-1].der)
    issuers = load_known_issuers([str(authority)])
    for each in tlseku.read(capture, known_issuers=issuers):
        assert FlowTexts().line(each) == to_json(flow_to_dict(each))


def test_findings_are_kept_within_a_bound() -> None:
    texts = FlowTexts()
    (flow,) = tlseku.read(str(CAPTURES[0].with_name("scenario1.pcap.gz")))
    for _ in range(MAX_FINDINGS + 5):
        texts._rule_books(dict(flow.presented[0].rule_books))
    assert len(texts._findings) == 5
