"""What captures show of a request and its answer reaches ``Request.matches``."""

from __future__ import annotations

from pathlib import Path

import pytest

import tlseku
from tests.conftest import PROJECT
from tlseku.policy.request_match import CHECKS, Match

OWN = PROJECT / "captures"


def requests_of(path: Path) -> list[tlseku.Request]:
    return [request for flow in tlseku.read(str(path)) for request in flow.requests]


@pytest.mark.parametrize(
    "name", ["scenario1.pcap.gz", "scenario2.pcap.gz", "test-case-1.pcap", "no-eku.pcap"]
)
def test_every_check_of_a_presented_chain(name: str) -> None:
    (request,) = requests_of(OWN / name)
    assert request.answer == "presented"
    assert tuple(request.matches) == CHECKS
    assert {match.ok for match in request.matches.values()} == {True}


def test_an_empty_list_is_held_against_nothing() -> None:
    (request,) = requests_of(OWN / "declined.pcap")
    assert (request.answer, request.matches) == ("empty", {})


def test_a_client_that_ignores_the_authorities(shared_captures: Path) -> None:
    (request,) = requests_of(shared_captures / "cve-2022-3602-spookyssl-merged.pcap")
    assert request.matches["issuer_in_authorities"] == Match(
        False, "no certificate of the chain is issued by the CA named"
    )
    assert [name for name, match in request.matches.items() if match.ok is not True] == [
        "issuer_in_authorities"
    ]


def test_ssl_3_knows_no_signature_algorithms(shared_captures: Path) -> None:
    (request,) = requests_of(shared_captures / "arkime-ssl-selfsign.pcap")
    assert request.matches["signature_algorithm"] == Match(True, "the request names no signature algorithms")
    assert request.matches["issuer_in_authorities"].ok is True
