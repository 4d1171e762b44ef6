"""``docs/filters.md``: the language and the table of fields, made from the code.

``python -m tests.filter.page`` writes the file anew; ``test_page`` checks that it is current.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from tlseku.filter import grammar
from tlseku.filter.fields import FIELDS
from tlseku.filter.kinds import KINDS
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES

PATH = Path(__file__).resolve().parents[2] / "docs" / "filters.md"

INTRODUCTION = """\
# Filters and fields

`-Y EXPRESSION` chooses flows, and in `tlseku certs` certificates, in the manner of Wireshark's display filters. `-e FIELD`
prints fields as columns. In Python, `tlseku.filter.compile(expression)` gives a function of a flow. This file is made by
`python -m tests.filter.page`, and a test checks that it is current.

## Examples

<!-- examples -->
| filter | flows |
|---|---|
| `tls.client.verdict == "wrong" and ip.addr == 10.0.0.0/8` | whose client presents a certificate that is none for clients |
| `flow.outcome == refused && tls.alert in {42, 43, certificate_unknown}` | refused with one of these alerts |
| `x509.serial == 2F:00:00:00:4c:86:9c:77:c8:98:1b:ec:de:00:00:00:00:00:4c` | with this certificate in any chain, however spelt |
| `tls.client.x509.issuer contains "WIN-DC" or tls.client.x509.public_issuer == true` | by issuer of the client's leaf |
| `tls.sni matches "\\.example$"` | by a regular expression; case plays no part |
| `tls.client.x509.not_after < 2027-03-15 and not tls.resumed == true` | with a client certificate that ends before that day |
| `tls.request.role == server and tls.client.state in {declined, unanswered}` | asked in vain |
| `!tls.client.x509.eku and tls.client.verdict` | whose client certificate lists no purpose |

In a shell, put the whole filter into single quotes.

## The language

```text
{grammar}
```

- A field alone asks whether the flow has it. A field that the flow does not have fits no comparison, not even `!=`.
- A field may have several values: both ports, every certificate. `==`, `contains` and the like hold if one of them does;
  `!=` holds if *all* differ, as in Wireshark 4. `any` or `all` in front of the field says it otherwise:
  `any tcp.port != 443`, `all tcp.port > 1023`.
- `tls.resumed` asks whether it is known; `tls.resumed == true` whether it is so. The same goes for every boolean.
- A value needs quotes only where it has blanks, brackets, quotes, commas or operators in it, or is one of the words `and`,
  `or`, `not`, `contains`, `matches` and `in`.
- `contains` heeds the case except in host names, `matches` does not
  ([RE2's syntax](https://github.com/google/re2/wiki/Syntax); its time grows with the text and not with the pattern), and needs
  `pip install 'tlseku[re2]'`, which has no wheel for musl, ARM of 32 bits and free-threaded Python. In a
  pattern a backslash is a backslash: `matches "\\.example$"`.
- What can never hold is a mistake, not an empty answer: a date compared with a bare number (`2027`), a name with a code
  point (`tls.hidden == 0x1`), a word that no flow has.
- In `tlseku certs` a certificate is listed if a flow in which it was presented fits; `x509.…` is then about this one
  certificate, everything else about the flow.
- A mistake is told before anything is read, with the column where it stands.

## Types

| type | spelling | operators |
|---|---|---|
{kinds}
| word | one of the words that stand in the table below | {words} |
| code | a number or its name | {codes} |

## Fields

| field | type | meaning |
|---|---|---|
{fields}

## Wireshark's names

What Wireshark calls so answers here, too, in `-Y` and as a column of `-e`. A packet has what it has there, a flow what one
of its packets has: `ip.src` is the TLS client, `tls.handshake.version` what was agreed on. Names that begin with `ssl.`
are those with `tls.`, and those with `dtls.` the same of flows that DTLS carries. `tlseku fields WORD` finds them.

| Wireshark | here |
|---|---|
{wireshark}

And in Wireshark's own way:

| field | type | meaning |
|---|---|---|
{theirs}
"""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _operators(words: frozenset[str]) -> str:
    order = ("==", "!=", "<", "<=", ">", ">=", "in", "contains", "matches")
    return " ".join(f"`{word}`" for word in order if word in words)


def page() -> str:
    """The whole file."""
    text = grammar.__doc__ or ""
    by_name = {field.kind.name: field.kind for field in FIELDS.values()}
    meanings = {
        name: field.meaning if field.kind.name != "word" else f"{field.meaning}: {field.kind.spelling}"
        for name, field in FIELDS.items()
    }
    parts = {
        "grammar": textwrap.dedent(text.partition("::\n\n")[2]).rstrip(),
        "kinds": "\n".join(_row(kind.name, kind.spelling, _operators(kind.operators)) for kind in KINDS),
        "words": _operators(by_name["word"].operators),
        "codes": _operators(by_name["code"].operators),
        "fields": "\n".join(
            _row(f"`{name}`", field.kind.name, meanings[name]) for name, field in FIELDS.items()
        ),
        "theirs": "\n".join(_row(f"`{one.name}`", one.kind.name, one.meaning) for one in WIRESHARK_FIELDS),
        "wireshark": "\n".join(_row(f"`{theirs}`", f"`{ours}`") for theirs, ours in WIRESHARK_NAMES.items()),
    }
    whole = INTRODUCTION
    for name, value in parts.items():
        whole = whole.replace("{" + name + "}", value)
    return whole


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
