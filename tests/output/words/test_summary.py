"""The summary line: everything that was read or passed over is in it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.output.samples import DECLINED, EVERY, SUMMARY, TLS13, flow
from tlseku.flow import Summary
from tlseku.output.words.summary import (
    hidden_flows,
    in_order,
    is_unread,
    summary_line,
    unread_words,
    unseen_line,
    unseen_to_dict,
)


def test_line() -> None:
    counts = Counter(word for sample in EVERY for word in sample.verdicts)
    assert summary_line(SUMMARY, in_order(counts)) == (
        "7 TLS flows in 9 TCP connections (5 ok, 1 unrestricted, 1 any, 1 wrong, 1 empty, 1 declined,"
        " 1 incomplete, 1 unreadable, 2 hidden); 15,023 packets read from 2 files, skipped: 311 not TCP, 12 not IP;"
        " limits reached: 3 half-open handshakes"
    )


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (Summary(), "0 TLS flows in 0 TCP connections; 0 packets read from 0 files"),
        (
            Summary(files=1, packets=1, connections=1, flows=1),
            "1 TLS flow in 1 TCP connection; 1 packet read",
        ),
    ],
)
def test_small_numbers(summary: Summary, line: str) -> None:
    assert summary_line(summary, {}) == line


def test_verdicts_of_a_flow() -> None:
    assert TLS13.verdicts == ("hidden",)
    assert DECLINED.verdicts == ("unrestricted", "declined")
    assert flow().verdicts == ()


SEEN = Summary(packets=9, skipped={"not IP": 4, "not TCP": 5, "QUIC": 0}, limits={"streams": 0})
NOT_SEEN = Summary(
    skipped={"not TCP": 5, "DTLS": 1, "unknown link type 147 (USER0)": 20},
    limits={"half-open handshakes": 2},
    damage=("a damaged or cut capture",),
)


def test_what_holds_no_certificate_is_no_gap() -> None:
    assert not is_unread(SEEN)
    assert unread_words(SEEN) == []
    assert unseen_line(SEEN, 0) is None
    assert unseen_to_dict(SEEN, 0) == {"hidden_flows": 0, "skipped": {}, "limits": {}, "damage": []}


@pytest.mark.parametrize(
    "summary",
    [
        Summary(skipped={"fragment of an IP datagram": 1}),
        Summary(skipped={"headers cut by the snaplen": 1}),
        Summary(skipped={"payload cut by the snaplen": 1}),
        Summary(limits={"half-open handshakes": 1}),
        Summary(damage=("a key log that cannot be opened",)),
    ],
)
def test_each_gap_is_one(summary: Summary) -> None:
    assert is_unread(summary)
    assert not is_unread(SEEN)


def test_what_was_not_seen_in_words_and_for_json() -> None:
    assert unseen_line(NOT_SEEN, 1, "a certificate") == (
        "not seen: 1 flow hides a certificate; 1 packet: DTLS; 20 packets: unknown link type 147 (USER0);"
        " limit reached 2 times: half-open handshakes; a damaged or cut capture"
    )
    assert unseen_to_dict(NOT_SEEN, 3) == {
        "hidden_flows": 3,
        "skipped": {"DTLS": 1, "unknown link type 147 (USER0)": 20},
        "limits": {"half-open handshakes": 2},
        "damage": ["a damaged or cut capture"],
    }


def test_the_line_says_what_a_filter_may_have_missed() -> None:
    summary = Summary(files=1, packets=9, connections=3, flows=3, damage=("a damaged or cut capture",))
    assert summary_line(summary, {}, 0, 2) == (
        "0 of 3 TLS flows in 3 TCP connections; 9 packets read; 2 flows left out may hide what is looked for;"
        " not read: a damaged or cut capture"
    )


def test_hidden_flows() -> None:
    assert hidden_flows([TLS13, DECLINED, TLS13]) == 2
