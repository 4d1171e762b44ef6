"""JUnit XML, read back by junitparser."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import fromstring, tostring

import pytest
from junitparser import Failure, JUnitXml, Skipped

from tests.output.records import real
from tests.output.samples import DAMAGED, EVERY, EVIL, REFUSED, SCENARIO_1, TLS13
from tlseku.flow import Flow
from tlseku.output.records.junit import _case, lines


def suites(*flows: Flow) -> JUnitXml:
    return JUnitXml.fromstring("".join(lines(flows)).encode())


def test_counts_and_suites() -> None:
    found = suites(*EVERY)
    assert (found.tests, found.failures, found.skipped, found.errors) == (7, 3, 1, 0)
    assert [(suite.name, suite.tests) for suite in found][:2] == [("scenario-1.pcap.gz", 1), ("edge.pcap", 5)]
    found.update_statistics()
    assert (found.tests, found.failures, found.skipped) == (7, 3, 1)


def test_own_captures_are_read() -> None:
    assert suites(*real.flows()).tests == len(real.flows())


def test_no_flows() -> None:
    assert suites().tests == 0


@pytest.mark.parametrize(
    ("sample", "kinds"),
    [
        (SCENARIO_1, []),
        (REFUSED, [("Failure", "wrong")]),
        (TLS13, [("Skipped", None)]),
    ],
)
def test_results(sample: Flow, kinds: list[tuple[str, str | None]]) -> None:
    ((case,),) = suites(sample)
    assert [(type(result).__name__, result.type) for result in case.result] == kinds
    assert all(isinstance(result, Failure | Skipped) for result in case.result)


def test_what_is_said() -> None:
    ((case,),) = suites(REFUSED)
    assert case.name == "flow 2: 192.0.2.10:25010 to 198.51.100.20:5061"
    assert case.result[0].message == (
        "the certificate that 192.0.2.10 presents as TLS client: a TLS client needs clientAuth; the leaf lists"
        " serverAuth (frame 23); handshake refused by server: fatal alert unsupported_certificate after the client's"
        " Certificate (frame 25)"
    )


def test_hidden_beside_a_failure_is_no_skip() -> None:
    ((case,),) = suites(DAMAGED)
    assert [type(result) for result in case.result] == [Failure]
    assert "gap of 1 bytes" in case.system_out


def test_hostile_text_is_inert() -> None:
    text = "".join(lines([EVIL]))
    assert all(line.isprintable() for line in text.splitlines())
    ((case,),) = suites(EVIL)
    assert "\\x1b[31mred" in case.system_out


@pytest.mark.parametrize("in_memory", [0, 1, 1 << 20])
def test_cases_wait_in_a_file(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr("tlseku.output.records.junit._IN_MEMORY", in_memory)
    monkeypatch.setattr("tlseku.output.records.junit._PIECE", 7)
    flows = [*EVERY, *(replace(flow, file="second \u2713.pcap") for flow in EVERY)]
    root = fromstring("".join(lines(flows)))
    whole = "".join(tostring(each, encoding="unicode") for each in root.iter("testcase"))
    assert whole == "".join(tostring(_case(flow), encoding="unicode") for flow in flows)
    files = list(dict.fromkeys(flow.file for flow in flows))
    assert len([each for each in root if each.get("name") == "second ✓.pcap"]) == 1
    assert len(root) >= len(files)
    assert sum(int(suite.get("tests", "")) for suite in root) == len(flows) == int(root.get("tests", ""))
    for suite in root:
        failures = [case for case in suite if case.find("failure") is not None]
        assert int(suite.get("failures", "")) == len(failures)
