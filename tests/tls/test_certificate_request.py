"""The CertificateRequest in its three forms."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tls.written import extension, extensions, request_body, vector
from tlseku.errors import Malformed
from tlseku.tls.certificate_request import CertificateRequest, read_certificate_request

NAME = bytes.fromhex("300d310b300906035504030c0241")
OLD = request_body(b"\x01\x02", None, (NAME,))
NEW = request_body(b"\x01\x40", (0x0403, 0x0804), (NAME, b"\x30\0"))
EKU = bytes.fromhex("0603551d25")
TLS13_EXTENSIONS = (
    extension(13, b"\0\x02\x08\x04"),
    extension(47, vector(2, vector(2, NAME))),
    extension(48, vector(2, vector(1, EKU) + vector(2, b"\x30\0"))),
    extension(0xABCD, b"kept"),
)
TLS13 = b"\x03ctx" + extensions(*TLS13_EXTENSIONS)


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302])
def test_before_tls12(version: int) -> None:
    assert read_certificate_request(OLD, version) == CertificateRequest((1, 2), None, (NAME,))
    assert read_certificate_request(b"\0\0\0", version) == CertificateRequest((), None, ())


def test_tls12() -> None:
    assert read_certificate_request(NEW, 0x0303) == CertificateRequest(
        (1, 64), (0x0403, 0x0804), (NAME, b"\x30\0")
    )
    assert read_certificate_request(b"\0\0\0\0\0", 0x0303) == CertificateRequest((), (), ())


def test_tls13() -> None:
    request = read_certificate_request(TLS13, 0x0304)
    assert request.certificate_types is None
    assert request.signature_algorithms == (0x0804,)
    assert request.authorities == (NAME,)
    assert request.oid_filters == (("2.5.29.37", b"\x30\0"),)
    assert request.request_context == b"ctx"
    assert [kind for kind, _ in request.extensions] == [13, 47, 48, 0xABCD]


def test_tls13_with_nothing_in_it() -> None:
    assert read_certificate_request(b"\0\0\0", 0x0304) == CertificateRequest(None, None, (), (), (), b"")


@pytest.mark.parametrize(
    ("body", "types", "algorithms", "names"),
    [
        (NEW, (1, 64), (0x0403, 0x0804), (NAME, b"\x30\0")),
        (OLD, (1, 2), None, (NAME,)),
        (request_body(b"\x01", None), (1,), None, ()),
        (request_body(b"\x01", ()), (1,), (), ()),
    ],
)
def test_of_an_unknown_version(
    body: bytes, types: tuple[int, ...], algorithms: object, names: object
) -> None:
    request = read_certificate_request(body, None)
    assert (request.certificate_types, request.signature_algorithms, request.authorities) == (
        types,
        algorithms,
        names,
    )


@pytest.mark.parametrize(
    ("body", "version"),
    [
        (OLD + b"x", 0x0301),
        (NEW + b"x", 0x0303),
        (TLS13 + b"x", 0x0304),
        (OLD, 0x0303),
        (NEW, 0x0301),
        (b"", None),
        (b"\x05\x01", None),
        (b"\x01\x01\0\x03\x04\x03\x05\0\0", 0x0303),
        (b"\0" + extensions(extension(13, b"")), 0x0304),
        (b"\0" + extensions(extension(47, b"\0\x09")), 0x0304),
        (b"\0" + extensions(extension(48, b"\0\x01")), 0x0304),
    ],
)
def test_must_not_be_read(body: bytes, version: int | None) -> None:
    with pytest.raises(Malformed):
        read_certificate_request(body, version)


@pytest.mark.parametrize(("body", "version"), [(OLD, 0x0301), (NEW, 0x0303), (TLS13, 0x0304)])
def test_cut_anywhere(body: bytes, version: int) -> None:
    for end in range(len(body)):
        with pytest.raises(Malformed):
            read_certificate_request(body[:end], version)


@given(st.binary(max_size=60), st.sampled_from([None, 0x0300, 0x0302, 0x0303, 0x0304]))
def test_any_bytes_are_read_or_malformed(body: bytes, version: int | None) -> None:
    try:
        read_certificate_request(body, version)
    except Malformed as problem:
        offset = problem.offset
    else:
        offset = 0
    assert 0 <= offset <= len(body)


def test_mutated_requests_are_read_or_malformed(seeded: random.Random) -> None:
    for _ in range(2000):
        for whole, version in ((OLD, 0x0301), (NEW, 0x0303), (TLS13, 0x0304)):
            damaged = bytearray(whole)
            damaged[seeded.randrange(len(damaged))] = seeded.randrange(256)
            try:
                read_certificate_request(bytes(damaged), version)
            except Malformed:
                continue


NAMES = vector(2, NAME) * 4250
"""68,000 bytes of names: two bytes cannot say that."""


def overlong(names: bytes) -> bytes:
    """A request of TLS 1.2 whose list's length has wrapped around."""
    return b"\x01\x01" + vector(2, b"\x04\x03") + (len(names) & 0xFFFF).to_bytes(2, "big") + names


def test_more_names_than_their_length_can_say() -> None:
    with pytest.raises(Malformed) as told:
        read_certificate_request(overlong(NAMES), 0x0303)
    assert told.value.expected == (
        "a list of CA names that its length field can say: 68000 bytes of 4250 names, where the field says 2464 and at "
        "most 65535 fit"
    )


@pytest.mark.parametrize(
    "body",
    [
        overlong(vector(2, NAME) * 4095),
        overlong(vector(2, NAME) * 4097)[:-17],
        overlong(NAMES)[:-1],
        overlong(NAMES + b"x"),
    ],
    ids=["all fit", "cut to what fits", "a cut name", "no names"],
)
def test_other_lists_are_not_called_too_long(body: bytes) -> None:
    said = ""
    try:
        read_certificate_request(body, 0x0303)
    except Malformed as told:
        said = told.expected
    assert "its length field can say" not in said
