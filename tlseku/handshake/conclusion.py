"""What is concluded from all flows of one kind, and a flow as numbers over it.

Knows which parts of a ``Flow`` its kind decides and which are its own: ends, times, frames, certificates, names. Must
not know how anything is concluded: a ``Conclusion`` is made of the first flow of a kind, for which everything was
concluded by itself. Places are indexes into everything said in a flow that can stand in its conclusion, so that frames
are those of each flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from tlseku._build import mypyc_attr
from tlseku.flow import (
    Alert,
    Answer,
    Carrier,
    Direction,
    Endpoint,
    Flow,
    Hidden,
    Hint,
    Kind,
    Message,
    Outcome,
    OutcomeEvidence,
    Presented,
    Request,
    Role,
    RoleEvidence,
)
from tlseku.frames.arrivals import frame_at, time_at
from tlseku.handshake.hello_facts import ClientFacts, ServerFacts
from tlseku.handshake.shared_chains import SharedChain, SharedRequest
from tlseku.handshake.vantage import Vantage
from tlseku.network.decode.segment import endpoints
from tlseku.policy.offer import Offer
from tlseku.policy.peer_software.request_shape import PeerEvidence
from tlseku.policy.request_match import Match
from tlseku.registry.addresses import address_text
from tlseku.registry.community_id import TCP, community_id_of
from tlseku.registry.services import service_name

if TYPE_CHECKING:
    from tlseku.policy.peer_software.recognition import PeerSoftware

FLOW_BYTES: Final = 800
"""What a flow takes beside its messages and chains."""


class AlertOfKind(NamedTuple):
    """An alert without its frame and time, which are those of its ``place``."""

    role: Role
    level: int
    code: int
    after: str | None
    encrypted: bool
    place: int


class HintOfKind(NamedTuple):
    """A hint, and the places of the frames that it rests on."""

    what: str
    text: str
    places: tuple[int, ...]


class ConclusionState(NamedTuple):
    """What a conclusion is made of, as plain values and nouns of ``tlseku.flow``; names are those of ``Conclusion``."""

    said: tuple[tuple[Role, str, int], ...]
    alerts: tuple[AlertOfKind, ...]
    hints: tuple[HintOfKind, ...]
    answer: Answer
    outcome: Outcome
    outcome_basis: str
    outcome_evidence: OutcomeEvidence
    refused_by: Role | None
    closed_by: Role | None
    inside_answer: str | None
    client_certificate_accepted: bool | None
    server_certificate_accepted: bool | None
    resumed: bool | None
    peer_evidence: PeerEvidence
    hidden: tuple[Hidden, ...]
    explains: str


class Conclusion:
    """What all flows of a kind have in common; attributes are those of ``Flow``.

    ``said`` are role, kind and type of each message, ``answer`` is that to the request, if there is one. ``explains``
    is the role whose chain has a part in what is said beside its purposes: ``client``, ``server``, or nobody's.
    ``kept`` is what others keep here, ``state`` what it is made of."""

    __slots__ = (
        "alerts",
        "answer",
        "client_certificate_accepted",
        "closed_by",
        "explains",
        "hidden",
        "hints",
        "inside_answer",
        "kept",
        "outcome",
        "outcome_basis",
        "outcome_evidence",
        "peer_evidence",
        "refused_by",
        "resumed",
        "said",
        "server_certificate_accepted",
        "state",
    )

    def __init__(self, state: ConclusionState) -> None:
        self.state = state
        self.alerts = state.alerts
        self.hints = state.hints
        self.answer: Answer = state.answer
        self.said = state.said
        self.outcome: Outcome = state.outcome
        self.outcome_basis = state.outcome_basis
        self.outcome_evidence: OutcomeEvidence = state.outcome_evidence
        self.refused_by: Role | None = state.refused_by
        self.closed_by: Role | None = state.closed_by
        self.inside_answer = state.inside_answer
        self.client_certificate_accepted = state.client_certificate_accepted
        self.server_certificate_accepted = state.server_certificate_accepted
        self.resumed = state.resumed
        self.peer_evidence = state.peer_evidence
        self.hidden: tuple[Hidden, ...] = state.hidden
        self.explains = state.explains
        self.kept: dict[str, object] = {}


class FlowState(NamedTuple):
    """What a ``FlowOfKind`` is made of, in the order of its parameters; its number stands beside it."""

    conclusion: Conclusion
    file: str
    start: int
    end: int
    key: bytes
    tcp_stream: int | None
    client: ClientFacts
    server: ServerFacts | None
    arrivals: bytes
    carried: Mapping[int, tuple[int, ...]] | None
    chains: tuple[SharedChain, ...]
    places: tuple[int, ...]
    request: SharedRequest | None
    request_place: int
    matches: Mapping[str, Match]
    vantage: Vantage


@mypyc_attr(acyclic=True)
class FlowOfKind:
    """One flow: ``conclusion`` with its own numbers. Attributes are those of ``Flow``, each made when asked for.

    ``key`` is that of the connection. ``arrivals`` has frame and time of each message (``frames.arrivals``), then of
    other records that hints rest on; ``carried`` the frames of messages that came in several, by their place. Each of
    ``chains`` was presented at the place beside it."""

    __slots__ = (
        "_arrivals",
        "_carried",
        "_chains",
        "_client_facts",
        "_conclusion",
        "_key",
        "_matches",
        "_places",
        "_request",
        "_request_place",
        "_server_facts",
        "_vantage",
        "end",
        "file",
        "number",
        "start",
        "tcp_stream",
    )

    def __init__(
        self,
        conclusion: Conclusion,
        number: int,
        file: str,
        start: int,
        end: int,
        key: bytes,
        tcp_stream: int | None,
        client: ClientFacts,
        server: ServerFacts | None,
        arrivals: bytes,
        carried: Mapping[int, tuple[int, ...]] | None,
        chains: tuple[SharedChain, ...],
        places: tuple[int, ...],
        request: SharedRequest | None,
        request_place: int,
        matches: Mapping[str, Match],
        vantage: Vantage,
    ) -> None:
        self._conclusion = conclusion
        self.number = number
        self.file = file
        self.start = start
        self.end = end
        self._key = key
        self.tcp_stream = tcp_stream
        self._client_facts = client
        self._server_facts = server
        self._arrivals = arrivals
        self._carried = carried
        self._chains = chains
        self._places = places
        self._request = request
        self._request_place = request_place
        self._matches = matches
        self._vantage = vantage

    def seen_from(self, vantage: Vantage) -> FlowOfKind:
        """The same flow, with its directions as seen from ``vantage``."""
        return FlowOfKind(
            self._conclusion,
            self.number,
            self.file,
            self.start,
            self.end,
            self._key,
            self.tcp_stream,
            self._client_facts,
            self._server_facts,
            self._arrivals,
            self._carried,
            self._chains,
            self._places,
            self._request,
            self._request_place,
            self._matches,
            vantage,
        )

    def state(self) -> FlowState:
        """What it is made of."""
        return FlowState(
            self._conclusion,
            self.file,
            self.start,
            self.end,
            self._key,
            self.tcp_stream,
            self._client_facts,
            self._server_facts,
            self._arrivals,
            self._carried,
            self._chains,
            self._places,
            self._request,
            self._request_place,
            self._matches,
            self._vantage,
        )

    @property
    def footprint(self) -> int:
        """About how many bytes it takes, its chains included."""
        return FLOW_BYTES + len(self._arrivals) + sum([chain.size for chain in self._chains])

    @property
    def kept(self) -> dict[str, object]:
        """What the conclusion keeps for others."""
        return self._conclusion.kept

    @property
    def explains(self) -> str:
        """Whose chain has a part in what is said, as the conclusion has it."""
        return self._conclusion.explains

    def frame_of(self, place: int) -> int:
        """The frame of a place."""
        return self._moment(place)[0]

    @property
    def kind(self) -> Kind:
        """What the conclusion keeps for others, and the frames of all places."""
        arrivals = self._arrivals
        return Kind(
            self._conclusion.kept, tuple([frame_at(arrivals, at) for at in range(len(arrivals) >> 4)])
        )

    @property
    def client(self) -> Endpoint:
        """Who sent the first segment."""
        return Endpoint(self.client_ip, self.client_port)

    @property
    def server(self) -> Endpoint:
        """The other end."""
        return Endpoint(self.server_ip, self.server_port)

    @property
    def client_ip(self) -> str:
        """Its address: a line has both ends, and needs no object for them."""
        key = self._key
        return address_text(key[: (len(key) - 4) >> 1])

    @property
    def client_port(self) -> int:
        """Its port."""
        return self._key[-4] << 8 | self._key[-3]

    @property
    def server_ip(self) -> str:
        """The address of the other end."""
        key = self._key
        half = (len(key) - 4) >> 1
        return address_text(key[half : 2 * half])

    @property
    def server_port(self) -> int:
        """The port of the other end."""
        return self._key[-2] << 8 | self._key[-1]

    @property
    def community_id(self) -> str:
        """Of both ends."""
        key = self._key
        half = (len(key) - 4) >> 1
        return community_id_of(TCP, (key[:half], key[-4:-2]), (key[half : 2 * half], key[-2:]))

    @property
    def carrier(self) -> Carrier:
        """TCP has brought each of them."""
        return "tcp"

    @property
    def outer(self) -> None:
        """Nothing stands around TCP."""
        return None

    @property
    def direction(self) -> Direction:
        """Of what the client sends."""
        return self._sent_by(0)

    @property
    def vantage(self) -> tuple[str, ...]:
        """The ends that are local."""
        if not self._vantage:
            return ()
        ends = endpoints(self._key)
        return tuple(sorted({ip for ip, _ in ends if self._vantage.is_local(ip)}))

    @property
    def role_evidence(self) -> RoleEvidence:
        """A ClientHello begins each of them."""
        return "client_hello"

    @property
    def service(self) -> str | None:
        """By the server's port."""
        return service_name(self.server_port, None)

    @property
    def version(self) -> int | None:
        """As agreed on."""
        return None if self._server_facts is None else self._server_facts.version

    @property
    def cipher(self) -> int | None:
        """As agreed on."""
        return None if self._server_facts is None else self._server_facts.cipher_suite

    @property
    def sni(self) -> str | None:
        """As the client sent it."""
        return self._client_facts.sni

    @property
    def alpn(self) -> str | None:
        """As the server chose."""
        return None if self._server_facts is None else self._server_facts.alpn

    @property
    def alpn_offered(self) -> tuple[str, ...]:
        """As the client sent it."""
        return self._client_facts.alpn_offered

    @property
    def offered(self) -> Offer | None:
        """As the client sent it."""
        return self._client_facts.offered

    @property
    def resumed(self) -> bool | None:
        """As concluded."""
        return self._conclusion.resumed

    @property
    def starttls(self) -> str | None:
        """None of them has clear text before TLS."""
        return None

    @property
    def presented(self) -> tuple[Presented, ...]:
        """What was presented, in order."""
        return tuple([self._presented(at) for at in range(len(self._chains))])

    @property
    def judged(self) -> tuple[Presented, ...]:
        """What all flows with the same chains say of these."""
        return tuple([chain.presented for chain in self._chains])

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts of what was presented, in order, and ``hidden`` behind them if something is."""
        said: list[str] = [chain.verdict for chain in self._chains]
        if self._conclusion.hidden:
            said.append("hidden")
        return tuple(said)

    def kept_with_chain(self, at: int) -> dict[str, object]:
        """What others keep with a chain, as long as that is kept."""
        return self._chains[at].kept

    def chain_frame(self, at: int) -> int:
        """The frame in which a chain was presented."""
        return self._moment(self._places[at])[0]

    @property
    def answer(self) -> Answer:
        """What came in answer to the request."""
        return self._conclusion.answer

    @property
    def asked(self) -> tuple[Request, int, Mapping[str, Match]] | None:
        """What all flows with the same request say of it, its frame, and how it was met."""
        if self._request is None:
            return None
        return self._request.request, self._moment(self._request_place)[0], self._matches

    @property
    def requests(self) -> tuple[Request, ...]:
        """The CertificateRequest, if there is one."""
        if self._request is None:
            return ()
        said = self._request.request
        frame, ts = self._moment(self._request_place)
        return (
            Request(
                said.role,
                frame,
                said.certificate_types,
                said.signature_algorithms,
                said.authorities,
                said.authority_names,
                said.oid_filters,
                self._conclusion.answer,
                self._matches,
                ts,
            ),
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said, in order."""
        said: list[Message] = []
        for place, (role, kind, number) in enumerate(self._conclusion.said):
            frame, ts = self._moment(place)
            said.append(Message(frame, role, kind, number, ts, self._frames(place, frame)))
        return tuple(said)

    @property
    def message_frames(self) -> tuple[int, ...]:
        """The frames of what was said, in order, each once."""
        found: set[int] = set()
        for place in range(len(self._conclusion.said)):
            found.update(self._frames(place, frame_at(self._arrivals, place)))
        return tuple(sorted(found))

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Alerts, in order."""
        said: list[Alert] = []
        for each in self._conclusion.alerts:
            frame, ts = self._moment(each.place)
            said.append(Alert(frame, each.role, each.level, each.code, each.after, ts, each.encrypted))
        return tuple(said)

    @property
    def outcome(self) -> Outcome:
        """As concluded."""
        return self._conclusion.outcome

    @property
    def refused_by(self) -> Role | None:
        """As concluded."""
        return self._conclusion.refused_by

    @property
    def outcome_basis(self) -> str:
        """As concluded."""
        return self._conclusion.outcome_basis

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """As concluded."""
        return self._conclusion.hidden

    @property
    def defects(self) -> tuple[object, ...]:
        """None of them has any."""
        return ()

    @property
    def hints(self) -> tuple[Hint, ...]:
        """As concluded, with the frames that they rest on."""
        return tuple(
            [
                Hint(each.what, each.text, tuple([self._moment(place)[0] for place in each.places]))
                for each in self._conclusion.hints
            ]
        )

    @property
    def outcome_evidence(self) -> OutcomeEvidence:
        """As concluded."""
        return self._conclusion.outcome_evidence

    @property
    def closed_by(self) -> Role | None:
        """As concluded."""
        return self._conclusion.closed_by

    @property
    def inside_answer(self) -> str | None:
        """As concluded."""
        return self._conclusion.inside_answer

    @property
    def peer_evidence(self) -> PeerEvidence:
        """As concluded: flows of a kind were asked alike."""
        return self._conclusion.peer_evidence

    @property
    def peer_software(self) -> PeerSoftware | None:
        """What that speaks for."""
        from tlseku.policy.peer_software.recognition import software_of  # reads tables, which few flows need

        return software_of(self.peer_evidence)

    @property
    def client_certificate_accepted(self) -> bool | None:
        """As concluded."""
        return self._conclusion.client_certificate_accepted

    @property
    def server_certificate_accepted(self) -> bool | None:
        """As concluded."""
        return self._conclusion.server_certificate_accepted

    def _sent_by(self, side: int) -> Direction:
        if not self._vantage:
            return "unknown"
        ends = endpoints(self._key)
        return self._vantage.direction(ends[side][0], ends[1 - side][0])

    def _presented(self, at: int) -> Presented:
        judged = self._chains[at].presented
        place = self._places[at]
        frame, ts = self._moment(place)
        side = 0 if judged.role == "client" else 1
        return judged.shown(frame, self._frames(place, frame), ts, self._sent_by(side))

    def _moment(self, place: int) -> tuple[int, int]:
        return frame_at(self._arrivals, place), time_at(self._arrivals, place)

    def _frames(self, place: int, frame: int) -> tuple[int, ...]:
        carried = None if self._carried is None else self._carried.get(place)
        return (frame,) if carried is None else carried


def conclusion_of(flow: Flow, frames: list[int]) -> Conclusion | None:
    """What the flow, concluded by itself, has in common with others of its kind; None if it cannot be told apart from
    what is its own. ``frames`` are those of all places."""
    if flow.defects:
        return None
    at = {frame: place for place, frame in reversed(list(enumerate(frames)))}
    alerts: list[AlertOfKind] = []
    place = 0
    for alert in flow.alerts:
        while place < len(flow.messages) and (
            flow.messages[place].kind != "alert" or flow.messages[place].ts != alert.ts
        ):
            place += 1
        alerts.append(AlertOfKind(alert.role, alert.level, alert.code, alert.after, alert.encrypted, place))
        place += 1
    if place > len(flow.messages):
        return None
    hints: list[HintOfKind] = []
    for hint in flow.hints:
        places = [at.get(frame, -1) for frame in hint.frames]
        if -1 in places:
            return None
        hints.append(HintOfKind(hint.what, hint.text, tuple(places)))
    return Conclusion(
        ConclusionState(
            said=tuple([(each.role, each.kind, each.type) for each in flow.messages]),
            alerts=tuple(alerts),
            hints=tuple(hints),
            answer=flow.requests[0].answer if flow.requests else "none",
            outcome=flow.outcome,
            outcome_basis=flow.outcome_basis,
            outcome_evidence=flow.outcome_evidence,
            refused_by=flow.refused_by,
            closed_by=flow.closed_by,
            inside_answer=flow.inside_answer,
            client_certificate_accepted=flow.client_certificate_accepted,
            server_certificate_accepted=flow.server_certificate_accepted,
            resumed=flow.resumed,
            peer_evidence=flow.peer_evidence,
            hidden=flow.hidden,
            explains=_explained(flow),
        )
    )


def _explained(flow: Flow) -> str:
    """Whose chain a refusal answers, or a connection that ended without one (``correlation``)."""
    if flow.outcome in ("refused", "refused_inside"):
        return "server" if flow.refused_by == "client" else "client"
    if flow.outcome == "closed_after":
        return "server" if flow.closed_by == "client" else "client"
    if flow.outcome != "aborted":
        return ""
    return "client" if any(each.role == "client" for each in flow.presented) else "server"
