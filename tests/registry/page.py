"""``docs/registries.md``: every code point and OID that has a name, with the name that is printed and its source.

``python -m tests.registry.page`` writes the file anew; ``test_page`` checks that it is current.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tlseku.registry import names
from tlseku.registry.cipher_suites import CIPHER_SUITES
from tlseku.x509.algorithms import (
    CURVES,
    KEYS_OF_ONE_SIZE,
    LIKELY_SIGNATURES,
    SIGNATURE_ALGORITHMS,
    signature_algorithm_name,
)

PATH = Path(__file__).resolve().parents[2] / "docs" / "registries.md"

INTRODUCTION = """\
# Registries

The names that tlseku prints for numbers on the wire and for OIDs in certificates. A number without a name prints as
`0x1a2b`, an OID as it is; what is sent to be ignored (RFC 8701) prints as `GREASE 0x0a0a`. A name that only a draft or one
program has, or that no tool at hand confirms, prints with *(likely)*. This file is made from the tables by `python -m
tests.registry.page`, and tests hold the tables against what Wireshark, OpenSSL and cryptography call the same numbers.
"""


class Table(NamedTuple):
    """One registry: its ``title``, the ``source`` of every name that has none of its own, ``named`` by code as it is
    printed, and the sources of ``likely`` ones."""

    title: str
    source: str
    named: Mapping[str, str]
    likely: Mapping[str, str]


def tables() -> Iterator[Table]:
    """Every registry, in the order of the page."""
    iana = "IANA, TLS Parameters"
    yield _numbers("HandshakeType", iana, names.HANDSHAKE_TYPES, names.handshake_name, 2)
    yield _numbers("AlertDescription", iana, names.ALERTS, names.alert_name, 2)
    yield _numbers("ProtocolVersion", "RFC 8446, RFC 9147", names.VERSIONS, names.version_name, 4)
    yield _numbers("ClientCertificateType", iana, names.CERTIFICATE_TYPES, names.certificate_type_name, 2)
    yield _numbers(
        "SignatureScheme", iana, names.SIGNATURE_SCHEMES, names.signature_scheme_name, 4, names.LIKELY_SCHEMES
    )
    yield _numbers("Supported Groups", iana, names.GROUPS, names.group_name, 4, names.LIKELY_GROUPS)
    yield _numbers(
        "ExtensionType",
        "IANA, TLS ExtensionType Values",
        names.EXTENSIONS,
        names.extension_name,
        4,
        names.LIKELY_EXTENSIONS,
    )
    yield Table("KeyPurposeId", "RFC 5280, IANA SMI Numbers, vendors", names.EXTENDED_KEY_USAGES, {})
    yield Table(
        "Signature algorithms of certificates",
        "RFC 3279, 4055, 5758, 8410, 9881, 9909",
        {oid: signature_algorithm_name(oid) for oid in (*SIGNATURE_ALGORITHMS, *LIKELY_SIGNATURES)},
        {oid: source for oid, (_, source) in LIKELY_SIGNATURES.items()},
    )
    yield Table(
        "Keys",
        "RFC 8410, 9881, 9909, 9935",
        {oid: name for oid, (name, _) in KEYS_OF_ONE_SIZE.items()},
        {
            **{oid: LIKELY_SIGNATURES[oid][1] for oid in KEYS_OF_ONE_SIZE if oid in LIKELY_SIGNATURES},
            **{
                oid: "draft-ietf-lamps-pq-composite-kem"
                for oid, (name, _) in KEYS_OF_ONE_SIZE.items()
                if name.startswith("composite ML-KEM")
            },
        },
    )
    yield Table("Curves", "RFC 5480, 5639, SEC 2", CURVES, {})
    yield _numbers("Cipher suites", iana, CIPHER_SUITES, names.cipher_suite_name, 4)


def _numbers(
    title: str,
    source: str,
    table: Mapping[int, str],
    name: Callable[[int], str],
    digits: int,
    likely: Mapping[int, str] | None = None,
) -> Table:
    def written(code: int) -> str:
        return f"0x{code:0{digits}x}"

    return Table(
        title,
        source,
        {written(code): name(code) for code in sorted(table)},
        {written(code): said for code, said in (likely or {}).items()},
    )


def page() -> str:
    """The whole file."""
    lines = [INTRODUCTION]
    for table in tables():
        lines += [
            f"## {table.title}\n",
            f"{table.source}.\n",
            "| code | name | source, where it is another |",
        ]
        lines += ["|---|---|---|"]
        lines += [
            f"| `{code}` | {name} | {table.likely.get(code, '')} |" for code, name in table.named.items()
        ]
        lines += [""]
    return "\n".join(lines)


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
