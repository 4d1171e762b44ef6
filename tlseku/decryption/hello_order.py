"""In which order the two sides of a connection must be read, so that keys exist when they are needed.

Knows which hello answers which, and when a renegotiation may begin (RFC 5246 section 7.3, RFC 8446 section 4.1.4);
must not know keys. Segments that came late make one side be read before the other: what comes too early waits.
"""

from __future__ import annotations

from tlseku.tls.hello import ClientHello, ServerHello


class HelloOrder:
    """The hellos and Finished that were processed. ``client`` is the client's side, -1 while no hello was heard.
    ``finished`` counts the Finished of each side."""

    __slots__ = ("_answered", "_asked", "_handshakes", "_retried", "client", "finished")

    def __init__(self) -> None:
        self.client = -1
        self.finished = [0, 0]
        self._asked = 0
        self._answered = 0
        self._handshakes = 0
        self._retried = False

    def heard(self, side: int, hello: ClientHello | ServerHello) -> None:
        """A hello was sent, processed or not: the first one tells who is the client."""
        if self.client < 0:
            self.client = side if isinstance(hello, ClientHello) else 1 - side

    def client_hello(self) -> None:
        """A ClientHello was processed."""
        self._asked += 1
        self._retried = False

    def server_hello(self, retry: bool) -> None:
        """A ServerHello was processed; ``retry`` says that it is a HelloRetryRequest."""
        self._answered += 1
        if retry:
            self._retried = True
        else:
            self._handshakes += 1

    def may_follow(self, side: int, hello: ClientHello | ServerHello | None) -> bool:
        """Whether what a side says next, ``hello`` or something else, may be processed now."""
        if self.client < 0:
            return False
        if side != self.client:
            return not isinstance(hello, ServerHello) or self._asked > self._answered
        if self._answered < self._asked:
            return False
        # A renegotiation must not begin before the server's part of the handshake before it was read.
        return (
            not isinstance(hello, ClientHello) or self._retried or self.finished[1 - side] >= self._handshakes
        )
