"""From everything said in a connection to the flow that users see.

Knows what a handshake must contain (RFC 5246 section 7.3, RFC 8446 section 2) and therefore what is missing, hidden
or refused; must not know bytes. The judging of chains is ``policy``'s.
"""

from __future__ import annotations

from collections.abc import Callable

from tlseku.decryption.cipher_parameters import UNSUPPORTED_SUITE
from tlseku.errors import Malformed
from tlseku.flow import (
    Alert,
    Answer,
    Defect,
    Endpoint,
    Flow,
    Hidden,
    Hint,
    Message,
    Outcome,
    Presented,
    Request,
    Role,
    RoleEvidence,
)
from tlseku.frames.reference import FRAME_BITS, FRAME_MASK
from tlseku.handshake.evaluation import Judge, read_extension
from tlseku.handshake.length_hints import Outline, Sealed, outline
from tlseku.handshake.message_log import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    FINISHED,
    SAID_ALERT,
    SAID_APPLICATION_DATA,
    SAID_CHANGE_CIPHER_SPEC,
    SAID_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    EncryptedRecord,
    MessageLog,
    Said,
    SaidAlert,
    SaidCertificate,
    SaidHello,
    SaidRequest,
)
from tlseku.handshake.offer import read_offer
from tlseku.network.decode.segment import endpoints
from tlseku.network.tcp.recorder import IDLE_NS
from tlseku.network.tcp.stream import STARTS_MID
from tlseku.registry.names import alert_name, handshake_name
from tlseku.registry.services import service_name
from tlseku.tls import extensions as ext
from tlseku.tls.hello import TLS13, ClientHello, ServerHello
from tlseku.tls.records import APPLICATION_DATA

_SERVER_KEY_EXCHANGE = 12
_CERTIFICATE_VERIFY = 15
_CLIENT_KEY_EXCHANGE = 16
_CERTIFICATE_STATUS = 22
_NEW_SESSION_TICKET = 4
# Messages that only one of the roles sends in clear (RFC 5246 section 7.3).
_SERVER_MESSAGES = frozenset(
    {
        0,
        2,
        _NEW_SESSION_TICKET,
        _SERVER_KEY_EXCHANGE,
        CERTIFICATE_REQUEST,
        SERVER_HELLO_DONE,
        _CERTIFICATE_STATUS,
    }
)
_CLIENT_MESSAGES = frozenset({1, _CERTIFICATE_VERIFY, _CLIENT_KEY_EXCHANGE})
# In TLS 1.3 all of these are encrypted.
_CLEAR_BEFORE_TLS13 = (_SERVER_MESSAGES | _CLIENT_MESSAGES | {CERTIFICATE}) - {0, 1, 2}
_FATAL = 2
_CLOSE_NOTIFY = 0
_NO_CERTIFICATE = 41
_USER_CANCELED = 90
_CERTIFICATES = ("server_certificate", "certificate_request", "client_certificate")
_KINDS = {
    SAID_CHANGE_CIPHER_SPEC: "change_cipher_spec",
    SAID_ALERT: "alert",
    SAID_ENCRYPTED_HANDSHAKE: "encrypted_handshake",
    SAID_APPLICATION_DATA: "application_data",
}
_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
LONG_SILENCE_NS = 5 * _SECOND
"""From here on a silence is worth telling: TCP's retransmissions take up to three seconds on a path that works."""

SECRETS_DO_NOT_FIT = "secrets_do_not_fit"

_Moment = Said | SaidAlert | SaidCertificate | SaidHello | SaidRequest | EncryptedRecord
FileName = Callable[[int], str]


def conclude(message_log: MessageLog, judge: Judge, file_name: FileName) -> Flow:
    """The flow of a conversation in which TLS was recognised. ``judge`` judges what was presented and asked;
    ``file_name`` gives the name for a file's index."""
    return _Conclusion(message_log, judge, file_name).flow()


def kind_name(kind: int) -> str:
    """The word for a kind of ``Said``."""
    return _KINDS.get(kind) or handshake_name(kind)


class _Conclusion:
    """The facts of one conversation that several questions need, found once."""

    def __init__(self, log: MessageLog, judge: Judge, file_name: FileName) -> None:
        self.log = log
        self._judge = judge
        self._file_name = file_name
        self.file = log.connection.first_frame >> FRAME_BITS
        self._one_file = all(said.frame >> FRAME_BITS == self.file for said in log.said)
        self.client_side, self.evidence = _client_side(log)
        # Without any evidence the first sender stands first, and nobody is given a role.
        self.roles: tuple[Role, Role] = ("unknown", "unknown")
        if self.evidence != "unknown":
            self.roles = ("client", "server") if self.client_side == 0 else ("server", "client")
        self.client_hello = next(
            (said.hello for said in log.client_hellos if isinstance(said.hello, ClientHello)), None
        )
        self.server_hello = next(
            (
                said.hello
                for said in reversed(log.server_hellos)
                if isinstance(said.hello, ServerHello) and not said.opened
            ),
            None,
        )
        self.version = None if self.server_hello is None else self.server_hello.version
        self.tls13 = self.version is not None and self.version >= TLS13
        self.finished = self.server_hello is not None and not self.server_hello.is_hello_retry_request
        self.resumed = self._resumed()
        # Where a hole keeps one direction waiting, the other is read first; frames tell the order on the wire.
        self.said = sorted(log.said, key=self._moment)
        self.chains = sorted(log.certificates, key=self._moment)
        self.encrypted = sorted(log.encrypted, key=self._moment)

    def flow(self) -> Flow:
        log = self.log
        source, destination = (Endpoint(*end) for end in endpoints(log.connection.key))
        client, server = (source, destination) if self.client_side == 0 else (destination, source)
        outcome, refused_by, basis = self._outcome()
        hello_extensions = () if self.client_hello is None else self.client_hello.extensions
        certificates = [self._presented(said) for said in self.chains]
        return Flow(
            number=log.number,
            file=self._file_name(self.file),
            start=log.start_ts,
            end=log.end_ts,
            client=client,
            server=server,
            direction="unknown",
            vantage=(),
            role_evidence=self.evidence,
            service=service_name(server.port, log.starttls),
            version=self.version,
            cipher=self.server_hello.cipher_suite if self.server_hello is not None else None,
            sni=read_extension(hello_extensions, ext.SERVER_NAME, ext.server_name),
            alpn=self._alpn(),
            alpn_offered=read_extension(hello_extensions, ext.ALPN, ext.protocol_names) or (),
            offered=None if self.client_hello is None else read_offer(hello_extensions),
            resumed=self.resumed,
            starttls=log.starttls,
            presented=tuple(certificates),
            requests=tuple(self._request(said) for said in sorted(log.requests, key=self._moment)),
            messages=self._messages(),
            alerts=self._alerts(),
            outcome=outcome,
            refused_by=refused_by,
            outcome_basis=basis,
            hidden=self._hidden(outcome),
            defects=self._defects(certificates),
            hints=self._hints(outcome),
        )

    # What was said.

    def _moment(self, said: _Moment) -> int:
        """What to order by: the frame, or the time where frames of several files have no common order."""
        return said.frame if self._one_file else said.ts_ns

    def _frame(self, reference: int) -> int:
        return reference & FRAME_MASK

    def _frames(self, references: tuple[int, ...]) -> tuple[int, ...]:
        if len(references) == 1:
            return (references[0] & FRAME_MASK,)
        # A frame whose bytes overlap others may have brought two pieces of one message.
        return tuple(reference & FRAME_MASK for reference in sorted(set(references)))

    def _file(self, reference: int) -> str | None:
        file = reference >> FRAME_BITS
        return None if file == self.file else self._file_name(file)

    def _messages(self) -> tuple[Message, ...]:
        return tuple(
            Message(
                frame=self._frame(said.frame),
                role=self.roles[said.side],
                kind=kind_name(said.kind),
                type=max(said.kind, -1),
                ts=said.ts_ns,
                frames=self._frames(said.frames),
                file=self._file(said.frame),
                decrypted=said.opened,
            )
            for said in self.said
        )

    def _alerts(self) -> tuple[Alert, ...]:
        return tuple(
            Alert(
                frame=self._frame(said.frame),
                role=self.roles[said.side],
                level=said.level,
                code=said.code,
                after=self._said_before(said),
                ts=said.ts_ns,
                encrypted=said.level < 0,
                file=self._file(said.frame),
            )
            for said in sorted(self.log.alerts, key=self._moment)
        )

    def _said_before(self, alert: SaidAlert) -> str | None:
        """The last thing that the other side said before an alert."""
        moment = self._moment(alert)
        before = [said for said in self.said if said.side != alert.side and self._moment(said) <= moment]
        return kind_name(before[-1].kind) if before else None

    def _presented(self, said: SaidCertificate) -> Presented:
        return self._judge.presented(
            said,
            self.roles[said.side],
            self._frame(said.frame),
            self._frames(said.frames),
            self._file(said.frame),
            self._renegotiates(said),
        )

    def _request(self, said: SaidRequest) -> Request:
        return self._judge.request(
            said,
            self.roles[said.side],
            self._frame(said.frame),
            self._file(said.frame),
            self._renegotiates(said),
            self._answer(said),
            self._answering(said),
            self.version,
        )

    def _answer(self, request: SaidRequest) -> Answer:
        answering = 1 - request.side
        said = self._answering(request)
        if said is not None:
            return "presented" if said.message.certificates or not said.message.whole else "empty"
        if self._declined_by_alert(answering):
            return "empty"
        if self.log.shut_certificates[answering] is not None:
            return "hidden"
        if request.opened and self._why_shut(answering) is not None:
            return "hidden"
        return "none" if self._why_unseen(answering, self._outcome()[0]) is None else "hidden"

    def _renegotiates(self, said: SaidCertificate | SaidRequest) -> bool:
        """Whether it belongs to a handshake under the protection of an earlier one."""
        return said.opened and not self.tls13

    def _declined_by_alert(self, side: int) -> bool:
        """How a client without certificate says so in SSL 3.0 (RFC 6101 section 5.4.2)."""
        return any(said.side == side and said.code == _NO_CERTIFICATE for said in self.log.alerts)

    def _answering(self, request: SaidRequest) -> SaidCertificate | None:
        # There is one handshake in clear a connection, so a chain from the asked side is the answer, also where the
        # capture delivers the request after it. Of those opened, TLS 1.3 names the request that each one answers.
        answers = [said for said in self.chains if said.side == 1 - request.side]
        if not request.opened:
            return next((said for said in answers if not said.opened), None)
        if self.tls13:
            context = None if request.request is None else request.request.request_context
            return next((said for said in answers if said.message.request_context == context), None)
        moment = self._moment(request)
        return next((said for said in answers if said.opened and self._moment(said) >= moment), None)

    # What follows from it.

    def _resumed(self) -> bool | None:
        """RFC 5246 section 7.4.1.3 (session id), RFC 5077 section 3.4 (ticket), RFC 8446 section 2.2 (PSK)."""
        log = self.log
        if self.server_hello is None or not self.finished:
            return None
        if self.tls13:
            return ext.find(self.server_hello.extensions, ext.PRE_SHARED_KEY) is not None
        server = 1 - self.client_side
        kinds = [said.kind for said in log.said if said.side == server and not said.opened]
        if CERTIFICATE in kinds or _SERVER_KEY_EXCHANGE in kinds or SERVER_HELLO_DONE in kinds:
            return False
        if SAID_CHANGE_CIPHER_SPEC in kinds and log.lost[server] is None:
            return True
        session_id = self.server_hello.session_id
        if session_id and self.client_hello is not None and session_id == self.client_hello.session_id:
            return True
        return None

    def _alpn(self) -> str | None:
        if self.server_hello is None:
            return None
        chosen = read_extension(
            self.log.negotiated or self.server_hello.extensions, ext.ALPN, ext.protocol_names
        )
        return chosen[0] if chosen else None

    def _outcome(self) -> tuple[Outcome, Role | None, str]:
        log = self.log
        for alert in log.alerts:
            fatal = alert.level == _FATAL or (self.tls13 and alert.level > 0)
            if (
                fatal
                and alert.code not in (_CLOSE_NOTIFY, _USER_CANCELED)
                and not self._completed_before(alert)
            ):
                named = f"{alert_name(alert.code)} ({alert.code})"
                return "refused", self.roles[alert.side], f"fatal alert {named}"
        if all(log.finished):
            return "completed", None, "both Finished"
        if self.tls13:
            return self._outcome_tls13()
        if all(log.encrypted_handshakes[side] or log.finished[side] for side in (0, 1)):
            return "completed", None, "both Finished"
        if any(record.content_type == APPLICATION_DATA for record in log.encrypted) and self._began_clear():
            if self._may_be_tls13():
                return "unknown", None, "the ServerHello, which tells the version, was not seen"
            return "completed", None, "application data"
        return self._unfinished()

    def _may_be_tls13(self) -> bool:
        """Whether what looks like application data may be the rest of a TLS 1.3 handshake."""
        log = self.log
        if self.version is not None or any(log.encrypted_handshakes):
            return False
        if any(said.kind in _CLEAR_BEFORE_TLS13 for said in log.said):
            return False
        return self.client_hello is None or _offers_tls13(self.client_hello)

    def _began_clear(self) -> bool:
        return bool(self.log.client_hellos or self.log.server_hellos or any(self.log.change_cipher_specs))

    def _completed_before(self, alert: SaidAlert) -> bool:
        """Whether the handshake was over when an alert came: both Finished, or application data from both sides."""
        if all(self.log.finished):
            return self._no_handshake_goes_on(alert)
        finished = [False, False]
        moment = self._moment(alert)
        for record in self.encrypted:
            if self._moment(record) >= moment:
                break
            if record.content_type != 21:
                finished[record.side] = True
        return finished[0] and finished[1] and not self.tls13

    def _no_handshake_goes_on(self, alert: SaidAlert) -> bool:
        """Whether no handshake, first or later, was going on when an alert came, where all of them were opened.

        In TLS 1.3 a client's last flight is judged after it is complete: a server that says anything else first has
        accepted it.
        """
        moment = self._moment(alert)
        before = [said for said in self.said if self._moment(said) <= moment and said.kind != SAID_ALERT]
        if not self.tls13:
            finished = {-1: 0, 0: 0, 1: 0}
            for said in before:
                finished[said.side if said.kind == FINISHED else -1] += 1
            begun = sum(said.kind == SERVER_HELLO for said in before)
            return finished[0] == finished[1] == begun and bool(before) and before[-1].kind not in (0, 1)
        last = max((n for n, said in enumerate(before) if said.kind == FINISHED), default=-1)
        both = {said.side for said in before if said.kind == FINISHED} == {0, 1}
        server = 1 - self.client_side
        data = [each for each in self.encrypted if each.side == server and last >= 0]
        answered = any(self._moment(before[last]) < self._moment(each) <= moment for each in data)
        return both and (
            alert.side != server or answered or any(said.side == server for said in before[last + 1 :])
        )

    def _outline(self) -> Outline:
        """What the encrypted records of TLS 1.3 tell from the outside."""
        hello = self._moment(self.log.server_hellos[-1])
        sealed = [
            Sealed(each.side == self.client_side, each.length, self._frame(each.frame))
            for each in self.encrypted
            if self._moment(each) >= hello
        ]
        extensions = () if self.client_hello is None else self.client_hello.extensions
        plain = not self.resumed and not self.chains and ext.find(extensions, ext.EARLY_DATA) is None
        cipher = 0 if self.server_hello is None else self.server_hello.cipher_suite
        return outline(sealed, cipher, may_hint_at_certificate=plain, closed_by=self._closed_by())

    def _outcome_tls13(self) -> tuple[Outcome, Role | None, str]:
        seen = self._outline() if self.finished else None
        if seen is None or seen.outcome is None:
            return self._unfinished()
        return seen.outcome, None, seen.basis

    def _hints(self, outcome: Outcome) -> tuple[Hint, ...]:
        if not self.tls13 or not self.finished or outcome == "refused" or any(self.log.finished):
            return ()
        return self._outline().hints

    def _closed_by(self) -> Role | None:
        """Who closed or reset first; ``unknown`` where somebody did and nobody knows who."""
        log = self.log
        side = log.connection.closed_by
        if side >= 0:
            return self.roles[side]
        closed = log.ended_how in ("fin", "rst") or any(log.connection.ends_at(each) >= 0 for each in (0, 1))
        return "unknown" if closed else None

    def _unfinished(self) -> tuple[Outcome, Role | None, str]:
        log = self.log
        if not self._began_clear() and not log.alerts and not log.certificates:
            return "unknown", None, "the capture starts after the handshake"
        if log.any_lost or any(log.mid_stream):
            return "unknown", None, "bytes are missing from the capture"
        closer = self._closed_by()
        if closer is not None:
            how = "reset" if log.ended_how == "rst" else "closed"
            by = "" if closer == "unknown" else f" by the {closer}"
            return "aborted", None, f"{self._silence()}{how}{by} amid the handshake"
        if log.ended_how == "reused":
            return "aborted", None, "the ports were taken for a new connection amid the handshake"
        if log.ended_how == "idle":
            return "aborted", None, f"silent for more than {IDLE_NS // _MINUTE} minutes amid the handshake"
        return "incomplete", None, "the capture ends amid the handshake"

    def _silence(self) -> str:
        """How long nobody said anything before the end, where that was long."""
        connection = self.log.connection
        silent = connection.closed_ts - self.said[-1].ts_ns if self.said else 0
        if connection.closed_by < 0 or silent < LONG_SILENCE_NS:
            return ""
        return f"silent for {silent // _SECOND:,} s, then "

    def _hidden(self, outcome: Outcome) -> tuple[Hidden, ...]:
        """What could not be seen, in the order of the handshake."""
        hidden: list[Hidden] = []
        log = self.log
        if self.client_hello is not None and self._may_be_outer(self.client_hello):
            hidden.append(Hidden("client_hello", "ech"))
        if self.resumed:
            # A resumed handshake has no Certificate; TLS 1.3 may still ask after it, where nobody can see it.
            hidden += [Hidden("server_certificate", "resumed"), Hidden("client_certificate", "resumed")]
            if self.tls13 and self._why_shut(1 - self.client_side) is not None:
                hidden.append(Hidden("certificate_request", "resumed"))
        elif self.tls13 and self.finished:
            hidden += self._unseen_in_tls13(outcome)
        else:
            hidden += self._unseen_in_clear(outcome)
        # The first encrypted message of a side is its Finished, unless that was opened.
        later = any(log.encrypted_handshakes[side] > (not log.finished[side]) for side in (0, 1))
        if later and not self.tls13 and not any(log.mid_stream):
            why = [self._why_shut(side) for side in (0, 1)]
            known = next((word for word in why if word in (UNSUPPORTED_SUITE, SECRETS_DO_NOT_FIT)), None)
            hidden += [Hidden(what, known or "renegotiation_encrypted") for what in _CERTIFICATES]
        return tuple(hidden)

    def _why_shut(self, side: int) -> str | None:
        """Why what a side says encrypted could not be opened; None where it was, as far as it was seen."""
        decryptor = self.log.decryptor
        why = "no_secrets" if decryptor is None else decryptor.why_shut(side)
        return "tls13_encrypted" if why == "no_secrets" and self.tls13 else why

    def _unseen_in_tls13(self, outcome: Outcome) -> list[Hidden]:
        """What was encrypted after the ServerHello and not opened."""
        log = self.log
        client, server = self.client_side, 1 - self.client_side
        kinds = {(said.side, said.kind) for said in self.said}
        # A compressed chain comes in a message of another type.
        kinds |= {(said.side, CERTIFICATE) for said in self.chains}
        hidden = []
        for what, side, kind in (
            ("server_certificate", server, CERTIFICATE),
            ("certificate_request", server, CERTIFICATE_REQUEST),
            ("client_certificate", client, CERTIFICATE),
        ):
            why = log.shut_certificates[side] if kind == CERTIFICATE else None
            if why is None and (side, kind) not in kinds and not log.finished[side]:
                # Where early data may be, a record that does not open says little; the other side says more.
                why = self._why_shut(side) or self._why_shut(1 - side) or self._why_unseen(side, outcome)
            if why is not None:
                hidden.append(Hidden(what, why))
        return hidden

    def _may_be_outer(self, hello: ClientHello) -> bool:
        """Whether the hello may be an outer one (type 0 of encrypted_client_hello); a decoy looks the same on purpose.

        A server that chose an older version has taken the outer hello as it is: the extension is one of TLS 1.3. So has
        one whose handshake opens with the secrets of this hello's random, since those of an inner one have its own.
        """
        if any(self.log.finished):
            return False
        content = ext.find(hello.extensions, ext.ENCRYPTED_CLIENT_HELLO)
        return (self.version is None or self.tls13) and content is not None and content[:1] == b"\x00"

    def _unseen_in_clear(self, outcome: Outcome) -> list[Hidden]:
        """What a full handshake in clear should show and this one does not."""
        log = self.log
        client, server = self.client_side, 1 - self.client_side
        from_client, from_server = (
            {said.kind for said in log.said if said.side == side} for side in (client, server)
        )
        why_client, why_server = (self._why_unseen(side, outcome) for side in (client, server))
        begun_seen = log.lost[server] is None and not self._starts_mid(server)
        flight_seen = SERVER_HELLO_DONE in from_server and begun_seen
        cut_request = next((said.cut for said in log.requests if said.cut is not None), None)
        request_unseen = CERTIFICATE_REQUEST not in from_server and not flight_seen and why_server is not None
        answer_unseen = CERTIFICATE not in from_client and (request_unseen or bool(log.requests))
        if self._declined_by_alert(client):
            answer_unseen = False
        if answer_unseen and why_client is None and self._may_be_encrypted(from_client):
            why_client = why_server
        unseen = (
            ("client_hello", not log.client_hellos, why_client),
            ("server_hello", not log.server_hellos, why_server),
            (
                "server_certificate",
                (CERTIFICATE not in from_server and not flight_seen)
                or log.shut_certificates[server] is not None,
                log.shut_certificates[server] or why_server,
            ),
            ("certificate_request", request_unseen or cut_request is not None, cut_request or why_server),
            (
                "client_certificate",
                answer_unseen or log.shut_certificates[client] is not None,
                log.shut_certificates[client] or why_client,
            ),
        )
        return [
            Hidden(what, reason) for what, is_unseen, reason in unseen if is_unseen and reason is not None
        ]

    def _may_be_encrypted(self, from_client: set[int]) -> bool:
        """Whether the client may have answered in TLS 1.3: the ServerHello is not there, and the client went on."""
        return (
            self.server_hello is None
            and _CLIENT_KEY_EXCHANGE not in from_client
            and bool(from_client & {SAID_CHANGE_CIPHER_SPEC, SAID_APPLICATION_DATA})
        )

    def _why_unseen(self, side: int, outcome: Outcome) -> str | None:
        """Why a message that should have come from a side was not seen; None if it was simply never sent."""
        log = self.log
        lost = log.lost[side]
        if lost is not None:
            return lost
        if self._starts_mid(side) or not self._began_clear():
            return STARTS_MID
        if not log.connection.payload_seen[side] and self._was_answered(side):
            return "one_direction_only"
        return "capture_ends" if self._breaks_off(outcome) else None

    def _breaks_off(self, outcome: Outcome) -> bool:
        """Whether the capture ended before the handshake did, as far as can be told."""
        log = self.log
        if outcome not in ("incomplete", "unknown") or log.ended_how in ("fin", "rst", "reused"):
            return False
        return all(log.connection.ends_at(each) < 0 for each in (0, 1))

    def _starts_mid(self, side: int) -> bool:
        """Whether the capture starts behind the beginning of what a side said."""
        log = self.log
        if log.mid_stream[side] or log.connection.begun_by_syn(side):
            return log.mid_stream[side]
        return not any(said.kind in (1, 2) for said in log.said)

    def _was_answered(self, side: int) -> bool:
        """Whether what the other side says shows that this one spoke, though nothing of it was captured."""
        kinds = {said.kind for said in self.log.said if said.side == 1 - side}
        return bool(
            kinds & {2, CERTIFICATE, _CLIENT_KEY_EXCHANGE, SAID_CHANGE_CIPHER_SPEC, SAID_APPLICATION_DATA}
        )

    def _defects(self, presented: list[Presented]) -> tuple[Defect, ...]:
        defects = [
            Defect(layer, reason, None if frame is None else self._frame(frame))
            for layer, reason, frame in self.log.defects
        ]
        for each in presented:
            for index, certificate in enumerate(each.chain):
                defects += [
                    Defect("x509", f"{each.role} certificate #{index}: {what}", each.frame)
                    for what in certificate.defects
                ]
        return tuple(defects)


def _client_side(log: MessageLog) -> tuple[int, RoleEvidence]:
    """Who is the TLS client, by the messages; never by a port."""
    if log.client_hellos:
        return log.client_hellos[0].side, "client_hello"
    if log.server_hellos:
        return 1 - log.server_hellos[0].side, "server_hello"
    for said in log.said:
        if said.kind == 1:
            return said.side, "client_hello"
        if said.kind == 2:
            return 1 - said.side, "server_hello"
        if said.kind in _SERVER_MESSAGES:
            return 1 - said.side, "message_order"
        if said.kind in _CLIENT_MESSAGES:
            return said.side, "message_order"
    if log.connection.syn_side >= 0:
        return log.connection.syn_side, "syn"
    return 0, "unknown"


def _offers_tls13(hello: ClientHello) -> bool:
    try:
        return hello.offers_tls13
    except Malformed:
        return False
