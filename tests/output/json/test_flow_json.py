"""The JSON contract: exact values, and every sample valid against the schema that ships."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, strategies
from jsonschema import Draft202012Validator

from tests.output.samples import (
    DECLINED,
    EVERY,
    EVIL,
    HOSTILE_READ_BACK,
    ODD_PURPOSES,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    flow,
    presented,
)
from tests.schemas import schema
from tlseku.flow import Alert, Flow
from tlseku.output.json.flow_json import flow_to_dict, json_array, to_json
from tlseku.output.json.flow_line import full_flow

KEYS_OF_THE_DESIGN = [
    "schema",
    "flow",
    "file",
    "start",
    "end",
    "client",
    "server",
    "direction",
    "vantage",
    "role_evidence",
    "service",
    "version",
    "cipher",
    "sni",
    "alpn",
    "resumed",
    "starttls",
    "presented",
    "requests",
    "messages",
    "alerts",
    "outcome",
    "refused_by",
    "hidden",
    "defects",
]

VALIDATOR = Draft202012Validator(schema("full-flow"))


@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: str(sample.number))
def test_every_sample_is_valid(sample: Flow) -> None:
    VALIDATOR.validate(json.loads(to_json(full_flow(sample))))


@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: str(sample.number))
def test_keys_stand_in_the_order_of_the_contract(sample: Flow) -> None:
    keys = [key for key in flow_to_dict(sample) if key in KEYS_OF_THE_DESIGN]
    assert keys == KEYS_OF_THE_DESIGN


def test_scenario_1() -> None:
    document = flow_to_dict(SCENARIO_1)
    chains = document.pop("presented")
    messages = document.pop("messages")
    assert document == {
        "schema": "tlseku/flow/1",
        "flow": 1,
        "file": "scenario-1.pcap.gz",
        "start": "2026-03-24T11:55:20.900000Z",
        "end": "2026-03-24T11:55:22.400000Z",
        "client": {"ip": "10.106.80.31", "port": 25003},
        "server": {"ip": "163.129.37.32", "port": 5061},
        "direction": "outbound",
        "vantage": ["10.106.80.31"],
        "role_evidence": "client_hello",
        "service": "sip-tls",
        "version": "TLS 1.2",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "sni": "l2sip-cfa-01.example.com",
        "alpn": None,
        "alpn_offered": [],
        "offered": None,
        "resumed": False,
        "starttls": None,
        "requests": [
            {
                "role": "server",
                "frame": 13715,
                "file": None,
                "renegotiation": False,
                "certificate_types": ["rsa_sign", "ecdsa_sign"],
                "signature_algorithms": ["rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "0x0999"],
                "authorities": [],
                "oid_filters": [],
                "answer": "presented",
                "matches": {
                    "issuer_in_authorities": {
                        "ok": True,
                        "reason": "the request names no CA, so that any will do",
                    },
                    "key_type": {"ok": False, "reason": "the key is of no type that the request lists"},
                    "chain_signatures": {"ok": None, "reason": "which algorithm signed it cannot be told"},
                },
            }
        ],
        "alerts": [],
        "outcome": "completed",
        "outcome_basis": "both sides changed to encryption",
        "outcome_evidence": "nothing",
        "refused_by": None,
        "closed_by": None,
        "inside_answer": None,
        "client_certificate_accepted": True,
        "server_certificate_accepted": True,
        "client_certificate": "presented",
        "statements": [
            {
                "about": "request_not_met",
                "text": "what was presented is not what was asked for (key type): the key is of no type that the request lists",
                "frames": [13715],
                "causes": ["key_type"],
                "agree": [],
                "disagree": [],
                "hint": False,
            }
        ],
        "hidden": [],
        "defects": [],
        "outer": None,
        "peer_software": None,
    }
    assert isinstance(chains, list)
    assert isinstance(messages, list)
    client = chains[1]
    assert (client["frame"], client["frames"], client["verdict"]) == (13718, [13717, 13718], "ok")
    assert client["chain"] == [
        {
            "index": 0,
            "sha256": SCENARIO_1.presented[1].chain[0].sha256,
            "serial": "2f0000004c869c77c8981becde00000000004c",
            "subject": "CN=smartslave.bgluclab.com",
            "issuer": "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
            "not_before": "2025-11-01T00:00:00Z",
            "not_after": "2026-11-01T00:00:00Z",
            "eku": ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            "eku_names": ["serverAuth", "clientAuth"],
            "eku_critical": False,
            "eku_readable": True,
            "eku_duplicate": False,
            "key_usage": ["digitalSignature", "keyEncipherment"],
            "is_ca": False,
            "path_len": None,
            "san": [{"kind": "dns", "value": "server.example"}, {"kind": "ip", "value": "192.0.2.7"}],
            "key_algorithm": "RSA 2048",
            "signature_algorithm": "sha256WithRSAEncryption",
            "spki_sha256": SCENARIO_1.presented[1].chain[0].spki_sha256,
            "self_issued": False,
            "public_issuer": None,
            "readable": True,
            "defects": [],
        }
    ]
    assert [(message["frame"], message["type"]) for message in messages][:4] == [
        (13699, "client_hello"),
        (13701, "server_hello"),
        (13711, "certificate"),
        (13713, "server_key_exchange"),
    ]
    assert messages[2] == {
        "frame": 13711,
        "role": "server",
        "type": "certificate",
        "time": "2026-03-24T11:55:21.037110Z",
        "frames": [13703, 13705, 13707, 13709, 13711],
        "file": None,
        "decrypted": False,
    }


def test_rule_books_and_alert() -> None:
    document = json.loads(to_json(full_flow(REFUSED)))
    assert document["presented"][1]["rule_books"] == {
        "openssl": {
            "outcome": "refuse",
            "rule": "O1",
            "reason": "X509_PURPOSE_SSL_CLIENT wants clientAuth",
            "depth": 0,
        },
        "gnutls": {"outcome": "accept", "rule": "G1", "reason": "no purpose was asked for", "depth": None},
    }
    assert document["alerts"] == [
        {
            "frame": 25,
            "role": "server",
            "level": "fatal",
            "code": 43,
            "name": "unsupported_certificate",
            "after": "certificate",
            "time": "2026-03-24T11:55:20.900250Z",
            "encrypted": False,
            "file": None,
        }
    ]


def test_absent_empty_and_present_are_three_values() -> None:
    none, empty = flow_to_dict(DECLINED)["presented"], flow_to_dict(ODD_PURPOSES)["presented"]
    assert isinstance(none, list)
    assert isinstance(empty, list)
    assert (none[0]["chain"][0]["eku"], none[0]["chain"][0]["eku_names"]) == (None, None)
    assert (empty[1]["chain"][0]["eku"], empty[1]["chain"][0]["eku_names"]) == ([], [])
    assert none[1]["chain"] == []
    assert (empty[2]["effective_eku"], none[1]["effective_eku"]) == ([], None)
    assert none[0]["chain"][0]["serial"] == "0"
    assert empty[0]["chain"][0]["serial"] == "-5"


def test_an_encrypted_alert_has_no_code() -> None:
    sample = flow(alerts=(Alert(9, "client", -1, -1, None, 0, encrypted=True),))
    document = json.loads(to_json(full_flow(sample)))
    VALIDATOR.validate(document)
    assert [document["alerts"][0][key] for key in ("level", "code", "name", "encrypted")] == [
        None,
        None,
        None,
        True,
    ]


def test_unknown_code_points_are_hex() -> None:
    sample = flow(version=0x7F1C, cipher=0x1A2B, alerts=(Alert(9, "client", 7, 200, None, 0),))
    document = json.loads(to_json(full_flow(sample)))
    VALIDATOR.validate(document)
    assert (document["version"], document["cipher"]) == ("0x7f1c", "0x1a2b")
    assert [document["alerts"][0][key] for key in ("level", "code", "name")] == ["0x07", 200, "0xc8"]


def test_a_time_without_a_form_is_null() -> None:
    document = json.loads(to_json(full_flow(flow(start=1 << 80, end=1 << 80))))
    VALIDATOR.validate(document)
    assert (document["start"], document["end"]) == (None, None)


def test_hostile_text_survives_exactly_and_steers_nothing() -> None:
    line = to_json(flow_to_dict(EVIL))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["sni"] == HOSTILE_READ_BACK
    assert "\\u007f" in to_json({"a": "\x7f"})


def test_nanoseconds_are_kept() -> None:
    document = flow_to_dict(flow(start=1_774_353_320_900_000_001))
    assert document["start"] == "2026-03-24T11:55:20.900000001Z"
    assert datetime.fromisoformat(str(flow_to_dict(flow())["start"]).replace("Z", "+00:00")).year == 2026


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "fine"},
        {"direction": "sideways"},
        {"role_evidence": "port"},
        {"refused_by": "nobody"},
        {"number": 0},
        {"presented": (presented("server", 0, (certificate(),)),)},
        {"presented": (presented("server", 1, (certificate(),), "good"),)},
        {"presented": (presented("server", 1, (replace(certificate(), sha256="AB" * 32),)),)},
        {"presented": (presented("server", 1, (replace(certificate(), eku=("serverAuth",)),)),)},
    ],
)
def test_the_schema_refuses(change: dict[str, object]) -> None:
    document = json.loads(to_json(full_flow(flow(**change))))  # type: ignore[arg-type]
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    "path", ["", "client", "presented.0", "presented.0.chain.0", "requests.0", "messages.0"]
)
def test_the_schema_refuses_strangers_and_gaps_everywhere(path: str) -> None:
    def spoilt(add: bool) -> object:
        document = json.loads(to_json(full_flow(SCENARIO_1)))
        place = document
        for step in filter(None, path.split(".")):
            place = place[int(step)] if step.isdigit() else place[step]
        if add:
            place["stranger"] = 1
        else:
            place.pop(next(reversed(place)))
        return document

    assert not VALIDATOR.is_valid(spoilt(add=True))
    assert not VALIDATOR.is_valid(spoilt(add=False))


@pytest.mark.parametrize("serial", ["0x12", "0012", "AB", "1:2", "-0", ""])
def test_the_schema_refuses_a_serial_spelt(serial: str) -> None:
    document = json.loads(to_json(full_flow(SCENARIO_1)))
    document["presented"][0]["chain"][0]["serial"] = serial
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_json_array(number: int) -> None:
    flows = EVERY[:number]
    text = "".join(json_array(flow_to_dict(sample) for sample in flows))
    assert [document["flow"] for document in json.loads(text)] == [sample.number for sample in flows]
    assert text.endswith("]\n")
    assert text.count("\n") == (number + 2 if number else 1)


def test_hidden_is_neither_presented_nor_a_defect() -> None:
    document = flow_to_dict(TLS13)
    assert (document["presented"], document["defects"], document["outcome"]) == ([], [], "completed")
    assert document["hidden"] == [
        {"what": "server_certificate", "reason": "tls13_encrypted"},
        {"what": "certificate_request", "reason": "tls13_encrypted"},
        {"what": "client_certificate", "reason": "tls13_encrypted"},
    ]


@pytest.mark.parametrize(
    ("value", "read_back"),
    [
        ("plain", "plain"),
        ("bad\udcff\udc80.pcap", "bad\\xff\\x80.pcap"),
        ("\U0001f600", "\U0001f600"),
        ("\ud83d", "\\ud83d"),
        ("\ude00", "\\ude00"),
        ("\ude00\ud83d", "\\ude00\\ud83d"),
        ("\ud83d\ud83d\ude00", "\\ud83d\U0001f600"),
        ("\\udcff", "\\udcff"),
        ("\\\udcff", "\\\\xff"),
        ('"\\u"\udcffx', '"\\u"\\xffx'),
        ("\uffff\x7f", "\uffff\x7f"),
    ],
)
def test_no_half_of_a_pair_is_left(value: str, read_back: str) -> None:
    text = to_json({value: value})
    assert json.loads(text) == {read_back: read_back}
    json.dumps(json.loads(text), ensure_ascii=False).encode()


@given(strategies.text(strategies.characters(exclude_categories=())))
def test_only_halves_change(value: str) -> None:
    read_back = json.loads(to_json({"": value}))[""]
    read_back.encode()
    # Python joins halves that stand in the right order, as every reader of JSON does.
    joined = json.loads(json.dumps(value))
    if not any("\ud800" <= one <= "\udfff" for one in joined):
        assert read_back == joined
