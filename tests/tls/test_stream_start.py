"""How a stream begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_starttls_dialogues import HANDSHAKE
from tests.tls import written
from tests.tls.test_hello import ssl2
from tlseku.tls.stream_start import (
    MORE,
    OTHER,
    SSL2_HELLO,
    TLS,
    answers,
    answers_as,
    begins_hello,
    find_alert,
    find_hello,
    opens_as,
    ssl2_hello_length,
)

SSL2 = (0x8000 | len(ssl2())).to_bytes(2, "big") + ssl2()
HELLO = written.client_hello()

BEGINNINGS = [
    (HELLO, TLS),
    (written.server_hello(), TLS),
    (written.handshake(written.message(0, b"")), TLS),
    (written.record(22, b"\x01"), TLS),
    (written.client_hello(version=0x0300), TLS),
    (written.alert(2, 40), TLS),
    (written.alert(1, 0), TLS),
    (SSL2, SSL2_HELLO),
    (written.certificate(b"x"), OTHER),
    (written.finished(), OTHER),
    (written.CCS, OTHER),
    (written.application_data(), OTHER),
    (written.record(21, bytes(26)), OTHER),
    (written.record(21, b"\x03\x00"), OTHER),
    (b"\x16\x03\x01\x00\x00\x01", OTHER),
    (b"\x16\x03\x05\x00\x10\x01", OTHER),
    (b"\x16\x02\x00\x00\x10\x01", OTHER),
    (b"\x16\x03\x01\x48\x01\x01", OTHER),
    (b"GET / HTTP/1.1\r\n", OTHER),
    (b"\x80\x2e\x01\x02\x00" + bytes(41), OTHER),
    (b"\x80\x2e\x04" + bytes(43), OTHER),
    (SSL2.replace(b"\0\x09", b"\0\x0a", 1), OTHER),
    (b"\xff" * 50, OTHER),
    (b"\0" * 50, OTHER),
    (b"", MORE),
]


@pytest.mark.parametrize(("data", "answer"), BEGINNINGS)
def test_opens_as(data: bytes, answer: int) -> None:
    assert opens_as(data) == answer


@pytest.mark.parametrize(("data", "answer"), BEGINNINGS)
def test_the_answer_does_not_depend_on_the_cut(data: bytes, answer: int) -> None:
    answers = [opens_as(data[:end]) for end in range(len(data) + 1)]
    decided = [each for each in answers if each != MORE]
    assert set(decided) <= {answer}
    assert answers == sorted(answers, key=lambda each: each != MORE)


def test_find_hello() -> None:
    assert find_hello(b"220 ready\r\n" + HELLO) == 11
    assert find_hello(b"220 ready\r\n" + HELLO, 12) == -1
    assert find_hello(HELLO[:5]) == -1
    assert find_hello(written.certificate(b"x") + written.server_hello()) == len(written.certificate(b"x"))


def test_find_alert() -> None:
    assert find_alert(b"220 ready\r\n" + written.alert(2, 40)) == 11
    assert find_alert(b"220 ready\r\n" + written.record(21, bytes(26))) == -1


def test_ssl2_hello_length() -> None:
    assert ssl2_hello_length(SSL2 + b"more") == len(SSL2)


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    assert opens_as(data) in (MORE, TLS, SSL2_HELLO, OTHER)
    if len(data) >= 11:
        assert opens_as(data) != MORE


LONG = written.handshake(written.server_hello()[5:], written.message(11, bytes(30_000)))


def test_a_server_may_answer_with_a_record_that_is_too_long() -> None:
    assert answers_as(LONG) == TLS
    assert opens_as(LONG) == OTHER
    assert [answers_as(LONG[:end]) for end in (0, 5, 6, 10, 11)] == [MORE, MORE, MORE, MORE, TLS]


@pytest.mark.parametrize(
    "data",
    [
        written.handshake(written.client_hello()[5:], written.message(11, bytes(30_000))),
        written.handshake(written.message(11, bytes(30_000))),
        LONG[:6] + b"\1" + LONG[7:],
        LONG[:9] + b"\2" + LONG[10:],
        b"\x17" + LONG[1:],
        b"\x16\x02" + LONG[2:],
    ],
)
def test_what_does_not_answer(data: bytes) -> None:
    assert answers_as(data) == OTHER


@pytest.mark.parametrize(("data", "what"), BEGINNINGS)
def test_other_answers_are_as_any_beginning(data: bytes, what: int) -> None:
    assert answers_as(data) == what


def test_a_hello_by_its_whole_structure() -> None:
    hello, answer = HANDSHAKE[0][1], HANDSHAKE[1][1]
    assert all(begins_hello(hello[:size], 1) for size in range(1, len(hello) + 1))
    assert all(begins_hello(answer[:size], 2) for size in range(1, len(answer) + 1))
    assert not any(begins_hello(hello[:size], 2) or begins_hello(answer[:size], 1) for size in range(6, 200))
    assert not begins_hello(b"", 1)


def test_what_answers_a_hello() -> None:
    hello, answer = HANDSHAKE[0][1], HANDSHAKE[1][1]
    assert answers(hello, answer) is True
    assert answers(hello, b"\x15\x03\x03\x00\x02\x02\x28") is True
    assert answers(hello, answer[:40]) is answers(b"", answer) is answers(hello, b"\x15\x03") is None
    assert answers(hello, hello) is answers(hello, b"HTTP/1.1 400") is False
