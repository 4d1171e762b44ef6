"""Presented chains as files: PEM in the order sent, DER one by one, and a manifest.

Knows flows and PEM (RFC 7468); must not know directories. Names of files are made of digests alone, so that nothing
that a certificate says can lead anywhere. A chain that was presented many times is one file; the manifest says
where it was seen.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from tlseku.flow import Endpoint, Flow, Presented
from tlseku.output.json.flow_json import certificate_to_dict, endpoint_to_dict
from tlseku.output.json.value_text import whole_characters
from tlseku.x509.certificate import Certificate

Wanted: TypeAlias = Callable[[Flow, Certificate], bool]

EXPORT_SCHEMA = "tlseku/export/1"

MANIFEST = "manifest.json"

_LINE = 64


class File(NamedTuple):
    """A file to be written: its name below the directory, with ``/``, and its bytes."""

    name: str
    data: bytes


class Export:
    """Takes flows one by one: ``files_of`` gives what is new in one, ``manifest`` at the end where all was seen."""

    def __init__(self, wanted: Wanted | None = None) -> None:
        self._wanted = wanted
        self._chains: dict[tuple[str, ...], dict[str, object]] = {}
        # As tuples, since a chain may be seen in every flow.
        self._sightings: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
        self._written: set[str] = set()

    def files_of(self, flow: Flow) -> Iterator[File]:
        """The chains and certificates of a flow that no flow before had."""
        wanted = self._wanted
        for presented in flow.presented:
            chain = presented.chain
            if not chain or not (wanted is None or any(wanted(flow, each) for each in chain)):
                continue
            key = tuple(certificate.sha256 for certificate in chain)
            if key not in self._chains:
                name = f"chains/{hashlib.sha256(''.join(key).encode()).hexdigest()[:16]}.pem"
                self._chains[key] = {"pem": name, "certificates": [_entry(each) for each in chain]}
                yield File(name, b"".join(pem(each.der) for each in chain))
            self._sightings.setdefault(key, []).append(_sighting(flow, presented))
            for certificate in chain:
                if certificate.sha256 not in self._written:
                    self._written.add(certificate.sha256)
                    yield File(_der_name(certificate), certificate.der)

    def manifest(self) -> File:
        """Every chain with all its sightings."""
        chains = [
            {**entry, "sightings": [_sighting_to_dict(each) for each in self._sightings[key]]}
            for key, entry in self._chains.items()
        ]
        document = {"schema": EXPORT_SCHEMA, "chains": chains}
        return File(
            MANIFEST, whole_characters(json.dumps(document, ensure_ascii=True, indent=1)).encode() + b"\n"
        )


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


def _sighting(flow: Flow, presented: Presented) -> tuple[object, ...]:
    file = flow.file if presented.file is None else presented.file
    ends = flow.client, flow.server
    return (
        flow.number,
        file,
        presented.frame,
        presented.role,
        *ends,
        presented.verdict,
        presented.entries_missing,
    )


def _sighting_to_dict(sighting: tuple[object, ...]) -> dict[str, object]:
    names = ("flow", "file", "frame", "role", "client", "server", "verdict", "entries_missing")
    return {
        name: endpoint_to_dict(value) if isinstance(value, Endpoint) else value
        for name, value in zip(names, sighting, strict=True)
    }


def _der_name(certificate: Certificate) -> str:
    return f"certificates/{certificate.sha256}.der"
