"""``tlseku.handshake.evaluation``: from a Certificate message and a CertificateRequest to what users see of them."""

from __future__ import annotations

import pytest

from tests.tls import written
from tlseku.flow import Role
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.message_log import SaidCertificate, SaidRequest
from tlseku.policy.rule_books import RuleBookSet, load_rule_books
from tlseku.tls.certificate_message import read_certificate_message
from tlseku.tls.certificate_request import CertificateRequest, read_certificate_request
from tlseku.tls.message import Message
from tlseku.x509.cache import CertificateCache

CLIENT = written.chain_of("scenario1", 0)
WRONG = written.chain_of("wrong-eku-refused", 0)
TLS12 = 0x0303


def judge(*books: str) -> Judge:
    return Judge(CertificateCache().read, RuleBookSet(load_rule_books(books)))


def certificate(body: bytes, cut: str | None = None) -> SaidCertificate:
    of = Message(0, 11, 9, 77, body, 0, (8, 9), cut, False)
    return SaidCertificate(of, read_certificate_message(body, tls13=False))


def request(body: bytes) -> SaidRequest:
    return asked_for(read_certificate_request(body, TLS12))


def asked_for(read: CertificateRequest | None) -> SaidRequest:
    return SaidRequest(Message(1, 13, 5, 66, b"", 0, None, None, False), read)


@pytest.mark.parametrize(
    ("chain", "role", "verdict"),
    [
        (CLIENT, "client", "ok"),
        (WRONG, "client", "wrong"),
        (WRONG, "server", "ok"),
        ((), "client", "declined"),
    ],
)
def test_a_chain_is_judged_in_its_role(chain: tuple[bytes, ...], role: Role, verdict: str) -> None:
    presented = judge("openssl").presented(
        certificate(written.certificate_body(*chain)), role, 9, (8, 9), "part", True
    )
    assert (presented.verdict, presented.role) == (verdict, role)
    assert [each.der for each in presented.chain] == list(chain)
    assert (presented.frame, presented.frames, presented.ts, presented.file) == (9, (8, 9), 77, "part")
    assert (presented.renegotiation, presented.entries_missing) == (True, False)
    assert list(presented.rule_books) == (["openssl"] if chain else list(presented.rule_books))


def test_the_judgement_is_shared_by_all_that_look_alike() -> None:
    one = judge("openssl", "go")
    body = written.certificate_body(*CLIENT)
    first, first_judgement = one.judged(certificate(body), "client", 9, (9,), None, False)
    second, second_judgement = one.judged(certificate(body), "client", 10, (10,), None, False)
    other, other_judgement = one.judged(certificate(body), "server", 10, (10,), None, False)
    assert first_judgement is second_judgement
    assert first.rule_books is second.rule_books
    assert other_judgement is not first_judgement
    assert [first.frame, second.frame, other.role] == [9, 10, "server"]


def test_where_a_message_was_cut_is_said() -> None:
    whole = judge().presented(certificate(written.certificate_body(*CLIENT)), "client", 9, (9,), None, False)
    body = written.certificate_body(*CLIENT)[:-10]
    cut = judge().presented(certificate(body, "segment_lost"), "client", 9, (9,), None, False)
    assert (whole.verdict, "capture" in whole.reason) == ("ok", False)
    assert cut.reason.endswith(" (a segment is missing from the capture)")
    assert (cut.verdict, cut.entries_missing, cut.chain) == ("incomplete", True, ())


def test_a_request_is_held_against_its_answer() -> None:
    body = written.request_body(types=b"\x01", schemes=(0x0401, 0x0804), names=(b"\x30\0",))
    asked = judge().request(
        request(body), "server", 5, None, False, "presented",
        certificate(written.certificate_body(*CLIENT)), TLS12,
    )  # fmt: skip
    assert (asked.certificate_types, asked.signature_algorithms) == ((1,), (0x0401, 0x0804))
    assert (asked.authorities, asked.frame, asked.ts, asked.answer) == ((b"\x30\0",), 5, 66, "presented")
    assert {name: match.ok for name, match in asked.matches.items()} == {
        "issuer_in_authorities": True,
        "key_type": True,
        "signature_algorithm": True,
        "chain_signatures": True,
        "oid_filters": True,
    }


def test_what_is_not_met_is_told() -> None:
    body = written.request_body(types=b"\x40", schemes=(0x0403,))
    asked = judge().request(
        request(body), "server", 5, None, False, "presented",
        certificate(written.certificate_body(*CLIENT)), TLS12,
    )  # fmt: skip
    unmet = [name for name, match in asked.matches.items() if match.ok is False]
    assert unmet == ["key_type", "signature_algorithm", "chain_signatures"]


@pytest.mark.parametrize("answered", [None, certificate(written.certificate_body())])
def test_without_a_chain_nothing_is_matched(answered: SaidCertificate | None) -> None:
    asked = judge().request(
        request(written.request_body()), "server", 5, None, False, "none", answered, TLS12
    )
    assert asked.matches == {}


def test_a_request_that_cannot_be_read_asks_for_nothing() -> None:
    asked = judge().request(
        asked_for(None), "server", 5, None, True, "none",
        certificate(written.certificate_body(*CLIENT)), TLS12,
    )  # fmt: skip
    assert (asked.certificate_types, asked.signature_algorithms, asked.authorities) == (None, None, ())
    assert (asked.matches, asked.renegotiation) == ({}, True)
