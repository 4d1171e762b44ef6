"""Compressed certificates and delegated credentials of a real peer: tlslite-ng against itself, with its own secrets.

No program of OpenSSL 3.0, GnuTLS or NSS on Debian sends either. tlslite-ng writes no key log, so that what it derives is
noted where it derives it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tests.decryption.memory import Spoken, Stage
from tests.decryption.test_record_decryptor import C, S, asked, flow_of, kinds, subjects
from tlseku.flow import Defect, Hidden

pytest.importorskip("tlslite")

from tlslite import tlsconnection
from tlslite.api import (
    HandshakeSettings,
    TLSConnection,
    X509CertChain,
    parsePEMKey,
)
from tlslite.errors import BaseTLSException

LABELS = {
    b"c hs traffic": b"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    b"s hs traffic": b"SERVER_HANDSHAKE_TRAFFIC_SECRET",
    b"c ap traffic": b"CLIENT_TRAFFIC_SECRET_0",
    b"s ap traffic": b"SERVER_TRAFFIC_SECRET_0",
}
PATIENCE = 20.0
ECDSA = (4, 3)
"""ecdsa_secp256r1_sha256, as tlslite-ng writes it."""


class Peers:
    """A client and a server in threads, and what an observer between them sees."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self._derived: dict[bytes, bytes] = {}
        derive = tlsconnection.derive_secret

        def note(secret: bytearray, label: bytearray, *rest: object) -> bytearray:
            derived = derive(secret, label, *rest)
            if bytes(label) in LABELS:
                self._derived[LABELS[bytes(label)]] = bytes(derived)
            return derived  # type: ignore[no-any-return]

        monkeypatch.setattr(tlsconnection, "derive_secret", note)

    def settings(self, **values: object) -> HandshakeSettings:
        made = HandshakeSettings()
        made.minVersion = made.maxVersion = (3, 4)
        made.keyShares = ["secp256r1"]
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def own(self, name: str) -> tuple[X509CertChain, object]:
        text = (self.place / f"{name}.pem").read_text()
        chain = X509CertChain()
        chain.parsePemList(text)
        key = load_pem_private_key(text.encode(), None)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return chain, parsePEMKey(pem, private=True)

    def speak(
        self,
        client: HandshakeSettings,
        server: HandshakeSettings,
        names: tuple[str, str] = ("client-rsa", "server-rsa"),
        **more: object,
    ) -> Spoken:
        spoken = Spoken()
        faults: list[Exception] = []
        ends = [socket.socketpair(), socket.socketpair()]
        own = [self.own(name) for name in names]

        def run(side: int) -> None:
            try:
                connection = TLSConnection(ends[side][0])
                chain, key = own[side]
                if side == C:
                    connection.handshakeClientCert(chain, key, settings=client)
                    connection.write(b"hello")
                    connection.read(min=3, max=3)
                else:
                    connection.handshakeServer(
                        certChain=chain, privateKey=key, reqCert=True, settings=server, **more
                    )
                    connection.read(min=5, max=5)
                    connection.write(b"you")
                connection.close()
            except (BaseTLSException, OSError) as fault:
                faults.append(fault)
            finally:
                ends[side][0].close()

        def relay(side: int) -> None:
            # Whoever hangs up first does so before it read all that the other said.
            with contextlib.suppress(OSError):
                while data := ends[side][1].recv(65536):
                    spoken.turns.append((side, data))
                    ends[1 - side][1].sendall(data)

        threads = [
            threading.Thread(target=what, args=(side,), daemon=True)
            for side in (C, S)
            for what in (run, relay)
        ]
        for pair in ends:
            for end in pair:
                end.settimeout(PATIENCE)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        for _, end in ends:
            end.close()
        assert not faults, faults
        client_random = spoken.turns[0][1][11:43].hex().encode()
        spoken.key_log = b"".join(
            label + b" " + client_random + b" " + secret.hex().encode() + b"\n"
            for label, secret in self._derived.items()
        )
        return spoken


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Peers:
    return Peers(Stage(tmp_path).place, monkeypatch)


@pytest.mark.parametrize("algorithm", ["zlib", "brotli", "zstd"])
def test_compressed_certificates(peers: Peers, algorithm: str) -> None:
    both = peers.settings(
        certificate_compression_send=[algorithm], certificate_compression_receive=[algorithm]
    )
    spoken = peers.speak(both, both)
    flow = flow_of(spoken.turns, spoken.key_log)
    assert kinds(flow, S)[3:6] == ["certificate_request", "compressed_certificate", "certificate_verify"]
    assert "compressed_certificate" in kinds(flow, C)
    assert subjects(flow) == [("server", False, "CN=server rsa"), ("client", False, "CN=client rsa")]
    assert asked(flow) == [("server", "presented", False)]
    assert (flow.outcome_basis, flow.hidden, flow.defects) == ("both Finished", (), ())


def test_a_delegated_credential(peers: Peers) -> None:
    x509 = pytest.importorskip("tlslite.x509")
    if not hasattr(x509, "DelegatedCredential"):
        pytest.skip("tlslite-ng knows no delegated credentials before 0.9.0b2")
    chain, _ = peers.own("server-ec")
    key = ec.generate_private_key(ec.SECP256R1())
    info = bytearray(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    until = int(time.time()) + 3600
    raw = x509.Credential.marshal(until, ECDSA, info)
    credential = x509.Credential(until, ECDSA, info, raw)
    credential.parse_pub_key()
    signed = x509.DelegatedCredential.compute_certificate_dc_sig_context(chain.x509List[0].bytes, raw, ECDSA)
    issuer = load_pem_private_key((peers.place / "server-ec.pem").read_bytes(), None)
    assert isinstance(issuer, ec.EllipticCurvePrivateKey)
    signature = bytearray(issuer.sign(bytes(signed), ec.ECDSA(SHA256())))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    spoken = peers.speak(
        peers.settings(dc_sig_algs=[ECDSA]),
        peers.settings(),
        ("client-rsa", "server-ec"),
        dc_key=parsePEMKey(pem, private=True),
        del_cred=x509.DelegatedCredential(credential, ECDSA, signature),
    )
    flow = flow_of(spoken.turns, spoken.key_log)
    assert subjects(flow) == [("server", False, "CN=server ec"), ("client", False, "CN=client rsa")]
    assert [p.verdict for p in flow.presented] == ["ok", "ok"]
    reason = "a delegated credential (RFC 9345) stands in for the key of the certificate"
    assert flow.defects == (Defect("tls", reason, flow.presented[0].frame),)
    assert (flow.outcome_basis, flow.hidden) == ("both Finished", ())


def test_a_compression_that_cannot_be_undone(peers: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    both = peers.settings(certificate_compression_send=["zstd"], certificate_compression_receive=["zstd"])
    spoken = peers.speak(both, both)
    monkeypatch.setattr("tlseku.tls.compressed_certificate.decompress", lambda _: None)
    flow = flow_of(spoken.turns, spoken.key_log)
    what = ("server_certificate", "client_certificate")
    assert flow.hidden == tuple(Hidden(each, "unsupported_compression") for each in what)
    assert (flow.presented, asked(flow)) == ((), [("server", "hidden", False)])
