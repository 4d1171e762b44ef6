"""The books that are no verifiers: ``expressway-15.5`` by its statements, ``cabf-2027`` by date and issuer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from tests.policy.chains import ANY, CLIENT, EMAIL, SERVER, facts
from tlseku.policy.rule_books import Context, Mode, load_rule_books

Eku = tuple[str, ...] | None
C, S, CS = (CLIENT,), (SERVER,), (CLIENT, SERVER)


@pytest.mark.parametrize(
    ("mode", "eku", "outcome", "rule"),
    [
        ("on", C, "accept", "CM1"),
        ("on", CS, "accept", "CM1"),
        ("on", (ANY, CLIENT), "accept", "CM1"),
        ("on", S, "refuse", "CM2"),
        ("on", (EMAIL,), "refuse", "CM2"),
        ("on", (), "refuse", "CM2"),
        ("off", S, "accept", "CM3"),
        ("off", CS, "accept", "CM3"),
        ("off", (ANY, SERVER), "accept", "CM3"),
        ("off", C, "unknown", "CM4"),
        ("off", (EMAIL,), "unknown", "CM4"),
        ("off", (ANY,), "unknown", "CM4"),
        ("off", (), "unknown", "CM4"),
        ("on", None, "accept", "CM5"),
        ("off", None, "accept", "CM5"),
        ("unknown", None, "accept", "CM5"),
        ("on", (ANY,), "refuse", "CM6"),
        ("on", (ANY, SERVER), "refuse", "CM6"),
        ("unknown", CS, "accept", "CM7"),
        ("unknown", S, "refuse", "CM7"),
        ("unknown", (), "refuse", "CM7"),
        ("unknown", (ANY,), "refuse", "CM7"),
    ],
)
def test_the_initiator(mode: Mode, eku: Eku, outcome: str, rule: str) -> None:
    (book,) = load_rule_books(["expressway-15.5"])
    finding = book.judge([facts("L", "I", eku)], "client", context=Context(mode))
    assert (finding.outcome, finding.rule) == (outcome, rule)
    assert ("assumed" in finding.reason) == (rule in ("CM5", "CM7"))
    assert ("open)" in finding.reason) == (rule in ("CM4", "CM5", "CM6") or (rule == "CM7" and eku == (ANY,)))


@pytest.mark.parametrize("mode", ["on", "off", "unknown"])
@pytest.mark.parametrize(
    ("eku", "outcome"),
    [(S, "accept"), (CS, "accept"), (None, "accept"), (C, "refuse"), ((), "refuse"), ((ANY,), "unknown")],
)
def test_the_responder_whatever_the_mode(mode: Mode, eku: Eku, outcome: str) -> None:
    (book,) = load_rule_books(["expressway-15.5"])
    finding = book.judge([facts("L", "I", eku)], "server", context=Context(mode))
    assert (finding.outcome, finding.rule) == (outcome, "CM8")
    assert finding.reason.startswith("the mode plays no part")


@pytest.mark.parametrize(
    ("mode", "eku", "outcome", "rule"),
    [
        ("on", CS, "unknown", "expressway-15.5/issuer-eku-not-stated"),
        ("unknown", None, "unknown", "expressway-15.5/issuer-eku-not-stated"),
        ("on", S, "refuse", "CM2"),
        ("off", CS, "accept", "CM3"),
    ],
)
def test_below_a_ca_for_servers_only(mode: Mode, eku: Eku, outcome: str, rule: str) -> None:
    (book,) = load_rule_books(["expressway-15.5"])
    finding = book.judge([facts("L", "I", eku), facts("I", "R", S)], "client", context=Context(mode))
    assert (finding.outcome, finding.rule) == (outcome, rule)


BEFORE, AFTER = "2027-03-14", "2027-03-15"


@pytest.mark.parametrize(
    ("issued", "public", "role", "eku", "outcome", "rule"),
    [
        (AFTER, False, "client", C, "accept", "P4"),
        (AFTER, True, "client", CS, "refuse", "P3-client"),
        (AFTER, True, "client", S, "refuse", "P3-client"),
        (AFTER, True, "server", S, "accept", "P3"),
        (AFTER, True, "server", CS, "refuse", "P3-eku"),
        (AFTER, True, "server", None, "refuse", "P3-eku"),
        (AFTER, True, "server", (SERVER, EMAIL), "refuse", "P3-eku"),
        (BEFORE, True, "client", CS, "depends", "P3-renewal"),
        (BEFORE, True, "client", None, "depends", "P3-renewal"),
        (BEFORE, True, "client", S, "refuse", "P3-renewal"),
        (BEFORE, True, "server", CS, "accept", "P3-renewal"),
        (BEFORE, True, "server", S, "accept", "P3-renewal"),
        (BEFORE, True, "server", None, "depends", "P3-renewal"),
        (BEFORE, False, "server", None, "accept", "P4"),
        (AFTER, None, "server", S, "accept", "issuer-unknown"),
        (AFTER, None, "server", CS, "depends", "issuer-unknown"),
        (AFTER, None, "client", CS, "depends", "issuer-unknown"),
        (BEFORE, None, "client", S, "depends", "issuer-unknown"),
    ],
)
def test_public_cas(issued: str, public: bool | None, role: str, eku: Eku, outcome: str, rule: str) -> None:
    (book,) = load_rule_books(["cabf-2027"])
    day = datetime.fromisoformat(issued).replace(tzinfo=timezone.utc)
    leaf = replace(facts("L", "I", eku), public_issuer=public, not_before=int(day.timestamp()) * 10**9)
    finding = book.judge([leaf], "client" if role == "client" else "server")
    assert (finding.outcome, finding.rule) == (outcome, f"cabf-2027/{rule}")


def test_a_certificate_that_signs_itself_is_private() -> None:
    (book,) = load_rule_books(["cabf-2027"])
    assert book.judge([facts("L", "L", CS)], "client").rule == "cabf-2027/P4"
