"""Programs that ship with a library to try it: those of GnuTLS and NSS, as servers that demand a client certificate and
as clients.

Knows their options, and the store that NSS reads; must not know what is expected. A client connects once and ends, so
that ``peers/each_call.py`` starts it for each chain.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.verifiers.stacks.driver import Version
from tests.verifiers.stacks.place import PEERS, command

_PRIORITY = "--priority=NORMAL:-VERS-ALL:+VERS-TLS{}"


def _calling(*program: str) -> list[str]:
    return [sys.executable, str(PEERS / "each_call.py"), *program]


def gnutls_serv(work: Path, version: Version, port: int) -> list[str]:
    """Names no purpose."""
    files = ["--x509certfile=own.pem", "--x509keyfile=own.key", "--x509cafile=roots.pem"]
    asked = ["--require-client-cert", "--verify-client-cert", "--echo"]
    return [command("gnutls-serv"), f"--port={port}", _PRIORITY.format(version), *files, *asked]


def gnutls_cli(work: Path, version: Version, port: int) -> list[str]:
    """Names the purpose of a server."""
    names = ["--sni-hostname=leaf.example", "--verify-hostname=leaf.example"]
    program = [command("gnutls-cli"), _PRIORITY.format(version), "--x509cafile=roots.pem", *names]
    return _calling(*program, "--port={}", "127.0.0.1")


def selfserv(work: Path, version: Version, port: int) -> list[str]:
    """``-r -r``: one is requested and required."""
    store = _store(work)
    pkcs12 = ["pk12util", "-i", "own.p12", "-d", store, "-W", "password", "-K", ""]
    subprocess.run(pkcs12, check=True, capture_output=True, cwd=work)
    return [
        *(command("selfserv"), "-d", store, "-n", "own", "-p", str(port)),
        *("-r", "-r", "-V", f"tls{version}:tls{version}"),
    ]


def tstclnt(work: Path, version: Version, port: int) -> list[str]:
    """Judges as NSS does by default."""
    span = f"tls{version}:tls{version}"
    program = [command("tstclnt"), "-d", _store(work), "-V", span, "-a", "leaf.example", "-4"]
    return _calling(*program, "-h", "127.0.0.1", "-p", "{}")


def _store(work: Path) -> str:
    """NSS's own kind of store, with every root in it."""
    store = f"sql:{work}"
    certutil = command("certutil")
    subprocess.run([certutil, "-N", "-d", store, "--empty-password"], check=True, capture_output=True)
    end = "-----END CERTIFICATE-----\n"
    adding = []
    for number, root in enumerate((work / "roots.pem").read_text(encoding="ascii").split(end)[:-1]):
        file = work / f"root{number}.pem"
        file.write_text(root + end, encoding="ascii")
        adding.append(f"-A -d {store} -n root{number} -t CT,, -a -i {file}\n")
    batch = work / "batch"
    batch.write_text("".join(adding), encoding="ascii")
    subprocess.run([certutil, "-B", "-d", store, "-i", str(batch)], check=True, capture_output=True)
    return store
