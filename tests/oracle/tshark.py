"""What tshark sees in a capture, as ``facts``.

Knows tshark's command line and its PDML (XML with one ``proto`` a layer, one ``field`` a field, bytes in ``value``);
must not know tlseku's reading. Two passes and out-of-order reassembly are on, so a message stands in the frame that
completes it. The innermost TCP layer before a TLS layer says whose it is.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.facts import FlowFacts

HANDSHAKE = "tls.handshake"
SENT_BY_CLIENT = {1, 16}  # ClientHello, ClientKeyExchange
SENT_BY_SERVER = {2, 4, 12, 13, 14, 22}


@dataclass(slots=True)
class _Stream:
    ends: tuple[str, str]
    client: str | None = None
    version: int | None = None
    cipher: int | None = None
    sni: str | None = None
    client_hellos: list[int] = field(default_factory=list)
    server_hellos: list[int] = field(default_factory=list)
    certificates: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    requests: list[tuple[int, str, tuple[int, ...], tuple[int, ...], tuple[str, ...]]] = field(
        default_factory=list
    )
    alerts: list[tuple[int, str, int, int]] = field(default_factory=list)
    encrypted_alerts: list[tuple[int, str]] = field(default_factory=list)
    messages: int = 0


def read(
    capture: Path, *, keylog: Path | None = None, decode_as_tls: Sequence[int] = (), out_of_order: bool = True
) -> list[FlowFacts]:
    """Every TLS-over-TCP flow that tshark finds; ``decode_as_tls`` lists TCP ports that it must be told about."""
    command = ["tshark", "-n", "-2", "-r", str(capture), "-T", "pdml", "-Y", "tls"]
    command += ["-o", f"tcp.reassemble_out_of_order:{str(out_of_order).upper()}"]
    if keylog is not None:
        command += ["-o", f"tls.keylog_file:{keylog}"]
    for port in decode_as_tls:
        command += ["-d", f"tcp.port=={port},tls"]
    streams: dict[int, _Stream] = {}
    with tempfile.TemporaryFile() as output:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, check=True)
        output.seek(0)
        for _, element in ElementTree.iterparse(output):
            if element.tag == "packet":
                _take_packet(element, streams)
                element.clear()
    return [_facts(stream) for stream in streams.values() if stream.messages]


def _take_packet(packet: ElementTree.Element, streams: dict[int, _Stream]) -> None:
    frame = int(_shown(packet, "frame.number"))
    ip = sender = receiver = stream = None
    for proto in packet.findall("proto"):
        name = proto.get("name")
        if name in ("ip", "ipv6"):
            ip = proto
        elif name == "tcp" and ip is not None:
            kind = ip.get("name")
            sender = _end(_shown(ip, f"{kind}.src"), _shown(proto, "tcp.srcport"))
            receiver = _end(_shown(ip, f"{kind}.dst"), _shown(proto, "tcp.dstport"))
            number = int(_shown(proto, "tcp.stream"))
            stream = streams.setdefault(number, _Stream((sender, receiver)))
        elif name == "tls" and stream is not None and sender is not None and receiver is not None:
            for record in proto.iter("field"):
                if record.get("name") == HANDSHAKE:
                    _take_handshake(record, stream, frame, sender, receiver)
                elif record.get("name") == "tls.alert_message":
                    _take_alert(record, stream, frame, sender)


def _take_handshake(
    message: ElementTree.Element, stream: _Stream, frame: int, sender: str, receiver: str
) -> None:
    if "fragment" in (message.get("showname") or ""):
        return
    stream.messages += 1
    kinds = _values(message, "tls.handshake.type")
    if not kinds:
        return
    kind = kinds[0]
    if stream.client is None and kind in SENT_BY_CLIENT:
        stream.client = sender
    elif stream.client is None and kind in SENT_BY_SERVER:
        stream.client = receiver
    if kind == 1:
        stream.client_hellos.append(frame)
        names = _bytes(message, "tls.handshake.extensions_server_name")
        if names and stream.sni is None:
            stream.sni = names[0].decode("ascii", "backslashreplace")
    elif kind == 2:
        stream.server_hellos.append(frame)
        chosen = _values(message, "tls.handshake.extensions.supported_version")
        stream.version = (chosen or _values(message, "tls.handshake.version"))[0]
        stream.cipher = _values(message, "tls.handshake.ciphersuite")[0]
    elif kind == 11:
        ders = _bytes(message, "tls.handshake.certificate")
        stream.certificates.append((frame, sender, tuple(hashlib.sha256(der).hexdigest() for der in ders)))
    elif kind == 13:
        names = tuple(_name(dname).hex() for dname in _fields(message, "tls.handshake.dname"))  # type: ignore[assignment]
        types = tuple(_values(message, "tls.handshake.cert_type"))
        algorithms = tuple(_values(message, "tls.handshake.sig_hash_alg"))
        stream.requests.append((frame, sender, types, algorithms, names))  # type: ignore[arg-type]


def _take_alert(alert: ElementTree.Element, stream: _Stream, frame: int, sender: str) -> None:
    stream.messages += 1
    level = _values(alert, "tls.alert_message.level")
    description = _values(alert, "tls.alert_message.desc")
    if level and description:
        stream.alerts.append((frame, sender, level[0], description[0]))
    else:
        stream.encrypted_alerts.append((frame, sender))


def _name(dname: ElementTree.Element) -> bytes:
    """The DER Name. PDML gives the content of each RelativeDistinguishedName SET; the headers are put back."""
    sets = [_tlv(0x31, content) for content in _bytes(dname, "x509if.RDNSequence_item")]
    return _tlv(0x30, b"".join(sets))


def _tlv(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _facts(stream: _Stream) -> FlowFacts:
    client = stream.client or stream.ends[0]
    server = stream.ends[1] if client == stream.ends[0] else stream.ends[0]
    role = {client: "client", server: "server"}
    return FlowFacts(
        client=client,
        server=server,
        version=stream.version,
        cipher=stream.cipher,
        sni=stream.sni,
        client_hellos=tuple(stream.client_hellos),
        server_hellos=tuple(stream.server_hellos),
        certificates=tuple((frame, role[sender], shas) for frame, sender, shas in stream.certificates),
        requests=tuple((frame, role[sender], *rest) for frame, sender, *rest in stream.requests),  # type: ignore[misc]
        alerts=tuple((frame, role[sender], level, code) for frame, sender, level, code in stream.alerts),
        encrypted_alerts=tuple((frame, role[sender]) for frame, sender in stream.encrypted_alerts),
    )


def _end(ip: str, port: str) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _fields(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (inner for inner in element.iter("field") if inner.get("name") == name)


def _bytes(element: ElementTree.Element, name: str) -> list[bytes]:
    return [bytes.fromhex(inner.get("value") or "") for inner in _fields(element, name)]


def _values(element: ElementTree.Element, name: str) -> list[int]:
    return [int(inner.get("show") or "", 0) for inner in _fields(element, name)]


def _shown(element: ElementTree.Element, name: str) -> str:
    return next(_fields(element, name)).get("show") or ""
