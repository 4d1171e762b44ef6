"""The nouns that users touch: a flow, what was presented in it, what was asked, what could not be seen.

Knows the fields of the JSON contract as typed Python; must not know packets, TLS bytes or how anything is printed
(``output`` does that). Everything is frozen; integers from the wire stay integers and get their words from ``names``
when printed; time is integer nanoseconds since 1970-01-01 UTC. Frame numbers count from 1 per file, and a message's
frame is the frame that completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlseku._objects import Displayed, Pickled, Short, frozen
from tlseku.carriers.outer import WITHOUT_TLS as WITHOUT_TLS
from tlseku.carriers.outer import Carrier as Carrier
from tlseku.carriers.outer import CarrierAnswer as CarrierAnswer
from tlseku.carriers.outer import Outer as Outer
from tlseku.policy.finding import Finding
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.policy.offer import Offer
from tlseku.policy.peer_software.request_shape import NO_EVIDENCE, PeerEvidence
from tlseku.policy.request_match import Match
from tlseku.registry import names
from tlseku.registry.community_id import TCP, UDP, community_id
from tlseku.x509.certificate import Certificate

if TYPE_CHECKING:
    from tlseku.policy.peer_software.recognition import PeerSoftware

Role = Literal["client", "server", "unknown"]
Direction = Literal["inbound", "outbound", "local", "unknown"]
RoleEvidence = Literal["client_hello", "server_hello", "syn", "message_order", "unknown"]
Outcome = Literal[
    "completed", "refused", "refused_inside", "closed_after", "aborted", "incomplete", "unknown"
]
OutcomeEvidence = Literal[
    "alert",
    "encrypted_alert",
    "close_without_alert",
    "reset_without_alert",
    "answer_inside",
    "close_after_handshake",
    "reset_after_handshake",
    "finished",
    "application_data",
    "outer_accept",
    "outer_reject",
    "repetition",
    "inferred",
    "nothing",
]
Answer = Literal["presented", "empty", "none", "hidden"]

_set = object.__setattr__


class _Shared:
    """A noun of which several may have most in common: an attribute that it has not is asked of ``view`` once.

    A capture has many flows that differ in few numbers; what nobody asks for is not made. ``made_of`` is a function,
    and what that makes a noun of the same class of, which says it all, when anything is first asked for.
    """

    __slots__ = ("made_of", "view")

    made_of: tuple[Callable[[bytes], object], bytes] | None
    view: object | None
    """What an attribute is asked of that is not there yet; None where all are."""

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name == "made_of":
                return None
            if name == "view":
                return None if self.made_of is None else self._now_made()
            of = self.__dataclass_fields__.get(name)
            if of is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            view = self.view
            if view is None:
                # It is there if it was made just now.
                return object.__getattribute__(self, name)
            # What only some flows have is as in those that have it not.
            value = getattr(view, name, of.default)
            _set(self, name, value)
            return value

        def _now_made(self):
            make, packed = self.made_of
            made = make(packed)
            view = made.view
            if view is None:
                for name in made.__dataclass_fields__:
                    _set(self, name, getattr(made, name))
            _set(self, "view", view)
            _set(self, "made_of", None)
            return view


class Kind(NamedTuple):
    """What a flow shares with others that ended alike: ``kept`` is for what somebody makes of a flow that is the same
    for all of them but for frames, and ``frames`` are those of this one, of which the same places mean the same."""

    kept: dict[str, object]
    frames: tuple[int, ...]


class Endpoint(NamedTuple):
    """One end of a flow: ``ip`` as text (IPv6 compressed, RFC 5952), ``port`` 0 to 65535."""

    ip: str
    port: int


@frozen
class Message(Short):
    """One TLS message on the wire, in the order seen.

    ``type`` is the HandshakeType (RFC 8446 section 4), or -1 where the message is encrypted; ``kind`` the word
    for it: a name of ``names.HANDSHAKE_TYPES``, or ``change_cipher_spec``, ``encrypted_handshake``,
    ``application_data`` (first of its sender only), ``alert``. ``frames`` are the frames that carried bytes of
    it. ``file`` is set only where it differs from the flow's. ``decrypted`` says that it was encrypted and opened with
    the session's secrets.
    """

    frame: int
    role: Role
    kind: str
    type: int
    ts: int
    frames: tuple[int, ...] = ()
    file: str | None = None
    decrypted: bool = False


@frozen
class Alert(Short):
    """A TLS alert (RFC 8446 section 6): ``level`` and ``code`` as sent, -1 where encrypted and not opened.

    ``role`` is its sender, ``after`` the kind of the last message seen from the *other* side before it.
    """

    frame: int
    role: Role
    level: int
    code: int
    after: str | None
    ts: int
    encrypted: bool = False
    file: str | None = None

    @property
    def name(self) -> str | None:
        """The code in words, as the JSON has it: ``bad_certificate``, hex where there is none; None where encrypted."""
        return None if self.encrypted or self.code < 0 else names.alert_name(self.code)

    @property
    def level_name(self) -> str | None:
        """``warning`` or ``fatal``, hex for another; None where encrypted."""
        return None if self.encrypted or self.code < 0 else names.alert_level_name(self.level)


@frozen
class Presented(_Shared):
    """A certificate_list that one side sent (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2).

    ``chain`` in the order sent (leaf first); empty for ``declined``. ``verdict`` is a fact about leaf and role,
    ``reason`` one plain sentence for it. ``effective_eku`` is what remains of the leaf's purposes after every
    presented CA certificate has had its say (None: unrestricted), ``broken_at`` the index of the certificate
    that takes the needed purpose away (0 is the leaf), None if none does. ``entries_missing`` is True where a
    gap, the snaplen or the end of the capture cut the list: ``chain`` then holds only the whole entries before.
    ``completed_with`` are certificates that were *not* presented and complete the issuing path, in its order; None
    where nobody gave any to look among. ``broken_at`` and the depths of ``rule_books`` go on into them: the first has
    the index ``len(chain)``. ``renegotiation`` is True where a later handshake inside the connection presented it (TLS
    1.2 and before).
    """

    role: Role
    direction: Direction
    frame: int
    frames: tuple[int, ...]
    chain: tuple[Certificate, ...]
    verdict: str
    reason: str
    effective_eku: tuple[str, ...] | None
    broken_at: int | None
    rule_books: Mapping[str, Finding] = field(default_factory=dict)
    entries_missing: bool = False
    ts: int = 0
    file: str | None = None
    completed_with: tuple[KnownIssuer, ...] | None = None
    renegotiation: bool = False

    def __hash__(self) -> int:
        # What is equal has the same place and verdict; the judgements of rule-books are a mapping, which has no hash.
        return hash((self.role, self.frames, self.ts, self.file, self.verdict))

    def __repr__(self) -> str:
        leaf = self.chain[0].serial_hex if self.chain else None
        certificates = "no certificate" if not self.chain else f"serial={leaf} of {len(self.chain)}"
        return f"<Presented by {self.role} in frame {self.frame}: {self.verdict} {certificates}>"

    @property
    def judged(self) -> Presented:
        """What is said of the chain in its role, wherever it is presented: one object for all of these, of which only
        ``frame``, ``frames``, ``ts``, ``direction``, ``file`` and ``renegotiation`` say nothing."""
        return self if self.view is None else self.view  # type: ignore[return-value]

    def shown(self, frame: int, frames: tuple[int, ...], ts: int, direction: Direction) -> Presented:
        """The same chain, presented elsewhere in the flow's own file."""
        shown: Presented = object.__new__(Presented)
        _set(shown, "view", self)
        _set(shown, "frame", frame)
        _set(shown, "frames", frames)
        _set(shown, "ts", ts)
        _set(shown, "direction", direction)
        return shown


@frozen
class Request:
    """A CertificateRequest (RFC 5246 section 7.4.4, RFC 8446 section 4.3.2).

    ``role`` is the side that asks. ``certificate_types`` and ``signature_algorithms`` are code points, None where
    the protocol version or message has none. ``authorities`` are DER Names as sent, ``authority_names`` the same
    as RFC 4514 text. ``oid_filters`` are (dotted OID, DER value) pairs. ``answer`` says what came: a chain was
    ``presented``, an ``empty`` list, ``none`` seen at all, or the answer is ``hidden`` by encryption.
    ``matches`` holds what was presented against what was asked, a ``Match`` for each name of
    ``policy.request_match.CHECKS``; it is empty unless a chain was presented and the request could be read.
    ``renegotiation`` as in ``Presented``.
    """

    role: Role
    frame: int
    certificate_types: tuple[int, ...] | None
    signature_algorithms: tuple[int, ...] | None
    authorities: tuple[bytes, ...]
    authority_names: tuple[str, ...]
    oid_filters: tuple[tuple[str, bytes], ...]
    answer: Answer
    matches: Mapping[str, Match] = field(default_factory=dict)
    ts: int = 0
    file: str | None = None
    renegotiation: bool = False

    def __hash__(self) -> int:
        return hash((self.role, self.frame, self.ts, self.file, self.answer))

    def __repr__(self) -> str:
        return (
            f"<Request of {self.role} in frame {self.frame}: {len(self.authorities)} authorities,"
            f" answer {self.answer}>"
        )

    @property
    def certificate_type_names(self) -> tuple[str, ...] | None:
        """``certificate_types`` in words, as the JSON has them; hex where there is none."""
        types = self.certificate_types
        return None if types is None else tuple(names.certificate_type_name(code) for code in types)

    @property
    def signature_algorithm_names(self) -> tuple[str, ...] | None:
        """``signature_algorithms`` in words, as the JSON has them; hex where there is none."""
        schemes = self.signature_algorithms
        return None if schemes is None else tuple(names.signature_scheme_name(code) for code in schemes)


@frozen
class Hidden:
    """What could not be seen and why.

    ``what`` is ``server_certificate``, ``client_certificate``, ``certificate_request``, ``client_hello``,
    ``server_hello`` or ``alerts``; ``reason`` one of ``tls13_encrypted``, ``resumed``, ``segment_lost``,
    ``datagram_lost``, ``fragment_lost``, ``snaplen_truncated``, ``starts_mid_handshake``, ``one_direction_only``,
    ``renegotiation_encrypted``, ``ech``, ``ech_accepted``, ``unsupported_compression``, ``unsupported_suite``,
    ``secrets_do_not_fit``, ``raw_public_key``, ``carrier_encrypted``, ``capture_ends``, ``table_full``.
    """

    what: str
    reason: str


@frozen
class Hint(Short):
    """What lengths and order tell of an encrypted handshake: likely, never certain.

    ``what`` is ``client_certificate`` or ``refused``; ``text`` says it, ``frames`` are those it rests on.
    """

    what: str
    text: str
    frames: tuple[int, ...] = ()


@frozen
class Defect(Short):
    """Something wrong with the bytes: ``layer`` (``network``, ``tls``, ``x509``), ``reason``, ``frame`` if known."""

    layer: str
    reason: str
    frame: int | None = None


@frozen
class Flow(Displayed, Pickled, _Shared):
    """One TLS connection, as far as the capture shows it. Fields follow the JSON contract.

    ``number`` counts TLS flows from 1 in the order in which they were recognised. ``version`` is the
    ProtocolVersion agreed (0x0303 is TLS 1.2), None if unknown; ``cipher`` the suite's code point. ``alpn`` is
    the protocol the server chose (None if not visible), ``alpn_offered`` what the client offered.
    ``offered`` are versions, groups and signature schemes of the (outer) ClientHello, None where none was read.
    ``resumed`` is None where nobody can tell. ``starttls`` names the clear-text protocol that came before TLS.
    ``outcome_basis`` says what the outcome rests on, in a few words; ``hints`` what is merely likely.

    ``outcome`` is ``completed`` where both sides ended the handshake, which alone accepts no certificate; ``refused``
    where one ended it, with an alert or by leaving after the other's flight; ``refused_inside`` where the handshake
    completed and the server's answer inside says no; ``closed_after`` where it completed and the side that had to
    judge the other's certificate closed without having sent any application data; ``aborted`` where it broke off for
    no such reason, ``incomplete`` where the capture ends amid it, ``unknown`` where too little was seen.
    ``refused_by`` is the side that refused (``refused``, ``refused_inside``), ``closed_by`` the side whose FIN or RST
    came first (None: none came, ``unknown``: nobody knows whose).

    ``outcome_evidence`` is what kind of thing tells the outcome: an ``alert`` that was read; an ``encrypted_alert``,
    a record as long as one, after which its sender closed; ``close_without_alert`` and ``reset_without_alert`` of a
    side that owed an answer in the handshake; ``answer_inside``, application data that was decrypted;
    ``close_after_handshake`` and ``reset_after_handshake`` of one that sent no data after it; ``finished`` messages of
    both; ``application_data`` of either; ``outer_accept`` and ``outer_reject`` of the server (``outer.answer``);
    ``repetition`` of a flight to which the other side never said a word; ``inferred`` from lengths and order of
    encrypted records; ``nothing`` where the outcome is not known, or the handshake broke off for no reason that is
    seen.

    ``inside_answer`` is the refusing answer as the server gave it, one line of at most 120 characters, not yet escaped.
    ``client_certificate_accepted`` says whether the server accepted what the client presented, an empty list
    included: True where it answered with application data after it and did not close right after that, False where it
    refused, None where nothing tells. ``server_certificate_accepted`` says so of the client, which accepts by sending
    application data.

    ``tcp_stream`` is Wireshark's ``tcp.stream`` in ``file``; None where that means nothing: bytes that no capture
    brought, several captures merged into one, a carrier without TCP. ``carrier`` is what brought TLS, and ``outer``
    what that said around it: None for TCP. ``peer_evidence`` is what speaks for the software of the server
    (``peer_software``).
    """

    number: int
    file: str
    start: int
    end: int
    client: Endpoint
    server: Endpoint
    direction: Direction
    vantage: tuple[str, ...]
    role_evidence: RoleEvidence
    service: str | None
    version: int | None
    cipher: int | None
    sni: str | None
    alpn: str | None
    alpn_offered: tuple[str, ...]
    resumed: bool | None
    starttls: str | None
    presented: tuple[Presented, ...]
    requests: tuple[Request, ...]
    messages: tuple[Message, ...]
    alerts: tuple[Alert, ...]
    outcome: Outcome
    refused_by: Role | None
    outcome_basis: str
    hidden: tuple[Hidden, ...]
    defects: tuple[Defect, ...]
    hints: tuple[Hint, ...] = ()
    offered: Offer | None = None
    outcome_evidence: OutcomeEvidence = "nothing"
    closed_by: Role | None = None
    inside_answer: str | None = None
    client_certificate_accepted: bool | None = None
    server_certificate_accepted: bool | None = None
    tcp_stream: int | None = None
    carrier: Carrier = "tcp"
    outer: Outer | None = None
    peer_evidence: PeerEvidence = NO_EVIDENCE

    # Numbers stay numbers, also when they are printed: an int whose text is a word would surprise whoever writes it to
    # a table, and compiled modules would hand on the bare number. The words have names of their own.
    @property
    def version_name(self) -> str | None:
        """``version`` in words, as the JSON has it: ``TLS 1.2``, hex where there is none; None if unknown."""
        return None if self.version is None else names.version_name(self.version)

    @property
    def cipher_name(self) -> str | None:
        """``cipher`` by its IANA name, as the JSON has it, hex where there is none; None if unknown."""
        return None if self.cipher is None else names.cipher_suite_name(self.cipher)

    @property
    def peer_software(self) -> PeerSoftware | None:
        """What the server that judges the client's certificate likely is, by its request or by what the user says; None
        where nothing tells. Raises UnknownSoftware if the user named what there is not."""
        from tlseku.policy.peer_software.recognition import software_of  # reads tables, which few flows need

        return software_of(self.peer_evidence)

    @property
    def community_id(self) -> str | None:
        """The Community ID of the connection (version 1, seed 0); None where an end has no IP address."""
        if self.view is not None:
            return self.view.community_id  # type: ignore[attr-defined,no-any-return]
        return community_id(UDP if self.transport == "udp" else TCP, self.client, self.server)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts of what was presented, in order, and ``hidden`` behind them if something is hidden."""
        if self.view is not None:
            return self.view.verdicts  # type: ignore[attr-defined,no-any-return]
        said = tuple(each.verdict for each in self.presented)
        return (*said, "hidden") if self.hidden else said

    @property
    def message_frames(self) -> tuple[int, ...]:
        """The frames that carried bytes of ``messages``, in order, each once: quicker to get than these."""
        if self.view is not None:
            return self.view.message_frames  # type: ignore[attr-defined,no-any-return]
        return tuple(sorted({frame for each in self.messages for frame in each.frames or (each.frame,)}))

    @property
    def judged(self) -> tuple[Presented, ...]:
        """What is said of each chain wherever it is presented (``Presented.judged``): quicker to get than ``presented``
        where nobody asks for frames, times and directions."""
        if self.view is not None:
            return self.view.judged  # type: ignore[attr-defined,no-any-return]
        return tuple(each.judged for each in self.presented)

    def sighting(self, at: int) -> tuple[str, int]:
        """File and frame of what was presented at a place of ``presented`` and ``judged``."""
        if self.view is not None:
            return self.view.file, self.view.chain_frame(at)  # type: ignore[attr-defined]
        presented = self.presented[at]
        return self.file if presented.file is None else presented.file, presented.frame

    @property
    def asked_once(self) -> Flow:
        """Something with the fields of the flow, which keeps none: quicker where each is asked for once."""
        return self if self.view is None else self.view  # type: ignore[return-value]

    @property
    def kind(self) -> Kind | None:
        """What the flow shares with others; None where it was concluded by itself.

        :meta private:
        """
        return None if self.view is None else self.view.kind  # type: ignore[attr-defined]

    @property
    def kept_with_kind(self) -> dict[str, object] | None:
        """``kind.kept``, quicker to get than both."""
        return None if self.view is None else self.view.kept  # type: ignore[attr-defined]

    def kept_with_chain(self, at: int) -> dict[str, object] | None:
        """What others keep with the chain at a place of ``judged``, as long as that is kept; None where the flow was
        concluded by itself.

        :meta private:
        """
        return None if self.view is None else self.view.kept_with_chain(at)  # type: ignore[attr-defined]

    @staticmethod
    def over(view: object, number: int) -> Flow:
        """The flow with this ``number`` whose other attributes are those of ``view``, which also has ``kind``.

        :meta private:
        """
        flow: Flow = object.__new__(Flow)
        _set(flow, "view", view)
        _set(flow, "number", number)
        return flow

    @staticmethod
    def later(make: Callable[[bytes], Flow], packed: bytes, number: int) -> Flow:
        """The flow with this ``number`` that ``make`` makes of ``packed``, once anything else of it is asked for.

        :meta private:
        """
        flow: Flow = object.__new__(Flow)
        _set(flow, "number", number)
        _set(flow, "made_of", (make, packed))
        return flow

    @property
    def transport(self) -> Literal["tcp", "udp"] | None:
        """What the ports of both ends belong to; None where TLS came over a link without IP."""
        if self.carrier == "tcp" or self.tcp_stream is not None:
            return "tcp"
        if self.outer is not None and self.outer.over_tcp:
            return "tcp"
        return None if self.carrier == "eapol" else "udp"

    def __hash__(self) -> int:
        return hash((self.number, self.file, self.start, self.client, self.server))

    def __repr__(self) -> str:
        told = [f"{each.role} {each.verdict}" for each in self.judged[:SHOWN_CHAINS]]
        more = len(self.judged) - len(told)
        chains = ", ".join([*told, f"{more} more"] if more else told)
        return (
            f"<Flow {self.number} {self.client.ip}:{self.client.port} -> {self.server.ip}:{self.server.port}"
            f" {self.outcome} [{chains}]>"
        )


SHOWN_CHAINS = 4
"""Chains that the short form of a flow names."""

DAMAGED_CAPTURE = "a damaged or cut capture"
"""In ``Summary.damage``: something of a capture could not be read; a warning says where."""

UNREAD_KEY_LOG = "a key log that cannot be opened"
"""In ``Summary.damage``: a file named as a key log is not there, or must not be read."""


@frozen
class Summary(Short):
    """What a scan read and what it passed over, so that nothing is dropped silently.

    ``files`` read, ``packets`` and ``bytes`` read: of captures those of the files, decompressed, headers of records
    included; of an ``Analyzer`` those that it was fed. ``skipped`` counts packets by the reason for which
    they could not matter or could not be read (``not IP``, ``not TCP``, ``no payload`` is not a skip);
    ``connections`` TCP connections seen, ``conversations`` those of other carriers in which TLS was, ``flows`` the TLS
    flows among both, ``limits`` how often each named limit was reached, ``with_secrets`` the flows that have ended and
    of which a session secret was known. ``damage`` names, each once, what could not be read to its end:
    ``DAMAGED_CAPTURE``, ``UNREAD_KEY_LOG``.
    """

    files: int = 0
    packets: int = 0
    bytes: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    connections: int = 0
    flows: int = 0
    limits: Mapping[str, int] = field(default_factory=dict)
    with_secrets: int = 0
    damage: tuple[str, ...] = ()
    conversations: int = 0
