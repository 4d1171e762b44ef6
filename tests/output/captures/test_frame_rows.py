"""What stands at which frame, as values."""

from __future__ import annotations

import pytest

from tests.output.samples import EVERY, REFUSED
from tlseku import read
from tlseku.output.captures.frame_rows import FrameRow, frame_line, frame_rows


def test_a_refused_handshake() -> None:
    (flow,) = read("captures/wrong-eku-refused.pcap", rule_books=())
    assert list(frame_rows(flow)) == [
        FrameRow(4, 1, outcome="refused by server"),
        FrameRow(6, 1, role="server", verdict="ok", serial="5a17c0de00000010", eku="serverAuth"),
        FrameRow(8, 1, role="client", verdict="wrong", serial="5a17c0de00000021", eku="serverAuth"),
        FrameRow(9, 1, outcome="refused by server"),
        FrameRow(9, 1, cause="the refusal fits the EKU and nothing else in the chain"),
    ]


def test_an_empty_list_has_a_verdict_and_no_serial() -> None:
    (flow,) = read("captures/declined.pcap", rule_books=())
    assert FrameRow(12, 1, role="client", verdict="declined") in list(frame_rows(flow))


@pytest.mark.parametrize("flow", EVERY, ids=lambda flow: str(flow.number))
def test_a_line_has_eight_cells_whatever_was_in_the_packets(flow) -> None:  # type: ignore[no-untyped-def]
    for row in frame_rows(flow):
        line = frame_line(row)
        assert line.endswith("\n")
        assert len(line[:-1].split("\t")) == 8
        assert line[:-1].isprintable() or set(line[:-1]) - {"\t"} == {
            character for character in line[:-1] if character.isprintable()
        }


def test_the_flow_is_named() -> None:
    assert {row.flow for row in frame_rows(REFUSED)} == {REFUSED.number}
