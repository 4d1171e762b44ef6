"""What a conclusion reads of the two hellos, without keeping the rest.

Knows the layout of ClientHello and ServerHello (RFC 8446 section 4.1) as ``tls.hello`` does, which reads all of them;
must not know what is concluded. Out come the few facts, or None where a hello is broken or unusual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Final

from tlseku._mypyc import mypyc_attr
from tlseku.errors import Malformed
from tlseku.handshake.offer import read_offer
from tlseku.output.json.flow_json import offer_to_dict, to_json
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
)
from tlseku.tls.extensions import EARLY_DATA as EARLY_DATA_EXTENSION
from tlseku.tls.hello import HELLO_RETRY_REQUEST_RANDOM, TLS13

if TYPE_CHECKING:
    from mypy_extensions import i64

# Texts of extensions that are kept of each kind, and the longest content whose text is.
MAX_TEXTS = 1024
LONGEST_KEPT = 256

_TLS12 = 0x0303
_OFFERING: Final = frozenset(
    {SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS, SIGNATURE_ALGORITHMS_CERT}
)

_ALPN_SEEN: Final = 1
_VERSIONS_SEEN: Final = 2


@mypyc_attr(acyclic=True)
class ClientFacts:
    """``sni``, ``alpn_offered`` and ``offered`` as JSON in ASCII; ``traits`` has a bit for each fact that conclusions
    depend on."""

    __slots__ = ("alpn_offered", "offered", "session_id", "sni", "traits")

    def __init__(
        self, session_id: bytes, sni: bytes, alpn_offered: bytes, traits: int, offered: bytes
    ) -> None:
        self.session_id = session_id
        self.sni = sni
        self.alpn_offered = alpn_offered
        self.offered = offered
        self.traits = traits


@mypyc_attr(acyclic=True)
class ServerFacts:
    """``version`` and ``cipher_suite`` agreed on, ``alpn`` as JSON in ASCII, ``psk`` whether a pre-shared key was
    chosen, ``retry`` whether it is a HelloRetryRequest."""

    __slots__ = ("alpn", "cipher_suite", "psk", "retry", "session_id", "version")

    def __init__(
        self, version: int, cipher_suite: int, session_id: bytes, alpn: bytes, psk: bool, retry: bool
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


def json_string(text: str) -> str:
    """A JSON string in plain ASCII, as ``output.json.flow_json`` writes it."""
    return encode_basestring_ascii(text).replace("\x7f", "\\u007f")


class HelloReader:
    """Reads hellos, and keeps the text of what they offer."""

    def __init__(self) -> None:
        self._names: dict[bytes, bytes] = {}
        self._offers: dict[bytes, bytes] = {}
        self._choices: dict[bytes, bytes] = {}
        self._schemes: dict[bytes, bytes] = {}

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
            return ClientFacts(body[35:id_end], b"null", b"[]", 0, self._schemes_text(b"", ()))
        if at + 2 > size or at + 2 + (body[at] << 8 | body[at + 1]) != size:
            return None
        at += 2
        sni = b"null"
        offered = b"[]"
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
            if kind > SIGNATURE_ALGORITHMS_CERT and kind != ENCRYPTED_CLIENT_HELLO:
                continue
            if kind in _OFFERING:
                mark += body[start - 4 : at]
                schemes.append((kind, body[start:at]))
            if kind == SERVER_NAME and not seen & 1:
                seen |= 1
                sni = self._server_name(body[start:at])
            elif kind == ALPN and not seen & 2:
                seen |= 2
                offered = self._offered(body[start:at])
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
        return ClientFacts(body[35:id_end], sni, offered, traits, self._schemes_text(mark, schemes))

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
            return ServerFacts(version, suite, body[35:id_end], b"null", False, retry)
        if at + 2 > size or at + 2 + (body[at] << 8 | body[at + 1]) != size:
            return None
        at += 2
        alpn = b"null"
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
                alpn = self._chosen(body[start:at])
                if not alpn:
                    return None
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

    def _server_name(self, content: bytes) -> bytes:
        text = self._names.get(content)
        return _kept(self._names, content, _name_text(content)) if text is None else text

    def _offered(self, content: bytes) -> bytes:
        text = self._offers.get(content)
        return _kept(self._offers, content, _offered_text(content)) if text is None else text

    def _schemes_text(self, mark: bytes, schemes: Sequence[tuple[int, bytes]]) -> bytes:
        text = self._schemes.get(mark)
        if text is None:
            text = _kept(self._schemes, mark, to_json(offer_to_dict(read_offer(tuple(schemes)))))
        return text

    def _chosen(self, content: bytes) -> bytes:
        text = self._choices.get(content)
        return _kept(self._choices, content, _chosen_text(content)) if text is None else text


def _kept(texts: dict[bytes, bytes], content: bytes, text: str) -> bytes:
    ascii_text = text.encode("ascii")
    if len(content) <= LONGEST_KEPT:
        if len(texts) >= MAX_TEXTS:
            texts.clear()
        texts[content] = ascii_text
    return ascii_text


def _name_text(content: bytes) -> str:
    size = len(content)
    one_name = size > 5 and content[2] == 0 and (content[3] << 8 | content[4]) == size - 5
    if one_name and (content[0] << 8 | content[1]) == size - 2:
        return json_string(content[5:].decode("ascii", "backslashreplace"))
    return _read_text(content, ext.server_name)


def _names_tls13(body: bytes, start: int, end: int) -> bool:
    for at in range(start, end, 2):
        if body[at] == 3 and body[at + 1] == 4:
            return True
        if body[at] == 0x7F and 0 < body[at + 1] <= 0x1C:
            return True
    return False


def _read_text(content: bytes, reader: Callable[[bytes], str | None]) -> str:
    try:
        text = reader(content)
    except Malformed:
        return "null"
    return "null" if text is None else json_string(text)


def _offered_text(content: bytes) -> str:
    try:
        names = ext.protocol_names(content)
    except Malformed:
        return "[]"
    return f"[{','.join(json_string(name) for name in names)}]"


def _chosen_text(content: bytes) -> str:
    try:
        names = ext.protocol_names(content)
    except Malformed:
        return ""
    return json_string(names[0]) if names else ""
