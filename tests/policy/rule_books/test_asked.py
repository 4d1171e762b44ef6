"""``tlseku.policy.rule_books.asked``: a chain in the words of the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.chains import ANY, CERTIFICATES, CHAINS, CLIENT, EMAIL, SERVER, UNREADABLE, facts
from tlseku.policy.rule_books.asked import EKU_WORDS, Question, asked_about, eku_words
from tlseku.policy.rule_books.asked import UNREADABLE as UNREADABLE_WORD
from tlseku.policy.rule_books.context import Context
from tlseku.x509.certificate import Certificate


@pytest.mark.parametrize(
    ("eku", "words"),
    [
        (None, "absent"),
        ((), "empty"),
        ((CLIENT,), "need only-need clientAuth"),
        ((CLIENT, CLIENT), "need only-need clientAuth"),
        ((CLIENT, SERVER), "need clientAuth serverAuth"),
        ((CLIENT, ANY), "need clientAuth anyExtendedKeyUsage"),
        ((CLIENT, EMAIL), "need clientAuth"),
        ((ANY,), "any anyExtendedKeyUsage"),
        ((ANY, SERVER), "any anyExtendedKeyUsage serverAuth"),
        ((ANY, EMAIL), "any anyExtendedKeyUsage"),
        ((SERVER,), "other serverAuth"),
        ((EMAIL,), "other"),
    ],
)
def test_words(eku: tuple[str, ...] | None, words: str) -> None:
    assert eku_words(facts("a", "b", eku), CLIENT) == frozenset(words.split())


def test_what_cannot_be_read_has_a_word_that_no_rule_can_name() -> None:
    assert eku_words(UNREADABLE, CLIENT) == {UNREADABLE_WORD}
    assert eku_words(facts("a", "b", eku_readable=False), CLIENT) == {UNREADABLE_WORD}
    assert UNREADABLE_WORD not in EKU_WORDS


@given(CERTIFICATES, st.sampled_from([CLIENT, SERVER]))
def test_one_class_holds(certificate: Certificate, need: str) -> None:
    words = eku_words(certificate, need)
    classes = words & {"absent", "empty", "need", "any", "other", UNREADABLE_WORD}
    assert len(classes) == 1
    assert words <= {*EKU_WORDS, UNREADABLE_WORD}
    assert "need" in words or "only-need" not in words


def test_places() -> None:
    leaf, issuer, upper, root = facts("L", "I"), facts("I", "U"), facts("U", "R"), facts("R", "R")
    asked = asked_about([leaf, root, facts("X", "Y"), upper, issuer], "client", Context())
    assert [above.depth for above in asked.issuers] == [4, 3]
    assert asked.anchor is not None
    assert asked.anchor.depth == 1
    assert asked.unread is None
    completed = asked_about([leaf], "client", Context(), [issuer, upper, root])
    assert [above.depth for above in completed.issuers] == [1, 2]
    assert completed.anchor is not None
    assert (completed.anchor.depth, completed.anchor.certificate) == (3, root)
    alone = asked_about([leaf], "server", Context("off"))
    assert (alone.issuers, alone.anchor, alone.need, alone.context.mode) == ((), None, SERVER, "off")


@pytest.mark.parametrize(
    ("above", "unread"),
    [
        ([facts("I", "R"), facts("R", "R")], None),
        ([facts("X", "Y", eku_readable=False)], None),
        ([facts("I", "R", eku_readable=False), facts("R", "R", eku_readable=False)], 1),
        ([facts("I", "R"), facts("R", "R", eku_readable=False)], 2),
        ([facts("I", "R"), UNREADABLE], 2),
    ],
)
def test_unread(above: list[Certificate], unread: int | None) -> None:
    assert asked_about([facts("L", "I"), *above], "client", Context()).unread == unread


@given(CHAINS.filter(len), st.sampled_from(["client", "server"]))
def test_never_raises(chain: list[Certificate], role: str) -> None:
    asked = asked_about(chain, "client" if role == "client" else "server", Context())
    indexes = [above.depth for above in asked.issuers]
    assert 0 not in indexes
    assert len(set(indexes)) == len(indexes)


def test_a_question_is_put_into_words_once_a_role() -> None:
    question = Question((facts("L", "I", (CLIENT,)),), "unknown", True, Context("on"))
    client = question.asked("client")
    assert question.asked("client") is client
    assert [each.need for each in (*client, *question.asked("server"))] == [CLIENT, SERVER]
    assert client[0].context == Context("on")
