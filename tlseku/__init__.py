"""tlseku: who presented which TLS certificate, in which role, and does its Extended Key Usage fit?

>>> import tlseku
>>> for flow in tlseku.read("captures/wrong-eku-refused.pcap"):
...     print(flow.client.ip, flow.outcome, [(each.role, each.verdict) for each in flow.presented])

``scan`` streams flows, ``read`` gives a sequence of them, ``Analyzer`` takes packets or ordered bytes from another
program. Everything else that users touch is a noun of ``tlseku.flow`` or an event of ``tlseku.events``.
"""

from __future__ import annotations

from tlseku.analyzer import Analyzer
from tlseku.errors import CaptureError, CertificateFileError, TlsekuError
from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event, FlowEnded
from tlseku.flow import (
    Alert,
    Defect,
    Endpoint,
    Flow,
    Hidden,
    Message,
    Presented,
    Request,
    Summary,
)
from tlseku.report.flow_json import flow_to_dict
from tlseku.scan import Flows, Scan, read, scan
from tlseku.x509.certificate import Certificate

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "AlertSeen",
    "Analyzer",
    "CaptureError",
    "Certificate",
    "CertificateFileError",
    "CertificatePresented",
    "CertificateRequested",
    "Defect",
    "Endpoint",
    "Event",
    "Flow",
    "FlowEnded",
    "Flows",
    "Hidden",
    "Message",
    "Presented",
    "Request",
    "Scan",
    "Summary",
    "TlsekuError",
    "flow_to_dict",
    "read",
    "scan",
]
