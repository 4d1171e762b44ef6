"""``tlseku.policy.renewal``: what renewing on a given day brings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.policy.renewal import IssuerKind, RenewalOutcome, renewal
from tlseku.policy.timeline import Entry, Timeline, read_timeline, shipped_timeline

SHIPPED = shipped_timeline()

SECTIGO, DIGICERT, LETS_ENCRYPT, GTS = (
    "Sectigo Limited",
    "DigiCert Inc",
    "Let's Encrypt",
    "Google Trust Services",
)
NOBODY = "Some Public CA"


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("organisation", "on", "outcome", "earliest", "latest"),
    [
        (NOBODY, "2026-05-01", "uncertain", "2026-05-01", "2027-03-15"),
        (NOBODY, "2027-03-14", "uncertain", "2026-05-01", "2027-03-15"),
        (NOBODY, "2027-03-15", "lost", "2026-05-01", "2027-03-15"),
        (NOBODY, "9999-12-31", "lost", "2026-05-01", "2027-03-15"),
        (DIGICERT, "2027-03-01", "lost", "2027-03-01", "2027-03-01"),
        ("digicert  inc", "2027-03-01", "lost", "2027-03-01", "2027-03-01"),
        (LETS_ENCRYPT, "2026-07-08", "lost", "2026-07-08", "2026-07-08"),
        (GTS, "2026-04-13", "lost", "2026-04-13", "2026-04-13"),
        (SECTIGO, "2026-05-15", "uncertain", "2026-05-15", "2027-02-10"),
        (SECTIGO, "2027-02-09", "uncertain", "2026-05-15", "2027-02-10"),
        (SECTIGO, "2027-02-10", "lost", "2026-05-15", "2027-02-10"),
    ],
)
def test_lost_or_uncertain(
    organisation: str, on: str, outcome: RenewalOutcome, earliest: str, latest: str
) -> None:
    found = renewal(SHIPPED, "public", [organisation], day(on))
    assert (found.outcome, found.on) == (outcome, day(on))
    assert (found.ends_earliest, found.ends_latest) == (day(earliest), day(latest))


@pytest.mark.parametrize(
    ("issuer", "organisation", "on", "outcome", "reason"),
    [
        ("public", NOBODY, "2026-04-30", "kept", "clientAuth ends on 2026-05-01 at the earliest"),
        ("public", DIGICERT, "2025-09-30", "kept", "clientAuth ends on 2027-03-01 at the earliest"),
        ("public", LETS_ENCRYPT, "2026-02-10", "kept", "clientAuth ends on 2026-07-08 at the earliest"),
        (
            "public",
            LETS_ENCRYPT,
            "2026-02-11",
            "on_request",
            "clientAuth is left out unless asked for, and ends on 2026-07-08 at the earliest",
        ),
        (
            "public",
            DIGICERT,
            "2027-02-28",
            "on_request",
            "clientAuth is left out unless asked for, and ends on 2027-03-01 at the earliest",
        ),
        (
            "public",
            SECTIGO,
            "2026-05-14",
            "on_request",
            "clientAuth is left out unless asked for, and ends on 2026-05-15 at the earliest",
        ),
        (
            "private",
            NOBODY,
            "2030-01-01",
            "not_affected",
            "the issuer is private, and the rules are about public CAs",
        ),
        (
            "private",
            DIGICERT,
            "2030-01-01",
            "not_affected",
            "the issuer is private, and the rules are about public CAs",
        ),
        (
            "unknown",
            NOBODY,
            "2030-01-01",
            "unknown",
            "whether the issuer is public is not known; if it is: a public CA leaves clientAuth out from 2027-03-15 "
            "at the latest",
        ),
        (
            "unknown",
            DIGICERT,
            "2025-01-01",
            "unknown",
            "whether the issuer is public is not known; if it is: clientAuth ends on 2027-03-01 at the earliest",
        ),
    ],
)
def test_not_lost(
    issuer: IssuerKind, organisation: str, on: str, outcome: RenewalOutcome, reason: str
) -> None:
    found = renewal(SHIPPED, issuer, [organisation], day(on))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_an_unknown_day() -> None:
    assert renewal(SHIPPED, "public", [], None)[:3] == ("unknown", None, "when it is renewed is not known")
    assert renewal(SHIPPED, "private", [], None).outcome == "not_affected"


def test_a_doubt_about_the_rules() -> None:
    found = renewal(SHIPPED, "public", [NOBODY], day("2030-01-01"), doubt="it is none for TLS servers")
    assert found.outcome == "unknown"
    assert found.reason.startswith(
        "it is none for TLS servers; for a certificate under the rules: a public CA"
    )
    assert renewal(SHIPPED, "private", [], day("2030-01-01"), doubt="x").outcome == "not_affected"


def ids(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.id for entry in entries]


@pytest.mark.parametrize(
    ("issuer", "organisation", "used"),
    [
        ("public", NOBODY, ["P1", "P2-stop", "P3-ca", "P3-leaf"]),
        ("public", DIGICERT, ["P1", "P3-ca", "P3-leaf", "P5-digicert", "P2-default"]),
        ("public", SECTIGO, ["P1", "P3-ca", "P3-leaf", "P5-sectigo-2026", "P5-sectigo-2027", "P2-default"]),
        ("unknown", GTS, ["P1", "P3-ca", "P3-leaf", "P5-gts"]),
        ("private", GTS, ["P4"]),
    ],
)
def test_entries_are_named(issuer: IssuerKind, organisation: str, used: list[str]) -> None:
    found = renewal(SHIPPED, issuer, [organisation], day("2026-06-01"))
    assert sorted(ids(found.entries)) == sorted(used)
    assert ids(found.superseded) == ([] if issuer == "private" else ["P2-chrome", "P3-leaf-1.7"])


def test_a_conflict_is_told_with_both_dates() -> None:
    found = renewal(SHIPPED, "public", [SECTIGO], day("2026-06-01"))
    assert [(one.id, other.id) for one, other in found.conflicts] == [("P5-sectigo-2026", "P5-sectigo-2027")]
    assert renewal(SHIPPED, "public", [NOBODY], day("2026-06-01")).conflicts == ()


def table(*entries: str) -> Timeline:
    head = 'schema = "tlseku/timeline/1"\nas_of = 2026-01-01\n'
    return read_timeline(head + "".join(entries) + ("" if entries else "entry = []\n"), "t")


def entry(name: str, kind: str, start: str, more: str = "") -> str:
    return (
        f'[[entry]]\nid = "{name}"\nwho = "w"\nkind = "{kind}"\napplies_to = "public"\neffect = "ended"\n'
        f'from = {start}\nwhat = "w"\nsource = "s"\nas_of = 2026-01-01\n{more}\n'
    )


OWN = 'organisations = ["A"]'


@pytest.mark.parametrize(
    ("timeline", "on", "outcome", "earliest", "latest"),
    [
        (table(), "2030-01-01", "unknown", None, None),
        (table(entry("v", "vendor statement", "2026-05-01")), "2026-04-30", "kept", "2026-05-01", None),
        (table(entry("v", "vendor statement", "2026-05-01")), "2030-01-01", "uncertain", "2026-05-01", None),
        (table(entry("c", "ca", "2026-05-01", OWN)), "2026-05-01", "lost", "2026-05-01", "2026-05-01"),
        # A CA that says it goes on longer than its root program allows.
        (
            table(entry("c", "ca", "2028-01-01", OWN), entry("r", "root program", "2027-01-01")),
            "2027-01-01",
            "lost",
            "2027-01-01",
            "2027-01-01",
        ),
        (
            table(entry("r", "root program", "2027-01-01"), entry("s", "root program", "2026-01-01")),
            "2026-01-01",
            "lost",
            "2026-01-01",
            "2026-01-01",
        ),
        (
            table(entry("v", "vendor statement", "2026-01-01"), entry("c", "ca", "2028-01-01", OWN)),
            "2027-01-01",
            "kept",
            "2028-01-01",
            "2028-01-01",
        ),
    ],
)
def test_how_entries_weigh(
    timeline: Timeline, on: str, outcome: RenewalOutcome, earliest: str | None, latest: str | None
) -> None:
    found = renewal(timeline, "public", ["A"], day(on))
    assert found.outcome == outcome
    assert found.ends_earliest == (None if earliest is None else day(earliest))
    assert found.ends_latest == (None if latest is None else day(latest))


ORDER = ["kept", "on_request", "uncertain", "lost"]
ORGANISATIONS = st.sampled_from([SECTIGO, DIGICERT, LETS_ENCRYPT, GTS, NOBODY])
DAYS = st.dates(date(2024, 1, 1), date(2029, 1, 1))


@given(ORGANISATIONS, DAYS, st.integers(0, 2000))
def test_waiting_never_helps(organisation: str, on: date, days: int) -> None:
    first = renewal(SHIPPED, "public", [organisation], on)
    later = renewal(SHIPPED, "public", [organisation], on + timedelta(days))
    assert ORDER.index(first.outcome) <= ORDER.index(later.outcome)
    assert first.ends_earliest is not None
    assert first.ends_latest is not None
    assert first.ends_earliest <= first.ends_latest
    assert not {one.id for one in first.entries} & {one.id for one in first.superseded}
