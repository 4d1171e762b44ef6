"""tlseku, and the tshark reader of these tests, against the stored answers for real captures of other projects.

The captures lie in ``../shared/captures`` beside the repository, or the tests are skipped. Where tlseku and an answer
differ for a reason, the difference stands in ``EXCEPTIONS``, and a test holds that it still is one.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import tlseku
from tests.oracle import tshark as reference
from tests.oracle.facts import FlowFacts, differences, of_answer, of_flow
from tlseku.flow import Flow

SHARED = Path(__file__).resolve().parents[3] / "shared" / "captures"
CAPTURES = sorted(p.name for p in SHARED.glob("*.pcap*"))

KEYLOGS = {
    "pcapfs-all_ciphers.pcap": "pcapfs-all_ciphers.key",
    "ssldump-tls1.3_curl_google.pcap": "ssldump-log.txt",
    "ssldump-tls1.3_session_resumption.pcap": "ssldump-log.txt",
}
DECODE_AS_TLS = {"zeek-irc-starttls.pcap": [6667]}

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""(capture, ``client > server #n: field``) and why tlseku is right to differ from tshark there."""

pytestmark = pytest.mark.skipif(not CAPTURES, reason=f"{SHARED} is not on this machine")
every_capture = pytest.mark.parametrize("name", CAPTURES)


def answer(name: str, *, keys: bool = False) -> list[dict[str, Any]]:
    stored = json.loads(
        (SHARED / "expected" / f"{name}{'.keys' if keys else ''}.json").read_text(encoding="utf-8")
    )
    flows: list[dict[str, Any]] = stored["flows"]
    return flows


def over_tcp(name: str, **options: Any) -> list[Flow]:
    """The flows of a capture of which the answers know: those over TCP."""
    return [flow for flow in tlseku.read(SHARED / name, **options) if flow.carrier == "tcp"]


@every_capture
def test_flows_are_those_of_the_answer(name: str) -> None:
    ours = [of_flow(flow) for flow in over_tcp(name)]
    theirs = [of_answer(flow) for flow in answer(name)]
    found = differences(ours, theirs)
    assert {key: pair for key, pair in found.items() if (name, key) not in EXCEPTIONS} == {}


@every_capture
def test_certificates_say_what_the_answer_says(name: str) -> None:
    theirs = {
        cert["sha256"]: (cert["serial"], cert["eku"], cert["len"])
        for flow in answer(name)
        for cert in flow["client_certs"] + flow["server_certs"]
    }
    ours = {
        cert.sha256: (cert.serial_hex, None if cert.eku is None else list(cert.eku), len(cert.der))
        for flow in over_tcp(name)
        for presented in flow.presented
        for cert in presented.chain
    }
    assert ours == theirs


@pytest.mark.parametrize(("name", "difference"), EXCEPTIONS)
def test_an_exception_still_is_one(name: str, difference: str) -> None:
    ours = [of_flow(flow) for flow in over_tcp(name)]
    assert difference in differences(ours, [of_answer(flow) for flow in answer(name)])


def test_the_answers_exercise_every_fact() -> None:
    """The comparison means little unless each kind of fact occurs."""
    flows = [of_answer(flow) for name in CAPTURES for flow in answer(name)]
    empty = [f.name for f in fields(FlowFacts) if not any(getattr(flow, f.name) for flow in flows)]
    assert empty == []
    assert any(shas == () for flow in flows for _, shas in flow.chains)


@pytest.mark.usefixtures("tshark")
@every_capture
def test_tshark_reader_agrees_with_the_answer(name: str) -> None:
    theirs = reference.read(SHARED / name, decode_as_tls=DECODE_AS_TLS.get(name, ()))
    assert differences(theirs, [of_answer(flow) for flow in answer(name)]) == {}


@pytest.mark.usefixtures("tshark")
@pytest.mark.parametrize(("name", "keylog"), KEYLOGS.items())
def test_tshark_reader_agrees_with_the_answer_with_keys(name: str, keylog: str) -> None:
    theirs = reference.read(SHARED / name, keylog=SHARED / keylog)
    assert differences(theirs, [of_answer(flow) for flow in answer(name, keys=True)]) == {}


@pytest.mark.usefixtures("tshark")
def test_tshark_by_default_loses_what_came_out_of_order() -> None:
    """The reason why the reader turns reassembly on, and a proof that the comparison notices a lost chain."""
    name = "suricata-verify-tls-fingerprint-alert-input.pcap"
    theirs = reference.read(SHARED / name, out_of_order=False)
    (whole,) = [of_answer(flow) for flow in answer(name)]
    (lossy,) = theirs
    assert len(whole.certificates) == 1
    assert lossy.certificates == ()
    assert [key for key in differences(theirs, [whole]) if key.endswith(": certificates")] != []


@pytest.mark.parametrize(("name", "keylog"), KEYLOGS.items())
def test_with_keys_flows_are_those_of_the_answer(name: str, keylog: str) -> None:
    flows = tlseku.read(SHARED / name, secrets=SHARED / keylog)
    assert flows.warnings == ()
    assert flows.summary.with_secrets == len(flows)
    assert (
        differences([of_flow(flow) for flow in flows], [of_answer(f) for f in answer(name, keys=True)]) == {}
    )
    assert all(flow.outcome_basis == "both Finished" for flow in flows)
    assert {hidden.reason for flow in flows for hidden in flow.hidden} <= {"resumed"}
