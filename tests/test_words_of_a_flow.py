"""Numbers of a flow in words: the same as in the JSON, and the numbers stay numbers."""

from __future__ import annotations

import pytest

from tests.output.samples import SCENARIO_1, flow
from tlseku.flow import Alert
from tlseku.output.json.flow_json import flow_to_dict


@pytest.mark.parametrize(
    ("version", "cipher", "words"),
    [
        (0x0303, 0xC030, ("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")),
        (0x0304, 0x1301, ("TLS 1.3", "TLS_AES_128_GCM_SHA256")),
        (0x7F1C, 0x1A2B, ("0x7f1c", "0x1a2b")),
        (None, None, (None, None)),
    ],
)
def test_version_and_cipher(
    version: int | None, cipher: int | None, words: tuple[str | None, str | None]
) -> None:
    sample = flow(version=version, cipher=cipher)
    said = flow_to_dict(sample)
    assert (sample.version_name, sample.cipher_name) == words == (said["version"], said["cipher"])
    assert (sample.version, sample.cipher) == (version, cipher)
    assert str(sample.version) == str(version)


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (Alert(9, "server", 2, 42, None, 0), ("fatal", "bad_certificate")),
        (Alert(9, "server", 1, 0, None, 0), ("warning", "close_notify")),
        (Alert(9, "server", 7, 200, None, 0), ("0x07", "0xc8")),
        (Alert(9, "server", -1, -1, None, 0, encrypted=True), (None, None)),
    ],
)
def test_alerts(alert: Alert, words: tuple[str | None, str | None]) -> None:
    said = flow_to_dict(flow(alerts=(alert,)))["alerts"]
    assert isinstance(said, list)
    assert (alert.level_name, alert.name) == words == (said[0]["level"], said[0]["name"])


def test_requests() -> None:
    (request,) = SCENARIO_1.requests
    assert request.certificate_type_names == ("rsa_sign", "ecdsa_sign")
    assert request.signature_algorithm_names == ("rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "0x0999")
