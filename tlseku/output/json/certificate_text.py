"""The JSON of one certificate, put together without a dictionary.

Knows the layout that ``output.json.flow_json.certificate_to_dict`` gives to a certificate; must not know chains.
Tests hold the two to each other.

Limits: ``MAX_LISTS`` texts of lists that many certificates share, none longer than that; what comes later is not kept.
"""

from __future__ import annotations

from typing import Final

from tlseku.output.json.flow_json import json_string
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry.names import eku_name
from tlseku.x509.certificate import Certificate

# Lists of purposes and usages whose texts are kept: CAs use few.
MAX_LISTS = 256

_WORDS: Final = {None: "null", True: "true", False: "false"}

_eku_texts: dict[tuple[str, ...] | None, str] = {None: '"eku":null,"eku_names":null'}
_list_texts: dict[tuple[str, ...] | None, str] = {None: "null"}


def certificate_text(index: int, certificate: Certificate) -> str:
    """One certificate of a chain, at its place."""
    words = _WORDS
    path_len = certificate.path_len
    spki = certificate.spki_sha256
    return (
        f'{{"index":{index},"sha256":"{certificate.sha256}","serial":{_quoted(certificate.serial_hex)},'
        f'"subject":{_text(certificate.subject)},"issuer":{_text(certificate.issuer)},'
        f'"not_before":{_time(certificate.not_before)},"not_after":{_time(certificate.not_after)},'
        f"{_eku_texts.get(certificate.eku) or _eku(certificate.eku)},"
        f'"eku_critical":{words[certificate.eku_critical]},"eku_readable":{words[certificate.eku_readable]},'
        f'"eku_duplicate":{words[certificate.eku_duplicate]},'
        f'"key_usage":{_list_texts.get(certificate.key_usage) or _list(certificate.key_usage)},'
        f'"is_ca":{words[certificate.basic_ca is True]},"path_len":{"null" if path_len is None else path_len},'
        f'"san":{_names(certificate.san)},'
        f'"key_algorithm":{_text(certificate.key_algorithm)},'
        f'"signature_algorithm":{_text(certificate.signature_algorithm)},"spki_sha256":{_quoted(spki)},'
        f'"self_issued":{words[certificate.self_issued]},"public_issuer":{words[certificate.public_issuer]},'
        f'"readable":{words[certificate.readable]},'
        f'"defects":{_list_texts.get(certificate.defects) or _list(certificate.defects)}}}'
    )


def _quoted(text: str | None) -> str:
    """Text of hexadecimal digits, or null."""
    return "null" if text is None else f'"{text}"'


def _text(text: str | None) -> str:
    return "null" if text is None else json_string(text)


def _time(ns: int | None) -> str:
    return "null" if ns is None else _quoted(rfc3339(ns, digits=0))


def _names(san: tuple[tuple[str, str], ...] | None) -> str:
    if san is None:
        return "null"
    names = [f'{{"kind":{json_string(kind)},"value":{json_string(value)}}}' for kind, value in san]
    return f"[{','.join(names)}]"


def _eku(purposes: tuple[str, ...] | None) -> str:
    oids = purposes or ()
    names = _strings([eku_name(oid) for oid in oids])
    return _kept(_eku_texts, oids, f'"eku":{_strings(oids)},"eku_names":{names}')


def _list(texts: tuple[str, ...] | None) -> str:
    return _kept(_list_texts, texts or (), _strings(texts or ()))


def _strings(texts: tuple[str, ...] | list[str]) -> str:
    return f"[{','.join([json_string(text) for text in texts])}]"


def _kept(texts: dict[tuple[str, ...] | None, str], key: tuple[str, ...], text: str) -> str:
    if len(texts) < MAX_LISTS and len(text) < MAX_LISTS:
        texts[key] = text
    return text
