"""The pieces of one TLS message of EAP: handed on with the last one, and what is missing of it is said."""

from __future__ import annotations

import pytest

from tests.carriers.sessions import Told
from tlseku.carriers.carrier import DATAGRAM_LOST
from tlseku.carriers.eap import tls_message
from tlseku.carriers.eap.packet import TlsPiece
from tlseku.carriers.eap.tls_message import TlsMessage

WHOLE = ("data", 1, b"")
"""What says with which frame a message is complete."""


def piece(
    data: bytes, more: bool = False, length: int | None = None, missing: int = 0, outer: int = 0
) -> TlsPiece:
    return TlsPiece(length, more, False, data, missing, outer)


def told(*pieces: tuple[int, TlsPiece], doubtful: bool = False) -> list[tuple[object, ...]]:
    """What is said of pieces, each with the identifier of its packet."""
    message, session = TlsMessage(1), Told()
    message.doubtful = doubtful
    for frame, (identifier, one) in enumerate(pieces, 1):
        message.add(one, identifier, session, frame, frame)
    assert (message.waiting, message.amid) == (0, False)
    return session.said


def data(text: bytes) -> tuple[str, int, bytes]:
    return "data", 1, text


def hole(length: int = 0, reason: str = DATAGRAM_LOST) -> tuple[str, int, int, str]:
    return "gap", 1, length, reason


FIRST, MIDDLE, LAST = piece(b"ab", True, 6), piece(b"cd", True), piece(b"ef")


def test_nothing_is_handed_on_before_the_last_piece() -> None:
    message, session = TlsMessage(1), Told()
    for identifier, one in ((1, FIRST), (2, MIDDLE)):
        message.add(one, identifier, session, identifier, identifier)
    assert (session.said, message.amid, message.waiting) == ([], True, 4)
    message.add(LAST, 3, session, 3, 3)
    assert session.said == [WHOLE, data(b"ab"), data(b"cd"), data(b"ef")]
    message.add(piece(b"next"), 4, session, 4, 4)
    assert session.said[4:] == [WHOLE, data(b"next")]


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        # Identifiers go round after 255; those drawn at random tell nothing.
        ([(254, FIRST), (255, MIDDLE), (0, LAST)], [WHOLE, data(b"ab"), data(b"cd"), data(b"ef")]),
        ([(200, FIRST), (17, MIDDLE), (90, LAST)], [WHOLE, data(b"ab"), data(b"cd"), data(b"ef")]),
        # One is missing: where, and how much, where the length tells.
        ([(1, FIRST), (3, LAST)], [WHOLE, data(b"ab"), hole(2), data(b"ef")]),
        ([(1, FIRST), (2, piece(b"cd"))], [WHOLE, data(b"ab"), data(b"cd"), hole(2)]),
        ([(1, piece(b"ab", True)), (3, LAST)], [WHOLE, data(b"ab"), hole(), data(b"ef")]),
        # In another order than they were sent in: holes everywhere.
        ([(1, FIRST), (3, MIDDLE), (2, LAST)], [hole(), WHOLE, data(b"ab"), hole(), data(b"cd"), hole(), data(b"ef"), hole()]),
        # More than was announced.
        (
            [(1, piece(b"abc", True, 4)), (2, LAST)],
            [("defect", 1, "a TLS message of EAP announces 4 bytes and has 5"), WHOLE, data(b"abc"), data(b"ef")],
        ),
        # Cut by the capture.
        ([(1, piece(b"ab", missing=3))], [WHOLE, data(b"ab"), hole(3, "snaplen_truncated")]),
        # TEAP's outer TLVs are no TLS, also where they fill pieces of their own.
        ([(1, piece(b"abTLV", outer=3))], [WHOLE, data(b"ab")]),
        ([(1, piece(b"abT", True, outer=3)), (2, piece(b"LV"))], [WHOLE, data(b"ab")]),
        ([(1, piece(b""))], []),
    ],
)  # fmt: skip
def test_what_is_handed_on(pieces: list[tuple[int, TlsPiece]], said: list[tuple[object, ...]]) -> None:
    assert told(*pieces) == said


def test_in_a_doubtful_conversation_only_a_length_tells_that_all_is_there() -> None:
    assert told((1, FIRST), (2, MIDDLE), (3, LAST), doubtful=True) == [
        WHOLE,
        data(b"ab"),
        data(b"cd"),
        data(b"ef"),
    ]
    assert told((1, piece(b"ab", True)), (2, LAST), doubtful=True) == [
        hole(),
        WHOLE,
        data(b"ab"),
        hole(),
        data(b"ef"),
        hole(),
    ]
    assert told((1, piece(b"ab")), doubtful=True) == [WHOLE, data(b"ab")]


def test_a_piece_that_may_be_lost_counts_where_the_length_says_so() -> None:
    for pieces, said in (
        ((FIRST, MIDDLE, LAST), [WHOLE, data(b"ab"), data(b"cd"), data(b"ef")]),
        ((FIRST, LAST), [WHOLE, data(b"ab"), hole(2, "why"), data(b"ef")]),
    ):
        message, session = TlsMessage(1), Told()
        message.add(pieces[0], 1, session, 1, 1)
        message.lost("why", certain=False)
        for identifier, one in enumerate(pieces[1:], 2):
            message.add(one, identifier, session, 2, 2)
        assert session.said == said


def test_a_message_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    message, session = TlsMessage(1), Told()
    for identifier in range(tls_message.MAX_PIECES):
        message.add(piece(b"x", True), identifier & 0xFF, session, 1, 1)
    assert session.said == []
    message.add(piece(b"x", True), tls_message.MAX_PIECES & 0xFF, session, 1, 1)
    said = ("defect", 1, f"more than {tls_message.MAX_PIECES} pieces in one TLS message of EAP")
    assert session.said == [said, WHOLE, *[data(b"x")] * (tls_message.MAX_PIECES + 1)]
    message.add(LAST, 9, session, 2, 2)
    assert session.said[-3:] == [hole(), WHOLE, data(b"ef")]
