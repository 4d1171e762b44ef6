"""``tlseku.profiles.expressway.rules.acceptance``: each part that a node looks at, for both directions."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.builder import Built, build, ca
from tests.profiles.expressway.leafs import BOTH, leaf
from tlseku.profiles.expressway.rules.acceptance import NodeWord, Part, PresentedLeaf, parts_of, unknown_parts
from tlseku.x509.certificate import Certificate

ROOT, OTHER = ca("Root"), ca("Other")
MIDDLE = ca("Middle", issuer=ROOT)
OLD = datetime(2020, 1, 1, tzinfo=timezone.utc)
OLD_MIDDLE = ca("Middle", issuer=ROOT, not_before=OLD, not_after=datetime(2026, 2, 1, tzinfo=timezone.utc))
LEAF = build(subject="n.example", issuer=ROOT, san=("n.example",))
BELOW = build(subject="n.example", issuer=MIDDLE, san=("n.example",))
DAY = 1_777_593_600 * 10**9  # 2026-05-01
LATE = 1_800_000_000 * 10**9  # 2027-01-15
EARLY = 1_760_000_000 * 10**9  # 2025-10-09


def shown(built: Built, of: NodeWord = "core", *above: Built, own: tuple[Built, ...] = ()) -> PresentedLeaf:
    return PresentedLeaf(
        of,
        "client" if of == "core" else "server",
        built.certificate(),
        tuple(one.certificate() for one in above),
        tuple(one.certificate() for one in own),
    )


def trusting(*built: Built) -> tuple[Certificate, ...]:
    return tuple(one.certificate() for one in built)


def only(parts: list[Part], name: str) -> Part:
    (found,) = [part for part in parts if part.name == name]
    return found


@pytest.mark.parametrize(("of", "peer"), [("core", "Edge"), ("edge", "Core")])
def test_the_missing_ca_is_named(of: NodeWord, peer: str) -> None:
    part = only(list(parts_of(shown(LEAF, of), trusting(OTHER), (), None)), "chain")
    assert (part.level, part.of, part.rules) == ("wrong", of, ("ST5",))
    place = "client" if of == "core" else "server"
    assert part.reason == (
        f"the {peer} does not trust it: its ca.pem lacks CN=Root, the issuer of the {of.capitalize()}'s {place} leaf"
    )
    assert part.to_do == f"append CN=Root to the trusted CAs (ca.pem) of the {peer}"


@pytest.mark.parametrize(
    ("given", "trusted", "level", "said"),
    [
        (shown(LEAF), (ROOT,), "fine", "through CN=Root (signatures checked)"),
        (shown(BELOW, "core", MIDDLE), (ROOT,), "fine", "through CN=Root"),
        (shown(BELOW), (ROOT,), "wrong", "its ca.pem lacks CN=Middle, the issuer of the Core's client leaf"),
        (
            shown(BELOW, "core", MIDDLE),
            (OTHER,),
            "wrong",
            "its ca.pem lacks CN=Root, the issuer of CN=Middle",
        ),
        (
            shown(BELOW, "core", MIDDLE, ROOT),
            (OTHER,),
            "wrong",
            "its ca.pem lacks CN=Root, the issuer of CN=Middle",
        ),
        (shown(BELOW), (MIDDLE,), "open", "but not the root CN=Root"),
        (shown(BELOW, own=(MIDDLE, ROOT)), (ROOT,), "open", "it is only in the Core's own ca.pem"),
        (shown(BELOW, own=(MIDDLE, ROOT)), (OTHER,), "wrong", "lacks CN=Middle"),
        (shown(build(subject="s", issuer=None)), (ROOT,), "wrong", "is self-signed and not in its ca.pem"),
        (shown(LEAF), (), "wrong", "lacks CN=Root"),
    ],
)
def test_chains(given: PresentedLeaf, trusted: tuple[Built, ...], level: str, said: str) -> None:
    part = only(list(parts_of(given, trusting(*trusted), (), None)), "chain")
    assert part.level == level
    assert said in part.reason
    assert (part.to_do is None) is (level == "fine")


def test_a_ca_of_the_same_name_did_not_sign() -> None:
    signed = shown(build(subject="n", issuer=ROOT, key_ids=False))
    impostor = ca("Root", owner="another", key_ids=False)
    part = only(list(parts_of(signed, trusting(impostor), (), None)), "chain")
    assert (part.level, "but with another key" in part.reason) == ("wrong", True)


@pytest.mark.parametrize(
    ("time", "level", "said"),
    [
        (DAY, "fine", "valid, 245 days left"),
        (LATE, "wrong", "expired 14 days earlier"),
        (EARLY, "wrong", "not valid for another 83 days"),
    ],
)
def test_dates(time: int, level: str, said: str) -> None:
    part = only(list(parts_of(shown(LEAF), None, (), time)), "dates")
    assert (part.level, part.rules) == (level, ("SV1",))
    assert part.reason.endswith(said)
    assert part.to_do == (None if level == "fine" else "renew the certificate of the Core")


def test_an_expired_ca_above() -> None:
    given = shown(BELOW, "edge", OLD_MIDDLE)
    dates = [part for part in parts_of(given, trusting(ROOT), (), DAY) if part.name == "dates"]
    assert [(part.level, part.reason) for part in dates] == [
        ("fine", "the Edge's server leaf is valid, 245 days left"),
        (
            "wrong",
            "the CA CN=Middle above the Edge's server leaf is outside its dates on that day: expired 89 days earlier",
        ),
    ]


@pytest.mark.parametrize(
    ("of", "wanted", "level", "rule"),
    [
        ("core", "n.example", "fine", "RL11"),
        ("core", "m.example", "wrong", "RL11"),
        ("edge", "n.example", "fine", "CM8"),
        ("edge", "m.example", "wrong", "CM8"),
    ],
)
def test_names(of: NodeWord, wanted: str, level: str, rule: str) -> None:
    part = only(list(parts_of(shown(LEAF, of), None, (wanted,), None)), "name")
    assert (part.level, part.rules) == (level, (rule,))


def test_wildcards_and_unreadable_names_are_open() -> None:
    wild = build(subject="*.example", san=None)
    assert only(list(parts_of(shown(wild), None, ("n.example",), None)), "name").level == "open"
    odd = PresentedLeaf("core", "client", leaf(BOTH, readable=False))
    assert only(list(parts_of(odd, None, ("n.example",), None)), "name").level == "open"
    assert [part.name for part in parts_of(odd, (), (), None)] == []


def test_an_unknown_identifier_in_the_subject_is_warned_of() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "n.example"),
            x509.NameAttribute(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), "odd"),
        ]
    )
    part = only(list(parts_of(shown(build(subject=name), "edge"), None, (), None)), "subject")
    assert (part.level, part.rules) == ("caution", ("CE1",))
    assert "1.3.6.1.4.1.99999.1" in part.reason
    known = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "VATXX-1")])
    assert list(parts_of(shown(build(subject=known)), None, (), None)) == []


@pytest.mark.parametrize(("key", "warned"), [("RSA 8192", True), ("RSA 4096", False), ("EC P-521", False)])
def test_large_keys(key: str, warned: bool) -> None:
    odd = Certificate(der=b"", sha256="", key_algorithm=key, key_type=key.partition(" ")[0].lower())
    parts = list(parts_of(PresentedLeaf("core", "client", odd), None, (), None))
    assert [(part.name, part.level, part.rules) for part in parts] == (
        [("key", "caution", ("CE2",))] if warned else []
    )


def test_what_nobody_told() -> None:
    assert unknown_parts(shown(LEAF), None, (), None) == (
        "the Edge's ca.pem",
        "the name that the Edge expects",
        "the day",
    )
    assert unknown_parts(shown(LEAF, "edge"), (), ("a",), 0) == ()
