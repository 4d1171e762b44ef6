"""``tlseku.encoding.message_columns``: messages come out as they went in, and are small."""

from __future__ import annotations

import struct

import pytest

from tests.output.samples import EVERY
from tlseku.encoding.message_columns import read_messages, told_messages
from tlseku.encoding.trees import Tree, UnknownTree
from tlseku.flow import Message

START = 1772438400054956000

HELLOS = (
    Message(54, "client", "client_hello", 1, START, (54,)),
    Message(60, "server", "server_hello", 2, START + 2_000_000_000, (56, 57, 60)),
    Message(58, "server", "certificate", 11, START + 1_000, (), "b.pcap", True),
)


def test_outline_and_numbers() -> None:
    outline, numbers = told_messages(HELLOS)
    assert outline == (
        ("client", "client_hello", 1, None, False, 1),
        ("server", "server_hello", 2, None, False, 3),
        ("server", "certificate", 11, "b.pcap", True, 0),
    )
    assert numbers == (54, START, struct.pack("<8i", 0, 6, 2_000_000_000, -4, -3, 0, -2, -1_999_999_000))
    assert read_messages(outline, numbers) == HELLOS
    assert told_messages(HELLOS)[0] is outline


@pytest.mark.parametrize(
    "messages",
    [
        (),
        HELLOS[:1],
        HELLOS[2:],
        (HELLOS[0], Message(5 << 40 | 7, "unknown", "alert", -1, START + (1 << 40), (5 << 40 | 7, 1))),
        *[flow.messages for flow in EVERY],
    ],
    ids=len,
)
def test_they_come_out_as_they_went_in(messages: tuple[Message, ...]) -> None:
    outline, numbers = told_messages(messages)
    assert read_messages(outline, numbers) == messages
    assert isinstance(numbers, tuple)
    # As JSON has it.
    assert read_messages([list(each) for each in outline], list(numbers)) == messages


@pytest.mark.parametrize("numbers", [None, 7, b"", (), (1,), (1, 2, b"abc"), (1, 2, b"abcd"), (1, 2, b"")])
def test_numbers_of_nobody(numbers: Tree) -> None:
    outline, _ = told_messages(HELLOS)
    with pytest.raises(UnknownTree):
        read_messages(outline, numbers)
