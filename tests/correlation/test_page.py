"""``docs/statements.md`` says what the program says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from tlseku.correlation import ABOUT
from tlseku.output.words.headlines import CAUSE_WORDS
from tlseku.policy.alert_senses import ALERT_SENSES, WITHOUT_CERTIFICATE
from tlseku.policy.causes import CauseName
from tlseku.registry.names import ALERTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statements.md").read_text(encoding="utf-8")


def test_every_word_of_a_statement() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.partition("## Causes")[0], re.MULTILINE)
    assert rows == [("about", "says"), *ABOUT.items()]


def test_every_cause() -> None:
    section = PAGE.partition("## Causes")[2].partition("A refusal names")[0]
    assert re.findall(r"`(\w+)`", section) == list(get_args(CauseName))


def test_every_alert() -> None:
    rows = re.findall(r"^\| (\w+) \((\d+)\) \| (.+) \| (yes|no) \| (.+) \|$", PAGE, re.MULTILINE)
    assert [int(code) for _, code, *_ in rows] == sorted({*ALERT_SENSES, *WITHOUT_CERTIFICATE})
    for name, code, stands_for, unseen, _ in rows:
        assert name == ALERTS[int(code)]
        sense = ALERT_SENSES.get(int(code))
        if sense is None:
            assert stands_for == "no certificate came"
            continue
        assert unseen == ("yes" if sense.unseen else "no")
        if len(sense.express) == len(get_args(CauseName)) - 1:
            assert stands_for == "any cause"
            continue
        words = {"signature algorithm": "signature", "weak key or hash": "weakness"}
        expected = {words.get(CAUSE_WORDS[cause], CAUSE_WORDS[cause]) for cause in sense.express}
        assert set(stands_for.split(", ")) == (expected or {"-"})
