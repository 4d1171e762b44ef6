"""Chains that are alike are spoken of in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.chains import CERTIFICATES, CLIENT, SERVER, facts
from tlseku.handshake.chain_likeness import likeness
from tlseku.policy.causes import causes
from tlseku.policy.chain_notes import chain_notes
from tlseku.policy.request_match import Asked, match_request
from tlseku.policy.rule_books.judgement import likeness as judged_like
from tlseku.x509.certificate import Certificate
from tlseku.x509.name_comparison import folded_name

ALGORITHMS = st.sampled_from(
    [("rsa", "RSA 2048"), ("rsa", "RSA 1024"), ("ec", "EC P-256"), ("ed25519", "Ed25519")]
)
SIGNATURES = st.sampled_from(["sha256WithRSAEncryption", "sha1WithRSAEncryption", "ecdsa-with-SHA256"])
ASKED = Asked(certificate_types=(1,), signature_algorithms=(0x0401, 0x0804), authorities=(b"A", b"Root"))


def named(certificate: Certificate) -> Certificate:
    """With a digest that its bytes have to themselves."""
    return replace(certificate, sha256=certificate.der.hex())


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    key_type, key_algorithm = draw(ALGORITHMS)
    return named(
        replace(
            draw(CERTIFICATES.filter(lambda each: each.readable)),
            der=draw(st.binary(min_size=1, max_size=1)),
            key_type=key_type,
            key_algorithm=key_algorithm,
            signature_algorithm=draw(SIGNATURES),
            spki_sha256=draw(st.sampled_from(["aa", "bb", None])),
            key_usage=draw(st.sampled_from([None, ("digitalSignature",), ("keyEncipherment",)])),
        )
    )


CHAINS = st.lists(certificates(), min_size=1, max_size=4).map(tuple)


def words(chain: Sequence[Certificate]) -> list[object]:
    """All that is said of a chain and may be said of others."""
    return [
        chain_notes(chain),
        causes(chain, "client", 0),
        causes(chain, "server", 0),
        match_request(ASKED, chain),
    ]


@st.composite
def changed(draw: st.DrawFn, chain: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """One certificate of the chain with parts of another's."""
    place = draw(st.sampled_from([0, 0, *range(len(chain))]))
    other = draw(certificates())
    parts = draw(
        st.sets(
            st.sampled_from(
                [
                    "der",
                    "subject",
                    "issuer",
                    "subject_key_id",
                    "authority_key_id",
                    "key_algorithm",
                    "signature_algorithm",
                    "spki_sha256",
                    "eku",
                    "key_usage",
                ]
            ),
            min_size=1,
            max_size=3,
        )
    )
    fields = {part: getattr(other, part) for part in parts}
    for name in ("subject", "issuer"):
        if name in fields:
            fields[f"{name}_der"] = getattr(other, f"{name}_der")
    one = named(replace(chain[place], **fields))
    one = replace(one, self_issued=one.subject == one.issuer)
    return (*chain[:place], one, *chain[place + 1 :])


def spoken_of_alike(data: st.DataObject) -> None:
    chain = data.draw(CHAINS)
    other = data.draw(changed(chain))
    wanted = {folded_name(der) for der in ASKED.authorities}
    asked_for = wanted & {folded_name(chain[0].subject_der), folded_name(other[0].subject_der)}
    alike = judged_like(chain, "client", True) == judged_like(other, "client", True)
    if alike and not asked_for and likeness(chain) == likeness(other):
        assert words(chain) == words(other)


@settings(max_examples=60)
@given(st.data())
def test_what_is_alike_is_spoken_of_alike(data: st.DataObject) -> None:
    spoken_of_alike(data)


@pytest.mark.long
@given(st.data())
def test_what_is_alike_is_spoken_of_alike_in_thousands(data: st.DataObject) -> None:
    spoken_of_alike(data)


LEAF = named(facts("leaf", "I", (CLIENT,), issuer_key=b"i"))
ISSUER = named(replace(facts("I", "R", own_key=b"i"), key_algorithm="RSA 2048", spki_sha256="ii"))


@pytest.mark.parametrize(
    "changes",
    [
        {"der": b"other", "sha256": "other"},
        {"subject": "CN=another", "subject_der": b"another"},
        {"serial": 5},
        {"not_before": 5, "not_after": 7},
        {"san": (("dns", "a.example"),)},
        {"spki_sha256": "another"},
        {"subject_key_id": b"another"},
    ],
)
def test_leafs_of_one_kind_are_alike(changes: dict[str, object]) -> None:
    other = replace(LEAF, **changes)  # type: ignore[arg-type]
    assert likeness((LEAF, ISSUER)) == likeness((other, ISSUER))


@pytest.mark.parametrize(
    "other",
    [
        (LEAF,),
        (replace(LEAF, eku=(SERVER,)), ISSUER),
        (replace(LEAF, issuer_der=b"J", issuer="CN=J"), ISSUER),
        (replace(LEAF, authority_key_id=b"j"), ISSUER),
        (replace(LEAF, key_algorithm="RSA 1024"), ISSUER),
        (replace(LEAF, signature_algorithm="sha1WithRSAEncryption"), ISSUER),
        (replace(LEAF, key_usage=()), ISSUER),
        (replace(LEAF, subject="CN=R", subject_der=b"R"), ISSUER),
        (LEAF, replace(ISSUER, key_algorithm="RSA 1024")),
        (LEAF, replace(ISSUER, subject_key_id=None)),
        (LEAF, replace(ISSUER, spki_sha256="jj")),
        (LEAF, ISSUER, LEAF),
        (LEAF, ISSUER, ISSUER),
    ],
)
def test_what_can_be_told_apart_is_not_alike(other: tuple[Certificate, ...]) -> None:
    assert likeness((LEAF, ISSUER)) != likeness(other)
