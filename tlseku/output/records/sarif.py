"""Findings of flows as SARIF 2.1.0, which CI gates and code hosts read.

Knows the log, run, rule and result objects (OASIS SARIF 2.1.0, section 3); must not know streams. Every word of
``FINDINGS`` is a rule, whether it fires or not; results come as the flows do. A capture has no lines, so a result
names the file and says frame and addresses in its message and properties.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from tlseku.flow import Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.findings import FINDINGS, Detail, details_of
from tlseku.output.words import wording
from tlseku.output.words.hostile_text import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {
    "wrong": "error",
    "empty": "error",
    "broken": "error",
    "unreadable": "error",
    "refused": "error",
    "refused_inside": "error",
    "closed_after": "note",
    "aborted": "warning",
    "any": "warning",
    "declined": "warning",
    "incomplete": "warning",
    "defect": "warning",
    "unrestricted": "note",
    "hidden": "note",
}
"""How bad each finding is."""

HELP = {
    "wrong": "The peer that verifies this certificate needs a purpose that its Extended Key Usage does not list. Issue"
    " a certificate that lists it: clientAuth for a TLS client, serverAuth for a TLS server.",
    "empty": "The Extended Key Usage extension is there and lists no purpose. Issue a certificate whose extension lists"
    " what the role needs, or has none.",
    "any": "Only anyExtendedKeyUsage allows this role, which some verifiers do not take. List the purpose itself.",
    "unrestricted": "Without the extension every purpose is allowed, but some verifiers ask for it. Nothing need be"
    " done unless one of them is the peer.",
    "broken": "A CA certificate of the chain lists purposes, and not the one that is needed: verifiers that nest the"
    " extension refuse the leaf. Let a CA without that restriction issue it.",
    "declined": "A certificate was asked for, and an empty list came. Configure a certificate, or one of a CA that the"
    " request names.",
    "incomplete": "Not all of the chain was captured. Record whole packets, from before the connection begins.",
    "unreadable": "What was sent is no certificate, or its extension does not follow DER. Issue it anew.",
    "refused": "A side refused the handshake; its alert says for what kind of reason. tlseku explain weighs"
    " the causes.",
    "refused_inside": "The handshake completed, and the server refused inside. Its log says why.",
    "closed_after": "The connection ended without a byte of data after the handshake: perhaps a refusal. Logs say"
    " more.",
    "aborted": "A side broke the handshake off. See whether one of its certificates is refused, or a limit of time.",
    "hidden": "Something is encrypted or was not captured. A key log or another capture shows it.",
    "defect": "Bytes of the connection or a certificate do not follow their standard.",
}
"""What to do about each finding."""

HELP_URI = "https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.12"

# Section 3.11: braces hold placeholders and brackets links, a backslash in front takes their meaning away.
_MEANING = str.maketrans({"[": "\\[", "]": "\\]", "\\": "\\\\", "{": "{{", "}": "}}"})

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def whole(results: Iterable[str], version: str) -> Iterator[str]:
    """The log in pieces, of what ``results_of`` gives of one or several flows each. ``version`` is tlseku's."""
    yield _start(version)
    before = "\n"
    for several in filter(None, results):
        # Within a result no line feed stands as it is.
        yield before + several[:-1].replace("\n", ",\n")
        before = ",\n"
    yield "\n]}]}\n"


def _start(version: str) -> str:
    """Everything before the results."""
    driver = {
        "name": "tlseku",
        "semanticVersion": version,
        "rules": [_rule(word) for word in FINDINGS],
    }
    log = to_json({"$schema": SCHEMA, "version": "2.1.0"})[:-1]
    return (
        f'{log},"runs":[{{"tool":{to_json({"driver": driver})},"columnKind":"unicodeCodePoints","results":['
    )


def results_of(flow: Flow) -> str:
    """The results of a flow, a line each."""
    return "".join([f"{to_json(_result(flow, detail))}\n" for detail in details_of(flow)])


def _rule(word: str) -> dict[str, object]:
    return {
        "id": f"tlseku/{word}",
        "name": "".join(part.capitalize() for part in word.split("_")),
        "shortDescription": {"text": FINDINGS[word]},
        "fullDescription": {"text": f"{FINDINGS[word].capitalize()}, in a TLS handshake of the capture."},
        "help": {"text": HELP[word], "markdown": HELP[word]},
        "helpUri": HELP_URI,
        "defaultConfiguration": {"level": LEVELS[word]},
        "properties": {"tags": ["security", "tls"], "precision": "very-high"},
    }


def _result(flow: Flow, detail: Detail) -> dict[str, object]:
    ends = f"{wording.endpoint(flow.client)} to {wording.endpoint(flow.server)}"
    frame = "" if detail.frame is None else f", frame {detail.frame}"
    return {
        "ruleId": f"tlseku/{detail.word}",
        "ruleIndex": list(FINDINGS).index(detail.word),
        "level": LEVELS[detail.word],
        "message": {"text": visible(f"flow {flow.number}, {ends}{frame}: {detail.text}").translate(_MEANING)},
        "locations": [
            {
                # A capture has no lines, but code hosts show nothing that has no region: the frame stands beside.
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(flow.file)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": f"flow {flow.number}", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{_fingerprint(flow, detail)[:16]}:1",
            "tlsekuFinding/v1": _fingerprint(flow, detail),
        },
        "properties": {
            "flow": flow.number,
            "frame": detail.frame,
            "client": wording.endpoint(flow.client),
            "server": wording.endpoint(flow.server),
            "serial": None if detail.certificate is None else detail.certificate.serial_hex,
            "sha256": None if detail.certificate is None else detail.certificate.sha256,
        },
    }


def _uri(file: str) -> str:
    """A file name as a relative reference (RFC 3986 section 2.1); a scheme-like beginning is escaped with the rest."""
    return "".join(
        chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}"
        for byte in file.encode("utf-8", "surrogatepass")
    )


def _fingerprint(flow: Flow, detail: Detail) -> str:
    """The same for the same finding in another capture: hosts, the server's port and the certificate, not the time."""
    certificate = None if detail.certificate is None else detail.certificate.sha256
    said = json.dumps([detail.word, flow.client.ip, *flow.server, certificate])
    return hashlib.sha256(said.encode()).hexdigest()
