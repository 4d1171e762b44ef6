"""Flows whose certificates have a part in what is said: each line is that of its own conclusion, whoever came before."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import product

import pytest

from tests import wire
from tests.output.json.templates.test_template_writer import Written
from tests.tls import written
from tlseku.handshake.vantage import Vantage

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


def lines(content: bytes) -> list[dict[str, object]]:
    """The lines, each held against its own conclusion; all of them have to be written briefly."""
    made = Written(content)
    found = []
    for recorded in made.recorded():
        brief = made.writer.write(recorded, Vantage())
        assert brief is not None
        assert brief.line == made.in_full(recorded)
        found.append(json.loads(brief.line))
    return found


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
    found = lines(capture(conversations))
    assert len(found) == len(all_kinds) == 5 * 7 * 4 * 2
    for (_, _, end, _), flow in zip(all_kinds, found, strict=True):
        assert flow["outcome"] == {"broken off": "aborted", "completed": "completed"}.get(end, "refused")


def statements(flow: dict[str, object]) -> list[tuple[str, list[str]]]:
    said = flow["statements"]
    assert isinstance(said, list)
    return [(each["about"], each["causes"]) for each in said]


def test_the_same_refusal_after_another_chain_says_something_else() -> None:
    refused = [
        message_log(chain("server only"), chain(client), "refused by the server", b"")
        for client in ("wrong", "fits", "wrong", "fits")
    ]
    found = [statements(flow) for flow in lines(capture(refused))]
    assert found[0] == found[2] == [("refused_for_eku", ["eku"])]
    assert found[1] == found[3] == [("refused_after_certificate", [])]


def test_the_name_asked_for_is_a_reason_of_a_client_only() -> None:
    names = [b"a.example", b"expe.example.com", b"a.example"]
    by_client = [message_log(chain("server only"), None, "refused by the client", name) for name in names]
    found = [statements(flow) for flow in lines(capture(by_client))]
    assert ["name" in causes for _, causes in (each[0] for each in found)] == [True, True, True]
    by_server = [
        message_log(chain("server only"), chain("fits"), "refused by the server", name) for name in names
    ]
    assert [statements(flow) for flow in lines(capture(by_server))] == [
        [("refused_after_certificate", [])] * 1
    ] * 3


def test_what_was_accepted_despite_its_purpose_differs_by_purpose() -> None:
    completed = [
        message_log(chain("server only"), chain(client), "completed", b"")
        for client in ("wrong", "fits", "wrong", "without")
    ]
    about = [[what for what, _ in statements(flow)] for flow in lines(capture(completed))]
    assert about == [["acceptance_unknown"], [], ["acceptance_unknown"], []]
