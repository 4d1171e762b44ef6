"""A flow as pickle keeps it: its record, its certificates, and in one piece all else that it shares with other flows.

Knows records and how they are packed; must not know where pickles go. A certificate is packed beside the one that
issued it, which says half of the same. What is packed is remembered, since most flows share it with others: what is
packed for each flow are its own numbers. Most of what is left of a pickle are keys and signatures of certificates,
which nothing makes smaller.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib.resources import files
from typing import Final, cast

from tlseku._objects import Reduced
from tlseku.encoding.records import NewPart, Record, RecordReader, RecordWriter, tree_of_part
from tlseku.encoding.trees import Tree, UnknownTree, from_bytes, from_json, to_bytes, to_json
from tlseku.flow import Flow
from tlseku.x509.certificate import Certificate

MAX_PACKED: Final = 4096
"""Certificates that are remembered packed, and parts of flows, half a kilobyte each."""

_DER: Final = 0
_JSON: Final = 1
_LEVEL: Final = 6
_OWN_BITS: Final = -12
"""What is a flow's own is packed with little memory, since less is to be made ready then."""

PackedCertificate = tuple[int, int, bytes]
"""The number of a part, that of the certificate behind which it is packed (-1 for none), and its bytes."""

_packed: dict[tuple[int, int], tuple[object, object, bytes | None]] = {}
_shared: dict[tuple[int, ...], tuple[list[object], bytes]] = {}


def reduced(flow: object) -> Reduced:
    """What makes the flow anew, and of what."""
    assert isinstance(flow, Flow)
    writer = RecordWriter()
    record = writer.record(flow)
    issuers = _issuers(flow, writer)
    certificates: list[PackedCertificate] = []
    others: list[NewPart] = []
    for each in writer.new:
        packed = None
        if isinstance(each.noun, Certificate):
            issuer, behind = issuers.get(each.number, (None, -1))
            packed = _certificate(each.noun, issuer)
        if packed is None:
            others.append(each)
        else:
            certificates.append((each.number, behind, packed))
    own = to_bytes(record)
    # One that shares its kind has numbers of its own. Of one that was concluded by itself it is a kilobyte of words:
    # to pack them takes nearly as long as all else, for a fifth of the pickle.
    is_packed = flow.view is not None
    if is_packed:
        packer = zlib.compressobj(1, zlib.DEFLATED, _OWN_BITS, 5)
        own = packer.compress(own) + packer.flush()
    return unpickled, (own, _together(others), tuple(certificates), is_packed)


def unpickled(
    own: bytes, shared: bytes, certificates: tuple[PackedCertificate, ...], is_packed: bool
) -> Flow:
    """The flow that ``reduced`` took apart. Raises UnknownTree for what it did not make."""
    reader = RecordReader()
    packed = {number: (behind, content) for number, behind, content in certificates}
    ders: dict[int, bytes] = {}

    def der_of(number: int) -> bytes:
        if number not in ders:
            behind, content = packed[number]
            # The one behind which it is packed is never packed behind it.
            ders[number] = _unpacked(content, _DER, b"" if behind < 0 else der_of(behind))
        return ders[number]

    try:
        for number in packed:
            reader.add(number, der_of(number))
        for number, tree in cast("list[tuple[int, Tree]]", from_json(_unpacked(shared, _JSON, b""))):
            reader.add(number, tree)
        record = zlib.decompress(own, _OWN_BITS) if is_packed else own
        return reader.flow(cast(Record, from_bytes(record)))
    except (zlib.error, EOFError, KeyError, RecursionError, TypeError, ValueError):
        raise UnknownTree(own) from None


def _issuers(flow: Flow, writer: RecordWriter) -> dict[int, tuple[Certificate, int]]:
    """For the numbers of certificates those above them in a chain, where these are not above themselves."""
    found: dict[int, tuple[Certificate, int]] = {}
    for presented in flow.judged:
        numbers = [writer.part(each) for each in presented.chain]
        for below, above, issuer in zip(numbers, numbers[1:], presented.chain[1:], strict=False):
            if below not in found and below < above:
                found[below] = issuer, above
    return found


def _certificate(noun: Certificate, issuer: Certificate | None) -> bytes | None:
    """The certificate, packed; None for one whose facts were changed after it was read."""
    key = id(noun), id(issuer)
    known = _packed.get(key)
    if known is None:
        tree = tree_of_part(noun)
        packed = _pack(tree, _DER, b"" if issuer is None else issuer.der) if isinstance(tree, bytes) else None
        if len(_packed) >= MAX_PACKED:
            _packed.clear()
        # Both are kept, so that no other object gets their identities.
        known = _packed[key] = noun, issuer, packed
    return known[2]


def _together(parts: list[NewPart]) -> bytes:
    """Parts with their numbers, packed."""
    nouns = [each.noun for each in parts]
    key = tuple([number for each in parts for number in (each.number, id(each.noun))])
    known = _shared.get(key)
    if known is None:
        if len(_shared) >= MAX_PACKED:
            _shared.clear()
        trees = [(each.number, each.tree()) for each in parts]
        known = _shared[key] = nouns, _pack(to_json(cast(Tree, trees)).encode("ascii"), _JSON, b"")
    return known[1]


def _pack(content: bytes, kind: int, above: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, zdict=dictionary(kind) + above)
    return packer.compress(content) + packer.flush()


def _unpacked(packed: bytes, kind: int, above: bytes) -> bytes:
    unpacker = zlib.decompressobj(-15, zdict=dictionary(kind) + above)
    return unpacker.decompress(packed) + unpacker.flush()


@cache
def dictionary(kind: int) -> bytes:
    """What many certificates, or many other parts, say alike: what they say again needs no bytes of its own."""
    return files(__package__).joinpath("certificates.dict" if kind == _DER else "parts.dict").read_bytes()
