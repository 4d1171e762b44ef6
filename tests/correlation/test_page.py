"""``docs/statements.md`` says what the program says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from tlseku.correlation import ABOUT
from tlseku.output.words.headlines import CAUSE_WORDS
from tlseku.policy.alert_senses import SENDERS, UNSEEN, Sender
from tlseku.policy.causes import CauseName
from tlseku.registry.names import ALERTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statements.md").read_text(encoding="utf-8")


def test_every_word_of_a_statement() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.partition("## Causes")[0], re.MULTILINE)
    assert rows == [("about", "says"), *ABOUT.items()]


def test_every_cause() -> None:
    section = PAGE.partition("## Causes")[2].partition("A refusal names")[0]
    assert re.findall(r"`(\w+)`", section) == list(get_args(CauseName))


def test_every_sender_of_an_alert() -> None:
    table = PAGE.partition("## Who sends which alert")[2].partition("## What no")[0]
    assert re.findall(r"^\| ((?:\w+ \(\d+\)|none) \|.*) \|$", table, re.MULTILINE) == [
        _row(each) for each in SENDERS
    ]


def _row(sender: Sender) -> str:
    causes = [CAUSE_WORDS[name] for name in CAUSE_WORDS if name in sender.causes]
    versions = {None: "all", True: "TLS 1.3", False: "TLS 1.2"}[sender.tls13]
    whose = sender.answers or "either"
    alert = "none" if sender.alert is None else f"{ALERTS[sender.alert]} ({sender.alert})"
    words = (alert, sender.name, ", ".join(causes), whose, versions)
    return " | ".join(words)


def test_what_no_capture_shows() -> None:
    section = PAGE.partition("## What no capture shows")[2].partition("## ")[0]
    rows = re.findall(r"^\| (\w+) \((\d+)\) \| (.+) \|$", section, re.MULTILINE)
    assert [(int(code), phrases) for _, code, phrases in rows] == [
        (code, "; ".join(phrases)) for code, phrases in UNSEEN.items()
    ]
