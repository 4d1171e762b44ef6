"""Records the handshakes that the generator lays on the wire: two OpenSSL peers joined in memory.

Knows the standard library's ``ssl`` and which connections are wanted; must not know packets. Out come one JSON file
a connection under ``handshakes/`` (the bytes of each side as alternating flights) and ``certificates.json``. This is
run once and its results are committed: generating needs neither keys nor a clock.
"""

from __future__ import annotations

import argparse
import base64
import json
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from issue_certificates import SERVER_NAME, Chain, Family, make_family

DIRECTORY = Path(__file__).resolve().parent / "handshakes"

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3

REQUEST = b"GET /status HTTP/1.1\r\nHost: " + SERVER_NAME.encode() + b"\r\nAccept: */*\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b"0123456789abcdefghi\n" * 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """One connection. ``asks`` is the server's wish for a client certificate, ``curve`` the only one it takes."""

    name: str
    version: ssl.TLSVersion
    server: Chain
    client: Chain | None = None
    asks: ssl.VerifyMode = ssl.CERT_NONE
    curve: str | None = None
    resumes: bool = False
    tickets: bool = True


class _Peer:
    """One end: an ``SSLObject`` and the bytes on their way in and out."""

    def __init__(
        self, context: ssl.SSLContext, *, server_side: bool, session: ssl.SSLSession | None = None
    ) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        host = None if server_side else SERVER_NAME
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side, host, session)
        self.ready = False
        self.failed: str | None = None

    def shake(self) -> None:
        """Go on with the handshake as far as the bytes at hand allow."""
        if self.ready or self.failed:
            return
        try:
            self.tls.do_handshake()
            self.ready = True
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            self.failed = error.reason or str(error)

    def read(self) -> bytes:
        """Whatever application data has come; also takes in session tickets."""
        try:
            return self.tls.read(65536)
        except ssl.SSLWantReadError:
            return b""
        except ssl.SSLError as error:
            self.failed = error.reason or str(error)
            return b""


class _Line:
    """What passes between two peers, as flights."""

    def __init__(self, client: _Peer, server: _Peer) -> None:
        self.client, self.server = client, server
        self.flights: list[tuple[str, bytes]] = []

    def carry(self) -> bool:
        """Take each side's waiting bytes across, the client's first; False if there were none."""
        moved = False
        for sender, source, target in (
            ("client", self.client, self.server),
            ("server", self.server, self.client),
        ):
            data = source.outgoing.read()
            if data:
                moved = True
                self._note(sender, data)
                target.incoming.write(data)
                target.shake()
        return moved

    def _note(self, sender: str, data: bytes) -> None:
        if self.flights and self.flights[-1][0] == sender:
            self.flights[-1] = (sender, self.flights[-1][1] + data)
        else:
            self.flights.append((sender, data))


def converse(
    client_context: ssl.SSLContext, server_context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[list[tuple[str, bytes]], ssl.SSLSession | None, str | None]:
    """Shake hands, ask, answer and hang up. Gives the flights, the session and why the server refused, if it did."""
    client = _Peer(client_context, server_side=False, session=session)
    server = _Peer(server_context, server_side=True)
    line = _Line(client, server)
    client.shake()
    while line.carry():
        pass
    if client.failed or server.failed:
        return line.flights, None, server.failed or client.failed
    client.tls.write(REQUEST)
    line.carry()
    assert server.read() == REQUEST
    server.tls.write(RESPONSE)
    line.carry()
    assert client.read() == RESPONSE
    for peer in (client, server):
        try:
            peer.tls.unwrap()
        except ssl.SSLWantReadError:
            # close_notify is on its way; the other side has not answered yet.
            line.carry()
    line.carry()
    return line.flights, client.tls.session, None


def record(wanted: Wanted, families: Sequence[Family], place: Path) -> dict[str, object]:
    """Run one connection and put it into the form that is kept."""
    server_context = _context(ssl.PROTOCOL_TLS_SERVER, wanted, wanted.server, families, place)
    server_context.verify_mode = wanted.asks
    if wanted.curve is not None:
        server_context.set_ecdh_curve(wanted.curve)
    if not wanted.tickets:
        server_context.options |= ssl.OP_NO_TICKET
    client_context = _context(ssl.PROTOCOL_TLS_CLIENT, wanted, wanted.client, families, place)
    flights, session, refused = converse(client_context, server_context)
    if wanted.resumes:
        flights, _, refused = converse(client_context, server_context, session)
    in_clear = wanted.version == TLS12
    asked = wanted.asks != ssl.CERT_NONE and not wanted.resumes
    chains: dict[str, list[str] | None] = {"server": None, "client": None}
    if not wanted.resumes:
        chains["server"] = wanted.server.names
        if asked:
            chains["client"] = wanted.client.names if wanted.client else []
    return {
        "what": "bytes of a real TLS connection between two OpenSSL peers; synthetic certificates",
        "openssl": ssl.OPENSSL_VERSION,
        "version": "TLS 1.2" if in_clear else "TLS 1.3",
        "in_clear": in_clear,
        "resumed": wanted.resumes,
        "asked": asked,
        "refused": refused,
        "server_chain": chains["server"],
        "client_chain": chains["client"],
        "flights": [
            {"from": sender, "bytes": len(data), "base64": base64.b64encode(data).decode()}
            for sender, data in flights
        ],
    }


def _context(
    protocol: int, wanted: Wanted, chain: Chain | None, families: Sequence[Family], place: Path
) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = context.maximum_version = wanted.version
    if chain is not None:
        file = place / "chain.pem"
        file.write_bytes(chain.leaf.pem + b"".join(other.pem for other in chain.others) + chain.leaf.key_pem)
        context.load_cert_chain(file)
    for family in families:
        context.load_verify_locations(cadata=family.root.pem.decode())
    return context


def _wanted(rsa: Family, ecdsa: Family) -> list[Wanted]:
    must, may = ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL
    return [
        Wanted("tls12-rsa-mutual", TLS12, rsa.server, rsa.client, must),
        Wanted("tls12-ecdsa-mutual", TLS12, ecdsa.server, ecdsa.client, must),
        Wanted("tls12-mixed-mutual", TLS12, rsa.server, ecdsa.client, must),
        Wanted("tls12-refused", TLS12, rsa.server, rsa.wrong_client, must),
        Wanted("tls12-declined", TLS12, rsa.server, None, may),
        Wanted("tls12-rsa", TLS12, rsa.server),
        Wanted("tls12-ecdsa", TLS12, ecdsa.server),
        Wanted("tls12-ticket", TLS12, rsa.server, resumes=True),
        Wanted("tls12-session", TLS12, rsa.server, rsa.client, must, resumes=True, tickets=False),
        Wanted("tls13-rsa-mutual", TLS13, rsa.server, rsa.client, must),
        Wanted("tls13-ecdsa", TLS13, ecdsa.server),
        Wanted("tls13-resumed", TLS13, ecdsa.server, resumes=True),
        Wanted("tls13-retry", TLS13, rsa.server, curve="secp521r1"),
    ]


def main() -> None:
    """Record everything."""
    parser = argparse.ArgumentParser(description="Record the handshakes of the benchmark anew.")
    parser.add_argument("--output", type=Path, default=DIRECTORY, help="folder (default: %(default)s)")
    output: Path = parser.parse_args().output
    output.mkdir(exist_ok=True)
    families = (make_family("rsa"), make_family("ecdsa"))
    issued = {}
    for family in families:
        for chain in (family.server, family.client, family.wrong_client):
            for one in (chain.leaf, *chain.others):
                issued[one.name] = base64.b64encode(one.der).decode()
    _save(output / "certificates.json", issued)
    with tempfile.TemporaryDirectory() as folder:
        for wanted in _wanted(*families):
            recording = record(wanted, families, Path(folder))
            _save(output / f"{wanted.name}.json", recording)
            sizes = [f"{flight['from'][0]}{flight['bytes']}" for flight in recording["flights"]]  # type: ignore[attr-defined]
            print(f"{wanted.name:<20} {' '.join(sizes)} refused: {recording['refused']}")


def _save(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
