"""A client and a KDC that show each other certificates.

Knows that the AS-REQ is the client's, and what an AS-REP or a KRB-ERROR says of it; must not know what brought them.
The chains go to a session as Certificate messages of TLS, which have the same list in another wrapping (RFC 5246
section 7.4.2): there is one place that reads and judges chains.
"""

from __future__ import annotations

from dataclasses import replace

from tlseku.carriers.carrier import CARRIER_ENCRYPTED, CarrierHost, TlsSession
from tlseku.carriers.kerberos.message import AS_REP, AS_REQ, KerberosMessage
from tlseku.carriers.outer import Outer
from tlseku.carriers.tls_records import certificate_message
from tlseku.network.tcp.connection import Connection
from tlseku.registry.kerberos_errors import kerberos_error_name


class PkinitExchange:
    """One AS-REQ with what answers it. ``key`` of the connection is that of what side 0 sends."""

    __slots__ = (
        "_client_side",
        "_connection",
        "_host",
        "_lost",
        "_outer",
        "_session",
        "answered",
        "known",
        "last_frame",
        "last_ts",
        "over",
    )

    def __init__(self, host: CarrierHost, connection: Connection, *, over_tcp: bool) -> None:
        self._host = host
        self._connection = connection
        self._outer = Outer(over_tcp=over_tcp)
        self._session: TlsSession | None = None
        self._client_side = 0
        self._lost: list[str | None] = [None, None]
        self.last_frame = connection.first_frame
        self.last_ts = connection.first_ts
        self.over = False
        # What was said, by its hash, to know it where it comes again; and whether all was.
        self.known: set[int] = set()
        self.answered = False

    @property
    def key(self) -> bytes:
        """The key of what side 0 sends."""
        return self._connection.key

    @property
    def waiting(self) -> int:
        """Nothing waits."""
        return 0

    def take(self, message: KerberosMessage, side: int, frame: int, ts_ns: int) -> bool:
        """A message of a side; whether it has to do with PKINIT."""
        if message.kind == AS_REQ:
            if not message.with_pkinit or self._session is not None:
                return self._session is not None
            self._begin(side)
            self._tell(replace(self._outer, identity=message.client))
        elif message.kind == AS_REP:
            if self._session is None and not message.with_pkinit:
                return False
            self._begin(1 - side)
        elif self._session is None:
            # Most errors ask for pre-authentication.
            return False
        self._connection.last_ts = max(self._connection.last_ts, ts_ns)
        self._show(message, side, frame, ts_ns)
        if message.kind != AS_REQ:
            self._answered(message, frame, ts_ns)
        return True

    def gap(self, side: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes of a side are missing, and nothing more comes of it."""
        self._lost[side] = self._lost[side] or reason
        if self._session is not None:
            self._session.gap(side, 0, reason, frame, ts_ns)

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """Nothing more comes; may be called again."""
        self.over = True
        session, self._session = self._session, None
        if session is not None:
            session.ended(how, -1, frame, ts_ns)

    def _begin(self, client_side: int) -> None:
        if self._session is None:
            self._client_side = client_side
            self._session = self._host.new_session(self._connection, "kerberos")
            self._session.client_is(client_side)
            self._session.tell(self._outer)
            for each, reason in enumerate(self._lost):
                if reason is not None:
                    self._session.gap(each, 0, reason, self.last_frame, self.last_ts)

    def _show(self, message: KerberosMessage, side: int, frame: int, ts_ns: int) -> None:
        session = self._session
        self._connection.saw_payload(side)
        if session is None or not message.certificates:
            if session is not None and message.kind == AS_REP:
                # RFC 4556 section 3.2.3.2: together with the key.
                session.gap(side, 0, CARRIER_ENCRYPTED, frame, ts_ns)
                session.data(side, b"", frame, ts_ns)
            return
        session.data(side, certificate_message(message.certificates), frame, ts_ns)

    def _answered(self, message: KerberosMessage, frame: int, ts_ns: int) -> None:
        accepted = message.kind == AS_REP
        words = "AS-REP" if accepted else f"KRB-ERROR {kerberos_error_name(message.error or 0)}"
        answer = replace(
            self._outer,
            answer="accept" if accepted else "reject",
            answered_as=words,
            answer_frame=frame,
            answer_ts=ts_ns,
        )
        self._tell(answer)

    def _tell(self, outer: Outer) -> None:
        self._outer = outer
        if self._session is not None:
            self._session.tell(outer)
