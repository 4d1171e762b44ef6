"""What an offer leaves out, and which chains of a server do not fit it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builder
from tests.builder import build
from tlseku.policy.causes import Cause
from tlseku.policy.offer import FAMILIES, Offer, left_out, unfit_for, why_no_certificate_may_fit
from tlseku.registry.names import is_grease

ROOT = builder.ca("Test Root", serial=1)
ISSUING = builder.ca("Issuing", issuer=ROOT, serial=2)
OPENSSL = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806, 0x0401)
JAVA = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401)
WITH_ML_DSA = (0x0905, 0x0906, 0x0904, *OPENSSL)
EVERYTHING = (*WITH_ML_DSA, 0x0911)
BOTH = (0x0304, 0x0303)

LEFT_OUT = [
    (OPENSSL, ("ML-DSA", "SLH-DSA")),
    (JAVA, ("RSA-PSS keys", "ML-DSA", "SLH-DSA")),
    (WITH_ML_DSA, ("SLH-DSA",)),
    (EVERYTHING, ()),
    ((0x0A0A, 0x0403), ("RSA", "RSA-PSS keys", "Ed25519", "Ed448", "ML-DSA", "SLH-DSA")),
    ((), tuple(FAMILIES)),
]


@pytest.mark.parametrize(("schemes", "names"), LEFT_OUT)
def test_left_out(schemes: tuple[int, ...], names: tuple[str, ...]) -> None:
    assert left_out(schemes) == names


@pytest.mark.parametrize("code", [0x0A0A, 0x1A1A, 0xFAFA])
def test_grease(code: int) -> None:
    assert is_grease(code)


@pytest.mark.parametrize("code", [0x0A1A, 0x0304, 0x11EC, 0x001D, 0x0A0B, 0xCA34])
def test_no_grease(code: int) -> None:
    assert not is_grease(code)


def test_only_tls13() -> None:
    assert Offer(versions=(0x0304,)).only_tls13
    assert Offer(versions=(0x2A2A, 0x0304)).only_tls13
    assert not Offer(versions=BOTH).only_tls13
    assert not Offer(versions=()).only_tls13
    assert not Offer().only_tls13


WHYS: list[tuple[Offer, tuple[str, ...]]] = [
    (Offer(BOTH, (), EVERYTHING[3:] + EVERYTHING[-1:]), ("offers no scheme of signature_algorithms for ML-DSA",)),
    (
        Offer(BOTH, (), OPENSSL, (0x0401, 0x0403)),
        (
            "offers no scheme of signature_algorithms for ML-DSA and SLH-DSA",
            "offers no scheme of signature_algorithms_cert for an issuer of RSA-PSS keys, Ed25519, Ed448, ML-DSA and "
            "SLH-DSA",
        ),
    ),
    (
        Offer(BOTH, (), EVERYTHING),
        ("takes ML-DSA, which exists in TLS 1.3 only: a server kept at TLS 1.2 cannot use such a key",),
    ),
    (
        Offer((0x0304,), (), None),
        (
            "sends no signature_algorithms",
            "offers TLS 1.3 only, which servers that end at TLS 1.2 refuse with 70, coturn and lighttpd with Mbed TLS "
            "with 40",
        ),
    ),
    (Offer(BOTH, (), EVERYTHING[3:] + (0x0911, 0x0904)), ("takes ML-DSA, which exists in TLS 1.3 only: a server kept at TLS 1.2 cannot use such a key",)),
]  # fmt: skip


@pytest.mark.parametrize(("offer", "phrases"), WHYS)
def test_why_no_certificate_may_fit(offer: Offer, phrases: tuple[str, ...]) -> None:
    assert why_no_certificate_may_fit(offer) == phrases


def chain_signed(
    algorithm: str, key: str = "EC P-256", family: str = "ec"
) -> tuple[builder.Certificate, ...]:
    leaf, issuing, root = (each.certificate() for each in (build(issuer=ISSUING), ISSUING, ROOT))
    return replace(leaf, signature_algorithm=algorithm, key_algorithm=key, key_type=family), issuing, root


SIGNED = "which the client does not offer to verify"
UNFIT: list[tuple[Offer, tuple[builder.Certificate, ...], list[Cause]]] = [
    (
        Offer(BOTH, (), JAVA),
        chain_signed("ML-DSA-65"),
        [Cause("signature_algorithm", f"certificate #0 is signed with ML-DSA-65, {SIGNED}")],
    ),
    (
        Offer(BOTH, (), WITH_ML_DSA),
        chain_signed("SLH-DSA-SHA2-128s"),
        [Cause("signature_algorithm", f"certificate #0 is signed with SLH-DSA-SHA2-128s, {SIGNED}")],
    ),
    (
        Offer(BOTH, (), WITH_ML_DSA, JAVA),
        chain_signed("ML-DSA-65"),
        [Cause("signature_algorithm", f"certificate #0 is signed with ML-DSA-65, {SIGNED}")],
    ),
    (
        Offer(BOTH, (), JAVA),
        chain_signed("ecdsa-with-SHA256", "ML-DSA-65", "ml-dsa"),
        [Cause("key_type", "the client does not offer to verify what an ML-DSA-65 key signs")],
    ),
    (
        Offer(BOTH, (), (0x0403,)),
        chain_signed("ecdsa-with-SHA256", "Ed25519", "ed25519"),
        [Cause("key_type", "the client does not offer to verify what an Ed25519 key signs")],
    ),
    (
        Offer(BOTH, (), JAVA),
        chain_signed("ecdsa-with-SHA256", "RSA-PSS 2048", "rsa-pss"),
        [Cause("key_type", "the client does not offer to verify what an RSA-PSS 2048 key signs")],
    ),
]


@pytest.mark.parametrize(("offer", "chain", "expected"), UNFIT)
def test_must_find(offer: Offer, chain: tuple[builder.Certificate, ...], expected: list[Cause]) -> None:
    assert list(unfit_for(offer, chain)) == expected


FITS: list[tuple[Offer, tuple[builder.Certificate, ...]]] = [
    (Offer(BOTH, (), OPENSSL), chain_signed("ecdsa-with-SHA256")),
    (Offer(BOTH, (), WITH_ML_DSA), chain_signed("ML-DSA-65")),
    (Offer(BOTH, (), JAVA, WITH_ML_DSA), chain_signed("ML-DSA-65")),
    (Offer(BOTH, (), EVERYTHING), chain_signed("SLH-DSA-SHA2-128s")),
    (Offer(BOTH, (), WITH_ML_DSA), chain_signed("ecdsa-with-SHA256", "ML-DSA-65", "ml-dsa")),
    (Offer(BOTH, (), OPENSSL), chain_signed("1.2.3.4", "unknown", "unknown")),
    (Offer(BOTH, (), None), chain_signed("ML-DSA-65")),
    (Offer(), chain_signed("ML-DSA-65", "ML-DSA-65", "ml-dsa")),
    (Offer(BOTH, (), OPENSSL), ()),
]


@pytest.mark.parametrize(("offer", "chain"), FITS)
def test_must_find_nothing(offer: Offer, chain: tuple[builder.Certificate, ...]) -> None:
    assert list(unfit_for(offer, chain)) == []


def test_the_signature_of_a_root_does_not_matter() -> None:
    root = replace(ROOT.certificate(), signature_algorithm="ML-DSA-65")
    assert list(unfit_for(Offer(BOTH, (), JAVA), (build(issuer=ROOT).certificate(), root))) == []
