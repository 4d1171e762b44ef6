"""What the words of a failure say: OpenSSL's reasons and alerts, and the product's own, as alert and cause.

Knows phrases; must not know events or flows. ``sslv3 alert …`` is the *peer's* alert about this node's certificate; a
reason of certificate verification is this node's about the peer's. Words that are not known say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from tlseku.registry.names import ALERTS

Cause = Literal["purpose", "chain", "dates", "name", "missing", "revoked"]
CAUSES: Mapping[Cause, str] = {
    "purpose": "the purpose (EKU) of the certificate",
    "chain": "an issuer that is not trusted",
    "dates": "dates of the certificate",
    "name": "a name that is not the expected one",
    "missing": "no certificate was presented",
    "revoked": "a revoked certificate",
}
"""What a failure is about."""

Judge = Literal["node", "peer"]


class Failure(NamedTuple):
    """``by`` is who refused: the logging node or its ``peer``, ``None`` if the words do not say. ``alert`` is the code
    of the alert that was sent or that belongs to the reason, ``None`` if none is known; ``cause`` likewise."""

    by: Judge | None
    alert: int | None
    cause: Cause | None


_ALERT = re.compile(
    r"\b(?:sslv3|tlsv1(?:\.[0-3])?|tlsv1[1-3]|ssl/tls) alert ([a-z]+(?: [a-z]+){0,3})", re.I | re.A
)
_ALERT_NUMBER = re.compile(r"\bSSL alert number (\d{1,3})\b", re.I | re.A)
_CODES: Mapping[str, int] = {name.replace("_", " "): code for code, name in ALERTS.items()}
_ALERT_CAUSES: Mapping[int, Cause] = {
    41: "missing",
    43: "purpose",
    44: "revoked",
    45: "dates",
    48: "chain",
    116: "missing",
}
_REASONS: tuple[tuple[str, int | None, Cause], ...] = (
    (r"(?:unsupported|unsuitable) certificate purpose", 43, "purpose"),
    (r"self[- ]signed certificate(?: in certificate chain)?", 48, "chain"),
    (r"unable to get (?:local )?issuer certificate", 48, "chain"),
    (r"unable to verify the first certificate", 48, "chain"),
    (r"certificate (?:not trusted|chain too long)", 48, "chain"),
    (r"certificate has expired", 45, "dates"),
    (r"certificate is not yet valid", 42, "dates"),
    (r"certificate revoked", 44, "revoked"),
    (r"(?:host ?name|ip address|email address) mismatch", 42, "name"),
    (r"certificate identity was unacceptable", None, "name"),
    (r"peer did not return a certificate", None, "missing"),
)
"""Reasons of X509_verify_cert_error_string and of the product, with the alert that OpenSSL sends for them."""


_LONGEST_REMEMBERED = 500
"""Characters of a detail up to which it is remembered what it says: a log has few different ones."""


def failure_of(text: str) -> Failure | None:
    """What a detail says of a failure; ``None`` for words that are not known. Never raises."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _failure_of(text)


def _failure_of(text: str) -> Failure | None:
    code = _alert_code(text)
    if code is not None:
        return Failure("peer", code, _ALERT_CAUSES.get(code))
    for pattern, alert, cause in _REASONS:
        if re.search(pattern, text, re.I):
            return Failure("node", alert, cause)
    return None


_remembered = lru_cache(maxsize=1024)(_failure_of)


def _alert_code(text: str) -> int | None:
    number = _ALERT_NUMBER.search(text)
    if number is not None and int(number[1]) in ALERTS:
        return int(number[1])
    found = _ALERT.search(text)
    if found is None:
        return None
    words = found[1].lower().split()
    # The longest known name counts, since other words may follow it.
    for length in range(len(words), 0, -1):
        code = _CODES.get(" ".join(words[:length]))
        if code is not None:
            return code
    return None
