"""Two captures, flow against flow: who is paired with whom, and what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CH,
    CKE,
    DONE,
    GOOD,
    NO_CERT,
    RESTRICTED,
    ROOT,
    S_FIN,
    SERVER,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    S,
    alerts,
    presenting,
)
from tests.dialogues import flow_of
from tlseku.correlation.two_captures import LEVELS, ONLY_ONES, Comparison, Pair, compare
from tlseku.flow import Endpoint, Flow

WORKS = flow_of(*presenting(GOOD, ROOT), S_FIN)
FAILS = flow_of(*presenting(WRONG, ROOT), alerts(S, 43))


def named(number: int, client: str, server: str, port: int, sni: str | None) -> Flow:
    return replace(
        WORKS, number=number, client=Endpoint(client, 40000 + number), server=Endpoint(server, port), sni=sni
    )


def pairs(found: Comparison) -> list[tuple[int, int, str]]:
    return [(pair.a.number, pair.b.number, pair.matched_by) for pair in found.pairs]


def differences(a: Flow, b: Flow) -> dict[str, tuple[str | None, str | None]]:
    (pair,) = compare([a], [b]).pairs
    return {each.name: (each.a, each.b) for each in pair.differences}


BASE = named(1, "192.0.2.1", "198.51.100.1", 5061, "a.example")
PAIRED: dict[str, tuple[Flow, str]] = {
    "the same": (named(9, "192.0.2.1", "198.51.100.1", 5061, "a.example"), "client, server, port and SNI"),
    "another client": (named(9, "192.0.2.2", "198.51.100.1", 5061, "a.example"), "server, port and SNI"),
    "another name": (named(9, "192.0.2.1", "198.51.100.1", 5061, "b.example"), "client, server and port"),
    "another client and name": (named(9, "192.0.2.2", "198.51.100.1", 5061, None), "server and port"),
    "another server": (named(9, "192.0.2.2", "198.51.100.2", 5061, "a.example"), "SNI and port"),
    "another server and name": (named(9, "192.0.2.1", "198.51.100.2", 5061, None), "client and port"),
    "the port alone": (named(9, "192.0.2.2", "198.51.100.2", 5061, None), "port"),
    "nothing": (named(9, "192.0.2.2", "198.51.100.2", 443, None), ONLY_ONES),
}


@pytest.mark.parametrize("case", PAIRED)
def test_what_two_flows_are_paired_by(case: str) -> None:
    other, matched_by = PAIRED[case]
    found = compare([BASE], [other])
    assert pairs(found) == [(1, 9, matched_by)]
    assert pairs(compare([other], [BASE])) == [(9, 1, matched_by)]


def test_every_level_is_tested() -> None:
    assert [name for name, _ in LEVELS] + [ONLY_ONES] == [by for _, by in PAIRED.values()]


def test_the_best_match_wins_over_the_first() -> None:
    a = [
        named(1, "192.0.2.1", "198.51.100.1", 5061, None),
        named(2, "192.0.2.1", "198.51.100.1", 5061, "a.example"),
    ]
    b = [
        named(1, "192.0.2.1", "198.51.100.1", 5061, "a.example"),
        named(2, "192.0.2.9", "198.51.100.1", 5061, None),
    ]
    assert pairs(compare(a, b)) == [(1, 2, "server and port"), (2, 1, "client, server, port and SNI")]


def test_repeated_connections_are_paired_in_their_order() -> None:
    a = [named(number, "192.0.2.1", "198.51.100.1", 5061, None) for number in (1, 2, 3)]
    b = [named(number, "192.0.2.1", "198.51.100.1", 5061, None) for number in (4, 5)]
    found = compare(a, b)
    assert [pair[:2] for pair in pairs(found)] == [(1, 4), (2, 5)]
    assert [flow.number for flow in found.only_a] == [3]
    assert found.only_b == ()
    assert found.different


def test_names_without_sni_are_no_common_name() -> None:
    a, b = (
        named(1, "192.0.2.1", "198.51.100.1", 5061, None),
        named(2, "192.0.2.2", "198.51.100.2", 5061, None),
    )
    assert pairs(compare([a], [b])) == [(1, 2, "port")]


def test_what_has_nothing_in_common_is_left_over_if_there_is_more() -> None:
    a = [named(1, "192.0.2.1", "198.51.100.1", 5061, None), named(2, "192.0.2.1", "198.51.100.1", 22, None)]
    b = [named(3, "192.0.2.2", "198.51.100.2", 443, None)]
    found = compare(a, b)
    assert (pairs(found), [f.number for f in found.only_a], [f.number for f in found.only_b]) == (
        [],
        [1, 2],
        [3],
    )


@pytest.mark.parametrize(("a", "b"), [([], []), ([WORKS], []), ([], [WORKS])])
def test_an_empty_side(a: list[Flow], b: list[Flow]) -> None:
    found = compare(a, b)
    assert (found.pairs, found.only_a, found.only_b) == ((), tuple(a), tuple(b))
    assert found.different is bool(a or b)


def test_a_flow_is_like_itself() -> None:
    found = compare([WORKS, FAILS], [WORKS, FAILS])
    assert not found.different
    assert [len(pair.differences) for pair in found.pairs] == [0, 0]
    assert all(len(pair.aspects) == 21 for pair in found.pairs)


def test_client_ports_and_times_are_no_difference() -> None:
    later = replace(
        WORKS, number=7, start=WORKS.start + 10**12, client=Endpoint(WORKS.client.ip, 1), file="b"
    )
    assert differences(WORKS, later) == {}


def test_working_against_failing() -> None:
    found = differences(WORKS, FAILS)
    leaves = found.pop("client leaf")
    assert leaves == (
        f"1234, CN=leaf.example, SHA-256 {WORKS.presented[1].chain[0].sha256[:16]}",
        f"1234, CN=leaf.example, SHA-256 {FAILS.presented[1].chain[0].sha256[:16]}",
    )
    assert found == {
        "client EKU": ("serverAuth, clientAuth", "serverAuth"),
        "client verdict": ("ok", "wrong"),
        "client effective EKU": ("serverAuth, clientAuth", "serverAuth, broken at certificate 0"),
        "outcome": ("completed", "refused by server with unsupported_certificate (43)"),
        "adds up to": (None, "refused_for_eku"),
    }


DIFFERS = {
    "declined": (
        flow_of(*ASKED, NO_CERT, CKE, C_FIN, S_FIN),
        {
            "client leaf": "declined",
            "client EKU": None,
            "client verdict": None,
            "client effective EKU": None,
            "client chain": None,
            "client certificate": "declined",
            "answer": "empty",
            "adds up to": "declined",
        },
    ),
    "not asked": (
        flow_of(CH, SH, SERVER, SKE, DONE, CKE, C_FIN, S_FIN),
        {
            "client leaf": None,
            "client EKU": None,
            "client verdict": None,
            "client effective EKU": None,
            "client chain": None,
            "client certificate": "not_requested",
            "answer": None,
            "CAs asked for": None,
            "kinds asked for": None,
        },
    ),
    "the chain": (
        flow_of(*presenting(GOOD), S_FIN),
        {"client chain": "the leaf alone"},
    ),
    "not finished": (
        flow_of(*presenting(GOOD, ROOT), end=False),
        {"outcome": "incomplete"},
    ),
}


@pytest.mark.parametrize("case", DIFFERS)
def test_what_differs_from_a_flow_that_works(case: str) -> None:
    other, expected = DIFFERS[case]
    assert {name: b for name, (_, b) in differences(WORKS, other).items()} == expected


def test_an_issuer_that_restricts() -> None:
    found = differences(WORKS, flow_of(*presenting(RESTRICTED, SERVER_CA, ROOT), S_FIN))
    assert found["client effective EKU"] == ("serverAuth, clientAuth", "serverAuth, broken at certificate 1")
    assert found["client chain"] == ("CN=Test Root", "CN=Server CA, CN=Test Root")
    assert "client EKU" not in found
    assert "client verdict" not in found


def test_long_lists_that_differ_do_not_look_the_same() -> None:
    request = WORKS.requests[0]
    names = tuple(f"CN=CA {number}" for number in range(40))
    a = replace(WORKS, requests=(replace(request, authority_names=names),))
    b = replace(WORKS, requests=(replace(request, authority_names=(*names[:-1], "CN=CA X")),))
    found = differences(a, b)
    assert set(found) == {"CAs asked for"}
    shown_a, shown_b = found["CAs asked for"]
    assert shown_a is not None
    assert shown_b is not None
    assert shown_a.startswith("CN=CA 0, CN=CA 1, CN=CA 10, CN=CA 11, CN=CA 12 and 35 more (")
    assert shown_a != shown_b


def test_many_flows_take_little_time() -> None:
    flows = [named(number, "192.0.2.1", f"198.51.100.{number % 250}", 443, None) for number in range(3000)]
    assert len(compare(flows, list(reversed(flows))).pairs) == 3000


def test_a_pair_keeps_its_aspects_in_order() -> None:
    (pair,) = compare([WORKS], [FAILS]).pairs
    assert isinstance(pair, Pair)
    names = [each.name for each in pair.aspects]
    assert names[:5] == ["client", "server", "SNI", "version", "server leaf"]
    assert names[-2:] == ["outcome", "adds up to"]
