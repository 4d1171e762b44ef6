"""Captures of real servers, what each really was, and what its requests are taken for.

Truth is told by the name of a capture where captures of ``../shared/cases`` are named for what was run; captures that
were made, or of which nobody knows the server, have none. Out come counts: the matrix of ``docs/products.md``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import tlseku
from tlseku.flow import Flow

PROJECT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("TLSEKU_SHARED", PROJECT.parent / "shared"))

TRUTH = {
    **dict.fromkeys(
        ("bind", "dovecot", "ejd", "haproxy", "maria", "mosquitto", "mumble", "nginx"), "openssl"
    ),
    **dict.fromkeys(("node20", "node24", "pg", "postfix", "prosody", "radsec", "redis", "sv"), "openssl"),
    **dict.fromkeys(("syslogng", "unbound", "uvicorn", "cl", "pha", "mtls"), "openssl"),
    **dict.fromkeys(("bun", "grpc"), "boringssl"),
    **dict.fromkeys(("deno", "granian"), "rustls"),
    **dict.fromkeys(("go127", "ecgo", "gosrv"), "go"),
    **dict.fromkeys(("java25", "tomcat"), "java"),
    **dict.fromkeys(("erl", "rabbit"), "erlang"),
    **dict.fromkeys(("exim", "lig", "ocserv", "rsg", "rsgp", "slapd"), "gnutls"),
    **dict.fromkeys(("wolf",), "wolfssl"),
    **dict.fromkeys(("botan",), "botan"),
    **dict.fromkeys(("lim",), "mbedtls"),
}
"""The library of a server by the first word of the capture's name; in ``sv``, ``cl``, ``pha`` and ``mtls`` clients of
many kinds speak to OpenSSL."""

GROUPS = ("verifiers", "servers", "frontier")
NOBODY = "nobody"


def captures(folder: Path) -> list[Path]:
    """Every capture below a folder."""
    return sorted(each for each in folder.rglob("*.pcap*") if not each.name.endswith(".json"))


def asked(path: Path) -> Iterator[Flow]:
    """The flows of a capture in which a request can be read, opened with the key log beside it."""
    keys = path.with_name(f"{path.name.partition('.pcap')[0]}.keys")
    for flow in tlseku.scan(path, secrets=[keys] if keys.exists() else [], rule_books=()):
        if flow.peer_evidence.shape is not None:
            yield flow


def truth_of(path: Path) -> str | None:
    """What the server of a capture was, None where its name does not tell."""
    return TRUTH.get(path.name.partition("-")[0].partition(".")[0])


def taken_for(flow: Flow) -> str:
    """What its request is taken for: names of libraries, or nobody."""
    software = flow.peer_software
    return NOBODY if software is None else " or ".join(software.stacks)


def matrix(cases: Path) -> Counter[tuple[str, str]]:
    """How many requests of each library (first) are taken for each (second), in the captures of ``cases``."""
    counted: Counter[tuple[str, str]] = Counter()
    for group in GROUPS:
        for path in captures(cases / group):
            truth = truth_of(path)
            for flow in asked(path) if truth is not None else ():
                counted[str(truth), taken_for(flow)] += 1
    return counted
