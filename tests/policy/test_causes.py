"""What a verifier may object to: each fault alone, and as many chains in which nothing must be found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Literal

import pytest
from cryptography import x509

from tests import builder
from tests.builder import ANY, CLIENT_AUTH, EKU_OID, EMAIL, SERVER_AUTH, build, eku_value
from tlseku.policy.causes import Cause, causes, purposes_fit, root_unseen
from tlseku.policy.request_match import Match
from tlseku.x509.certificate import Certificate
from tlseku.x509.criticality import SUBJECT_ALT_NAME
from tlseku.x509.reading import read_certificate

DURING = 1_774_000_000_000_000_000  # 2026-03-20
ROOT = builder.ca("Test Root", serial=1)
BOTH_CA = builder.ca("Both CA", issuer=ROOT, eku=(SERVER_AUTH, CLIENT_AUTH), serial=2)
SERVER_CA = builder.ca("Server CA", issuer=ROOT, eku=(SERVER_AUTH,), serial=3)
ANY_CA = builder.ca("Any CA", issuer=ROOT, eku=(ANY,), serial=4)
ANY_AND_SERVER_CA = builder.ca("Any And Server CA", issuer=ROOT, eku=(ANY, SERVER_AUTH), serial=5)
ANY_AND_CLIENT_CA = builder.ca("Any And Client CA", issuer=ROOT, eku=(ANY, CLIENT_AUTH), serial=11)
EMPTY_CA = builder.ca("Empty CA", issuer=ROOT, eku=(), serial=6)
EMAIL_CA = builder.ca("Email CA", issuer=ROOT, eku=(EMAIL,), serial=7)
SERVER_ROOT = builder.ca("Server Root", eku=(SERVER_AUTH,), serial=8)
ANY_ROOT = builder.ca("Any Root", eku=(ANY,), serial=9)
BOTH_ROOT = builder.ca("Both Root", eku=(SERVER_AUTH, CLIENT_AUTH), serial=10)
NO_NAME = x509.Name([])
LOCALHOST = bytes.fromhex("300b8209") + b"localhost"
BY_ROOT = (ROOT,)


def chain(leaf: builder.Built, *above: builder.Built) -> tuple[Certificate, ...]:
    return tuple(each.certificate() for each in (leaf, *above))


def leaf(issuer: builder.Built = ROOT, **rest: object) -> builder.Built:
    return build(issuer=issuer, **rest)  # type: ignore[arg-type]


OLD = datetime(2025, 1, 1, tzinfo=timezone.utc)
NEW = datetime(2026, 12, 1, tzinfo=timezone.utc)

FINDS: dict[str, tuple[tuple[Certificate, ...], str, list[Cause]]] = {
    "serverAuth only, as client": (
        chain(leaf(eku=(SERVER_AUTH,)), ROOT),
        "client",
        [Cause("eku", "the leaf lists serverAuth, not clientAuth")],
    ),
    "clientAuth only, as server": (
        chain(leaf(eku=(CLIENT_AUTH,)), ROOT),
        "server",
        [Cause("eku", "the leaf lists clientAuth, not serverAuth")],
    ),
    "email only": (
        chain(leaf(eku=(EMAIL,)), ROOT),
        "client",
        [Cause("eku", "the leaf lists emailProtection, not clientAuth")],
    ),
    "any only": (
        chain(leaf(eku=(ANY,)), ROOT),
        "client",
        [Cause("eku", "the leaf allows clientAuth only through anyExtendedKeyUsage")],
    ),
    "empty": (
        chain(leaf(eku=()), ROOT),
        "client",
        [
            Cause("eku", "the leaf's EKU is present and empty"),
            Cause("encoding", "certificate #0 is oddly encoded (empty extended key usage)"),
        ],
    ),
    "twice": (
        chain(leaf(extra=((EKU_OID, False, eku_value(CLIENT_AUTH)),)), ROOT),
        "client",
        [
            Cause("eku", "the leaf has two EKU extensions"),
            Cause("encoding", "certificate #0 is oddly encoded (extension 2.5.29.37 appears twice)"),
        ],
    ),
    "issuer restricts": (
        chain(leaf(SERVER_CA), SERVER_CA, ROOT),
        "client",
        [Cause("eku", "the EKU of issuer #1 does not allow clientAuth", 1)],
    ),
    "leaf without EKU under an issuer that restricts": (
        chain(leaf(SERVER_CA, eku=None), SERVER_CA, ROOT),
        "client",
        [Cause("eku", "the EKU of issuer #1 does not allow clientAuth", 1)],
    ),
    "issuer with any only": (
        chain(leaf(ANY_CA), ANY_CA, ROOT),
        "client",
        [Cause("eku", "issuer #1 allows clientAuth only through anyExtendedKeyUsage", 1)],
    ),
    "issuer with any and serverAuth": (
        chain(leaf(ANY_AND_SERVER_CA), ANY_AND_SERVER_CA, ROOT),
        "client",
        [Cause("eku", "issuer #1 allows clientAuth only through anyExtendedKeyUsage", 1)],
    ),
    "issuer with any only, as server": (
        chain(leaf(ANY_CA), ANY_CA, ROOT),
        "server",
        [Cause("eku", "issuer #1 allows serverAuth only through anyExtendedKeyUsage", 1)],
    ),
    "issuer with an empty EKU": (
        chain(leaf(EMPTY_CA), EMPTY_CA, ROOT),
        "client",
        [
            Cause("eku", "the EKU of issuer #1 is present and empty", 1),
            Cause("encoding", "certificate #1 is oddly encoded (empty extended key usage)", 1),
        ],
    ),
    "issuer for mail": (
        chain(leaf(EMAIL_CA), EMAIL_CA, ROOT),
        "client",
        [Cause("eku", "the EKU of issuer #1 does not allow clientAuth", 1)],
    ),
    "a restricted root": (
        chain(leaf(SERVER_ROOT), SERVER_ROOT),
        "client",
        [
            Cause(
                "eku",
                "the EKU of root #1 does not allow clientAuth, at which OpenSSL, Go and Bun look though it is the root's",
                1,
            )
        ],
    ),
    "a root with any only": (
        chain(leaf(ANY_ROOT), ANY_ROOT),
        "client",
        [
            Cause(
                "eku",
                "root #1 allows clientAuth only through anyExtendedKeyUsage, at which OpenSSL, Go and Bun look though it "
                "is the root's",
                1,
            )
        ],
    ),
    "a CA certificate first, the leaf last": (
        chain(BOTH_CA, ROOT, leaf(BOTH_CA, subject="odd.example")),
        "client",
        [
            Cause(
                "ca_as_leaf",
                "#0 is a CA certificate (CN=Both CA), the client's own (CN=odd.example) stands at #2",
            )
        ],
    ),
    "the root first, then the leaf": (
        chain(ROOT, leaf(subject="odd.example")),
        "server",
        [
            Cause(
                "ca_as_leaf",
                "#0 is a CA certificate (CN=Test Root), the server's own (CN=odd.example) stands at #1",
            )
        ],
    ),
    "an empty subject with names that are not critical": (
        chain(leaf(subject=NO_NAME, san=("localhost",)), ROOT),
        "server",
        [
            Cause(
                "encoding",
                "the leaf has an empty subject and alternative names that are not marked critical, which RFC 5280 "
                "section 4.2.1.6 forbids and Java cannot read",
            )
        ],
    ),
    "keyEncipherment only": (
        chain(leaf(key_usage=("keyEncipherment",)), ROOT),
        "client",
        [Cause("key_usage", "the leaf's key usage lists keyEncipherment, not digitalSignature")],
    ),
    "key usage": (
        chain(leaf(key_usage=("keyAgreement",)), ROOT),
        "client",
        [Cause("key_usage", "the leaf's key usage lists keyAgreement, not digitalSignature")],
    ),
    "expired": (
        chain(leaf(not_before=datetime(2024, 1, 1, tzinfo=timezone.utc), not_after=OLD), ROOT),
        "client",
        [Cause("validity", "certificate #0 expired 443 days earlier")],
    ),
    "not yet valid": (
        chain(leaf(not_before=NEW), ROOT),
        "client",
        [Cause("validity", "certificate #0 is not valid for another 255 days")],
    ),
    "self-signed": (
        chain(build(issuer=None)),
        "client",
        [Cause("issuer", "the leaf is its own issuer")],
    ),
    "alone": (
        chain(leaf()),
        "client",
        [Cause("issuer", "the leaf came alone, so that the peer must hold its issuer")],
    ),
    "out of order": (
        chain(leaf(BOTH_CA), ROOT, BOTH_CA),
        "client",
        [Cause("issuer", "the certificates are not in the order of issue")],
    ),
    "two at once, the EKU first": (
        chain(
            leaf(eku=(SERVER_AUTH,), not_before=datetime(2024, 1, 1, tzinfo=timezone.utc), not_after=OLD),
            ROOT,
        ),
        "client",
        [
            Cause("eku", "the leaf lists serverAuth, not clientAuth"),
            Cause("validity", "certificate #0 expired 443 days earlier"),
        ],
    ),
    "no certificate at all in the bytes": (
        (read_certificate(b"\x30\x03\x02\x01\x05"),),
        "client",
        [Cause("encoding", "certificate #0 cannot be read")],
    ),
}


@pytest.mark.parametrize("case", FINDS)
def test_must_find(case: str) -> None:
    presented, role, expected = FINDS[case]
    found = causes(presented, role, DURING)  # type: ignore[arg-type]
    assert [each.name for each in found] == [each.name for each in expected]
    for one, other in zip(found, expected, strict=True):
        if one.name != "encoding":
            assert one == other
    assert len(found) == len(expected)


QUIET: dict[str, tuple[tuple[Certificate, ...], str]] = {
    "both purposes as client": (chain(leaf(), ROOT), "client"),
    "both purposes as server": (chain(leaf(), ROOT), "server"),
    "clientAuth as client": (chain(leaf(eku=(CLIENT_AUTH,)), ROOT), "client"),
    "serverAuth as server": (chain(leaf(eku=(SERVER_AUTH,)), ROOT), "server"),
    "no EKU": (chain(leaf(eku=None), ROOT), "client"),
    "clientAuth beside any": (chain(leaf(eku=(CLIENT_AUTH, ANY)), ROOT), "client"),
    "critical EKU": (chain(leaf(eku_critical=True), ROOT), "client"),
    "issuer with both": (chain(leaf(BOTH_CA), BOTH_CA, ROOT), "client"),
    "issuer with any beside both": (
        chain(leaf(ANY_AND_CLIENT_CA), ANY_AND_CLIENT_CA, ROOT),
        "client",
    ),
    "a root with both purposes": (chain(leaf(BOTH_ROOT), BOTH_ROOT), "client"),
    "a root for servers, as server": (chain(leaf(SERVER_ROOT), SERVER_ROOT), "server"),
    "an empty subject with critical names": (
        chain(leaf(subject=NO_NAME, san=None, extra=((SUBJECT_ALT_NAME, True, LOCALHOST),)), ROOT),
        "server",
    ),
    "an empty subject without names": (chain(leaf(subject=NO_NAME, san=None), ROOT), "client"),
    "a subject and names that are not critical": (chain(leaf(san=("a.example",)), ROOT), "server"),
    "issuer for servers, as server": (chain(leaf(SERVER_CA), SERVER_CA, ROOT), "server"),
    "without the root": (chain(leaf(BOTH_CA), BOTH_CA), "client"),
    "no key usage": (chain(leaf(key_usage=None), ROOT), "client"),
    "digitalSignature alone": (chain(leaf(key_usage=("digitalSignature",)), ROOT), "client"),
    "an RSA key of 2048 bits": (chain(leaf(key="rsa"), ROOT), "client"),
    "an unknown role": (chain(leaf(eku=(EMAIL,)), ROOT), "unknown"),
    "nothing presented": ((), "client"),
    "SHA-512": (chain(leaf(hash_name="sha512"), ROOT), "client"),
}


@pytest.mark.parametrize("case", QUIET)
def test_must_find_nothing(case: str) -> None:
    presented, role = QUIET[case]
    assert causes(presented, role, DURING) == ()  # type: ignore[arg-type]


def test_a_list_that_was_cut_is_not_called_alone() -> None:
    assert causes(chain(leaf()), "client", DURING, complete=False) == ()


ABOVE = [
    ((BOTH_CA, ROOT), (), "client", []),
    ((SERVER_CA, ROOT), (), "server", []),
    ((SERVER_CA, ROOT), (), "client", [Cause("eku", "the EKU of issuer #1 does not allow clientAuth", 1)]),
    ((ROOT,), (), "client", []),
    ((SERVER_CA,), (ROOT,), "client", [Cause("eku", "the EKU of issuer #2 does not allow clientAuth", 2)]),
]


@pytest.mark.parametrize(("above", "strangers", "role", "expected"), ABOVE)
def test_issuers_that_were_not_presented_count(
    above: tuple[builder.Built, ...], strangers: tuple[builder.Built, ...], role: str, expected: list[Cause]
) -> None:
    presented = chain(leaf(above[0]), *strangers)
    found = causes(
        presented,
        role,  # type: ignore[arg-type]
        DURING,
        complete=False,
        above=[each.certificate() for each in above],
    )
    assert list(found) == expected


NAMES = [
    (("a.example",), "a.example", True),
    (("A.Example",), "a.eXample.", True),
    (("b.example", "a.example"), "a.example", True),
    (("*.example.org",), "a.example.org", True),
    (("*.example.org",), "a.b.example.org", False),
    (("*.example.org",), "example.org", False),
    (("*",), "example", False),
    (("f*.example.org",), "foo.example.org", False),
    (("b.example",), "a.example", False),
    (("192.0.2.1",), "a.example", False),
]


@pytest.mark.parametrize(("names", "host", "fits"), NAMES)
def test_names(names: tuple[str, ...], host: str, fits: bool) -> None:
    presented = chain(leaf(san=names), ROOT)
    expected = () if fits else (Cause("name", f"no alternative name of the leaf is {host}"),)
    assert causes(presented, "server", DURING, host=host) == expected
    assert causes(presented, "client", DURING, host=host) == ()
    assert causes(presented, "server", DURING) == ()


def test_a_leaf_without_names() -> None:
    presented = chain(leaf(san=None), ROOT)
    assert causes(presented, "server", DURING, host="a.example") == (
        Cause("name", "the leaf has no alternative names, so none is a.example"),
    )


WEAK = [
    ("RSA 1024", "sha256WithRSAEncryption", ["certificate #0 has a key of 1024 bits"]),
    ("RSA 2048", "sha1WithRSAEncryption", ["certificate #0 is signed with sha1WithRSAEncryption"]),
    ("EC P-256", "ecdsa-with-SHA1", ["certificate #0 is signed with ecdsa-with-SHA1"]),
    ("RSA 2048", "md5WithRSAEncryption", ["certificate #0 is signed with md5WithRSAEncryption"]),
    ("RSA 4096", "sha512WithRSAEncryption", []),
    ("EC P-256", "ecdsa-with-SHA256", []),
    ("EC P-192", "ecdsa-with-SHA384", []),
    ("unknown", "unknown", []),
]


@pytest.mark.parametrize(("key", "signature", "reasons"), WEAK)
def test_weak_keys_and_hashes(key: str, signature: str, reasons: list[str]) -> None:
    import dataclasses

    presented = list(chain(leaf(), ROOT))
    presented[0] = dataclasses.replace(presented[0], key_algorithm=key, signature_algorithm=signature)
    assert causes(presented, "client", DURING) == tuple(Cause("weak_key_or_hash", each) for each in reasons)


def test_the_hash_of_an_anchor_does_not_matter() -> None:
    import dataclasses

    presented = list(chain(leaf(), ROOT))
    presented[1] = dataclasses.replace(presented[1], signature_algorithm="sha1WithRSAEncryption")
    assert causes(presented, "client", DURING) == ()


def test_what_a_request_asked_for() -> None:
    matches = {
        "issuer_in_authorities": Match(False, "no CA named"),
        "key_type": Match(None, "cannot be told"),
        "signature_algorithm": Match(True, "fine"),
        "chain_signatures": Match(False, "SHA-1"),
        "oid_filters": Match(False, "the filter demands clientAuth"),
    }
    assert causes(chain(leaf(), ROOT), "client", DURING, matches=matches) == (
        Cause("issuer", "no CA named"),
        Cause("signature_algorithm", "SHA-1"),
        Cause("eku", "the filter demands clientAuth"),
    )


def test_a_ca_certificate_alone_is_not_called_misplaced() -> None:
    found = causes(chain(builder.ca("Own", key_usage=("digitalSignature", "keyCertSign"))), "server", DURING)
    assert found == (Cause("issuer", "the leaf is its own issuer"),)
    found = causes(chain(BOTH_CA, ROOT), "client", DURING)
    assert "ca_as_leaf" not in {each.name for each in found}


def test_what_a_misplaced_leaf_hides_is_not_told_of_the_ca_certificate() -> None:
    presented = chain(SERVER_CA, ROOT, leaf(SERVER_CA, subject="odd.example"))
    matches = {"issuer_in_authorities": Match(False, "no CA named")}
    assert [each.name for each in causes(presented, "client", DURING, matches=matches)] == ["ca_as_leaf"]


UNSEEN = [
    ((leaf(BOTH_CA), BOTH_CA), (), True),
    ((leaf(),), (), True),
    ((leaf(BOTH_CA), BOTH_CA, ROOT), (), False),
    ((leaf(BOTH_CA), BOTH_CA), (ROOT,), False),
    ((build(issuer=None),), (), False),
    ((), (), False),
]


@pytest.mark.parametrize(("presented", "above", "unseen"), UNSEEN)
def test_whether_the_root_is_seen(
    presented: tuple[builder.Built, ...], above: tuple[builder.Built, ...], unseen: bool
) -> None:
    facts = tuple(each.certificate() for each in presented)
    assert root_unseen(facts, tuple(each.certificate() for each in above)) is unseen


def test_a_restricted_root_that_was_not_presented_counts() -> None:
    (found,) = causes(
        chain(leaf(SERVER_ROOT)), "client", DURING, complete=False, above=(SERVER_ROOT.certificate(),)
    )
    assert (found.name, found.at) == ("eku", 1)
    assert found.reason.startswith("the EKU of root #1 does not allow clientAuth")


EKUS = (None, (), (SERVER_AUTH,), (CLIENT_AUTH, SERVER_AUTH), (ANY,), (EMAIL,))


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("own", EKUS)
@pytest.mark.parametrize("issuers", EKUS)
def test_where_purposes_fit_no_cause_is_about_them(
    role: Literal["client", "server"], own: tuple[str, ...] | None, issuers: tuple[str, ...] | None
) -> None:
    two = chain(leaf(), ROOT)
    two = replace(two[0], eku=own), replace(two[1], eku=issuers)
    about = [cause for cause in causes(two, role, DURING) if cause.name == "eku"]
    assert purposes_fit(two, role) == (not about)
    assert purposes_fit(two[:1], role, two[1:]) == (not about)


@pytest.mark.parametrize("odd", [{"eku_duplicate": True}, {"eku_readable": False}])
def test_what_is_odd_about_an_eku_never_fits(odd: dict[str, bool]) -> None:
    assert not purposes_fit((replace(chain(leaf())[0], **odd),), "client")  # type: ignore[arg-type]
