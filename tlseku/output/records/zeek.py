"""Flows as Zeek's ``ssl.log`` and ``x509.log``: what stands in which column.

Knows the columns of Zeek 5 and later (https://docs.zeek.org/en/master/logs/ssl.html, logs/x509.html); must not know
how a log is spelt (``zeek_logs`` does). A certificate has one line in ``x509.log``, where it was seen first.
``uid`` is made of the flow itself, so that the same capture gives the same log. ``curve``, ``certificate.exponent``
and ``sni_matches_cert`` are unset: nobody looked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tlseku.flow import Flow, Message
from tlseku.output.records.shared_fields import alternative_names, even_serial, key_of, last_presented
from tlseku.registry import names
from tlseku.x509.certificate import Certificate

Cell = str | int | bool | float | list[str] | None

COLUMNS: dict[str, dict[str, str]] = {
    "ssl": {
        "ts": "time",
        "uid": "string",
        "id.orig_h": "addr",
        "id.orig_p": "port",
        "id.resp_h": "addr",
        "id.resp_p": "port",
        "version": "string",
        "cipher": "string",
        "curve": "string",
        "server_name": "string",
        "resumed": "bool",
        "last_alert": "string",
        "next_protocol": "string",
        "established": "bool",
        "ssl_history": "string",
        "cert_chain_fps": "vector[string]",
        "client_cert_chain_fps": "vector[string]",
        "sni_matches_cert": "bool",
    },
    "x509": {
        "ts": "time",
        "fingerprint": "string",
        "certificate.version": "count",
        "certificate.serial": "string",
        "certificate.subject": "string",
        "certificate.issuer": "string",
        "certificate.not_valid_before": "time",
        "certificate.not_valid_after": "time",
        "certificate.key_alg": "string",
        "certificate.sig_alg": "string",
        "certificate.key_type": "string",
        "certificate.key_length": "count",
        "certificate.exponent": "string",
        "certificate.curve": "string",
        "san.dns": "vector[string]",
        "san.uri": "vector[string]",
        "san.email": "vector[string]",
        "san.ip": "vector[addr]",
        "basic_constraints.ca": "bool",
        "basic_constraints.path_len": "count",
        "host_cert": "bool",
        "client_cert": "bool",
    },
}
"""The logs, and the type of each column in order."""

_HISTORY = {
    "hello_request": "H",
    "client_hello": "C",
    "server_hello": "S",
    "hello_verify_request": "V",
    "new_session_ticket": "T",
    "certificate": "X",
    "server_key_exchange": "K",
    "certificate_request": "R",
    "server_hello_done": "N",
    "certificate_verify": "Y",
    "client_key_exchange": "G",
    "finished": "F",
    "certificate_url": "W",
    "certificate_status": "U",
    "supplemental_data": "A",
    "change_cipher_spec": "I",
    "application_data": "D",
    "end_of_early_data": "E",
    "encrypted_extensions": "O",
    "key_update": "P",
    "message_hash": "M",
    "hello_retry_request": "J",
    "alert": "L",
}
_LONGEST_HISTORY = 100
_KEYS = {"RSA": ("rsaEncryption", "rsa"), "EC": ("id-ecPublicKey", "ecdsa"), "DSA": ("dsaEncryption", "dsa")}
_CURVES = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Record(NamedTuple):
    """A line of one of the logs, cells in the order of ``COLUMNS``."""

    log: str
    cells: tuple[Cell, ...]


def records(flows: Iterable[Flow]) -> Iterator[Record]:
    """The lines of both logs, in the order of the flows."""
    seen: set[str] = set()
    for flow in flows:
        yield Record("ssl", _ssl(flow))
        for presented in flow.presented:
            for index, certificate in enumerate(presented.chain):
                if certificate.sha256 not in seen:
                    seen.add(certificate.sha256)
                    moment = (presented.ts or flow.start) / 1e9
                    yield Record("x509", _x509(certificate, moment, index == 0, presented.role == "client"))


def _ssl(flow: Flow) -> tuple[Cell, ...]:
    fingerprints: list[list[str] | None] = []
    for role in ("server", "client"):
        presented = last_presented(flow, "client" if role == "client" else "server")
        fingerprints.append(None if presented is None else [each.sha256 for each in presented.chain])
    alerts = [alert for alert in flow.alerts if alert.code >= 0]
    return (
        flow.start / 1e9,
        _uid(flow),
        # Zeek has no addresses but those of IP.
        *((None,) * 4 if flow.transport is None else (*flow.client, *flow.server)),
        None if flow.version is None else _version(flow.version),
        None if flow.cipher is None else names.cipher_suite_name(flow.cipher),
        None,
        flow.sni,
        bool(flow.resumed),
        names.alert_name(alerts[-1].code) if alerts else None,
        flow.alpn,
        flow.outcome == "completed",
        _history(flow) or None,
        *fingerprints,
        None,
    )


def _x509(certificate: Certificate, moment: float, host: bool, client: bool) -> tuple[Cell, ...]:
    key = key_of(certificate)
    algorithm, kind = _KEYS.get(key.algorithm, (key.algorithm, "unknown"))
    bits = {"P-256": 256, "P-384": 384, "P-521": 521}.get(key.curve or "", key.bits)
    return (
        moment,
        certificate.sha256,
        certificate.version,
        even_serial(certificate),
        certificate.subject,
        certificate.issuer,
        None if certificate.not_before is None else certificate.not_before / 1e9,
        None if certificate.not_after is None else certificate.not_after / 1e9,
        algorithm,
        certificate.signature_algorithm,
        kind,
        bits,
        None,
        None if key.curve is None else _CURVES.get(key.curve, key.curve),
        *(alternative_names(certificate, each) or None for each in ("dns", "uri", "email", "ip")),
        certificate.basic_ca,
        certificate.path_len,
        host,
        client,
    )


def _version(version: int) -> str:
    name = names.VERSIONS.get(version)
    if name is None:
        return f"unknown-{version}"
    family, _, number = name.partition(" ")
    return f"{family}v{number.replace('.', '')}" if family == "TLS" else f"SSLv{number[0]}"


def _history(flow: Flow) -> str:
    # An encrypted alert is application data to Zeek, of which only the first counts.
    hidden = {(alert.role, alert.frame) for alert in flow.alerts if alert.encrypted or alert.code < 0}
    shown = [each for each in flow.messages if each.kind != "alert" or (each.role, each.frame) not in hidden]
    return "".join(map(_letter, shown[:_LONGEST_HISTORY]))


def _letter(message: Message) -> str:
    letter = _HISTORY.get(message.kind, "Z" if message.type >= 0 else "")
    return letter if message.role == "client" else letter.lower()


def _uid(flow: Flow) -> str:
    """``C`` and 17 characters, as Zeek's connection ids look."""
    said = f"{flow.file} {flow.number} {flow.start} {flow.client} {flow.server}".encode(
        "utf-8", "backslashreplace"
    )
    number = int.from_bytes(hashlib.sha256(said).digest()[:13], "big")
    letters = ""
    for _ in range(17):
        number, rest = divmod(number, 62)
        letters += _BASE62[rest]
    return f"C{letters}"
