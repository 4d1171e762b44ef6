"""What ``Analyzer.feed`` returns: the moments that matter, as they are seen.

Knows the nouns of ``flow``; must not know how they were found. ``flow`` in an event is the flow as far as it was known
at that moment; only ``FlowEnded`` carries the final one.
"""

from __future__ import annotations

from tlseku._objects import Short, frozen
from tlseku.flow import Alert, Flow, Presented, Request


@frozen
class CertificatePresented(Short):
    """A side sent a Certificate message."""

    flow: Flow
    presented: Presented


@frozen
class CertificateRequested(Short):
    """A side asked for a certificate."""

    flow: Flow
    request: Request


@frozen
class AlertSeen(Short):
    """A side sent an alert."""

    flow: Flow
    alert: Alert


@frozen
class FlowEnded(Short):
    """A flow is over; nothing in it will change any more."""

    flow: Flow


Event = CertificatePresented | CertificateRequested | AlertSeen | FlowEnded
