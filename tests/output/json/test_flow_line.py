"""The line ``tlseku/flow/2``: exact values, small, each fact once, and valid against the schema that ships."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

import tlseku
from tests.output.samples import (
    DAMAGED,
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
    message,
    presented,
)
from tests.schemas import schema
from tlseku import flow as nouns
from tlseku.correlation import ABOUT, ClientCertificateState, ServerCertificateState
from tlseku.flow import Alert, Endpoint, Flow, Hidden, Outer, Request
from tlseku.output.json.flow_json import flow_to_dict, to_json
from tlseku.output.json.flow_line import flow_line, full_flow
from tlseku.output.words.verdict_style import VERDICTS
from tlseku.policy.finding import Finding
from tlseku.policy.request_match import Match

PROJECT = Path(__file__).resolve().parents[3]
CAPTURES = sorted(PROJECT.joinpath("captures").glob("*.pcap*"))
SHARED = sorted(PROJECT.parent.joinpath("shared", "captures").glob("*.pcap*"))

LINE = Draft202012Validator(schema("flow"))
FULL = Draft202012Validator(schema("full-flow"))

KEYS_OF_THE_DESIGN = [
    "schema",
    "flow",
    "file",
    "start",
    "end",
    "tcp_stream",
    "community_id",
    "carrier",
    "service",
    "starttls",
    "client",
    "server",
    "direction",
    "vantage",
    "role_evidence",
    "version",
    "cipher",
    "sni",
    "alpn",
    "resumed",
    "outcome",
    "outcome_basis",
    "refused_by",
    "alert",
    "request",
    "client_cert",
    "server_cert",
    "peer_software",
    "why",
    "hidden",
    "defects",
]
KEYS_OF_A_CHAIN = [
    "state",
    "verdict",
    "reason",
    "frame",
    "subject",
    "issuer",
    "serial",
    "sha256",
    "eku",
    "san",
    "not_before",
    "not_after",
    "public_issuer",
    "effective_eku",
    "broken_at",
    "chain",
    "refuse",
    "depends",
    "more",
]


def line(sample: Flow) -> dict[str, Any]:
    """What a program reads, once the schema has taken it."""
    document: dict[str, Any] = json.loads(to_json(flow_line(sample)))
    LINE.validate(document)
    return document


@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: str(sample.number))
def test_every_sample_is_valid_and_in_the_order_of_the_contract(sample: Flow) -> None:
    assert list(line(sample)) == KEYS_OF_THE_DESIGN
    FULL.validate(json.loads(to_json(full_flow(sample))))


@pytest.mark.parametrize("path", CAPTURES + SHARED, ids=lambda path: path.name)
def test_every_flow_of_a_capture_is_valid(path: Path) -> None:
    for each in tlseku.scan(str(path)):
        line(each)
        FULL.validate(json.loads(to_json(full_flow(each))))


def test_lines_are_small() -> None:
    """Two chains, a request and a refusal with all its causes: the longest line of the project's own captures."""
    flows = [each for path in CAPTURES for each in tlseku.scan(str(path))]
    assert max(len(to_json(flow_line(each))) for each in flows) <= 3100


def test_scenario_1() -> None:
    document = line(SCENARIO_1)
    server, client = SCENARIO_1.presented
    assert document == {
        "schema": "tlseku/flow/2",
        "flow": 1,
        "file": "scenario-1.pcap.gz",
        "start": "2026-03-24T11:55:20.900000Z",
        "end": "2026-03-24T11:55:22.400000Z",
        "tcp_stream": None,
        "community_id": "1:fysj0kiT7Zz4wTDhu++pJR6k/Pw=",
        "carrier": "tcp",
        "service": "sip-tls",
        "starttls": None,
        "client": {"ip": "10.106.80.31", "port": 25003},
        "server": {"ip": "163.129.37.32", "port": 5061},
        "direction": "outbound",
        "vantage": ["10.106.80.31"],
        "role_evidence": "client_hello",
        "version": "TLS 1.2",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "sni": "l2sip-cfa-01.example.com",
        "alpn": None,
        "resumed": False,
        "outcome": "completed",
        "outcome_basis": "both sides changed to encryption",
        "refused_by": None,
        "alert": None,
        "request": {"frame": 13715, "answer": "presented", "authorities": 0, "met": False},
        "client_cert": {
            "state": "presented",
            "verdict": "ok",
            "reason": "leaf lists the purpose",
            "frame": 13718,
            "subject": "CN=smartslave.bgluclab.com",
            "issuer": "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
            "serial": "2f0000004c869c77c8981becde00000000004c",
            "sha256": client.chain[0].sha256,
            "eku": ["serverAuth", "clientAuth"],
            "san": ["server.example", "192.0.2.7"],
            "not_before": "2025-11-01T00:00:00Z",
            "not_after": "2026-11-01T00:00:00Z",
            "public_issuer": None,
            "effective_eku": ["serverAuth", "clientAuth"],
            "broken_at": None,
            "chain": [client.chain[0].sha256],
            "refuse": [],
            "depends": [],
            "more": [],
        },
        "server_cert": {
            "state": "presented",
            "verdict": "ok",
            "reason": "leaf lists the purpose",
            "frame": 13711,
            "subject": "CN=l2sip-cfa-01.example.com,O=Example Calling Services,L=San Jose,ST=California,C=US",
            "issuer": "CN=Example Issuing CA,O=Example,C=DE",
            "serial": "46df76aa000000000029",
            "sha256": server.chain[0].sha256,
            "eku": ["serverAuth", "clientAuth"],
            "san": ["server.example", "192.0.2.7"],
            "not_before": "2025-11-01T00:00:00Z",
            "not_after": "2026-11-01T00:00:00Z",
            "public_issuer": True,
            "effective_eku": ["serverAuth", "clientAuth"],
            "broken_at": None,
            "chain": [each.sha256 for each in server.chain],
            "refuse": [],
            "depends": [],
            "more": [],
        },
        "peer_software": None,
        "why": [
            {
                "id": "request_not_met",
                "text": "what was presented is not what was asked for (key type): the key is of no type that the "
                "request lists",
            }
        ],
        "hidden": [],
        "defects": 0,
    }
    assert list(document["client_cert"]) == KEYS_OF_A_CHAIN


def test_rule_books_by_what_they_say() -> None:
    finding = {
        outcome: Finding(outcome, "x/1", "said") for outcome in ("accept", "refuse", "depends", "unknown")
    }  # type: ignore[arg-type]
    books = {f"{outcome}s-{number}": each for outcome, each in finding.items() for number in (1, 2)}
    sample = flow(presented=(presented("client", 3, (certificate(),), rule_books=books),))
    said = line(sample)["client_cert"]
    assert (said["refuse"], said["depends"]) == (["refuses-1", "refuses-2"], ["dependss-1", "dependss-2"])


# The certificate of each side.


def test_what_a_side_without_a_chain_is_told_by() -> None:
    assert line(DECLINED)["client_cert"] == {"state": "declined", "more": []}
    assert line(TLS13)["client_cert"] == {"state": "hidden", "more": []}
    assert line(TLS13)["server_cert"] == {"state": "hidden", "more": []}


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "unknown"),
        ({"messages": (message(3, "server", "server_hello_done"),)}, "not_requested"),
        ({"resumed": True}, "resumed"),
        ({"hidden": (Hidden("server_certificate", "resumed"),)}, "resumed"),
        ({"hidden": (Hidden("server_certificate", "segment_lost"),)}, "hidden"),
        # What is hidden of the client says nothing of the server.
        ({"hidden": (Hidden("client_certificate", "tls13_encrypted"),)}, "unknown"),
        ({"presented": (presented("client", 5, (certificate(),)),)}, "unknown"),
        ({"presented": (presented("server", 5, (), "declined"),)}, "declined"),
        ({"presented": (presented("server", 5, (), "incomplete"),)}, "presented"),
        # A chain that is seen stands before whatever is hidden beside it.
        (
            {
                "presented": (presented("server", 5, (certificate(),)),),
                "hidden": (Hidden("server_certificate", "renegotiation_encrypted"),),
            },
            "presented",
        ),
    ],
)
def test_states_of_a_server(changed: dict[str, Any], state: str) -> None:
    assert line(flow(**changed))["server_cert"]["state"] == state


def test_a_list_that_was_cut_before_its_leaf_is_presented_and_has_no_leaf() -> None:
    sample = flow(presented=(presented("server", 5, (), "incomplete", "a segment is missing"),))
    said = line(sample)["server_cert"]
    assert (said["state"], said["verdict"], said["chain"]) == ("presented", "incomplete", [])
    leaf = KEYS_OF_A_CHAIN[KEYS_OF_A_CHAIN.index("subject") : KEYS_OF_A_CHAIN.index("effective_eku")]
    assert [said[key] for key in leaf] == [None] * len(leaf)


def test_absent_empty_and_present_are_three_values() -> None:
    absent, empty = line(DECLINED)["server_cert"], line(ODD_PURPOSES)["client_cert"]
    assert (absent["eku"], empty["eku"], line(REFUSED)["client_cert"]["eku"]) == (None, [], ["serverAuth"])
    chains = [
        (replace(certificate(), san=san),) for san in (None, (), (("dns", "a.example"), ("ip", "192.0.2.1")))
    ]
    seen = [line(flow(presented=(presented("server", 1, chain),)))["server_cert"]["san"] for chain in chains]
    assert seen == [None, [], ["a.example", "192.0.2.1"]]


def test_an_unreadable_leaf_has_a_digest_and_nothing_else() -> None:
    said = line(DAMAGED)["client_cert"]
    assert (said["sha256"], said["serial"], said["subject"], said["eku"]) == ("ab" * 32, None, None, None)


def test_further_chains_stand_in_more() -> None:
    said = line(ODD_PURPOSES)["client_cert"]
    assert (said["frame"], said["verdict"]) == (53, "empty")
    (second,) = said["more"]
    assert (second["frame"], second["verdict"], second["broken_at"]) == (55, "ok", 1)
    assert (second["effective_eku"], len(second["chain"])) == ([], 2)
    assert list(second) == KEYS_OF_A_CHAIN[:-1]


def test_an_empty_list_and_then_a_chain() -> None:
    later = presented("client", 9, (certificate(),), renegotiation=True)
    sample = flow(presented=(presented("client", 5, (), "declined"), later))
    said = line(sample)["client_cert"]
    assert said["state"] == "declined"
    assert [(each["state"], each["frame"]) for each in said["more"]] == [("presented", 9)]
    turned = line(flow(presented=(later, presented("client", 11, (), "declined"))))["client_cert"]
    assert (turned["state"], turned["frame"], turned["more"]) == ("presented", 9, [{"state": "declined"}])


def test_a_chain_of_which_nobody_knows_whose_it_is_is_not_lost() -> None:
    chain = presented("unknown", 5, (certificate(),), "incomplete")
    document = line(flow(role_evidence="unknown", presented=(chain,)))
    assert document["client_cert"] == {"state": "unknown", "more": []}
    assert document["server_cert"]["state"] == "unknown"
    assert [each["frame"] for each in document["server_cert"]["more"]] == [5]


@pytest.mark.parametrize("number", [0, 1, 4, 5, 6, 100])
def test_no_more_than_five_names(number: int) -> None:
    names = tuple(("dns", f"{index}.example") for index in range(number))
    sample = flow(presented=(presented("server", 5, (replace(certificate(), san=names),)),))
    assert line(sample)["server_cert"]["san"] == [name for _, name in names[:5]]


# The alert and the request that tell most.

FATAL = Alert(9, "server", 2, 42, "certificate", 0)
WARNING = Alert(7, "server", 1, 112, "client_hello", 0)
CLOSE = Alert(11, "client", 1, 0, "finished", 0)
CANCELLED = Alert(11, "client", 1, 90, "finished", 0)
ENCRYPTED = Alert(13, "client", -1, -1, "application_data", 0, encrypted=True)


@pytest.mark.parametrize(
    ("alerts", "changed", "told"),
    [
        ((), {}, None),
        ((CLOSE,), {}, None),
        ((CANCELLED, CLOSE), {}, None),
        ((ENCRYPTED,), {}, None),
        ((WARNING,), {}, WARNING),
        ((CLOSE, WARNING), {}, WARNING),
        ((WARNING, FATAL), {}, WARNING),
        (
            (WARNING, FATAL),
            {"outcome": "refused", "refused_by": "server", "outcome_evidence": "alert"},
            FATAL,
        ),
        (
            (ENCRYPTED,),
            {"outcome": "refused", "refused_by": "client", "outcome_evidence": "encrypted_alert"},
            ENCRYPTED,
        ),
        # The other side's goodbye is not what refused.
        (
            (ENCRYPTED,),
            {"outcome": "refused", "refused_by": "server", "outcome_evidence": "encrypted_alert"},
            None,
        ),
        # A silent refusal has no alert, and what the other side says after it is told as what it is.
        (
            (FATAL,),
            {"outcome": "refused", "refused_by": "client", "outcome_evidence": "close_without_alert"},
            FATAL,
        ),
    ],
)
def test_the_alert(alerts: tuple[Alert, ...], changed: dict[str, Any], told: Alert | None) -> None:
    said = line(flow(alerts=alerts, **changed))["alert"]
    assert said is None if told is None else said["frame"] == told.frame


def test_the_words_of_an_alert() -> None:
    assert line(REFUSED)["alert"] == {
        "code": 43,
        "name": "unsupported_certificate",
        "role": "server",
        "frame": 25,
        "after": "certificate",
    }
    sample = flow(
        alerts=(ENCRYPTED,), outcome="refused", refused_by="client", outcome_evidence="encrypted_alert"
    )
    said = line(sample)["alert"]
    assert (said["code"], said["name"], said["after"]) == (None, None, "application_data")
    assert line(flow(alerts=(Alert(9, "client", 7, 200, None, 0),)))["alert"]["name"] == "0xc8"


def asked(frame: int, answer: str, *checks: bool | None, authorities: int = 0) -> Request:
    matches = {f"check_{index}": Match(ok, "said") for index, ok in enumerate(checks)}
    names = (b"0\x00",) * authorities
    return Request("server", frame, (1,), None, names, ("",) * authorities, (), answer, matches)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("requests", "frame"),
    [
        ((), None),
        ((asked(4, "none"),), 4),
        ((asked(4, "none"), asked(8, "hidden")), 8),
        ((asked(4, "none"), asked(8, "presented")), 8),
        ((asked(4, "presented"), asked(8, "hidden")), 4),
        ((asked(4, "empty"), asked(8, "presented")), 4),
    ],
)
def test_the_request(requests: tuple[Request, ...], frame: int | None) -> None:
    said = line(flow(requests=requests))["request"]
    assert said is None if frame is None else said["frame"] == frame


@pytest.mark.parametrize(
    ("checks", "met"),
    [
        ((), None),
        ((True,), True),
        ((True, True), True),
        ((None,), None),
        ((True, None), None),
        ((None, False, True), False),
        ((False,), False),
    ],
)
def test_whether_a_request_is_met(checks: tuple[bool | None, ...], met: bool | None) -> None:
    said = line(flow(requests=(asked(4, "presented", *checks, authorities=3),)))["request"]
    assert said == {"frame": 4, "answer": "presented", "authorities": 3, "met": met}


# Where a flow is found in other tools.


@pytest.mark.parametrize("stream", [None, 0, 17])
def test_the_stream_of_wireshark(stream: int | None) -> None:
    assert line(flow(tcp_stream=stream))["tcp_stream"] == stream


@pytest.mark.parametrize(
    ("changed", "same_as_tcp"),
    [
        ({"carrier": "tcp"}, True),
        ({"carrier": "tcp", "tcp_stream": 3}, True),
        ({"carrier": "openvpn", "outer": Outer(over_tcp=True)}, True),
        ({"carrier": "openvpn"}, False),
        ({"carrier": "dtls"}, False),
        ({"carrier": "quic"}, False),
    ],
)
def test_the_community_id_follows_the_transport(changed: dict[str, Any], same_as_tcp: bool) -> None:
    assert (flow(**changed).community_id == flow().community_id) is same_as_tcp


def test_no_community_id_without_addresses() -> None:
    ends: dict[str, Any] = {
        "client": Endpoint("02:00:00:00:00:01", 0),
        "server": Endpoint("02:00:00:00:00:02", 0),
    }
    assert line(flow(carrier="eapol", **ends))["community_id"] is None


# What no reader may be steered by, and what the schema refuses.


def test_hostile_text_survives_exactly_and_steers_nothing() -> None:
    text = to_json(flow_line(EVIL))
    assert text.isascii()
    assert text.isprintable()
    assert line(EVIL)["server_cert"]["subject"] == HOSTILE_READ_BACK


def test_unknown_code_points_are_hex() -> None:
    document = line(flow(version=0x7F1C, cipher=0x1A2B))
    assert (document["version"], document["cipher"]) == ("0x7f1c", "0x1a2b")


def test_a_time_without_a_form_is_null() -> None:
    document = line(flow(start=1 << 80, end=1 << 80))
    assert (document["start"], document["end"]) == (None, None)


@pytest.mark.parametrize(
    "path", ["", "client", "request", "client_cert", "server_cert", "why.0", "client_cert.more.0"]
)
def test_the_schema_refuses_strangers_and_gaps_everywhere(path: str) -> None:
    sample = replace(SCENARIO_1, presented=(*SCENARIO_1.presented, SCENARIO_1.presented[1]))

    def spoilt(add: bool) -> object:
        document = line(sample)
        place: Any = document
        for step in filter(None, path.split(".")):
            place = place[int(step)] if step.isdigit() else place[step]
        if add:
            place["stranger"] = 1
        else:
            place.pop(next(reversed(place)))
        return document

    assert not LINE.is_valid(spoilt(add=True))
    assert not LINE.is_valid(spoilt(add=False))


def test_a_side_that_presented_nothing_has_no_leaf() -> None:
    document = line(SCENARIO_1)
    document["client_cert"]["state"] = "declined"
    assert not LINE.is_valid(document)


def test_words_are_those_of_the_nouns() -> None:
    document: dict[str, Any] = schema("flow")
    properties, definitions = document["properties"], document["$defs"]
    assert properties["carrier"]["enum"] == list(get_args(nouns.Carrier))
    assert properties["outcome"]["enum"] == list(get_args(nouns.Outcome))
    assert properties["why"]["items"]["properties"]["id"]["enum"] == list(ABOUT)
    assert definitions["verdict_of_chain"]["enum"] == [word for word in VERDICTS if word != "declined"]
    unseen = definitions["side"]["oneOf"][1]["properties"]["state"]["enum"]
    states = {*get_args(ClientCertificateState), *get_args(ServerCertificateState)}
    assert {"presented", *unseen} == states


# The full object.


def test_the_full_object_is_flow_1_with_what_the_line_adds_beside_it() -> None:
    before, small, full = flow_to_dict(REFUSED), flow_line(REFUSED), full_flow(REFUSED)
    assert {key: full[key] for key in before} == before
    added = [key for key in full if key not in before]
    assert added == [key for key in small if key not in before]
    assert {key: full[key] for key in added} == {key: small[key] for key in added}
    assert full["schema"] == "tlseku/flow/1"


def test_the_public_function_gives_either() -> None:
    assert tlseku.flow_to_dict(REFUSED) == flow_line(REFUSED)
    assert tlseku.flow_to_dict(REFUSED, full=True) == full_flow(REFUSED)
