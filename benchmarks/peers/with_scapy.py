"""What a user of scapy would write to list the certificates of a capture.

Knows scapy; prints one JSON array [client, server, role, SHA-256] a certificate.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys

logging.getLogger("scapy").setLevel(logging.CRITICAL)

from scapy.all import IP, TCP, IPv6, bind_layers, load_layer, sniff  # noqa: E402
from scapy.sessions import TCPSession  # noqa: E402

load_layer("tls")

from scapy.layers.tls.handshake import TLSCertificate, TLSClientHello  # noqa: E402
from scapy.layers.tls.record import TLS  # noqa: E402

# It takes TLS for granted on port 443 only; these are the other ports of the captures.
for port in (636, 993, 5061, 8443):
    bind_layers(TCP, TLS, sport=port)
    bind_layers(TCP, TLS, dport=port)

clients: dict[frozenset[tuple[str, int]], tuple[str, int]] = {}


def take(packet) -> None:  # type: ignore[no-untyped-def]
    """Note who is client, print the certificates."""
    if TCP not in packet:
        return
    ip = packet[IP] if IP in packet else packet[IPv6]
    source, target = (ip.src, packet[TCP].sport), (ip.dst, packet[TCP].dport)
    ends = frozenset((source, target))
    layer = packet[TCP].payload
    while layer:
        for message in getattr(layer, "msg", None) or ():
            if isinstance(message, TLSClientHello):
                clients[ends] = source
            if isinstance(message, TLSCertificate):
                client = clients.get(ends, target)
                server = target if client == source else source
                for _, certificate in message.certs:
                    digest = hashlib.sha256(certificate.der).hexdigest()
                    print(json.dumps([client, server, "client" if client == source else "server", digest]))
        layer = layer.payload


sniff(offline=sys.argv[1], session=TCPSession, store=False, prn=take)
