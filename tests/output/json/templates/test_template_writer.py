"""Lines written from transcripts: hostile names, times without a text, and what is kept."""

from __future__ import annotations

import io
import json

import pytest

from tests import wire
from tests.engines import recording_engine
from tests.tls import written
from tlseku.capture import open_capture
from tlseku.flow import Flow
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage
from tlseku.output.json.flow_json import flow_to_dict, to_json
from tlseku.output.json.templates.cached_chains import Cards
from tlseku.output.json.templates.template_writer import MAX_KINDS, BriefWriter

HOSTILE = 'a%sb%%\x7f"\\\n\u202e<script>,=cmd'


class Written:
    """One capture, its transcripts, and the writer that knows nothing yet."""

    def __init__(self, content: bytes, name: str = "capture") -> None:
        with open_capture(io.BytesIO(content), name) as capture:
            self.engine = recording_engine(capture.names)
            for batch in capture.batches():
                self.engine.feed_batch(batch)
        self.engine.close()
        self.ended = self.engine.take_ended()
        self.writer = BriefWriter(self.engine.conclude, Cards(self.engine.judge))

    def recorded(self) -> list[RecordedMessages]:
        assert not any(isinstance(each, Flow) for each in self.ended)
        return [each for each in self.ended if isinstance(each, RecordedMessages)]

    def in_full(self, recorded: RecordedMessages) -> bytes:
        return f"{to_json(flow_to_dict(self.engine.conclude(recorded)))}\n".encode()


def capture(recording: str, *, copies: int = 2, start: int = wire.START, sni: str | None = None) -> bytes:
    frames: list[wire.Frame] = []
    for copy in range(copies):
        talk = wire.Talk((wire.CLIENT[0], 20000 + copy), wire.SERVER).open()
        hello, *turns = written.recording(recording)
        if sni is not None:
            content = written.vector(2, b"\0" + written.vector(2, sni.encode("latin-1")))
            hello = 0, written.client_hello(written.extension(0, content))
        for side, data in (hello, *turns):
            talk.send(side, data)
        frames += talk.close().frames(start=start + copy * wire.SECOND)
    return wire.pcap(frames)


@pytest.mark.parametrize("recording", ["scenario1", "declined", "no-eku", "tls13"])
def test_a_hostile_file_name_is_a_string_like_any_other(recording: str) -> None:
    made = Written(capture(recording), HOSTILE)
    for recorded in made.recorded():
        brief = made.writer.write(recorded, Vantage())
        assert brief is not None
        assert brief.line == made.in_full(recorded)
        assert brief.line.isascii()
        assert not set(brief.line[:-1]) & set(b"\x7f\n")
        assert json.loads(brief.line)["file"] == HOSTILE


def test_a_server_name_with_signs_of_templates() -> None:
    made = Written(capture("scenario2", sni='%s%d%%"\x7f\xff'))
    first, second = made.recorded()
    for recorded in (first, second):
        brief = made.writer.write(recorded, Vantage())
        assert brief is not None
        assert brief.line == made.in_full(recorded)
        assert json.loads(brief.line)["sni"] == '%s%d%%"\x7f\\xff'


def test_the_first_of_a_kind_is_concluded_and_the_next_is_not() -> None:
    made = Written(capture("declined", copies=3))
    concluded: list[int] = []

    def conclude(recorded: RecordedMessages) -> Flow:
        concluded.append(recorded.number)
        return made.engine.conclude(recorded)

    writer = BriefWriter(conclude, Cards(made.engine.judge))
    lines = [writer.write(each, Vantage()) for each in made.recorded()]
    assert None not in lines
    assert concluded == [1]


def test_a_request_that_is_not_met_is_left_to_the_full_conclusion() -> None:
    hello, _, *turns = written.recording("scenario1")
    requested = written.message(13, written.request_body(schemes=(0x0403,)))
    frames: list[wire.Frame] = []
    for copy in range(2):
        talk = wire.Talk((wire.CLIENT[0], 20000 + copy), wire.SERVER).open()
        server = written.chain_of("scenario1", 1)
        certificate = written.message(11, written.certificate_body(*server))
        asked = written.handshake(certificate, requested, written.SERVER_HELLO_DONE)
        for side, data in (hello, (1, written.server_hello() + asked), *turns):
            talk.send(side, data)
        frames += talk.close().frames(start=wire.START + copy * wire.SECOND)
    made = Written(wire.pcap(frames))
    assert [made.writer.write(each, Vantage()) for each in made.recorded()] == [None, None]


def test_a_certificate_out_of_its_dates_is_left_to_the_full_conclusion() -> None:
    made = Written(capture("declined", start=4_000_000_000 * wire.SECOND))
    assert [made.writer.write(each, Vantage()) for each in made.recorded()] == [None, None]


def test_verdicts_go_beside_the_line() -> None:
    made = Written(capture("tls13"))
    brief = made.writer.write(made.recorded()[0], Vantage())
    assert brief is not None
    assert brief.verdicts == ("hidden",)


@pytest.mark.parametrize(
    ("kind", "name"), [(0, "hello_request"), (24, "key_update"), (254, "message_hash"), (255, "0xff")]
)
@pytest.mark.parametrize("size", [300, 9000])
def test_a_message_of_any_kind_in_any_number_of_frames(kind: int, name: str, size: int) -> None:
    hello, (side, server), *turns = written.recording("declined")
    odd = written.handshake(written.message(kind, bytes(500)))
    frames: list[wire.Frame] = []
    for copy in range(2):
        talk = wire.Talk((wire.CLIENT[0], 20000 + copy), wire.SERVER).open()
        talk.send(*hello).send(side, server).send_in(side, odd, size)
        for turn in turns:
            talk.send(*turn)
        frames += talk.close().frames(start=wire.START + copy * wire.SECOND)
    made = Written(wire.pcap(frames))
    begins = 6
    for recorded in made.recorded():
        brief = made.writer.write(recorded, Vantage())
        assert brief is not None
        assert brief.line == made.in_full(recorded)
        said = {message["type"]: message["frames"] for message in json.loads(brief.line)["messages"]}
        assert said[name] == ([begins, begins + 1] if size == 300 else [begins])
        begins += len(frames) // 2


def test_kinds_have_a_bound() -> None:
    made = Written(capture("declined", copies=1))
    (recorded,) = made.recorded()
    writer = made.writer
    for seconds in range(MAX_KINDS + 10):
        # Each silence before the end makes a kind of its own.
        recorded.connection.closed_ts = recorded.messages[-1].ts_ns + (10 + seconds) * wire.SECOND
        assert writer.write(recorded, Vantage()) is not None
    assert len(writer._endings) == MAX_KINDS
