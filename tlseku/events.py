"""What ``Analyzer.feed`` returns: the moments that matter, as they are seen.

Knows the nouns of ``flow``; must not know how they were found. ``flow`` in an event is the flow as far as it was known
at that moment; only ``FlowEnded`` carries the final one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlseku.flow import Alert, Flow, Presented, Request


@dataclass(frozen=True, slots=True)
class CertificatePresented:
    """A side sent a Certificate message."""

    flow: Flow
    presented: Presented


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """A side asked for a certificate."""

    flow: Flow
    request: Request


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """A side sent an alert."""

    flow: Flow
    alert: Alert


@dataclass(frozen=True, slots=True)
class FlowEnded:
    """A flow is over; nothing in it will change any more."""

    flow: Flow


Event = CertificatePresented | CertificateRequested | AlertSeen | FlowEnded
