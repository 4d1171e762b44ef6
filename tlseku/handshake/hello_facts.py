"""What a conclusion reads of the two hellos, without keeping the rest.

Knows the layout of ClientHello and ServerHello (RFC 8446 section 4.1) as ``tls.hello`` does, which reads all of them;
must not know what is concluded. Out come the few facts, or None where a hello is broken or unusual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from tlseku._build import mypyc_attr
from tlseku.errors import Malformed
from tlseku.handshake.offer import read_offer
from tlseku.policy.offer import Offer
from tlseku.tls import extensions as ext
from tlseku.tls.extensions import (
    ALPN,
    ENCRYPTED_CLIENT_HELLO,
    PRE_SHARED_KEY,
    SERVER_NAME,
    SIGNATURE_ALGORITHMS,
    SIGNATURE_ALGORITHMS_CERT,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
    TRUST_ANCHORS,
)
from tlseku.tls.extensions import EARLY_DATA as EARLY_DATA_EXTENSION
from tlseku.tls.hello import HELLO_RETRY_REQUEST_RANDOM, TLS13

if TYPE_CHECKING:
    from mypy_extensions import i64

# Values of extensions that are kept of each kind, and the longest content whose value is.
MAX_VALUES = 512
LONGEST_KEPT = 512

_TLS12 = 0x0303
_OFFERING: Final = frozenset(
    {SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS, SIGNATURE_ALGORITHMS_CERT, TRUST_ANCHORS}
)

_ALPN_SEEN: Final = 1
_VERSIONS_SEEN: Final = 2

_V = TypeVar("_V")


@mypyc_attr(acyclic=True)
class ClientFacts:
    """``sni``, ``alpn_offered`` and ``offered`` as in ``Flow``; ``traits`` has a bit for each fact that conclusions
    depend on."""

    __slots__ = ("alpn_offered", "offered", "session_id", "sni", "traits")

    def __init__(
        self,
        session_id: bytes,
        sni: str | None,
        alpn_offered: tuple[str, ...],
        traits: int,
        offered: Offer,
    ) -> None:
        self.session_id = session_id
        self.sni = sni
        self.alpn_offered = alpn_offered
        self.offered = offered
        self.traits = traits


@mypyc_attr(acyclic=True)
class ServerFacts:
    """``version`` and ``cipher_suite`` agreed on, ``alpn`` the protocol chosen, ``psk`` whether a pre-shared key was
    chosen, ``retry`` whether it is a HelloRetryRequest."""

    __slots__ = ("alpn", "cipher_suite", "psk", "retry", "session_id", "version")

    def __init__(
        self, version: int, cipher_suite: int, session_id: bytes, alpn: str | None, psk: bool, retry: bool
    ) -> None:
        self.version = version
        self.cipher_suite = cipher_suite
        self.session_id = session_id
        self.alpn = alpn
        self.psk = psk
        self.retry = retry


OFFERS_TLS13: Final = 1
EARLY_DATA: Final = 2
OUTER: Final = 4


class HelloReader:
    """Reads hellos, and keeps what extensions say that many have in common."""

    def __init__(self) -> None:
        self._names: dict[bytes, str | None] = {}
        self._protocols: dict[bytes, tuple[str, ...]] = {}
        self._offers: dict[bytes, Offer] = {}

    def client(self, body: bytes) -> ClientFacts | None:
        """The facts of a ClientHello; None if anything in it is odd."""
        size: i64 = len(body)
        if size < 38:
            return None
        id_end: i64 = 35 + body[34]
        if id_end + 2 > size:
            return None
        suites: i64 = body[id_end] << 8 | body[id_end + 1]
        at: i64 = id_end + 2 + suites
        if suites & 1 or at >= size:
            return None
        at += 1 + body[at]
        if at == size:
            return ClientFacts(body[35:id_end], None, (), 0, self._offer(b"", ()))
        if at + 2 > size or at + 2 + (body[at] << 8 | body[at + 1]) != size:
            return None
        at += 2
        sni: str | None = None
        protocols: tuple[str, ...] = ()
        traits = 0
        seen = 0
        # Groups, schemes and versions, which most clients send alike each time.
        schemes: list[tuple[int, bytes]] = []
        mark = b""
        while at < size:
            if at + 4 > size:
                return None
            kind: i64 = body[at] << 8 | body[at + 1]
            start: i64 = at + 4
            at = start + (body[at + 2] << 8 | body[at + 3])
            if at > size:
                return None
            if kind > SIGNATURE_ALGORITHMS_CERT and kind != ENCRYPTED_CLIENT_HELLO and kind != TRUST_ANCHORS:
                continue
            if kind in _OFFERING:
                mark += body[start - 4 : at]
                schemes.append((kind, body[start:at]))
            if kind == SERVER_NAME and not seen & 1:
                seen |= 1
                sni = self._server_name(body[start:at])
            elif kind == ALPN and not seen & 2:
                seen |= 2
                protocols = self._protocol_names(body[start:at])
            elif kind == SUPPORTED_VERSIONS and not seen & 4:
                seen |= 4
                if at - start < 1 or body[start] != at - start - 1 or body[start] & 1:
                    return None
                if _names_tls13(body, start + 1, at):
                    traits |= OFFERS_TLS13
            elif kind == EARLY_DATA_EXTENSION:
                traits |= EARLY_DATA
            elif kind == ENCRYPTED_CLIENT_HELLO and not seen & 8:
                seen |= 8
                if at > start and body[start] == 0:
                    traits |= OUTER
        return ClientFacts(body[35:id_end], sni, protocols, traits, self._offer(mark, schemes))

    def server(self, body: bytes) -> ServerFacts | None:
        """The facts of a ServerHello; None if anything in it is odd."""
        size: i64 = len(body)
        if size < 38:
            return None
        retry = body[2:34] == HELLO_RETRY_REQUEST_RANDOM
        version: i64 = body[0] << 8 | body[1]
        if version > _TLS12 or version < 0x0300:
            return None
        id_end: i64 = 35 + body[34]
        if id_end + 3 > size:
            return None
        suite: i64 = body[id_end] << 8 | body[id_end + 1]
        at: i64 = id_end + 3
        if at == size:
            return ServerFacts(version, suite, body[35:id_end], None, False, retry)
        if at + 2 > size or at + 2 + (body[at] << 8 | body[at + 1]) != size:
            return None
        at += 2
        alpn: str | None = None
        psk = False
        seen: i64 = 0
        while at < size:
            if at + 4 > size:
                return None
            kind: i64 = body[at] << 8 | body[at + 1]
            start: i64 = at + 4
            at = start + (body[at + 2] << 8 | body[at + 3])
            if at > size:
                return None
            if kind == ALPN:
                # No extension may stand twice (RFC 8446 section 4.2); of one that does, the first would count.
                if seen & _ALPN_SEEN:
                    return None
                seen |= _ALPN_SEEN
                chosen = self._protocol_names(body[start:at])
                if not chosen:
                    return None
                alpn = chosen[0]
            elif kind == PRE_SHARED_KEY:
                psk = True
            elif kind == SUPPORTED_VERSIONS:
                if seen & _VERSIONS_SEEN or at - start != 2 or body[start] != 3 or body[start + 1] > 4:
                    return None
                seen |= _VERSIONS_SEEN
                version = 0x0300 | body[start + 1]
        if psk and version < TLS13:
            psk = False
        return ServerFacts(version, suite, body[35:id_end], alpn, psk, retry)

    def _server_name(self, content: bytes) -> str | None:
        if content in self._names:
            return self._names[content]
        return _kept(self._names, content, _name_of(content))

    def _protocol_names(self, content: bytes) -> tuple[str, ...]:
        names = self._protocols.get(content)
        return _kept(self._protocols, content, _names_of(content)) if names is None else names

    def _offer(self, mark: bytes, schemes: Sequence[tuple[int, bytes]]) -> Offer:
        offer = self._offers.get(mark)
        return _kept(self._offers, mark, read_offer(tuple(schemes))) if offer is None else offer


def _kept(values: dict[bytes, _V], content: bytes, value: _V) -> _V:
    if len(content) <= LONGEST_KEPT:
        if len(values) >= MAX_VALUES:
            values.clear()
        values[content] = value
    return value


def _name_of(content: bytes) -> str | None:
    size = len(content)
    one_name = size > 5 and content[2] == 0 and (content[3] << 8 | content[4]) == size - 5
    if one_name and (content[0] << 8 | content[1]) == size - 2:
        return content[5:].decode("ascii", "backslashreplace")
    return _read(content, ext.server_name, None)


def _names_of(content: bytes) -> tuple[str, ...]:
    return _read(content, ext.protocol_names, ())


def _read(content: bytes, reader: Callable[[bytes], _V], otherwise: _V) -> _V:
    try:
        return reader(content)
    except Malformed:
        return otherwise


def _names_tls13(body: bytes, start: int, end: int) -> bool:
    for at in range(start, end, 2):
        if body[at] == 3 and body[at + 1] == 4:
            return True
        if body[at] == 0x7F and 0 < body[at + 1] <= 0x1C:
            return True
    return False
