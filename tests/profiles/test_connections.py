"""``tlseku.profiles.connections``: profiles that are data, what must fire and what must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build
from tlseku.errors import TableError
from tlseku.flow import Endpoint, Flow, Hidden
from tlseku.policy.rule_books import load_rule_books
from tlseku.profiles.findings import ProfileFinding
from tlseku.profiles.profile import load_profile, profile_names, read_profile
from tlseku.scanning import read

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
BOOK = load_rule_books(("openssl",))[0]
(MODEL,) = read(str(CAPTURES / "test-case-3.pcap"), rule_books=())
DATA = ("cisco-cube", "cisco-cucm", "cisco-ise", "teams-direct-routing", "webex")
S_ONLY = build(subject="core.example", eku=(SERVER_AUTH,), san=("core.example",)).certificate()
TEAMS = build(
    subject="sip.pstnhub.microsoft.com", eku=(SERVER_AUTH,), san=("sip.pstnhub.microsoft.com",)
).certificate()
FAKE = build(subject="x", eku=(SERVER_AUTH,), san=("evilpstnhub.microsoft.com.example",)).certificate()
GOOD = build(eku=(SERVER_AUTH, CLIENT_AUTH)).certificate()
NO_EKU = build(eku=None).certificate()


def flow(port: int, client: object = S_ONLY, outcome: str = "completed", server: object = GOOD) -> Flow:
    """A flow to a port in which both sides present one leaf each."""
    presented = tuple(
        replace(one, chain=(client if one.role == "client" else server,), entries_missing=False)  # type: ignore[arg-type]
        for one in MODEL.presented
    )
    return replace(
        MODEL,
        server=Endpoint(MODEL.server.ip, port),
        presented=presented,
        outcome=outcome,  # type: ignore[arg-type]
        refused_by="server" if outcome == "refused" else None,
    )


def run(name: str, *flows: Flow) -> tuple[ProfileFinding, ...]:
    return load_profile(name).run(flows, BOOK)


@pytest.mark.parametrize(
    ("name", "port", "outcome", "level", "rules"),
    [
        ("cisco-cucm", 6972, "completed", "wrong", ("CU6", "CU5")),
        ("cisco-cucm", 6971, "refused", "wrong", ("CU6", "CU5")),
        ("cisco-cucm", 5091, "completed", "wrong", ("CU1", "CU5")),
        ("cisco-cucm", 5061, "completed", "wrong", ("CU2", "CU4", "CU5")),
        ("cisco-cucm", 636, "completed", "open", ("CU1",)),
        ("cisco-cucm", 636, "refused", "wrong", ("CU1",)),
        ("cisco-cube", 5061, "completed", "caution", ("CB1", "CB2", "CB3")),
        ("cisco-cube", 5061, "refused", "wrong", ("CB1", "CB2", "CB3")),
        ("cisco-ise", 8910, "completed", "wrong", ("IS1",)),
        ("cisco-ise", 2083, "completed", "open", ("IS3",)),
    ],
)
def test_must_fire(name: str, port: int, outcome: str, level: str, rules: tuple[str, ...]) -> None:
    (found,) = run(name, flow(port, outcome=outcome))
    assert (found.level, found.rules) == (level, rules)
    assert found.text.startswith("looks like ")
    assert "without clientAuth" in found.text
    assert found.to_do
    assert found.evidence[0].frame > 0


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("leaf", ["good", "no EKU"])
@pytest.mark.parametrize("port", [5061, 5091, 6972, 8910, 443])
def test_a_leaf_that_fits_says_nothing(name: str, leaf: str, port: int) -> None:
    assert run(name, flow(port, GOOD if leaf == "good" else NO_EKU)) == ()


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("port", [443, 8443, 25, 7001])
def test_other_connections_say_nothing(name: str, port: int) -> None:
    assert run(name, flow(port)) == ()


@pytest.mark.parametrize(
    ("name", "client", "server", "fires"),
    [
        ("teams-direct-routing", TEAMS, GOOD, True),
        ("teams-direct-routing", FAKE, GOOD, False),
        ("teams-direct-routing", S_ONLY, GOOD, False),
        ("webex", S_ONLY, build(subject="callservice.ciscospark.com", san=None).certificate(), True),
        ("webex", S_ONLY, build(subject="notwebex.com", san=None).certificate(), False),
        ("webex", S_ONLY, build(subject="webex.com", san=None).certificate(), True),
    ],
)
def test_names_tell_on_any_port(name: str, client: object, server: object, fires: bool) -> None:
    assert bool(run(name, flow(5061, client, "completed", server))) is fires


def test_a_server_without_server_auth() -> None:
    (found,) = run("cisco-cucm", flow(6972, GOOD, "completed", build(eku=(CLIENT_AUTH,)).certificate()))
    assert (found.level, "the server presents" in found.text, "without serverAuth" in found.text) == (
        "caution",
        True,
        True,
    )


def test_what_is_hidden_is_open() -> None:
    hidden = replace(flow(5061), presented=(), hidden=(Hidden("client_certificate", "tls13_encrypted"),))
    (found,) = run("cisco-cube", hidden)
    assert (found.level, "tls13_encrypted" in found.text) == ("open", True)


def test_repetitions_are_one_finding() -> None:
    same = [replace(flow(6972), number=number) for number in range(1, 5)]
    (found,) = run("cisco-cucm", *same)
    assert [place.flow for place in found.evidence] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", DATA)
def test_each_has_a_source_a_day_and_its_statements(name: str) -> None:
    assert name in profile_names()
    profile = load_profile(name)
    assert profile.as_of is not None
    assert profile.connections
    assert {one for each in profile.connections for one in each.statements} <= set(profile.statements)


TABLE = """\
schema = "tlseku/profile/1"
title = "t"
rule_book = "openssl"
source = "s"
as_of = 2026-01-01
[statements]
A1 = "One."
[[connection]]
what = "w"
ports = [1]
checks = "open"
statements = ["A1"]
to_do = "d"
"""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("ports = [1]", "ports = [0]", "ports: must be a list of numbers"),
        ("ports = [1]", "ports = [true]", "ports: must be a list of numbers"),
        ("ports = [1]", 'port = "1"', "unknown key 'port'"),
        ('checks = "open"', 'checks = "maybe"', "checks: must be one of"),
        ('["A1"]', '["A2"]', "statements: must name statements of this profile"),
        ('["A1"]', "[]", "statements: must name statements of this profile"),
        ('to_do = "d"', "", "to_do: must be one line of text"),
        ("2026-01-01", '"2026"', "as_of: must be a day"),
        ("[[connection]]", "[connection]", "connection"),
    ],
)
def test_tables_in_another_form(old: str, new: str, problem: str) -> None:
    assert read_profile(TABLE, "x").connections
    with pytest.raises(TableError, match=problem):
        read_profile(TABLE.replace(old, new), "x")


def test_data_alone_needs_connections() -> None:
    with pytest.raises(TableError, match="connection: must be one table at least"):
        read_profile(TABLE.partition("[[connection]]")[0], "x")
