"""Wireshark's names: each is one of Wireshark's, and holds here what it says there."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib import resources

import pytest
from cryptography import x509

from tests.builder import build, ca
from tests.output.samples import EVERY, REFUSED, SCENARIO_1, TLS13
from tlseku.errors import FilterError
from tlseku.filter import FIELDS, Subject, compile, compile_for_certificates, field_named
from tlseku.filter.fields import NAMES
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES
from tlseku.flow import Flow

THEIRS = (*WIRESHARK_NAMES, *(field.name for field in WIRESHARK_FIELDS))


def values(name: str, flow: Flow) -> list[object]:
    return list(field_named(name).values(Subject(flow)))


def test_no_name_is_given_twice() -> None:
    assert not set(THEIRS) & FIELDS.keys()
    assert len(THEIRS) == len(set(THEIRS))
    assert set(WIRESHARK_NAMES.values()) <= {*FIELDS, *(field.name for field in WIRESHARK_FIELDS)}


@pytest.mark.parametrize("name", THEIRS)
def test_a_field_answers_under_the_name_that_was_typed(name: str) -> None:
    field = field_named(name)
    assert field.name == name
    assert all(isinstance(value, str | int) for flow in EVERY for value in field.values(Subject(flow)))
    compile(name)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="there is no tshark")
def test_each_is_a_name_of_wireshark() -> None:
    lines = subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True, check=True).stdout
    known = {row.split("\t")[2] for row in lines.splitlines() if row[:2] in ("F\t", "P\t")}
    # Those of tlseku's own plugin are only there once it is installed.
    plugin = resources.files("tlseku.output.captures") / "tlseku.lua"
    known |= set(re.findall(r'"(tlseku\.\w+)"', plugin.read_text(encoding="utf-8")))
    # Of other versions: the first two are of 4.2, the others of tutorials that are older.
    others = {"frame.time_utc", "tls.handshake.cert_types"}
    assert {name for name in THEIRS if name not in known} <= others


@pytest.mark.parametrize(
    ("name", "flow", "expected"),
    [
        ("tls", REFUSED, [1]),
        ("ssl", REFUSED, [1]),
        ("tcp", REFUSED, [1]),
        ("udp", REFUSED, []),
        ("ip", REFUSED, [1]),
        ("ipv6", REFUSED, []),
        ("ip.version", REFUSED, [4]),
        ("ipv6.src", REFUSED, []),
        ("eth.src", REFUSED, []),
        ("tls.handshake", REFUSED, [1]),
        ("tls.record", REFUSED, [1]),
        ("ip.proto", REFUSED, [6]),
        ("dtls.handshake.type", REFUSED, []),
    ],
)  # fmt: skip
def test_what_a_flow_has(name: str, flow: Flow, expected: list[object]) -> None:
    assert values(name, flow) == expected


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("ssl.handshake.type == 11", "tls.handshake.type == certificate"),
        ("ssl.alert_message.desc", "tls.alert"),
        ("tls.handshake.ciphersuite == 0xc030", "tls.cipher == TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("tls.handshake.ciphersuite == 49200", "tls.cipher == TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("tls.handshake.version == 0x0303", 'tls.version == "TLS 1.2"'),
        ('x509ce.KeyPurposeId == "1.3.6.1.5.5.7.3.2"', "x509.eku == clientAuth"),
        ("x509ce.KeyPurposeId == clientAuth", "x509.eku == clientAuth"),
        ("x509ce.KeyUsage.digitalSignature == true", "x509.key_usage == digitalSignature"),
        ("x509af.algorithm.id == 1.2.840.113549.1.1.11", "x509.signature_algorithm == sha256WithRSAEncryption"),
        ("x509af.version == 2", "x509.serial"),
        ("x509af.utcTime < 2026-06-01", "x509.not_before < 2026-06-01 or x509.not_after < 2026-06-01"),
        ("ip.src_host == 192.0.2.10", "ip.src == 192.0.2.10"),
        ("frame.time_epoch >= 1774353320", "flow.start >= 1774353320"),
    ],
)  # fmt: skip
def test_the_same_in_both_vocabularies(theirs: str, ours: str) -> None:
    mine = compile(ours)
    fits = [flow.number for flow in EVERY if compile(theirs)(flow)]
    assert fits == [flow.number for flow in EVERY if mine(flow)]


def test_values_in_names() -> None:
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "a, b"),
        ]
    )
    one = build(subject=subject, issuer=ca(subject="Root")).certificate()
    assert list(field_named("x509sat.uTF8String").values(Subject(TLS13, one))) == ["Root", "DE", "a, b"]
    assert list(field_named("x509sat.CountryName").values(Subject(TLS13, one))) == ["DE"]
    assert list(field_named("x509af.version").values(Subject(TLS13, one))) == [2]
    assert list(field_named("x509af.algorithm.id").values(Subject(TLS13, one))) == ["1.2.840.10045.4.3.2"]


def test_they_are_about_one_certificate_where_certificates_are_listed() -> None:
    leaf, issuer = SCENARIO_1.presented[0].chain
    wanted = compile_for_certificates("x509ce.KeyUsage.keyCertSign == true")
    assert (wanted(SCENARIO_1, leaf), wanted(SCENARIO_1, issuer)) == (False, True)


@pytest.mark.parametrize("name", ["ssl.nonsense", "dtls.sni2", "tls.handshake.ja3", "ssl.", "dtls."])
def test_what_is_not_known_is_no_field(name: str) -> None:
    with pytest.raises(FilterError, match="there is no field"):
        field_named(name)


def test_tls13_has_no_alert_in_clear() -> None:
    assert values("ssl.alert_message", TLS13) == []


def test_every_name_is_offered() -> None:
    assert set(THEIRS) <= set(NAMES)
