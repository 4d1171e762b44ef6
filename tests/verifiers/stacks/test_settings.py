"""Servers with other settings than the default: their requests are named rightly or not at all, never wrongly.

A level of security or a list of ciphers is no reason not to be known; a list of signature algorithms that somebody chose
is that of nobody.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.verifiers.stacks import programs
from tests.verifiers.stacks.driver import Recorder, Server, Version, free_port
from tests.verifiers.stacks.measured import OWN, chain_of, identity, lay_down
from tests.verifiers.stacks.our_side import Manner
from tests.verifiers.stacks.place import command
from tests.verifiers.stacks.rows import Command
from tests.verifiers.stacks.test_stacks import flows_of

pytestmark = pytest.mark.xdist_group("settings")


def openssl(*settings: str) -> Command:
    """``openssl s_server``, which reverses lines."""
    files = ("-cert", "own.pem", "-key", "own.key", "-CAfile", "roots.pem")
    asked = ("-Verify", "3", "-rev", *files, *settings)

    def built(work: Path, version: Version, port: int) -> list[str]:
        span = f"-tls{version.replace('.', '_')}"
        return [command("openssl"), "s_server", "-4", "-accept", str(port), span, *asked]

    return built


def gnutls(more: str) -> Command:
    """``gnutls-serv`` with more words in its priority."""

    def built(work: Path, version: Version, port: int) -> list[str]:
        words = programs.gnutls_serv(work, version, port)
        return [f"{word}{more}" if word.startswith("--priority=") else word for word in words]

    return built


def nss(*settings: str) -> Command:
    """``selfserv`` with these settings."""
    return lambda work, version, port: [*programs.selfserv(work, version, port), *settings]


SETTINGS: list[tuple[str, Command, str | None]] = [
    ("OpenSSL, level 0", openssl("-cipher", "DEFAULT:@SECLEVEL=0"), "openssl"),
    ("OpenSSL, level 3", openssl("-cipher", "DEFAULT:@SECLEVEL=3"), "openssl"),
    ("OpenSSL, no tickets", openssl("-no_ticket"), "openssl"),
    ("OpenSSL, another group, so that TLS 1.3 says HelloRetryRequest", openssl("-groups", "P-384:P-256"), "openssl"),
    ("OpenSSL, schemes for clients", openssl("-client_sigalgs", "RSA-PSS+SHA256:ECDSA+SHA256"), None),
    ("OpenSSL, schemes", openssl("-sigalgs", "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256"), None),
    ("GnuTLS, larger profile", gnutls(":%PROFILE_HIGH"), "gnutls"),
    ("GnuTLS, ciphers", gnutls(":-CIPHER-ALL:+AES-256-GCM"), "gnutls"),
    ("GnuTLS, one scheme less", gnutls(":-SIGN-RSA-SHA256"), None),
    ("GnuTLS, no RSA with SHA-256", gnutls(":-SIGN-RSA-SHA256:-SIGN-RSA-PSS-SHA256"), None),
    ("NSS, tickets", nss("-u"), "nss"),
    ("NSS, schemes", nss("-J", "ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256"), None),
]  # fmt: skip


def taken_for(start: Command, version: Version) -> str | None:
    """What the request of a server is taken for, None for nobody."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "work"
        work.mkdir()
        lay_down(work)
        port = free_port()
        recorder = Recorder(work, version, Manner())
        with Server(start(work, version, port), work, port):
            recorder.call(OWN, identity(chain_of(OWN), work), port)
        flow = flows_of(recorder.recording())[OWN]
    assert len(flow.requests) == 1
    return None if flow.peer_software is None else " or ".join(flow.peer_software.stacks)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(("name", "start", "stack"), SETTINGS)
def test_rightly_or_not_at_all(name: str, start: Command, stack: str | None, version: Version) -> None:
    assert taken_for(start, version) == stack
