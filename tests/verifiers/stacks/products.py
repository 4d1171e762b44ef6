"""Products of Debian that sit on a library: the configuration with which each demands a client certificate.

Knows a few lines of configuration for each, written into the directory of the run; must not know what is expected. They
run in the foreground, as whoever runs the tests, on a port of the loopback.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
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


def mosquitto(work: Path, version: Version, port: int) -> list[str]:
    """``require_certificate true``."""
    text = f"""
user root
listener {port} 127.0.0.1
allow_anonymous true
cafile {work}/roots.pem
certfile {work}/own.pem
keyfile {work}/own.key
require_certificate true
tls_version tlsv{version}
"""
    program = command("/usr/sbin/mosquitto", required=False)
    return [program, "-c", _written(work, "mosquitto.conf", text)]


def bind(work: Path, version: Version, port: int) -> list[str]:
    """DNS over TLS with a ``ca-file``."""
    text = f"""
options {{
  directory "{work}"; pid-file none; session-keyfile none; managed-keys-directory "{work}"; lock-file none;
  recursion no; dnssec-validation no; listen-on-v6 {{ none; }};
  listen-on port {port} tls demanding {{ 127.0.0.1; }};
}};
tls demanding {{
  cert-file "{work}/own.pem"; key-file "{work}/own.key"; ca-file "{work}/roots.pem"; protocols {{ TLSv{version}; }};
}};
controls {{ }};
"""
    program = command("/usr/sbin/named", required=False)
    return [program, "-f", "-n", "1", "-U", "1", "-c", _written(work, "named.conf", text)]


def dovecot(work: Path, version: Version, port: int) -> list[str]:
    """``auth_ssl_require_client_cert``: who has a certificate that fits is asked for a password, and has none."""
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    login = user if os.getuid() else "dovenull"
    work.parent.chmod(0o755)
    text = f"""
base_dir = {work}/run
state_dir = {work}/run
log_path = {work}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
ssl = required
ssl_cert = <{work}/own.pem
ssl_key = <{work}/own.key
ssl_ca = <{work}/roots.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
ssl_min_protocol = TLSv{version}
auth_ssl_require_client_cert = yes
auth_failure_delay = 0
passdb {{
  driver = static
  args = password=other
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 100
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service auth {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
    return [command("/usr/sbin/dovecot", required=False), "-F", "-c", _written(work, "dovecot.conf", text)]


def prosody(work: Path, version: Version, port: int) -> list[str]:
    """``s2s_secure_auth`` between servers, in TLS from the first byte."""
    text = f"""
run_as_root = true
daemonize = false
pidfile = "{work}/prosody.pid"
data_path = "{work}"
log = {{ warn = "{work}/prosody.log" }}
modules_enabled = {{ "tls", "saslauth", "s2s_auth_certs" }}
modules_disabled = {{ "c2s", "offline" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
s2s_direct_tls_ports = {{ {port} }}
s2s_require_encryption = true
s2s_secure_auth = true
use_libevent = false
ssl = {{
  certificate = "{work}/own.pem"; key = "{work}/own.key"; cafile = "{work}/roots.pem"; capath = false;
  protocol = "tlsv1_{version[-1]}";
}}
VirtualHost "served.example"
"""
    program = command("prosody", required=False)
    return [program, "--config", _written(work, "prosody.cfg.lua", text), "-F"]


def postfix(work: Path, version: Version, port: int) -> list[str]:
    """``smtpd_tls_req_ccert``, in TLS from the first byte."""
    if os.getuid():
        raise Missing("Postfix's master runs as root alone", required=False)
    work.parent.chmod(0o755)
    queue, data = work / "queue", work / "data"
    queue.mkdir()
    data.mkdir()
    shutil.chown(data, "postfix")
    other = "1.3" if version == "1.2" else "1.2"
    main = f"""
queue_directory = {queue}
data_directory = {data}
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks_style = host
myhostname = leaf.example
compatibility_level = 3.6
smtpd_tls_wrappermode = yes
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {work}/own.pem
smtpd_tls_key_file = {work}/own.key
smtpd_tls_CAfile = {work}/roots.pem
smtpd_tls_ask_ccert = yes
smtpd_tls_req_ccert = yes
smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1, !TLSv{other}
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
"""
    master = f"""
127.0.0.1:{port} inet n - n - 1 smtpd
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
"""
    folder = work / "postfix"
    folder.mkdir()
    _written(folder, "main.cf", main)
    _written(folder, "master.cf", master)
    return [command("/usr/sbin/postfix", required=False), "-c", str(folder), "start-fg"]
