"""ClientHello and ServerHello.

Knows RFC 8446 section 4.1 (and RFC 5246 section 7.4.1, whose wire format is the same), the HelloRetryRequest that is a
ServerHello with a fixed random, and the ClientHello in SSL 2.0 format (RFC 5246 appendix E.2).
"""

from __future__ import annotations

from typing import Final

from tlseku._objects import frozen, maker_of
from tlseku.errors import Malformed
from tlseku.registry.protocol_versions import DTLS13
from tlseku.tls import extensions as ext
from tlseku.tls.cursor import Cursor
from tlseku.tls.extensions import Extensions, read_extensions

# SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
HELLO_RETRY_REQUEST_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
TLS13: Final = 0x0304


@frozen
class ClientHello:
    """``legacy_version``, ``random`` (32 bytes), ``session_id``, ``cipher_suites``, ``compression_methods`` and
    ``extensions`` as sent. ``ssl2_format`` is True for a hello in SSL 2.0 format (no extensions, short random)."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    compression_methods: bytes
    extensions: Extensions
    ssl2_format: bool = False

    @property
    def offers_tls13(self) -> bool:
        """Whether supported_versions offers TLS 1.3, a draft of it, or DTLS 1.3 (RFC 8446 section 4.2.1)."""
        content = ext.find(self.extensions, ext.SUPPORTED_VERSIONS)
        if content is None:
            return False
        offered = ext.code_points(content, 1, "supported_versions")
        return any(_is_tls13(version) or version == DTLS13 for version in offered)


_new_client_hello = maker_of(ClientHello)


@frozen
class ServerHello:
    """``legacy_version``, ``random``, ``session_id``, ``cipher_suite``, ``compression_method`` and ``extensions`` as
    sent."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    compression_method: int
    extensions: Extensions

    @property
    def is_hello_retry_request(self) -> bool:
        """Whether this is a HelloRetryRequest (RFC 8446 section 4.1.4)."""
        return self.random == HELLO_RETRY_REQUEST_RANDOM

    @property
    def version(self) -> int:
        """The version agreed: supported_versions where it is sent, else legacy_version. Drafts of TLS 1.3
        (0x7fNN) count as TLS 1.3."""
        content = ext.find(self.extensions, ext.SUPPORTED_VERSIONS)
        if content is not None and len(content) == 2:
            version = int.from_bytes(content, "big")
            return TLS13 if _is_tls13(version) else version
        return TLS13 if _is_tls13(self.legacy_version) else self.legacy_version


_new_server_hello = maker_of(ServerHello)


def read_client_hello(body: bytes) -> ClientHello:
    """The ClientHello in a handshake message's body. Raises Malformed."""
    cursor = Cursor(body)
    version = cursor.uint(2, "legacy_version")
    random = cursor.take(32, "random")
    session_id = cursor.vector_bytes(1, "legacy_session_id")
    suites = cursor.vector(2, "cipher_suites")
    cipher_suites = tuple(suites.uint(2, "a cipher suite") for _ in range((suites.remaining + 1) // 2))
    compression = cursor.vector_bytes(1, "legacy_compression_methods")
    return _new_client_hello(version, random, session_id, cipher_suites, compression, read_extensions(cursor))


def read_server_hello(body: bytes) -> ServerHello:
    """The ServerHello or HelloRetryRequest in a handshake message's body. Raises Malformed."""
    cursor = Cursor(body)
    version = cursor.uint(2, "legacy_version")
    random = cursor.take(32, "random")
    if _is_tls13(version) and version != TLS13 and version < 0x7F16:
        # Drafts of TLS 1.3 before 22 have neither session_id nor compression_method.
        suite = cursor.uint(2, "cipher_suite")
        return _new_server_hello(version, random, b"", suite, 0, read_extensions(cursor))
    session_id = cursor.vector_bytes(1, "legacy_session_id_echo")
    suite = cursor.uint(2, "cipher_suite")
    compression = cursor.uint(1, "legacy_compression_method")
    return _new_server_hello(version, random, session_id, suite, compression, read_extensions(cursor))


def read_ssl2_client_hello(body: bytes) -> ClientHello:
    """The ClientHello in SSL 2.0 format after its two length bytes (RFC 5246 appendix E.2). Raises Malformed."""
    cursor = Cursor(body)
    if cursor.uint(1, "msg_type") != 1:
        raise Malformed(0, "msg_type 1")
    version = cursor.uint(2, "version")
    spec_length = cursor.uint(2, "cipher_spec_length")
    id_length = cursor.uint(2, "session_id_length")
    challenge_length = cursor.uint(2, "challenge_length")
    specs = Cursor(cursor.take(spec_length, "cipher_specs"))
    suites = tuple(specs.uint(3, "a cipher spec") for _ in range(spec_length // 3))
    session_id = cursor.take(id_length, "session_id")
    challenge = cursor.take(challenge_length, "challenge")
    # A spec whose first byte is 0 is a TLS cipher suite; the others are SSL 2.0's own.
    tls_suites = tuple(suite for suite in suites if suite < 0x10000)
    return _new_client_hello(version, challenge, session_id, tls_suites, b"\x00", (), ssl2_format=True)


def _is_tls13(version: int) -> bool:
    return version == TLS13 or 0x7F00 < version <= 0x7F1C
