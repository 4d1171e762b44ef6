"""What each tool's output means, and how it is compared with the truth."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tests.benchmarks import conftest  # noqa: F401  (makes the scripts importable)

from answers import Agreement, agreement, of_peer, of_ssldump, of_truth, of_tshark, of_tlseku  # isort: skip

CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 443)
LEAF, OTHER = b"leaf", b"issuer"
LEAF_SHA, OTHER_SHA = hashlib.sha256(LEAF).hexdigest(), hashlib.sha256(OTHER).hexdigest()

TRUTH = {
    "client": {"ip": CLIENT[0], "port": CLIENT[1]},
    "server": {"ip": SERVER[0], "port": SERVER[1]},
    "presented": [
        {"role": "server", "sha256": [LEAF_SHA, OTHER_SHA]},
        {"role": "client", "sha256": [LEAF_SHA]},
    ],
}
FOUND = {
    (CLIENT, SERVER, "server", LEAF_SHA): 1,
    (CLIENT, SERVER, "server", OTHER_SHA): 1,
    (CLIENT, SERVER, "client", LEAF_SHA): 1,
}


def test_truth_is_read_certificate_by_certificate() -> None:
    assert of_truth([json.dumps(TRUTH)]) == FOUND


def test_tlseku_is_read_from_its_ndjson() -> None:
    flow = {**TRUTH, "schema": "tlseku/flow/1", "presented": [
        {"role": one["role"], "chain": [{"sha256": digest} for digest in one["sha256"]]} for one in TRUTH["presented"]  # type: ignore[index]
    ]}  # fmt: skip
    assert of_tlseku([json.dumps(flow)]) == FOUND


def test_tlseku_is_read_from_its_lines() -> None:
    server: dict[str, object] = {"state": "presented", "chain": [LEAF_SHA, OTHER_SHA], "more": []}
    client: dict[str, object] = {"state": "presented", "chain": [LEAF_SHA], "more": []}
    flow = {**TRUTH, "schema": "tlseku/flow/2", "server_cert": server, "client_cert": client}
    assert of_tlseku([json.dumps(flow)]) == FOUND
    again = {**server, "more": [{"state": "declined"}, {"state": "presented", "chain": [OTHER_SHA]}]}
    twice = of_tlseku(
        [json.dumps({**flow, "server_cert": again, "client_cert": {"state": "hidden", "more": []}})]
    )
    assert twice == {(CLIENT, SERVER, "server", LEAF_SHA): 1, (CLIENT, SERVER, "server", OTHER_SHA): 2}


def tshark_line(
    source: tuple[str, int], target: tuple[str, int], types: str, *ders: bytes, v6: bool = False
) -> str:
    addresses = [("", one[0]) if v6 else (one[0], "") for one in (source, target)]
    certificates = ",".join(der.hex() for der in ders)
    parts = [*addresses[0], source[1], *addresses[1], target[1], "7", types, certificates]
    return "\t".join(map(str, parts)) + "\n"


@pytest.mark.parametrize("v6", [False, True])
def test_tshark_names_roles_by_the_client_hello(v6: bool) -> None:
    lines = [
        tshark_line(CLIENT, SERVER, "1", v6=v6),
        tshark_line(SERVER, CLIENT, "2,11,12,13,14", LEAF, OTHER, v6=v6),
        tshark_line(CLIENT, SERVER, "11,16,15", LEAF, v6=v6),
    ]
    assert of_tshark(lines) == FOUND


def test_tshark_without_client_hello_takes_the_first_sender_of_certificates_for_the_server() -> None:
    assert of_tshark([tshark_line(SERVER, CLIENT, "11", LEAF)]) == {(CLIENT, SERVER, "server", LEAF_SHA): 1}


def ssldump_line(source: tuple[str, int], target: tuple[str, int], kind: str, *ders: bytes) -> str:
    said = {
        "connection_number": 3,
        "src_ip": source[0],
        "src_port": source[1],
        "dst_ip": target[0],
        "dst_port": target[1],
        "handshake_type": kind,
    }
    if kind == "Certificate":
        said["cert_chain"] = [{"cert_der": base64.b64encode(der).decode()} for der in ders]
    return json.dumps(said)


def test_ssldump_is_read_from_its_json_and_broken_lines_are_passed_over() -> None:
    lines = [
        ssldump_line(CLIENT, SERVER, "ClientHello"),
        '{ "cut',
        '{ "connection_number": 3 }',
        ssldump_line(SERVER, CLIENT, "Certificate", LEAF, OTHER),
        ssldump_line(CLIENT, SERVER, "Certificate", LEAF),
    ]
    assert of_ssldump(lines) == FOUND


def test_scripts_print_what_is_counted() -> None:
    assert of_peer([json.dumps(list(key)) for key in FOUND]) == FOUND


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ({}, {}, Agreement(0, 0, 0)),
        (FOUND, FOUND, Agreement(3, 0, 0)),
        (FOUND, {}, Agreement(0, 3, 0)),
        ({}, FOUND, Agreement(0, 0, 3)),
        # The right certificate in the wrong role is missing here and too much there.
        (
            {(CLIENT, SERVER, "server", LEAF_SHA): 1},
            {(CLIENT, SERVER, "client", LEAF_SHA): 1},
            Agreement(0, 1, 1),
        ),
        # Reported twice, presented once.
        (
            {(CLIENT, SERVER, "server", LEAF_SHA): 1},
            {(CLIENT, SERVER, "server", LEAF_SHA): 2},
            Agreement(1, 0, 1),
        ),
    ],
)
def test_agreement_counts(truth: dict, found: dict, expected: Agreement) -> None:
    from collections import Counter

    assert agreement(Counter(truth), Counter(found)) == expected
    assert expected.perfect is (expected.missing == expected.extra == 0)
