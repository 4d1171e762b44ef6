"""``tlseku.policy.chain_notes``: order and completeness of a chain in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.chains import CERTIFICATES, CHAINS, UNREADABLE, facts
from tests.work import LINEAR, counted_in_pure, growth
from tlseku.policy.chain_notes import WORDS, chain_notes
from tlseku.policy.issuing_path import LONGEST_PATH
from tlseku.policy.known_issuers import KnownIssuer, KnownIssuers
from tlseku.x509.certificate import Certificate

LEAF = facts("leaf", "I")
ISSUER = facts("I", "R")
ROOT = facts("R", "R")
STRANGER = facts("X", "Y")
CROSS = replace(facts("R", "Old"), spki_sha256="key of R")
KEYED_ROOT = replace(ROOT, spki_sha256="key of R")

NOT_THERE = "is not among the presented certificates; what stands above may restrict it further"
IN_ORDER_2 = ("in_order", "2 certificates in issuing order")
IN_ORDER_3 = ("in_order", "3 certificates in issuing order")
ALONE = ("issuer_missing", f"the issuer of #0, CN=I, {NOT_THERE}")
NO_ROOT = ("issuer_missing", f"the issuer of #1, CN=R, {NOT_THERE}")


@pytest.mark.parametrize(
    ("chain", "notes"),
    [
        ([], []),
        ([LEAF], [ALONE]),
        ([LEAF, ISSUER], [IN_ORDER_2, NO_ROOT]),
        (
            [LEAF, ISSUER, ROOT],
            [IN_ORDER_3, ("root_included", "#2 is the root; a peer trusts its own copy of it, or none")],
        ),
        (
            [LEAF, ROOT, ISSUER],
            [
                (
                    "out_of_order",
                    "the certificates are not in issuing order: from the leaf upwards they are #0, #2 and #1",
                ),
                ("root_included", "#1 is the root; a peer trusts its own copy of it, or none"),
            ],
        ),
        (
            [LEAF, STRANGER, ISSUER],
            [
                (
                    "out_of_order",
                    "the certificates are not in issuing order: from the leaf upwards they are #0 and #2",
                ),
                ("unrelated", "#1 issued nothing in the path"),
                ("issuer_missing", f"the issuer of #2, CN=R, {NOT_THERE}"),
            ],
        ),
        ([LEAF, STRANGER], [("unrelated", "#1 issued nothing in the path"), ALONE]),
        (
            [LEAF, *(facts(f"X{number}", "Y") for number in range(9))],
            [("unrelated", "#1, #2, #3, #4, #5, #6 and 3 more issued nothing in the path"), ALONE],
        ),
        ([LEAF, LEAF], [("repeated", "#1 repeats #0"), ALONE]),
        ([LEAF, ISSUER, ISSUER, LEAF], [IN_ORDER_2, ("repeated", "#2 and #3 repeat #1 and #0"), NO_ROOT]),
        (
            [LEAF, ISSUER, UNREADABLE],
            [IN_ORDER_2, ("unreadable_entry", "#2 cannot be read and may belong to the path"), NO_ROOT],
        ),
        ([ROOT], [("self_issued_leaf", "the leaf is its own issuer")]),
        ([UNREADABLE], [("issuer_unknown", "the leaf cannot be read, so that its issuer is not known")]),
        (
            [UNREADABLE, ISSUER],
            [("issuer_unknown", "the leaf cannot be read, so that its issuer is not known")],
        ),
        (
            [replace(LEAF, issuer="", issuer_der=b"0\0")],
            [("issuer_unknown", "#0 does not say who issued it")],
        ),
        (
            [facts("A", "B"), facts("B", "A")],
            [
                IN_ORDER_2,
                ("issuer_loop", "the issuers form a circle: #1 was issued by #0, which stands below it"),
            ],
        ),
        (
            [facts("leaf", "I", issuer_key=b"1"), facts("I", "R", own_key=b"2")],
            [
                ("unrelated", "#1 issued nothing in the path"),
                ("issuer_missing", f"the issuer of #0, CN=I, {NOT_THERE}; #1 has its name, but another key"),
            ],
        ),
        (
            [LEAF, ISSUER, KEYED_ROOT, CROSS, facts("Old", "Older")],
            [
                IN_ORDER_3,
                ("not_needed", "#3 and #4 are not needed: #2 has the name and key of #3"),
                ("root_included", "#2 is the root; a peer trusts its own copy of it, or none"),
            ],
        ),
    ],
)
def test_notes(chain: list[Certificate], notes: list[tuple[str, str]]) -> None:
    assert list(chain_notes(chain)) == notes


def test_what_completes_the_path_is_named_with_its_file() -> None:
    more = [KnownIssuer(ISSUER, "issuing.pem"), KnownIssuer(ROOT, "root.pem")]
    assert list(chain_notes([LEAF], more)) == [
        ("completed", "completed with #1 CN=I from issuing.pem, not presented"),
        ("completed", "completed with the trust anchor #2 CN=R from root.pem, not presented"),
    ]
    assert list(chain_notes([LEAF], more[:1])) == [
        ("completed", "completed with #1 CN=I from issuing.pem, not presented"),
        (
            "issuer_missing",
            "the issuer of #1, CN=R, is not among the presented certificates, nor among the CA certificates given;"
            " what stands above may restrict it further",
        ),
    ]


def test_nothing_found_is_not_nothing_looked_for() -> None:
    assert ", nor among the CA certificates given;" in chain_notes([LEAF], ())[0].text
    assert ", nor among" not in chain_notes([LEAF], None)[0].text


def test_a_presented_cross_certificate_below_a_given_anchor() -> None:
    more = KnownIssuers([KnownIssuer(KEYED_ROOT, "root.pem")]).completing([LEAF, ISSUER, CROSS])
    assert [note.word for note in chain_notes([LEAF, ISSUER, CROSS], more)] == [
        "in_order",
        "not_needed",
        "completed",
    ]


def test_a_cut_list_is_said_to_be_cut() -> None:
    (note,) = chain_notes([LEAF], complete=False)
    assert note.text == (
        "the issuer of #0, CN=I, is not among the presented certificates that were seen, for the list is cut;"
        " what stands above may restrict it further"
    )
    assert chain_notes([LEAF], among="the certificates of the file")[0].text.startswith(
        "the issuer of #0, CN=I, is not among the certificates of the file;"
    )


def test_a_path_beyond_the_bound() -> None:
    chain = [facts(str(number), str(number + 1)) for number in range(LONGEST_PATH + 2)]
    words = {note.word: note.text for note in chain_notes(chain)}
    assert words["path_cut"] == "the path goes on above #31; no more than 32 certificates are followed"


@given(CHAINS, st.lists(CERTIFICATES, max_size=4))
def test_properties(chain: list[Certificate], there: list[Certificate]) -> None:
    more = KnownIssuers(KnownIssuer(one, "f") for one in there).completing(chain)
    notes = chain_notes(chain, more)
    words = [note.word for note in notes]
    assert set(words) <= set(WORDS)
    assert (notes == ()) == (chain == [])
    assert words.count("completed") == len(more) or not chain[0].readable
    assert len(set(words) - {"completed"}) == len([word for word in words if word != "completed"])
    assert not {"in_order", "out_of_order"} <= set(words)


@counted_in_pure
def test_a_long_chain_costs_little() -> None:
    def notes(length: int) -> Callable[[], object]:
        keyed = [replace(facts("R", f"Old{number}"), spki_sha256="key of R") for number in range(length)]
        return partial(
            chain_notes, [LEAF, ISSUER, KEYED_ROOT, *keyed, *(facts("X", "Y") for _ in range(length))]
        )

    assert growth(notes, 500) < LINEAR


@pytest.mark.parametrize("name", ["flow", "cert"])
def test_the_schemas_list_the_words(name: str) -> None:
    schema = json.loads(
        files("tlseku.output.json").joinpath(f"{name}-1.schema.json").read_text(encoding="utf-8")
    )
    properties = schema["properties"]
    if name == "flow":
        properties = properties["presented"]["items"]["properties"]
    assert sorted(properties["chain_notes"]["items"]["properties"]["word"]["enum"]) == sorted(WORDS)
