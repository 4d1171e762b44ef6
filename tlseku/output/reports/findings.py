"""What ``--fail-on`` can name, whether a flow has it, and what there is to say of it.

Knows flows; must not know exit codes or how words are parsed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tlseku._objects import frozen
from tlseku.flow import Flow
from tlseku.output.words import wording
from tlseku.output.words.verdict_style import VERDICTS
from tlseku.x509.certificate import Certificate

FINDINGS: dict[str, str] = {
    "wrong": "a certificate's EKU lacks what its role needs",
    "empty": "a certificate's EKU lists nothing",
    "any": "a certificate fits only through anyExtendedKeyUsage",
    "unrestricted": "a certificate has no EKU extension",
    "broken": "a presented CA certificate takes the needed purpose away",
    "declined": "a side sent an empty certificate list",
    "incomplete": "a chain is cut by a gap or the capture's end",
    "unreadable": "a certificate or its EKU cannot be read",
    "refused": "a side refused the handshake",
    "refused_inside": "the server's answer inside a completed handshake refuses",
    "closed_after": "a side completed the handshake and left without a byte of data",
    "aborted": "a side broke the handshake off",
    "hidden": "something could not be seen",
    "defect": "something is wrong with the bytes",
}
"""Each word and when it holds for a flow."""

CAPTURE_FINDINGS: dict[str, str] = {
    "unread": "something of the captures was seen and not read: QUIC, DTLS, a link type, damage",
}
"""The words that hold for what was read as a whole, and for no flow."""

_ENDINGS = ("refused", "refused_inside", "closed_after", "aborted")


def has_finding(flow: Flow, words: Collection[str]) -> bool:
    """Whether any of ``words`` holds for the flow."""
    return not findings_of(flow).isdisjoint(words)


def findings_of(flow: Flow) -> set[str]:
    """Every word of ``FINDINGS`` that holds for the flow."""
    found = {judged.verdict for judged in flow.judged if judged.verdict in VERDICTS[2:]}
    if any(judged.broken_at is not None and judged.broken_at > 0 for judged in flow.judged):
        found.add("broken")
    if flow.outcome in _ENDINGS:
        found.add(flow.outcome)
    if flow.hidden:
        found.add("hidden")
    if flow.defects or any(certificate.defects for judged in flow.judged for certificate in judged.chain):
        found.add("defect")
    return found


_WORST_FIRST = (
    "wrong",
    "refused",
    "broken",
    "empty",
    "refused_inside",
    "unreadable",
    "aborted",
    "closed_after",
    "declined",
    "incomplete",
    "any",
    "unrestricted",
    "defect",
    "hidden",
)


def worst_word(flow: Flow) -> str | None:
    """The word that holds for the flow and is looked at before all others; None if none holds."""
    found = findings_of(flow)
    return next((word for word in _WORST_FIRST if word in found), None)


def severity(flow: Flow) -> int:
    """How bad a flow is beside others; 0 is one of which nothing is to be said. A refusal counts twice where a finding
    explains it."""
    found = findings_of(flow)
    worst = next((place for place, word in enumerate(_WORST_FIRST) if word in found), None)
    if worst is None:
        return 0
    return 2 * (len(_WORST_FIRST) - worst) + ("refused" in found)


@frozen
class Detail:
    """One finding of a flow in a sentence, which is not yet escaped.

    ``word`` is one of ``FINDINGS``, ``frame`` where it shows, ``certificate`` the one that it is about; None where
    there is none.
    """

    word: str
    text: str
    frame: int | None = None
    certificate: Certificate | None = None


def details_of(flow: Flow) -> Iterator[Detail]:
    """Every finding of a flow, by itself, in the order of the contract: chains, outcome, hidden, defects."""
    for presented in flow.presented:
        who = f"the certificate that {wording.sender(flow, presented.role)} presents as TLS {presented.role}"
        leaf = presented.chain[0] if presented.chain else None
        if presented.verdict in VERDICTS[2:]:
            yield Detail(presented.verdict, f"{who}: {presented.reason}", presented.frame, leaf)
        if presented.broken_at is not None and presented.broken_at > 0:
            text = f"{who}: issuer #{presented.broken_at} takes the needed purpose away"
            yield Detail("broken", text, presented.frame, leaf)
        for certificate in presented.chain:
            for defect in certificate.defects:
                yield Detail("defect", f"{who}: {defect}", presented.frame, certificate)
    if flow.outcome in _ENDINGS:
        frame = flow.alerts[-1].frame if flow.alerts else None
        yield Detail(flow.outcome, f"handshake {wording.outcome(flow)}: {flow.outcome_basis}", frame)
    for phrase in wording.hidden(flow.hidden):
        yield Detail("hidden", f"hidden: {phrase}")
    for wrong in flow.defects:
        yield Detail("defect", f"{wrong.layer}: {wrong.reason}", wrong.frame)
