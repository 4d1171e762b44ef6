"""The text of a certificate against its dictionary."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls import written
from tlseku.output.json.certificate_text import MAX_LISTS, _list_texts, certificate_text
from tlseku.output.json.flow_json import certificate_to_dict, to_json
from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

RECORDINGS = sorted(Path(written.RECORDINGS).glob("*.json"))
OIDS = st.sampled_from(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0", "1.2.3"])
TIMES = st.none() | st.integers(-(2**80), 2**80) | st.integers(0, 4 * 10**18)
MAYBE = st.none() | st.booleans()
LISTS = st.none() | st.lists(st.text(max_size=5) | OIDS, max_size=3).map(tuple)
CERTIFICATES = st.builds(
    Certificate,
    der=st.just(b""),
    sha256=st.just("ab" * 32),
    serial=st.none() | st.integers(-(2**170), 2**170),
    subject=st.none() | st.text(),
    issuer=st.none() | st.text(),
    not_before=TIMES,
    not_after=TIMES,
    eku=st.none() | st.lists(OIDS, max_size=3).map(tuple),
    eku_critical=MAYBE,
    key_usage=LISTS,
    basic_ca=MAYBE,
    path_len=st.none() | st.integers(0, 2**70),
    san=st.none() | st.lists(st.tuples(st.sampled_from(["dns", "ip"]), st.text()), max_size=3).map(tuple),
    key_algorithm=st.text(),
    signature_algorithm=st.text(),
    spki_sha256=st.none() | st.just("cd" * 32),
    self_issued=st.booleans(),
    public_issuer=MAYBE,
    defects=st.lists(st.text(), max_size=2).map(tuple),
    readable=st.booleans(),
    eku_readable=st.booleans(),
    eku_duplicate=st.booleans(),
)


def by_dictionary(index: int, certificate: Certificate) -> str:
    return to_json({"index": index, **certificate_to_dict(certificate)})


@given(st.integers(0, 3000), CERTIFICATES)
def test_any_certificate(index: int, certificate: Certificate) -> None:
    assert certificate_text(index, certificate) == by_dictionary(index, certificate)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("side", [0, 1])
def test_recorded_certificates(path: Path, side: int) -> None:
    for index, der in enumerate(written.chain_of(path.stem, side)):
        certificate = read_certificate(der)
        assert certificate_text(index, certificate) == by_dictionary(index, certificate)


def test_texts_are_kept_within_a_bound() -> None:
    for number in range(MAX_LISTS + 50):
        certificate = Certificate(der=b"", sha256="", key_usage=(f"usage {number}",))
        assert f'"key_usage":["usage {number}"]' in certificate_text(0, certificate)
    assert len(_list_texts) <= MAX_LISTS
