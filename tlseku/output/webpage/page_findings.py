"""What is worth telling first: the findings of many flows, alike ones together, each in words with what to do.

Knows flows, verdicts, statements and advice; must not know HTML. Out come ``Group`` values in a fixed order, worst
first, each with its findings in the order of first sight. All text is *not yet escaped*.

Limits: ``SHOWN`` findings a group; the rest is counted. Flows are kept by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tlseku.correlation import Statement, client_certificate_state
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.advice import advice
from tlseku.output.words.headlines import headline, shortened
from tlseku.output.words.terminal_page import Style
from tlseku.policy.validity import chain_validity

SHOWN = 100
"""Findings of one kind that are told; whoever has more looks into the table of flows."""


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
    """One finding: a sentence, what to do (as the first of its flows has it), and the numbers of its ``flows``."""

    text: str
    advice: Sequence[str]
    flows: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """All findings of one ``kind``; ``left_out`` of them are not told, ``flows`` are those of all."""

    kind: Kind
    findings: list[Finding] = field(default_factory=list)
    left_out: int = 0
    flows: list[int] = field(default_factory=list)


class Findings:
    """Takes flows one by one, in the order of their numbers."""

    def __init__(self) -> None:
        self._groups = {kind.word: Group(kind) for kind in KINDS}
        self._known: dict[tuple[str, ...], Finding | None] = {}

    def add(self, flow: Flow, statements: Sequence[Statement]) -> list[str]:
        """Take what a flow shows. Answers the words of the kinds that it has, worst first."""
        found: dict[str, None] = {}
        for word, key, text in _all(flow, statements):
            group = self._groups[word]
            if word not in found:
                found[word] = None
                group.flows.append(flow.number)
            self._take(group, (word, *key), text, flow, statements)
        return [kind.word for kind in KINDS if kind.word in found]

    def groups(self) -> list[Group]:
        """Those with a finding."""
        return [group for group in self._groups.values() if group.flows]

    def _take(
        self, group: Group, key: tuple[str, ...], text: str, flow: Flow, statements: Sequence[Statement]
    ) -> None:
        if key not in self._known:
            if len(group.findings) == SHOWN:
                group.left_out += 1
                self._known[key] = None
            else:
                finding = Finding(text, advice(flow, statements))
                self._known[key] = finding
                group.findings.append(finding)
        known = self._known[key]
        if known is not None and flow.number not in known.flows[-1:]:
            known.flows.append(flow.number)


def _all(flow: Flow, statements: Sequence[Statement]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    ends = f"{flow.client.ip} to {wording.endpoint(flow.server)}"
    if flow.outcome in _ENDINGS:
        told = headline(statements)
        why = "" if told is None else f"; {shortened(told)}"
        text = f"{ends}: {wording.outcome(flow)}, {flow.outcome_basis}{why}."
        leaf = next(
            (each.chain[0].sha256 for each in flow.presented if each.role == "client" and each.chain), ""
        )
        yield flow.outcome, (ends, wording.outcome(flow), why, leaf), text
    for presented in flow.presented:
        yield from _of_chain(flow, presented)
    state = client_certificate_state(flow)
    if state in ("declined", "unanswered"):
        what = "sent an empty list" if state == "declined" else "sent nothing"
        text = f"{flow.client.ip} {what} when {wording.endpoint(flow.server)} asked for a certificate."
        yield "declined", (ends, state), text


def _of_chain(flow: Flow, presented: Presented) -> Iterator[tuple[str, tuple[str, ...], str]]:
    who = wording.sender(flow, presented.role)
    role = f"as TLS {presented.role}" if presented.role != "unknown" else "in an unknown role"
    if not presented.chain:
        if presented.verdict in ("incomplete", "unreadable"):
            yield presented.verdict, (who, role, ""), f"{who} {role}: {presented.reason}."
        return
    leaf = presented.chain[0]
    named = f"{who} presents {wording.subject(leaf)}, serial {wording.serial(leaf)}, {role}"
    key = (who, role, leaf.sha256)
    if presented.verdict not in ("ok", "declined") and presented.verdict in _WORDS:
        yield presented.verdict, key, f"{named}: {presented.reason}."
    if presented.broken_at is not None and presented.broken_at > 0:
        known = [*presented.chain, *(each.certificate for each in presented.completed_with or ())]
        taker = known[presented.broken_at] if presented.broken_at < len(known) else leaf
        eku = ", ".join(wording.purposes(taker))
        text = f"{named}: issuer #{presented.broken_at}, {wording.subject(taker)}, lists only {eku}."
        yield "broken", key, text
    validity = chain_validity(presented.chain, presented.ts)
    if validity.offending is not None:
        one = validity.each[validity.offending]
        where = "the leaf" if validity.offending == 0 else f"issuer #{validity.offending}"
        yield (
            "dates",
            (*key, one.outcome),
            f"{named}: {where} {one.reason}, seen from the packet that presents it.",
        )


_WORDS = frozenset(kind.word for kind in KINDS)
