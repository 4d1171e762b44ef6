"""The recorded handshakes as templates that are filled with new randoms and certificates.

Knows where in a recording the hello randoms, the host names and the serial numbers lie; must not know packets. A
filled template shows what a real connection would have shown with other certificates: lengths and structure stay,
signatures no longer verify, which no passive reader can tell without checking them. What TLS 1.3 encrypts stays as
recorded. The truth about what is presented comes from the certificates that the peers were given, not from parsing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from connection import CLIENT, SERVER

DIRECTORY = Path(__file__).resolve().parent / "handshakes"

_SERIAL = b"\x02\x10\x5e"
"""INTEGER, 16 octets, and the octet with which every recorded serial begins."""

_NAMES = {SERVER: b"s00000000.bench.example", CLIENT: b"c00000000.bench.example"}

_RANDOM = 11
"""Record header 5, handshake header 4, version 2: there ClientHello.random and ServerHello.random begin."""

_HELLO_RETRY = hashlib.sha256(b"HelloRetryRequest").digest()
"""RFC 8446 section 4.1.3: this random makes a ServerHello a HelloRetryRequest."""


class Recorded(NamedTuple):
    """A certificate as recorded: where its serial's last eight octets and the numbers in its names begin."""

    name: str
    der: bytes
    serial_at: int
    names_at: tuple[int, ...]
    is_leaf: bool


class Spot(NamedTuple):
    """A place in a flight that takes a number: ``side`` whose number, as 8 digits or as a serial's octets."""

    flight: int
    offset: int
    side: int
    digits: bool
    leaf: bool


class Numbers(NamedTuple):
    """Which certificates to show. With ``authorities`` the CA certificates get the numbers, too."""

    client: int
    server: int
    authorities: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """One recorded connection. ``chains`` are (side, certificates) as far as they pass in clear."""

    name: str
    version: str
    resumed: bool
    requested: bool | None
    refused: bool
    flights: tuple[tuple[int, bytes], ...]
    chains: tuple[tuple[int, tuple[Recorded, ...]], ...]
    spots: tuple[Spot, ...]
    randoms: tuple[tuple[int, int], ...]

    def fill(self, rng: random.Random, numbers: Numbers) -> list[tuple[int, bytes]]:
        """The flights with these certificates and fresh randoms."""
        filled = [bytearray(data) for _, data in self.flights]
        # After a HelloRetryRequest the client says the same random again.
        fresh = (rng.randbytes(32), rng.randbytes(24))
        for flight, length in self.randoms:
            filled[flight][_RANDOM : _RANDOM + length] = fresh[length != 32]
        for flight, offset, side, digits, leaf in self.spots:
            if leaf or numbers.authorities:
                number = numbers[side]
                new = b"%08d" % number if digits else number.to_bytes(8, "big")
                filled[flight][offset : offset + 8] = new
        return [(side, bytes(data)) for (side, _), data in zip(self.flights, filled, strict=True)]

    def presented(self, numbers: Numbers) -> list[tuple[int, list[str]]]:
        """Per chain the side that sends it and the SHA-256 of each certificate, in hex."""
        return [
            (
                side,
                [_digest(one, numbers[side] if one.is_leaf or numbers.authorities else 0) for one in chain],
            )
            for side, chain in self.chains
        ]


def load() -> dict[str, Template]:
    """Every template by name."""
    stored = json.loads((DIRECTORY / "certificates.json").read_text("ascii"))
    certificates = {name: _recorded(name, base64.b64decode(der)) for name, der in stored.items()}
    paths = sorted(path for path in DIRECTORY.glob("tls*.json"))
    return {path.stem: _template(path, certificates) for path in paths}


def _template(path: Path, certificates: dict[str, Recorded]) -> Template:
    recording = json.loads(path.read_text("ascii"))
    flights = tuple(
        (CLIENT if flight["from"] == "client" else SERVER, base64.b64decode(flight["base64"]))
        for flight in recording["flights"]
    )
    in_clear: bool = recording["in_clear"]
    chains = []
    for side, key in ((SERVER, "server_chain"), (CLIENT, "client_chain")):
        if in_clear and recording[key] is not None:
            chains.append((side, tuple(certificates[name] for name in recording[key])))
    return Template(
        name=path.stem,
        version=recording["version"],
        resumed=recording["resumed"],
        requested=recording["asked"] if in_clear else None,
        refused=recording["refused"] is not None,
        flights=flights,
        chains=tuple(chains),
        spots=(*_server_names(flights), *_in_certificates(flights, chains)),
        randoms=_randoms(flights),
    )


def _recorded(name: str, der: bytes) -> Recorded:
    assert der.count(_SERIAL) == 1, name
    side = CLIENT if "client" in name else SERVER
    names_at = tuple(at + 1 for at in _every(der, _NAMES[side]))
    return Recorded(name, der, der.index(_SERIAL) + 10, names_at, bool(names_at))


def _server_names(flights: tuple[tuple[int, bytes], ...]) -> list[Spot]:
    """The server_name of each ClientHello: it follows the server's certificate."""
    return [
        Spot(index, at + 1, SERVER, True, True)
        for index, (side, data) in enumerate(flights)
        if side == CLIENT
        for at in _every(data, _NAMES[SERVER])
    ]


def _in_certificates(
    flights: tuple[tuple[int, bytes], ...], chains: list[tuple[int, tuple[Recorded, ...]]]
) -> list[Spot]:
    spots = []
    for side, chain in chains:
        for one in chain:
            index = next(i for i, (sender, data) in enumerate(flights) if sender == side and one.der in data)
            start = flights[index][1].index(one.der)
            spots.append(Spot(index, start + one.serial_at, side, False, one.is_leaf))
            spots += [Spot(index, start + at, side, True, True) for at in one.names_at]
    return spots


def _randoms(flights: tuple[tuple[int, bytes], ...]) -> tuple[tuple[int, int], ...]:
    """Flights that begin with a hello, and how much of its random may vary."""
    found = []
    for index, (side, data) in enumerate(flights):
        if data[0] == 22 and data[5] == (1 if side == CLIENT else 2):
            # The last eight bytes of a server's random may warn of a downgrade (RFC 8446 section 4.1.3).
            length = 32 if side == CLIENT else 24
            if data[_RANDOM : _RANDOM + 32] != _HELLO_RETRY:
                found.append((index, length))
    return tuple(found)


def _every(data: bytes, wanted: bytes) -> list[int]:
    found, at = [], data.find(wanted)
    while at >= 0:
        found.append(at)
        at = data.find(wanted, at + 1)
    return found


@lru_cache(maxsize=8192)
def _digest(certificate: Recorded, number: int) -> str:
    der = bytearray(certificate.der)
    der[certificate.serial_at : certificate.serial_at + 8] = number.to_bytes(8, "big")
    for at in certificate.names_at:
        der[at : at + 8] = b"%08d" % number
    return hashlib.sha256(der).hexdigest()
