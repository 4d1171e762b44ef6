"""Chains of certificate facts for tests of the policy, which needs no DER."""

from __future__ import annotations

from hypothesis import strategies as st

from tlseku.x509.certificate import Certificate

SERVER = "1.3.6.1.5.5.7.3.1"
CLIENT = "1.3.6.1.5.5.7.3.2"
EMAIL = "1.3.6.1.5.5.7.3.4"
ANY = "2.5.29.37.0"


def facts(
    subject: str,
    issuer: str,
    eku: tuple[str, ...] | None = None,
    *,
    own_key: bytes | None = None,
    issuer_key: bytes | None = None,
    eku_readable: bool = True,
    eku_duplicate: bool = False,
    encoding: str = "",
) -> Certificate:
    """The facts of a certificate; ``encoding`` makes the encoded subject differ without changing its text."""
    return Certificate(
        der=repr((subject, issuer, eku)).encode(),
        sha256="",
        subject=f"CN={subject}",
        issuer=f"CN={issuer}",
        subject_der=f"{encoding}{subject}".encode(),
        issuer_der=issuer.encode(),
        self_issued=subject == issuer,
        key_type="ec",
        signature_algorithm="ecdsa-with-SHA256",
        eku=eku,
        subject_key_id=own_key,
        authority_key_id=issuer_key,
        eku_readable=eku_readable,
        eku_duplicate=eku_duplicate,
    )


UNREADABLE = Certificate(der=b"?", sha256="", readable=False, eku_readable=False)

EKUS = st.none() | st.lists(st.sampled_from([SERVER, CLIENT, EMAIL, ANY]), max_size=3).map(tuple)
NAMES = st.sampled_from("ABCD")
KEYS = st.sampled_from([None, b"1", b"2"])
CERTIFICATES = st.just(UNREADABLE) | st.builds(
    lambda subject, issuer, eku, own, of_issuer, readable, twice: facts(
        subject,
        issuer,
        eku if readable else None,
        own_key=own,
        issuer_key=of_issuer,
        eku_readable=readable,
        eku_duplicate=twice,
    ),
    NAMES,
    NAMES,
    EKUS,
    KEYS,
    KEYS,
    st.sampled_from([True, True, True, False]),
    st.booleans(),
)
CHAINS = st.lists(CERTIFICATES, max_size=6)
