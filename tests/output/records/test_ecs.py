"""ECS documents: names of the schema only, values as it asks for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources

import pytest

from tests.output import of_kinds
from tests.output.records import real
from tests.output.records.ecs_fields import ARRAYS, ECS_FIELDS
from tests.output.samples import DECLINED, EVERY, HOSTILE_READ_BACK, REFUSED, TLS13, renumbered
from tlseku.correlation import correlate
from tlseku.flow import Flow
from tlseku.output.records.ecs import writer


def line_of(flow: Flow) -> str:
    """The document of a flow as one that shares its conclusion with nobody, written by somebody who wrote none before."""
    alone = replace(flow)
    assert alone.kept_with_kind is None
    return writer()(alone)


def document(flow: Flow) -> dict[str, object]:
    found: dict[str, object] = json.loads(line_of(flow))
    return found


@pytest.mark.parametrize("flow", [*EVERY, *real.flows()], ids=repr)
def test_every_name_is_one_of_ecs_or_our_own(flow: Flow) -> None:
    fields = document(flow)
    assert {name for name in fields if not name.startswith("tlseku.")} <= ECS_FIELDS
    assert all(isinstance(fields[name], list) for name in ARRAYS & fields.keys())
    assert not any(isinstance(fields[name], list) for name in (ECS_FIELDS - ARRAYS) & fields.keys())
    assert None not in fields.values()


def test_the_client_of_scenario_1() -> None:
    fields = document(real.flow("scenario1"))
    expected = {
        "@timestamp": "2026-03-24T11:55:20.900112Z",
        "event.outcome": "success",
        "client.ip": "10.106.80.31",
        "client.port": 25003,
        "destination.ip": "163.129.37.32",
        "tls.version": "1.2",
        "tls.version_protocol": "tls",
        "tls.cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "tls.established": True,
        "tls.client.server_name": "callservice.webex-stand-in.example",
        "tls.client.subject": "CN=smartslave.bgluclab.example,O=Synthetic Lab Ltd.,C=IN",
        "tls.client.x509.serial_number": "2F0000004C869C77C8981BECDE00000000004C",
        "tls.client.x509.subject.common_name": ["smartslave.bgluclab.example"],
        "tls.client.x509.subject.organization": ["Synthetic Lab Ltd."],
        "tls.client.x509.issuer.common_name": ["bgluclab-WIN-DC-01-CA"],
        "tls.client.x509.public_key_algorithm": "RSA",
        "tls.client.x509.public_key_size": 2048,
        "tls.client.x509.alternative_names": ["smartslave.bgluclab.example", "bgluclab.example"],
        "tls.client.x509.not_after": "2028-03-09T00:00:00Z",
        "tls.client.hash.sha256": "D2077F846C55B2CDD0C6D023D0DCD46049C2CB02616ED3A0022A3A9E28754609",
        "tls.client.hash.sha1": hashlib.sha1(real.flow("scenario1").presented[1].chain[0].der)
        .hexdigest()
        .upper(),
        "related.ip": ["10.106.80.31", "163.129.37.32"],
        "related.hosts": ["callservice.webex-stand-in.example"],
        "tlseku.client.verdict": "ok",
        "tlseku.client.eku": ["serverAuth", "clientAuth"],
        "tlseku.client.frame": 13718,
    }
    assert {name: fields.get(name) for name in expected} == expected


def test_what_pivots_go_by() -> None:
    fields = document(real.flow("scenario1"))
    digests = [
        fields[f"tls.{role}.hash.{kind}"] for role in ("client", "server") for kind in ("sha1", "sha256")
    ]
    assert fields["related.hash"] == digests
    assert document(TLS13).get("related.hash") is None
    assert document(REFUSED)["tlseku.statements"] == [each.about for each in correlate(REFUSED)]


def _types() -> dict[str, str]:
    """Every field of the index template under its dotted name, with its type."""
    file = resources.files("tlseku.output.records") / "ecs-index-template.json"
    found: dict[str, str] = {}

    def walk(properties: dict[str, dict[str, object]], before: str) -> None:
        for name, said in properties.items():
            inner = said.get("properties")
            if isinstance(inner, dict):
                walk(inner, f"{before}{name}.")
            else:
                found[before + name] = str(said["type"])

    template = json.loads(file.read_text("utf-8"))
    assert template["index_patterns"] == ["tlseku-*"]
    walk(template["template"]["mappings"]["properties"], "")
    return found


@pytest.mark.parametrize("flow", [*EVERY, *real.flows()], ids=repr)
def test_the_index_template_has_every_field_with_a_type_that_fits(flow: Flow) -> None:
    fits = {
        "ip": str, "date": str, "keyword": str, "match_only_text": str, "long": int, "boolean": bool,
    }  # fmt: skip
    types = _types()
    for name, value in document(flow).items():
        for each in value if isinstance(value, list) else [value]:
            assert isinstance(each, fits[types[name]]), name


@pytest.mark.parametrize(
    ("flow", "name", "value"),
    [
        (REFUSED, "event.outcome", "failure"),
        (REFUSED, "tls.established", False),
        (REFUSED, "tlseku.alerts", ["server: fatal alert unsupported_certificate (43)"]),
        (REFUSED, "tlseku.service", "sip-tls"),
        (TLS13, "network.type", "ipv6"),
        (TLS13, "tls.client.subject", None),
        (DECLINED, "tlseku.client.verdict", "declined"),
        (DECLINED, "tls.client.subject", None),
        (DECLINED, "tls.server.x509.serial_number", "00"),
    ],
)
def test_values(flow: Flow, name: str, value: object) -> None:
    assert document(flow).get(name) == value


def test_one_line_a_flow_and_hostile_text_inert() -> None:
    text = "".join(map(writer(), EVERY))
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    documents = [json.loads(line) for line in text.splitlines()]
    assert documents[6]["tls.client.server_name"] == HOSTILE_READ_BACK


def test_lines_are_the_documents_whatever_came_before() -> None:
    flows = [*EVERY, *real.flows()]
    again = [*flows, *(renumbered(flow, flow.number + 1000) for flow in reversed(flows))]
    assert list(map(writer(), again)) == list(map(line_of, again))


def test_documents_of_flows_that_share_a_kind() -> None:
    for flows in (of_kinds.flows(), of_kinds.flows()[::-1]):
        assert list(map(writer(), flows)) == list(map(line_of, flows))
