"""``tlseku.profiles.expressway.logs.failure_words``: what is said of a failure, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.profiles.expressway.logs.failure_words import Failure, failure_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sslv3 alert unsupported certificate", Failure("peer", 43, "purpose")),
        ("sslv3 alert bad certificate", Failure("peer", 42, None)),
        ("sslv3 alert certificate expired", Failure("peer", 45, "dates")),
        ("sslv3 alert certificate revoked", Failure("peer", 44, "revoked")),
        ("sslv3 alert certificate unknown", Failure("peer", 46, None)),
        ("tlsv1 alert unknown ca", Failure("peer", 48, "chain")),
        ("sslv3 alert handshake failure", Failure("peer", 40, None)),
        ("tlsv13 alert certificate required", Failure("peer", 116, "missing")),
        ("error:0A000412:SSL routines::ssl/tls alert bad certificate", Failure("peer", 42, None)),
        ("error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca", Failure("peer", 48, "chain")),
        ("read failed: SSL alert number 48", Failure("peer", 48, "chain")),
        ("unsupported certificate purpose", Failure("node", 43, "purpose")),
        ("Unsuitable Certificate Purpose", Failure("node", 43, "purpose")),
        ("self signed certificate in certificate chain", Failure("node", 48, "chain")),
        ("self-signed certificate", Failure("node", 48, "chain")),
        ("unable to get local issuer certificate", Failure("node", 48, "chain")),
        ("unable to verify the first certificate", Failure("node", 48, "chain")),
        ("certificate has expired", Failure("node", 45, "dates")),
        ("certificate is not yet valid", Failure("node", 42, "dates")),
        ("Hostname mismatch", Failure("node", 42, "name")),
        ("Peer's TLS certificate identity was unacceptable", Failure("node", None, "name")),
        ("peer did not return a certificate", Failure("node", None, "missing")),
    ],
)
def test_known_words(words: str, expected: Failure) -> None:
    assert failure_of(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "No SSL error available, probably remote disconnect",
        "tlsv1 alert",
        "tlsv1 alert nonsense of ours",
        "an alert: bad certificate weather",
        "SSL alert number 255",
        "certificate verify failed",
        "gatekeeper timed out",
    ],
)
def test_other_words_say_nothing(words: str) -> None:
    assert failure_of(words) is None


@given(st.text(max_size=200))
def test_it_never_raises(words: str) -> None:
    failure_of(words)
