"""A flow as pickle keeps it: its record, and each part packed once for all flows that share it.

Knows records and how they are packed; must not know where pickles go. A certificate is packed beside the one that
issued it, which says half of the same. What is packed is remembered, since most flows share their parts with others.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib.resources import files
from typing import Final

from tlseku._objects import Reduced
from tlseku.encoding.records import Record, RecordReader, RecordWriter, tree_of_part
from tlseku.encoding.trees import Tree, UnknownTree, from_json, to_json
from tlseku.flow import Flow
from tlseku.x509.certificate import Certificate

MAX_PACKED: Final = 4096
"""Parts that are remembered packed, half a kilobyte each."""

_DER: Final = 0
_JSON: Final = 1
_AS_IT_IS: Final = 2
_LEVEL: Final = 6

Packed = tuple[int, int, Tree]
"""How a part is packed, behind which part (its number, -1 for none), and its bytes; a chain is not packed."""

_packed: dict[tuple[int, int], tuple[object, object, int, bytes]] = {}


def reduced(flow: object) -> Reduced:
    """What makes the flow anew, and of what."""
    assert isinstance(flow, Flow)
    writer = RecordWriter()
    record = writer.record(flow)
    issuers = _issuers(flow, writer)
    return unpickled, (
        record,
        tuple(
            [
                _pack(each.noun, *issuers.get(each.number, (None, -1)))
                if each.told is None
                else (_AS_IT_IS, -1, each.told)
                for each in writer.new
            ]
        ),
    )


def unpickled(record: Record, parts: tuple[Packed, ...]) -> Flow:
    """The flow that ``reduced`` took apart. Raises UnknownTree for what it did not make."""
    reader = RecordReader()
    ders: dict[int, bytes] = {}

    def der_of(number: int) -> bytes:
        if number not in ders:
            kind, behind, packed = parts[number]
            if kind != _DER or not isinstance(packed, bytes):
                raise UnknownTree(number)
            # The one behind which it is packed is never packed behind it.
            ders[number] = _unpacked(packed, _DER, b"" if behind < 0 else der_of(behind))
        return ders[number]

    try:
        for number, (kind, _, packed) in enumerate(parts):
            if kind == _DER:
                reader.add(number, der_of(number))
            elif isinstance(packed, bytes):
                reader.add(number, from_json(_unpacked(packed, _JSON, b"")))
            else:
                reader.add(number, packed)
        return reader.flow(record)
    except (zlib.error, IndexError, RecursionError, TypeError, ValueError):
        raise UnknownTree(record) from None


def _issuers(flow: Flow, writer: RecordWriter) -> dict[int, tuple[Certificate, int]]:
    """For the numbers of certificates those above them in a chain, where these are not above themselves."""
    found: dict[int, tuple[Certificate, int]] = {}
    for presented in flow.judged:
        numbers = [writer.part(each) for each in presented.chain]
        for below, above, issuer in zip(numbers, numbers[1:], presented.chain[1:], strict=False):
            if below not in found and below < above:
                found[below] = issuer, above
    return found


def _pack(noun: object, issuer: Certificate | None, behind: int) -> Packed:
    key = id(noun), id(issuer)
    known = _packed.get(key)
    if known is None:
        tree = tree_of_part(noun)
        kind = _DER if isinstance(tree, bytes) else _JSON
        content = tree if isinstance(tree, bytes) else to_json(tree).encode("ascii")
        above = b"" if issuer is None or kind == _JSON else issuer.der
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, zdict=dictionary(kind) + above)
        if len(_packed) >= MAX_PACKED:
            _packed.clear()
        # Both are kept, so that no other object gets their identities.
        known = _packed[key] = noun, issuer, kind, packer.compress(content) + packer.flush()
    _, _, kind, packed = known
    return kind, behind if kind == _DER else -1, packed


def _unpacked(packed: bytes, kind: int, above: bytes) -> bytes:
    unpacker = zlib.decompressobj(-15, zdict=dictionary(kind) + above)
    return unpacker.decompress(packed) + unpacker.flush()


@cache
def dictionary(kind: int) -> bytes:
    """What many certificates, or many other parts, say alike: what they say again needs no bytes of its own."""
    return files(__package__).joinpath("certificates.dict" if kind == _DER else "parts.dict").read_bytes()
