from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests.output.samples import EVERY, EVIL, HOSTILE, SCENARIO_1
from tlseku.output.captures.comments import comments_on


def of(path: Path) -> list[tuple[int, str]]:
    return [pair for flow in tlseku.read(str(path)) for pair in comments_on(flow)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "wrong-eku-refused.pcap",
            [
                (4, "192.0.2.10:51852 -> 198.51.100.20:8443, SNI server.example, TLS 1.2, refused by server"),
                (
                    6,
                    "server 198.51.100.20 presents serial 5a17c0de00000010, EKU serverAuth: ok - leaf lists serverAuth;"
                    " CN=server.example,O=Synthetic Example Ltd., issued by CN=Example Private CA,O=Synthetic Example Ltd.",
                ),
                (
                    8,
                    "client 192.0.2.10 presents serial 5a17c0de00000021, EKU serverAuth: wrong - leaf lists serverAuth but"
                    " not clientAuth, which a TLS client needs; CN=client.example,O=Synthetic Example Ltd., issued by"
                    " CN=Example Private CA,O=Synthetic Example Ltd.",
                ),
                (
                    6,
                    "server asks for a client certificate from 1 CA, CN=Example Private CA,O=Synthetic Example Ltd. first:"
                    " presented",
                ),
                (
                    9,
                    "server sends fatal alert unsupported_certificate (43) after encrypted handshake message",
                ),
                (9, "the refusal fits the EKU and nothing else in the chain"),
            ],
        ),
        (
            "tls13.pcap",
            [
                (
                    4,
                    "192.0.2.10:51880 -> 198.51.100.20:8443, SNI server.example, TLS 1.3, completed; hidden: server"
                    " certificate, certificate request and client certificate: TLS 1.3 encrypts them",
                )
            ],
        ),
    ],
)
def test_what_is_said(own_captures: Path, name: str, expected: list[tuple[int, str]]) -> None:
    assert of(own_captures / name) == [(frame, f"tlseku flow 1: {text}") for frame, text in expected]


def test_no_certificate_is_said_too(own_captures: Path) -> None:
    said = of(own_captures / "declined.pcap")
    assert any("client 192.0.2.10 presents no certificate: declined - " in text for _, text in said)


@pytest.mark.parametrize("flow", [EVIL, *EVERY])
def test_hostile_text_is_escaped(flow: tlseku.Flow) -> None:
    for _, text in comments_on(flow):
        assert text.isprintable()
        assert HOSTILE not in text
        assert "\x1b" not in text


def test_a_long_name_is_cut() -> None:
    flow = replace(SCENARIO_1, sni="a" * 5000)
    assert all(len(text) < 1000 for _, text in comments_on(flow))


def test_what_stands_in_another_file_is_not_said_here() -> None:
    presented = tuple(replace(each, file="other.pcap") for each in SCENARIO_1.presented)
    flow = replace(SCENARIO_1, presented=presented)
    assert not any("presents" in text for _, text in comments_on(flow))
