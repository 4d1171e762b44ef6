"""What alerts can mean: held against DOMAIN's words, and against what must not be said."""

from __future__ import annotations

from typing import get_args

import pytest

from tlseku.policy.alert_senses import ALERT_SENSES, WITHOUT_CERTIFICATE
from tlseku.policy.causes import CauseName
from tlseku.policy.rule_books import BUILT_IN
from tlseku.registry.names import ALERTS


def test_every_code_is_an_alert() -> None:
    assert set(ALERT_SENSES) | set(WITHOUT_CERTIFICATE) <= set(ALERTS)


@pytest.mark.parametrize("code", ALERT_SENSES)
def test_words_are_known(code: int) -> None:
    sense = ALERT_SENSES[code]
    assert sense.express <= set(get_args(CauseName)) - {"no_certificate"}
    assert set(sense.books) <= set(BUILT_IN)
    assert not sense.senders.endswith(".")


@pytest.mark.parametrize("code", [42, 43, 46])
def test_alerts_that_can_stand_for_the_eku(code: int) -> None:
    assert "eku" in ALERT_SENSES[code].express


@pytest.mark.parametrize("code", [40, 44, 45, 48, 49, 50, 51])
def test_alerts_that_cannot(code: int) -> None:
    assert "eku" not in ALERT_SENSES[code].express


@pytest.mark.parametrize(
    "code", [code for code in ALERTS if code not in (40, 42, 43, 44, 45, 46, 48, 49, 50, 51)]
)
def test_other_alerts_do_not_speak_of_a_chain(code: int) -> None:
    assert code not in ALERT_SENSES


def test_who_sends_which_for_the_eku() -> None:
    assert {code: sense.books for code, sense in ALERT_SENSES.items() if sense.books} == {
        42: ("go",),
        43: ("openssl", "boringssl"),
        46: ("java", "nss"),
    }


def test_only_43_leaves_nothing_unseen_among_those_for_the_eku() -> None:
    assert [code for code in (42, 43, 46) if not ALERT_SENSES[code].unseen] == [43]


def test_alerts_for_want_of_a_certificate() -> None:
    assert sorted(WITHOUT_CERTIFICATE) == [40, 42, 116]
