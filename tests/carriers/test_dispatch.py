"""Which class reads what: every name leads to one, and kinds of one class share the carrier."""

from __future__ import annotations

from importlib import import_module
from unittest.mock import Mock

import pytest

from tlseku.carriers.dispatch import RADSEC, RADSEC_STREAM, READERS, STREAM_READERS, Carriers
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import DTLS, IKE, NOT_TCP, STUN, Datagram

KEY = bytes(range(12))
SECOND = 10**9


def carriers() -> Carriers:
    return Carriers(Mock(spec=["secrets", "pending", "new_session", "new_message_session"]), Decoder())


def verbs(name: str) -> set[str]:
    module, _, own = name.rpartition(".")
    return {verb for verb in dir(getattr(import_module(f"tlseku.carriers.{module}"), own)) if verb[0] != "_"}


@pytest.mark.parametrize("name", [*READERS.values(), RADSEC])
def test_a_carrier_has_the_verbs_of_one(name: str) -> None:
    assert {"take", "advance", "close", "limits"} <= verbs(name)


@pytest.mark.parametrize("name", STREAM_READERS.values())
def test_a_listener_has_the_verbs_of_one(name: str) -> None:
    assert {"data", "gap", "late", "defect", "ended", "is_start", "held"} <= verbs(name)


def test_what_reads_inside_has_its_verbs() -> None:
    assert {"data", "lost", "is_over"} <= verbs(RADSEC_STREAM)


def test_what_nobody_reads_is_counted_as_what_it_is() -> None:
    of_all = carriers()
    assert of_all.take(Datagram(NOT_TCP, KEY, b"", 0, 0, 0), 1, 0) == NOT_TCP
    assert of_all.take(Datagram(-4711, KEY, b"", 0, 0, 0), 2, 0) == -4711
    assert of_all.limits == {}


def test_kinds_of_one_class_share_the_carrier() -> None:
    of_all = carriers()
    for kind in (STUN, DTLS, IKE, STUN):
        of_all.take(Datagram(kind, KEY, bytes(40), 0, 40, 0), 1, 0)
    assert sorted(of_all._by_class) == ["dtls.associations.DtlsAssociations", "ike.Ike"]


def test_time_ends_what_is_silent_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    of_all = carriers()
    said: list[int] = []
    of_all.take(Datagram(STUN, KEY, bytes(40), 0, 40, 0), 1, 0)
    (carrier,) = of_all._by_class.values()
    monkeypatch.setattr(type(carrier), "advance", lambda self, ts_ns: said.append(ts_ns))
    for ts_ns in (SECOND, SECOND + 1, SECOND + 2, 2 * SECOND, 5 * SECOND):
        of_all.take(Datagram(STUN, KEY, bytes(40), 0, 40, 0), 2, ts_ns)
    assert said == [SECOND + 1, 5 * SECOND]
