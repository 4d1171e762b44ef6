"""SARIF: valid by a model made of its JSON Schema, and read by sarif readers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from tests.output.records import real
from tests.output.samples import DECLINED, EVERY, EVIL, REFUSED, SCENARIO_1, TLS13, flow
from tlseku.flow import Flow
from tlseku.output.records.sarif import HELP, LEVELS, results_of, whole
from tlseku.output.reports.findings import FINDINGS, details_of, findings_of


def document(*flows: Flow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("".join(whole(map(results_of, flows), "1.2.3")))
    return found


@pytest.mark.parametrize("flows", [(), EVERY, real.flows()], ids=["none", "samples", "captures"])
def test_valid_by_the_schema(flows: tuple[Flow, ...]) -> None:
    Sarif.model_validate(document(*flows))


@pytest.mark.parametrize(
    ("sample", "rules"),
    [
        (SCENARIO_1, []),
        (REFUSED, ["wrong", "refused"]),
        (TLS13, ["hidden"]),
        (DECLINED, ["unrestricted", "declined"]),
    ],
)
def test_results(sample: Flow, rules: list[str]) -> None:
    assert [result["ruleId"] for result in document(sample)["runs"][0]["results"]] == [
        f"tlseku/{rule}" for rule in rules
    ]


def test_a_result_says_where_and_what() -> None:
    result = document(REFUSED)["runs"][0]["results"][0]
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "flow 2, 192.0.2.10:25010 to 198.51.100.20:5061, frame 23: the certificate that 192.0.2.10 presents as TLS"
        " client: a TLS client needs clientAuth; the leaf lists serverAuth"
    )
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "edge.pcap"
    assert result["properties"]["serial"] == "9c"


def test_every_rule_says_what_to_do() -> None:
    rules = document()["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"tlseku/{word}" for word in FINDINGS]
    for rule in rules:
        assert rule["help"]["text"] == rule["help"]["markdown"] == HELP[rule["id"].removeprefix("tlseku/")]
        assert rule["fullDescription"]["text"].endswith(".")
        assert rule["name"].isalpha()
        # What GitHub takes of each (its documentation of SARIF support).
        assert len(rule["help"]["text"]) <= 1000
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert "security" in rule["properties"]["tags"]


def test_what_code_hosts_ask_of_a_result() -> None:
    first, again = (document(REFUSED)["runs"][0]["results"] for _ in range(2))
    assert [each["locations"][0]["physicalLocation"]["region"] for each in first] == [{"startLine": 1}] * 2
    hashes = [each["partialFingerprints"]["primaryLocationLineHash"] for each in first]
    assert hashes == [each["partialFingerprints"]["primaryLocationLineHash"] for each in again]
    assert len(set(hashes)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{16}:1", each) for each in hashes)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("captures/a b.pcap", "captures/a%20b.pcap"),
        ("-", "-"),
        ("C:\\x.pcap", "C%3A%5Cx.pcap"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("ä%.pcap", "%C3%A4%25.pcap"),
    ],
)
def test_a_file_name_is_a_relative_reference(file: str, uri: str) -> None:
    result = document(flow(file=file, outcome="refused"))["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_rules_are_the_words_of_fail_on() -> None:
    driver = document()["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [f"tlseku/{word}" for word in FINDINGS]
    assert driver["semanticVersion"] == "1.2.3"
    assert LEVELS.keys() == FINDINGS.keys()


@pytest.mark.parametrize("sample", EVERY, ids=repr)
def test_details_are_the_findings(sample: Flow) -> None:
    assert {detail.word for detail in details_of(sample)} == findings_of(sample)


def test_a_finding_has_the_same_fingerprint_in_another_capture() -> None:
    later = flow(9, file="later.pcap", start=5, presented=REFUSED.presented)
    first, again = (
        document(each)["runs"][0]["results"][0]["partialFingerprints"] for each in (REFUSED, later)
    )
    assert first == again


def test_hostile_text_is_inert() -> None:
    text = "".join(whole(map(results_of, [EVIL]), "1"))
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    for result in json.loads(text)["runs"][0]["results"]:
        said = result["message"]["text"]
        assert said.isprintable()
        # No placeholder and no link (section 3.11): brackets are escaped, braces doubled.
        assert not re.search(r"(?<!\\)[\[\]]", said)
        assert re.fullmatch(
            r"[\w%./~-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        )
