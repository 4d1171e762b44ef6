"""A direction read at once, against the stream that reads it piece by piece."""

from __future__ import annotations

import random
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arrived import packed
from tests.tls import written
from tests.tls.written import (
    CCS,
    alert,
    application_data,
    certificate,
    client_hello,
    finished,
    handshake,
    record,
)
from tlseku.tls.handshake import MAX_MESSAGE, HandshakeMessage
from tlseku.tls.handshake_types import (
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.stream_reader import TlsStream
from tlseku.tls.whole_direction import (
    MAX_HEARD,
    MAX_TOLD,
    Heard,
    read_direction,
)

RECORDINGS = sorted(path.stem for path in written.RECORDINGS.glob("*.json"))
READ = (1, 2, 11, 13)
"""Messages whose bodies are handed on."""

ENCRYPTED = {21: RECORD_ENCRYPTED_ALERT, 22: RECORD_ENCRYPTED_HANDSHAKE, 23: RECORD_APPLICATION_DATA}

Said = tuple[int, int, tuple[int, ...], int, bytes, int]
"""Frame, kind, frames, time, body, length: what is heard, without the side."""


def shown(heard: list[Heard]) -> list[Said]:
    """What can be compared of what is heard."""
    return [(each.frame, each.kind, each.frames, each.ts_ns, each.body, each.length) for each in heard]


class Listener:
    """Writes down what a stream tells, as ``read_direction`` puts it; ``odd`` is what has no place there."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.odd: list[str] = []

    def handshake_message(self, side: int, message: HandshakeMessage) -> None:
        body = message.body if message.type in READ else b""
        self.said.append((message.frame, message.type, message.frames, message.ts_ns, body, 0))
        if message.cut is not None:
            self.odd.append(message.cut)

    def change_cipher_spec(self, side: int, frame: int, ts_ns: int) -> None:
        self.said.append((frame, RECORD_CHANGE_CIPHER_SPEC, (frame,), ts_ns, b"", 0))

    def alert(self, side: int, level: int, code: int, frame: int, ts_ns: int) -> None:
        self.said.append((frame, RECORD_ALERT, (frame,), ts_ns, bytes([level, code]), 0))

    def encrypted_record(self, side: int, content_type: int, length: int, frame: int, ts_ns: int) -> None:
        self.said.append((frame, ENCRYPTED[content_type], (frame,), ts_ns, b"", length))

    def bytes_lost(self, side: int, reason: str) -> None:
        self.odd.append(reason)

    def not_tls(self, side: int, frame: int) -> None:
        self.odd.append("not tls")

    def record_version(self, side: int, version: int) -> None:
        pass


def streamed(pieces: list[bytes], frames: list[int], times: list[int], tls13: bool) -> Listener:
    """What a stream says of the same pieces."""
    listener = Listener()
    stream = TlsStream(1, listener)
    if tls13:
        stream.agreed_tls13()
    for data, frame, ts_ns in zip(pieces, frames, times, strict=True):
        stream.data(data, frame, ts_ns)
    stream.close("over")
    return listener


def at_once(pieces: list[bytes], frames: list[int], times: list[int], tls13: bool) -> list[Heard] | None:
    """What is read at once; frames and times need not be in order."""
    until = zip(accumulate(frames, max), accumulate(times, max), strict=True)
    return read_direction(1, pieces, packed(zip(frames, times, strict=True)), packed(until), tls13)


def told(said: list[Said]) -> list[Said]:
    """Without the application data of which nobody asks."""
    kept = []
    records = 0
    for each in said:
        if each[1] in ENCRYPTED.values():
            records += 1
            if each[1] == RECORD_APPLICATION_DATA and records > MAX_TOLD:
                continue
        kept.append(each)
    return kept


def check(pieces: list[bytes], frames: list[int], times: list[int], tls13: bool) -> list[Heard] | None:
    """Either nothing is said, or what a stream says, which must not be odd."""
    heard = at_once(pieces, frames, times, tls13)
    if heard is not None:
        listener = streamed(pieces, frames, times, tls13)
        assert shown(heard) == told(listener.said)
        assert {each.side for each in heard} <= {1}
        assert listener.odd == []
    return heard


def kinds(*pieces: bytes, tls13: bool = False) -> list[tuple[int, int]] | None:
    """Kind and frame (from 1) of all that is heard, held against the stream."""
    frames = list(range(1, len(pieces) + 1))
    heard = check(list(pieces), frames, frames, tls13)
    return None if heard is None else [(each.kind, each.frame) for each in heard]


HELLO = client_hello(written.TLS13_OFFERED)
LONG = handshake(written.message(11, bytes(20_000))[:16_000]) + handshake(
    written.message(11, bytes(20_000))[16_000:]
)
CHANGE, ALERT, DATA, SEALED, SEALED_ALERT = (
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_HANDSHAKE,
    RECORD_ENCRYPTED_ALERT,
)


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        ((), []),
        ((HELLO,), [(1, 1)]),
        ((HELLO[:6], HELLO[6:7], HELLO[7:]), [(1, 3)]),
        ((HELLO, CCS + finished(), application_data()), [(1, 1), (CHANGE, 2), (SEALED, 2), (DATA, 3)]),
        ((HELLO + CCS[:3], CCS[3:] + finished()[:9], finished()[9:]), [(1, 1), (CHANGE, 2), (SEALED, 3)]),
        ((HELLO, alert(2, 43)), [(1, 1), (ALERT, 2)]),
        ((alert(2, 40),), [(ALERT, 1)]),
        ((HELLO, CCS, record(21, bytes(26))), [(1, 1), (CHANGE, 2), (SEALED_ALERT, 3)]),
        ((HELLO, application_data(), record(21, bytes(26))), [(1, 1), (DATA, 2), (SEALED_ALERT, 3)]),
        ((HELLO, handshake(written.SERVER_HELLO_DONE, written.CLIENT_KEY_EXCHANGE)), [(1, 1), (14, 2), (16, 2)]),
        ((HELLO, LONG[:10_000], LONG[10_000:]), [(1, 1), (11, 3)]),
        ((HELLO, handshake(b"\x0e\x00"), handshake(b"\x00\x00")), [(1, 1), (14, 3)]),
        ((HELLO, handshake(b"\x0e\x00\x00"), CCS, handshake(b"\x00")), None),
        # A record of ciphertext that has only begun is not said; what is in clear may yet say something.
        ((HELLO, CCS, finished()[:-1]), [(1, 1), (CHANGE, 2)]),
        ((HELLO, application_data()[:-1]), [(1, 1)]),
        ((HELLO, CCS, HELLO[:-1]), None),
        ((HELLO, CCS, HELLO[:6]), None),
        ((HELLO, CCS, HELLO[:5]), None),
        ((HELLO, CCS, HELLO[:4]), [(1, 1), (CHANGE, 2)]),
        ((HELLO[:-1],), None),
        ((HELLO, certificate(b"x")[:-1]), None),
        ((LONG[:16_000],), None),
        ((HELLO, record(22, b"")), None),
        ((HELLO, record(20, b"")), None),
        ((HELLO, record(23, b"")), None),
        ((HELLO, record(21, b"\x02"), record(21, b"\x2b")), None),
        ((HELLO, record(21, b"\x01\x5a\x02\x28")), None),
        ((HELLO, record(21, bytes(26))), None),
        ((HELLO, CCS, record(21, b"\x02")), None),
        ((HELLO, CCS, HELLO), None),
        ((HELLO, b"HTTP/1.1 400"), None),
        ((HELLO, b"\x16\x02\x00\x00\x04\x0e\x00\x00\x00"), None),
        ((HELLO, b"\x16\x03\x05\x00\x04\x0e\x00\x00\x00"), None),
        ((HELLO, b"\x19\x03\x03\x00\x04\x0e\x00\x00\x00"), None),
        ((HELLO, b"\x17\x03\x03\x48\x01" + bytes(0x4801)), None),
        ((HELLO[:5], HELLO[5:]), None),
        ((b"HTTP/1.1 400",), None),
        ((application_data(),), None),
    ],
)  # fmt: skip
def test_what_is_heard(pieces: tuple[bytes, ...], heard: list[tuple[int, int]] | None) -> None:
    assert kinds(*pieces) == heard


def test_with_tls13_a_ccs_means_nothing_to_handshake_records() -> None:
    assert kinds(HELLO, CCS, HELLO, CCS, application_data(), tls13=True) == [
        (1, 1), (CHANGE, 2), (1, 3), (CHANGE, 4), (DATA, 5),
    ]  # fmt: skip
    assert kinds(HELLO, CCS, finished(), tls13=True) is None


def test_frames_and_times_that_go_back() -> None:
    done = handshake(written.SERVER_HELLO_DONE)
    pieces = [HELLO[:20], HELLO[20:] + done[:6], done[6:] + CCS]
    heard = check(pieces, [7, 3, 5], [70, 30, 50], False)
    assert heard is not None
    assert shown(heard) == [
        (7, 1, (7, 3), 70, HELLO[9:], 0),
        (7, 14, (3, 5), 70, b"", 0),
        (7, CHANGE, (7,), 70, b"", 0),
    ]
    assert {each.side for each in heard} == {1}


DONE = handshake(written.SERVER_HELLO_DONE)


@pytest.mark.parametrize(
    ("pieces", "frames", "carried"),
    [
        pytest.param([HELLO], [1], [None], id="one frame"),
        pytest.param([HELLO + DONE], [1], [None, None], id="two messages in a frame"),
        pytest.param([HELLO[:20], HELLO[20:]], [1, 2], [(1, 2)], id="two frames"),
        pytest.param([HELLO[:9], HELLO[9:]], [1, 2], [(1, 2)], id="the header alone in a frame"),
        pytest.param([HELLO[:8], HELLO[8:]], [1, 2], [(1, 2)], id="amid the header"),
        pytest.param([HELLO[:6], HELLO[6:7], HELLO[7:20], HELLO[20:]], [2, 3, 5, 7], [(2, 3, 5, 7)], id="four frames"),
        pytest.param([HELLO[:20], HELLO[20:] + DONE], [1, 2], [(1, 2), None], id="and another in the second"),
        pytest.param([HELLO[:20], HELLO[20:] + DONE], [2, 1], [(2, 1), (1,)], id="the second came first"),
        pytest.param([HELLO, DONE], [2, 1], [None, (1,)], id="in a frame that came before"),
        pytest.param([HELLO, CCS + application_data()], [2, 1], [None, None, None], id="records that came before"),
        pytest.param([HELLO, handshake(b"\x0e\x00") + handshake(b"\x00\x00")], [1, 2], [None, (2,)], id="two records"),
        pytest.param([HELLO, handshake(b"\x0e\x00"), handshake(b"\x00\x00")], [1, 2, 3], [None, (2, 3)], id="in two frames"),
        pytest.param([HELLO, alert(2, 43)[:6], alert(2, 43)[6:]], [1, 2, 3], [None, None], id="an alert in two frames"),
    ],
)  # fmt: skip
def test_frames_that_carried(
    pieces: list[bytes], frames: list[int], carried: list[tuple[int, ...] | None]
) -> None:
    """None stands for the frame by which all had come, alone."""
    heard = check(pieces, frames, frames, False)
    assert heard is not None
    assert [each.carried for each in heard] == carried
    assert [each.frames for each in heard] == [each.carried or (each.frame,) for each in heard]


def test_large_numbers_of_frames_and_times() -> None:
    frames, times = [(2**20 << 40) + 1, (2**20 << 40) + 2], [2**62 - 2, 2**62 - 1]
    heard = check([HELLO, CCS], frames, times, False)
    assert heard is not None
    assert [(each.frame, each.ts_ns) for each in heard] == [*zip(frames, times, strict=True)]


@pytest.mark.parametrize("count", [MAX_TOLD, MAX_TOLD + 1])
def test_records_told_have_a_bound(count: int) -> None:
    data = HELLO + CCS + application_data() * count
    assert kinds(data) == [(1, 1), (CHANGE, 1), *[(DATA, 1)] * MAX_TOLD]
    assert kinds(data + record(21, bytes(26))) == [
        (1, 1), (CHANGE, 1), *[(DATA, 1)] * MAX_TOLD, (SEALED_ALERT, 1),
    ]  # fmt: skip
    sealed = kinds(HELLO + CCS + finished() * count)
    assert sealed == (None if count > MAX_TOLD else [(1, 1), (CHANGE, 1), *[(SEALED, 1)] * count])


@pytest.mark.parametrize("count", [MAX_HEARD - 1, MAX_HEARD])
def test_what_is_heard_has_a_bound(count: int) -> None:
    heard = kinds(HELLO + handshake(written.SERVER_HELLO_DONE) * count)
    assert heard == (None if count == MAX_HEARD else [(1, 1), *[(14, 1)] * count])


@pytest.mark.parametrize(("length", "is_read"), [(MAX_MESSAGE - 16_000, True), (MAX_MESSAGE + 4, False)])
def test_messages_have_a_bound(length: int, is_read: bool) -> None:
    whole = written.message(11, bytes(length))
    data = b"".join(handshake(whole[at : at + 16_000]) for at in range(0, len(whole), 16_000))
    assert kinds(HELLO, data) == ([(1, 1), (11, 2)] if is_read else None)


def direction(name: str, side: int) -> bytes:
    return b"".join(data for sender, data in written.recording(name) if sender == side)


def cut(data: bytes, points: list[int]) -> list[bytes]:
    """The first piece tells what is spoken: it is as long as that takes."""
    edges = [0, *sorted({point for point in points if 6 <= point < len(data)}), len(data)]
    return [data[low:high] for low, high in pairwise(edges)]


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("side", [0, 1])
def test_recordings_are_read(name: str, side: int) -> None:
    data = direction(name, side)
    assert kinds(data, tls13=name == "tls13")
    assert kinds(*cut(data, list(range(6, len(data)))), tls13=name == "tls13")


@given(st.sampled_from(RECORDINGS), st.sampled_from([0, 1]), st.booleans(), st.data())
def test_any_cut_says_what_a_stream_says(name: str, side: int, tls13: bool, data: st.DataObject) -> None:
    whole = direction(name, side)
    whole = whole[: data.draw(st.integers(6, len(whole))) if data.draw(st.booleans()) else None]
    pieces = cut(whole, data.draw(st.lists(st.integers(6, len(whole)), max_size=40)))
    numbers = st.lists(st.integers(1, 99), min_size=len(pieces), max_size=len(pieces), unique=True)
    frames = data.draw(numbers)
    times = data.draw(numbers)
    check(pieces, frames if data.draw(st.booleans()) else sorted(frames), times, tls13)


def test_damaged_bytes_never_raise_and_never_say_something_else(seeded: random.Random) -> None:
    answers = 0
    for _ in range(6000):
        name = seeded.choice(RECORDINGS)
        data = bytearray(direction(name, seeded.randrange(2)))
        for _ in range(seeded.randrange(1, 6)):
            at = seeded.randrange(len(data))
            how = seeded.random()
            if how < 0.6:
                data[at] = seeded.choice((seeded.randrange(256), 0, 1, 2, 3, 20, 21, 22, 23, 255))
            elif how < 0.8:
                del data[at : at + seeded.randrange(1, 9)]
            else:
                data[at:at] = seeded.choice((CCS, alert(2, 40), finished(), HELLO, seeded.randbytes(3)))
        pieces = cut(bytes(data), [seeded.randrange(len(data) + 1) for _ in range(seeded.randrange(8))])
        frames = list(range(1, len(pieces) + 1))
        answers += check(pieces, frames, frames, seeded.random() < 0.3) is not None
    assert 1000 < answers < 5000
