"""The rows of one flow, for each of the tables.

Knows flows and the order of ``columns``; must not know any library of tables. Text goes out as it came, since a table
is data and whoever shows it escapes it; only what no UTF-8 can hold (lone surrogates) is written as an escape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tlseku.correlation import Statement, client_certificate_state, correlate
from tlseku.data_frames.columns import Cell, Row, What
from tlseku.flow import Alert, Flow, Message, Presented, Request
from tlseku.registry import names
from tlseku.x509.certificate import Certificate

_MILLISECOND = 1_000_000
# What a column of 64-bit nanoseconds can hold: a packet of the year 2262 at most.
_LONGEST_TIME = 2**63 - 1


def rows_of(what: What) -> Callable[[Flow], Iterator[Row]]:
    """The function that makes the rows of a flow for a table. Raises ValueError for a table that there is not."""
    found = _ROWS.get(what)
    if found is None:
        raise ValueError(f"there is no table {what!r}, only {', '.join(_ROWS)}")
    return found


def flow_rows(flow: Flow) -> Iterator[Row]:
    """The one row of a flow."""
    # With renegotiation a side presents more than one chain: the last one is what the connection ended with.
    client, server = _of_leaf(_last(flow, "client")), _of_leaf(_last(flow, "server"))
    alerts = [f"{each.role}: {names.alert_name(each.code)}" for each in flow.alerts if not each.encrypted]
    hidden = [f"{each.what}: {each.reason}" for each in flow.hidden]
    defects = _texts(f"{each.layer}: {each.reason}" for each in flow.defects)
    yield (
        flow.number,
        _text(flow.file),
        _packet_time(flow.start),
        _packet_time(flow.end),
        flow.client.ip,
        flow.client.port,
        flow.server.ip,
        flow.server.port,
        flow.direction,
        flow.service,
        flow.version_name,
        flow.cipher_name,
        _text(flow.sni),
        _text(flow.alpn),
        flow.resumed,
        flow.starttls,
        flow.outcome,
        flow.refused_by,
        client_certificate_state(flow),
        *client,
        *server,
        len(flow.requests),
        alerts,
        hidden,
        defects,
        flow.tcp_stream,
        flow.community_id,
        flow.carrier,
        *map(as_text, (client[2], server[2], alerts, hidden, defects)),
    )


def certificate_rows(flow: Flow) -> Iterator[Row]:
    """A row for each certificate of each chain."""
    for presented in flow.presented:
        # The same in each row of the chain, so that a table of certificates can be read without the one of flows.
        before = (
            *_where(flow, presented),
            presented.direction,
            presented.renegotiation,
            presented.verdict,
            _text(presented.reason),
            presented.broken_at,
        )
        for index, certificate in enumerate(presented.chain):
            yield (*before, index, *_facts(certificate))


def request_rows(flow: Flow) -> Iterator[Row]:
    """A row for each CertificateRequest."""
    for request in flow.requests:
        wishes = _wishes(request)
        mismatches: Cell = [name for name, match in request.matches.items() if match.ok is False]
        yield (
            *_where(flow, request),
            request.renegotiation,
            *wishes,
            request.answer,
            mismatches,
            *map(as_text, (*wishes, mismatches)),
        )


def message_rows(flow: Flow) -> Iterator[Row]:
    """A row for each message that is listed of a flow."""
    alerts = list(flow.alerts)
    for message in flow.messages:
        yield (
            *_where(flow, message),
            message.kind,
            message.decrypted,
            len(message.frames),
            *_of_alert(_alert_of(message, alerts)),
        )


def finding_rows(flow: Flow) -> Iterator[Row]:
    """A row for each rule-book and chain, and for each statement."""
    for presented in flow.presented:
        here, there = _ends(flow, presented.role)
        leaf = presented.chain[0] if presented.chain else None
        for name, finding in presented.rule_books.items():
            yield (
                flow.number,
                _text(presented.file or flow.file),
                presented.frame,
                presented.role,
                here,
                there,
                flow.server.port,
                name,
                finding.outcome,
                finding.rule,
                None,
                _text(finding.reason),
                finding.depth,
                None if leaf is None else leaf.sha256,
                None if leaf is None else leaf.serial_hex,
                None,
            )
    for statement in correlate(flow):
        yield _of_statement(flow, statement)


def statement_rows(flow: Flow) -> Iterator[Row]:
    """A row for each statement."""
    for statement in correlate(flow):
        lists: tuple[list[int] | list[str], ...] = (
            list(statement.frames),
            list(statement.causes),
            list(statement.agree),
            list(statement.disagree),
        )
        frames, causes, agree, disagree = lists
        yield (
            flow.number,
            _text(flow.file),
            flow.client.ip,
            flow.server.ip,
            flow.server.port,
            statement.about,
            _text(statement.text),
            statement.hint,
            frames,
            causes,
            statement.fitting,
            agree,
            disagree,
            *map(as_text, lists),
        )


_ROWS: dict[What, Callable[[Flow], Iterator[Row]]] = {
    "flows": flow_rows,
    "certificates": certificate_rows,
    "requests": request_rows,
    "messages": message_rows,
    "findings": finding_rows,
    "statements": statement_rows,
}


def as_text(cell: Cell) -> str | None:
    """A list as one text, which can be grouped by."""
    return "; ".join(map(str, cell)) if isinstance(cell, list) else None


def _last(flow: Flow, role: str) -> Presented | None:
    return next((each for each in reversed(flow.presented) if each.role == role), None)


def _of_leaf(presented: Presented | None) -> Row:
    if presented is None:
        return None, None, None
    if not presented.chain:
        return presented.verdict, None, None
    leaf = presented.chain[0]
    return presented.verdict, leaf.serial_hex, eku_names(leaf)


def _alert_of(message: Message, alerts: list[Alert]) -> Alert | None:
    """The alert that a message is, which is taken from ``alerts``: one frame may bring several."""
    if message.kind != "alert":
        return None
    whose = message.frame, message.role, message.file, message.ts
    for place, alert in enumerate(alerts):
        if (alert.frame, alert.role, alert.file, alert.ts) == whose:
            return alerts.pop(place)
    return None


def _of_alert(alert: Alert | None) -> Row:
    if alert is None:
        return None, None, None, None
    return alert.level_name, None if alert.name is None else alert.code, alert.name, alert.after


def _of_statement(flow: Flow, statement: Statement) -> Row:
    return (
        flow.number,
        _text(flow.file),
        statement.frames[0] if statement.frames else None,
        None,
        None,
        None,
        flow.server.port,
        None,
        None,
        None,
        statement.about,
        _text(statement.text),
        None,
        None,
        None,
        statement.hint,
    )


def _where(flow: Flow, said: Presented | Request | Message) -> Row:
    """The first columns of what a side says: where, when, and between whom."""
    here, there = _ends(flow, said.role)
    return (
        flow.number,
        _text(said.file or flow.file),
        said.frame,
        _packet_time(said.ts),
        said.role,
        here,
        there,
        flow.server.port,
    )


def _ends(flow: Flow, role: str) -> tuple[str | None, str | None]:
    """The address of the side with that role, and of the other; neither where the role is not known."""
    if role == "client":
        return flow.client.ip, flow.server.ip
    return (flow.server.ip, flow.client.ip) if role == "server" else (None, None)


def _facts(certificate: Certificate) -> Row:
    purposes = eku_names(certificate)
    oids: Cell = None if certificate.eku is None else list(certificate.eku)
    san = None if certificate.san is None else _texts(value for _, value in certificate.san)
    return (
        certificate.sha256,
        certificate.serial_hex,
        _text(certificate.subject),
        _text(certificate.issuer),
        certificate_time(certificate.not_before),
        certificate_time(certificate.not_after),
        oids,
        purposes,
        certificate.is_ca,
        certificate.self_issued,
        certificate.public_issuer,
        certificate.key_algorithm,
        certificate.signature_algorithm,
        certificate.readable,
        san,
        as_text(purposes),
        as_text(san),
        as_text(oids),
    )


def _wishes(request: Request) -> Row:
    types, algorithms = request.certificate_types, request.signature_algorithms
    return (
        None if types is None else [names.certificate_type_name(code) for code in types],
        None if algorithms is None else [names.signature_scheme_name(code) for code in algorithms],
        _texts(request.authority_names),
        [oid for oid, _ in request.oid_filters],
    )


def _packet_time(ns: int) -> Cell:
    """A time that 64 bits of nanoseconds can hold; a hostile pcapng can have others."""
    return ns if -_LONGEST_TIME <= ns <= _LONGEST_TIME else None


def utf8(cell: Cell) -> Cell:
    """A cell of which all text is UTF-8, as in the tables of flows."""
    if isinstance(cell, list):
        return [_text(each) if isinstance(each, str) else each for each in cell]  # type: ignore[return-value]
    return _text(cell) if isinstance(cell, str) else cell


def certificate_time(ns: int | None) -> int | None:
    """Nanoseconds since 1970-01-01 as a column of certificates' times has them: milliseconds."""
    # Certificates reach the year 9999, which nanoseconds in 64 bits cannot hold.
    return None if ns is None else ns // _MILLISECOND


def eku_names(certificate: Certificate) -> list[str] | None:
    """The purposes of a certificate by name, in its order; None without the extension."""
    return None if certificate.eku is None else [names.eku_name(oid) for oid in certificate.eku]


def _text(text: str | None) -> str | None:
    # Arrow text is UTF-8, and a lone surrogate would make the whole batch fail.
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _texts(texts: Iterable[str]) -> list[str]:
    return [text.encode("utf-8", "backslashreplace").decode() for text in texts]
