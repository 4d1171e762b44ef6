"""A bundle, or a pair of them, as lines for people: the answer first, then the findings, then what they rest on.

Knows records, diagnoses, pairs and the width of a page; must not know streams, nor how anything was found out. Every
rule that is cited stands with its sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.output.words.timestamps import date, rfc3339
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis, release_of
from tlseku.profiles.expressway.findings.evidence import Evidence, of_tunnel
from tlseku.profiles.expressway.findings.examination import Examination, Examined
from tlseku.profiles.expressway.findings.observation import Observed, Verdict
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.logs.log_correlation import MATCHES, LogEntry
from tlseku.profiles.expressway.reports.bundle_json import basis_of, rules_cited
from tlseku.profiles.expressway.reports.prediction_report import (
    outcome_lines,
    prediction_heading,
    prediction_outcomes,
    rule_lines,
)
from tlseku.profiles.expressway.reports.stores_report import LOOKS
from tlseku.profiles.expressway.rules.presented_store import label_text
from tlseku.profiles.expressway.rules.store import Store, trust_in
from tlseku.profiles.expressway.ssh.banner_and_host_key import CLIENT_CERTIFICATE_NOTE

MOST_UNMATCHED = 20
"""Events without a flow that are listed; JSON has them all."""

_VERDICT_STYLES: Mapping[Verdict, Style] = {
    "confirmed": "strong",
    "contradicted": "wrong",
    "observed": "strong",
    "follows": "dim",
    "not seen": "dim",
}


def bundle_lines(examined: Examination, page: Page) -> Iterator[Line]:
    """The outcomes of each pair, what differs between peers, each node with its findings, then the sentences of all
    rules cited."""
    for pair in examined.pairs:
        yield from _pair_lines(pair, page, several=len(examined.pairs) > 1)
    for number, difference in enumerate(examined.cluster, 1):
        yield from _diagnosis_lines(number, difference, page)
    if examined.cluster:
        yield ()
    for one in examined.nodes:
        yield from _node_lines(one, page)
    cited = rules_cited(examined)
    if cited:
        yield from rule_lines(cited, page)


def _pair_lines(pair: Pair, page: Page, several: bool) -> Iterator[Line]:
    if several:
        hosts = f"{pair.core.snapshot.host} (Core) with {pair.edge.snapshot.host} (Edge)"
        yield from fill((), words(page.clean(hosts), "strong"), page.width, 2)
    yield from fill((), words(page.clean(prediction_heading(pair.prediction)), "strong"), page.width, 2)
    yield from fill(
        (Segment("  "),), words(page.clean(f"told apart by {pair.told_by}"), "dim"), page.width, 2
    )
    for name, one in prediction_outcomes(pair.prediction).items():
        yield from outcome_lines(name, one, page)
        yield from _observed_lines(pair.observed[name], page)
    for basis in basis_of(pair):
        said = f"{basis.node.capitalize()} {basis.place}: {_store_text(basis.store)}"
        yield from fill((Segment("  "),), words(page.clean(said), "dim"), page.width, 6)
    for note in (*pair.prediction.notes, *pair.notes):
        yield from fill((Segment("  ! ", "caution"),), words(page.clean(note)), page.width, 4)
    yield ()


def _observed_lines(observed: Observed, page: Page) -> Iterator[Line]:
    start: Line = (Segment("    "), Segment(f"{observed.verdict}: ", _VERDICT_STYLES[observed.verdict]))
    yield from fill(start, words(page.clean(observed.reason)), page.width, 6)
    yield from _evidence_lines(observed.evidence, observed.more, page)


def _node_lines(one: Examined, page: Page) -> Iterator[Line]:
    record, snapshot = one.record, one.record.snapshot
    yield from fill((), words(page.clean(_title(one)), "strong"), page.width, 2)
    yield from fill((Segment("  "),), words(page.clean(_facts(one)), "dim"), page.width, 4)
    for place, store in (("server store", snapshot.server), ("client store", snapshot.client)):
        said = "not in the bundle"
        if store is not None:
            said = f"{_store_text(store)}; issuer in ca.pem: {trust_in(store, snapshot.trusted)}"
        yield from fill((Segment(f"  {place:<14}"),), words(page.clean(said)), page.width, 16)
    for read in record.captures:
        files, packets = wording.counted(len(read.files), "file"), wording.counted(read.packets, "packet")
        said = f"{files}, {packets}, {wording.counted(read.flows, 'TLS flow')}"
        yield from fill((Segment(f"  eth{read.nic:<11}"),), words(page.clean(said)), page.width, 16)
    for tunnel in record.ssh:
        piece = of_tunnel(tunnel)
        if piece is not None:
            said = f"{piece.text} ({piece.place}). {CLIENT_CERTIFICATE_NOTE}"
            yield from fill((Segment("  SSH tunnel    "),), words(page.clean(said)), page.width, 16)
    for shown in record.presented:
        file = shown.flow.file if shown.presented.file is None else shown.presented.file
        peer = shown.flow.server if shown.presented.role == "client" else shown.flow.client
        said = (
            f"as TLS {shown.presented.role} to {wording.endpoint(peer)}: serial {wording.serial(shown.leaf)},"
            f" {label_text(shown.label)}; verdict {shown.presented.verdict} ({file}:{shown.presented.frame})"
        )
        yield from fill((Segment("  presented     "),), words(page.clean(said)), page.width, 16)
    yield from _log_lines(one, page)
    for note in (*one.warnings, *record.notes):
        yield from fill((Segment("  ! ", "caution"),), words(page.clean(note)), page.width, 4)
    for number, diagnosis in enumerate(one.diagnoses, 1):
        yield from _diagnosis_lines(number, diagnosis, page)
    if not one.diagnoses:
        yield (Segment("  nothing found wrong", "ok"),)
    yield ()


def _title(one: Examined) -> str:
    snapshot = one.record.snapshot
    host = "unknown host" if snapshot.host is None else snapshot.host
    role = "" if one.role is None else f", the {one.role.capitalize()}"
    return f"{host}{role} ({one.path}{'' if snapshot.time is None else f', {snapshot.time}'})"


def _facts(one: Examined) -> str:
    record, snapshot = one.record, one.record.snapshot
    release = f"{release_of(record)}{' (assumed: no file says it)' if snapshot.release is None else ''}"
    mode = "checking mode not known, taken to be On (CM7)" if snapshot.has_mode else "no checking mode"
    if snapshot.mode != "unknown":
        mode = f"checking mode {snapshot.mode.capitalize()} ({snapshot.mode_source})"
    own = "own addresses not known"
    if record.addresses_from is not None:
        own = f"own addresses {', '.join(record.addresses)} (from the {record.addresses_from})"
    role = f"; role: {one.role_reason}" if one.role is None else ""
    return f"{release}; {mode}; {own}{role}"


def _store_text(store: Store) -> str:
    leaf = store.leaf
    ends = None if leaf.not_after is None else date(leaf.not_after)
    return (
        f"{wording.subject(leaf)}; EKU {', '.join(wording.purposes(leaf))}; serial"
        f" {wording.serial(leaf)}; issuer {wording.name_or_state(leaf.issuer)}{wording.kind_of_issuer(leaf)}; until"
        f" {'an unknown day' if ends is None else ends}"
    )


def _log_lines(one: Examined, page: Page) -> Iterator[Line]:
    record = one.record
    if not record.kinds:
        return
    counts = ", ".join(f"{count:,} {kind}" for kind, count in record.kinds.items())
    matched = sum(event.match == "flow" for event in record.events)
    said = f"{counts}; of those that matter {matched:,} belong to a flow, {len(record.events) - matched:,} do not"
    yield from fill((Segment("  log           "),), words(page.clean(said)), page.width, 16)
    lonely = [event for event in record.events if event.match != "flow"]
    for event in lonely[:MOST_UNMATCHED]:
        entry = event.entry
        said = f"{entry.file} line {entry.line}: {_entry_text(entry)}: {MATCHES[event.match]}"
        yield from fill((Segment("    "),), words(page.clean(said), "dim"), page.width, 6)
    if len(lonely) > MOST_UNMATCHED:
        yield (Segment(f"    … {len(lonely) - MOST_UNMATCHED:,} more", "dim"),)


def _entry_text(entry: LogEntry) -> str:
    said = entry.kind.replace("_", " ")
    if entry.source is not None and entry.destination is not None:
        said += f" {wording.endpoint(entry.source)} to {wording.endpoint(entry.destination)}"
    return said if entry.time is None else f"{said} at {rfc3339(entry.time)}"


def _diagnosis_lines(number: int, one: Diagnosis, page: Page) -> Iterator[Line]:
    sign, style = LOOKS[one.level]
    rules = f"[{' '.join(one.rules)}] " if one.rules else ""
    start: Line = (
        Segment(f"  {number:>2} "),
        Segment(f"{getattr(page.signs, sign)} ", style),
        Segment(rules, "link"),
    )
    yield from fill(start, words(page.clean(one.text), style), page.width, 7)
    if one.to_do is not None:
        begin: Line = (Segment("       "), Segment("do: ", "dim"))
        yield from fill(begin, words(page.clean(one.to_do)), page.width, 11)
    yield from _evidence_lines(one.evidence, one.more, page)


def _evidence_lines(evidence: Sequence[Evidence], more: int, page: Page) -> Iterator[Line]:
    for piece in evidence:
        place, said = words(page.clean(piece.place), "link"), words(page.clean(piece.text), "dim")
        yield from fill((Segment("       "),), [*place, *said], page.width, 9)
    if more:
        yield (Segment(f"       and {more:,} more", "dim"),)
