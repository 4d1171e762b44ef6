"""The language of filters as plain data, for a reader that is not written in Python: that of the report's page.

Knows tokens, types and fields; must not know JSON or pages. What is only data (tokens, spellings, operators of types,
names of code points, other names of fields) is not written twice; how a type is read is, and tests hold the two readers
to each other.

Fields of certificates are those of one certificate, under their name behind ``x509.``: the reader finds the leaf of a
side and every certificate of a flow itself. What Wireshark alone says of certificates is left out (``ABSENT``).
"""

from __future__ import annotations

from collections.abc import Mapping

from tlseku.filter import grammar, moment, tokens
from tlseku.filter.certificate_fields import CERTIFICATE_FIELDS
from tlseku.filter.field import Field
from tlseku.filter.flow_fields import FLOW_FIELDS
from tlseku.filter.kinds import Kind
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES
from tlseku.registry import names

NOT_KEPT = ("communityid",)
"""Fields of flows that take much room and little is asked of."""

KEPT_FLOW_FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (*FLOW_FIELDS, *WIRESHARK_FIELDS)
    if not field.name.startswith("x509") and field.name not in NOT_KEPT
}
"""Fields that are of a whole flow, by name."""

KEPT_CERTIFICATE_FIELDS: Mapping[str, Field] = {
    field.name: field for field in CERTIFICATE_FIELDS if field.name.startswith("x509.")
}
"""Fields that one certificate has, by name."""

ABSENT = (*NOT_KEPT, *(field.name for field in WIRESHARK_FIELDS if field.name.startswith("x509")))
"""Fields that are left out."""


def language() -> dict[str, object]:
    """Everything, as values that JSON has."""
    kinds: dict[int, int] = {}
    told: list[dict[str, object]] = []

    def kind(of: Kind) -> int:
        if id(of) not in kinds:
            kinds[id(of)] = len(told)
            told.append(_kind(of))
        return kinds[id(of)]

    return {
        "tokens": {
            "spaces": tokens.SPACES,
            "string": tokens.STRING,
            "operator": tokens.OPERATOR,
            "word": tokens.WORD,
        },
        "spellings": tokens.SPELLINGS,
        "wordOperators": sorted(tokens.WORD_OPERATORS),
        "comparisons": sorted(grammar.COMPARISONS),
        "maxLength": tokens.MAX_LENGTH,
        "maxDepth": grammar.MAX_DEPTH,
        "leastSeconds": moment.LEAST_SECONDS,
        "fields": {
            name: kind(field.kind)
            for name, field in (*KEPT_FLOW_FIELDS.items(), *KEPT_CERTIFICATE_FIELDS.items())
        },
        "wireshark": [field.name for field in WIRESHARK_FIELDS if field.name in KEPT_FLOW_FIELDS],
        "aliases": dict(WIRESHARK_NAMES),
        "absent": list(ABSENT),
        "kinds": told,
        "versions": [[code, name] for code, name in names.VERSIONS.items()],
        "purposes": {name.lower(): oid for oid, name in names.EXTENDED_KEY_USAGES.items()},
    }


def _kind(of: Kind) -> dict[str, object]:
    said: dict[str, object] = {"name": of.name, "operators": sorted(of.operators), "caseless": of.caseless}
    if of.names:
        said["names"] = {name: code for code, name in of.names.items()}
    if of.name == "word":
        said["words"] = of.spelling.split(", ")
    return said
