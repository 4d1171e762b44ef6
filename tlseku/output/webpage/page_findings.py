"""What is worth telling first: the findings of many flows, alike ones together, each in words with what to do.

Knows flows, verdicts, statements and advice; must not know HTML. Out come ``Group`` values in a fixed order, worst
first, each with its findings, those of most flows first. All text is *not yet escaped*.

A certificate that many hosts present, and a server that refuses many clients, are one finding, which says of how many.
Limits: ``SHOWN`` findings a group, the largest among the first ``KEPT``, ``LISTED`` flows each, by number; the rest is
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tlseku.correlation import Statement, client_certificate_state
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.advice import advice
from tlseku.output.words.headlines import headline, shortened
from tlseku.output.words.terminal_page import Style
from tlseku.output.words.wording import counted
from tlseku.policy.validity import all_in_time, chain_validity

SHOWN = 100
"""Findings of one kind that are told; whoever has more looks into the table of flows."""

KEPT = 500
"""Findings of one kind whose flows are counted; the largest of these are told."""

NAMED = 6
"""Flows of a finding that are named beside it."""

LISTED = 5000
"""Flows of one finding, or of one kind, that can be listed on the page."""

MOST_HOSTS = 1000
"""Hosts of one finding that are told apart."""

MOST_BEYOND = 100_000
"""Findings of one kind beyond those that are told which are told apart, to be counted."""


class Kind(NamedTuple):
    """A kind of finding: ``word`` names it in filters, ``title`` and ``meaning`` tell people."""

    word: str
    title: str
    meaning: str
    style: Style


_ENDINGS = ("refused", "refused_inside", "closed_after", "aborted")

KINDS: tuple[Kind, ...] = (
    Kind(
        "refused",
        "Handshakes refused",
        "One side ended the handshake with an alert, or left instead of answering.",
        "wrong",
    ),
    Kind(
        "refused_inside",
        "Certificates refused inside",
        "The handshake completed, and the server's answer inside says no.",
        "wrong",
    ),
    Kind(
        "closed_after",
        "Completed, then closed without a byte",
        "The side that had to judge the other's certificate left. It may have refused it, or only tried the handshake.",
        "caution",
    ),
    Kind("aborted", "Handshakes broken off", "One side left in the middle of the handshake.", "wrong"),
    Kind(
        "wrong",
        "Certificates whose EKU does not fit their role",
        "The leaf has an EKU extension that does not list what the role needs. A peer that checks refuses it.",
        "wrong",
    ),
    Kind("empty", "Certificates with an empty EKU", "The EKU extension is there and lists nothing.", "wrong"),
    Kind(
        "broken",
        "Chains in which an issuer takes the purpose away",
        "The leaf fits, but a CA certificate above it does not allow the purpose. OpenSSL, Go, GnuTLS and Windows"
        " refuse such a client; Java and NSS accept it.",
        "caution",
    ),
    Kind(
        "dates",
        "Certificates outside their validity",
        "A certificate had expired, or was not yet valid, when it was presented. The time is the packet's.",
        "caution",
    ),
    Kind(
        "any",
        "Certificates that fit only through anyExtendedKeyUsage",
        "Go, Java and GnuTLS accept this; OpenSSL, NSS and rustls do not.",
        "caution",
    ),
    Kind(
        "declined",
        "Certificates asked for and not sent",
        "The server asked, and the client sent an empty list or nothing.",
        "unsure",
    ),
    Kind(
        "unreadable",
        "Certificates that cannot be read",
        "What was sent is no readable certificate.",
        "unsure",
    ),
    Kind("incomplete", "Chains that were cut", "The capture lacks a part of the list.", "unsure"),
    Kind(
        "unrestricted",
        "Certificates without an EKU extension",
        "Nothing restricts the leaf, and every measured verifier accepts it.",
        "dim",
    ),
)
"""Every kind, worst first."""


@dataclass(slots=True)
class Finding:
    """One finding: who it is about, ``host`` and ``others``, what is ``said`` behind that, what to do (as the first of
    its flows has it), and the numbers of the first ``LISTED`` of its ``count`` flows."""

    host: str
    said: str
    advice: Sequence[str]
    others: set[str] = field(default_factory=set)
    flows: list[int] = field(default_factory=list)
    count: int = 0

    @property
    def text(self) -> str:
        """The sentence."""
        more = len(self.others)
        if more == 0:
            return f"{self.host}{self.said}"
        least = "at least " if more == MOST_HOSTS else ""
        return f"{self.host} (and {least}{counted(more, 'more host')}){self.said}"

    def add(self, host: str, flow: int) -> None:
        """One more flow, or the same again."""
        if host != self.host and len(self.others) < MOST_HOSTS:
            self.others.add(host)
        _list(self, flow)


@dataclass(slots=True)
class Group:
    """All findings of one ``kind``; ``left_out`` of them are not told, ``flows`` are the first ``LISTED`` of all
    ``count`` that have one."""

    kind: Kind
    findings: list[Finding] = field(default_factory=list)
    left_out: int = 0
    flows: list[int] = field(default_factory=list)
    count: int = 0
    beyond: set[int] = field(default_factory=set)


def _list(one: Finding | Group, flow: int) -> None:
    if one.flows[-1:] != [flow]:
        one.count += 1
        if len(one.flows) < LISTED:
            one.flows.append(flow)


class _Said(NamedTuple):
    """One thing to find: the ``word`` of its kind, what makes it the same as another (``key``), and who (``host``) does
    what (``told``, made when it is needed)."""

    word: str
    key: tuple[str, ...]
    host: str
    told: Callable[[], str]


class Findings:
    """Takes flows one by one, in the order of their numbers. ``named`` are the numbers of flows that stand beside a
    finding."""

    def __init__(self) -> None:
        self.named: set[int] = set()
        self._groups = {kind.word: Group(kind) for kind in KINDS}
        self._known: dict[tuple[str, ...], Finding] = {}

    def add(self, flow: Flow, statements: Sequence[Statement]) -> list[str]:
        """Take what a flow shows. Answers the words of the kinds that it has, worst first."""
        found: dict[str, None] = {}
        for said in _all(flow, statements):
            group = self._groups[said.word]
            if said.word not in found:
                found[said.word] = None
                _list(group, flow.number)
            self._take(group, said, flow, statements)
        return [kind.word for kind in KINDS if kind.word in found] if found else []

    def groups(self) -> list[Group]:
        """Those with a finding, the findings of most flows first."""
        found = [group for group in self._groups.values() if group.count]
        for group in found:
            group.findings.sort(key=lambda one: -one.count)
            group.left_out += len(group.findings[SHOWN:])
            del group.findings[SHOWN:]
        return found

    def _take(self, group: Group, said: _Said, flow: Flow, statements: Sequence[Statement]) -> None:
        key = (said.word, *said.key)
        finding = self._known.get(key)
        if finding is None:
            if len(group.findings) == KEPT:
                # Their sentences are not told, so that their digests do to count them.
                if len(group.beyond) < MOST_BEYOND:
                    group.beyond.add(hash(key))
                    group.left_out = len(group.beyond)
                return
            finding = self._known[key] = Finding(said.host, said.told(), advice(flow, statements))
            group.findings.append(finding)
        finding.add(said.host, flow.number)
        # What comes late is told only where it grows large: its first flow does.
        if finding.count <= (NAMED if len(group.findings) <= SHOWN else 1):
            self.named.add(flow.number)


def _all(flow: Flow, statements: Sequence[Statement]) -> Iterator[_Said]:
    client = flow.client.ip
    if flow.outcome in _ENDINGS:
        told = headline(statements)
        why = "" if told is None else f"; {shortened(told)}"
        leaf = next(
            (each.chain[0].sha256 for each in flow.judged if each.role == "client" and each.chain), ""
        )
        server, outcome = wording.endpoint(flow.server), wording.outcome(flow)
        yield _Said(
            flow.outcome,
            (server, outcome, why, leaf),
            client,
            lambda: f" to {server}: {outcome}, {flow.outcome_basis}{why}.",
        )
    for presented in flow.presented:
        judged = presented.judged
        in_time = all_in_time(judged.chain, presented.ts)
        if judged.verdict != "ok" or judged.broken_at or not in_time:
            yield from _of_chain(flow, judged, None if in_time else presented.ts)
    state = client_certificate_state(flow)
    if state in ("declined", "unanswered"):
        what = "sent an empty list" if state == "declined" else "sent nothing"
        asking = wording.endpoint(flow.server)
        yield _Said(
            "declined", (asking, state), client, lambda: f" {what} when {asking} asked for a certificate."
        )


def _of_chain(flow: Flow, presented: Presented, out_of_time: int | None) -> Iterator[_Said]:
    """What is to find in a chain; ``out_of_time`` is when it was presented, if not all of it was valid then."""
    host = wording.sender(flow, presented.role)
    role = f"as TLS {presented.role}" if presented.role != "unknown" else "in an unknown role"
    if not presented.chain:
        if presented.verdict in ("incomplete", "unreadable"):
            said = f" {role}: {presented.reason}."
            yield _Said(presented.verdict, (role, presented.reason), host, lambda: said)
        return
    leaf = presented.chain[0]
    key = (role, leaf.sha256)

    def named() -> str:
        return f" presents {wording.subject(leaf)}, serial {wording.serial(leaf)}, {role}"

    if presented.verdict not in ("ok", "declined") and presented.verdict in _WORDS:
        yield _Said(presented.verdict, key, host, lambda: f"{named()}: {presented.reason}.")
    broken_at = presented.broken_at
    if broken_at is not None and broken_at > 0:
        known = [*presented.chain, *(each.certificate for each in presented.completed_with or ())]
        taker = known[broken_at] if broken_at < len(known) else leaf
        eku = ", ".join(wording.purposes(taker))
        narrowed = f"issuer #{broken_at}, {wording.subject(taker)}, lists only {eku}."
        yield _Said("broken", (*key, taker.sha256), host, lambda: f"{named()}: {narrowed}")
    if out_of_time is None:
        return
    validity = chain_validity(presented.chain, out_of_time)
    if validity.offending is not None:
        one = validity.each[validity.offending]
        where = "the leaf" if validity.offending == 0 else f"issuer #{validity.offending}"
        dated = f"{where} {one.reason}, seen from the packet that presents it."
        yield _Said("dates", (*key, one.outcome), host, lambda: f"{named()}: {dated}")


_WORDS = frozenset(kind.word for kind in KINDS)
