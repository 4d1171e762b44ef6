"""``tlseku.output.reports.packed_chains``: a packed chain is the same chain."""

from __future__ import annotations

from dataclasses import replace

from tests.tls.written import chain_of
from tlseku.output.reports.packed_chains import ChainPacker, PackedChain, leaf_digest
from tlseku.x509.reading import read_certificate

CHAIN = tuple([read_certificate(der) for der in chain_of("scenario1", 1)])


def packer() -> ChainPacker:
    """One that has its dictionary."""
    made = ChainPacker()
    while not isinstance(made.packed(CHAIN), PackedChain):
        pass
    return made


def test_a_packed_chain_is_the_same() -> None:
    packed = packer().packed(CHAIN)
    assert isinstance(packed, PackedChain)
    assert (len(packed), tuple(packed), packed[0], packed[1:]) == (len(CHAIN), CHAIN, CHAIN[0], CHAIN[1:])
    assert (packed[-1], packed[:1]) == (CHAIN[-1], CHAIN[:1])
    assert (packed == CHAIN, hash(packed)) == (True, hash(CHAIN))
    assert leaf_digest(packed) == leaf_digest(CHAIN) == CHAIN[0].sha256


def test_leafs_are_told_apart() -> None:
    made = packer()
    one, other = made.packed(CHAIN), made.packed(CHAIN[1:])
    assert [one[0], other[0], one[0]] == [CHAIN[0], CHAIN[1], CHAIN[0]]


def test_what_its_bytes_would_not_tell_stays() -> None:
    made = packer()
    for leaf in (read_certificate(b"no certificate"), replace(CHAIN[0], public_issuer=True)):
        assert made.packed((leaf,)) == (leaf,)
