"""Why frames hold no segment, counted, in words.

Knows the integers of ``segment`` and names what was seen and not read by its number; must not know who counted.
"""

from __future__ import annotations

from collections.abc import Mapping

from tlseku.network.decode.segment import NOT_IP, SKIP_REASONS, UNKNOWN_LINK_TYPE, number_of, reason_of

MOST_NAMED = 8
"""How many EtherTypes, and how many link types, are named; damaged frames may have any."""


def skip_words(code: int) -> str:
    """The words for one reason: ``not TCP``, ``EtherType 0x888e (EAPOL)``, ``unknown link type 147 (USER0)``."""
    reason, number = reason_of(code), number_of(code)
    if reason not in (NOT_IP, UNKNOWN_LINK_TYPE) or (reason == NOT_IP and not number):
        return SKIP_REASONS[reason]
    from tlseku.registry.link_layer import (  # rarely needed
        WITHOUT_CERTIFICATES,
        ether_type_words,
        link_type_words,
    )

    if reason == UNKNOWN_LINK_TYPE:
        return f"unknown {link_type_words(number)}"
    return SKIP_REASONS[NOT_IP] if number in WITHOUT_CERTIFICATES else ether_type_words(number)


def skipped_in_words(counts: Mapping[int, int]) -> dict[str, int]:
    """Packets by reason in words, in the order of the reasons; what is rare among many types is counted together."""
    named: dict[int, list[tuple[int, int]]] = {}
    for code, count in sorted(counts.items()):
        named.setdefault(reason_of(code), []).append((count, code))
    words: dict[str, int] = {}
    for reason, found in named.items():
        shown = {code for _, code in sorted(found, reverse=True)[:MOST_NAMED]}
        for count, code in found:
            text = skip_words(code) if code in shown else _OTHERS[reason]
            words[text] = words.get(text, 0) + count
    return words


_OTHERS = {**SKIP_REASONS, NOT_IP: "other EtherTypes", UNKNOWN_LINK_TYPE: "other unknown link types"}
