"""The text of a flow's line, put together from pieces that are kept with what flows share.

Knows the order of the line (``flow_line``) and what of it many flows have in common: a chain, a request, and what is
concluded from all flows of a kind; must not know how anything is concluded. The text is that of
``to_json(flow_line(flow))``, and tests hold it to that.

Pieces are kept within the bounds of ``words.remembered``; those of chains that flows share with the chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from tlseku.correlation import client_certificate_state, correlate, server_certificate_state, telling_alert
from tlseku.flow import Direction, Flow, Presented, Request, Role
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import (
    NAMES_IN_LINE,
    alert_to_dict,
    chain_to_dict,
    line_of_software,
    request_of,
    requirements_met,
)
from tlseku.output.json.value_text import TRUTH, date_or_null, json_string, quoted, string_or_null, strings
from tlseku.output.words.remembered import MOST_WITH_FINDINGS, Remembered
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.finding import Finding
from tlseku.policy.request_match import Match
from tlseku.registry.names import cipher_suite_name, version_name

_KEPT = "line"
_HEAD = '{"schema":"tlseku/flow/2","flow":'
_Agreed = tuple[int | None, int | None, str | None, str | None]
_FRAME = '"frame":'


class _OfKind(NamedTuple):
    """What all lines of a kind have in common: ``outcome``; the text around the frame of the alert, which stands at the
    place ``alert_at`` of the flow (-1: there is none); what stands for certificates of the client and the server that
    were not presented; ``end``, from the server's software on."""

    outcome: str
    alert_head: str
    alert_tail: str
    alert_at: int
    client: str
    server: str
    end: str


class _OfChain(NamedTuple):
    """The text of a chain before and after the frame (``tail`` is empty where it has none)."""

    head: str
    tail: str


class _Findings(NamedTuple):
    """What is found of a chain, for all chains of which the same is found: the text of the leaf's purposes, of what the
    path leaves of them, and of the rule-books that do not accept it. ``rule_books`` is kept alive, being the key."""

    rule_books: Mapping[str, Finding]
    eku: str
    effective: str
    books: str


class _Met(NamedTuple):
    """Whether chains do what a request wants; ``matches`` is kept alive, being the key."""

    matches: Mapping[str, Match]
    met: bool | None


class LineTexts:
    """Writes lines, without their end."""

    def __init__(self) -> None:
        # By the identity of what is found of a chain, which stays as it is and is kept alive here.
        self._findings: Remembered[_Findings] = Remembered(MOST_WITH_FINDINGS)
        self._agreed: Remembered[str] = Remembered()
        self._met: Remembered[_Met] = Remembered(MOST_WITH_FINDINGS)
        self._services: dict[str | None, str] = {}
        self._file = ""
        self._file_text = '""'

    def line(self, flow: Flow) -> str:
        """The line of a flow."""
        # Named as either, so that the compiler reads the attributes of a view without asking for them by name.
        view = flow.view
        told: Flow | FlowOfKind = view if isinstance(view, FlowOfKind) else flow
        seen = seen_from(told.direction, told.vantage)
        if isinstance(told, FlowOfKind):
            file, ends = self._connection(told, told.client_ip, told.server_ip)
        else:
            file, ends = self._connection(told, told.client.ip, told.server.ip)
        return f"{_HEAD}{told.number}{file}{_number(told.tcp_stream)}{ends}{seen}{self._behind_ends(flow)}"

    def template(self, flow: Flow) -> tuple[str, str, str]:
        """The line of a flow as a template for ``bytes`` and ``%``, and the addresses of client and server: in place of
        its number and of its ``tcp_stream`` stands ``%d``, in place of ``seen_from`` ``%b``."""
        view = flow.view
        told: Flow | FlowOfKind = view if isinstance(view, FlowOfKind) else flow
        if isinstance(told, FlowOfKind):
            client, server = told.client_ip, told.server_ip
        else:
            client, server = told.client.ip, told.server.ip
        file, ends = self._connection(told, client, server)
        text = f"{_HEAD}%d{_escaped(file)}%d{_escaped(ends)}%b{_escaped(self._behind_ends(flow))}"
        return text, client, server

    def _behind_ends(self, flow: Flow) -> str:
        """What stands behind the direction and the vantage."""
        view = flow.view
        if isinstance(view, FlowOfKind):
            kept = view.kept.get(_KEPT)
            if kept is None:
                kept = view.kept[_KEPT] = _shared(flow, view.kind.frames)
            shared = cast(_OfKind, kept)
            alert_frame = view.frame_of(shared.alert_at) if shared.alert_at >= 0 else -1
            asked = self._asked_of_kind(view)
        else:
            shared = _shared(flow, ())
            alert_frame = shared.alert_at
            asked = _asked(flow)
        alert = "null" if alert_frame < 0 else f"{shared.alert_head}{alert_frame}{shared.alert_tail}"
        client, server = self._certificates(flow, shared)
        # Named as either, too.
        told: Flow | FlowOfKind = view if isinstance(view, FlowOfKind) else flow
        return (
            f',"role_evidence":"{told.role_evidence}"'
            f"{self._agreed_text((told.version, told.cipher, told.sni, told.alpn))}{shared.outcome}{alert},{asked},"
            f'"client_cert":{client},"server_cert":{server}{shared.end}'
        )

    def _connection(self, told: Flow | FlowOfKind, client_ip: str, server_ip: str) -> tuple[str, str]:
        """What stands between the number and the stream, and between that and the direction. Addresses and words of
        ours have nothing to escape."""
        if told.file != self._file:
            self._file, self._file_text = told.file, json_string(told.file)
        service = told.service
        service_text = self._services.get(service)
        if service_text is None:
            # There are as many as usual ports and protocols.
            service_text = self._services[service] = string_or_null(service)
        if isinstance(told, FlowOfKind):
            client_port, server_port = told.client_port, told.server_port
        else:
            client_port, server_port = told.client.port, told.server.port
        return (
            f',"file":{self._file_text},"start":{quoted(rfc3339(told.start))},"end":{quoted(rfc3339(told.end))}'
            ',"tcp_stream":',
            f',"community_id":{quoted(told.community_id)},"carrier":"{told.carrier}","service":{service_text}'
            f',"starttls":{string_or_null(told.starttls)},"client":{_end(client_ip, client_port)}'
            f',"server":{_end(server_ip, server_port)}',
        )

    def _agreed_text(self, agreed: _Agreed) -> str:
        text = self._agreed.get(agreed)
        if text is None:
            version, cipher, sni, alpn = agreed
            text = (
                f',"version":{string_or_null(None if version is None else version_name(version))}'
                f',"cipher":{string_or_null(None if cipher is None else cipher_suite_name(cipher))}'
                f',"sni":{string_or_null(sni)},"alpn":{string_or_null(alpn)}'
            )
            self._agreed.put(agreed, text)
        return text

    def _asked_of_kind(self, view: FlowOfKind) -> str:
        asked = view.asked
        if asked is None:
            return '"request":null'
        said, frame, matches = asked
        # Flows with the same chains and the same request share what is said of both.
        met = self._met.get(id(matches))
        if met is None:
            met = self._met.put(id(matches), _Met(matches, requirements_met(matches)))
        return _request(said, frame, view.answer, met.met)

    def _certificates(self, flow: Flow, shared: _OfKind) -> tuple[str, str]:
        of_client: list[str] = []
        of_server: list[str] = []
        of_nobody: list[str] = []
        view = flow.view
        if isinstance(view, FlowOfKind):
            for at, judged in enumerate(view.judged):
                chains = of_client if judged.role == "client" else of_server
                # The text goes with the chain: it keeps none alive that is not kept anyway.
                beside = view.kept_with_chain(at)
                kept = beside.get(_KEPT)
                if kept is None:
                    kept = beside[_KEPT] = self._of_chain(judged)
                chains.append(_chain(cast(_OfChain, kept), view.chain_frame(at)))
        else:
            for presented in flow.presented:
                # Nobody else has these objects.
                text = _chain(self._of_chain(presented), presented.frame)
                if presented.role == "unknown":
                    of_nobody.append(text)
                else:
                    (of_client if presented.role == "client" else of_server).append(text)
        # A chain of which nobody can tell whose it is stands with the server's.
        return _with_more(of_client, shared.client, []), _with_more(of_server, shared.server, of_nobody)

    def _of_chain(self, judged: Presented) -> _OfChain:
        if judged.verdict == "declined" or not judged.chain:
            return _OfChain(*_around_frame(to_json(chain_to_dict(judged))[:-1]))
        leaf = judged.chain[0]
        found = self._findings_of(judged)
        san = leaf.san
        names = "null" if san is None else strings([value for _, value in san[:NAMES_IN_LINE]])
        digests = [f'"{each.sha256}"' for each in judged.chain]
        return _OfChain(
            f'{{"state":"presented","verdict":"{judged.verdict}","reason":{json_string(judged.reason)},{_FRAME}',
            f',"subject":{string_or_null(leaf.subject)},"issuer":{string_or_null(leaf.issuer)}'
            f',"serial":{quoted(leaf.serial_hex)},"sha256":"{leaf.sha256}","eku":{found.eku},"san":{names}'
            f',"not_before":{date_or_null(leaf.not_before)},"not_after":{date_or_null(leaf.not_after)}'
            f',"public_issuer":{TRUTH[leaf.public_issuer]}{found.effective}'
            f',"chain":[{",".join(digests)}]{found.books}',
        )

    def _findings_of(self, judged: Presented) -> _Findings:
        key = id(judged.rule_books), judged.chain[0].eku, judged.effective_eku, judged.broken_at
        found = self._findings.get(key)
        if found is None:
            said = chain_to_dict(judged)
            found = _Findings(
                judged.rule_books,
                _part(said, "eku").removeprefix('"eku":'),
                f",{_part(said, 'effective_eku', 'broken_at')}",
                f",{_part(said, 'refuse', 'depends')}",
            )
            self._findings.put(key, found)
        return found


def _escaped(text: str) -> str:
    # To look for a sign takes a tenth of the time in which Python counts how often to replace it.
    return text.replace("%", "%%") if "%" in text else text


def seen_from(direction: Direction, vantage: Sequence[str]) -> str:
    """The members of a line that tell from where a flow is seen."""
    hosts = ",".join([json_string(each) for each in vantage]) if vantage else ""
    return f',"direction":"{direction}","vantage":[{hosts}]'


def _end(ip: str, port: int) -> str:
    """One end of a flow; addresses have nothing to escape."""
    return f'{{"ip":"{ip}","port":{port}}}'


def _chain(said: _OfChain, frame: int) -> str:
    """The object of a chain, without its end."""
    return f"{said.head}{frame}{said.tail}" if said.tail else said.head


def _around_frame(text: str) -> tuple[str, str]:
    """The text before and after the number of a frame; all and nothing where there is none.

    Inside strings of JSON every quotation mark has a backslash before it, so that none looks like a key."""
    head, found, tail = text.partition(_FRAME)
    return (head + found, tail[tail.index(",") :]) if found else (head, "")


def _with_more(chains: list[str], without: str, beside: list[str]) -> str:
    """The first of the chains of a side, or what stands for it ``without`` one, and all others."""
    more = ",".join([f"{each}}}" for each in (*chains[1:], *beside)])
    return f'{chains[0] if chains else without},"more":[{more}]}}'


def _asked(flow: Flow) -> str:
    request = request_of(flow)
    if request is None:
        return '"request":null'
    return _request(request, request.frame, request.answer, requirements_met(request.matches))


def _request(request: Request, frame: int, answer: str, met: bool | None) -> str:
    word = "null" if met is None else "true" if met else "false"
    return f'"request":{{"frame":{frame},"answer":"{answer}","authorities":{len(request.authorities)},"met":{word}}}'


def _shared(flow: Flow, frames: tuple[int, ...]) -> _OfKind:
    """What the line of a flow shares with others of its kind, of which ``frames`` are those of all places. Without them
    the place of the alert is its frame."""
    alert = telling_alert(flow)
    head = tail = ""
    at = -1
    if alert is not None:
        head, tail = _around_frame(to_json(alert_to_dict(alert)))
        at = frames.index(alert.frame) if frames else alert.frame
    software = line_of_software(flow)
    why = [f'{{"id":"{each.about}","text":{json_string(each.text)}}}' for each in correlate(flow)]
    hidden = [f'{{"what":"{each.what}","reason":"{each.reason}"}}' for each in flow.hidden]
    return _OfKind(
        f',"resumed":{TRUTH[flow.resumed]},"outcome":"{flow.outcome}"'
        f',"outcome_basis":{json_string(flow.outcome_basis)},"refused_by":{quoted(flow.refused_by)},"alert":',
        head,
        tail,
        at,
        _unseen(flow, "client"),
        _unseen(flow, "server"),
        f',"peer_software":{"null" if software is None else to_json(software)},"why":[{",".join(why)}]'
        f',"hidden":[{",".join(hidden)}],"defects":{len(flow.defects)}}}',
    )


def _unseen(flow: Flow, role: Role) -> str:
    if any(each.role == role for each in flow.presented):
        return ""
    state = client_certificate_state(flow) if role == "client" else server_certificate_state(flow)
    return f'{{"state":"{state}"'


def _part(said: Mapping[str, object], *keys: str) -> str:
    """Members of an object, without its braces."""
    return to_json({key: said[key] for key in keys})[1:-1]


def _number(number: int | None) -> str:
    return "null" if number is None else str(number)
