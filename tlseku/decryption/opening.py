"""What a log of messages asks of whoever opens what was encrypted: records of TLS and DTLS, or packets of QUIC.

Knows words only; ``record_decryptor`` and ``carriers.quic`` say how. Imports no cipher, so that a log may name it.
"""

from __future__ import annotations

from typing import Protocol

from tlseku.tls.hello import ClientHello, ServerHello
from tlseku.tls.message import Message


class Opening(Protocol):
    """Opens what both sides of one connection say encrypted; sides are 0 and 1."""

    @property
    def active(self) -> bool:
        """Whether there is anything (more) to open with."""

    @property
    def finished(self) -> list[int]:
        """How many Finished of each side were read."""

    @property
    def had_secrets(self) -> bool:
        """Whether a secret was known for one of the connection's handshakes."""

    @property
    def inner_session(self) -> bool:
        """Whether the secrets are those of an inner hello: the server accepted Encrypted Client Hello."""

    @property
    def agreed_tls13(self) -> bool:
        """Whether TLS 1.3 was agreed."""

    def why_not_decrypted(self, side: int) -> str | None:
        """Why what this side says encrypted is not decrypted: ``no_secrets``, ``unsupported_suite``,
        ``secrets_do_not_fit``; None where it is."""

    def lacks_secret(self, side: int) -> bool:
        """Whether what this side says encrypted waits for a secret."""

    def arrived(self, message: Message) -> None:
        """Something that is not sealed came: what waits gets its place before or behind it."""

    def heard(self, message: Message, hello: ClientHello | ServerHello | None) -> None:
        """A whole handshake message, in clear or opened, with what could be read of a hello."""

    def change_cipher_spec(self, message: Message) -> None:
        """A ChangeCipherSpec, which comes back in its place among what was encrypted."""

    def close(self, reason: str) -> None:
        """Nothing more comes: process what waits; an unfinished message is handed on as cut for ``reason``."""
