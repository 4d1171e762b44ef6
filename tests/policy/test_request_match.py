"""``tlseku.policy.request_match``: the answer to a CertificateRequest against what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import ANY, CLIENT_AUTH, EMAIL, SERVER_AUTH, Built, build, ca, eku_value
from tests.policy.chains import CHAINS, UNREADABLE
from tlseku.policy.request_match import CHECKS, EKU, KEY_USAGE, Asked, Match, match_request
from tlseku.x509.certificate import Certificate

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT)
LEAF = build(issuer=ISSUING)
STRANGER = ca("Stranger", issuer=ca("Elsewhere"))
OTHER = build(subject="Other CA", issuer=None)

TLS12, TLS13 = 0x0303, 0x0304


def chain_of(*built: Built) -> list[Certificate]:
    return [one.certificate() for one in built]


def subject(built: Built) -> bytes:
    return built.certificate().subject_der


def match(check: str, asked: Asked, chain: list[Certificate], **rest: object) -> Match:
    found = match_request(asked, chain, **rest)  # type: ignore[arg-type]
    assert tuple(found) == CHECKS
    return found[check]


def loud(der: bytes) -> bytes:
    return der.replace(b"Issuing", b"ISSUING")


NAMED = "a CA that the request names"


@pytest.mark.parametrize(
    ("authorities", "chain", "reason"),
    [
        ([], [LEAF], "the request names no CA, so that any will do"),
        ([b"\x30\x00"], [LEAF], "the request names no CA, so that any will do"),
        ([ISSUING], [LEAF], f"certificate #0 is issued by {NAMED}"),
        ([OTHER, ISSUING], [LEAF, ISSUING, ROOT], f"certificate #0 is issued by {NAMED}"),
        ([ROOT], [LEAF, ISSUING], f"certificate #1 is issued by {NAMED}"),
        ([ROOT], [LEAF, ISSUING, ROOT], f"certificate #1 is issued by {NAMED}"),
        ([ROOT], [LEAF, ROOT, ISSUING], f"certificate #2 is issued by {NAMED}"),
        ([LEAF], [LEAF, ISSUING], f"certificate #0 is {NAMED}"),
        ([ROOT], [ROOT], f"certificate #0 is issued by {NAMED}"),
        (
            [loud(subject(ISSUING))],
            [LEAF],
            f"certificate #0 is issued by {NAMED}, but for case, blanks or string type, which some peers do not overlook",
        ),
    ],
)
def test_issuer_is_among_the_authorities(
    authorities: list[Built | bytes], chain: list[Built], reason: str
) -> None:
    names = tuple(one if isinstance(one, bytes) else subject(one) for one in authorities)
    found = match("issuer_in_authorities", Asked(authorities=names), chain_of(*chain))
    assert found == Match(True, reason)


@pytest.mark.parametrize(
    ("authorities", "chain", "complete", "ok", "reason"),
    [
        (
            [OTHER],
            [LEAF, ISSUING, ROOT],
            True,
            False,
            "no certificate of the chain is issued by the CA named",
        ),
        (
            [OTHER, b"\x30\x00"],
            [LEAF, ISSUING, ROOT],
            True,
            False,
            "no certificate of the chain is issued by the CA named",
        ),
        (
            [ROOT, OTHER],
            [LEAF],
            True,
            False,
            "no certificate of the chain is issued by one of the 2 CAs named; "
            "the chain stops below its root, which may be named",
        ),
        ([ROOT], [LEAF], False, None, "no certificate that can be read is issued by the CA named"),
        ([OTHER], [LEAF, "?"], True, None, "no certificate that can be read is issued by the CA named"),
        ([OTHER], ["?"], True, None, "no certificate that can be read is issued by the CA named"),
        (
            [STRANGER],
            [LEAF, ISSUING, ROOT, STRANGER],
            True,
            None,
            "only a certificate that issued nothing in the chain is under the CA named",
        ),
        ([b"\x30\x03abc"], [ROOT], True, False, "no certificate of the chain is issued by the CA named"),
        ([b"?"], [ROOT], True, False, "no certificate of the chain is issued by the CA named"),
        ([b""] * 3 + [OTHER], [ROOT], True, False, "no certificate of the chain is issued by the CA named"),
    ],
)
def test_issuer_is_not_among_the_authorities(
    authorities: list[Built | bytes], chain: list[Built | str], complete: bool, ok: bool | None, reason: str
) -> None:
    names = tuple(one if isinstance(one, bytes) else subject(one) for one in authorities)
    certificates = [UNREADABLE if isinstance(one, str) else one.certificate() for one in chain]
    found = match("issuer_in_authorities", Asked(authorities=names), certificates, complete=complete)
    assert found == Match(ok, reason)


def keyed(family: str, algorithm: str) -> list[Certificate]:
    return [replace(LEAF.certificate(), key_type=family, key_algorithm=algorithm)]


@pytest.mark.parametrize(
    ("types", "family", "reason"),
    [
        (None, "ec", "the request names no key types"),
        ((1,), "rsa", "the leaf's key (rsa key) is of type rsa_sign"),
        ((64, 1), "rsa-pss", "the leaf's key (rsa-pss key) is of type rsa_sign"),
        ((1, 2), "dsa", "the leaf's key (dsa key) is of type dss_sign"),
        ((1, 2, 64), "ec", "the leaf's key (ec key) is of type ecdsa_sign"),
        ((66, 64), "ec", "the leaf's key (ec key) is of type ecdsa_sign"),
        ((64,), "ed25519", "the leaf's key (ed25519 key) is of type ecdsa_sign"),
        ((64,), "ed448", "the leaf's key (ed448 key) is of type ecdsa_sign"),
    ],
)
def test_key_type_fits(types: tuple[int, ...] | None, family: str, reason: str) -> None:
    found = match("key_type", Asked(certificate_types=types), keyed(family, f"{family} key"))
    assert found == Match(True, reason)


@pytest.mark.parametrize(
    ("types", "family", "ok", "reason"),
    [
        ((64,), "rsa", False, "of no type that the request lists: ecdsa_sign"),
        ((1, 2), "ec", False, "of no type that the request lists: rsa_sign, dss_sign"),
        ((1,), "ed25519", False, "of no type that the request lists: rsa_sign"),
        ((1, 64), "dsa", False, "of no type that the request lists: rsa_sign, ecdsa_sign"),
        ((1, 2, 64), "ml-dsa", False, "of no type that the request lists: rsa_sign, dss_sign, ecdsa_sign"),
        (
            (3, 4, 5, 6, 20, 65, 66, 67),
            "rsa",
            False,
            "rsa_fixed_dh, dss_fixed_dh, rsa_ephemeral_dh, dss_ephemeral_dh, fortezza_dms, 3 more",
        ),
        ((66,), "ec", None, "the request lists fixed ECDH only, which is not judged here"),
        ((1, 64), "unknown", None, "which type an unknown key key belongs to is not known"),
        ((), "rsa", None, "the request lists no key type, which TLS does not allow"),
    ],
)
def test_key_type_does_not_fit(types: tuple[int, ...], family: str, ok: bool | None, reason: str) -> None:
    found = match("key_type", Asked(certificate_types=types), keyed(family, f"{family} key"))
    assert found.ok is ok
    assert found.reason.endswith(reason)


@pytest.mark.parametrize(
    ("asked", "family", "algorithm", "used", "reason"),
    [
        (Asked(certificate_types=(1,)), "rsa", "RSA 2048", None, "the request names no signature algorithms"),
        (Asked((1,), (0x0401,), version=TLS12), "rsa", "RSA 2048", None, "rsa_pkcs1_sha256"),
        (Asked((1,), (0x0403, 0x0804), version=TLS12), "rsa", "RSA 2048", None, "rsa_pss_rsae_sha256"),
        (Asked(None, (0x0401, 0x0804), version=TLS13), "rsa", "RSA 2048", None, "rsa_pss_rsae_sha256"),
        (Asked(None, (0x0420,), version=TLS13), "rsa", "RSA 2048", None, "rsa_pkcs1_sha256_legacy"),
        (Asked((64,), (0x0403,), version=TLS12), "ec", "EC P-384", None, "ecdsa_secp256r1_sha256"),
        (Asked(None, (0x0503,)), "ec", "EC P-384", None, "ecdsa_secp384r1_sha384"),
        (Asked((64,), (0x0807,)), "ed25519", "Ed25519", None, "ed25519"),
        (Asked(None, (0x0808,)), "ed448", "Ed448", None, "ed448"),
        (Asked(None, (0x0809,)), "rsa-pss", "RSA-PSS 2048", None, "rsa_pss_pss_sha256"),
        (Asked((2,), (0x0202,)), "dsa", "DSA 1024", None, "dsa_sha1"),
        (
            Asked((1,), (0x0601, 0x0401)),
            "rsa",
            "RSA 2048",
            0x0401,
            "rsa_pkcs1_sha256, which the request lists",
        ),
        (Asked((1,), (0x9999,)), "rsa", "RSA 2048", 0x9999, "0x9999, which the request lists"),
    ],
)
def test_the_key_can_sign(asked: Asked, family: str, algorithm: str, used: int | None, reason: str) -> None:
    found = match("signature_algorithm", asked, keyed(family, algorithm), certificate_verify=used)
    assert found.ok is True
    assert found.reason.endswith(reason)


@pytest.mark.parametrize(
    ("asked", "family", "algorithm", "used", "ok", "reason"),
    [
        (Asked((1,), (0x0403,)), "rsa", "RSA 2048", None, False, "in TLS 1.2 with none of the algorithms listed: "
         "ecdsa_secp256r1_sha256"),
        (Asked(None, (0x0401, 0x0501)), "rsa", "RSA 2048", None, False, "in TLS 1.3 with none of the algorithms "
         "listed: rsa_pkcs1_sha256, rsa_pkcs1_sha384"),
        (Asked((1,), (0x0809,)), "rsa", "RSA 2048", None, False, "rsa_pss_pss_sha256"),
        (Asked(None, (0x0804,)), "rsa-pss", "RSA-PSS 2048", None, False, "rsa_pss_rsae_sha256"),
        (Asked((1,), (0x0806,)), "rsa", "RSA 1024", None, False, "rsa_pss_rsae_sha512"),
        (Asked(None, (0x0403,)), "ec", "EC P-384", None, False, "ecdsa_secp256r1_sha256"),
        (Asked((64,), (0x0403,), version=TLS13), "ec", "EC P-384", None, False, "ecdsa_secp256r1_sha256"),
        (Asked((64,), (0x0403,)), "ed25519", "Ed25519", None, False, "ecdsa_secp256r1_sha256"),
        (Asked(None, (0x0402,)), "dsa", "DSA 2048", None, False, "dsa_sha256"),
        (Asked((1,), ()), "rsa", "RSA 2048", None, False, "listed: nothing"),
        (Asked((1,), (0x0401,)), "rsa", "RSA 2048", 0x0201, False, "rsa_pkcs1_sha1, which the request does not list"),
        (Asked((1,), (0x0401,)), "unknown", "1.2.3", None, None, "what an 1.2.3 key can sign with is not known"),
        (Asked(None, None, version=TLS13), "rsa", "RSA 2048", None, None, "lacks the signature algorithms that TLS "
         "1.3 demands"),
    ],
)  # fmt: skip
def test_the_key_cannot_sign(
    asked: Asked, family: str, algorithm: str, used: int | None, ok: bool | None, reason: str
) -> None:
    found = match("signature_algorithm", asked, keyed(family, algorithm), certificate_verify=used)
    assert found.ok is ok
    assert found.reason.endswith(reason)


def signed(*algorithms: str, root: bool = False) -> list[Certificate]:
    last = len(algorithms) - 1
    return [
        replace(LEAF.certificate(), signature_algorithm=name, self_issued=root and index == last)
        for index, name in enumerate(algorithms)
    ]


ALL = "every certificate is signed with an algorithm that the request lists"
RSA256, RSA1 = "sha256WithRSAEncryption", "sha1WithRSAEncryption"


@pytest.mark.parametrize(
    ("asked", "chain", "reason"),
    [
        (Asked((1,), None), signed(RSA1), "the request names no signature algorithms"),
        (Asked((1,), (0x0401,)), signed(RSA256, RSA256), ALL),
        (Asked((1,), (0x0401,)), signed(RSA256, RSA1, root=True), ALL),
        (Asked((1,), (0x0804,)), signed(RSA1, root=True), ALL),
        (Asked(None, (0x0804,), signature_algorithms_cert=(0x0401,)), signed(RSA256), ALL),
        (Asked(None, (0x0403, 0x0503)), signed("ecdsa-with-SHA384", "ecdsa-with-SHA256"), ALL),
    ],
)
def test_the_chain_is_signed_as_asked(asked: Asked, chain: list[Certificate], reason: str) -> None:
    assert match("chain_signatures", asked, chain) == Match(True, reason)


@pytest.mark.parametrize(
    ("asked", "chain", "complete", "ok", "reason"),
    [
        (Asked((1,), (0x0401,)), signed(RSA1), True, False,
         "certificate #0 is signed with sha1WithRSAEncryption, which the request does not list"),
        (Asked((1,), (0x0401,)), signed(RSA256, RSA1), True, False,
         "certificate #1 is signed with sha1WithRSAEncryption, which the request does not list"),
        (Asked((1,), (0x0401,)), signed("1.2.3", RSA1), False, False,
         "certificate #1 is signed with sha1WithRSAEncryption, which the request does not list"),
        (Asked(None, (0x0401,), signature_algorithms_cert=(0x0804,)), signed(RSA256), True, False,
         "certificate #0 is signed with sha256WithRSAEncryption, which the request does not list"),
        (Asked((1,), (0x0401,)), signed("1.2.3", RSA256), True, None,
         "certificate #0 is signed with 1.2.3, and whether the request lists that cannot be told"),
        (Asked((1,), (0x0401,)), signed(RSA256), False, None,
         "the chain is cut, and what is there is signed as the request lists"),
    ],
)  # fmt: skip
def test_the_chain_is_not_signed_as_asked(
    asked: Asked, chain: list[Certificate], complete: bool, ok: bool | None, reason: str
) -> None:
    assert match("chain_signatures", asked, chain, complete=complete) == Match(ok, reason)


DIGITAL_SIGNATURE = bytes.fromhex("03020780")
SIGN_AND_ENCIPHER = bytes.fromhex("030205a0")
CERT_SIGN = bytes.fromhex("03020204")
HAS_ALL = "the leaf has everything that the OID filters name"


@pytest.mark.parametrize(
    ("filters", "leaf", "reason"),
    [
        ((), LEAF, "the request has no OID filters"),
        (((EKU, eku_value(CLIENT_AUTH)),), LEAF, HAS_ALL),
        (((EKU, eku_value(CLIENT_AUTH, SERVER_AUTH)),), LEAF, HAS_ALL),
        (((EKU, b""),), LEAF, HAS_ALL),
        (((EKU, eku_value()),), build(eku=()), HAS_ALL),
        (((KEY_USAGE, DIGITAL_SIGNATURE),), LEAF, HAS_ALL),
        (((KEY_USAGE, SIGN_AND_ENCIPHER), (EKU, eku_value(CLIENT_AUTH))), LEAF, HAS_ALL),
        (((KEY_USAGE, b""),), LEAF, HAS_ALL),
        (((KEY_USAGE, bytes.fromhex("030100")),), LEAF, HAS_ALL),
    ],
)
def test_oid_filters_are_met(filters: tuple[tuple[str, bytes], ...], leaf: Built, reason: str) -> None:
    assert match("oid_filters", Asked(oid_filters=filters), chain_of(leaf)) == Match(True, reason)


@pytest.mark.parametrize(
    ("filters", "leaf", "ok", "reason"),
    [
        (((EKU, eku_value(CLIENT_AUTH)),), build(eku=(SERVER_AUTH,)), False,
         "the filter demands clientAuth, which the leaf does not list"),
        (((EKU, eku_value(CLIENT_AUTH)),), build(eku=(ANY,)), False,
         "the filter demands clientAuth, which the leaf does not list (anyExtendedKeyUsage does not stand in for it)"),
        (((EKU, eku_value(CLIENT_AUTH)),), build(eku=None), False,
         "the filter demands extendedKeyUsage (clientAuth) and the leaf has none"),
        (((EKU, b""),), build(eku=None), False, "the filter demands extendedKeyUsage and the leaf has none"),
        (((EKU, eku_value(CLIENT_AUTH, EMAIL)), (KEY_USAGE, CERT_SIGN)), LEAF, False,
         "the filter demands emailProtection, which the leaf does not list; "
         "the filter demands the key usage keyCertSign, which the leaf lacks"),
        (((KEY_USAGE, DIGITAL_SIGNATURE),), build(key_usage=None), False,
         "the filter demands keyUsage (digitalSignature) and the leaf has none"),
        (((KEY_USAGE, b""),), build(key_usage=None), False, "the filter demands keyUsage and the leaf has none"),
        (((EKU, eku_value(ANY, CLIENT_AUTH)),), LEAF, None,
         "the filter for extendedKeyUsage names anyExtendedKeyUsage, which RFC 8446 forbids"),
        (((EKU, b"\x30"),), LEAF, None, "the filter for extendedKeyUsage cannot be read"),
        (((KEY_USAGE, b"\x03"),), LEAF, None, "the filter for keyUsage cannot be read"),
        (((KEY_USAGE, b""),), build(key_usage=None, serial=0), None, "the leaf's key usage cannot be read"),
        (((EKU, eku_value(CLIENT_AUTH)), ("1.2.3", b"")), LEAF, None, "the filter for 1.2.3 is not interpreted"),
        (((EKU, eku_value(CLIENT_AUTH)), ("1.2.3", b"")), build(eku=None), False,
         "the filter demands extendedKeyUsage (clientAuth) and the leaf has none"),
    ],
)  # fmt: skip
def test_oid_filters_are_not_met(
    filters: tuple[tuple[str, bytes], ...], leaf: Built, ok: bool | None, reason: str
) -> None:
    assert match("oid_filters", Asked(oid_filters=filters), chain_of(leaf)) == Match(ok, reason)


def test_an_unreadable_leaf_meets_no_filter_for_certain() -> None:
    asked = Asked(oid_filters=((EKU, eku_value(CLIENT_AUTH)), (KEY_USAGE, DIGITAL_SIGNATURE)))
    assert match("oid_filters", asked, [UNREADABLE]) == Match(
        None, "the leaf's extended key usage cannot be read; the leaf's key usage cannot be read"
    )


def test_an_empty_chain_answers_nothing() -> None:
    assert match_request(Asked(authorities=(b"x",)), []) == {}


def test_many_reasons_are_shortened() -> None:
    filters = tuple((f"1.2.{arc}", b"") for arc in range(1000))
    reason = match("oid_filters", Asked(oid_filters=filters), chain_of(LEAF)).reason
    assert reason.endswith("the filter for 1.2.4 is not interpreted; 995 more")


CODE_POINTS = st.lists(st.integers(0, 0xFFFF), max_size=4).map(tuple)
REQUESTS = st.builds(
    Asked,
    st.none() | st.lists(st.integers(0, 255), max_size=4).map(tuple),
    st.none() | CODE_POINTS,
    st.lists(
        st.sampled_from([b"", b"\x30\x00", b"A", b"B", subject(ROOT)]) | st.binary(max_size=8), max_size=4
    ).map(tuple),
    st.lists(st.tuples(st.sampled_from([EKU, KEY_USAGE, "1.2"]), st.binary(max_size=12)), max_size=3).map(
        tuple
    ),
    st.none() | CODE_POINTS,
    st.sampled_from([None, 0x0301, TLS12, TLS13]),
)


@given(REQUESTS, CHAINS, st.booleans())
def test_any_request_and_chain(asked: Asked, chain: list[Certificate], complete: bool) -> None:
    found = match_request(asked, chain, complete=complete)
    assert tuple(found) == (CHECKS if chain else ())
    assert all(one.reason for one in found.values())


@given(REQUESTS, CHAINS.filter(bool))
def test_a_request_that_asks_for_nothing_is_met(asked: Asked, chain: list[Certificate]) -> None:
    found = match_request(
        Asked(version=asked.version if asked.version != TLS13 else None, certificate_types=None), chain
    )
    assert {name for name, one in found.items() if one.ok is not True} <= {"signature_algorithm"}
    # What is named in addition can only spoil a check, never mend it.
    more = match_request(asked, chain)["issuer_in_authorities"]
    wider = match_request(asked._replace(authorities=(*asked.authorities, chain[0].issuer_der)), chain)
    if more.ok is True and chain[0].issuer_der:
        assert wider["issuer_in_authorities"].ok is True
