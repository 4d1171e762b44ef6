"""``tlseku.handshake.shared_chains``: one chain for each Certificate message, whatever else looks like it."""

from __future__ import annotations

import pytest

from tests.tls import written
from tlseku.flow import Presented
from tlseku.handshake import shared_chains as module
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.message_log import SaidCertificate
from tlseku.handshake.shared_chains import SharedChains
from tlseku.policy.rule_books import RuleBookSet
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.message import Message
from tlseku.x509.cache import CertificateCache

CLIENT = written.chain_of("scenario1", 0)
SERVER = written.chain_of("scenario1", 1)
TLS12 = 0x0303


def judge() -> Judge:
    return Judge(CertificateCache().read, RuleBookSet())


def by_itself(side: int, body: bytes) -> Presented:
    of = Message(side, 11, 0, 0, b"", 0, None, None, False)
    said = SaidCertificate(of, read_certificate_message(body, tls13=False))
    return judge().presented(said, "server" if side else "client", 0, (), None, False)


def altered(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


BODIES = [
    written.certificate_body(*CLIENT),
    written.certificate_body(*SERVER),
    written.certificate_body(CLIENT[0]),
    written.certificate_body(CLIENT[0], CLIENT[0]),
    written.certificate_body(CLIENT[0], *reversed(CLIENT[1:])),
    written.certificate_body(),
    written.certificate_body(b"no certificate"),
    written.certificate_body(b""),
    written.certificate_body(*CLIENT)[:-5],
    written.certificate_body(*CLIENT) + b"more",
    b"",
    b"\0\0",
    b"\0\0\1\0\0\0",
]


@pytest.mark.parametrize("side", [0, 1])
def test_each_body_is_judged_as_by_itself(side: int) -> None:
    made = SharedChains(judge())
    for body in (*BODIES, *reversed(BODIES)):
        assert made.chain(side, body).presented == by_itself(side, body)


def test_a_role_is_not_that_of_the_other() -> None:
    made = SharedChains(judge())
    body = BODIES[0]
    assert [made.chain(side, body).presented.verdict for side in (0, 1, 0)] == ["ok", "ok", "ok"]
    assert made.chain(0, body) is not made.chain(1, body)
    assert made.chain(0, body) is made.chain(0, body)


@pytest.mark.parametrize("body", [BODIES[0], BODIES[1], BODIES[3]])
def test_bodies_that_differ_in_one_byte_are_told_apart(body: bytes) -> None:
    """Also where the mark by which chains are looked for is the same."""
    made = SharedChains(judge())
    chain = made.chain(0, body)
    for at in range(0, len(body), 7):
        other = altered(body, at)
        assert chain.is_of(body)
        assert not chain.is_of(other)
        assert made.chain(0, other) is not chain
    assert made.chain(0, body).presented == by_itself(0, body)


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        (BODIES[0], True),
        (BODIES[5], True),
        (BODIES[2], True),
        (BODIES[6], False),
        (BODIES[7], False),
        (BODIES[8], False),
        (BODIES[9], False),
        (BODIES[10], False),
    ],
)
def test_what_cannot_be_read_is_not_plain(body: bytes, plain: bool) -> None:
    assert SharedChains(judge()).chain(0, body).is_plain is plain


def test_purposes_that_do_not_fit_are_told_apart() -> None:
    made = SharedChains(judge())
    wrong = written.chain_of("wrong-eku-refused", 0)
    fits, does_not = (made.chain(0, written.certificate_body(*chain)) for chain in (CLIENT, wrong))
    assert fits.against_purpose == 0
    assert does_not.against_purpose == made.against(does_not) != made.against(fits) > 0
    assert made.against(made.chain(0, written.certificate_body())) == 0


def room_for_ten(monkeypatch: pytest.MonkeyPatch) -> tuple[SharedChains, bytes, int]:
    """What keeps ten chains of one size, the Certificate message of one, and its size."""
    made, body = SharedChains(judge()), BODIES[0]
    size = made.chain(0, body).size
    monkeypatch.setattr(module, "MAX_BYTES", 10 * size)
    return made, body, size


def test_chains_are_kept_within_their_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    made, body, size = room_for_ten(monkeypatch)
    for at in range(20, 60):
        made.chain(at & 1, altered(body, at))
        assert made._size <= 10 * size
    assert 0 < len(made._clients) + len(made._servers) <= 10
    assert made._size == sum(
        chain.size for table in (made._clients, made._servers) for chain in table.values()
    )


def test_neither_chains_nor_requests_drive_out_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    made, body, size = room_for_ten(monkeypatch)
    for at in range(20, 60):
        made.chain(0, altered(body, at))
        assert made.request(written.request_body(schemes=(at,), names=()), TLS12) is not None
        assert made._size <= 10 * size
    assert made._asked_size == sum([request.size for request in made._requests.values()])
    assert made._size == made._asked_size + sum([chain.size for chain in made._clients.values()])
    assert len(made._clients) >= 4
    assert 4 * size <= made._asked_size <= 6 * size


def test_matches_are_those_of_each_chain() -> None:
    made = SharedChains(judge())
    asked = written.request_body(schemes=(0x0401, 0x0804), names=())
    request = made.request(asked, TLS12)
    assert request is not None
    for body in (BODIES[0], BODIES[2], BODIES[0]):
        chain = made.chain(0, body)
        found = made.matches(request, chain, asked, body, TLS12)
        assert found is not None
        assert [name for name, match in found.items() if not match.ok] == []


def test_a_leaf_whose_name_is_asked_for_is_looked_at_by_itself() -> None:
    leaf = CertificateCache().read(CLIENT[0])
    made = SharedChains(judge())
    asked = written.request_body(schemes=(0x0401, 0x0804), names=(leaf.subject_der,))
    request = made.request(asked, TLS12)
    assert request is not None
    other = written.chain_of("scenario2", 0)
    found = []
    for chain in (CLIENT, other, CLIENT):
        body = written.certificate_body(*chain)
        found.append(made.matches(request, made.chain(0, body), asked, body, TLS12))
    assert found[0] == found[2]
    assert found[0] is not None
    assert "certificate #0 is a CA that the request names" in found[0]["issuer_in_authorities"].reason
    assert found[1] is None


def test_a_request_that_cannot_be_read_is_none() -> None:
    made = SharedChains(judge())
    assert made.request(b"\5", TLS12) is None
    whole = written.request_body()
    assert made.request(whole, TLS12) is made.request(whole, TLS12)
    assert made.request(whole, TLS12) is not made.request(whole, 0x0302)
