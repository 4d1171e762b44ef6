"""tlseku: who presented which TLS certificate, in which role, and does its Extended Key Usage fit?

>>> import tlseku
>>> for flow in tlseku.read("captures/wrong-eku-refused.pcap"):
...     print(flow.client.ip, flow.outcome, [(each.role, each.verdict) for each in flow.presented])

``scan`` streams flows, ``read`` gives a sequence of them, ``Analyzer`` takes packets or ordered bytes from another
program. ``load_rule_books`` and ``load_known_issuers`` give them what to judge by. Everything else that users touch is
a noun of ``tlseku.flow`` or ``tlseku.policy``, or an event of ``tlseku.events``. Each name is imported when it is first
used, so that ``import tlseku`` costs next to nothing. ``tlseku.filter.compile`` makes functions that choose flows;
``tlseku.expressway`` reads the diagnostic log bundles of that product.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tlseku._build import __version__ as __version__
from tlseku._build import how_built as how_built
from tlseku._build import provide
from tlseku._objects import Reduced, pickle_with, show_with

if TYPE_CHECKING:
    from tlseku import expressway, filter
    from tlseku.analyzer import Analyzer
    from tlseku.correlation import Statement, client_certificate_state, correlate
    from tlseku.errors import AlreadyRead, CaptureError, CertificateFileError, MissingLibrary, TlsekuError
    from tlseku.events import AlertSeen, CertificatePresented, CertificateRequested, Event, FlowEnded
    from tlseku.flow import (
        Alert,
        Defect,
        Endpoint,
        Flow,
        Hidden,
        Hint,
        Message,
        Outer,
        Presented,
        Request,
        Summary,
    )
    from tlseku.output.answers.comparison import Comparison, compare
    from tlseku.output.answers.explanation import Explanation, explain
    from tlseku.output.answers.inventory import CertificateInventory, inventory
    from tlseku.output.answers.sunset import Sunset, SunsetRollUp, sunset
    from tlseku.output.captures.annotate import annotate
    from tlseku.output.captures.extract import extract
    from tlseku.output.captures.pseudonyms import Pseudonyms
    from tlseku.output.json.flow_object import flow_to_dict, flow_to_json
    from tlseku.output.pictures import flow_chains_svg, flow_ladder_svg
    from tlseku.parallel.capture_rows import CapturesRead
    from tlseku.parallel.datasets.dataset import Dataset
    from tlseku.parallel.datasets.ingest import Ingested, ingest
    from tlseku.parallel.many import ManyScan, read_many, scan_many
    from tlseku.parallel.one_capture import CaptureRead
    from tlseku.parallel.with_dask import dask_bag, dask_frame
    from tlseku.policy.chain_notes import ChainNote, chain_notes
    from tlseku.policy.finding import Finding
    from tlseku.policy.known_issuers import KnownIssuer, KnownIssuers, load_known_issuers
    from tlseku.policy.rule_books import Context, RuleBook, load_rule_books
    from tlseku.policy.timeline import Timeline, load_timeline
    from tlseku.profiles.diagnosis import Diagnosis, diagnose
    from tlseku.scanning import Flows, Scan, ScanOptions, read, scan
    from tlseku.x509.certificate import Certificate
    from tlseku.x509.certificate_files import read_certificates

provide()

_MODULES = {
    "analyzer": ("Analyzer",),
    "output.answers.comparison": ("Comparison", "compare"),
    "profiles.diagnosis": ("Diagnosis", "diagnose"),
    "output.answers.explanation": ("Explanation", "explain"),
    "output.answers.inventory": ("CertificateInventory", "inventory"),
    "output.answers.sunset": ("Sunset", "SunsetRollUp", "sunset"),
    "output.captures.annotate": ("annotate",),
    "output.captures.extract": ("extract",),
    "output.captures.pseudonyms": ("Pseudonyms",),
    "correlation": ("Statement", "client_certificate_state", "correlate"),
    "parallel.datasets.dataset": ("Dataset",),
    "parallel.datasets.ingest": ("Ingested", "ingest"),
    "errors": ("AlreadyRead", "CaptureError", "CertificateFileError", "MissingLibrary", "TlsekuError"),
    "events": ("AlertSeen", "CertificatePresented", "CertificateRequested", "Event", "FlowEnded"),
    "flow": (
        "Alert",
        "Defect",
        "Endpoint",
        "Flow",
        "Hidden",
        "Hint",
        "Message",
        "Outer",
        "Presented",
        "Request",
        "Summary",
    ),
    "output.pictures": ("flow_chains_svg", "flow_ladder_svg"),
    "policy.chain_notes": ("ChainNote", "chain_notes"),
    "policy.finding": ("Finding",),
    "policy.known_issuers": ("KnownIssuer", "KnownIssuers", "load_known_issuers"),
    "policy.rule_books": ("Context", "RuleBook", "load_rule_books"),
    "policy.timeline": ("Timeline", "load_timeline"),
    "output.json.flow_object": ("flow_to_dict", "flow_to_json"),
    "parallel.capture_rows": ("CapturesRead",),
    "parallel.one_capture": ("CaptureRead",),
    "parallel.many": ("ManyScan", "read_many", "scan_many"),
    "parallel.with_dask": ("dask_bag", "dask_frame"),
    # Not ``scan``: an import of a module of that name would put it where the function ``tlseku.scan`` is.
    "scanning": ("Flows", "Scan", "ScanOptions", "read", "scan"),
    "x509.certificate": ("Certificate",),
    "x509.certificate_files": ("read_certificates",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Alert",
    "AlertSeen",
    "AlreadyRead",
    "Analyzer",
    "CaptureError",
    "CaptureRead",
    "CapturesRead",
    "Certificate",
    "CertificateFileError",
    "CertificateInventory",
    "CertificatePresented",
    "CertificateRequested",
    "ChainNote",
    "Comparison",
    "Context",
    "Dataset",
    "Defect",
    "Diagnosis",
    "Endpoint",
    "Event",
    "Explanation",
    "Finding",
    "Flow",
    "FlowEnded",
    "Flows",
    "Hidden",
    "Hint",
    "Ingested",
    "KnownIssuer",
    "KnownIssuers",
    "ManyScan",
    "Message",
    "MissingLibrary",
    "Outer",
    "Presented",
    "Pseudonyms",
    "Request",
    "RuleBook",
    "Scan",
    "ScanOptions",
    "Statement",
    "Summary",
    "Sunset",
    "SunsetRollUp",
    "Timeline",
    "TlsekuError",
    "annotate",
    "chain_notes",
    "client_certificate_state",
    "compare",
    "correlate",
    "dask_bag",
    "dask_frame",
    "diagnose",
    "explain",
    "expressway",
    "extract",
    "filter",
    "flow_chains_svg",
    "flow_ladder_svg",
    "flow_to_dict",
    "flow_to_json",
    "how_built",
    "ingest",
    "inventory",
    "load_known_issuers",
    "load_rule_books",
    "load_timeline",
    "read",
    "read_certificates",
    "read_many",
    "scan",
    "scan_many",
    "sunset",
]


def _html_of(noun: object) -> str:
    from tlseku.output.notebook.shown import html_of  # when a notebook first shows something

    return html_of(noun)


def _reduced(flow: object) -> Reduced:
    from tlseku.encoding.pickled import reduced  # when a flow is first pickled

    return reduced(flow)


show_with(_html_of)
pickle_with(_reduced)


def __dir__() -> list[str]:
    """The public names, and only those: what completion offers after ``tlseku.``."""
    return [*__all__, "__version__"]


# Whoever checks types has the names from above, and shall not take any other for one that is made here.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in ("expressway", "filter"):
            return import_module(f"tlseku.{name}")
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module 'tlseku' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"tlseku.{module}"), name)
        return value
