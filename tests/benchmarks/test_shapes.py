"""The certificates of the diverse capture are what their shapes say, whatever number they get."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.benchmarks import conftest  # noqa: F401  (makes the scripts importable)

from issue_shapes import AUTHORITIES, LEAVES  # isort: skip
from shapes import CHAINS, certificate, chain, shapes  # isort: skip


def common_name(name: x509.Name) -> str:
    (attribute,) = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attribute.value)


def purposes(parsed: x509.Certificate) -> list[x509.ObjectIdentifier] | None:
    try:
        return list(parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return None


def test_every_shape_is_kept() -> None:
    assert shapes().keys() == LEAVES.keys() | AUTHORITIES.keys()


@pytest.mark.parametrize("number", [0, 1234, 87_654_321])
@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_is_what_its_shape_says(name: str, number: int) -> None:
    shape = LEAVES[name]
    parsed = x509.load_der_x509_certificate(certificate(name, number))
    assert parsed.serial_number % (1 << 64) == number
    assert common_name(parsed.subject) == f"{name[0]}{number:08d}.diverse.example"
    assert purposes(parsed) == (None if shape.purposes is None else list(shape.purposes))
    assert (parsed.not_valid_before_utc.year, parsed.not_valid_after_utc.year) == shape.years
    assert (parsed.issuer == parsed.subject) is shape.self_signed


@pytest.mark.parametrize("name", [name for name, shape in LEAVES.items() if not shape.self_signed])
def test_each_certificate_names_the_next(name: str) -> None:
    leaf, *above = map(x509.load_der_x509_certificate, chain(name, 4321, "leaf, two CAs, root"))
    assert len(above) == 3
    below = leaf
    for one in above:
        assert below.issuer == one.subject
        below = one
    assert below.issuer == below.subject


@pytest.mark.parametrize("order", CHAINS)
def test_chains_have_as_many_as_they_say(order: str) -> None:
    assert len(chain("server", 7, order)) == 1 + len(CHAINS[order])
    assert len(chain("server-self-signed", 7, "leaf, two CAs, root")) == 1
