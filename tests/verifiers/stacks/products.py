"""Products of Debian that sit on a library: the configuration with which each demands a client certificate.

Knows a few lines of configuration for each, written into the directory of the run; must not know what is expected. They
run in the foreground, as whoever runs the tests, on a port of the loopback.
"""

from __future__ import annotations

from pathlib import Path

from tests.verifiers.stacks.driver import Version
from tests.verifiers.stacks.place import Missing, command

APACHE_MODULES = Path("/usr/lib/apache2/modules")


def _whole(work: Path) -> Path:
    """Certificate and key in one file."""
    file = work / "whole.pem"
    file.write_bytes((work / "own.pem").read_bytes() + (work / "own.key").read_bytes())
    return file


def _written(work: Path, name: str, text: str) -> str:
    file = work / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def nginx(work: Path, version: Version, port: int) -> list[str]:
    """``ssl_verify_client on``."""
    (work / "logs").mkdir(exist_ok=True)
    paths = "\n".join(
        f"{kind}_temp_path {work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"""
daemon off; master_process off; pid {work}/nginx.pid; error_log {work}/nginx.log;
events {{ worker_connections 64; }}
http {{ access_log off; {paths}
  server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv{version};
    ssl_certificate {work}/own.pem; ssl_certificate_key {work}/own.key;
    ssl_client_certificate {work}/roots.pem; ssl_verify_client on; ssl_verify_depth 4;
    location / {{ return 200 "taken"; }} }} }}
"""
    return [command("nginx", required=False), "-p", str(work), "-c", _written(work, "nginx.conf", text)]


def haproxy(work: Path, version: Version, port: int) -> list[str]:
    """``verify required``."""
    text = f"""
defaults
  mode http
  timeout client 20s
  timeout server 20s
  timeout connect 20s
frontend demanding
  bind 127.0.0.1:{port} ssl crt {_whole(work)} ca-file {work}/roots.pem verify required ssl-min-ver TLSv{version}
  http-request return status 200 content-type text/plain string taken
"""
    return [command("haproxy", required=False), "-db", "-f", _written(work, "haproxy.cfg", text)]


def stunnel(work: Path, version: Version, port: int) -> list[str]:
    """``verifyChain`` and ``requireCert``."""
    text = f"""
foreground = yes
pid =
debug = 3
[demanding]
accept = 127.0.0.1:{port}
exec = /bin/cat
execArgs = cat
cert = {_whole(work)}
CAfile = {work}/roots.pem
verifyChain = yes
requireCert = yes
sslVersion = TLSv{version}
"""
    return [command("stunnel4", required=False), _written(work, "stunnel.conf", text)]


def redis(work: Path, version: Version, port: int) -> list[str]:
    """``tls-auth-clients yes``."""
    files = ["--tls-cert-file", f"{work}/own.pem", "--tls-key-file", f"{work}/own.key"]
    asked = ["--tls-ca-cert-file", f"{work}/roots.pem", "--tls-auth-clients", "yes"]
    span = [
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--tls-port",
        str(port),
        "--tls-protocols",
        f"TLSv{version}",
    ]
    return [command("redis-server", required=False), *span, *files, *asked, "--save", "", "--dir", str(work)]


def apache(work: Path, version: Version, port: int) -> list[str]:
    """mod_ssl with ``SSLVerifyClient require``."""
    program = command("/usr/sbin/apache2", required=False)
    names = ("mpm_event", "authn_core", "authz_core", "ssl", "socache_shmcb")
    if missing := [name for name in names if not (APACHE_MODULES / f"mod_{name}.so").exists()]:
        raise Missing(f"apache2 lacks {missing}", required=False)
    modules = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in names)
    (work / "htdocs").mkdir(exist_ok=True)
    text = f"""
{modules}
ServerRoot {work}
ServerName leaf.example
DefaultRuntimeDir {work}
PidFile {work}/apache.pid
ErrorLog {work}/apache.log
Listen 127.0.0.1:{port}
DocumentRoot {work}/htdocs
SSLEngine on
SSLProtocol -all +TLSv{version}
SSLCertificateFile {work}/own.pem
SSLCertificateKeyFile {work}/own.key
SSLCACertificateFile {work}/roots.pem
SSLVerifyClient require
SSLVerifyDepth 4
"""
    return [program, "-X", "-f", _written(work, "apache.conf", text)]


def slapd(work: Path, version: Version, port: int) -> list[str]:
    """``TLSVerifyClient demand``, with GnuTLS."""
    span = {"1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2", "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3"}[version]
    text = f"""
include /etc/ldap/schema/core.schema
pidfile {work}/slapd.pid
argsfile {work}/slapd.args
TLSCACertificateFile {work}/roots.pem
TLSCertificateFile {work}/own.pem
TLSCertificateKeyFile {work}/own.key
TLSCipherSuite {span}
TLSVerifyClient demand
"""
    program = command("/usr/sbin/slapd", required=False)
    return [program, "-d", "0", "-h", f"ldaps://127.0.0.1:{port}", "-f", _written(work, "slapd.conf", text)]
