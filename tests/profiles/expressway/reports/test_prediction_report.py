"""``tlseku.profiles.expressway.reports.prediction_report``: the JSON of the contract, and lines for people."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.builder import build, ca
from tests.profiles.expressway.leafs import BOTH, S_ONLY, leaf
from tests.profiles.expressway.rules.test_predict import modes, nodes, releases
from tests.schemas import schema
from tlseku.output.words.terminal_page import Page, plain
from tlseku.policy.rule_books import Mode
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.reports.prediction_report import Basis, prediction_lines, prediction_to_dict
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import predict
from tlseku.profiles.expressway.rules.release import X15_4, Release
from tlseku.profiles.expressway.rules.store import Store
from tlseku.x509.certificate import Certificate

VALIDATOR = Draft202012Validator(schema("prediction"))
ROOT = ca("Root")
STORE = Store(build(issuer=ROOT, eku=S_ONLY).certificate())
UPLOAD = "upload a certificate that lists clientAuth to the client store of the Core"
UPLOAD_OR_OFF = (
    f"{UPLOAD}, or set the checking mode of the Edge to Off, which does not help the SSH tunnels (SV2)"
)
YEAR_2030 = 1_893_456_000_000_000_000


def test_the_object_of_test_case_1() -> None:
    core, edge = leaf(S_ONLY, "core", public=True), leaf(S_ONLY, "edge", public=True)
    found = prediction_to_dict(predict(Node(core, core), Node(edge, edge), "on"))
    VALIDATOR.validate(found)
    assert list(found)[:2] == ["schema", "condition"]
    assert found == {
        "schema": "tlseku/prediction/1",
        "condition": "2",
        "test_case": "test case 1",
        "release": "x15.5",
        "edge_release": "x15.5",
        "edge_mode": "on",
        "mode_assumed": False,
        "notes": [],
        "outcomes": {
            "uc_zone": {
                "outcome": "failed",
                "rules": ["CM2", "ST2", "SV1"],
                "reason": "Core's client-store leaf at the Edge: checking mode on: the EKU lists serverAuth and not"
                " clientAuth",
                "to_do": [UPLOAD_OR_OFF],
                "parts": [
                    {
                        "part": "purpose",
                        "of": "core",
                        "level": "wrong",
                        "rules": ["CM2", "ST2"],
                        "reason": "Core's client-store leaf at the Edge: checking mode on: the EKU lists serverAuth and"
                        " not clientAuth",
                        "to_do": UPLOAD_OR_OFF,
                    },
                    {
                        "part": "purpose",
                        "of": "edge",
                        "level": "fine",
                        "rules": ["CM8", "ST3"],
                        "reason": "Edge's server-store leaf: the mode plays no part in the responder's certificate; the"
                        " initiator checks serverAuth and the name, and the EKU lists serverAuth",
                        "to_do": None,
                    },
                ],
            },
            "ssh_tunnels": {
                "outcome": "failed",
                "rules": ["SV2", "ST2"],
                "reason": "the Core's client leaf lists serverAuth and not clientAuth, whatever the checking mode",
                "to_do": [UPLOAD],
                "parts": [
                    {
                        "part": "purpose",
                        "of": "core",
                        "level": "wrong",
                        "rules": ["SV2", "ST2"],
                        "reason": "the Core's client leaf lists serverAuth and not clientAuth, whatever the checking"
                        " mode",
                        "to_do": UPLOAD,
                    }
                ],
            },
            "mra": {
                "outcome": "no",
                "rules": ["SV3", "SV1", "SV2"],
                "reason": "Unified Communications zone failed; SSH tunnels failed",
                "to_do": [],
            },
            "webrtc": {
                "outcome": "no",
                "rules": ["SV3", "SV1", "SV2"],
                "reason": "Unified Communications zone failed; SSH tunnels failed",
                "to_do": [],
            },
            "far_end": {
                "outcome": "undetermined",
                "rules": ["SV4", "ST2"],
                "reason": "the Edge's client leaf lists serverAuth and not clientAuth: TLS works only where the far"
                " end does not check that",
                "to_do": [
                    "have the far end not check the purpose, or give the Edge a client certificate with clientAuth"
                ],
            },
        },
        "stores": [],
        "rules": {
            "ST2": "A node that is TLS client presents the certificate of its client store.",
            "CM2": "Checking mode On: an initiator's leaf whose EKU does not list clientAuth fails.",
            "SV1": "The Unified Communications traversal zone (SIP TLS, first zone 7001) is ACTIVE if and only if the"
            " Edge's inbound check passes on the leaf of the Core's client store and the Core accepts the Edge's server"
            " leaf.",
            "SV2": "The SSH tunnels to TCP port 2222 of the Edge need clientAuth in the Core's client certificate,"
            " whatever the checking mode.",
            "SV3": "MRA login and the WebRTC proxy work if and only if the Unified Communications zone and the SSH"
            " tunnels are ACTIVE.",
            "SV4": "If the Edge's client leaf lacks clientAuth, TLS to a far end works only where that far end does not"
            " check the client's EKU.",
        },
    }


@given(nodes, nodes, modes, releases)
def test_every_object_is_valid(core: Node, edge: Node, mode: Mode, release: Release) -> None:
    basis = [Basis("core", "client", Store(core.client))] if core.client is not None else []
    found = prediction_to_dict(predict(core, edge, mode, release), basis)
    VALIDATOR.validate(json.loads(json.dumps(found)))
    rules = {rule for one in found["outcomes"].values() for rule in one["rules"]}  # type: ignore[attr-defined]
    assert set(found["rules"]) == rules  # type: ignore[call-overload]


def test_what_is_told_of_a_store() -> None:
    basis = Basis("edge", "server", STORE, "missing", validity_at(STORE.leaf, YEAR_2030))
    (told,) = prediction_to_dict(predict(Node(), Node(None, STORE.leaf)), [basis])["stores"]  # type: ignore[misc]
    assert told == {
        "node": "edge",
        "store": "server",
        "sha256": STORE.leaf.sha256,
        "serial": "1234",
        "subject": "CN=leaf.example",
        "issuer": "CN=Root",
        "public_issuer": None,
        "eku": ["1.3.6.1.5.5.7.3.1"],
        "eku_names": ["serverAuth"],
        "eku_readable": True,
        "not_after": "2027-01-01T00:00:00Z",
        "validity": "expired",
        "issuer_in_ca": "missing",
    }


@pytest.mark.parametrize(
    ("eku", "expected"), [(None, (None, None)), ((), ([], [])), (("1.2.3",), (["1.2.3"], ["1.2.3"]))]
)
def test_absent_and_empty_are_different(eku: tuple[str, ...] | None, expected: tuple[object, object]) -> None:
    told = prediction_to_dict(predict(Node(), Node()), [Basis("core", "client", Store(leaf(eku)))])["stores"]
    assert (told[0]["eku"], told[0]["eku_names"]) == expected  # type: ignore[index]


def text(core: Node, edge: Node, mode: Mode, basis: list[Basis], **rest: Release) -> list[str]:
    return [plain(line) for line in prediction_lines(predict(core, edge, mode, **rest), basis, Page(100))]  # type: ignore[arg-type]


def test_warnings_notes_and_both_releases_are_shown() -> None:
    odd = Certificate(der=b"", sha256="", key_algorithm="RSA 8192", key_type="rsa", eku=BOTH)
    prediction = predict(
        Node(odd, odd), Node(leaf(BOTH), leaf(BOTH)), "on", Release(15, 4), edge_release=Release(15, 5)
    )
    lines = [plain(line) for line in prediction_lines(prediction, [], Page(100))]
    assert lines[0].startswith("Core x15.4, Edge x15.5, checking mode of the Edge On: ")
    assert (
        "    ! [CE2] the Core's client leaf has a key of 8192 bits (RSA), which may break SIP zones" in lines
    )
    assert "    do: use RSA 4096 at most" in lines
    assert any(line.startswith("  ! the releases differ, the Core runs x15.4 and the Edge") for line in lines)
    assert "  CE2  RSA keys of 8192 bits may break SIP zones." in lines
    VALIDATOR.validate(prediction_to_dict(prediction))


def test_lines() -> None:
    core, edge = leaf(S_ONLY, "core", public=True), leaf(S_ONLY, "edge", public=True)
    lines = text(Node(core, core), Node(edge, edge), "on", [Basis("core", "client", Store(core))])
    assert lines[:11] == [
        "x15.5, checking mode of the Edge On: condition 2, test case 1",
        "  UC zone (SIP TLS)   FAILED        [CM2 ST2 SV1] Core's client-store leaf at the Edge: checking",
        "                                    mode on: the EKU lists serverAuth and not clientAuth",
        "    do: upload a certificate that lists clientAuth to the client store of the Core, or set the",
        "        checking mode of the Edge to Off, which does not help the SSH tunnels (SV2)",
        "  SSH tunnels (2222)  failed        [SV2 ST2] the Core's client leaf lists serverAuth and not",
        "                                    clientAuth, whatever the checking mode",
        "    do: upload a certificate that lists clientAuth to the client store of the Core",
        "  MRA login           no            [SV3 SV1 SV2] Unified Communications zone failed; SSH tunnels",
        "                                    failed",
        "  WebRTC proxy        no            [SV3 SV1 SV2] Unified Communications zone failed; SSH tunnels",
    ]
    assert (
        "  Core client         EKU serverAuth; serial 1; issuer CN=CA (public CA); until an unknown day"
        in lines
    )
    assert "  CM2  Checking mode On: an initiator's leaf whose EKU does not list clientAuth fails." in lines


@pytest.mark.parametrize(
    ("mode", "release", "heading"),
    [
        (
            "off",
            Release(15, 5, 1),
            "x15.5.1, checking mode of the Edge Off: no condition of the vendor's document",
        ),
        (
            "unknown",
            Release(15, 5),
            "x15.5, checking mode of the Edge not known, taken to be On: no condition of the vendor's document",
        ),
        ("on", X15_4, "x15.4: one store on each node and no checking mode"),
    ],
)
def test_headings(mode: Mode, release: Release, heading: str) -> None:
    assert text(Node(leaf(BOTH)), Node(), mode, [], release=release)[0] == heading


def test_open_rules_say_so() -> None:
    lines = text(Node(leaf(None)), Node(None, leaf(None)), "on", [])
    assert (
        "  CM5  Any checking mode: an initiator's leaf without an EKU extension is assumed to pass. (open)"
        in lines
    )


def test_what_is_wrong_with_a_store() -> None:
    bad = [
        Basis("core", "client", STORE, "missing", validity_at(STORE.leaf, YEAR_2030)),
        Basis("core", "server", STORE, "direct", validity_at(STORE.leaf, STORE.leaf.not_after or 0)),
    ]
    lines = " ".join(" ".join(text(Node(), Node(), "on", bad)).split())
    assert "until 2027-01-01; expired 1,096 days earlier; issuer in ca.pem: missing Core server" in lines
    assert "until 2027-01-01 ST2" in lines


@given(nodes, nodes, modes, releases)
def test_lines_fit_the_page(core: Node, edge: Node, mode: Mode, release: Release) -> None:
    basis = [Basis("core", "client", Store(core.client))] if core.client is not None else []
    assert all(len(line) <= 100 for line in text(core, edge, mode, basis, release=release))
