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
VENDORS = ["P5-webex", "P6-expressway", "P6-cucm", "P6-cube", "P6-contact-centre", "P6-ise"]


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
        ("public", NOBODY, ["P1", "P3-ca", "P3-leaf", *VENDORS]),
        ("public", DIGICERT, ["P1", "P3-ca", "P3-leaf", "P5-digicert", "P2-default"]),
        ("public", SECTIGO, ["P1", "P3-ca", "P3-leaf", "P5-sectigo-2026", "P5-sectigo-2027", "P2-default"]),
        ("unknown", GTS, ["P1", "P3-ca", "P3-leaf", "P5-gts"]),
        ("private", GTS, ["P4"]),
    ],
)
def test_entries_are_named(issuer: IssuerKind, organisation: str, used: list[str]) -> None:
    found = renewal(SHIPPED, issuer, [organisation], day("2026-06-01"))
    assert sorted(ids(found.entries)) == sorted(used)
    assert ids(found.superseded) == ([] if issuer == "private" else ["P2-stop", "P2-chrome", "P3-leaf-1.7"])


def test_a_conflict_is_told_with_both_dates() -> None:
    found = renewal(SHIPPED, "public", [SECTIGO], day("2026-06-01"))
    assert [(one.id, other.id) for one, other in found.conflicts] == [("P5-sectigo-2026", "P5-sectigo-2027")]
    found = renewal(SHIPPED, "public", [NOBODY], day("2026-06-01"))
    assert [(one.id, other.id) for one, other in found.conflicts] == [("P6-expressway", "P6-ise")]
    assert renewal(SHIPPED, "public", [DIGICERT], day("2026-06-01")).conflicts == ()


@pytest.mark.parametrize(
    ("authorities", "entry", "outcome"),
    [
        (["DigiCert Assured ID Root G2"], "P7-both-digicert", "kept"),
        (["DigiCert Assured ID CA G2 2024", "DigiCert Assured ID Root G2"], "P7-both-digicert", "kept"),
        (["digicert assured  id root g2"], "P7-both-digicert", "kept"),
        (["IdenTrust Public Sector Server CA 1"], "P7-both-identrust", "kept"),
        (["DigiCert Assured ID Client CA G2", "DigiCert Assured ID Root G2"], "P7-client-digicert", "kept"),
        (["TrustID RSA ClientAuth CA 2", "IdenTrust Commercial Root CA 1"], "P7-client-identrust", "kept"),
        (
            ["DigiCert Global G2 TLS RSA SHA256 2020 CA1", "DigiCert Global Root G2"],
            "P7-server-digicert",
            "lost",
        ),
        (["HydrantID Server CA O1"], "P7-server-identrust", "lost"),
        (["DigiCert Assured ID Root G3"], None, "lost"),
        (["DigiCert Assured ID Root G22"], None, "lost"),
        (["My DigiCert Assured ID Root G2"], None, "lost"),
        ([], None, "lost"),
    ],
)
def test_a_hierarchy_goes_before_its_ca(
    authorities: list[str], entry: str | None, outcome: RenewalOutcome
) -> None:
    found = renewal(SHIPPED, "public", [DIGICERT], day("2027-04-01"), authorities=authorities)
    assert found.outcome == outcome
    assert [one.id for one in found.entries if one.kind == "hierarchy"] == ([] if entry is None else [entry])
    assert (found.ends_latest is None) is (outcome == "kept")


def test_a_hierarchy_is_no_private_ca_and_may_be_another() -> None:
    names = ["DigiCert Assured ID Root G2"]
    assert (
        renewal(SHIPPED, "private", [DIGICERT], day("2027-04-01"), authorities=names).outcome
        == "not_affected"
    )
    found = renewal(SHIPPED, "unknown", [DIGICERT], day("2027-04-01"), authorities=names)
    assert found.outcome == "unknown"
    assert found.reason.startswith(
        "whether the issuer is that CA is not known; if it is: Cisco for Expressway"
    )


@pytest.mark.parametrize(
    ("organisation", "last"),
    [(DIGICERT, "2027-09-15"), (LETS_ENCRYPT, "2027-01-22"), (GTS, "2026-10-28"), (NOBODY, "2027-09-29")],
)
def test_the_last_usable_day(organisation: str, last: str) -> None:
    assert renewal(SHIPPED, "public", [organisation], day("2027-04-01")).last_usable == day(last)


def test_no_last_day_without_a_bound() -> None:
    assert renewal(table(), "public", [NOBODY], day("2027-04-01")).last_usable is None
    assert renewal(SHIPPED, "private", [NOBODY], day("2027-04-01")).last_usable is None


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
