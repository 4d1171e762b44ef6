"""``tlseku.handshake.sealed_records``: few records decide the outline that ``tls13_outline`` reads from all."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlseku.handshake.length_hints import ProtectedRecord, outline
from tlseku.handshake.sealed_records import MAX_OUTLINES, Closer, Outlines, SealedRecords

AES = 0x1301
# Lengths that mean something: Finished, an empty Certificate, both, an alert, and others.
LENGTHS = st.sampled_from([19, 25, 35, 53, 61, 69, 100, 216, 217, 1400])
CLOSERS: list[Closer] = [None, *get_args(get_args(Closer)[0])]


def sealed(*each: tuple[bool, int, int]) -> SealedRecords:
    records = SealedRecords()
    for from_client, length, frame in each:
        records.add(from_client, length, frame)
    return records


@settings(max_examples=500)
@given(
    st.lists(st.tuples(st.booleans(), LENGTHS), max_size=8),
    st.sampled_from([AES, 0x1302, 0x1305]),
    st.booleans(),
    st.sampled_from(CLOSERS),
)
def test_the_same_is_said_as_by_all_records(
    said: list[tuple[bool, int]], cipher: int, plain: bool, closed_by: Closer
) -> None:
    numbered = [(from_client, length, 10 + number) for number, (from_client, length) in enumerate(said)]
    full = outline(
        [ProtectedRecord(*each) for each in numbered],
        cipher,
        may_hint_at_certificate=plain,
        closed_by=closed_by,
    )
    frames = [10 + number for number in range(len(said))]
    listed = len(frames)
    found = Outlines().of(sealed(*numbered), cipher, plain, closed_by, frames)
    expected: list[object] = [full.outcome, full.basis]
    for hint in full.hints:
        expected += [hint.text, *(frame - 10 for frame in hint.frames)]
    assert list(found) == expected
    assert frames[listed:] == [frame for hint in full.hints for frame in hint.frames]


def test_a_frame_that_is_not_listed_goes_to_the_end() -> None:
    frames = [1, 2]
    records = sealed((False, 100, 2), (True, 300, 7))
    outcome, basis, text, place = Outlines().of(records, AES, True, None, frames)
    assert (outcome, place, frames) == ("unknown", -1, [1, 2, 7])
    assert "300 bytes" in str(text)
    assert basis == "TLS 1.3: what came after ServerHello is encrypted"


@pytest.mark.parametrize("records", [(), ((True, 53, 1),), ((False, 53, 1),)])
def test_without_a_last_flight_nothing_is_said(records: tuple[tuple[bool, int, int], ...]) -> None:
    assert Outlines().of(sealed(*records), AES, True, "server", []) == (None, "")


def test_outlines_are_kept_within_a_bound() -> None:
    outlines = Outlines()
    for length in range(MAX_OUTLINES + 10):
        outlines.of(sealed((False, 1, 1), (True, length, 2)), AES, True, None, [1, 2])
    assert 0 < len(outlines._kept) <= MAX_OUTLINES
