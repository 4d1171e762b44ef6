"""The columns of answers' tables: name, type and meaning of each.

Knows nothing but them, as ``columns`` knows those of flows; must not know how a row is made. A column never changes its
type or meaning; a new one comes at the end.
"""

from __future__ import annotations

from tlseku.data_frames.columns import LISTS, Column


def _with_texts(*columns: Column) -> tuple[Column, ...]:
    """The columns, and behind them a text for each that holds lists, which can be grouped by."""
    lists = [column.name for column in columns if column.kind in LISTS]
    return (*columns, *(Column(f"{name}_text", "text", f"{name} as one text, parted by ;") for name in lists))


SUNSET = _with_texts(
    Column("host", "text", "address, or name of the file"),
    Column("is_file", "truth", "a file of certificates, each of which counts as used by a client"),
    Column("serial", "serial", "lower-case hex"),
    Column("sha256", "text"),
    Column("subject", "text"),
    Column("issuer", "text"),
    Column("issuer_kind", "text", "public, private or unknown"),
    Column("issuer_reason", "text", "how that is known"),
    Column("eku", "texts", "by name; null: no extension"),
    Column("verdict", "text", "of leaf and role, today's certificate"),
    Column("not_after", "certificate_time"),
    Column("renewal_on", "day", "judged: that of not_after, or the one asked for"),
    Column("renewal", "text", "outcome"),
    Column("renewal_reason", "text"),
    Column("ends_earliest", "day", "first day without clientAuth, at the earliest"),
    Column("ends_latest", "day", "and at the latest"),
    Column("last_usable", "day", "last day of a certificate with clientAuth, at the latest"),
    Column("entries", "texts", "of the timeline, by id"),
    Column("conflicts", "texts", "entries that say different things"),
    Column("superseded", "texts", "entries that would have applied before"),
    Column("both_roles", "truth", "the host presents it as server too"),
    Column("server_serials", "texts", "of all certificates that the host presents as server"),
    Column("flows", "integers", "numbers of the flows"),
    Column("more", "integer", "sightings counted, not listed"),
    Column("timeline", "text", "the table of dates used"),
    Column("timeline_as_of", "day"),
)
"""One row a host and client certificate."""

ROLL_UP = _with_texts(
    Column("by", "text", "what a row is: certificate or issuer"),
    Column("issuer", "text"),
    Column("issuer_kind", "text", "public, private or unknown"),
    Column("certificates", "integer", "how many distinct ones"),
    Column("places", "integer", "hosts and files that use them as client"),
    Column("flows", "integer", "Certificate messages in which a client presented one"),
    Column("first_end", "certificate_time", "the earliest last day"),
    Column("last_end", "certificate_time", "and the latest"),
    Column("renewals", "texts", "outcome and number of certificates"),
    Column("hosts", "texts", "addresses and names of files, all of them"),
    Column("serial", "serial", "of a certificate, lower-case hex"),
    Column("sha256", "text", "of a certificate"),
    Column("subject", "text", "of a certificate"),
    Column("eku", "texts", "of a certificate, by name; null: no extension"),
    Column("verdict", "text", "of a certificate in the client's role"),
    Column("both_roles", "truth", "of a certificate: a place presents it as server too"),
    Column("renewal_reason", "text", "of a certificate"),
    Column("timeline", "text", "the table of dates used"),
    Column("timeline_as_of", "day"),
)
"""One row a certificate, or one an issuer."""

INVENTORY = _with_texts(
    Column("serial", "serial", "lower-case hex"),
    Column("subject", "text"),
    Column("issuer", "text"),
    Column("not_before", "certificate_time"),
    Column("not_after", "certificate_time"),
    Column("eku", "texts", "by name; null: no extension"),
    Column("key_algorithm", "text"),
    Column("signature_algorithm", "text"),
    Column("is_ca", "truth"),
    Column("public_issuer", "truth", "null: nobody can tell"),
    Column("sha256", "text"),
    Column("defects", "texts"),
    Column("ip", "text", "of the side that presented it"),
    Column("role", "text", "of that side"),
    Column("position", "text", "leaf or issuer"),
    Column("flows", "integers", "numbers of the flows"),
    Column("frames", "integers", "that complete the Certificate messages, flow by flow"),
    Column("more", "integer", "sightings counted, not listed"),
)
"""One row a certificate and place where it was seen."""

COMPARISON = _with_texts(
    Column("flow_a", "integer", "null: without a partner"),
    Column("flow_b", "integer", "null: without a partner"),
    Column("matched_by", "text", "what the flows have in common"),
    Column("aspect", "text", "partner: the flow has none"),
    Column("same", "truth"),
    Column("a", "text", "what is said of the one; null: there is no such thing"),
    Column("b", "text", "what is said of the other"),
)
"""One row a pair and aspect, be it the same or not, and one a flow without a partner."""

DIAGNOSIS = _with_texts(
    Column("level", "text", "wrong, caution, open or fine"),
    Column("rules", "texts", "ids of the profile's statements"),
    Column("who", "text"),
    Column("text", "text"),
    Column("to_do", "text", "null: nothing"),
    Column("file", "text"),
    Column("frame", "integer", "that it rests on"),
    Column("flow", "integer"),
)
"""One row a finding and frame that it rests on; one without a frame where it rests on none."""

BUNDLES = _with_texts(
    Column("bundle", "text", "path; null: what differs between the peers of a cluster"),
    Column("host", "text", "name of the node"),
    Column("role", "text", "core or edge; null: nobody knows"),
    Column("level", "text", "wrong, caution, open or fine"),
    Column("rules", "texts", "ids, the deciding one first; empty: a plain fact"),
    Column("text", "text"),
    Column("to_do", "text", "null: nothing"),
    Column("evidence", "text", "frame, line or file"),
    Column("file", "text"),
    Column("number", "integer", "of the frame or line, from 1"),
    Column("flow", "integer"),
    Column("evidence_text", "text", "what stands there"),
)
"""One row a finding of an Expressway and piece of evidence; one without where it rests on none."""

MATCHES = _with_texts(
    Column("match", "truth", "equal as integers; false: a hint"),
    Column("kind", "text", "presented, ssh host key, store or log"),
    Column("file", "text"),
    Column("at", "integer", "frame, number of the certificate, or line"),
    Column("role", "text", "who presented it"),
    Column("client", "text", "address and port"),
    Column("server", "text"),
    Column("time", "packet_time"),
    Column("depth", "integer", "index in the chain or file, 0 is the leaf"),
    Column("serial", "serial", "lower-case hex"),
    Column("subject", "text"),
    Column("issuer", "text"),
    Column("sha256", "text"),
    Column("hint", "text", "how it nearly agrees"),
)
"""One row a place where a serial number shows."""
