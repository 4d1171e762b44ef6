"""``tlseku.handshake.conclusions``: each flow is that of its own conclusion, whoever came before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import pytest

from tests import wire
from tests.handshake.made import Made
from tests.tls import written
from tlseku.correlation import correlate
from tlseku.flow import Flow, Kind
from tlseku.handshake.conclusions import MAX_KINDS, Conclusions
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage, with_vantage

CHAINS = {
    "fits": ("scenario1", 0),
    "fits as well": ("scenario2", 0),
    "wrong": ("wrong-eku-refused", 0),
    "server only": ("scenario1", 1),
    "without": ("no-eku", 0),
}
END = {
    "refused by the server": (0, 43),
    "refused by the client": (1, 42),
    "broken off": (0, -1),
    "completed": (0, 0),
}


def chain(name: str) -> tuple[bytes, ...]:
    recording, side = CHAINS[name]
    return written.chain_of(recording, side)


def message_log(
    server: Sequence[bytes], client: Sequence[bytes] | None, end: str, sni: bytes
) -> list[tuple[int, bytes]]:
    """A handshake of TLS 1.2 that ends as ``END`` says."""
    who, code = END[end]
    hello = written.client_hello(written.sni(sni)) if sni else written.client_hello()
    flight = [written.message(11, written.certificate_body(*server)), written.SERVER_KEY_EXCHANGE]
    if client is not None:
        flight.append(written.message(13, written.request_body(schemes=(0x0403, 0x0804, 0x0401, 0x0501))))
    flight.append(written.SERVER_HELLO_DONE)
    said = [(0, hello), (1, written.server_hello() + written.handshake(*flight))]
    if who:
        return [*said, (0, written.alert(2, code))]
    answer = [] if client is None else [written.message(11, written.certificate_body(*client))]
    if client:
        answer += [written.CLIENT_KEY_EXCHANGE, written.CERTIFICATE_VERIFY]
    else:
        answer.append(written.CLIENT_KEY_EXCHANGE)
    said.append((0, written.handshake(*answer) + written.CCS + written.finished()))
    if code > 0:
        said.append((1, written.alert(2, code)))
    elif code == 0:
        said += [(1, written.CCS + written.finished()), (0, written.application_data())]
    return said


def capture(conversations: Sequence[Sequence[tuple[int, bytes]]]) -> bytes:
    frames: list[wire.Frame] = []
    for number, said in enumerate(conversations):
        talk = wire.Talk((wire.CLIENT[0], 20000 + number), wire.SERVER).open()
        for side, data in said:
            talk.send(side, data)
        frames += talk.close().frames(start=wire.START + number * wire.SECOND)
    return wire.pcap(frames)


def flows(content: bytes) -> list[Flow]:
    """The flows, each held against its own conclusion; all of them have to share one."""
    made = Made(content)
    assert made.check() == len(made.flows)
    return made.flows


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_flows(seed: int) -> None:
    asked = ["none", "empty", *CHAINS]
    all_kinds = list(product(CHAINS, asked, END, [b"", b"expe.example.com"]))
    random.Random(seed).shuffle(all_kinds)
    conversations = [
        message_log(
            chain(server),
            None if client == "none" else () if client == "empty" else chain(client),
            end,
            sni,
        )
        for server, client, end, sni in all_kinds
    ]
    found = flows(capture(conversations))
    assert len(found) == len(all_kinds) == 5 * 7 * 4 * 2
    for (_, _, end, _), flow in zip(all_kinds, found, strict=True):
        assert flow.outcome == {"broken off": "aborted", "completed": "completed"}.get(end, "refused")


def statements(flow: Flow) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.about, each.causes) for each in correlate(flow)]


def test_the_same_refusal_after_another_chain_says_something_else() -> None:
    refused = [
        message_log(chain("server only"), chain(client), "refused by the server", b"")
        for client in ("wrong", "fits", "wrong", "fits")
    ]
    found = [statements(flow) for flow in flows(capture(refused))]
    assert found[0] == found[2] == [("refused_for_eku", ("eku",))]
    assert found[1] == found[3] == [("refused_after_certificate", ())]


def test_the_name_asked_for_is_a_reason_of_a_client_only() -> None:
    names = [b"a.example", b"expe.example.com", b"a.example"]
    by_client = [message_log(chain("server only"), None, "refused by the client", name) for name in names]
    found = [statements(flow) for flow in flows(capture(by_client))]
    assert ["name" in causes for _, causes in (each[0] for each in found)] == [True, True, True]
    by_server = [
        message_log(chain("server only"), chain("fits"), "refused by the server", name) for name in names
    ]
    assert [statements(flow) for flow in flows(capture(by_server))] == [
        [("refused_after_certificate", ())] * 1
    ] * 3


def test_what_was_accepted_despite_its_purpose_differs_by_purpose() -> None:
    completed = [
        message_log(chain("server only"), chain(client), "completed", b"")
        for client in ("wrong", "fits", "wrong", "without")
    ]
    about = [[what for what, _ in statements(flow)] for flow in flows(capture(completed))]
    assert about == [["acceptance_unknown"], [], ["acceptance_unknown"], []]


def recording(name: str, *, copies: int = 2, start: int = wire.START, sni: str | None = None) -> bytes:
    frames: list[wire.Frame] = []
    for copy in range(copies):
        talk = wire.Talk((wire.CLIENT[0], 20000 + copy), wire.SERVER).open()
        hello, *turns = written.recording(name)
        if sni is not None:
            content = written.vector(2, b"\0" + written.vector(2, sni.encode("latin-1")))
            hello = 0, written.client_hello(written.extension(0, content))
        for side, data in (hello, *turns):
            talk.send(side, data)
        frames += talk.close().frames(start=start + copy * wire.SECOND)
    return wire.pcap(frames)


def test_the_first_two_of_a_kind_are_concluded_and_the_next_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    concluded: list[int] = []
    by_itself = Conclusions.by_itself

    def counting(self: Conclusions, recorded: RecordedMessages) -> Flow:
        concluded.append(recorded.number)
        return by_itself(self, recorded)

    with monkeypatch.context() as patched:
        patched.setattr("tests.engines.Concluded.by_itself", counting)
        made = Made(recording("declined", copies=3))
    # It was read three times.
    assert concluded == [1, 2]
    assert made.check() == 3
    assert (len(made.conclusions._kept), len(made.conclusions._once)) == (1, 0)
    assert len({id(flow.kind.kept) for flow in made.flows if flow.kind is not None}) == 1


def test_a_request_that_is_not_met_is_concluded_by_itself() -> None:
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
    assert Made(wire.pcap(frames)).check() == 0


def test_a_certificate_out_of_its_dates_is_concluded_by_itself() -> None:
    assert Made(recording("declined", start=4_000_000_000 * wire.SECOND)).check() == 0


@pytest.mark.parametrize("sni", ['%s%d%%"\x7f\xff', "a.example"])
def test_any_server_name(sni: str) -> None:
    made = Made(recording("scenario2", sni=sni))
    assert made.check() == 2
    assert [flow.sni for flow in made.flows] == [sni.replace("\xff", "\\xff")] * 2


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
    made = Made(wire.pcap(frames))
    assert made.check() == 2
    begins = 6
    for flow in made.flows:
        said = {message.kind: message.frames for message in flow.messages}
        assert said[name] == ((begins, begins + 1) if size == 300 else (begins,))
        begins += len(frames) // 2


@pytest.mark.parametrize(("port", "accepted"), [(443, True), (636, None), (5269, None), (8443, True)])
@pytest.mark.parametrize("others_first", [False, True])
def test_servers_that_judge_inside_are_of_another_kind(
    port: int, accepted: bool | None, others_first: bool
) -> None:
    """An encrypted answer of LDAP or XMPP may be a refusal: whoever came before on another port says nothing of it."""
    ports = [443, 636, port] if others_first else [port]
    frames: list[wire.Frame] = []
    for number, each in enumerate(ports):
        talk = wire.Talk((wire.CLIENT[0], 20000 + number), (wire.SERVER[0], each)).open()
        for side, data in (
            *written.recording("scenario1"),
            (0, written.application_data()),
            (1, written.application_data()),
        ):
            talk.send(side, data)
        frames += talk.close().frames(start=wire.START + number * wire.SECOND)
    made = Made(wire.pcap(frames))
    assert made.check() == len(ports)
    assert made.flows[-1].client_certificate_accepted is accepted


def test_the_vantage_is_no_part_of_the_kind() -> None:
    made = Made(recording("scenario1"))
    flow = made.flows[0]
    seen = with_vantage(flow, Vantage((flow.server.ip,)))
    assert (seen.direction, seen.vantage) == ("inbound", (flow.server.ip,))
    assert [each.direction for each in seen.presented] == ["outbound", "inbound"]
    assert [each.direction for each in flow.presented] == ["unknown", "unknown"]
    assert seen.kind == flow.kind


def test_kinds_have_a_bound() -> None:
    made = Made(recording("declined", copies=1))
    (recorded,) = made.conclusions.recorded.values()
    for seconds in range(MAX_KINDS + 10):
        # Each silence before the end makes a kind of its own.
        recorded.connection.closed_ts = recorded.messages[-1].ts_ns + (10 + seconds) * wire.SECOND
        assert made.conclusions.flow(recorded, Vantage()).kind is None
        assert made.conclusions.flow(recorded, Vantage()).kind is not None
    assert len(made.conclusions._kept) == MAX_KINDS


def test_kinds_seen_once_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.handshake.conclusions.MAX_ONCE", 5)
    made = Made(recording("declined", copies=1))
    (recorded,) = made.conclusions.recorded.values()

    def kind_of(seconds: int) -> Kind | None:
        recorded.connection.closed_ts = recorded.messages[-1].ts_ns + (10 + seconds) * wire.SECOND
        return made.conclusions.flow(recorded, Vantage()).kind

    assert [kind_of(seconds) for seconds in range(6)] == [None] * 6
    assert len(made.conclusions._once) == 5
    # The oldest was given up.
    assert [kind_of(seconds) is None for seconds in (5, 0)] == [False, True]
