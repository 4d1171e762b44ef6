"""How a server says on the wire that it refuses a client certificate: real servers on loopback, TLS 1.2.

Which alert comes tells the implementation as much as the cause; what ``policy`` makes of alerts rests on this table.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.builder import build, ca
from tests.verifiers.cases import case_named

HERE = Path(__file__).parent

CODES = {
    "SSLV3_ALERT_HANDSHAKE_FAILURE": 40,
    "SSLV3_ALERT_BAD_CERTIFICATE": 42,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": 43,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": 45,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": 46,
    "TLSV1_ALERT_UNKNOWN_CA": 48,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": 116,
}
"""What OpenSSL's library calls an alert that it receives, and its code."""

FITS = "C+S / absent"
WRONG = "S / absent"
NESTED = "C+S / S-only CA"
UNKNOWN = "unknown issuer"
EXPIRED = "expired"
NOTHING = "no certificate"

ALERTS: dict[str, dict[str, int | None]] = {
    "openssl": {FITS: None, WRONG: 43, NESTED: 43, UNKNOWN: 48, EXPIRED: 45, NOTHING: 40},
    "go": {FITS: None, WRONG: 42, NESTED: 42, UNKNOWN: 42, EXPIRED: 42, NOTHING: 42},
    "java": {FITS: None, WRONG: 46, NESTED: None, UNKNOWN: 46, EXPIRED: 46, NOTHING: 42},
    "nss": {FITS: None, WRONG: 46, NESTED: None, UNKNOWN: 48, EXPIRED: 45, NOTHING: 42},
}
"""The alert of each server for what its client presents; None: accepted."""


def openssl(work: Path, port: int) -> list[str]:
    files = ["-cert", "own.pem", "-key", "own.pem", "-CAfile", "root.pem", "-cert_chain", "chain.pem"]
    return [
        "openssl",
        "s_server",
        "-4",
        "-accept",
        str(port),
        "-tls1_2",
        "-Verify",
        "3",
        "-verify_return_error",
        *files,
    ]


def go(work: Path, port: int) -> list[str]:
    environment = {
        "GOCACHE": str(work / "cache"),
        **os.environ,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
    }
    build = ["go", "build", "-o", str(work / "serve"), str(HERE / "serve.go")]
    subprocess.run(build, check=True, capture_output=True, env=environment)
    return [str(work / "serve"), "own.pem", "root.pem"]


def java(work: Path, port: int) -> list[str]:
    return ["java", "-XX:TieredStopAtLevel=1", str(HERE / "Serve.java"), "own.p12", "root.pem"]


def nss(work: Path, port: int) -> list[str]:
    for command in (
        ["certutil", "-N", "-d", "sql:.", "--empty-password"],
        ["pk12util", "-i", "own.p12", "-d", "sql:.", "-W", "password", "-K", ""],
        ["certutil", "-A", "-d", "sql:.", "-n", "root", "-t", "CT,,", "-i", "root.pem"],
    ):
        subprocess.run(command, check=True, capture_output=True, cwd=work)
    return ["selfserv", "-d", "sql:.", "-n", "own", "-p", str(port), "-r", "-r", "-V", "tls1.2:tls1.2"]


SERVERS = {
    "openssl": (openssl, ("openssl",)),
    "go": (go, ("go",)),
    "java": (java, ("java", "javac")),
    "nss": (nss, ("selfserv", "certutil", "pk12util")),
}


@contextmanager
def running(server: str, work: Path) -> Iterator[int]:
    """The server's port. It presents a good certificate and trusts the root of all cases."""
    command, needed = SERVERS[server]
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        if os.environ.get("TLSEKU_REQUIRE_VERIFIERS"):
            pytest.fail(f"{', '.join(missing)} is required and not installed")
        pytest.skip(f"{', '.join(missing)} is not installed")
    case = case_named(FITS)
    (work / "own.pem").write_bytes(case.leaf.pem + case.issuers[0].pem + case.leaf.key_pem)
    (work / "chain.pem").write_bytes(case.issuers[0].pem)
    (work / "root.pem").write_bytes(case.root.pem)
    export = ["openssl", "pkcs12", "-export", "-in", "own.pem", "-out", "own.p12", "-name", "own"]
    subprocess.run([*export, "-passout", "pass:password"], check=True, capture_output=True, cwd=work)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    arguments = command(work, port)
    with subprocess.Popen(
        arguments,
        cwd=work,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            if server in ("go", "java"):
                port = int(process.stdout.readline())
            else:
                _wait_for(port)
            yield port
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not listen")


def presented(case_name: str) -> bytes:
    """Chain and key in PEM."""
    case = case_named(FITS if case_name in (UNKNOWN, EXPIRED) else case_name)
    chain = [case.leaf, *case.issuers]
    if case_name == UNKNOWN:
        chain = [build(issuer=ca("Nobody's CA"), not_after=datetime(2040, 1, 1, tzinfo=timezone.utc))]
    elif case_name == EXPIRED:
        chain[0] = build(issuer=case.issuers[0], not_after=datetime(2026, 1, 2, tzinfo=timezone.utc))
    return b"".join([*(built.pem for built in chain), chain[0].key_pem])


def alert(port: int, case_name: str, work: Path) -> int | None:
    """The code of the alert by which the server refuses a chain, None if it takes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if case_name != NOTHING:
        (work / "client.pem").write_bytes(presented(case_name))
        context.load_cert_chain(work / "client.pem")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as tcp, context.wrap_socket(tcp):
            return None
    except ssl.SSLError as error:
        return CODES[str(error.reason)]


@pytest.mark.parametrize("server", ALERTS)
def test_alerts(server: str, tmp_path: Path) -> None:
    with running(server, tmp_path) as port:
        assert {case: alert(port, case, tmp_path) for case in ALERTS[server]} == ALERTS[server]
