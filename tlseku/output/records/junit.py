"""Flows as JUnit XML, which CI servers show as tests: a suite a capture, a case a flow.

Knows ``testsuites``, ``testsuite``, ``testcase``, ``failure`` and ``skipped`` as Jenkins and others read them; must
not know streams. A flow fails by the findings that are errors in ``sarif.LEVELS``; one whose certificates are
hidden, and that has no failure, was skipped: nobody could see whether it is fine. The counts stand first, so all
flows are read before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from tlseku.flow import Flow
from tlseku.output.records.sarif import LEVELS
from tlseku.output.reports.findings import Detail, details_of
from tlseku.output.words import wording
from tlseku.output.words.hostile_text import visible
from tlseku.output.words.timestamps import rfc3339


def lines(flows: Iterable[Flow]) -> Iterator[str]:
    """The document, a suite at a time."""
    suites = [_suite(file, list(group)) for file, group in groupby(flows, key=lambda flow: flow.file)]
    total = {
        name: str(sum(int(suite.get(name, "0")) for suite in suites))
        for name in ("tests", "failures", "skipped")
    }
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    counts = " ".join(f'{name}="{number}"' for name, number in total.items())
    yield f'<testsuites name="tlseku" {counts} errors="0">\n'
    for suite in suites:
        yield tostring(suite, encoding="unicode") + "\n"
    yield "</testsuites>\n"


def _suite(file: str, flows: list[Flow]) -> Element:
    cases = [_case(flow) for flow in flows]
    suite = Element(
        "testsuite",
        name=visible(file),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    started = rfc3339(flows[0].start, digits=0)
    if started is not None:
        suite.set("timestamp", started[:19])
    suite.extend(cases)
    return suite


def _case(flow: Flow) -> Element:
    name = f"flow {flow.number}: {wording.endpoint(flow.client)} to {wording.endpoint(flow.server)}"
    seconds = (flow.end - flow.start) / 1e9
    case = Element("testcase", name=visible(name), classname="tlseku.flow", time=f"{max(seconds, 0):.6f}")
    details = list(details_of(flow))
    failures = [detail for detail in details if LEVELS[detail.word] == "error"]
    if failures:
        said = [_said(detail) for detail in failures]
        SubElement(case, "failure", type=failures[0].word, message="; ".join(said)).text = "\n".join(said)
    hidden = [_said(detail) for detail in details if detail.word == "hidden"]
    if hidden and not failures:
        SubElement(case, "skipped", message="; ".join(hidden))
    rest = [_said(detail) for detail in details if detail.word != "hidden" and detail not in failures]
    if rest:
        SubElement(case, "system-out").text = "\n".join(rest)
    return case


def _said(detail: Detail) -> str:
    # What XML cannot hold (section 2.2 of XML 1.0: controls, surrogates, U+FFFE) is escaped by then.
    frame = "" if detail.frame is None else f" (frame {detail.frame})"
    return visible(f"{detail.text}{frame}")
