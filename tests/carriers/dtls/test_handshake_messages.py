"""Handshake messages out of the pieces in DTLS records."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.dtls.written import certificate, client_hello, fragment
from tlseku.carriers.carrier import DATAGRAM_LOST
from tlseku.carriers.dtls import handshake_messages
from tlseku.carriers.dtls.handshake_messages import (
    MessageAssembler,
    read_fragments,
    without_cookie,
)
from tlseku.errors import Malformed
from tlseku.tls.hello import read_client_hello
from tlseku.tls.message import Message

BODY = bytes(range(200))


def said(assembler: MessageAssembler, *contents: bytes) -> list[Message]:
    """What comes out of contents of records, each in a frame of its own from 1."""
    found = []
    for frame, content in enumerate(contents, 1):
        found += assembler.content(b"x" + content + b"x", 1, 1 + len(content), frame, frame * 10)
    return found


def shown(messages: list[Message]) -> list[tuple[int, bytes, int, tuple[int, ...], str | None]]:
    return [(each.kind, each.body, each.frame, each.frames, each.cut) for each in messages]


def test_a_message_in_pieces_stands_in_the_frame_of_its_last() -> None:
    pieces = [fragment(11, 2, BODY, at, 80) for at in (0, 80, 160)]
    assert shown(said(MessageAssembler(1, False), *pieces)) == [(11, BODY, 3, (1, 2, 3), None)]


def test_messages_share_a_record() -> None:
    content = fragment(2, 1, b"hello") + fragment(11, 2, BODY) + fragment(14, 3, b"")
    found = said(MessageAssembler(1, False), content)
    assert shown(found) == [(2, b"hello", 1, (1,), None), (11, BODY, 1, (1,), None), (14, b"", 1, (1,), None)]
    assert {(each.side, each.opened) for each in found} == {(1, False)}


def test_a_retransmission_has_other_borders() -> None:
    first = [fragment(11, 0, BODY, 0, 90), fragment(11, 0, BODY, 150, 50)]
    again = [fragment(11, 0, BODY, 0, 60), fragment(11, 0, BODY, 60, 100), fragment(11, 0, BODY, 160, 40)]
    assembler = MessageAssembler(0, False)
    assert shown(said(assembler, *first, *again)) == [(11, BODY, 4, (1, 2, 4), None)]
    assert assembler.take_problems() == []


def test_what_comes_again_whole_is_passed_over() -> None:
    assembler = MessageAssembler(0, False)
    assert len(said(assembler, *[fragment(16, 3, BODY)] * 5)) == 1
    assert (assembler.take_problems(), assembler.missing()) == ([], 3)


def test_a_verify_request_has_no_place_among_the_numbers() -> None:
    contents = fragment(3, 0, b"\xfe\xff\1a"), fragment(2, 0, b"hello"), fragment(11, 1, BODY)
    assembler = MessageAssembler(1, False)
    assert [each.kind for each in said(assembler, *contents)] == [3, 2, 11]
    assert (assembler.take_problems(), assembler.missing()) == ([], 0)


@pytest.mark.parametrize(
    ("seqs", "missing"),
    [((0, 1, 2), 0), ((1, 2, 3), 0), ((1, 3), 1), ((0, 5), 4), ((), 0)],
)
def test_how_many_messages_are_missing(seqs: tuple[int, ...], missing: int) -> None:
    assembler = MessageAssembler(0, False)
    said(assembler, *[fragment(2 if seq == min(seqs) else 11, seq, BODY) for seq in seqs])
    assert assembler.missing() == missing


def test_what_never_becomes_whole_is_cut() -> None:
    assembler = MessageAssembler(0, False)
    assert said(assembler, fragment(11, 4, BODY, 0, 50), fragment(11, 4, BODY, 90, 50)) == []
    assert assembler.held == 100
    assert shown(assembler.close(90, DATAGRAM_LOST)) == [(11, BODY[:50], 2, (1, 2), DATAGRAM_LOST)]
    assert (assembler.held, assembler.close(90, DATAGRAM_LOST)) == (0, [])


def test_a_later_handshake_counts_from_0_again() -> None:
    contents = fragment(20, 0, bytes(12)), fragment(1, 0, client_hello()), fragment(20, 1, bytes(12))
    opened = MessageAssembler(0, True)
    assert [each.kind for each in said(opened, *contents)] == [20, 1, 20]
    assert opened.take_problems() == []


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        ([fragment(11, 0, BODY), fragment(12, 0, BODY)], "message_seq 0 was used for two messages"),
        (
            [fragment(11, 0, BODY, 0, 9), fragment(11, 0, BODY + b"x", 9, 9)],
            "message_seq 0 was used for two messages",
        ),
        (
            [fragment(11, 0, BODY, 0, 9), fragment(11, 0, bytes(200), 5, 50)],
            "pieces of message_seq 0 contradict each other",
        ),
        ([b"\x0b\0\0"], "malformed at byte 0: expected the header of a handshake message (12 bytes, 3 left)"),
        (
            [fragment(14, 0, b"") + fragment(11, 0, BODY)[:-1]],
            "malformed at byte 12: expected a piece of 200 bytes (199 left)",
        ),
        (
            [fragment(11, 0, BODY, 0, 9)[:8] + b"\xff" + fragment(11, 0, BODY, 0, 9)[9:]],
            "malformed at byte 0: expected a piece inside a message of 200 bytes",
        ),
        (
            [b"\x0b\xff\xff\xff\0\0\0\0\0\0\0\1x"],
            "malformed at byte 0: expected a piece inside a message of 16777215 bytes",
        ),
        (
            [fragment(1, 0, b"\xfe\xfd")],
            "ClientHello: malformed at byte 0: expected client_version and random",
        ),
    ],
)
def test_what_is_wrong_is_told_once(contents: list[bytes], problem: str) -> None:
    assembler = MessageAssembler(0, False)
    said(assembler, *contents, *contents)
    (told,) = assembler.take_problems()
    assert told.startswith(problem)
    said(assembler, *contents)
    assert assembler.take_problems() == []


def test_endless_beginnings_are_bounded() -> None:
    assembler = MessageAssembler(0, False)
    said(assembler, *[fragment(11, seq, bytes(100_000), 0, 1000) for seq in range(2000)])
    assert assembler.held == 1000 * handshake_messages.MAX_OPEN
    assert assembler.take_problems() == ["more than 16 messages are incomplete at once"]


def test_endless_pieces_are_bounded() -> None:
    assembler = MessageAssembler(0, False)
    whole = bytes(1024 * 1024)
    said(assembler, *[fragment(11, 0, whole, at, 4000) for at in range(4000, 1024 * 1024 - 4000, 4000)])
    assert assembler.held <= handshake_messages.MAX_HELD
    apart = MessageAssembler(0, False)
    said(apart, *[fragment(11, 0, bytes(100_000), at, 1) for at in range(1, 90_000, 2)])
    assert apart.held == handshake_messages.MAX_PIECES
    assert apart.take_problems() == ["too many bytes or pieces of incomplete messages"]


def test_the_cookie_is_left_out_of_a_hello() -> None:
    body = client_hello(b"a cookie", b"\0\x17\0\0")
    hello = read_client_hello(without_cookie(body))
    assert (hello.random, hello.cipher_suites, hello.extensions) == (
        bytes(range(32)),
        (0xC02F,),
        ((23, b""),),
    )
    assert without_cookie(body) == without_cookie(client_hello(b"", b"\0\x17\0\0"))
    for end in range(44):
        with pytest.raises(Malformed):
            without_cookie(body[:end])


@given(st.data())
def test_any_borders_any_order_any_repetition(data: st.DataObject) -> None:
    messages = {0: (2, bytes(40)), 1: (11, certificate(BODY, BODY[:50])), 2: (13, BODY[:33]), 3: (14, b"")}
    pieces = []
    for seq, (kind, body) in messages.items():
        for _ in range(data.draw(st.integers(1, 2))):
            at = 0
            while at < len(body) or (at == 0 and not body):
                size = data.draw(st.integers(1, 120))
                pieces.append(fragment(kind, seq, body, at, size))
                at += size
                if not body:
                    break
    shuffled = data.draw(st.permutations(pieces))
    assembler = MessageAssembler(1, False)
    found = said(assembler, *shuffled)
    assert sorted((each.kind, each.body) for each in found) == sorted(messages.values())
    assert (assembler.held, assembler.take_problems(), assembler.missing()) == (0, [], 0)


def test_anything_gives_fragments_or_is_malformed() -> None:
    source = random.Random(6347)
    for _ in range(3000):
        data = bytearray(fragment(11, 1, BODY[: source.randrange(60)]) * source.randrange(3))
        data += source.randbytes(source.randrange(30))
        for _ in range(source.randrange(4)):
            if data:
                data[source.randrange(len(data))] = source.choice((0, 1, 11, 200, 255))
        at = 0
        try:
            for each in read_fragments(bytes(data), 0, len(data)):
                assert at < each.start <= each.end <= len(data)
                assert each.offset + each.end - each.start <= each.length
                at = each.end
        except Malformed:
            pass
        assembler = MessageAssembler(0, False)
        assembler.content(bytes(data), 0, len(data), 1, 1)
        assembler.close(1, DATAGRAM_LOST)
