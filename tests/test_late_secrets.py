"""Secrets that come after what they open: whenever they do, the flow is the one that they would have given before.

The peers are the recorded TLS 1.3 handshake and real ones; a key log is handed over after every turn of the dialogue, in
one piece and in parts. The rows of what must not happen are those of flows whose secrets never come.
"""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tlseku
from tests.decryption.memory import Stage
from tests.decryption.tap import Line
from tests.decryption.test_live_programs import HELLO, _early, openssl
from tests.dialogues import ended
from tests.engines import new_engine
from tests.tls import written
from tests.wire import CLIENT, SERVER, START
from tlseku import Analyzer
from tlseku.decryption import record_decryptor
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.flow import Flow, Hidden

C, S = 0, 1
ENDS = (CLIENT, SERVER)
CAPTURES = Path(__file__).resolve().parent.parent / "captures"
KEYS = (CAPTURES / "tls13.keys").read_bytes()
Turns = list[tuple[int, bytes]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("late"))


def flow_with(turns: Turns, logs: dict[int, bytes], *, first: bool = True) -> Flow:
    """The flow of a dialogue where ``logs`` holds what is logged before the turn of each number. Unless ``first``, nobody
    says before the first turn that secrets will come."""
    engine = new_engine()
    if first:
        engine.add_secrets(b"")
    events = []
    for number, (side, data) in enumerate(turns):
        if number in logs:
            assert engine.add_secrets(logs[number]) == []
        events += engine.feed_stream(START + number, ENDS[side], ENDS[1 - side], data)
    if len(turns) in logs:
        assert engine.add_secrets(logs[len(turns)]) == []
    events += engine.feed_stream(START + len(turns), CLIENT, SERVER, b"", end=True)
    (flow,) = ended([*events, *engine.close()])
    assert engine._pending.held == len(engine._pending) == 0
    return flow


def in_parts(key_log: bytes, draw: random.Random, turns: int) -> dict[int, bytes]:
    """The lines of a key log, each before any turn; only the secret of early data is first, as in every library."""
    logs: dict[int, bytes] = {}
    lines = key_log.splitlines(keepends=True)
    numbers = [draw.randrange(turns + 1) for _ in lines]
    least = min(numbers, default=0)
    for drawn, line in zip(numbers, lines, strict=True):
        number = least if line.startswith(b"CLIENT_EARLY") else drawn
        logs[number] = logs.get(number, b"") + line
    return logs


def test_the_recording_with_secrets_before_every_turn() -> None:
    turns = list(written.recording("tls13"))
    before = flow_with(turns, {0: KEYS})
    assert [p.role for p in before.presented] == ["server", "client"]
    for number in range(1, len(turns) + 1):
        assert flow_with(turns, {number: KEYS}) == before


def with_outer_hello(content: bytes = b"\0" + bytes(40)) -> Turns:
    """The recording with another hello, whose random the key log does not know."""
    (side, hello), *others = written.recording("tls13")
    return [(side, written.outer_hello(hello, b"outer " * 5 + b"..", content)), *others]


def test_the_secrets_of_an_inner_hello_before_every_turn() -> None:
    turns = with_outer_hello()
    before = flow_with(turns, {0: KEYS})
    assert [p.role for p in before.presented] == ["server", "client"]
    assert (before.hidden, before.defects) == ((Hidden("client_hello", "ech_accepted"),), ())
    for number in range(1, len(turns) + 1):
        assert flow_with(turns, {number: KEYS}) == before


@pytest.mark.parametrize("seed", range(5))
def test_the_secrets_of_an_inner_hello_line_by_line(seed: int) -> None:
    turns = with_outer_hello()
    logs = in_parts(KEYS, random.Random(seed), len(turns))
    assert flow_with(turns, logs).presented == flow_with(turns, {0: KEYS}).presented


@pytest.mark.parametrize("content", [b"", b"\x01"], ids=["empty", "an inner hello's"])
def test_no_session_is_looked_for_where_the_hello_is_not_an_outer_one(content: bytes) -> None:
    turns = with_outer_hello(content)
    assert flow_with(turns, {1: KEYS}) == flow_with(turns, {}, first=False)


def test_a_decoy_is_left_as_it_is_by_the_secrets_of_others() -> None:
    turns = with_outer_hello()
    others = b"".join(
        b"SERVER_HANDSHAKE_TRAFFIC_SECRET %064x %064x\n" % (number, number) for number in range(50)
    )
    assert flow_with(turns, {0: others, 2: others}) == flow_with(turns, {}, first=False)


def test_a_flow_that_began_before_anybody_spoke_of_secrets_stays_shut() -> None:
    turns = list(written.recording("tls13"))
    assert flow_with(turns, {1: KEYS}, first=False) == flow_with(turns, {}, first=False)


def test_secrets_that_never_come_change_nothing() -> None:
    other = b"CLIENT_HANDSHAKE_TRAFFIC_SECRET " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
    turns = list(written.recording("tls13"))
    never = flow_with(turns, {}, first=False)
    assert flow_with(turns, {}) == never
    assert flow_with(turns, {2: other}) == never


def dialogues(stage: Stage) -> dict[str, tuple[Turns, bytes]]:
    """Real dialogues and their key logs, by what is special about them."""
    late: list[Line] = [(C, b"hello\n"), (S, b"c\n"), (C, b"after\n")]
    update: list[Line] = [(C, b"hello\n"), (C, b"K\n"), (C, b"one\n"), (S, b"k\n"), (S, b"two\n")]
    again: list[Line] = [(C, b"hello\n"), (S, b"R\n"), (C, b"after\n"), (S, b"answer\n")]
    spoken = {
        "late question": openssl(stage, [], ["-tls1_3", "-enable_pha"], late),
        "key update": openssl(stage, [], ["-tls1_3"], update),
        "refused": openssl(
            stage,
            ["-Verify", "1", "-verify_return_error"],
            ["-tls1_3", "-cert", "server-rsa.pem"],
            HELLO,
        ),
        "early data taken": _early(
            stage, ["-psk_session", "early.session", "-no_anti_replay"], ["-psk_session", "early.session"]
        ),
    }
    for name, version, cipher in (
        ("renegotiation GCM", "-tls1_2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("renegotiation CBC", "-tls1_2", "ECDHE-RSA-AES128-SHA256"),
        ("renegotiation TLS 1.0", "-tls1", "AES256-SHA"),
    ):
        common = [version, "-cipher", f"{cipher}:@SECLEVEL=0"]
        spoken[name] = openssl(stage, [*common, "-no_ticket", "-no_cache"], common, again)
    return {name: (each.turns, each.key_log) for name, each in spoken.items()}


def test_real_peers_with_secrets_before_every_turn(stage: Stage) -> None:
    for name, (turns, key_log) in dialogues(stage).items():
        before = flow_with(turns, {0: key_log})
        assert before.defects == (), name
        assert any(message.decrypted for message in before.messages), name
        for number in range(1, len(turns) + 1):
            assert flow_with(turns, {number: key_log}) == before, (name, number)
        draw = random.Random(name)
        for _ in range(20):
            logs = in_parts(key_log, draw, len(turns))
            assert flow_with(turns, logs) == before, (name, logs.keys())
        # Secrets of some other connection open nothing and change nothing.
        assert flow_with(turns, {}) == flow_with(turns, {}, first=False), name


@settings(max_examples=60)
@given(st.integers(0, 2**32))
@example(6189491)
def test_any_cut_and_any_moment(seed: int) -> None:
    """The dialogue cut anywhere, the sides in the order of the wire or one after the other, a line of the log before any
    of the pieces, and sometimes bytes that are lost: as if all had been logged before."""
    draw = random.Random(seed)
    pieces: Turns = []
    for side, data in written.recording("tls13"):
        edges = sorted(
            {0, len(data), *(draw.randrange(len(data)) for _ in range(draw.choice((0, 1, 3, 20))))}
        )
        pieces += [(side, data[a:b]) for a, b in itertools.pairwise(edges)]
    if draw.random() < 0.5:
        first = draw.choice((C, S))
        pieces.sort(key=lambda piece: piece[0] != first)
    lost = {draw.randrange(len(pieces)) for _ in range(draw.choice((0, 0, 1, 2)))}

    def said(logs: dict[int, bytes]) -> tuple[object, ...]:
        engine = new_engine()
        engine.add_secrets(b"")
        events = []
        for number, (side, data) in enumerate(pieces):
            engine.add_secrets(logs.get(number, b""))
            missing = len(data) if number in lost else 0
            there = b"" if missing else data
            ends = ENDS[side], ENDS[1 - side]
            events += engine.feed_stream(START + number, *ends, there, missing=missing)
        engine.add_secrets(logs.get(len(pieces), b""))
        # Where all is lost there is no TLS at all.
        flows = ended([*events, *engine.close()])
        assert engine._pending.held == 0
        return tuple(
            (
                *([m for m in flow.messages if m.role == role] for role in ("client", "server")),
                sorted((p.role, p.frame, len(p.chain)) for p in flow.presented),
                flow.requests,
                flow.hidden,
                sorted(flow.defects, key=str),
                flow.outcome_basis,
            )
            for flow in flows
        )

    assert said(in_parts(KEYS, draw, len(pieces))) == said({0: KEYS})


def test_a_flow_waits_for_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = list(written.recording("tls13"))
    last = len(turns)
    whole = flow_with(turns, {0: KEYS})
    never = flow_with(turns, {}, first=False)
    sizes = [sum(len(data) for _, data in turns[: number + 1]) for number in range(last)]
    monkeypatch.setattr(record_decryptor, "MAX_AWAITED", sizes[1] // 2)
    # The server's first flight is more than half of what it and the ClientHello have.
    assert flow_with(turns, {1: KEYS}) == whole
    assert flow_with(turns, {2: KEYS}) == flow_with(turns, {last: KEYS}) == never


def test_all_flows_together_wait_for_so_many_bytes() -> None:
    turns = list(written.recording("tls13"))
    others = [("203.0.113.9", 1000 + number) for number in range(3)]

    def roles(limit: int) -> tuple[list[list[str]], dict[str, int]]:
        engine = new_engine()
        engine._pending = PendingBudget(limit)
        engine.add_secrets(b"")
        events = []
        for other in others:
            for side, data in turns:
                pair = (other, SERVER) if side == C else (SERVER, other)
                events += engine.feed_stream(START, *pair, data)
        assert engine._pending.held <= limit
        engine.add_secrets(KEYS)
        flows = sorted(ended([*events, *engine.close()]), key=lambda flow: flow.number)
        return [[p.role for p in flow.presented] for flow in flows], dict(engine.summary.limits)

    size = sum(len(data) for _, data in turns)
    opened = ["server", "client"]
    assert roles(10 * size) == ([opened, opened, opened], {})
    assert roles(5 * size // 2) == ([[], opened, opened], {"MAX_HELD_IN_ALL": 1})
    assert roles(size // 10) == ([[], [], []], {"MAX_HELD_IN_ALL": 3})


@pytest.mark.parametrize("label", [b"RSA", b"PMS_CLIENT_RANDOM"])
@pytest.mark.parametrize("version", [0x0301, 0x0303])
def test_a_pre_master_secret_before_every_turn(stage: Stage, version: int, label: bytes) -> None:
    spoken = stage.speak(stage.contexts(version, "AES128-SHA"))
    rsa = next(line for line in spoken.key_log.splitlines() if line.startswith(b"RSA "))
    client_random = spoken.turns[0][1][11:43].hex().encode()
    key_log = {b"RSA": rsa, b"PMS_CLIENT_RANDOM": b" ".join((label, client_random, rsa.split()[2]))}[label]
    before = flow_with(spoken.turns, {0: key_log})
    assert (before.outcome_basis, before.defects) == ("both Finished", ())
    for number in range(1, len(spoken.turns) + 1):
        assert flow_with(spoken.turns, {number: key_log}) == before


def test_events_of_a_late_secret_come_with_the_next_call() -> None:
    analyzer = Analyzer()
    analyzer.add_secrets(b"")
    events = []
    turns = list(written.recording("tls13"))
    for side, data in turns[:-1]:
        events += analyzer.feed_stream(START, ENDS[side], ENDS[1 - side], data)
    assert events == []
    analyzer.add_secrets(KEYS)
    side, data = turns[-1]
    names = [type(e).__name__ for e in analyzer.feed_stream(START, ENDS[side], ENDS[1 - side], data)]
    assert names[:3] == ["CertificateRequested", "CertificatePresented", "CertificatePresented"]


def test_a_key_log_file_that_grows_while_the_capture_is_read(tmp_path: Path) -> None:
    """Each packet comes alone, as from a live capture; the lines are logged one by one in between."""
    raw = (CAPTURES / "tls13.pcap").read_bytes()
    pieces = [raw[:24]]
    at = 24
    while at < len(raw):
        end = at + 16 + int.from_bytes(raw[at + 8 : at + 12], "little")
        pieces.append(raw[at:end])
        at = end
    (whole,) = tlseku.read(CAPTURES / "tls13.pcap", secrets=KEYS)
    lines = KEYS.splitlines(keepends=True)
    for step in range(4):
        log = tmp_path / f"{step}.keys"
        log.write_bytes(b"")
        left = list(lines)
        rest = list(pieces)

        class Live:
            name = str(CAPTURES / "tls13.pcap")

            def read(self, size: int, rest: list[bytes] = rest, left: list[bytes] = left, log: Path = log, step: int = step) -> bytes:  # fmt: skip
                for _ in range(step if rest else len(left)):
                    if left:
                        with log.open("ab") as file:
                            file.write(left.pop(0))
                return rest.pop(0) if rest else b""

        (flow,) = flows = tlseku.read(Live(), secrets=log)
        assert (flow, flows.warnings) == (whole, ())
