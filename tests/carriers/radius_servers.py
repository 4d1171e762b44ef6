"""RADIUS servers that speak EAP-TLS and PEAP, and a peer for them: how FreeRADIUS, hostapd and eapol_test are told.

Knows their configuration files; must not know what a test expects. ``{port}`` in a command is the port to listen on or
to ask, as ``udp_tap`` has it; a server that reads its port from a file gets it there by ``sh``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.carriers.peers import needs

SECRET = "testing123"
IDENTITY = "device@lab.example"


class Server(NamedTuple):
    """``package`` brings ``executable``; ``templates`` are its files, ``command`` starts it."""

    name: str
    executable: str
    package: str
    templates: dict[str, str]
    command: str


_FREERADIUS = """
prefix = /usr
name = radiusd
libdir = /usr/lib/freeradius
raddbdir = {place}
confdir = {place}
logdir = {place}
run_dir = {place}
security {{
    reject_delay = 0
    allow_vulnerable_openssl = yes
}}
client tap {{
    ipaddr = 127.0.0.1
    secret = {secret}
}}
modules {{
    eap {{
        default_eap_type = {method}
        tls-config chain {{
            private_key_file = {place}/server.key
            certificate_file = {place}/server.pem
            ca_file = {place}/ca.pem
            tls_min_version = "{version}"
            tls_max_version = "{version}"
            fragment_size = {fragment}
        }}
        tls {{
            tls = chain
        }}
        peap {{
            tls = chain
            require_client_cert = {ask}
            default_eap_type = md5
            virtual_server = all
        }}
        md5 {{
        }}
    }}
}}
server all {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = @PORT@
    }}
    authorize {{
        eap
    }}
    authenticate {{
        eap
    }}
}}
"""

_HOSTAPD = """
interface=none
driver=none
eap_server=1
eap_user_file={place}/users
ca_cert={place}/ca.pem
server_cert={place}/server.pem
private_key={place}/server.key
fragment_size={fragment}
tls_flags={tls_flags}
radius_server_clients={place}/clients
radius_server_auth_port=@PORT@
"""

FREERADIUS = Server(
    "freeradius",
    "freeradius",
    "freeradius",
    {"radiusd.conf": _FREERADIUS},
    "exec freeradius -f -l stdout -d {place}",
)
HOSTAPD = Server(
    "hostapd",
    "hostapd",
    "hostapd",
    {
        "radiusd.conf": _HOSTAPD,
        "users": '* {method_in_capitals}\n"inside" MD5 "word" [2]\n',
        "clients": "127.0.0.1 {secret}\n",
    },
    "exec hostapd {place}/radiusd.conf",
)

_SUPPLICANT = """
network={{
    key_mgmt=IEEE8021X
    eap={method_in_capitals}
    identity="{identity}"
    ca_cert="{place}/ca.pem"
    phase2="auth=MD5"
    password="word"
    {certificate}
}}
"""


def server_command(
    server: Server,
    place: Path,
    *,
    method: str = "tls",
    version: str = "1.2",
    fragment: int = 1024,
    ask: bool = False,
) -> Sequence[str]:
    """Write what a server is told, and how to start it; its certificate is ``server.pem``, its CA ``ca.pem``."""
    needs(server.executable, server.package)
    told = {
        "place": place,
        "secret": SECRET,
        "method": method,
        "method_in_capitals": method.upper(),
        "version": version,
        "fragment": fragment,
        # Of the peer in PEAP; EAP-TLS always asks.
        "ask": "yes" if ask else "no",
        "tls_flags": "[ENABLE-TLSv1.3]" if version == "1.3" else "[DISABLE-TLSv1.3]",
    }
    for name, template in server.templates.items():
        (place / name).write_text(template.format(**told))
    # It checks who may read its files.
    place.chmod(0o700)
    start = server.command.format(place=place)
    return ["sh", "-c", f"sed -i s/@PORT@/{{port}}/ {place}/radiusd.conf && {start}"]


def peer_command(
    place: Path, *, method: str = "tls", certificate: str | None = "client", phase1: str = ""
) -> Sequence[str]:
    """Write what eapol_test is told, and how to start it."""
    needs("eapol_test", "eapoltest")
    keys = ""
    if certificate is not None:
        keys = f'client_cert="{place}/{certificate}.pem"\n    private_key="{place}/{certificate}.key"'
    if phase1:
        keys += f'\n    phase1="{phase1}"'
    told = _SUPPLICANT.format(
        place=place, method_in_capitals=method.upper(), identity=IDENTITY, certificate=keys
    )
    (place / "peer.conf").write_text(told)
    return f"eapol_test -c {place}/peer.conf -a 127.0.0.1 -p {{port}} -s {SECRET} -t 10 -M 02:00:00:00:00:0a".split()
