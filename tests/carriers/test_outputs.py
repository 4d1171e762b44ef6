"""What the outputs say of flows that came in datagrams."""

from __future__ import annotations

import json

import pytest

from tests.carriers.datagrams import only_flow
from tests.carriers.dtls.test_associations import DONE
from tests.carriers.dtls.test_associations import mutual as dtls_mutual
from tests.carriers.quic.test_connections import CLIENT_LEAF, conversation
from tests.carriers.quic.test_connections import mutual as quic_mutual
from tests.carriers.quic.written import V2, Dialogue
from tlseku import filter as display_filter
from tlseku.correlation import correlate
from tlseku.flow import Flow
from tlseku.output.json.flow_json import flow_to_dict
from tlseku.output.records import ecs, eve
from tlseku.output.words.advice import advice
from tlseku.output.words.carrier import carrier_words


def quic(version: int = 1, *, opened: bool = False) -> Flow:
    dialogue = Dialogue(version)
    sent = [*quic_mutual(dialogue, CLIENT_LEAF.der), *conversation(dialogue)]
    return only_flow(sent, dialogue.key_log if opened else None)


def dtls() -> Flow:
    return only_flow([*dtls_mutual(), *DONE])


def test_in_words() -> None:
    assert (carrier_words(quic()), carrier_words(quic(V2)), carrier_words(dtls())) == ("QUIC", "QUIC 2", None)


def test_the_full_object() -> None:
    full = flow_to_dict(quic(V2))
    assert full["version"] == "TLS 1.3"
    assert isinstance(full["outer"], dict)
    assert (full["outer"]["quic_version"], full["outer"]["beside_stun"]) == ("2", False)
    assert flow_to_dict(dtls())["version"] == "DTLS 1.2"


def test_event_formats_name_the_transport() -> None:
    for flow in (quic(), dtls()):
        assert json.loads("".join(map(ecs.writer(), [flow])))["network.transport"] == "udp"
        assert json.loads("".join(map(eve.writer(), [flow])))["proto"] == "UDP"


def test_nobody_is_told_to_use_an_older_tls_in_quic() -> None:
    told = " ".join(advice(quic(), correlate(quic())))
    assert "QUIC has nothing but TLS 1.3" in told
    assert "capture the same connection with TLS 1.2" not in told


@pytest.mark.parametrize(
    ("expression", "quic_fits", "dtls_fits"),
    [
        ("quic", True, False),
        ("dtls", False, True),
        ("flow.carrier == quic", True, False),
        ('tls.version == "DTLS 1.2"', False, True),
        ("udp.port == 4433", True, True),
        ("tcp.port == 4433", False, False),
        ("tls.client.verdict == ok", True, True),
    ],
)
def test_filters(expression: str, quic_fits: bool, dtls_fits: bool) -> None:
    wanted = display_filter.compile(expression)
    assert (wanted(quic(opened=True)), wanted(dtls())) == (quic_fits, dtls_fits)
