"""The columns of the tables of flows: name, type and meaning of each.

Knows nothing but them; must not know how a row is made, nor any library of tables or format of text. A column never
changes its type or meaning, since programs of others read it; a new one comes at the end. Times are UTC, those of
packets in nanoseconds, those of certificates (which reach the year 9999) in milliseconds. A missing value is null, and
a list that is there and empty is an empty list.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "integer",
    "number",
    "text",
    "serial",
    "truth",
    "packet_time",
    "certificate_time",
    "day",
    "texts",
    "integers",
]
"""``serial`` is the text of a serial number, which some programs would take for a number."""

LISTS: frozenset[Kind] = frozenset({"texts", "integers"})
"""Kinds of which a cell holds several values."""

What = Literal["flows", "certificates", "requests", "messages", "findings", "statements"]

Cell = int | str | bool | list[str] | list[int] | None
Row = tuple[Cell, ...]

BATCH_ROWS = 1024
"""Rows of a batch: some hundred kilobytes, enough that what a batch costs is nothing per row."""


class Column(NamedTuple):
    """One column: ``meaning`` is empty where the name says it."""

    name: str
    kind: Kind
    meaning: str = ""


def _texts(first: str, *names: str, note: str = "") -> tuple[Column, ...]:
    """Lists of a table as texts; what is noted of the first one holds for all."""
    others = (Column(f"{name}_text", "text", f"{name} as one text") for name in names)
    return (Column(f"{first}_text", "text", f"{first} as one text{note}"), *others)


_TO_GROUP_BY = ", to group by; parted by ; and empty for an empty list"

FLOWS = (
    Column("flow", "integer", "number, from 1 over all files of the run"),
    Column("file", "text"),
    Column("start", "packet_time", "first packet"),
    Column("end", "packet_time", "last packet"),
    Column("client_ip", "text"),
    Column("client_port", "integer"),
    Column("server_ip", "text"),
    Column("server_port", "integer"),
    Column("direction", "text", "as seen from the vantage hosts; unknown without"),
    Column("service", "text"),
    Column("version", "text"),
    Column("cipher", "text"),
    Column("sni", "text"),
    Column("alpn", "text"),
    Column("resumed", "truth", "null: nobody can tell"),
    Column("starttls", "text", "clear-text protocol before TLS"),
    Column("outcome", "text"),
    Column("refused_by", "text"),
    Column("client_certificate", "text", "state of the client's certificate, as in the JSON"),
    Column("client_verdict", "text", "of the last chain that the client presented"),
    Column("client_serial", "serial", "of its leaf, lower-case hex"),
    Column("client_eku", "texts", "of its leaf, by name; null: no extension, or no leaf"),
    Column("server_verdict", "text", "of the last chain that the server presented"),
    Column("server_serial", "serial"),
    Column("server_eku", "texts"),
    Column("requests", "integer", "CertificateRequests seen"),
    Column("alerts", "texts", "sender and name of each that is not encrypted"),
    Column("hidden", "texts", "what could not be seen, and why"),
    Column("defects", "texts", "what is wrong with the bytes"),
    Column("tcp_stream", "integer", "tcp.stream of Wireshark in this file; null: merged captures, no TCP"),
    Column("community_id", "text", "version 1, seed 0"),
    Column("carrier", "text", "what brought the TLS records"),
    *_texts("client_eku", "server_eku", "alerts", "hidden", "defects", note=_TO_GROUP_BY),
)
"""One row a flow. Values of a list cannot be grouped by in most programs, texts can."""

CERTIFICATES = (
    Column("flow", "integer"),
    Column("file", "text", "in which the message is complete"),
    Column("frame", "integer", "that completes the Certificate message"),
    Column("time", "packet_time", "of that frame"),
    Column("role", "text", "of the side that presented it"),
    Column("ip", "text", "of that side"),
    Column("peer_ip", "text", "of the other"),
    Column("server_port", "integer"),
    Column("direction", "text", "of the chain, as seen from the vantage hosts"),
    Column("renegotiation", "truth"),
    Column("verdict", "text", "of the chain: a fact about its leaf and role"),
    Column("reason", "text"),
    Column("broken_at", "integer", "index of the certificate that takes the needed purpose away"),
    Column("index", "integer", "place in the chain, 0 is the leaf"),
    Column("sha256", "text"),
    Column("serial", "serial", "lower-case hex"),
    Column("subject", "text"),
    Column("issuer", "text"),
    Column("not_before", "certificate_time"),
    Column("not_after", "certificate_time"),
    Column("eku", "texts", "dotted OIDs; null: no extension"),
    Column("eku_names", "texts"),
    Column("is_ca", "truth"),
    Column("self_issued", "truth"),
    Column("public_issuer", "truth", "null: nobody can tell"),
    Column("key_algorithm", "text"),
    Column("signature_algorithm", "text"),
    Column("readable", "truth"),
    Column("san", "texts", "names of subjectAltName; null: no extension"),
    Column("eku_text", "text", "eku_names as one text, to group by; parted by ; and empty for an empty list"),
    Column("san_text", "text", "san as one text"),
    Column("eku_oid_text", "text", "eku as one text"),
)
"""One row a certificate of a presented chain; an empty list has none."""

REQUESTS = (
    Column("flow", "integer"),
    Column("file", "text"),
    Column("frame", "integer"),
    Column("time", "packet_time"),
    Column("role", "text", "of the side that asks"),
    Column("ip", "text", "of that side"),
    Column("peer_ip", "text"),
    Column("server_port", "integer"),
    Column("renegotiation", "truth"),
    Column("certificate_types", "texts", "null: the message has none in this version"),
    Column("signature_algorithms", "texts"),
    Column("authorities", "texts", "RFC 4514 names"),
    Column("oid_filters", "texts", "dotted OIDs"),
    Column("answer", "text"),
    Column("mismatches", "texts", "what was presented does not fit these parts of the request"),
    *_texts(
        "certificate_types",
        "signature_algorithms",
        "authorities",
        "oid_filters",
        "mismatches",
        note=", parted by ;",
    ),
)
"""One row a CertificateRequest."""

MESSAGES = (
    Column("flow", "integer"),
    Column("file", "text", "in which the message is complete"),
    Column("frame", "integer", "that completes it"),
    Column("time", "packet_time", "of that frame"),
    Column("role", "text", "of its sender"),
    Column("ip", "text", "of its sender"),
    Column("peer_ip", "text"),
    Column("server_port", "integer"),
    Column("type", "text", "as in the JSON; of application data only the first of each side has a row"),
    Column("decrypted", "truth", "was encrypted, and opened with secrets"),
    Column("frames", "integer", "how many frames carried bytes of it"),
    Column("alert_level", "text", "null where no alert, or encrypted"),
    Column("alert_code", "integer"),
    Column("alert_name", "text"),
    Column("alert_after", "text", "type of the last message from the other side before it"),
)
"""One row a message of the handshake, an alert, or the first application data of a side."""

FINDINGS = (
    Column("flow", "integer"),
    Column("file", "text"),
    Column("frame", "integer", "of the Certificate message, or the first that a statement rests on"),
    Column("role", "text", "of the side that presented the chain; null: a statement about the flow"),
    Column("ip", "text", "of that side"),
    Column("peer_ip", "text"),
    Column("server_port", "integer"),
    Column("rule_book", "text", "that says something of the chain; null: a statement"),
    Column("outcome", "text", "accept, refuse, depends or unknown; null: a statement"),
    Column("rule", "text", "of the rule-book that answered"),
    Column("statement", "text", "what can be said of the flow, in one word; null: a rule-book"),
    Column("reason", "text", "one sentence, of either"),
    Column("depth", "integer", "chain index that breaks it; null if none does"),
    Column("sha256", "text", "of the leaf"),
    Column("serial", "serial", "of the leaf, lower-case hex"),
    Column("hint", "truth", "the statement is inferred from what is encrypted or did not happen"),
)
"""One row for each rule-book and chain, and one for each statement about a flow."""

STATEMENTS = (
    Column("flow", "integer"),
    Column("file", "text"),
    Column("client_ip", "text"),
    Column("server_ip", "text"),
    Column("server_port", "integer"),
    Column("statement", "text", "what it says, in one word"),
    Column("reason", "text", "the same in one sentence"),
    Column("hint", "truth", "inferred from what is encrypted or did not happen"),
    Column("frames", "integers", "frames that it rests on"),
    Column("causes", "texts", "what may have caused it, best first"),
    Column("fitting", "integer", "how many causes an alert can stand for"),
    Column("agree", "texts", "rule-books that predict what was seen"),
    Column("disagree", "texts", "rule-books that predict the opposite"),
    *_texts("frames", "causes", "agree", "disagree", note=_TO_GROUP_BY),
)
"""One row a statement about a flow, with all that stands in it."""

CAPTURES = (
    Column("name", "text", "path or URL, without secrets"),
    Column("bytes", "integer", "read of it, decompressed"),
    Column("packets", "integer"),
    Column("flows", "integer"),
    Column("skipped", "texts", "packets that could not be read, by reason"),
    Column("warnings", "texts"),
    Column("error", "text", "why it could not be read to its end, or at all"),
    Column("seconds", "number", "that reading took"),
    *_texts("skipped", "warnings"),
)
"""One row a capture of many."""

TABLES: dict[What, tuple[Column, ...]] = {
    "flows": FLOWS,
    "certificates": CERTIFICATES,
    "requests": REQUESTS,
    "messages": MESSAGES,
    "findings": FINDINGS,
    "statements": STATEMENTS,
}
"""Columns by name of the table."""
