"""``tlseku.profiles.expressway.logs.event_stream``: logs as streams of events. Every log here is synthetic, after the public samples."""

from __future__ import annotations

import io
import json
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.profiles.expressway.archive.test_lines import Pieces
from tests.profiles.expressway.logs.event_objects import event_to_dict
from tests.schemas import schema
from tlseku.output.json.flow_json import to_json
from tlseku.output.words.terminal_page import Page, plain
from tlseku.profiles.expressway.faults import BundleError
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.logs.log_event import LogEvent
from tlseku.profiles.expressway.reports.log_json import EventJson
from tlseku.profiles.expressway.reports.log_report import Counted, EventTexts, event_lines, log_summary

VALIDATOR = Draft202012Validator(schema("log-event"))

LOG = b"""\
junk before the first event
2026-03-24T11:54:26.106+00:00 smartslave tvcs: UTCTime="2026-03-24 11:54:26,106" Module="network.sip" Level="DEBUG":  Action="Sent" Local-ip="10.106.80.31" Local-port="25002" Dst-ip="163.129.37.33" Dst-port="5061"
 SIPMSG:
 |OPTIONS sip:x SIP/2.0
 2026-03-24T11:54:26.106+00:00 smartslave tvcs: Event="Inbound TLS Negotiation Error" Detail="unsupported certificate purpose"

2026-03-29T12:33:12.384+05:30 core ssh: Detail="ssh: connect to host edge.example port 2222: Connection timed out" Level="ERROR"
2026-03-24T09:12:01.123+00:00 edge tvcs: Event="Inbound TLS Negotiation Error" Service="SIP" Src-ip="172.16.2.2" Src-port="25697" Dst-ip="172.16.2.2" Dst-port="5062" Detail="self signed certificate in certificate chain" Protocol="TLS" Level="1" UTCTime="2026-03-24 09:12:01,123" Event="Outbound TLS Negotiation Error" Detail="No SSL error available, probably remote disconnect" Protocol="TLS" Common-name="far.example"
 more of the second
2026-03-24T09:12:02.123+00:00 edge tvcs: Event="Inbound TLS Negotiation Error" Detail="unsuitable certificate purpose" bad="\xff\xfe"
"""


def read(log: bytes) -> list[LogEvent]:
    return list(LogReader(io.BytesIO(log)))


def test_a_log() -> None:
    reader = LogReader(io.BytesIO(LOG))
    found = [(one.line, one.kind, one.refusal, one.continuation_lines) for one in reader]
    assert found == [
        (2, "sip_sent", None, 4),
        (7, "ssh", None, 0),
        (8, "tls_error", None, 0),
        (8, "tls_error", None, 1),
        (10, "tls_error", "eku", 0),
    ]
    assert (reader.lines, reader.skipped_lines) == (10, 1)


def test_encoding_errors_are_kept() -> None:
    assert read(LOG)[-1].get("bad") == "\udcff\udcfe"


def test_several_events_of_a_line_share_its_prefix() -> None:
    one, two = read(LOG)[2:4]
    assert (one.host, one.process, two.host, two.process) == ("edge", "tvcs", "edge", "tvcs")
    assert (one.role, two.role) == ("server", "client")
    assert (one.time_source, two.time_source) == ("UTCTime", "prefix")


@pytest.mark.parametrize("log", [b"", b"\n\n", b' Event="x"\n', b"no event\n|at all\n", b"\0" * 1000])
def test_logs_without_events(log: bytes) -> None:
    assert read(log) == []


def test_events_come_before_the_log_ends() -> None:
    stream = Pieces([LOG])
    reader = LogReader(stream)
    assert next(reader).line == 2
    stream.pieces.append(b'2026-03-24T09:12:02.123+00:00 edge tvcs: Event="late"\n')
    assert list(reader)[-1].get("Event") == "late"


def test_an_endless_event_is_cut() -> None:
    head = b'2026-03-24T09:12:02.123+00:00 edge tvcs: Event="x" Detail="'
    (event, after) = LogReader(Pieces([head, *[b"y" * 65_536] * 100, b'"\nEvent="z"']), longest_line=1000)
    assert event.cut
    assert event.detail == "y" * (1000 - len(head))
    assert (after.get("Event"), after.cut, after.line) == ("z", False, 2)


def test_the_file_is_named_when_it_cannot_be_read() -> None:
    class Failing:
        def read(self, size: int, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(BundleError, match=r"^a\.txt: cannot read on: Input/output error$"):
        next(LogReader(Failing(), "a.txt"))


@given(st.lists(st.integers(0, len(LOG)), max_size=8))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(LOG)]
    pieces = [LOG[start:end] for start, end in pairwise(places) if start < end]
    assert list(LogReader(Pieces(pieces))) == read(LOG)


@given(st.binary())
def test_any_bytes_are_a_log(log: bytes) -> None:
    read(log)


def hold_text(event: LogEvent) -> None:
    """With styles and without the same words stand on the same lines."""
    for page in (Page(80), Page(40, ascii_only=True), Page(200)):
        texts = EventTexts(page)
        # Said once more as it was remembered.
        for _ in range(2):
            assert texts.text(event) == "".join(f"{plain(line)}\n" for line in event_lines(event, page))


def hold_json(event: LogEvent, file: str = "x") -> None:
    """The text is that of the object."""
    assert EventJson(file).text(event) == to_json(event_to_dict(event, file))


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_words_stand_on_the_same_lines(detail: str, name: str) -> None:
    quoted = [text.replace("\\", "").replace('"', "").replace("\n", " ") for text in (detail, name)]
    log = f'2026-03-24T09:12:02.123+00:00 h p: Detail="{quoted[0]}" Module="{quoted[1]}" Dst-ip="::1" Dst-port="1"\n'
    for event in read(log.encode("utf-8", "replace")):
        hold_text(event)
        hold_json(event, detail)


def test_damaged_logs(seeded: random.Random) -> None:
    tokens = [
        b'"',
        b"\\",
        b"\n",
        b" ",
        b"=",
        b'Event="',
        b"2026-03-24T09:12:01.123+00:00 h p: ",
        b"\xff",
        b"'",
    ]
    for _ in range(400):
        log = bytearray(LOG)
        for _ in range(seeded.randint(1, 12)):
            place = seeded.randrange(len(log))
            log[place : place + seeded.randint(0, 4)] = seeded.choice(tokens)
        for event in read(bytes(log)):
            VALIDATOR.validate(json.loads(json.dumps(event_to_dict(event, "x"))))
            assert all(len(plain(line)) <= 80 for line in event_lines(event, Page(80)))
            hold_text(event)
            hold_json(event)


def test_lines_for_people() -> None:
    page = Page(120)
    lines = [plain(line) for event in read(LOG) for line in event_lines(event, page)]
    assert lines == [
        "     2  2026-03-24T11:54:26.106000Z  sip_sent, 10.106.80.31:25002 → 163.129.37.33:5061, 4 lines more",
        "     7  2026-03-29T07:03:12.384000Z  ssh, this node client, → edge.example port 2222",
        "        ssh: connect to host edge.example port 2222: Connection timed out",
        "     8  2026-03-24T09:12:01.123000Z  tls_error, this node server, 172.16.2.2:25697 → 172.16.2.2:5062",
        "        self signed certificate in certificate chain (this node refused: an issuer that is not trusted, alert unknown_ca",
        "        (48))",
        "     8  2026-03-24T09:12:01.123000Z  tls_error, this node client, 1 line more",
        "        No SSL error available, probably remote disconnect",
        "    10  2026-03-24T09:12:02.123000Z  tls_error, this node server",
        "        unsuitable certificate purpose (a certificate's EKU is refused)",
    ]


def test_a_reason_is_shown() -> None:
    log = b'2026-03-24T09:12:02.123+00:00 h p: Module="network.tcp" Detail="Closed" Reason="no certificate returned"\n'
    (event,) = read(log)
    assert [plain(line) for line in event_lines(event, Page(100))][1] == (
        "        Closed; reason: no certificate returned"
    )


def test_what_is_hostile_is_escaped() -> None:
    (event,) = read(b'2026-03-24T09:12:02.123+00:00 h p: Event="\x1b[31m" Detail="\xe2\x80\xae\xff"\n')
    assert [plain(line) for line in event_lines(event, Page(100))] == [
        "     1  2026-03-24T09:12:02.123000Z  \\x1b[31m",
        "        \\u202e\\udcff",
    ]


def test_the_summary() -> None:
    reader = LogReader(io.BytesIO(LOG))
    counted = Counted(reader.batches())
    assert sum(len(events) for events in counted) == 5
    assert log_summary(counted.kinds, counted.refusals, reader.lines, reader.skipped_lines) == (
        "10 lines, 5 events; 3 tls_error; 1 ssh; 1 sip_sent; 1 EKU refusal; 1 line before the first event passed over"
    )


WRAPPED = b"""\
2026-03-24T11:54:26.106+00:00 edge tvcs: UTCTime="2026-03-24 11:54:26,106"
Module="network.sip" Level="DEBUG": Action="Sent" Local-ip="10.106.80.31" Local-port="25002"
DST-ip="163.129.37.33" DST-port="5061"
2026-03-24T11:54:27.106+00:00 edge tvcs: Event="Inbound TLS Negotiation Error" Detail="unsuitable
certificate purpose" Dst-ip="10.106.80.31"
"""


def test_events_wrapped_as_documents_print_them() -> None:
    sent, error = read(WRAPPED)
    assert (sent.line, sent.kind, sent.continuation_lines) == (1, "sip_sent", 0)
    assert sent.destination is not None
    assert (sent.destination.ip, sent.destination.port) == ("163.129.37.33", 5061)
    assert (error.line, error.detail, error.refusal) == (4, "unsuitable certificate purpose", "eku")


@pytest.mark.parametrize(
    "second",
    [
        # Indented lines are SIP bodies, whatever they say; keys that are there already begin an event of their own.
        b' Detail="unsuitable certificate purpose"',
        b'Event="Inbound TLS Negotiation Error" Detail="another"',
        b'2026-03-24T11:54:27.106+00:00 edge tvcs: Detail="unsuitable certificate purpose"',
        b"words and no key",
        b'and then Detail="unsuitable certificate purpose"',
    ],
)
def test_lines_that_are_not_the_rest_of_an_event(second: bytes) -> None:
    first = b'2026-03-24T11:54:26.106+00:00 edge tvcs: Event="Inbound TLS Negotiation Error" Service="SIP"'
    found = read(first + b"\n" + second + b"\n")
    assert (found[0].detail, found[0].refusal) == (None, None)


def test_after_a_body_nothing_is_joined() -> None:
    log = b'2026-03-24T11:54:26.106+00:00 edge tvcs: Event="A"\n |body\nDetail="unsuitable certificate purpose"\n'
    (found,) = read(log)
    assert (found.detail, found.continuation_lines) == (None, 2)


def test_a_log_in_utf_16() -> None:
    text = LOG.decode("latin-1")
    for coding in ("utf-16-le", "utf-16-be"):
        mark = "\ufeff".encode(coding)
        found = read(mark + text.encode(coding))
        assert [(one.line, one.kind) for one in found] == [(one.line, one.kind) for one in read(LOG)]
