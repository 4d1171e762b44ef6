"""The fields of filters and columns as a list: what ``tlseku fields`` prints.

Knows the fields and Wireshark's names for them, and the width of a page; must not know where lines go. ``found``
chooses by a word, which may stand in a name of either program or in the meaning; the others write what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tlseku.filter.field import Field
from tlseku.filter.fields import FIELDS
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES, wireshark_field
from tlseku.output.json.flow_json import json_text
from tlseku.output.words.csv_rows import csv_lines
from tlseku.output.words.terminal_page import Line, Page, Segment, fill, words

HEADER = ("name", "type", "meaning", "wireshark")


class Listed(NamedTuple):
    """A field, and the names that Wireshark has for it."""

    field: Field
    theirs: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """What it holds, and of few words which these are."""
        kind = self.field.kind
        return f"{self.field.meaning}: {kind.spelling}" if kind.name == "word" else self.field.meaning


def every_field() -> list[Listed]:
    """All fields, those that only Wireshark has a name for behind the others."""
    theirs: dict[str, list[str]] = {}
    for name, ours in WIRESHARK_NAMES.items():
        theirs.setdefault(ours, []).append(name)
    own = [
        Listed(field, (*((name,) if is_wiresharks(name) else ()), *theirs.get(name, ())))
        for name, field in FIELDS.items()
    ]
    return [
        *own,
        *(Listed(field, (field.name, *theirs.get(field.name, ()))) for field in WIRESHARK_FIELDS),
    ]


def is_wiresharks(name: str) -> bool:
    """Whether a field of ours has the name that Wireshark gives it."""
    return name in _SHARED


def found(word: str) -> list[Listed]:
    """The fields that ``word`` stands for or in, whatever the case; all for an empty one."""
    exact = wireshark_field(word, FIELDS)
    if exact is not None and not any(word in (each.field.name, *each.theirs) for each in every_field()):
        return [Listed(exact, (word,))]
    wanted = word.lower()
    return [
        each
        for each in every_field()
        if any(wanted in text.lower() for text in (each.field.name, each.field.meaning, *each.theirs))
    ]


def field_lines(listed: Iterable[Listed], page: Page) -> Iterator[Line]:
    """A field with its type, below it what it means and what Wireshark calls it."""
    for each in listed:
        yield (Segment(each.field.name, "strong"), Segment(f"  {each.field.kind.name}", "dim"))
        yield from fill((Segment("    "),), words(each.meaning), page.width, 4)
        others = [name for name in each.theirs if name != each.field.name]
        if others:
            yield from fill((Segment("    Wireshark: ", "dim"),), words(", ".join(others)), page.width, 4)


def field_text(form: str, listed: Iterable[Listed]) -> Iterator[str]:
    """The same as ``json``, ``ndjson``, ``csv`` or ``tsv``."""
    if form not in ("csv", "tsv"):
        return json_text(form, map(field_to_dict, listed))
    rows = ((each.field.name, each.field.kind.name, each.meaning, "; ".join(each.theirs)) for each in listed)
    return csv_lines(HEADER, rows, form)


def field_to_dict(each: Listed) -> dict[str, object]:
    """The same as an object."""
    return {
        "name": each.field.name,
        "type": each.field.kind.name,
        "meaning": each.field.meaning,
        "spelling": each.field.kind.spelling,
        "operators": sorted(each.field.kind.operators),
        "wireshark": list(each.theirs),
    }


_SHARED = frozenset(
    {
        "tcp.stream",
        "communityid",
        "eap",
        "eap.type",
        "eap.identity",
        "radius",
        "eapol",
        "openvpn",
        "dtls",
        "quic",
        "ip.addr",
        "ip.src",
        "ip.dst",
        "ipv6.addr",
        "eth.addr",
        "tcp.port",
        "tcp.srcport",
        "tcp.dstport",
        "udp.port",
        "udp.srcport",
        "udp.dstport",
        "frame.number",
        "tls.handshake.type",
        "tls.resumed",
    }
)
"""Names that both programs have."""
