"""Flows as JUnit XML, which CI servers show as tests: a suite a capture, a case a flow.

Knows ``testsuites``, ``testsuite``, ``testcase``, ``failure`` and ``skipped`` as Jenkins and others read them; must
not know streams. A flow fails by the findings that are errors in ``sarif.LEVELS``; one whose certificates are
hidden, and that has no failure, was skipped: nobody could see whether it is fine. The counts stand first, so all
flows are read before; what is said of them waits in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from xml.etree.ElementTree import Element, SubElement, tostring

from tlseku.flow import Flow
from tlseku.output.records.sarif import LEVELS
from tlseku.output.reports.findings import Detail, details_of
from tlseku.output.words import wording
from tlseku.output.words.hostile_text import visible
from tlseku.output.words.timestamps import rfc3339

_IN_MEMORY = 1 << 20
"""Bytes of cases that wait in memory; more wait on the disk."""

_PIECE = 1 << 16


def lines(flows: Iterable[Flow]) -> Iterator[str]:
    """The document in pieces: the counts stand in front of the cases, which therefore wait in a temporary file."""
    suites: list[_Suite] = []
    with SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n", prefix="tlseku-") as cases:
        for flow in flows:
            if not suites or suites[-1].file != flow.file:
                suites.append(_Suite(flow.file, rfc3339(flow.start, digits=0)))
            cases.write(suites[-1].counted(_case(flow)))
        cases.seek(0)
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        counts = {
            "tests": sum(suite.tests for suite in suites),
            "failures": sum(suite.failures for suite in suites),
            "skipped": sum(suite.skipped for suite in suites),
        }
        said = " ".join(f'{name}="{number}"' for name, number in counts.items())
        yield f'<testsuites name="tlseku" {said} errors="0">\n'
        for suite in suites:
            yield suite.start()
            left = suite.characters
            while left:
                piece = cases.read(min(left, _PIECE))
                left -= len(piece)
                yield piece
            yield "</testsuite>\n"
        yield "</testsuites>\n"


@dataclass(slots=True)
class _Suite:
    """The cases of one file: how many, and how many ``characters`` their text has."""

    file: str
    started: str | None
    tests: int = 0
    failures: int = 0
    skipped: int = 0
    characters: int = 0

    def counted(self, case: Element) -> str:
        """The text of one more case."""
        text = tostring(case, encoding="unicode")
        self.tests += 1
        self.failures += case.find("failure") is not None
        self.skipped += case.find("skipped") is not None
        self.characters += len(text)
        return text

    def start(self) -> str:
        """The start tag."""
        suite = Element(
            "testsuite",
            name=visible(self.file),
            tests=str(self.tests),
            failures=str(self.failures),
            errors="0",
            skipped=str(self.skipped),
        )
        if self.started is not None:
            suite.set("timestamp", self.started[:19])
        return tostring(suite, encoding="unicode", short_empty_elements=False).removesuffix("</testsuite>")


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
