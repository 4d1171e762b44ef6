"""Presented chains as files: PEM in the order sent, DER one by one, and a manifest.

Knows flows and PEM (RFC 7468); must not know directories. Names of files are made of digests alone, so that nothing
that a certificate says can lead anywhere. A chain that was presented many times is one file; the manifest says
where it was seen.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tlseku.flow import Flow, Presented
from tlseku.output.json.flow_json import certificate_to_dict, endpoint_to_dict
from tlseku.x509.certificate import Certificate

EXPORT_SCHEMA = "tlseku/export/1"

MANIFEST = "manifest.json"

_LINE = 64


class File(NamedTuple):
    """A file to be written: its name below the directory, with ``/``, and its bytes."""

    name: str
    data: bytes


def exported(
    flows: Iterable[Flow], wanted: Callable[[Flow, Certificate], bool] | None = None
) -> Iterator[File]:
    """The files of every chain in which a wanted certificate stands; the manifest comes last."""
    chains: dict[tuple[str, ...], dict[str, object]] = {}
    sightings: dict[tuple[str, ...], list[dict[str, object]]] = {}
    written: set[str] = set()
    for flow in flows:
        for presented in flow.presented:
            chain = presented.chain
            if not chain or not (wanted is None or any(wanted(flow, each) for each in chain)):
                continue
            key = tuple(certificate.sha256 for certificate in chain)
            if key not in chains:
                name = f"chains/{hashlib.sha256(''.join(key).encode()).hexdigest()[:16]}.pem"
                chains[key] = {"pem": name, "certificates": [_entry(each) for each in chain]}
                yield File(name, b"".join(pem(each.der) for each in chain))
            sightings.setdefault(key, []).append(_sighting(flow, presented))
            for certificate in chain:
                if certificate.sha256 not in written:
                    written.add(certificate.sha256)
                    yield File(_der_name(certificate), certificate.der)
    manifest = {
        "schema": EXPORT_SCHEMA,
        "chains": [{**entry, "sightings": sightings[key]} for key, entry in chains.items()],
    }
    yield File(MANIFEST, json.dumps(manifest, ensure_ascii=True, indent=1).encode() + b"\n")


def pem(der: bytes) -> bytes:
    """A certificate as PEM."""
    text = base64.b64encode(der)
    rows = [text[place : place + _LINE] for place in range(0, len(text), _LINE)]
    return b"\n".join([b"-----BEGIN CERTIFICATE-----", *rows, b"-----END CERTIFICATE-----", b""])


def _entry(certificate: Certificate) -> dict[str, object]:
    facts = certificate_to_dict(certificate)
    return {
        "der": _der_name(certificate),
        **{name: facts[name] for name in ("sha256", "serial", "subject", "issuer", "not_after", "eku_names")},
    }


def _sighting(flow: Flow, presented: Presented) -> dict[str, object]:
    return {
        "flow": flow.number,
        "file": flow.file if presented.file is None else presented.file,
        "frame": presented.frame,
        "role": presented.role,
        "client": endpoint_to_dict(flow.client),
        "server": endpoint_to_dict(flow.server),
        "verdict": presented.verdict,
        "entries_missing": presented.entries_missing,
    }


def _der_name(certificate: Certificate) -> str:
    return f"certificates/{certificate.sha256}.der"
