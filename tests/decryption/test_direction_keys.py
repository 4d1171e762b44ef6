"""Which secret opens the next record, when messages that change the keys are seen and when they are lost."""

from __future__ import annotations

import pytest

from tests.decryption.sealing import Sealer
from tlseku.decryption import direction_keys
from tlseku.decryption.cipher_parameters import TLS13, suite_of
from tlseku.decryption.direction_keys import MAX_AHEAD, MAX_FAILURES, Phase, Tls13Direction
from tlseku.decryption.key_schedule import next_traffic_secret, traffic_keys
from tlseku.decryption.plaintext import DoesNotFit

SUITE = 0x1301
EARLY, HANDSHAKE, APPLICATION = b"e" * 32, b"h" * 32, b"a" * 32
END_OF_EARLY_DATA, CERTIFICATE, FINISHED, KEY_UPDATE = 5, 11, 20, 24


def sealer(secret: bytes, updates: int = 0) -> Sealer:
    suite = suite_of(SUITE, TLS13)
    assert suite is not None
    for _ in range(updates):
        secret = next_traffic_secret(secret, suite)
    return Sealer(suite, traffic_keys(secret, suite), TLS13)


def one(
    early: bytes | None = None, handshake: bytes | None = HANDSHAKE, application: bytes | None = APPLICATION
) -> Tls13Direction:
    return Tls13Direction(SUITE, handshake, application, early)


def opened(reader: Tls13Direction, fragment: bytes) -> bytes:
    return reader.open(23, 0x0303, fragment).content


def shut(reader: Tls13Direction, fragment: bytes) -> bool:
    try:
        opened(reader, fragment)
    except DoesNotFit:
        return True
    return False


def test_the_messages_change_the_keys() -> None:
    reader, early, handshake, application = one(EARLY), sealer(EARLY), sealer(HANDSHAKE), sealer(APPLICATION)
    assert (reader.phase, opened(reader, early.seal(23, b"0-RTT"))) == ("early", b"0-RTT")
    reader.message(END_OF_EARLY_DATA)
    assert (reader.phase, opened(reader, handshake.seal(22, b"certificate"))) == ("handshake", b"certificate")
    reader.message(CERTIFICATE)
    assert opened(reader, handshake.seal(22, b"finished")) == b"finished"
    reader.message(FINISHED)
    assert (reader.phase, opened(reader, application.seal(23, b"data"))) == ("application", b"data")
    for generation in (1, 2, 3):
        reader.message(KEY_UPDATE)
        assert opened(reader, sealer(APPLICATION, generation).seal(23, b"updated")) == b"updated"
        assert (reader.phase, reader.generation) == ("application", generation)
    assert reader.opened == 7


@pytest.mark.parametrize(
    ("phase", "message", "after"),
    [
        ("early", FINISHED, "application"),
        ("early", KEY_UPDATE, "early"),
        ("early", CERTIFICATE, "early"),
        ("handshake", END_OF_EARLY_DATA, "handshake"),
        ("handshake", KEY_UPDATE, "handshake"),
        ("application", FINISHED, "application"),
        ("application", END_OF_EARLY_DATA, "application"),
        ("application", CERTIFICATE, "application"),
    ],
)
def test_messages_out_of_place(phase: Phase, message: int, after: Phase) -> None:
    reader = one(EARLY)
    if phase != "early":
        reader.message(END_OF_EARLY_DATA)
    if phase == "application":
        reader.message(FINISHED)
    reader.message(message)
    assert (reader.phase, reader.generation) == (after, 0)


@pytest.mark.parametrize(
    ("start", "secret", "updates", "phase"),
    [
        (EARLY, HANDSHAKE, 0, "handshake"),
        (EARLY, APPLICATION, 0, "application"),
        (None, APPLICATION, 0, "application"),
    ],
)
def test_a_lost_message_costs_nothing(start: bytes | None, secret: bytes, updates: int, phase: Phase) -> None:
    reader, sender = one(start), sealer(secret, updates)
    assert [opened(reader, sender.seal(22, b"%d" % n)) for n in range(3)] == [b"0", b"1", b"2"]
    assert (reader.phase, reader.generation) == (phase, 0)


def test_a_lost_key_update_costs_nothing() -> None:
    reader, sender = one(), sealer(APPLICATION)
    reader.message(FINISHED)
    assert opened(reader, sender.seal(23, b"before")) == b"before"
    updated = sealer(APPLICATION, 1)
    assert [opened(reader, updated.seal(23, b"%d" % n)) for n in range(3)] == [b"0", b"1", b"2"]
    assert reader.generation == 1
    reader.message(KEY_UPDATE)
    assert opened(reader, sealer(APPLICATION, 2).seal(23, b"again")) == b"again"


def test_a_key_that_was_tried_in_vain_is_still_the_next_one() -> None:
    reader = one()
    reader.message(FINISHED)
    assert shut(reader, bytes(40))
    assert shut(reader, bytes(40))
    reader.message(KEY_UPDATE)
    assert opened(reader, sealer(APPLICATION, 1).seal(23, b"x")) == b"x"
    assert opened(reader, sealer(APPLICATION, 2).seal(23, b"y")) == b"y"


def test_rejected_early_data_is_passed_over() -> None:
    reader, early, handshake = one(), sealer(b"?" * 32), sealer(HANDSHAKE)
    assert all(shut(reader, early.seal(23, b"0-RTT")) for _ in range(MAX_FAILURES - 1))
    assert opened(reader, handshake.seal(22, b"finished")) == b"finished"
    assert not reader.given_up


def test_after_too_many_failures_nothing_is_tried() -> None:
    reader, early, handshake = one(), sealer(b"?" * 32), sealer(HANDSHAKE)
    assert all(shut(reader, early.seal(23, b"0-RTT")) for _ in range(MAX_FAILURES))
    assert reader.given_up
    assert shut(reader, handshake.seal(22, b"finished"))


@pytest.mark.parametrize("lost", [1, 2, 20])
def test_lost_records_are_made_up_for(lost: int) -> None:
    reader, sender = one(), sealer(HANDSHAKE)
    assert opened(reader, sender.seal(22, b"one")) == b"one"
    size = sum(5 + len(sender.seal(22, b"lost record")) for _ in range(lost))
    reader.lost(size)
    assert opened(reader, sender.seal(22, b"two")) == b"two"
    # Back in step, and no longer looking around.
    sender.seal(22, b"skipped without a word")
    assert shut(reader, sender.seal(22, b"three"))


def test_records_lost_with_the_finished_among_them() -> None:
    reader, handshake, application = one(), sealer(HANDSHAKE), sealer(APPLICATION)
    size = 5 + len(handshake.seal(22, b"finished")) + 5 + len(application.seal(23, b"lost"))
    reader.lost(size)
    assert opened(reader, application.seal(23, b"data")) == b"data"


def test_what_does_not_open_after_a_loss_counts_as_one_more() -> None:
    reader, sender = one(), sealer(HANDSHAKE)
    reader.lost(1)
    sender.seal(22, b"lost")
    for _ in range(5):
        sender.seal(22, b"damaged")
        assert shut(reader, bytes(60))
    assert opened(reader, sender.seal(22, b"whole")) == b"whole"


def test_a_huge_loss_is_not_searched_through() -> None:
    reader, sender = one(), sealer(HANDSHAKE)
    reader.lost(1 << 40)
    sender.sequence = MAX_AHEAD + 1
    assert shut(reader, sender.seal(22, b"beyond"))
    sender.sequence = MAX_AHEAD
    assert opened(reader, sender.seal(22, b"within")) == b"within"


def test_a_record_may_be_skipped() -> None:
    reader, sender = one(), sealer(APPLICATION)
    reader.message(FINISHED)
    sender.seal(23, b"large and of no interest")
    reader.skip()
    assert opened(reader, sender.seal(21, b"\x01\0")) == b"\x01\0"


@pytest.mark.parametrize(
    ("handshake", "application", "readable"),
    [(HANDSHAKE, None, [True, False]), (None, APPLICATION, [False, True]), (None, None, [False, False])],
)
def test_a_secret_may_be_missing(
    handshake: bytes | None, application: bytes | None, readable: list[bool]
) -> None:
    reader = one(None, handshake, application)
    first = not shut(reader, sealer(HANDSHAKE).seal(22, b"finished"))
    if first:
        reader.message(FINISHED)
    reader.skip()
    reader = reader if first else one(None, handshake, application)
    second = not shut(reader, sealer(APPLICATION).seal(23, b"data"))
    reader.message(KEY_UPDATE)
    assert [first, second] == readable


@pytest.mark.parametrize("suite", [0xC02F, 0xFFFF, 0x00C6])
def test_a_suite_that_stays_shut(suite: int) -> None:
    reader = Tls13Direction(suite, HANDSHAKE, APPLICATION, EARLY)
    for kind in (END_OF_EARLY_DATA, FINISHED, KEY_UPDATE, KEY_UPDATE):
        assert shut(reader, bytes(60))
        reader.message(kind)


def test_no_text_shows_a_secret() -> None:
    assert repr(one(EARLY)) == "<Tls13Direction early 0, 0 records opened>"


def test_keys_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    real = direction_keys.tls13_records  # type: ignore[attr-defined]
    monkeypatch.setattr(direction_keys, "tls13_records", lambda s, c: made.append(s) or real(s, c))  # type: ignore[func-returns-value]
    reader = one(EARLY)
    assert all(shut(reader, bytes(60)) for _ in range(20))
    assert made == [EARLY, HANDSHAKE, APPLICATION]
