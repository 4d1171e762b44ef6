"""Answers as objects against what the command line prints for the same captures."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import tlseku
from tlseku.answers.answer import Answer
from tlseku.cli import main
from tlseku.errors import TableError

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
REFUSED, DECLINED = str(CAPTURES / "wrong-eku-refused.pcap"), str(CAPTURES / "declined.pcap")


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0
    return result.stdout


def as_json(*arguments: str) -> object:
    return json.loads(printed(*arguments, "-T", "json"))


def test_sunset() -> None:
    found = tlseku.sunset(tlseku.scan(REFUSED))
    said = found.to_dict()
    assert said["hosts"] == as_json("sunset", REFUSED)
    assert (said["schema"], said["certificates"]) == ("tlseku/sunset/1", 1)
    frame = found.to_pandas()
    assert list(frame["host"]) == ["192.0.2.10"]
    assert frame["renewal"][0] == found.inventory.hosts[0].as_client[0].renewal.outcome
    assert printed("sunset", REFUSED).startswith(f"{found}\n")
    assert repr(found) == "<Sunset: 1 client certificate in 1 places>"


def test_sunset_on_a_day() -> None:
    found = tlseku.sunset(tlseku.read(REFUSED), on=date(2027, 4, 1))
    assert found.to_dict()["hosts"] == as_json("sunset", "--on", "2027-04-01", REFUSED)


def test_inventory() -> None:
    found = tlseku.inventory(tlseku.scan(REFUSED, DECLINED))
    said = found.to_dict()
    assert said["certificates"] == as_json("certs", REFUSED, DECLINED)
    assert len(found.to_pandas()["sha256"].unique()) == len(found.seen)
    assert printed("certs", REFUSED, DECLINED).startswith(f"{found}\n")


def test_compare() -> None:
    found = tlseku.compare(tlseku.read(REFUSED), tlseku.scan(DECLINED))
    assert found.different is True
    assert found.to_dict() == as_json("compare", "--all", REFUSED, DECLINED)
    frame = found.to_pandas()
    differ = frame[~frame["same"]]
    assert sorted(differ["aspect"]) == sorted(
        one.name for pair in found.found.pairs for one in pair.differences
    )
    assert tlseku.compare(tlseku.read(REFUSED), tlseku.read(REFUSED)).different is False


@pytest.mark.parametrize("profile", ["generic-mtls-server", "cisco-expressway"])
def test_diagnose(profile: str) -> None:
    found = tlseku.diagnose(tlseku.scan(REFUSED), profile)
    assert found.to_dict() == as_json("diagnose", "--profile", profile, REFUSED)
    assert set(found.to_pandas()["level"]) == {one.level for one in found.findings}
    assert printed("diagnose", "--profile", profile, REFUSED) == f"{found}\n"


def test_a_profile_or_book_that_is_none() -> None:
    with pytest.raises(TableError, match="no profile 'nothing'"):
        tlseku.diagnose((), "nothing")
    with pytest.raises(TableError):
        tlseku.diagnose((), rule_book="nothing")


def test_explain() -> None:
    (flow,) = tlseku.read(REFUSED)
    found = tlseku.explain(flow)
    assert "unsupported_certificate" in str(found)
    assert found.to_dict()["client_cert"] == tlseku.flow_to_dict(flow)["client_cert"]
    assert len(found.to_pandas()) == len(list(tlseku.read(REFUSED).to_pandas("findings")["flow"]))


def test_what_was_not_seen_is_part_of_each_answer(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(REFUSED).read_bytes()[:-10])
    flows = tlseku.read(str(cut))
    for answer in (tlseku.sunset(flows), tlseku.inventory(flows), tlseku.diagnose(flows)):
        not_seen = answer.to_dict()["not_seen"]
        assert isinstance(not_seen, dict)
        assert not_seen["damage"] == ["a damaged or cut capture"]


@pytest.mark.parametrize(
    "ask",
    [
        tlseku.sunset,
        tlseku.inventory,
        tlseku.diagnose,
        lambda flows: tlseku.compare(flows, ()),
        lambda flows: tlseku.explain(flows[0]),
    ],
)
def test_every_answer_has_every_form(ask: Callable[[tlseku.Flows], Answer]) -> None:
    flows = tlseku.read(REFUSED)
    answer = ask(flows)
    assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
    assert list(answer.to_pandas().columns) == list(answer.columns())
    assert answer._repr_html_().startswith("<pre")
    assert "<script" not in answer._repr_html_()
    assert 0 < len(repr(answer)) <= 200
    assert ask(flows).to_dict() == answer.to_dict()


def test_of_no_flows() -> None:
    for answer in (tlseku.sunset(()), tlseku.inventory(()), tlseku.diagnose(()), tlseku.compare((), ())):
        assert len(answer.to_pandas()) == 0
        assert json.dumps(answer.to_dict())
