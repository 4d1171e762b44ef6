"""Captures in, flows out: several files, merged files, errors, numbering."""

from __future__ import annotations

import gzip
import inspect
import io
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.tls import written
from tlseku import CaptureError, ScanOptions
from tlseku.flow import Summary
from tlseku.handshake.vantage import VantageError

CAPTURES = Path(__file__).resolve().parents[1] / "captures"


def frames_of(name: str, port: int = 51000, start: int = wire.START) -> list[wire.Frame]:
    talk = wire.Talk(("192.0.2.10", port)).open()
    for side, data in written.recording(name):
        talk.send_in(side, data, 500)
    return talk.close().frames(start=start)


def named(directory: Path, name: str, frames: list[wire.Frame]) -> str:
    path = directory / name
    path.write_bytes(wire.pcap(frames))
    return str(path)


def test_flows_count_on_over_files(tmp_path: Path) -> None:
    one = named(tmp_path, "one.pcap", frames_of("no-eku"))
    two = named(tmp_path, "two.pcap", frames_of("declined"))
    flows = tlseku.read(one, two)
    assert [(flow.number, flow.file) for flow in flows] == [(1, one), (2, two)]
    assert [flow.messages[0].frame for flow in flows] == [4, 4]
    assert (flows.summary.files, flows.summary.flows, flows.summary.connections) == (2, 2, 2)
    assert flows.summary.packets == len(frames_of("no-eku")) + len(frames_of("declined"))


def test_bytes_are_those_of_the_captures_decompressed(tmp_path: Path) -> None:
    frames = frames_of("no-eku")
    plain, packed = wire.pcap(frames), gzip.compress(wire.pcapng(frames))
    assert tlseku.read(io.BytesIO(plain)).summary.bytes == len(plain)
    both = tlseku.read(io.BytesIO(plain), io.BytesIO(packed))
    assert both.summary.bytes == len(plain) + len(wire.pcapng(frames))
    one, two = named(tmp_path, "00.pcap", frames[:9]), named(tmp_path, "01.pcap", frames[9:])
    assert tlseku.read(one, two, merge=True).summary.bytes == len(plain) + 24


def test_bytes_so_far_are_known_while_reading_and_after_damage() -> None:
    content = wire.pcap(frames_of("no-eku"))
    running = tlseku.scan(io.BytesIO(content))
    assert running.summary.bytes == 0
    next(running)
    assert running.summary.bytes == len(content)
    cut = tlseku.read(io.BytesIO(content[:-7]))
    assert (cut.summary.bytes, len(cut.warnings)) == (len(content) - 7, 1)


class _Pieces:
    """Hands out one piece after the other."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def read(self, size: int, /) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def test_numbers_follow_the_order_of_recognition_not_of_ending() -> None:
    long, short = frames_of("no-eku", 1000), frames_of("declined", 2000, wire.START + wire.MILLISECOND * 6)
    frames = sorted([*long[:-3], *short], key=lambda frame: frame.ts_ns) + [
        frame._replace(ts_ns=wire.START + 90 * wire.SECOND) for frame in long[-3:]
    ]
    content = wire.pcap(frames)
    batches = _Pieces(wire.pcap(frames[:-3]), wire.pcap(frames[-3:])[24:])
    assert [flow.number for flow in tlseku.scan(batches)] == [2, 1]
    # In one batch the last packet shows that the short one is over.
    assert [flow.number for flow in tlseku.scan(io.BytesIO(content))] == [2, 1]
    assert [(flow.number, flow.client.port) for flow in tlseku.read(io.BytesIO(content))] == [
        (1, 1000),
        (2, 2000),
    ]


@pytest.mark.parametrize("at", range(1, 22, 3))
def test_a_flow_over_two_rotated_files(tmp_path: Path, at: int) -> None:
    frames = frames_of("scenario1")
    whole = tlseku.read(io.BytesIO(wire.pcap(frames)))[0]
    one, two = named(tmp_path, "00.pcap", frames[:at]), named(tmp_path, "01.pcap", frames[at:])
    for order in ((one, two), (two, one)):
        (flow,) = tlseku.read(*order, merge=True)
        assert flow.file == one
        assert [each.chain for each in flow.presented] == [each.chain for each in whole.presented]
        assert [(m.kind, m.role) for m in flow.messages] == [(m.kind, m.role) for m in whole.messages]
        for message, known in zip(flow.messages, whole.messages, strict=True):
            late = known.frame > at
            assert message.frame == (known.frame - at if late else known.frame)
            assert message.file == (two if late else None)
        assert (flow.outcome, flow.requests[0].answer) == ("completed", "presented")


def test_not_merged_the_same_files_are_two_captures(tmp_path: Path) -> None:
    frames = frames_of("scenario1")
    one, two = named(tmp_path, "00.pcap", frames[:8]), named(tmp_path, "01.pcap", frames[8:])
    flows = tlseku.read(one, two)
    assert [flow.file for flow in flows] == [one, two]
    assert ("client_hello", "starts_mid_handshake") in {(each.what, each.reason) for each in flows[1].hidden}


def test_an_unreadable_source_raises(tmp_path: Path) -> None:
    with pytest.raises(CaptureError):
        list(tlseku.scan(str(tmp_path / "missing.pcap")))
    with pytest.raises(CaptureError):
        list(tlseku.scan(io.BytesIO(b"this is no capture at all")))


def test_on_error_goes_on_with_the_next(tmp_path: Path) -> None:
    good = named(tmp_path, "good.pcap", frames_of("no-eku"))
    errors: list[CaptureError] = []
    flows = tlseku.read(
        str(tmp_path / "missing"), good, io.BytesIO(b"nothing of the kind"), good, on_error=errors.append
    )
    assert [flow.number for flow in flows] == [1, 2]
    assert len(errors) == 2
    assert flows.summary.files == 2


def test_a_cut_file_gives_what_stands_before_and_a_warning() -> None:
    content = wire.pcap(frames_of("no-eku"))
    flows = tlseku.read(io.BytesIO(content[:-10]))
    assert [flow.outcome for flow in flows] == ["completed"]
    assert len(flows.warnings) == 1


def test_a_wrong_vantage_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(VantageError):
        tlseku.scan(str(tmp_path / "missing"), local=["nowhere"])


def test_no_source_no_flow() -> None:
    assert list(tlseku.scan()) == []
    assert len(tlseku.read()) == 0


def test_the_summary_grows_while_flows_come(tmp_path: Path) -> None:
    paths = [named(tmp_path, f"{n}.pcap", frames_of("no-eku")) for n in range(3)]
    running = tlseku.scan(*paths)
    counts = []
    for flow in running:
        counts.append((flow.number, running.summary.flows))
    assert counts == [(1, 1), (2, 2), (3, 3)]
    assert running.summary.files == 3


def test_flows_is_a_sequence() -> None:
    flows = tlseku.read(io.BytesIO(wire.pcap(frames_of("no-eku", 1000) + frames_of("declined", 2000))))
    assert len(flows) == 2
    assert flows[0].number == 1
    assert [flow.number for flow in flows[::-1]] == [2, 1]
    assert flows[1] in flows
    with pytest.raises(IndexError):
        flows[2]


def test_progress_is_told_after_every_batch_and_grows() -> None:
    told: list[Summary] = []
    scan = tlseku.scan(
        str(CAPTURES / "scenario1.pcap.gz"), str(CAPTURES / "no-eku.pcap"), progress=told.append
    )
    flows = list(scan)
    assert len(flows) == 2
    assert len(told) > 2
    assert [each.packets for each in told] == sorted(each.packets for each in told)
    assert [each.bytes for each in told] == sorted(each.bytes for each in told)
    assert told[-1].packets == scan.summary.packets


def test_what_progress_raises_ends_the_scan() -> None:
    def enough(summary: Summary) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(tlseku.scan(str(CAPTURES / "no-eku.pcap"), progress=enough))


@pytest.mark.parametrize("limit", [1, 5, 9, 13_000, 20_000])
def test_max_packets_are_the_first_over_all_sources(limit: int) -> None:
    sources = [str(CAPTURES / name) for name in ("no-eku.pcap", "scenario1.pcap.gz")]
    scan = tlseku.scan(*sources, max_packets=limit)
    list(scan)
    whole = tlseku.scan(*sources)
    list(whole)
    assert scan.summary.packets == min(limit, whole.summary.packets)
    assert scan.summary.files == (1 if limit <= 9 else 2)


def test_max_packets_of_a_merged_capture() -> None:
    sources = [str(CAPTURES / name) for name in ("no-eku.pcap", "declined.pcap")]
    scan = tlseku.scan(*sources, merge=True, max_packets=3)
    list(scan)
    assert scan.summary.packets == 3


def told(flows: tlseku.Flows) -> tuple[object, ...]:
    """What options can change of flows."""
    return (
        [(flow.number, flow.direction, flow.file, flow.presented, flow.outcome) for flow in flows],
        flows.summary,
        flows.warnings,
    )


KEYS = CAPTURES / "tls13.keys"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"local": ["192.0.2.0/24"]},
        {"merge": True},
        {"rule_books": ()},
        {"rule_books": tlseku.load_rule_books(["expressway-15.5"]), "context": tlseku.Context("off")},
        {"known_issuers": tlseku.KnownIssuers()},
        {"secrets": KEYS},
        {"secrets": [str(KEYS), KEYS.read_bytes()]},
        {"max_packets": 7},
    ],
)
def test_options_are_what_the_keywords_are(given: dict[str, object]) -> None:
    sources = [CAPTURES / "wrong-eku-refused.pcap", CAPTURES / "tls13.pcap"]
    by_keyword = tlseku.read(*sources, **given)  # type: ignore[arg-type]
    options = ScanOptions(**given)  # type: ignore[arg-type]
    assert told(tlseku.read(*sources, options=options)) == told(by_keyword)
    scanned = list(tlseku.scan(*sources, **given))  # type: ignore[arg-type]
    again = list(tlseku.scan(*sources, options=options))
    assert [(flow.number, flow.presented) for flow in again] == [
        (flow.number, flow.presented) for flow in scanned
    ]
    if given:
        for reads in (tlseku.read, tlseku.scan):
            with pytest.raises(TypeError, match=r"^options= holds all of them"):
                reads(*sources, options=options, **given)  # type: ignore[arg-type]


def keywords_of(function: Callable[..., object]) -> dict[str, object]:
    """The defaults of what a function takes by name alone."""
    return {
        each.name: each.default
        for each in inspect.signature(function).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    }


def test_every_option_is_a_keyword_of_what_reads_with_the_same_default() -> None:
    options: dict[str, object] = {each.name: each.default for each in fields(ScanOptions)}
    together = {"options": None, "on_error": None, "progress": None, **options}
    assert (keywords_of(tlseku.scan), keywords_of(tlseku.read)) == (together, together)
    of_many = {"options": None, "on_error": None, "processes": None, "storage": None, **options}
    del of_many["merge"], of_many["max_packets"]
    assert (keywords_of(tlseku.scan_many), keywords_of(tlseku.read_many)) == (of_many, of_many)


def test_options_stay_what_they_are() -> None:
    local, logs, books = ["192.0.2.1"], [KEYS], list(tlseku.load_rule_books(["go"]))
    options = ScanOptions(local=local, secrets=logs, rule_books=books)
    for each in (local, logs, books):
        each.clear()
    assert (options.local, options.secrets) == (("192.0.2.1",), (KEYS,))
    assert [book.name for book in options.rule_books or ()] == ["go"]
    assert pickle.loads(pickle.dumps(options)) == options
    with pytest.raises(FrozenInstanceError):
        options.merge = True  # type: ignore[misc]


@pytest.mark.parametrize("one", [KEYS, str(KEYS), b"CLIENT_RANDOM"])
def test_one_key_log_is_one(one: object) -> None:
    assert ScanOptions(secrets=one).secrets == (one,)  # type: ignore[arg-type]


def test_options_with_a_wrong_vantage_cannot_be_made() -> None:
    with pytest.raises(VantageError, match="'nowhere' is neither an IP address nor a network"):
        ScanOptions(local=["10.0.0.0/8", "nowhere"])
