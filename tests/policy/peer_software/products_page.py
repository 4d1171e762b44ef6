"""``docs/products.md``: the products that were run, the shapes of requests, protocols with rules of their own, made from
the tables in the package; and how well requests are told apart, counted from real captures where these are.

``python -m tests.policy.peer_software.products_page`` writes the file anew; ``test_products_page`` checks that it is
current. Without the captures the counts stay as they are.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.policy.peer_software.confusion import NOBODY, PROJECT, SHARED, matrix
from tlseku.output.reports.products import enforced, in_words
from tlseku.policy.peer_software.products import CELLS, Product, products
from tlseku.policy.peer_software.protocol_rules import protocol_rules
from tlseku.policy.peer_software.stacks import stacks

PATH = PROJECT / "docs" / "products.md"

MATRIX = "## How well they are told apart"

INTRODUCTION = """\
# Products and TLS libraries

How servers judge the certificates of their clients, as it was seen when they were run; `tlseku rules --products [NAME]...`
prints the same. This file is made from the tables in `tlseku/policy/peer_software/data` by
`python -m tests.policy.peer_software.products_page`, and a test checks that it is current.

A CertificateRequest that can be read (TLS 1.2, or TLS 1.3 with session secrets) has a shape that the server's TLS library
decides and no usual setting does: which certificate types, signature algorithms and extensions, in which order. tlseku
names the library that makes exactly this shape, always as *likely* (`peer_software` in JSON, `-Y` and `-e`; a sentence in
`tlseku explain`), and takes the rule-book and the meaning of an alert from it. A shape that somebody configured, or that
nobody has measured, names nobody. CA names play no part, but for one thing: a request that names dozens of public CAs is
that of a default trust store, a misconfiguration.

Who knows better says so: `--peer-software NAME` takes the name of a product or of a library.

"""

KEY = """\
A accepted; a number: refused with that alert; - closed without an alert; fin: the handshake completes, then the connection
is closed without a byte; ! reset; in: the handshake completes and the refusal is inside; ? not run. Two values are those of
TLS 1.2 and TLS 1.3.

"""

ADDING = """\
## Adding a product

Run it with each kind of certificate (`tests/verifiers` has makers for all of them), add a `[[product]]` to
`products.toml`, sorted by name, and its cells to `tests/policy/peer_software/test_products.py`. A library with a request of
its own is a `[[stack]]` in `stacks.toml`, with a capture or a live run as its source.

"""


def page(counted: Counter[tuple[str, str]] | None) -> str:
    """The whole file; without counts those that it has."""
    return "".join(
        (
            INTRODUCTION,
            _products(),
            _details(),
            _protocols(),
            _shapes(),
            ADDING,
            _old_matrix() if counted is None else matrix_section(counted),
        )
    )


def matrix_section(counted: Counter[tuple[str, str]]) -> str:
    """The counts as a table: what a server was, and what its requests were taken for."""
    names = [each.name for each in stacks()]
    taken = [*names, NOBODY]
    lines = [
        MATRIX,
        "",
        f"{sum(counted.values())} requests of real servers, in TLS 1.2 and opened TLS 1.3. In front what the server was, above",
        "what its request is taken for. NSS, Go 1.19, Java 17 and other settings were run live and have no capture here.",
        "",
        f"| | {' | '.join(taken)} |",
        f"|---{'|---' * len(taken)}|",
    ]
    for name in names:
        row = [counted[name, other] for other in taken]
        if any(row):
            lines.append(f"| **{name}** | {' | '.join(str(count) if count else '' for count in row)} |")
    return "\n".join(lines) + "\n"


def without_matrix(text: str) -> str:
    """The page up to the counts."""
    return text.partition(MATRIX)[0]


def _old_matrix() -> str:
    return MATRIX + PATH.read_text(encoding="utf-8").partition(MATRIX)[2]


def _products() -> str:
    head = [
        "## What each does",
        "",
        "Leafs: " + "; ".join(f"{kind}: {what}" for kind, what in CELLS.items()) + ".",
        "",
        KEY,
    ]
    head += [f"| product | library | enforces | {' | '.join(CELLS)} |", f"|---|---|---{'|---' * len(CELLS)}|"]
    return "\n".join([*head, *(_row(each) for each in products())]) + "\n\n"


def _row(product: Product) -> str:
    cells = " | ".join(product.cells)
    return f"| `{product.name}` {product.version} | {product.stack} | {enforced(product)} | {cells} |"


def _details() -> str:
    lines = [
        "## Settings, logs, remarks",
        "",
        "| product | as it was run | inside, log, remarks |",
        "|---|---|---|",
    ]
    for each in products():
        said = [] if each.inside is None else [f"inside: {each.inside}"]
        said += [] if each.log is None else [f"log: {each.log}"]
        said += [] if each.note is None else [each.note]
        run = f"{each.title} {each.version}, `{each.setting}`; {each.stack} {each.library}; run {each.as_of.isoformat()}"
        lines.append(f"| `{each.name}` | {run} | {'; '.join(said)} |")
    return "\n".join(lines) + "\n\n"


def _protocols() -> str:
    lines = [
        "## Protocols with rules of their own",
        "",
        "| protocol | certificate of the | product | looks for | rule | source |",
        "|---|---|---|---|---|---|",
    ]
    for rule in protocol_rules():
        source = f"{rule.source}, {rule.as_of.isoformat()}"
        lines.append(
            f"| {', '.join(rule.protocols)} | {rule.side} | `{rule.product}` | {rule.purpose} | {rule.rule} | {source} |"
        )
    return "\n".join(lines) + "\n\n"


def _shapes() -> str:
    lines = [
        "## What each request looks like",
        "",
        "Code points in brackets may be left out: by a release, a build, a security level or the key of the server.",
        "",
        "| library | rule-book | release | shape | source |",
        "|---|---|---|---|---|",
    ]
    for stack in stacks():
        for shape in stack.shapes:
            book = "" if stack.rule_book is None else stack.rule_book
            lines.append(
                f"| `{stack.name}` | {book} | {shape.release or ''} | {in_words(shape.pattern)} | {shape.source} |"
            )
    return "\n".join(lines) + "\n\n"


def counts(shared: Path = SHARED) -> Counter[tuple[str, str]] | None:
    """What the captures say, None where they are not."""
    cases = shared / "cases"
    return matrix(cases) if cases.is_dir() else None


if __name__ == "__main__":
    PATH.write_text(page(counts()), encoding="utf-8")
