"""Every refusal that tlseku explains, made by real servers: OpenSSL, Go, Java and NSS.

A server that is missing is skipped, unless TLSEKU_REQUIRE_VERIFIERS is set: then its tests fail. Each is started once a
mode; what it says on the wire is recorded and read by tlseku. Where releases differ, ``SAYS`` has every answer that is
known, and the explanation must fit whichever came.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests import builder
from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built
from tests.dialogues import flows_in
from tests.refusals.peers import PEERS, Mode, Version, running, write_identity
from tests.refusals.tap import recorded
from tlseku import Flow, Statement, client_certificate_state, correlate
from tlseku.registry.names import alert_name

pytestmark = pytest.mark.xdist_group("servers")

_ALWAYS = (datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2049, 1, 1, tzinfo=timezone.utc))
_ONCE = (_ALWAYS[0], datetime(2021, 1, 1, tzinfo=timezone.utc))
# NSS keeps certificates by issuer and serial.
_SERIALS = itertools.count(0x5A17C0DE0100)
_DIGITAL = ("digitalSignature",)


def _ca(name: str) -> Built:
    return builder.ca(name, serial=next(_SERIALS), not_before=_ALWAYS[0], not_after=_ALWAYS[1])


def _leaf(
    issuer: Built,
    *eku: str,
    span: tuple[datetime, datetime] = _ALWAYS,
    key_usage: tuple[str, ...] = _DIGITAL,
    subject: str = "client.example",
    key: str = "ec",
) -> Built:
    return builder.build(
        subject=subject,
        issuer=issuer,
        eku=eku,
        serial=next(_SERIALS),
        not_before=span[0],
        not_after=span[1],
        key_usage=key_usage,
        san=(subject,),
        key=key,
    )


TRUSTED, STRANGER = _ca("Trusted CA"), _ca("Stranger CA")
SERVER = _leaf(TRUSTED, SERVER_AUTH, subject="server.example", key="rsa")
CLIENTS: dict[str, tuple[Built, ...]] = {
    "good": (_leaf(TRUSTED, CLIENT_AUTH), TRUSTED),
    "both purposes": (_leaf(TRUSTED, SERVER_AUTH, CLIENT_AUTH), TRUSTED),
    "serverAuth": (_leaf(TRUSTED, SERVER_AUTH), TRUSTED),
    "expired": (_leaf(TRUSTED, CLIENT_AUTH, span=_ONCE), TRUSTED),
    "serverAuth and expired": (_leaf(TRUSTED, SERVER_AUTH, span=_ONCE), TRUSTED),
    "stranger": (_leaf(STRANGER, CLIENT_AUTH), STRANGER),
    "no digitalSignature": (_leaf(TRUSTED, CLIENT_AUTH, key_usage=("nonRepudiation",)), TRUSTED),
    "nothing": (),
}
"""What a client presents, leaf first."""

SAYS: dict[tuple[str, str], set[int]] = {
    ("openssl", "serverAuth"): {43},
    ("openssl", "expired"): {45},
    ("openssl", "serverAuth and expired"): {43},
    ("openssl", "stranger"): {48},
    ("openssl", "no digitalSignature"): {43},
    ("openssl", "nothing"): {40},
    # Since 1.21 Go tells expired (45) and unknown issuers (48) apart.
    ("go", "serverAuth"): {42},
    ("go", "expired"): {42, 45},
    ("go", "serverAuth and expired"): {42, 45},
    ("go", "stranger"): {42, 48},
    ("go", "nothing"): {42},
    ("java", "serverAuth"): {46},
    ("java", "expired"): {46},
    ("java", "serverAuth and expired"): {46},
    ("java", "stranger"): {46},
    ("java", "no digitalSignature"): {46},
    ("java", "nothing"): {42},
    ("nss", "serverAuth"): {46},
    ("nss", "expired"): {45},
    ("nss", "serverAuth and expired"): {45},
    ("nss", "stranger"): {48},
    ("nss", "no digitalSignature"): {46},
    ("nss", "nothing"): {42},
}
"""The alerts that a server in mode ``strict`` may send in TLS 1.2."""

FITS: dict[str, tuple[str, ...]] = {
    "serverAuth": ("eku",),
    "expired": ("validity",),
    "stranger": ("issuer",),
    "no digitalSignature": ("key_usage",),
}
"""The causes to be named where a chain has one fault."""

SOFTWARE = {"openssl": "OpenSSL", "go": "Go", "java": "Java", "nss": "NSS"}
"""What the shape of a server's request tells of it."""

MAY_BE = (
    ". It is likely OpenSSL underneath: of the products that were run, Mumble server and syslog-ng look at no EKU; "
    "Prosody (between servers) asks for serverAuth"
)
"""What is said where OpenSSL alone would have refused."""

ACCEPTS = [
    *((name, case) for name in PEERS for case in ("good", "both purposes")),
    ("go", "no digitalSignature"),
]
"""What a server in mode ``strict`` takes."""

_CLEANING = contextlib.ExitStack()


@functools.cache
def _port(name: str, mode: Mode, version: Version) -> tuple[int, Path]:
    """A server that runs until the tests of this module are over, and its directory."""
    peer = PEERS[name]
    missing = [command for command in peer.commands if shutil.which(command) is None]
    if missing:
        if os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(f"{', '.join(missing)} is required and not installed")
        pytest.skip(f"{', '.join(missing)} is not installed")
    directory = Path(_CLEANING.enter_context(tempfile.TemporaryDirectory()))
    write_identity(directory, SERVER, (TRUSTED,))
    return _CLEANING.enter_context(running(peer, directory, mode, version)), directory


@pytest.fixture(scope="module", autouse=True)
def servers() -> Iterator[None]:
    """Ends every server that a test started."""
    yield
    _CLEANING.close()
    _port.cache_clear()
    _flow.cache_clear()


@functools.cache
def _flow(name: str, mode: Mode, case: str, version: Version = "1.2") -> Flow:
    port, directory = _port(name, mode, version)
    identity = None
    if CLIENTS[case]:
        identity = directory / f"{case.replace(' ', '-')}.pem"
        identity.write_bytes(b"".join([*(built.pem for built in CLIENTS[case]), CLIENTS[case][0].key_pem]))
    (flow,) = flows_in(recorded(port, identity, version))
    return flow


def _said(flow: Flow, *about: str) -> list[Statement]:
    return [each for each in correlate(flow) if each.about in about]


def _refusal(flow: Flow) -> Statement:
    (statement,) = [each for each in correlate(flow) if each.about.startswith("refused")]
    return statement


@pytest.mark.parametrize(("name", "case"), SAYS)
def test_the_server_says_what_the_table_says(name: str, case: str) -> None:
    flow = _flow(name, "strict", case)
    (alert,) = flow.alerts
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert alert.code in SAYS[name, case]
    assert flow.outcome_basis == f"fatal alert {alert_name(alert.code)} ({alert.code})"


@pytest.mark.parametrize(("name", "case"), [key for key in SAYS if key[1] in FITS])
def test_a_refusal_for_one_fault_names_it_and_nothing_else(name: str, case: str) -> None:
    flow = _flow(name, "strict", case)
    statement = _refusal(flow)
    (alert,) = flow.alerts
    assert statement.causes == FITS[case]
    assert statement.frames == (flow.presented[-1].frame, alert.frame)
    assert statement.text.startswith(
        f"server refused with {alert_name(alert.code)} ({alert.code}) right after the client Certificate;"
        f" this server is likely {SOFTWARE[name]}"
    )
    assert ": what is sent by " in statement.text
    assert "One thing in this chain fits: " in statement.text
    assert not statement.hint


@pytest.mark.parametrize("name", PEERS)
def test_a_refusal_for_the_eku_is_predicted_by_the_server_s_own_book(name: str) -> None:
    statement = _refusal(_flow(name, "strict", "serverAuth"))
    assert name in statement.agree
    assert statement.disagree == ("gnutls",)
    assert f"Rule-book {name} predicts the refusal by rule {name}/leaf-eku" in statement.text
    assert "the leaf lists serverAuth, not clientAuth" in statement.text


def test_only_the_alert_of_openssl_leaves_the_eku_alone() -> None:
    """42 and 46 also stand for what no capture shows, so that the EKU fits and is not called the cause."""
    about = {name: _refusal(_flow(name, "strict", "serverAuth")).about for name in PEERS}
    assert about == {
        "openssl": "refused_for_eku",
        "go": "refused_after_certificate",
        "java": "refused_after_certificate",
        "nss": "refused_after_certificate",
    }
    for name in ("go", "java", "nss"):
        assert "A capture cannot rule out an issuer that the peer does not trust" in (
            _refusal(_flow(name, "strict", "serverAuth")).text
        )


@pytest.mark.parametrize("name", PEERS)
def test_two_faults_at_once_are_both_named(name: str) -> None:
    flow = _flow(name, "strict", "serverAuth and expired")
    statement = _refusal(flow)
    assert set(statement.causes) == {"eku", "validity"}
    assert "the leaf lists serverAuth, not clientAuth" in statement.text
    assert "certificate #0 expired 1,904 days earlier" in statement.text
    assert [each.text for each in _said(flow, "expired")] == [
        "client certificate #0, when it was presented: expired 1,904 days earlier"
    ]
    (alert,) = flow.alerts
    # 43 stands for the EKU and 45 for the date; the other alerts stand for both.
    besides = {43: "it: certificate #0 expired", 45: "it: the leaf lists serverAuth"}.get(alert.code)
    if besides is None:
        assert "2 things in this chain fit: " in statement.text
        assert "Also wrong" not in statement.text
    else:
        assert f"Also wrong, though this alert does not stand for {besides}" in statement.text


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("case", ["expired", "stranger"])
def test_the_eku_is_not_named_where_it_fits(name: str, case: str) -> None:
    statement = _refusal(_flow(name, "strict", case))
    assert statement.about == "refused_after_certificate"
    assert statement.agree == statement.disagree == ()
    assert "EKU" not in statement.text.partition(". ")[2]


@pytest.mark.parametrize("name", PEERS)
def test_a_client_without_a_certificate_is_refused_for_that(name: str) -> None:
    flow = _flow(name, "strict", "nothing")
    assert client_certificate_state(flow) == "declined"
    assert [each.about for each in correlate(flow)] == ["refused_no_certificate", "declined"]
    refused, declined = correlate(flow)
    assert declined.causes == refused.causes == ("no_certificate",)
    assert "the server refused. Likely causes: it has none configured; " in declined.text
    assert "it withholds one without clientAuth, as .NET and Schannel do" in declined.text
    # The request tells whose software it is, where others send the same.
    senders = {
        "openssl": "OpenSSL",
        "go": "Go up to 1.24",
        "java": "Java 17 (Tomcat, Jetty)",
        "nss": "NSS",
    }
    assert refused.text.endswith(f"none came, which is what is sent by {senders[name]} where one is required")


@pytest.mark.parametrize("name", PEERS)
def test_a_client_without_a_certificate_may_go_on(name: str) -> None:
    flow = _flow(name, "asking", "nothing")
    assert (flow.outcome, client_certificate_state(flow)) == ("completed", "declined")
    assert [each.about for each in correlate(flow)] == ["declined"]
    (statement,) = correlate(flow)
    told = flow.client_certificate_accepted
    assert ("the server went on without one" in statement.text) is (told is True)
    assert ("whether the server takes that cannot be told" in statement.text) is (told is None)


@pytest.mark.parametrize("name", [name for name, peer in PEERS.items() if "lax" in peer.modes])
def test_the_same_server_without_eku_checks(name: str) -> None:
    """Whether it answered before the connection was closed depends on the peer: without an answer nothing is accepted."""
    flow = _flow(name, "lax", "serverAuth")
    assert flow.outcome == "completed"
    (statement,) = correlate(flow)
    assert statement.causes == ("eku",)
    if flow.client_certificate_accepted is None:
        assert statement.about == "acceptance_unknown"
        return
    assert statement.about == "accepted_despite_eku"
    assert statement.text == (
        "accepted although clientAuth is missing (the leaf lists serverAuth, not clientAuth): this server does not "
        "enforce the EKU, or does not verify client certificates at all"
        + (MAY_BE if name == "openssl" else "")
    )
    assert name in statement.disagree
    assert statement.agree == ("gnutls",)


@pytest.mark.parametrize(("name", "case"), ACCEPTS)
def test_nothing_is_said_of_a_chain_that_fits(name: str, case: str) -> None:
    flow = _flow(name, "strict", case)
    assert (flow.outcome, client_certificate_state(flow)) == ("completed", "presented")
    assert correlate(flow) == ()


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("case", ["serverAuth", "expired", "stranger", "nothing"])
def test_in_tls13_a_refusal_is_seen_and_not_its_reason(name: str, case: str) -> None:
    """43 to 48, and 116 for want of a certificate: all of them encrypted."""
    flow = _flow(name, "strict", case, "1.3")
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert flow.outcome_evidence == "encrypted_alert"
    assert client_certificate_state(flow) == "hidden"
    assert flow.presented == ()
    refused, hint = correlate(flow)
    assert (refused.about, refused.text) == (
        "refused",
        "server refused with an alert that is encrypted. The client certificate cannot be seen (tls13_encrypted)",
    )
    assert refused.causes == refused.agree == refused.disagree == ()
    assert (hint.about, hint.hint) == ("hint_client_certificate", True)
    seems = (
        "as long as an empty Certificate: asked for one, the client seems to have had none to show"
        if case == "nothing"
        else "long enough for a certificate: the client seems to have presented one"
    )
    assert hint.text.endswith(seems)


@pytest.mark.parametrize("name", PEERS)
def test_in_tls13_a_client_that_is_taken_gets_an_answer(name: str) -> None:
    flow = _flow(name, "strict", "good", "1.3")
    assert flow.outcome == "completed"
    assert flow.outcome_basis.startswith("inferred")
    assert [each.about for each in correlate(flow)] == ["hint_client_certificate"]


@pytest.mark.parametrize("name", [name for name, peer in PEERS.items() if "lax" in peer.modes])
def test_in_tls13_nobody_is_said_to_accept_what_is_not_seen(name: str) -> None:
    flow = _flow(name, "lax", "serverAuth", "1.3")
    assert flow.outcome == "completed"
    assert [each.about for each in correlate(flow)] == ["hint_client_certificate"]
