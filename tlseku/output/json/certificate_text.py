"""The JSON of one certificate, put together without a dictionary.

Knows the layout that ``output.json.flow_json.certificate_to_dict`` gives to a certificate; must not know chains.
Tests hold the two to each other.

Limits: ``MAX_LISTS`` texts of lists that many certificates share, none longer than that; what comes later is not kept.
"""

from __future__ import annotations

from tlseku.output.json.value_text import TRUTH, date_or_null, json_string, quoted, string_or_null, strings
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

# Lists of purposes and usages whose texts are kept: CAs use few.
MAX_LISTS = 256

_eku_texts: dict[tuple[str, ...] | None, str] = {None: '"eku":null,"eku_names":null'}
_list_texts: dict[tuple[str, ...] | None, str] = {None: "null"}


def certificate_text(index: int, certificate: Certificate) -> str:
    """One certificate of a chain, at its place."""
    words = TRUTH
    path_len = certificate.path_len
    spki = certificate.spki_sha256
    return (
        f'{{"index":{index},"sha256":"{certificate.sha256}","serial":{quoted(certificate.serial_hex)},'
        f'"subject":{string_or_null(certificate.subject)},"issuer":{string_or_null(certificate.issuer)},'
        f'"not_before":{date_or_null(certificate.not_before)},"not_after":{date_or_null(certificate.not_after)},'
        f"{_eku_texts.get(certificate.eku) or _eku(certificate.eku)},"
        f'"eku_critical":{words[certificate.eku_critical]},"eku_readable":{words[certificate.eku_readable]},'
        f'"eku_duplicate":{words[certificate.eku_duplicate]},'
        f'"key_usage":{_list_texts.get(certificate.key_usage) or _list(certificate.key_usage)},'
        f'"is_ca":{words[certificate.basic_ca is True]},"path_len":{"null" if path_len is None else path_len},'
        f'"san":{_names(certificate.san)},'
        f'"key_algorithm":{string_or_null(certificate.key_algorithm)},'
        f'"signature_algorithm":{string_or_null(certificate.signature_algorithm)},"spki_sha256":{quoted(spki)},'
        f'"self_issued":{words[certificate.self_issued]},"public_issuer":{words[certificate.public_issuer]},'
        f'"readable":{words[certificate.readable]},'
        f'"defects":{_list_texts.get(certificate.defects) or _list(certificate.defects)}}}'
    )


def _names(san: tuple[tuple[str, str], ...] | None) -> str:
    if san is None:
        return "null"
    names = [f'{{"kind":{json_string(kind)},"value":{json_string(value)}}}' for kind, value in san]
    return f"[{','.join(names)}]"


def _eku(purposes: tuple[str, ...] | None) -> str:
    oids = purposes or ()
    names = strings([eku_name(oid) for oid in oids])
    return _kept(_eku_texts, oids, f'"eku":{strings(oids)},"eku_names":{names}')


def _list(texts: tuple[str, ...] | None) -> str:
    return _kept(_list_texts, texts or (), strings(texts or ()))


def _kept(texts: dict[tuple[str, ...] | None, str], key: tuple[str, ...], text: str) -> str:
    if len(texts) < MAX_LISTS and len(text) < MAX_LISTS:
        texts[key] = text
    return text
