"""What a user of pyshark would write to list the certificates of a capture.

Knows pyshark; prints one JSON array [client, server, role, SHA-256] a certificate.
"""

from __future__ import annotations

import hashlib
import json
import sys

import pyshark

clients: dict[str, tuple[str, int]] = {}

capture = pyshark.FileCapture(
    sys.argv[1],
    display_filter="tls.handshake.type == 1 || tls.handshake.type == 11",
    custom_parameters=["-n", "-o", "tcp.reassemble_out_of_order:TRUE"],
    keep_packets=False,
)
for packet in capture:
    ip = packet.ip if "IP" in packet else packet.ipv6
    source = (str(ip.src), int(packet.tcp.srcport))
    target = (str(ip.dst), int(packet.tcp.dstport))
    stream = str(packet.tcp.stream)
    for layer in packet.get_multiple_layers("tls"):
        if "1" in [str(kind.show) for kind in layer.get_field("handshake_type").all_fields]:
            clients.setdefault(stream, source)
        field = layer.get_field("handshake_certificate")
        for one in field.all_fields if field is not None else ():
            client = clients.get(stream, target)
            server = target if client == source else source
            digest = hashlib.sha256(bytes.fromhex(one.raw_value or one.show.replace(":", ""))).hexdigest()
            print(json.dumps([client, server, "client" if client == source else "server", digest]))
capture.close()
