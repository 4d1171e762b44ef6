"""Certificate messages that exist only encrypted: compressed ones, raw public keys, delegated credentials."""

from __future__ import annotations

import zlib

import pytest

from tlseku.decryption import SecretStore
from tlseku.decryption.record_decryptor import RecordDecryptor
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.connection import Connection
from tlseku.tls.message import Message

DER = b"\x30\x03\x02\x01\x05"
S = 1


def entry(extensions: bytes = b"") -> bytes:
    return len(DER).to_bytes(3, "big") + DER + len(extensions).to_bytes(2, "big") + extensions


def certificate(extensions: bytes = b"") -> bytes:
    listed = entry(extensions)
    return b"\0" + len(listed).to_bytes(3, "big") + listed


def compressed(algorithm: int, body: bytes, data: bytes) -> bytes:
    return algorithm.to_bytes(2, "big") + len(body).to_bytes(3, "big") + len(data).to_bytes(3, "big") + data


@pytest.fixture
def talk() -> MessageLog:
    """What is said once TLS 1.3 was agreed and its records are opened."""
    message_log = MessageLog(Connection(bytes(12), 1, 0), 1, lambda *_: None, lambda: None)
    message_log.decryptor = RecordDecryptor(SecretStore(), message_log)
    return message_log


def hear(talk: MessageLog, kind: int, body: bytes) -> None:
    talk.decrypted(Message(S, kind, 7, 0, body, 0, (6, 7), None, True))


@pytest.fixture(autouse=True)
def tls13(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordDecryptor, "agreed_tls13", property(lambda _: True))


def test_a_compressed_certificate_has_the_frames_of_its_message(talk: MessageLog) -> None:
    body = certificate()
    hear(talk, 25, compressed(1, body, zlib.compress(body)))
    (said,) = talk.certificates
    assert (said.message.certificates, said.message.whole, said.frames, said.opened) == (
        (DER,),
        True,
        (6, 7),
        True,
    )
    assert (talk.defects, talk.unread_certificates) == ([], [None, None])
    assert [each.kind for each in talk.said] == [25]


def test_an_unknown_compression_is_told(talk: MessageLog) -> None:
    hear(talk, 25, compressed(99, certificate(), b"?"))
    assert talk.certificates == []
    assert talk.unread_certificates == [None, "unsupported_compression"]
    assert [defect[1:] for defect in talk.defects] == [
        ("a certificate is compressed with algorithm 99, which cannot be undone here", 7)
    ]


@pytest.mark.parametrize("data", [b"", b"no zlib", zlib.compress(bytes(50)), zlib.compress(bytes(10**6))])
def test_damaged_compression_is_a_defect(talk: MessageLog, data: bytes) -> None:
    hear(talk, 25, compressed(1, bytes(60), data))
    assert talk.certificates == []
    assert len(talk.defects) == 1


def test_a_raw_public_key_is_no_chain(talk: MessageLog) -> None:
    hear(talk, 8, b"\0\x05" + b"\0\x14\0\x01\x02")
    hear(talk, 11, certificate())
    assert talk.certificates == []
    assert talk.unread_certificates == [None, "raw_public_key"]


def test_no_raw_public_key_is_an_empty_list(talk: MessageLog) -> None:
    hear(talk, 8, b"\0\x05" + b"\0\x14\0\x01\x02")
    hear(talk, 11, b"\x02ab" + bytes(3))
    assert [said.message.certificates for said in talk.certificates] == [()]
    assert talk.unread_certificates == [None, None]


def test_a_delegated_credential_is_noted(talk: MessageLog) -> None:
    hear(talk, 11, certificate(b"\0\x22\0\x01x"))
    assert [said.message.certificates for said in talk.certificates] == [(DER,)]
    assert talk.defects == [
        ("tls", "a delegated credential (RFC 9345) stands in for the key of the certificate", 7)
    ]


def test_extensions_that_cannot_be_read_are_a_defect(talk: MessageLog) -> None:
    hear(talk, 8, b"\0\x09\0")
    assert [defect[2] for defect in talk.defects] == [7]
