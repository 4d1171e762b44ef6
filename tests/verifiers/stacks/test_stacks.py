"""Each stack shakes hands for every chain, and its verdicts, alerts and requests are what book and table say.

A stack that is missing is skipped with the reason, since registries and machines differ; one of Debian's packages fails
where TLSEKU_REQUIRE_VERIFIERS is set. The recording of a run is
then read by tlseku, which must tell from the packets and secrets what our side was told.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from fnmatch import fnmatchcase

import pytest

from tests.dialogues import ended
from tests.verifiers.answer import Role
from tests.verifiers.cases import NAMES, case_named
from tests.verifiers.stacks.driver import FIRST_PORT, Part, Recording, Version
from tests.verifiers.stacks.measured import EXPIRED, NOTHING, UNKNOWN, measure
from tests.verifiers.stacks.place import Missing
from tests.verifiers.stacks.rows import STACKS, Stack, word_of
from tests.verifiers.test_against_verifiers import CANNOT_BE_PRESENTED
from tlseku import Analyzer, Flow, correlate
from tlseku.correlation.evidence import causes_in
from tlseku.policy.alert_senses import SENDERS
from tlseku.policy.causes import CauseName
from tlseku.policy.rule_books import BUILT_IN, load_rule_books

STACK = {stack.name: stack for stack in STACKS}

RUNS = [
    pytest.param(
        stack.name,
        part,
        version,
        id=f"{stack.name}-{part}-{version}",
        marks=pytest.mark.xdist_group(stack.name),
    )
    for stack in STACKS
    for part, version in stack.parts()
]
SERVER_RUNS = [run for run in RUNS if run.values[1] == "server"]

NOT_SIGNED_WITH = {
    *(f"keyUsage {usage} / absent" for usage in ("keyEncipherment", "keyAgreement", "keyCertSign")),
    *("Ed25519 / absent", "Ed448 / absent", "C+S / Ed448 CA"),
    *(f"keyUsage {usage}, RSA / absent" for usage in ("digitalSignature", "keyEncipherment", "keyAgreement")),
}
"""What our side does not present to every stack, so that nobody judges it: OpenSSL does not sign in TLS 1.2 with an EC
key whose keyUsage is another, and no stack asks for all algorithms. wolfSSL with an EC key asks for ecdsa_sign alone."""

JUDGED: dict[Part, Role] = {"server": "client", "client": "server"}
"""The role of what a stack judges."""


@functools.cache
def runs(name: str) -> Mapping[tuple[Part, Version], Future[Recording]]:
    """All runs of a stack, side by side: what takes time is waiting for the peer to say nothing."""
    parts = STACK[name].parts()
    pool = ThreadPoolExecutor(len(parts))
    under_way = {(part, version): pool.submit(measure, STACK[name], part, version) for part, version in parts}
    pool.shutdown(wait=False)
    return under_way


@functools.cache
def recording(name: str, part: Part, version: Version) -> Recording:
    """One run. Skips the test where the stack is not there."""
    try:
        return runs(name)[part, version].result()
    except Missing as missing:
        if missing.required and os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@functools.cache
def flows(name: str, part: Part, version: Version) -> dict[str, Flow]:
    """What tlseku reads of a run, by the name of the chain."""
    return flows_of(recording(name, part, version))


def flows_of(run: Recording) -> dict[str, Flow]:
    """The same of any recording."""
    analyzer = Analyzer(only_ends=True)
    analyzer.add_secrets(run.key_log)
    events = [event for frame in run.frames for event in analyzer.feed(frame.ts_ns, 1, frame.data)]
    by_port = {flow.client.port: flow for flow in ended([*events, *analyzer.close()])}
    return {chain: by_port[FIRST_PORT + index] for index, chain in enumerate(run.words)}


def cells(stack: Stack, part: Part, version: Version) -> Iterator[tuple[str, str, str]]:
    """``PART VERSION NAME by RULE`` of every chain that was presented, the word, and that which was to be expected."""
    (book,) = load_rule_books([stack.book])
    role = JUDGED[part]
    read = flows(stack.name, part, version)
    for name, word in recording(stack.name, part, version).words.items():
        if name not in NAMES or not any(each.chain for each in read[name].presented if each.role == role):
            continue
        case = case_named(name)
        finding = book.judge(case.presented, stack.judges_as or role, more=case.held)
        cell = f"{part} {version} {name} by {finding.rule}"
        by_book = {"accept": "accept", "refuse": word_of(stack.refusals, cell)}.get(finding.outcome)
        yield cell, word, word_of(stack.exceptions, cell) or by_book or f"the book says {finding.outcome}"


@pytest.mark.parametrize(("name", "part", "version"), RUNS)
def test_every_cell(name: str, part: Part, version: Version) -> None:
    stack = STACK[name]
    if stack.book not in BUILT_IN:
        pytest.skip(f"there is no rule-book {stack.book}")
    found = list(cells(stack, part, version))
    judged = {cell.split(" ", 2)[2].partition(" by ")[0] for cell, _, _ in found}
    assert set(NAMES) - judged <= CANNOT_BE_PRESENTED | NOT_SIGNED_WITH
    assert {cell: word for cell, word, _ in found} == {cell: expected for cell, _, expected in found}


@pytest.mark.parametrize(("name", "part", "version"), RUNS)
def test_what_else_is_refused(name: str, part: Part, version: Version) -> None:
    said = recording(name, part, version).words
    chains = (UNKNOWN, EXPIRED, NOTHING) if part == "server" else (UNKNOWN, EXPIRED)
    assert {chain: said[chain] for chain in chains} == {
        chain: word_of(STACK[name].other, f"{part} {version} {chain} by") for chain in chains
    }


@pytest.mark.parametrize(("name", "part", "version"), RUNS)
def test_tlseku_reads_the_same(name: str, part: Part, version: Version) -> None:
    """The outcome, who refused and the alert, told from packets and secrets alone."""
    run = recording(name, part, version)
    differing = {}
    for chain, flow in flows(name, part, version).items():
        word = run.words[chain]
        alerts = [f"alert {alert.code}" for alert in flow.alerts if alert.level == 2]
        read = (
            alerts[0]
            if alerts
            else {"completed": "accept", "refused_inside": "inside"}.get(flow.outcome, "silent")
        )
        if word.startswith("we stopped"):
            assert flow.refused_by == JUDGED[part]
        elif (read, flow.refused_by) not in {
            (word, None if word == "accept" else part),
            _closed_after(flow, word),
            _hung_up(STACK[name], flow, word),
        }:
            differing[chain] = (word, flow.outcome, flow.outcome_basis, flow.refused_by)
    assert not differing


def _closed_after(flow: Flow, word: str) -> tuple[str, None] | None:
    """A client that ends the handshake and hangs up then: nobody can tell from that who refuses what."""
    return (word, None) if word == "silent" and flow.outcome == "closed_after" else None


def _hung_up(stack: Stack, flow: Flow, word: str) -> tuple[str, None] | None:
    """A stack that falls silent: our side waits no longer, and a capture shows who closed and no refusal."""
    silent = word == "silent" and stack.manner.silence is not None
    return (word, None) if silent and flow.outcome == "aborted" else None


@pytest.mark.parametrize(("name", "part", "version"), RUNS)
def test_the_senses_of_alerts_have_each(name: str, part: Part, version: Version) -> None:
    """An alert is in a row about this library, for something that is wrong with the chain."""
    run, library = recording(name, part, version), STACK[name].library
    strange = {}
    for chain, flow in flows(name, part, version).items():
        word, _, code = run.words[chain].partition(" ")
        if word == "alert":
            wrong = wrong_with(flow, chain, JUDGED[part])
            known = set(causes_for(flow, JUDGED[part], int(code), library))
            if not known & wrong:
                strange[chain] = (code, known, wrong)
    assert not strange


def causes_for(flow: Flow, role: Role, alert: int, library: str) -> Iterator[CauseName]:
    """For what a library sends an alert, to the certificate of that role in that version."""
    for row in SENDERS:
        of_role = row.answers in (None, role) and row.tls13 in (None, flow.version == 0x0304)
        if row.alert == alert and of_role and library in row.stacks:
            yield from row.causes


def wrong_with(flow: Flow, chain: str, role: Role) -> set[CauseName]:
    """What tlseku sees, and what it does not: whom the stack trusts and with which EKU, what a client that has not its
    algorithms would see, and that a CA is nobody's leaf, which few hold against it, as few
    do the RSA key of a server that may not encipher."""
    shown = [each for each in flow.presented if each.role == role]
    if not any(each.chain for each in shown):
        return {"no_certificate"}
    seen = {cause.name for each in shown for cause in causes_in(flow, each)}
    for pattern, cause in NOT_SEEN:
        if fnmatchcase(f"{role} {flow.version:04x} {chain}", pattern):
            seen.add(cause)
    return seen


NOT_SEEN: tuple[tuple[str, CauseName], ...] = (
    (f"* {UNKNOWN}", "issuer"),
    ("* / root *", "eku"),
    ("server 0303 C+S / Ed* CA", "signature_algorithm"),
    ("* CA as leaf / absent", "ca_as_leaf"),
    ("server * keyUsage digitalSignature, RSA / absent", "key_usage"),
    ("* self-signed CA", "ca_as_leaf"),
)


@pytest.mark.parametrize(("name", "part", "version"), SERVER_RUNS)
def test_the_eku_is_among_the_causes(name: str, part: Part, version: Version) -> None:
    """A client certificate with serverAuth alone, refused: whatever the stack said, what is wrong is named."""
    flow = flows(name, part, version)["S / absent"]
    refused = [each for each in correlate(flow) if each.about.startswith("refused")]
    if recording(name, part, version).words["S / absent"] == "accept":
        assert not refused
        return
    (statement,) = refused
    assert "eku" in statement.causes, statement


@pytest.mark.parametrize(("name", "part", "version"), SERVER_RUNS)
def test_what_is_taken_is_told_to_be_accepted(name: str, part: Part, version: Version) -> None:
    flow = flows(name, part, version)["C+S / absent"]
    assert flow.client_certificate_accepted is True
    assert not [each for each in correlate(flow) if each.about.startswith("refused")]


@pytest.mark.parametrize(("name", "part", "version"), SERVER_RUNS)
def test_the_request(name: str, part: Part, version: Version) -> None:
    expected = STACK[name].request
    assert expected is not None
    (request,) = flows(name, part, version)["C+S / absent"].requests
    schemes = " ".join(f"{code:04x}" for code in request.signature_algorithms or ())
    assert (request.certificate_types, schemes, bool(request.authorities)) == (
        expected.types if version == "1.2" else None,
        expected.schemes[version],
        expected.names_cas,
    )


def test_each_exception_has_its_reason() -> None:
    for stack in STACKS:
        for pattern, word, reason in stack.exceptions:
            assert word in ("accept", "silent", "inside") or word.startswith("alert "), pattern
            assert reason, pattern
