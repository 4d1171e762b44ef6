"""Which chains are spoken of in the same words.

Knows what ``policy.request_match``, ``causes`` and ``chain_notes`` look at beside what decides a judgement
(``policy.rule_books.judgement``); must not know what they say. Chains with the same likeness and judgement have the
same notes and objections, and answer a request alike, as long as they are valid, can be read, and the name of the leaf
is not asked for: neither that name nor the leaf's alternative names are part of it. Tests hold it against asking for
each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from tlseku.policy.issuing_path import folded, issuing_path
from tlseku.x509.certificate import Certificate
from tlseku.x509.criticality import SUBJECT_ALT_NAME, is_critical
from tlseku.x509.name_comparison import EMPTY_NAME


def likeness(chain: Sequence[Certificate]) -> Hashable:
    """What chains that are alike have in common. ``chain`` has a leaf, and no certificate in it has a defect."""
    leaf = chain[0]
    leaf_name = folded(leaf.subject)
    named = [folded(certificate.issuer) == leaf_name for certificate in chain]
    facts: list[Hashable] = []
    digests: list[str] = []
    for certificate in chain:
        digests.append(certificate.sha256)
        # Of a leaf that bears the name of nobody's issuer, name and key tell nothing.
        tells = certificate is not leaf or True in named
        facts.append(
            (
                certificate.issuer_der,
                certificate.authority_key_id,
                certificate.self_issued,
                certificate.key_type,
                certificate.key_algorithm,
                certificate.signature_algorithm,
                certificate.subject_der if tells else None,
                certificate.subject_key_id if tells else None,
                certificate.spki_sha256 if tells else None,
            )
        )
    repeated = tuple([digests.index(digest) for digest in digests]) if len({*digests}) < len(digests) else ()
    return (
        issuing_path(chain),
        tuple(facts),
        tuple(named),
        repeated,
        leaf.eku,
        leaf.eku_readable,
        leaf.key_usage,
        # Only of a leaf without a subject does anybody ask whether its names are critical.
        leaf.subject_der == EMPTY_NAME and is_critical(leaf.der, SUBJECT_ALT_NAME),
    )
