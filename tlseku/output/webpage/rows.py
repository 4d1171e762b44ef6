"""The rows of the page's two tables: flows and certificates, as short lists that its script reads.

Knows flows, certificates and the words for them; must not know HTML. Text is made visible here
(``output.words.hostile_text``), since a script puts it on the page as text; markup in it needs no escape
there. ``FLOW_COLUMNS`` and ``CERTIFICATE_COLUMNS`` say what stands where.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.correlation import Statement, client_certificate_state
from tlseku.flow import Flow, Presented
from tlseku.output.reports.certificates import SeenCertificate
from tlseku.output.words import wording
from tlseku.output.words.headlines import headline, shortened
from tlseku.output.words.hostile_text import visible
from tlseku.output.words.terminal_page import UNICODE_SIGNS
from tlseku.output.words.timestamps import clock, date, day_or_unknown
from tlseku.output.words.verdict_style import Look, look, outcome_style

MAX_CELL = 300
"""Characters of one cell; the details have more."""

FLOW_COLUMNS = (
    "Flow",
    "Start (UTC)",
    "Client",
    "Server",
    "Service",
    "TLS",
    "Server cert",
    "Client cert",
    "Outcome",
)
CERTIFICATE_COLUMNS = ("Serial", "Subject", "Issuer", "EKU", "Valid", "Key", "Seen as", "Flows")

_STATES = {
    "not_requested": ("", "dim", "not asked for"),
    "unanswered": ("unsure", "unsure", "unanswered"),
    "resumed": ("hidden", "hidden", "resumed"),
    "hidden": ("hidden", "hidden", "hidden"),
    "unknown": ("", "dim", "not seen"),
}


def flow_row(flow: Flow, kinds: Sequence[str], statements: Sequence[Statement]) -> list[object]:
    """One flow: a value for each of ``FLOW_COLUMNS`` (a cell with a look is ``[style, text]``), then the words of its
    findings, the time in nanoseconds as text, a line that says most, and the file."""
    told, said = flow.asked_once, headline(statements)
    start, sni = told.start, told.sni
    day = date(start)
    return [
        flow.number,
        "" if day is None else f"{day} {clock(start)}",
        wording.endpoint(flow.client),
        wording.endpoint(flow.server),
        _cell(" ".join([part for part in (flow.service, sni) if part])),
        "?" if told.version is None else wording.version(told).removeprefix("TLS "),
        _server_cell(flow),
        _client_cell(flow),
        [outcome_style(flow), wording.outcome(flow)],
        list(kinds),
        "" if said is None else _cell(shortened(said)),
        _cell(told.file),
    ]


def certificate_row(seen: SeenCertificate) -> list[object]:
    """One certificate: a value for each of ``CERTIFICATE_COLUMNS`` (flows as a list of numbers), then its SHA-256
    and how many flows there are, which may be more."""
    one = seen.certificate
    flows = dict.fromkeys(sighting.flow for place in seen.places for sighting in place.sightings)
    places = dict.fromkeys(_place(place.ip, place.role, place.position) for place in seen.places)
    shown = list(places)[:4]
    rest = len(places) - len(shown)
    return [
        wording.serial(one),
        _cell(wording.subject(one)),
        _cell(wording.name_or_state(one.issuer) + wording.kind_of_issuer(one)),
        _cell(", ".join(wording.purposes(one))),
        f"{day_or_unknown(one.not_before)} to {day_or_unknown(one.not_after)}",
        _cell(f"{one.key_algorithm}, {one.signature_algorithm}"),
        _cell("; ".join([*shown, *([f"{rest:,} more"] if rest else [])])),
        sorted(flows),
        one.sha256,
        len(flows) + sum(place.left_out for place in seen.places),
    ]


def _server_cell(flow: Flow) -> list[str]:
    for judged in flow.judged:
        if judged.role != "client":
            return _verdict(judged)
    reasons = [each.reason for each in flow.hidden if each.what == "server_certificate"]
    if reasons:
        return ["hidden", f"{UNICODE_SIGNS.hidden} {'resumed' if reasons[0] == 'resumed' else 'hidden'}"]
    return ["dim", "not seen"]


def _client_cell(flow: Flow) -> list[str]:
    for judged in flow.judged:
        if judged.role == "client":
            return _verdict(judged)
    state = client_certificate_state(flow)
    sign, style, text = _STATES.get(state, ("declined", "unsure", state))
    return [style, f"{getattr(UNICODE_SIGNS, sign)} {text}" if sign else text]


def _verdict(judged: Presented) -> list[str]:
    looks: Look = look(judged)
    broken = judged.broken_at is not None and judged.broken_at > 0
    text = f"{looks.mark(UNICODE_SIGNS)} {judged.verdict}{', issuer narrows' if broken else ''}"
    return [looks.style, text]


def _place(ip: str, role: str, position: str) -> str:
    return f"{role} {position}, {ip}" if role != "unknown" else f"{position}, {ip}"


def _cell(text: str) -> str:
    shown = visible(text[:MAX_CELL])
    return shown if len(text) <= MAX_CELL else f"{shown}{UNICODE_SIGNS.ellipsis}"
