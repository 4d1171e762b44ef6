"""How each verdict and outcome looks: its sign and its style.

Knows the words of ``flow.Presented.verdict`` and ``flow.Flow.outcome``; must not know how they are reached.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.flow import Flow, Presented
from tlseku.output.words.terminal_page import Signs, Style

VERDICTS = (
    "ok",
    "fingerprint",
    "unrestricted",
    "any",
    "wrong",
    "empty",
    "declined",
    "incomplete",
    "unreadable",
)
"""Every verdict of the contract, the two good ones first."""


class Look(NamedTuple):
    """``sign`` is a field name of ``page.Signs``."""

    sign: str
    style: Style

    def mark(self, signs: Signs) -> str:
        """The sign as these signs draw it."""
        return str(getattr(signs, self.sign))


_LOOKS = {
    "ok": Look("ok", "ok"),
    "fingerprint": Look("ok", "dim"),
    "unrestricted": Look("caution", "caution"),
    "any": Look("caution", "caution"),
    "wrong": Look("wrong", "wrong"),
    "empty": Look("wrong", "wrong"),
    "declined": Look("declined", "unsure"),
    "incomplete": Look("unsure", "unsure"),
    "unreadable": Look("unsure", "unsure"),
}
_OUTCOMES: dict[str, Style] = {
    "completed": "ok",
    "refused": "wrong",
    "refused_inside": "wrong",
    "closed_after": "caution",
    "aborted": "wrong",
    "incomplete": "unsure",
    "unknown": "dim",
}


def look(presented: Presented) -> Look:
    """How the verdict of a presented chain looks; a fitting leaf under an issuer that does not fit is a caution."""
    found = _LOOKS.get(presented.verdict, Look("unsure", "unsure"))
    return Look("caution", "caution") if found.sign == "ok" and presented.broken_at is not None else found


def outcome_style(flow: Flow) -> Style:
    """The style of a flow's outcome."""
    return _OUTCOMES.get(flow.outcome, "dim")
