"""The layout of a ladder: which rung stands where, and what is written on it."""

from __future__ import annotations

import pytest

from tests.output.samples import (
    DAMAGED,
    DECLINED,
    EVERY,
    REFUSED,
    SCENARIO_1,
    START,
    TLS13,
    certificate,
    flow,
    message,
    presented,
)
from tlseku.flow import Alert, Flow, Hidden
from tlseku.output.pictures.ladder import SHOWN_NOTES, SHOWN_RUNGS, ladder

TLS13_HIDDEN = "hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them"


def rungs(value: Flow) -> list[tuple[str, int | None, str]]:
    return [(rung.role, rung.frame, rung.label) for rung in ladder(value).rungs]


def test_each_side_and_frame_is_a_rung() -> None:
    assert rungs(SCENARIO_1) == [
        ("client", 13699, "ClientHello"),
        ("server", 13701, "ServerHello"),
        ("server", 13711, "Certificate"),
        ("server", 13713, "ServerKeyExchange"),
        ("server", 13715, "CertificateRequest, ServerHelloDone"),
        (
            "client",
            13718,
            "Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, encrypted handshake",
        ),
        ("server", 13721, "ChangeCipherSpec, encrypted handshake"),
    ]


def test_what_is_written_below_a_certificate() -> None:
    notes = ladder(REFUSED).rungs[3].notes
    assert [(note.text, note.style, note.sign) for note in notes] == [
        ("wrong: a TLS client needs clientAuth; the leaf lists serverAuth", "wrong", "wrong"),
        ("#0 CN=edge.example", "strong", ""),
        ("   issuer CN=Example Issuing CA,O=Example,C=DE", "dim", ""),
        ("   serial 9c  EKU serverAuth", "dim", ""),
    ]


def test_the_alert_is_the_last_rung_and_stands_out() -> None:
    laid = ladder(REFUSED)
    last = laid.rungs[-1]
    assert (last.role, last.label, last.style) == (
        "server",
        "fatal alert unsupported_certificate (43)",
        "wrong",
    )
    assert laid.outcome.startswith("refused by server: ")
    assert laid.outcome_style == "wrong"


def test_times_count_from_the_beginning() -> None:
    assert [rung.since for rung in ladder(REFUSED).rungs] == [170_000, 190_000, 210_000, 230_000, 250_000]


@pytest.mark.parametrize(
    ("hidden", "place"),
    [
        ((Hidden("server_certificate", "tls13_encrypted"),), 2),
        ((Hidden("server_certificate", "resumed"),), 2),
        ((Hidden("server_hello", "segment_lost"),), 1),
        ((Hidden("client_hello", "starts_mid_handshake"),), 0),
        ((Hidden("client_hello", "ech"),), 1),
        ((Hidden("client_certificate", "segment_lost"),), 4),
        ((Hidden("certificate_request", "segment_lost"),), 2),
        ((Hidden("client_certificate", "capture_ends"),), 6),
        ((Hidden("client_certificate", "renegotiation_encrypted"),), 6),
        ((Hidden("alerts", "tls13_encrypted"),), 6),
    ],
)
def test_a_hidden_stretch_stands_where_it_would_have_been_seen(
    hidden: tuple[Hidden, ...], place: int
) -> None:
    value = flow(
        hidden=hidden,
        messages=(
            message(1, "client", "client_hello"),
            message(2, "server", "server_hello"),
            message(3, "server", "certificate"),
            message(4, "server", "server_hello_done"),
            message(5, "client", "client_key_exchange"),
            message(6, "client", "encrypted_handshake"),
        ),
    )
    kinds = [rung.kind for rung in ladder(value).rungs]
    assert kinds.index("hidden") == place
    assert kinds.count("hidden") == 1


def test_one_reason_is_one_stretch() -> None:
    assert rungs(TLS13) == [
        ("client", 4, "ClientHello"),
        ("server", 6, "ServerHello, ChangeCipherSpec"),
        ("unknown", None, TLS13_HIDDEN),
        ("server", 7, "application data"),
        ("client", 9, "application data"),
    ]


@pytest.mark.parametrize("value", [SCENARIO_1, REFUSED, DECLINED])
def test_nothing_is_hidden_where_all_is_seen(value: Flow) -> None:
    assert [rung for rung in ladder(value).rungs if rung.kind == "hidden"] == []


def test_only_what_is_encrypted_is_marked_so() -> None:
    assert [rung.encrypted for rung in ladder(TLS13).rungs] == [False, False, False, True, True]
    assert [rung.encrypted for rung in ladder(SCENARIO_1).rungs] == [False] * 6 + [True]


def test_an_encrypted_alert_is_no_alarm() -> None:
    value = flow(
        messages=(message(9, "server", "alert"),), alerts=(Alert(9, "server", -1, -1, None, START, True),)
    )
    rung = ladder(value).rungs[0]
    assert (rung.label, rung.style, rung.encrypted) == ("encrypted alert", "", True)


def test_an_unfinished_chain_says_so() -> None:
    notes = [note.text for rung in ladder(DAMAGED).rungs for note in rung.notes]
    assert "the list is cut: more certificates followed" in notes


def test_what_is_left_out_is_counted() -> None:
    many = tuple(
        message(n, "client" if n % 2 else "server", "certificate_verify") for n in range(SHOWN_RUNGS + 7)
    )
    laid = ladder(flow(messages=many))
    assert (len(laid.rungs), laid.rungs_left_out) == (SHOWN_RUNGS, 7)
    chains = tuple(presented("client", 5, (certificate(n),)) for n in range(30))
    notes = ladder(flow(presented=chains)).rungs[0].notes
    assert len(notes) == SHOWN_NOTES
    assert notes[-1].text == "and 97 more lines"


@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_every_kind_of_flow_can_be_laid_out(value: Flow) -> None:
    laid = ladder(value)
    assert laid.title == f"Flow {value.number} of {value.file}"
    assert sum(len(each.frames) > 0 for each in value.presented) <= sum(
        note.text.startswith(
            ("ok:", "wrong:", "any:", "empty:", "declined:", "unrestricted:", "incomplete:", "unreadable:")
        )
        for rung in laid.rungs
        for note in rung.notes
    )
