"""Field names of the Elastic Common Schema that may occur, as a list with its source.

Source: https://github.com/elastic/ecs, generated/csv/fields.csv of 8.12, the field sets base, client, destination, ecs,
event, network, related, server, source and tls; looked up on 2026-11-24. Only names are taken over.
"""

from __future__ import annotations

_X509 = (
    "alternative_names",
    *(
        f"{whose}.{part}"
        for whose in ("issuer", "subject")
        for part in (
            "common_name",
            "country",
            "distinguished_name",
            "locality",
            "organization",
            "organizational_unit",
            "state_or_province",
        )
    ),
    "not_after",
    "not_before",
    "public_key_algorithm",
    "public_key_curve",
    "public_key_exponent",
    "public_key_size",
    "serial_number",
    "signature_algorithm",
    "version_number",
)
_SIDE = (
    "certificate",
    "certificate_chain",
    "hash.md5",
    "hash.sha1",
    "hash.sha256",
    "issuer",
    "not_after",
    "not_before",
    "subject",
    *(f"x509.{name}" for name in _X509),
)

ECS_FIELDS = frozenset(
    {
        "@timestamp",
        "ecs.version",
        *(
            f"event.{name}"
            for name in (
                "category",
                "dataset",
                "duration",
                "end",
                "kind",
                "module",
                "outcome",
                "reason",
                "start",
                "type",
            )
        ),
        *(f"network.{name}" for name in ("community_id", "direction", "protocol", "transport", "type")),
        *(
            f"{end}.{name}"
            for end in ("client", "server", "source", "destination")
            for name in ("address", "ip", "port")
        ),
        *(
            f"tls.{name}"
            for name in (
                "cipher",
                "curve",
                "established",
                "next_protocol",
                "resumed",
                "version",
                "version_protocol",
            )
        ),
        *(f"related.{name}" for name in ("hash", "hosts", "ip", "user")),
        "tls.client.server_name",
        "tls.client.supported_ciphers",
        "tls.client.ja3",
        "tls.server.ja3s",
        *(f"tls.{side}.{name}" for side in ("client", "server") for name in _SIDE),
    }
)

ARRAYS = frozenset(
    {
        *(f"related.{name}" for name in ("hash", "hosts", "ip", "user")),
        "event.category",
        "event.type",
        *(
            f"tls.{side}.x509.{name}"
            for side in ("client", "server")
            for name in _X509
            if name == "alternative_names"
            or (name.count(".") == 1 and not name.endswith("distinguished_name"))
        ),
    }
)
"""Those that the list marks as arrays."""
