"""``tlseku.policy.rule_books.judgement``: chains that look alike are judged alike, and no others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.policy.chains import ANY, CERTIFICATES, CLIENT, SERVER, UNREADABLE, facts
from tlseku.policy.finding import Finding
from tlseku.policy.purposes import Role
from tlseku.policy.rule_books import RuleBookSet, load_rule_books
from tlseku.policy.rule_books.judgement import KEPT, LONGEST_KEPT, Judgements, likeness
from tlseku.policy.validity import DAY, SECOND
from tlseku.policy.verdict import Verdict, judge
from tlseku.x509.certificate import Certificate

BOOKS = load_rule_books()
ROLES: list[Role] = ["client", "server", "unknown"]
START = 20_000 * DAY

LEAF = replace(facts("L", "I", (CLIENT,), issuer_key=b"i"), not_before=START, version=3, key_type="rsa")
ISSUER = replace(facts("I", "R", own_key=b"i"), basic_ca=True)
ROOT = replace(facts("R", "R"), basic_ca=True)


def by_itself(
    chain: Sequence[Certificate], role: Role, complete: bool, more: Sequence[Certificate]
) -> tuple[Verdict, dict[str, Finding]]:
    """Verdict and findings, with nothing remembered."""
    findings = {book.name: book.judge(chain, role, complete=complete, more=more) for book in BOOKS}
    return judge(chain, role, complete=complete, more=more), findings


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    """Facts with all that rule-books look at."""
    usages = st.sampled_from(["digitalSignature", "keyEncipherment", "keyAgreement", "keyCertSign"])
    return replace(
        draw(CERTIFICATES),
        not_before=draw(st.none() | st.integers(20_300, 20_700).map(lambda day: day * DAY)),
        eku_critical=draw(st.sampled_from([None, True, False])),
        key_usage=draw(st.none() | st.lists(usages, max_size=3, unique=True).map(tuple)),
        key_type=draw(st.sampled_from(["rsa", "ec", "ed25519", "ml-dsa", "unknown"])),
        signature_algorithm=draw(st.sampled_from([*OTHER_HASHES])),
        version=draw(st.sampled_from([None, 1, 3, 3])),
        basic_ca=draw(st.sampled_from([None, True, True, False])),
        public_issuer=draw(st.sampled_from([None, True, False])),
    )


CHAINS = st.lists(certificates(), max_size=5)
MORE = st.lists(certificates(), max_size=2)


def renamed(name: str | None, names: dict[str, str]) -> str | None:
    return None if name is None else f"CN={names[name.removeprefix('CN=')]}, O=another"


def disguised(
    data: st.DataObject,
    certificate: Certificate,
    names: dict[str, str],
    keys: dict[bytes | None, bytes | None],
) -> Certificate:
    """Another certificate as far as everything goes that likeness leaves out."""
    begins = certificate.not_before
    subject, issuer = renamed(certificate.subject, names), renamed(certificate.issuer, names)
    return replace(
        certificate,
        der=data.draw(st.binary(max_size=3)),
        sha256=data.draw(st.sampled_from(["", "aa", "bb"])),
        serial=data.draw(st.none() | st.integers(-5, 5)),
        subject=subject,
        issuer=issuer,
        subject_der=(subject or "").encode(),
        issuer_der=(issuer or "").encode(),
        not_before=None if begins is None else begins + data.draw(st.integers(0, DAY - 1)),
        not_after=data.draw(st.none() | st.integers(0, 2**62)),
        path_len=data.draw(st.none() | st.integers(0, 3)),
        san=data.draw(st.sampled_from([None, (), (("dns", "other.example"),)])),
        key_algorithm=data.draw(st.sampled_from(["RSA 2048", "EC P-256"])),
        # Another hash, not another kind of key.
        signature_algorithm=data.draw(st.sampled_from(OTHER_HASHES[certificate.signature_algorithm])),
        spki_sha256=certificate.spki_sha256,
        subject_key_id=keys[certificate.subject_key_id],
        authority_key_id=keys[certificate.authority_key_id],
        defects=data.draw(st.sampled_from([(), ("odd",)])),
    )


OTHER_HASHES = {
    "sha256WithRSAEncryption": ["sha256WithRSAEncryption", "sha384WithRSAEncryption"],
    "ecdsa-with-SHA256": ["ecdsa-with-SHA256", "ecdsa-with-SHA384"],
    "ML-DSA-65": ["ML-DSA-44", "ML-DSA-87"],
    "unknown": ["unknown", "1.2.3"],
}
"""A signature algorithm, and others that look the same to rules."""


@settings(max_examples=50)
@given(CHAINS, MORE, st.sampled_from(ROLES), st.booleans(), st.data())
def test_what_tells_one_server_from_another_does_not_matter(
    chain: list[Certificate], more: list[Certificate], role: Role, complete: bool, data: st.DataObject
) -> None:
    names = dict(zip("ABCD", data.draw(st.permutations(["v", "w", "x", "yz"])), strict=True))
    keys: dict[bytes | None, bytes | None] = {None: None, b"1": b"other", b"2": b"1"}

    def others(of: list[Certificate]) -> list[Certificate]:
        return [disguised(data, each, names, keys) for each in of]

    other_chain, other_more = others(chain), others(more)
    alike = likeness(chain, role, complete, more)
    assert likeness(other_chain, role, complete, other_more) == alike
    assert by_itself(other_chain, role, complete, other_more) == by_itself(chain, role, complete, more)
    # And through the keeper: the first one's judgement is the second one's.
    judgements = Judgements(RuleBookSet(BOOKS))
    first = judgements.judge(chain, role, complete=complete, more=more)
    assert judgements.judge(other_chain, role, complete=complete, more=other_more) is first
    assert (first.verdict, first.findings) == by_itself(chain, role, complete, more)


@settings(max_examples=50)
@given(
    st.lists(certificates(), min_size=1, max_size=4), MORE, st.sampled_from(ROLES), st.booleans(), st.data()
)
def test_whatever_looks_alike_is_judged_alike(
    chain: list[Certificate], more: list[Certificate], role: Role, complete: bool, data: st.DataObject
) -> None:
    """Names and keys that are not exchanged consistently, as long as the path stays what it was."""
    any_name, any_key = st.sampled_from("ABCD"), st.sampled_from([None, b"1", b"2"])

    def others(of: list[Certificate]) -> list[Certificate]:
        made = []
        for each in of:
            names = {name: data.draw(any_name) for name in "ABCD"}
            keys: dict[bytes | None, bytes | None] = {key: data.draw(any_key) for key in (None, b"1", b"2")}
            made.append(disguised(data, each, names, keys))
        return made

    other_chain, other_more = others(chain), others(more)
    alike = likeness(chain, role, complete, more)
    assume(likeness(other_chain, role, complete, other_more) == alike)
    assert by_itself(other_chain, role, complete, other_more) == by_itself(chain, role, complete, more)


TRAITS: list[tuple[str, object]] = [
    ("eku", (SERVER,)),
    ("eku", (CLIENT, ANY)),
    ("eku", ()),
    ("eku_critical", True),
    ("eku_readable", False),
    ("eku_duplicate", True),
    ("key_usage", ("digitalSignature",)),
    ("key_usage", ()),
    ("key_type", "ec"),
    ("signature_algorithm", "ML-DSA-65"),
    ("version", 1),
    ("basic_ca", False),
    ("self_issued", True),
    ("public_issuer", True),
    ("public_issuer", False),
    ("readable", False),
]


@pytest.mark.parametrize(("name", "value"), TRAITS)
def test_each_trait_matters_wherever_it_stands(name: str, value: object) -> None:
    known = [LEAF, ISSUER, ROOT]
    before = likeness([LEAF, ISSUER], "client", True, [ROOT])
    for index, each in enumerate(known):
        changed = [*known]
        changed[index] = replace(each, **{name: value})  # type: ignore[arg-type]
        differs = changed[index] != each
        assert (likeness(changed[:2], "client", True, changed[2:]) != before) is differs
    # At least the leaf was something else before.
    assert replace(LEAF, **{name: value}) != LEAF  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(([LEAF, ISSUER], "server", True, [ROOT]), id="the role"),
        pytest.param(([LEAF, ISSUER], "client", False, [ROOT]), id="a list that was cut"),
        pytest.param(([LEAF], "client", True, [ISSUER, ROOT]), id="what was presented of it"),
        pytest.param(([LEAF, ISSUER, ROOT], "client", True, []), id="whether the root was presented"),
        pytest.param(([LEAF, ISSUER], "client", True, []), id="what completes it"),
        pytest.param(([ISSUER, LEAF], "client", True, [ROOT]), id="the order"),
        pytest.param(
            ([LEAF, replace(ISSUER, subject_key_id=b"j")], "client", True, [ROOT]), id="who issued the leaf"
        ),
        pytest.param(
            ([replace(LEAF, not_before=START - 1), ISSUER], "client", True, [ROOT]), id="the day before"
        ),
        pytest.param(
            ([replace(LEAF, not_before=START + DAY), ISSUER], "client", True, [ROOT]), id="the day after"
        ),
        pytest.param(([replace(LEAF, not_before=None), ISSUER], "client", True, [ROOT]), id="no day"),
        pytest.param(([], "client", True, [ROOT]), id="nothing presented"),
    ],
)
def test_what_else_matters(other: tuple[list[Certificate], Role, bool, list[Certificate]]) -> None:
    assert likeness(*other) != likeness([LEAF, ISSUER], "client", True, [ROOT])


def test_an_empty_list_is_judged_by_role_and_cut() -> None:
    said = {likeness([], role, complete) for role in ROLES for complete in (True, False)}
    assert len(said) == 6


def test_a_day_has_all_its_seconds() -> None:
    last = replace(LEAF, not_before=START + DAY - SECOND)
    assert likeness([last], "client", True) == likeness([LEAF], "client", True)


def test_the_oldest_is_given_up() -> None:
    judgements = Judgements(RuleBookSet(()))

    def of_day(day: int) -> object:
        return judgements.judge([replace(LEAF, not_before=day * DAY)], "client")

    first, second = of_day(0), of_day(1)
    for day in range(2, KEPT):
        of_day(day)
    assert (of_day(0) is first, of_day(1) is second) == (True, True)
    of_day(KEPT)
    assert of_day(1) is second
    assert of_day(0) is not first


@pytest.mark.parametrize(("length", "is_kept"), [(LONGEST_KEPT, True), (LONGEST_KEPT + 1, False)])
@pytest.mark.parametrize("presented", [1, 6, LONGEST_KEPT])
def test_long_chains_are_judged_each_time(length: int, is_kept: bool, presented: int) -> None:
    known = [LEAF, *[UNREADABLE] * (length - 1)]
    chain, more = known[:presented], known[presented:]
    judgements = Judgements(RuleBookSet(BOOKS))
    first = judgements.judge(chain, "client", more=more)
    again = judgements.judge(chain, "client", more=more)
    assert (again is first) is is_kept
    assert (again.verdict, again.findings) == by_itself(chain, "client", True, more)
