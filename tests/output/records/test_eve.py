"""Suricata's TLS events: its keys and types only."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.output.records import real
from tests.output.samples import DAMAGED, EVERY, EVIL, HOSTILE_READ_BACK, ODD_PURPOSES, TLS13, flow
from tlseku.flow import Flow
from tlseku.output.records.eve import event, writer

CERTIFICATE = {"subject", "issuerdn", "serial", "fingerprint", "notbefore", "notafter"}
ROOT = {
    "timestamp": str,
    "flow_id": int,
    "pcap_cnt": int,
    "pcap_filename": str,
    "event_type": str,
    "src_ip": str,
    "src_port": int,
    "dest_ip": str,
    "dest_port": int,
    "proto": str,
    "community_id": str,
    "tls": dict,
}
"""Keys and types from https://github.com/OISF/suricata, etc/schema.json of 7.0, which allows no others."""
TLS = {**dict.fromkeys(CERTIFICATE, str), "sni": str, "version": str, "session_resumed": bool, "from_proto": str, "client": dict}  # fmt: skip
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+[+\-]\d+")


@pytest.mark.parametrize("flow", [*EVERY, *real.flows()], ids=repr)
def test_only_keys_and_types_of_suricata(flow: Flow) -> None:
    found = event(flow)
    assert found.keys() <= ROOT.keys()
    assert all(isinstance(value, ROOT[name]) for name, value in found.items())
    tls = found["tls"]
    assert isinstance(tls, dict)
    assert all(isinstance(value, TLS[name]) for name, value in tls.items())
    assert tls.get("client", {}).keys() <= CERTIFICATE
    assert TIMESTAMP.fullmatch(str(found["timestamp"]))


def sha1_in_octets(der: bytes) -> str:
    return hashlib.sha1(der).digest().hex(":")


def test_the_id_of_a_flow_is_that_of_the_connection() -> None:
    one = real.flow("scenario2")
    ids = {event(each)["flow_id"] for each in real.flows()}
    assert len(ids) == len(real.flows())
    assert all(isinstance(each, int) and 0 < each < 1 << 51 for each in ids)
    # Whatever its number is in a capture, and whatever file that is.
    other = replace(one, number=4711, file="other.pcap")
    assert event(other)["flow_id"] == event(one)["flow_id"]


def test_scenario_2() -> None:
    server, client = real.flow("scenario2").presented
    assert event(real.flow("scenario2")) == {
        "timestamp": "2026-03-26T07:31:12.401877+0000",
        "flow_id": 231124939788062,
        "pcap_cnt": 742,
        "event_type": "tls",
        "pcap_filename": real.flow("scenario2").file,
        "src_ip": "10.106.80.15",
        "src_port": 25417,
        "dest_ip": "10.106.80.16",
        "dest_port": 5061,
        "proto": "TCP",
        "community_id": "1:8MGCkFL9L10/2+Z/xK147zT6gn4=",
        "tls": {
            "subject": "C=IN, O=Synthetic Lab Ltd., CN=vcs8c.ricky200.example",
            "issuerdn": "DC=com, DC=RICKY200, CN=RICKY200-THS-CA",
            "serial": "46:DF:76:AA:00:00:00:00:00:29",
            "fingerprint": sha1_in_octets(server.chain[0].der),
            "notbefore": "2026-02-16T00:00:00",
            "notafter": "2028-02-16T00:00:00",
            "version": "TLS 1.2",
            "client": {
                "subject": "C=IN, O=Synthetic Lab Ltd., CN=vcs15.ricky200.example",
                "issuerdn": "DC=com, DC=RICKY200, CN=RICKY200-THS-CA",
                "serial": "46:DF:76:AA:00:00:00:00:00:17",
                "fingerprint": sha1_in_octets(client.chain[0].der),
                "notbefore": "2026-02-16T00:00:00",
                "notafter": "2028-02-16T00:00:00",
            },
        },
    }


@pytest.mark.parametrize(
    ("flow", "name", "value"),
    [
        (TLS13, "version", "TLS 1.3"),
        (TLS13, "subject", None),
        (DAMAGED, "version", "UNDETERMINED"),
        (DAMAGED, "client", None),
        (ODD_PURPOSES, "serial", "-05"),
        (flow(version=0x0301), "version", "TLSv1"),
        (flow(version=0x0300), "version", "SSLv3"),
        (flow(version=0x7F1C), "version", "0x7f1c"),
        (flow(resumed=True), "session_resumed", True),
        (flow(resumed=False), "session_resumed", None),
    ],
)
def test_values(flow: Flow, name: str, value: object) -> None:
    tls = event(flow)["tls"]
    assert isinstance(tls, dict)
    assert tls.get(name) == value


def test_hostile_text_is_inert() -> None:
    line = writer()(EVIL)
    assert line.isascii()
    assert line.rstrip("\n").isprintable()
    assert json.loads(line)["tls"]["sni"] == HOSTILE_READ_BACK
