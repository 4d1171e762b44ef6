"""The fields of certificates: what the leaf of each side says, and what any certificate says.

Knows the facts of ``x509.Certificate``; must not know expressions. ``x509.…`` are about every certificate of a flow, or
about one where certificates are listed; ``tls.client.x509.…`` and ``tls.server.x509.…`` about the leaf that this side
presented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tlseku.filter.field import Field, Subject
from tlseku.filter.kinds import (
    ADDRESS,
    BOOLEAN,
    DIGEST,
    HOST,
    NAME,
    NUMBER,
    PURPOSE,
    SERIAL,
    TEXT,
    TIME,
    Kind,
    Value,
)
from tlseku.x509.certificate import Certificate


class _Fact(NamedTuple):
    name: str
    kind: Kind
    meaning: str
    values: Callable[[Certificate], Iterable[Value]]


def _maybe(value: Value | None) -> tuple[Value, ...]:
    return () if value is None else (value,)


def _alternative_names(certificate: Certificate, kind: str | None) -> list[str]:
    return [value for each, value in certificate.san or () if kind in (None, each)]


_FACTS = (
    _Fact("serial", SERIAL, "serial number", lambda one: _maybe(one.serial)),
    _Fact("sha256", DIGEST, "SHA-256 of the certificate", lambda one: (one.sha256,)),
    _Fact("subject", TEXT, "subject, as RFC 4514 writes it", lambda one: _maybe(one.subject)),
    _Fact("issuer", TEXT, "issuer, as RFC 4514 writes it", lambda one: _maybe(one.issuer)),
    _Fact("not_before", TIME, "begin of validity", lambda one: _maybe(one.not_before)),
    _Fact("not_after", TIME, "end of validity", lambda one: _maybe(one.not_after)),
    _Fact("eku", PURPOSE, "purposes that the EKU extension lists", lambda one: one.eku or ()),
    _Fact(
        "eku_present",
        BOOLEAN,
        "whether there is an EKU extension, be it empty",
        lambda one: (int(one.eku is not None),) if one.readable and one.eku_readable else (),
    ),
    _Fact("key_usage", NAME, "bits of keyUsage, such as digitalSignature", lambda one: one.key_usage or ()),
    _Fact("san", HOST, "subject alternative names of any kind", lambda one: _alternative_names(one, None)),
    _Fact("san.dns", HOST, "names of hosts among them", lambda one: _alternative_names(one, "dns")),
    _Fact("san.ip", ADDRESS, "IP addresses among them", lambda one: _alternative_names(one, "ip")),
    _Fact("key_algorithm", NAME, "such as RSA 2048 or EC P-256", lambda one: (one.key_algorithm,)),
    _Fact(
        "signature_algorithm", NAME, "such as sha256WithRSAEncryption", lambda one: (one.signature_algorithm,)
    ),
    _Fact("is_ca", BOOLEAN, "whether basicConstraints says CA", lambda one: (int(one.is_ca),)),
    _Fact("path_len", NUMBER, "pathLenConstraint", lambda one: _maybe(one.path_len)),
    _Fact(
        "self_issued", BOOLEAN, "whether subject and issuer are the same", lambda one: (int(one.self_issued),)
    ),
    _Fact(
        "public_issuer",
        BOOLEAN,
        "whether the issuer is a public CA; absent where nobody knows",
        lambda one: () if one.public_issuer is None else (int(one.public_issuer),),
    ),
    _Fact("defect", TEXT, "what is odd in the encoding", lambda one: one.defects),
)


def every_certificate(
    of_one: Callable[[Certificate], Iterable[Value]],
) -> Callable[[Subject], Iterator[Value]]:
    """What ``of_one`` gives for the certificate that is judged, or for every one of the flow."""

    def values(subject: Subject) -> Iterator[Value]:
        if subject.certificate is not None:
            yield from of_one(subject.certificate)
            return
        for presented in subject.flow.presented:
            for certificate in presented.chain:
                yield from of_one(certificate)

    return values


def _leaf(fact: _Fact, role: str) -> Callable[[Subject], Iterator[Value]]:
    def values(subject: Subject) -> Iterator[Value]:
        for presented in subject.flow.presented:
            if presented.role == role and len(presented.chain) > 0:
                yield from fact.values(presented.chain[0])

    return values


CERTIFICATE_FIELDS: tuple[Field, ...] = (
    *(Field(f"x509.{each.name}", each.kind, each.meaning, every_certificate(each.values)) for each in _FACTS),
    *(
        Field(
            f"tls.{role}.x509.{each.name}",
            each.kind,
            f"of the {role}'s leaf: {each.meaning}",
            _leaf(each, role),
        )
        for role in ("client", "server")
        for each in _FACTS
    ),
)
