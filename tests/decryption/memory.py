"""OpenSSL against itself in memory, with what both ends know of it.

Knows Python's ``ssl``; must not know what a test expects of the bytes. Suites and versions that OpenSSL 3.0 has put to
rest are woken with security level 0.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tests.builder import build, ca
from tlseku.decryption import KeyLogReader, SecretStore

C, S = 0, 1
NO_EXTENDED_MASTER_SECRET = 1 << 0  # SSL_OP_NO_EXTENDED_MASTER_SECRET, which Python does not name.
NO_ENCRYPT_THEN_MAC = 1 << 19
NO_EMPTY_FRAGMENTS = 1 << 11  # SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS, on by default.

FFDHE2048 = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
"""The group of RFC 7919 appendix A.1, for suites with finite fields."""

VERSIONS = {
    0x0301: ssl.TLSVersion.TLSv1,
    0x0302: ssl.TLSVersion.TLSv1_1,
    0x0303: ssl.TLSVersion.TLSv1_2,
    0x0304: ssl.TLSVersion.TLSv1_3,
}


@dataclass
class Spoken:
    """``turns`` as an observer sees them, ``key_log`` as the client wrote it, ``suite`` the name that both agreed on,
    ``refusal`` what went wrong, if anything did."""

    turns: list[tuple[int, bytes]] = field(default_factory=list)
    key_log: bytes = b""
    suite: str = ""
    refusal: str = ""
    session: ssl.SSLSession | None = None

    def store(self, *only: str) -> SecretStore:
        """The secrets of the key log, or of the lines that begin with one of these labels."""
        lines = self.key_log.splitlines(keepends=True)
        kept = [line for line in lines if not only or line.split()[0].decode() in only]
        store = SecretStore()
        reader = KeyLogReader(store)
        reader.feed(b"".join(kept))
        reader.close()
        assert not reader.malformed
        return store


class Stage:
    """Certificates and parameters in files, as OpenSSL wants them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.root = place / "root.pem"
        first, last = datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2120, 1, 1, tzinfo=timezone.utc)
        root = ca("Stage Root", not_before=first, not_after=last)
        self.root.write_bytes(root.pem)
        for kind in ("rsa", "ec"):
            for role, eku in (("server", "1.3.6.1.5.5.7.3.1"), ("client", "1.3.6.1.5.5.7.3.2")):
                built = build(
                    subject=f"{role} {kind}",
                    issuer=root,
                    eku=(eku,),
                    key=kind,
                    not_before=first,
                    not_after=last,
                )
                (place / f"{role}-{kind}.pem").write_bytes(built.pem + built.key_pem)
        (place / "dh.pem").write_text(FFDHE2048)

    def contexts(
        self, version: int, suite: str | None = None, client_certificate: bool = False, off: int = 0
    ) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """Of the client and of the server. ``off`` are options that take something away."""
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        for context in (client, server):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = VERSIONS[version]
            context.set_ciphers(f"{suite or 'ALL'}:@SECLEVEL=0")
            context.options |= off
        server.load_dh_params(str(self.place / "dh.pem"))
        for kind in ("rsa", "ec"):
            server.load_cert_chain(self.place / f"server-{kind}.pem")
        if client_certificate:
            client.load_cert_chain(self.place / "client-ec.pem")
            client.post_handshake_auth = True
        server.load_verify_locations(self.root)
        log = self.place / "keys.log"
        log.unlink(missing_ok=True)
        client.keylog_filename = str(log)
        return client, server

    def speak(
        self,
        contexts: tuple[ssl.SSLContext, ssl.SSLContext],
        lines: tuple[bytes, ...] = (b"hello", b"hello yourself", b"bye"),
        *,
        session: ssl.SSLSession | None = None,
        after: Callable[[ssl.SSLObject, ssl.SSLObject], None] | None = None,
    ) -> Spoken:
        """Shake hands, say the lines by turns, beginning with the client, and hang up. ``after`` is done between the
        handshake and the lines, with both ends."""
        spoken = Spoken()
        pipes = ssl.MemoryBIO(), ssl.MemoryBIO()
        reads = ssl.MemoryBIO(), ssl.MemoryBIO()
        ends = (
            contexts[C].wrap_bio(reads[C], pipes[C], session=session),
            contexts[S].wrap_bio(reads[S], pipes[S], server_side=True),
        )

        def carry() -> None:
            for side in (C, S):
                if data := pipes[side].read():
                    spoken.turns.append((side, data))
                    reads[1 - side].write(data)

        def attempt(action: Callable[[], object]) -> object:
            try:
                return action()
            except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                return None
            except ssl.SSLError as error:
                spoken.refusal = spoken.refusal or str(error.reason)
                return None
            finally:
                carry()

        for _ in range(6):
            for end in ends:
                attempt(end.do_handshake)
        if not spoken.refusal:
            if after is not None:
                after(*ends)
                carry()
            for number, line in enumerate(lines):
                sender, receiver = ends[number % 2], ends[1 - number % 2]
                attempt(lambda sender=sender, line=line: sender.write(line))  # type: ignore[misc]
                # A call takes one record at most.
                while attempt(lambda receiver=receiver: receiver.read(65536)):  # type: ignore[misc]
                    pass
            cipher = ends[C].cipher()
            spoken.suite = cipher[0] if cipher else ""
            spoken.session = ends[C].session
            attempt(ends[S].unwrap)
            attempt(ends[C].unwrap)
        log = self.place / "keys.log"
        spoken.key_log = log.read_bytes() if log.exists() else b""
        return spoken


def suites_of(stage: Stage, version: int) -> list[str]:
    """The suites that OpenSSL offers for a version and that these certificates serve, by OpenSSL's names."""
    client, _ = stage.contexts(version)
    names = []
    client.set_ciphers("ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0")
    for cipher in client.get_ciphers():
        name = cipher["name"]
        tls13 = cipher["protocol"] == "TLSv1.3"
        newer = cipher["protocol"] == "TLSv1.2" and version < 0x0303
        if not tls13 and not newer and not any(word in name for word in ("PSK", "SRP", "DSS")):
            names.append(name)
    return names
