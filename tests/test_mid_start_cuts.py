"""Where a capture begins with the server's flight, how that is cut into records makes no difference to what is shown."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dialogues import flows_in
from tests.tls import written
from tests.wire import Talk

SAID = written.recording("no-eku")
FLIGHT = b"".join(each.content for each in written.records_of(SAID[1][1]))


def shown(cuts: list[int], size: int, first: int = 1) -> list[tuple[str, list[str]]]:
    """Roles and digests in a capture that begins with the server's flight, cut into records there."""
    edges = [0, *sorted(cuts), len(FLIGHT)]
    records = b"".join(written.record(22, FLIGHT[a:b]) for a, b in pairwise(edges) if a < b)
    talk = Talk()
    for index, (side, data) in enumerate(SAID):
        if index >= first:
            talk.send_in(side, records if index == 1 else data, size)
    (flow,) = flows_in(talk.frames())
    return [(each.role, [cert.sha256 for cert in each.chain]) for each in flow.presented]


WHOLE = shown([], 20_000)
ANYWHERE = st.lists(st.integers(1, len(FLIGHT) - 1), unique=True, max_size=12)


def test_there_is_something_to_be_seen() -> None:
    assert [role for role, _ in WHOLE] == ["server", "client"]


@settings(max_examples=60)
@given(ANYWHERE, st.sampled_from([1460, 20_000]))
@example([1], 20_000)
@example([4], 20_000)
@example(list(range(1, 60)), 20_000)
def test_any_cut_of_records(cuts: list[int], size: int) -> None:
    assert shown(cuts, size) == WHOLE


@given(st.lists(st.binary(min_size=1, max_size=80), max_size=8))
def test_ciphertext_is_no_certificate(contents: list[bytes]) -> None:
    """Records of handshake type that hold anything, as ciphertext does, between two that are plainly TLS."""
    records = b"".join(written.record(22, each) for each in contents)
    talk = Talk().send(1, written.CCS + written.finished() + records + written.application_data())
    assert [each.presented for each in flows_in(talk.frames())] == [()]
    talk = Talk().send(1, records + written.application_data())
    for flow in flows_in(talk.frames()):
        assert all(each.role == "unknown" and not each.chain for each in flow.presented)
